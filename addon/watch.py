"""Notices what the panel shows has changed: a marker, a camera, the file, the preferences.

Markers tell nobody that they moved, so once a second a short tuple is compared; the lists are read
anew only when it differs.
"""

import contextlib
from typing import Any

import bpy
from bpy.app.handlers import persistent

from . import access, estimates, prefs

SECONDS = 1.0

_OWNER = object()
"""By which Blender's message bus knows our subscription."""

_seen: tuple[object, ...] | None = None


def signature(scene: bpy.types.Scene) -> tuple[object, ...]:
    """Everything that the lists depend on and that changes without telling."""
    markers = tuple((m.name, m.frame, m.camera and m.camera.name) for m in scene.timeline_markers)
    wishes = access.wishes(scene)
    return (
        scene.name,
        scene.camera and scene.camera.name,
        scene.frame_start,
        scene.frame_end,
        markers,
        any(obj.type == "MESH" for obj in scene.objects),
        bpy.data.filepath,
        wishes.folder,
        prefs.settings(),
    )


def look() -> float:
    """Refresh the panel if something changed; seconds until the next look."""
    from . import session
    from .jobs import painter

    global _seen
    scene = getattr(bpy.context, "scene", None)
    if scene is None:
        return SECONDS
    now = signature(scene)
    if now != _seen:
        _seen = now
        session.refresh(scene)
    if not access.session().working:
        painter.rest()
        estimates.look(scene)
    return SECONDS


@persistent
def _after_load(*_: object) -> None:
    from . import comparing

    global _seen
    _seen = None
    comparing.forget()
    estimates.forget()
    if not bpy.app.background:
        _await_active()
        look()


@persistent
def _after_undo(*_: object) -> None:
    """What is shown is undone, too; the list that says so is none of the file's."""
    if not bpy.app.background:
        _active_changed()


def _active_changed() -> None:
    from . import session

    scene = getattr(bpy.context, "scene", None)
    if scene is not None:
        session.list_textures(scene)
        session.redraw()


def _await_active() -> None:
    """Hear of another active object at once; loading a file makes Blender forget us."""
    bpy.msgbus.clear_by_owner(_OWNER)
    active: Any = (bpy.types.LayerObjects, "active")
    bpy.msgbus.subscribe_rna(key=active, owner=_OWNER, args=(), notify=_active_changed)


@persistent
def _frame_changed(scene: bpy.types.Scene, graph: bpy.types.Depsgraph | None = None) -> None:
    """Behind a camera that serves several shots, each shot shows its own take."""
    from . import comparing
    from .bridge import backgrounds

    comparing.follow(scene)
    if graph is None or graph.mode != "RENDER":
        backgrounds.show_at(scene.frame_current)


def register() -> None:
    """Begin to watch; without a window there is no panel to keep true."""
    bpy.app.handlers.load_post.append(_after_load)
    bpy.app.handlers.frame_change_post.append(_frame_changed)
    bpy.app.handlers.undo_post.append(_after_undo)
    bpy.app.handlers.redo_post.append(_after_undo)
    if not bpy.app.background:
        _await_active()
        bpy.app.timers.register(look, first_interval=SECONDS, persistent=True)


def unregister() -> None:
    """Watch no more."""
    global _seen
    _seen = None
    if bpy.app.timers.is_registered(look):
        bpy.app.timers.unregister(look)
    bpy.msgbus.clear_by_owner(_OWNER)
    for handlers, ours in (
        (bpy.app.handlers.redo_post, _after_undo),
        (bpy.app.handlers.undo_post, _after_undo),
        (bpy.app.handlers.frame_change_post, _frame_changed),
        (bpy.app.handlers.load_post, _after_load),
    ):
        with contextlib.suppress(ValueError):  # somebody has cleared the handlers
            handlers.remove(ours)
