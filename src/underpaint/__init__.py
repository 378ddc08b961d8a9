"""Underpaint turns a grey Blender blocking scene into painted frames, textured sets and a reel."""

__version__ = "0.1.0"
