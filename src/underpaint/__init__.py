"""Underpaint turns a grey Blender blocking scene into painted frames, textured sets and a reel."""

DEFAULT_ENGINE = "built-in"
"""What paints unless a person says otherwise: the small model that travels with the code."""

DEFAULT_LOOK = "dusk"
"""How it looks unless a person says otherwise; a built-in look."""

__version__ = "0.1.0"
