"""What painting the frames would take, kept for the panel and worked out when something changed."""

from typing import TYPE_CHECKING

import bpy
from underpaint.errors import UnderpaintError

from . import access, prefs

if TYPE_CHECKING:
    from .props import UnderpaintScene

_known: tuple[object, ...] | None = None


def forget() -> None:
    """Work it out anew at the next look: a job has made something, a file was opened."""
    global _known
    _known = None


def look(scene: bpy.types.Scene) -> None:
    """Renew the sentence if what it depends on has changed; cheap where it has not."""
    global _known
    facts = _facts(scene)
    if facts == _known or access.session().working:
        return
    _known = facts
    told = _told(scene)
    if told != access.session().estimate:
        from . import session

        access.session().estimate = told
        session.redraw()


def _facts(scene: bpy.types.Scene) -> tuple[object, ...]:
    wishes: UnderpaintScene = access.wishes(scene)
    render = scene.render
    return (
        bpy.data.filepath,
        scene.name,
        scene.frame_start,
        scene.frame_end,
        tuple((m.frame, m.camera and m.camera.name) for m in scene.timeline_markers),
        (render.resolution_x, render.resolution_y, render.resolution_percentage),
        (wishes.look, wishes.words, wishes.avoid, wishes.engine, wishes.folder),
        (wishes.seed, wishes.seed_per, wishes.takes),
        (wishes.mode, wishes.cadence, wishes.repaint),
        prefs.settings(),
    )


def _told(scene: bpy.types.Scene) -> str:
    """Nothing while something is missing, which the panel says by itself."""
    from .jobs import foresight, order

    try:
        wanted = order.of_scene(scene, "frames", gently=True)
        return foresight.foresee(wanted, scene).told.text
    except UnderpaintError:
        return ""
