"""What the panel shows, gathered when something changed, never while it draws."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import bpy
from underpaint import direct_cuts
from underpaint.console import time_left
from underpaint.errors import UnderpaintError
from underpaint.events import Event, Found, Moved, Noted, Shown, TakeMade
from underpaint.library import picks
from underpaint.library.judging import account
from underpaint.library.project import Kind, Project
from underpaint.library.takes import Takes
from underpaint.model.cut import DEFAULT_CUT
from underpaint.model.judgement import Verdict
from underpaint.model.shot import Shot

from . import access, choices, estimates, looks, prefs, take_lines, thumbnails
from .bridge import materials
from .bridge.shots import list_shots
from .jobs.job import Job

if TYPE_CHECKING:
    from .session_props import UnderpaintSession, UnderpaintTake, UnderpaintTexture

T = TypeVar("T")


# --- lists ------------------------------------------------------------------------------------


def refresh(scene: bpy.types.Scene) -> None:
    """Read shots, takes and looks anew, and say what is missing."""
    missing: list[str] = []
    project = _tried(lambda: Project(choices.out_folder(scene)), missing)
    shots = _tried(lambda: list_shots(scene), missing) or ()
    _tried(lambda: choices.objects(scene, ()), missing)
    if not prefs.settings().python:
        missing.append("The engine's Python is not set: name it in the preferences.")
    session = access.session()
    session.missing = "\n".join(missing)
    _list_looks(session, project)
    _list_shots(session, shots, project)
    list_textures(scene)
    list_cues(scene)
    redraw()


def list_textures(scene: bpy.types.Scene) -> None:
    """Read the texture takes of the active object anew."""
    session = access.session()
    session.textures.clear()
    obj = active_mesh(scene)
    session.textures_of = obj.name if obj else ""
    if obj is None:
        return
    project = _tried(lambda: Project(choices.out_folder(scene)), [])
    picked = _picked(project, "textures").get(obj.name, 0)
    lines = {line.number: line for line in take_lines.of(project, "textures", obj.name)}
    said, session.textures_unread = take_lines.verdicts(project, "textures", obj.name)
    shown = materials.shown_take(obj) if materials.shown(obj) != "blocking" else None
    for number in sorted({*lines, *materials.takes(obj)}):
        item, line = session.textures.add(), lines.get(number)
        item.name, item.number = f"Take {number}", number
        item.picked, item.shown = number == picked, number == shown
        item.told = line.told if line else "its record is not here"
        _judge(item, said.get(number, Verdict()))
        if line:
            item.icon = thumbnails.icon_of(line.picture)
    session.texture_index = min(session.texture_index, max(0, len(session.textures) - 1))


def list_cues(scene: bpy.types.Scene) -> None:
    """Read the entries of the reel's cut anew."""
    session = access.session()
    project = _tried(lambda: Project(choices.out_folder(scene)), [])
    name = access.wishes(scene).cut.strip() or DEFAULT_CUT
    cues = _tried(lambda: direct_cuts.cues(project, name), []) if project else None
    session.cues.clear()
    for cue in cues or ():
        item = session.cues.add()
        item.name, item.told = cue.shot, cue.text
    session.cue_index = min(session.cue_index, max(0, len(session.cues) - 1))


def active_mesh(scene: bpy.types.Scene) -> bpy.types.Object | None:
    """The active object, where it is one that can be painted."""
    layer = bpy.context.view_layer if bpy.context.scene == scene else scene.view_layers[0]
    obj = layer.objects.active
    return obj if obj is not None and obj.type == "MESH" else None


def list_takes(scene: bpy.types.Scene) -> None:
    """Read the takes of the chosen shot anew."""
    session = access.session()
    project = _tried(lambda: Project(choices.out_folder(scene)), [])
    chosen = _chosen_take(session)
    session.takes.clear()
    session.takes_of = ""
    if project is None or not 0 <= session.shot_index < len(session.shots):
        return
    shot = session.shots[session.shot_index]
    said, session.takes_unread = take_lines.verdicts(project, "shots", shot.name)
    for line in take_lines.of(project, "shots", shot.name):
        item = session.takes.add()
        item.name, item.number = f"Take {line.number}", line.number
        item.picked, item.told = line.number == shot.picked, line.told
        _judge(item, said.get(line.number, Verdict()))
        item.icon = thumbnails.icon_of(line.picture)
    session.takes_of = shot.name
    numbers = [item.number for item in session.takes]
    newest = max(0, len(numbers) - 1)
    stays = chosen is not None and chosen[0] == shot.name and chosen[1] in numbers
    session.take_index = numbers.index(chosen[1]) if chosen and stays else newest


