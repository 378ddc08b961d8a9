"""Looks: the built-in ones, the project's own, and any file of the same format."""

from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

from underpaint.errors import InputError
from underpaint.library.atomic import read_document
from underpaint.library.project import Project
from underpaint.model.look import Look
from underpaint.model.names import from_file_name

OWN_WORDS = "own words"


def names(project: Project | None) -> list[str]:
    """Names of all looks, the project's own first."""
    own = _names_in(project.looks) if project else []
    return own + [name for name in _built_in() if name not in own]


def find(name: str, project: Project | None) -> Look:
    """The look of that name, or of that .json file. An empty name is the first built-in look.

    Raises InputError that lists what there is, FormatError for a file that is no look.
    """
    if name.endswith(".json"):
        return read_document(Look, Path(name))
    if project and name in _names_in(project.looks):
        return read_document(Look, project.look(name))
    built_in = _built_in()
    if not name and built_in:
        return read_document(Look, next(iter(built_in.values())))
    if name not in built_in:
        there = ", ".join(names(project)) or "none"
        raise InputError(f"There is no look {name!r}. There are: {there}.")
    return read_document(Look, built_in[name])


def choose(name: str, words: str, avoid: str, project: Project | None) -> Look:
    """The look of that name with those words in place of its own; empty text leaves its own.

    Words without a name are a look of their own: what another look avoids is not theirs.
    """
    look = find(name, project) if name or not words else Look(OWN_WORDS, words)
    return replace(look, words=words or look.words, avoid=avoid or look.avoid)


def _names_in(folder: Path) -> list[str]:
    return sorted(from_file_name(path.stem) for path in folder.glob("*.json"))


@cache
def _built_in() -> dict[str, Path]:
    """Name → file of the looks that we ship, in order of their file names."""
    folder = Path(str(resources.files("underpaint"))) / "assets" / "looks"
    return {from_file_name(path.stem): path for path in sorted(folder.glob("*.json"))}
