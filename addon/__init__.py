"""Underpaint in Blender: panel, jobs and command line. The only place that knows bpy."""


def register() -> None:
    """Called by Blender when the extension is switched on."""
    from . import registry

    registry.register()


def unregister() -> None:
    """Called by Blender when the extension is switched off: nothing of ours stays."""
    from . import registry

    registry.unregister()
