"""Texels: where they lie in space, which views see them, and what those views paint on them."""
