"""Two takes compared in the Image Editor; what is shown follows the slider and the frame.

The slider is followed at once. A frame is read when Blender has a moment, and only the last of
many, so that scrubbing and playing stay as quick as they were.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import bpy
from underpaint.errors import InputError, UnderpaintError
from underpaint.library.project import Kind, Project, frame_file
from underpaint.library.takes import Takes
from underpaint.model.take import Take

from . import access, image_editor

if TYPE_CHECKING:
    from .bridge.wipe import Comparison

_SETTLES_SECONDS = 1.5
_BASE = "basecolor.png"


@dataclass
class _Compared:
    """Two takes of one subject, and the frame of theirs that is shown."""

    project: Project
    kind: Kind
    left: Take
    right: Take
    picture: "Comparison"
    frame: int | None = None
    cost: float = 0.0


_now: _Compared | None = None


def start(scene: bpy.types.Scene, project: Project, kind: Kind, subject: str, *two: int) -> None:
    """Show two takes, the first at the left. Raises InputError where one is not there."""
    from .bridge.wipe import Comparison

    global _now
    takes = Takes(project, kind)
    left, right = (takes.load(subject, number) for number in two)
    if left.number == right.number:
        raise InputError(f"Take {left.number} is the same take: choose another one to compare.")
    compared = _Compared(project, kind, left, right, Comparison())
    _load(compared, _frame(compared, scene.frame_current))
    _now = compared
    access.session().compared = f"{subject}: take {left.number} left, take {right.number} right"
    move()
    image_editor.show()


def move() -> None:
    """Show the line where the slider is, or both side by side."""
    if _now is None:
        return
    session = access.session()
    picture = _now.picture
    if picture.sides() if session.sides else picture.part(session.wipe):
        image_editor.fit()
    image_editor.redraw()
    _settle_soon()


def follow(scene: bpy.types.Scene) -> None:
    """The frame changed: show that one, now without a window, else when Blender has a moment."""
    if _now is None or _frame(_now, scene.frame_current) == _now.frame:
        return
    if bpy.app.background:
        _catch_up()
    elif not bpy.app.timers.is_registered(_catch_up):
        bpy.app.timers.register(_catch_up, first_interval=2 * _now.cost)


def shows(kind: Kind, subject: str, number: int) -> bool:
    """Whether a take is one of the two."""
    if _now is None or (_now.kind, _now.left.subject) != (kind, subject):
        return False
    return number in (_now.left.number, _now.right.number)


def stop() -> None:
    """Compare no more."""
    from .bridge import wipe

    global _now
    _now = None
    for timer in (_catch_up, _settle):
        if bpy.app.timers.is_registered(timer):
            bpy.app.timers.unregister(timer)
    wipe.remove()
    access.session().compared = ""
    image_editor.close_soon()


def forget() -> None:
    """Another file was loaded, whose image is none of ours."""
    if _now is not None:
        stop()


def _catch_up() -> None:
    if _now is None:
        return
    try:
        _load(_now, _frame(_now, bpy.context.scene.frame_current))
    except UnderpaintError as error:
        stop()
        access.session().error = str(error)
        return
    move()


def _settle() -> None:
    if _now is not None:
        _now.picture.rest()


def _settle_soon() -> None:
    """When nothing has moved for a while."""
    if bpy.app.timers.is_registered(_settle):
        bpy.app.timers.unregister(_settle)
    if not bpy.app.background:
        bpy.app.timers.register(_settle, first_interval=_SETTLES_SECONDS)


def _load(compared: _Compared, frame: int | None) -> None:
    name = _BASE if frame is None else frame_file(frame)
    folder = Takes(compared.project, compared.kind).folder
    began = time.perf_counter()
    compared.picture.load(folder(compared.left) / name, folder(compared.right) / name)
    compared.frame, compared.cost = frame, time.perf_counter() - began


def _frame(compared: _Compared, current: int) -> int | None:
    """The nearest frame that both have; None for what has no frames."""
    both = {file.frame for file in compared.left.files}
    both &= {file.frame for file in compared.right.files}
    frames = [frame for frame in both if frame is not None]
    if compared.kind != "shots":
        return None
    if not frames:
        raise InputError("These two takes have no frame in common.")
    return min(frames, key=lambda frame: (abs(frame - current), frame))
