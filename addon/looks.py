"""Looks: the built-in ones, the project's own, and any file of the same format."""

from dataclasses import replace
from pathlib import Path

from underpaint import DEFAULT_LOOK
from underpaint.errors import InputError
from underpaint.library.atomic import read_document
from underpaint.library.looks import built_in, files_in
from underpaint.library.project import Project
from underpaint.model.look import Look


def names(project: Project | None) -> list[str]:
    """Names of all looks, the project's own first."""
    own = list(files_in(project.looks)) if project else []
    return own + [name for name in built_in() if name not in own]


def find(name: str, project: Project | None) -> Look:
    """The look of that name, or of that .json file; an empty name is the default look.

    Raises InputError that lists what there is, FormatError for a file that is no look.
    """
    if name.endswith(".json"):
        return read_document(Look, Path(name))
    name = name or DEFAULT_LOOK
    own = files_in(project.looks) if project else {}
    if name in own:
        return read_document(Look, own[name])
    if name not in built_in():
        there = ", ".join(names(project))
        raise InputError(f"There is no look {name!r}. There are: {there}.")
    return read_document(Look, built_in()[name])


def choose(name: str, words: str, avoid: str, project: Project | None) -> Look:
    """The look of that name with those words in place of its own; empty text leaves its own."""
    look = find(name, project)
    if not (words or avoid):
        return look
    words, avoid = words or look.words, avoid or look.avoid
    return replace(look, name=f"{look.name}, own words", words=words, avoid=avoid)
