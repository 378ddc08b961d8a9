"""The buttons that edit the reel's cut, and the one that reads a re-timed timeline."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty
from bpy.types import Context, Event, Operator, OperatorProperties
from underpaint.errors import InputError

from .. import access
from .reporting import Result, idle, reported

if TYPE_CHECKING:
    from underpaint.library.project import Project
    from underpaint.model.cut import Cut, CutEntry


def _project_and_name(scene: bpy.types.Scene) -> "tuple[Project, str]":
    from underpaint.library.project import Project
    from underpaint.model.cut import DEFAULT_CUT

    from .. import choices

    return Project(choices.out_folder(scene)), access.wishes(scene).cut.strip() or DEFAULT_CUT


def _standing(scene: bpy.types.Scene) -> "tuple[Cut, int]":
    """The cut, and the place of the entry that is chosen in the panel."""
    from underpaint.library import cuts

    cut = cuts.standing(*_project_and_name(scene))
    if not cut.entries:
        raise InputError("Nothing is painted yet that a reel could show: paint frames first.")
    return cut, min(access.session().cue_index + 1, len(cut.entries))


def _save(scene: bpy.types.Scene, cut: "Cut", place: int) -> None:
    """Write the cut down and list it, with an entry chosen."""
    from underpaint.library import cuts

    from .. import session

    cuts.save(*_project_and_name(scene), cut)
    session.list_cues(scene)
    access.session().cue_index = min(max(place, 1), len(cut.entries)) - 1
    session.redraw()


class UNDERPAINT_OT_cut_move(Operator):
    """Move this entry of the reel up or down"""

    bl_idname = "underpaint.cut_move"
    bl_label = "Move Entry"
    bl_options = {"REGISTER"}

    by: IntProperty(name="By", default=1, min=-1, max=1, options={"SKIP_SAVE"})

    def execute(self, context: Context) -> Result:
        """Swap it with its neighbour."""
        return reported(self, lambda: self._move(context.scene))

    def _move(self, scene: bpy.types.Scene) -> None:
        from underpaint.model import editing

        cut, place = _standing(scene)
        if 1 <= place + self.by <= len(cut.entries):
            _save(scene, editing.swap(cut, place, place + self.by), place + self.by)


class UNDERPAINT_OT_cut_change(Operator):
    """Do something to this entry of the reel"""

    bl_idname = "underpaint.cut_change"
    bl_label = "Change Entry"
    bl_options = {"REGISTER"}

    what: EnumProperty(
        name="What",
        items=(
            ("TWICE", "Twice", "Show the shot once more, after this entry"),
            ("REMOVE", "Remove", "Take this entry out of the reel; no take is deleted"),
            ("RESTORE", "Whole", "Show it whole again, at its own speed, with the picked take"),
            ("ALL", "All Shots", "Start anew: every painted shot whole, in the scene's order"),
        ),
    )

    @classmethod
    def description(cls, context: Context, properties: "OperatorProperties") -> str:
        """What the button does."""
        return _WHAT[properties.what]

    def execute(self, context: Context) -> Result:
        """Do it."""
        return reported(self, lambda: self._change(context.scene))

    def _change(self, scene: bpy.types.Scene) -> None:
        from underpaint.library import cuts
        from underpaint.model import editing

        cut, place = _standing(scene)
        if self.what == "TWICE":
            shot = editing.entry_at(cut, place).shot
            _save(scene, editing.add(cut, shot, place + 1), place + 1)
        elif self.what == "REMOVE":
            _save(scene, editing.remove(cut, place), place)
        elif self.what == "RESTORE":
            _save(scene, editing.restore(cut, place), place)
        else:
            project, _ = _project_and_name(scene)
            _save(scene, editing.of_shots(cuts.painted_shots(project)), 1)


_WHAT = {
    "TWICE": "Show the shot once more, after this entry",
    "REMOVE": "Take this entry out of the reel; no take is deleted",
    "RESTORE": "Show it whole again, at its own speed, with the picked take",
    "ALL": "Start anew: every painted shot whole, in the scene's order",
}


class UNDERPAINT_OT_cut_entry(Operator):
    """Trim, hold, slow or speed up this entry, and choose its take. Nothing is painted"""

    bl_idname = "underpaint.cut_entry"
    bl_label = "Edit Entry"
    bl_options = {"REGISTER"}

    take: IntProperty(name="Take", description="0: the one that is picked", default=0, min=0)
    first: IntProperty(name="First Frame", description="Of the scene; trims its start", default=1)
    last: IntProperty(name="Last Frame", description="Of the scene; trims its end", default=1)
    over: IntProperty(name="Speed", description="Painted frames …", default=1, min=1, soft_max=100)
    under: IntProperty(
        name="in", description="… in frames of the reel", default=1, min=1, soft_max=100
    )
    head: IntProperty(name="Hold Its Start", description="Frames", default=0, min=0)
    tail: IntProperty(name="Hold Its End", description="Frames", default=0, min=0)
    gap: IntProperty(name="Black Before", description="Frames", default=0, min=0)
    label: StringProperty(name="Note", description="For the slate and for other editors")

    def invoke(self, context: Context, event: Event) -> Result:
        """Show the entry as it is."""
        result = reported(self, lambda: self._read(context.scene))
        if result == {"CANCELLED"}:
            return result
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: Context) -> Result:
        """Write it down."""
        return reported(self, lambda: self._write(context.scene))

    def _read(self, scene: bpy.types.Scene) -> None:
        cut, place = _standing(scene)
        entry = cut.entries[place - 1]
        asked = entry.asked(self._painted(scene, entry))
        self.take, self.first, self.last = entry.take or 0, asked.start, asked.stop - 1
        self.over, self.under = entry.rate.as_integer_ratio()
        self.head, self.tail, self.gap = entry.head, entry.tail, entry.gap
        self.label = entry.label

    def _write(self, scene: bpy.types.Scene) -> None:
        from dataclasses import replace

        from underpaint.model import editing

        cut, place = _standing(scene)
        before = cut.entries[place - 1]
        entry = replace(before, take=self.take or None)
        frames = self._painted(scene, entry)
        was = before.asked(self._painted(scene, before))
        trims = {
            "first": _end(self.first, frames.start, (was.start, before.first)),
            "last": _end(self.last, frames.stop - 1, (was.stop - 1, before.last)),
        }
        is_rate = (self.over, self.under) == before.rate.as_integer_ratio()
        timed = {**trims, "speed": before.speed if is_rate else (self.over, self.under)}
        same = all(getattr(before, name) == value for name, value in timed.items())
        changed = editing.change(
            cut,
            place,
            **timed,
            take=self.take or None,
            length=entry.length if same else None,
            head=self.head,
            tail=self.tail,
            gap=self.gap,
            label=self.label,
        )
        if not changed.entries[place - 1].is_in(frames):
            told = f"{frames.start} to {frames.stop - 1}"
            raise InputError(f"{entry.shot} has the frames {told}: nothing is left of it.")
        _save(scene, changed, place)

    def _painted(self, scene: bpy.types.Scene, entry: "CutEntry") -> range:
        from underpaint import direct_cuts

        frames = direct_cuts.painted_frames(_project_and_name(scene)[0], entry)
        if frames is None:
            raise InputError(f"{entry.shot} is not painted yet: paint its frames first.")
        return frames


def _end(asked: int, painted: int, before: tuple[int, int | None]) -> int | None:
    """Where an entry is trimmed; None: as far as its take goes. ``before``: as it was shown, and as
    it was kept: what nobody changed stays as it was, whichever take is shown now."""
    shown, kept = before
    if asked == shown:
        return kept
    return None if asked == painted else asked


class UNDERPAINT_OT_cut_copy(Operator):
    """Edit a copy: another reel beside this one, which stays as it is"""

    bl_idname = "underpaint.cut_copy"
    bl_label = "Copy Cut"
    bl_options = {"REGISTER"}

    to: StringProperty(name="Name", description="Of the copy")

    def invoke(self, context: Context, event: Event) -> Result:
        """Ask for the name."""
        return context.window_manager.invoke_props_dialog(self)

    def execute(self, context: Context) -> Result:
        """Copy, and go on with the copy."""
        return reported(self, lambda: self._copy(context.scene))

    def _copy(self, scene: bpy.types.Scene) -> None:
        from underpaint.library import cuts

        project, name = _project_and_name(scene)
        cuts.copy(project, name, self.to.strip())
        access.wishes(scene).cut = self.to.strip()


class UNDERPAINT_OT_cut_undo(Operator):
    """Take the last change of the cut back. Blender's own undo does not: a cut is a file"""

    bl_idname = "underpaint.cut_undo"
    bl_label = "Undo in the Cut"
    bl_options = {"REGISTER"}

    def execute(self, context: Context) -> Result:
        """One step."""
        return reported(self, lambda: self._undo(context.scene))

    def _undo(self, scene: bpy.types.Scene) -> None:
        from underpaint.library import cuts

        from .. import session

        cuts.undo(*_project_and_name(scene))
        session.list_cues(scene)
        session.redraw()


