"""Underpaint turns a grey Blender blocking scene into painted frames, textured sets and a reel."""

DEFAULT_ENGINE = "built-in"
"""What paints unless a person says otherwise: the small model that travels with the code."""

__version__ = "0.1.0"
