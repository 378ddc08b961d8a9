"""``cuts/NAME.json``: the cuts of a project, side by side, and what each was before.

What a cut was is kept below ``cuts/.before/NAME/``, so that a change can be taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ..errors import InputError
from ..model.cut import DEFAULT_CUT, Cut, CutEntry
from ..model.editing import of_shots
from ..model.names import from_file_name, same_file, to_file_name
from ..model.shot import PassSet
from . import atomic, picks
from .locks import locked
from .project import Project
from .takes import Takes

_KEPT = 100


def names(project: Project) -> tuple[str, ...]:
    """The cuts that were saved, by name."""
    return tuple(sorted(from_file_name(path.stem) for path in _folder(project).glob("[!.]*.json")))


def load(project: Project, name: str) -> Cut | None:
    """A cut, or None where nobody saved one of this name."""
    path = _path(project, name)
    return atomic.read_document(Cut, path) if path.is_file() else None


def load_or_error(project: Project, name: str) -> Cut | None:
    """As ``load``, but of another name than the default one it has to be there.

    Raises InputError that lists what is.
    """
    cut = load(project, name)
    if cut is None and name != DEFAULT_CUT:
        there = ", ".join(names(project)) or "none yet"
        raise InputError(
            f"There is no cut {name!r}; there are: {there}. Make it: underpaint cut … copy {name}."
        )
    return cut


def standing(project: Project, name: str) -> Cut:
    """A saved cut, or the default one of the shots that are painted."""
    return load_or_error(project, name) or of_shots(painted_shots(project))


def standing_or_new(project: Project, name: str) -> Cut:
    """As ``standing``, but a name that nobody used yet is that of a new cut."""
    return load(project, name) or of_shots(painted_shots(project))


def save(project: Project, name: str, cut: Cut) -> Path:
    """Write a cut; what it was before is kept. Returns its file."""
    path = _path(project, name)
    with locked(path.with_name(f".{path.name}.lock"), _busy(path)):
        if path.is_file():
            _keep(project, name, path)
        atomic.write_document(path, cut)
    return path


def copy(project: Project, name: str, to: str) -> Path:
    """Write a cut under a second name. Raises InputError where there is one of this name."""
    if any(same_file(to, name) for name in names(project)):
        raise InputError(f"There is a cut {to} already: give the copy another name.")
    return save(project, to, standing(project, name))


def undo(project: Project, name: str) -> Cut | None:
    """Take the last change back: the cut as it is then, None where nobody had changed it.

    Raises InputError when there is no change to take back.
    """
    path, before = _path(project, name), _before(project, name)
    with locked(path.with_name(f".{path.name}.lock"), _busy(path)), atomic.disk_errors(path):
        kept = _kept(before)
        if not kept and not path.is_file():
            raise InputError(f"Nothing was changed in the cut {name}: there is nothing to undo.")
        if not kept:
            path.unlink()
            return None
        cut = atomic.read_document(Cut, kept[-1])
        atomic.move(kept[-1], path, over=True)
    return cut


def painted_shots(project: Project) -> tuple[str, ...]:
    """Shots that have takes, in the order of the scene's time as their passes tell it."""
    folder = project.root / "takes"
    found: list[tuple[int, str]] = []
    for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
        passes = project.root / "passes" / entry.name / "passes.json"
        if entry.name[0] == "." or not passes.is_file():
            continue
        shot = atomic.read_document(PassSet, passes).shot
        if Takes(project).latest(shot.name) is not None:
            found.append((shot.start, shot.name))
    return tuple(name for _, name in sorted(found))


def require_takes(
    project: Project, entries: Sequence[CutEntry], *, latest: bool, painted: Iterable[str] = ()
) -> None:
    """Raise InputError that says which shots of a cut have no take, or none that is chosen.

    ``latest``: the newest does where none is. ``painted``: shots whose take is chosen already.
    """
    takes = Takes(project)
    bare = dict.fromkeys(e.shot for e in entries if takes.latest(e.shot) is None)
    if bare:
        raise InputError(
            f"Not painted yet: {', '.join(bare)}. Paint their frames first, or choose others "
            "(--shot)."
        )
    if latest:
        return
    chosen = {*painted, *picks.load(project).shots}
    open_ = dict.fromkeys(e.shot for e in entries if e.take is None and e.shot not in chosen)
    if open_:
        raise InputError(
            f"No take is picked of: {', '.join(open_)}. "
            "Pick one each, or say --latest for the newest."
        )


def _keep(project: Project, name: str, path: Path) -> None:
    """Put the file as it is beside the earlier ones; the oldest of many go."""
    kept = _kept(_before(project, name))
    number = int(kept[-1].stem) + 1 if kept else 1
    with atomic.disk_errors(path):
        atomic.write_bytes(_before(project, name) / f"{number:06d}.json", path.read_bytes())
    for old in kept[: max(0, len(kept) + 1 - _KEPT)]:
        atomic.remove(old)


def _kept(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.stem.isdecimal())


def _folder(project: Project) -> Path:
    return project.root / "cuts"


def _path(project: Project, name: str) -> Path:
    if not name.strip():
        raise InputError("A cut needs a name.")
    return project.cut(name)


def _before(project: Project, name: str) -> Path:
    return _folder(project) / ".before" / to_file_name(name)


def _busy(path: Path) -> str:
    return f"Another Underpaint is writing {path}: run it again in a moment."