class UNDERPAINT_OT_cut_from_sequencer(Operator):
    """Take over how the reel was edited in Blender's sequencer"""

    bl_idname = "underpaint.cut_from_sequencer"
    bl_label = "From the Sequencer"
    bl_options = {"REGISTER"}

    def execute(self, context: Context) -> Result:
        """Read the reel's scene into the cut."""
        return reported(self, lambda: self._read(context.scene))

    def _read(self, scene: bpy.types.Scene) -> None:
        from underpaint.library import cuts

        from ..bridge import reel_cut

        project, name = _project_and_name(scene)
        before = cuts.standing_or_new(project, name)
        cut, notes = reel_cut.read(reel_cut.scene_of(name), project, before)
        _save(scene, cut, 1)
        for note in notes:
            self.report({"WARNING"}, note)


class UNDERPAINT_OT_retime(Operator):
    """Read the reel's timeline back from another editor, into the cut and the shots' markers"""

    bl_idname = "underpaint.retime"
    bl_label = "Read Timeline"
    bl_options = {"REGISTER"}

    filepath: StringProperty(name="Timeline", subtype="FILE_PATH", options={"SKIP_SAVE"})
    filter_glob: StringProperty(default="*.otio;*.edl;*.fcpxml", options={"HIDDEN"})

    @classmethod
    def poll(cls, context: Context) -> bool:
        """One job at a time."""
        return idle(cls)

    def invoke(self, context: Context, event: Event) -> Result:
        """Ask for the file."""
        context.window_manager.fileselect_add(self)
        return {"RUNNING_MODAL"}

    def execute(self, context: Context) -> Result:
        """Start the job."""
        return reported(self, lambda: self._start(context.scene))

    def _start(self, scene: bpy.types.Scene) -> None:
        from pathlib import Path

        from underpaint.events import Noted

        from ..jobs import order, stages, window

        path = Path(bpy.path.abspath(self.filepath))
        wanted = order.of_scene(scene, "retime", gently=not bpy.app.background, timeline=path)

        def tell(event: object) -> None:
            if isinstance(event, Noted):
                self.report({"INFO"}, event.text)

        window.run(stages.job_of(wanted), tell)


CLASSES = (
    UNDERPAINT_OT_cut_move,
    UNDERPAINT_OT_cut_change,
    UNDERPAINT_OT_cut_entry,
    UNDERPAINT_OT_cut_copy,
    UNDERPAINT_OT_cut_undo,
    UNDERPAINT_OT_cut_from_sequencer,
    UNDERPAINT_OT_retime,
)