def _judge(item: "UnderpaintTake | UnderpaintTexture", verdict: Verdict) -> None:
    """Put down what people said of a take."""
    item.stars, item.rejected = verdict.mean, verdict.rejected is not None
    item.mine = verdict.stars.get(prefs.settings().by or account(), 0)
    item.notes = "\n".join(f"{note.by}: {' '.join(note.text.split())}" for note in verdict.notes)


def _chosen_take(session: "UnderpaintSession") -> tuple[str, int] | None:
    """Shot and number of the take that a person looks at, if it is not simply the newest."""
    if 0 <= session.take_index < len(session.takes) - 1:
        return session.takes_of, session.takes[session.take_index].number
    return None


def _tried(ask: Callable[[], T], missing: list[str]) -> T | None:
    """What it answers; where it raises, None, and the sentence is put down as missing."""
    try:
        return ask()
    except UnderpaintError as error:
        missing.append(str(error))
        return None


def _list_shots(
    session: "UnderpaintSession", shots: tuple[Shot, ...], project: Project | None
) -> None:
    picked = _picked(project)
    session.shots.clear()
    for shot in shots:
        item = session.shots.add()
        item.name = shot.name
        item.start, item.end = shot.start, shot.end
        item.takes = _count(project, shot.name)
        item.picked = picked.get(shot.name, 0)
    session.shot_index = min(session.shot_index, max(0, len(shots) - 1))  # lists its takes


def _list_looks(session: "UnderpaintSession", project: Project | None) -> None:
    session.looks.clear()
    for name in looks.names(project):
        item = session.looks.add()
        item.name = name
        item.words = _words_of(name, project)


def _words_of(look: str, project: Project | None) -> str:
    try:
        return looks.find(look, project).words
    except UnderpaintError:
        return "this look's file cannot be read"


def _count(project: Project | None, shot: str) -> int:
    """How many takes there are; a shot's list reads them, the list of shots need not."""
    try:
        return len(Takes(project).numbers(shot)) if project else 0
    except UnderpaintError:
        return 0


def _picked(project: Project | None, kind: Kind = "shots") -> dict[str, int]:
    """Shot or object → number of its pick; a picks.json that cannot be read counts as none here."""
    try:
        chosen = getattr(picks.load(project), kind) if project else {}
    except UnderpaintError:
        chosen = {}
    return {subject: pick.take for subject, pick in chosen.items()}


# --- a job at work ----------------------------------------------------------------------------


def job_started(job: Job) -> None:
    """The bar appears; what the last job said goes."""
    session = access.session()
    session.working, session.stopping = True, False
    session.out = job.out
    session.fraction, session.text, session.left = 0.0, "Starting", ""
    session.error = session.told = session.waits = ""
    session.picture = 0
    if job.name == "doctor":
        session.findings.clear()
    redraw()


def job_waits(why: str) -> None:
    """What the work stands still for; empty while it goes on."""
    session = access.session()
    if session.waits != why:
        session.waits = why
        redraw()


def job_stopping() -> None:
    """A person pressed Cancel."""
    access.session().stopping = True
    redraw()


def job_said(event: Event) -> None:
    """Show one event."""
    session = access.session()
    match event:
        case Moved():
            session.fraction, session.text = event.fraction, event.text
            session.left = time_left(event)
        case Shown():
            session.picture = thumbnails.newest(Path(session.out) / event.file)
        case TakeMade():
            session.told = f"{event.subject}: take {event.number}"
        case Noted():
            session.told = event.text
        case Found():
            item = session.findings.add()
            item.ok, item.told = event.ok, f"{event.subject}: {event.text}"
        case _:
            return
    redraw()


def job_over(job: Job) -> None:
    """The bar goes; what came of it stays to be read."""
    session = access.session()
    session.working = session.stopping = False
    session.waits, session.picture = "", 0
    if job.state == "failed":
        session.error = str(job.error)
    elif job.state == "cancelled":
        session.told = str(job.error)
    else:
        session.told = f"Done: {session.told}" if session.told else "Done."
    estimates.forget()
    refresh(bpy.context.scene)


def redraw() -> None:
    """Have the sidebars drawn again."""
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type in {"VIEW_3D", "PREFERENCES", "IMAGE_EDITOR"}:
                area.tag_redraw()
