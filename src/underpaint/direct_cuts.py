"""The command ``cut``: edit a reel without painting anything, and without a scene."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .commands import Command
from .console import Sink
from .cut_options import VERBS
from .errors import EXIT_DONE, InputError
from .events import Cued, Finished, Noted
from .library import cuts, picks
from .library.project import Project
from .library.takes import Takes
from .model import editing
from .model.cut import DEFAULT_CUT, Cut, CutEntry

_Words = Sequence[str]


def cut(project: Project, command: Command, sink: Sink) -> int:
    """Do what the verb says, and list what came of it. Raises InputError in words."""
    name, verb, words = command.cut, command.verb, command.words_of_verb
    if verb == "undo":
        _expect(verb, words, 0)
        sink.show(Noted(_undone(cuts.undo(project, name), name)))
    elif verb == "copy":
        _expect(verb, words, 1)
        cuts.copy(project, name, words[0])
        name = words[0]
    elif verb != "list":
        cuts.save(project, name, _edited(project, name, verb, words))
    else:
        _expect(verb, words, 0)
    path = project.cut(name)
    if path.is_file() or verb != "undo" or name == DEFAULT_CUT:
        for cue in cues(project, name):
            sink.show(cue)
    files = (project.relative(path),) if path.is_file() else ()
    sink.show(Finished("cut", str(project.root), files))
    return EXIT_DONE


def _undone(before: Cut | None, name: str) -> str:
    if before is not None:
        return "Taken back."
    if name == DEFAULT_CUT:
        return "Taken back: the cut is as if never edited."
    return f"Taken back: there is no cut {name!r} any more."


def cues(project: Project, name: str) -> tuple[Cued, ...]:
    """The entries of a cut in order. Raises InputError where there is no such cut."""
    entries, found, start = cuts.standing(project, name).entries, [], 0
    for place, entry in enumerate(entries, 1):
        frames = painted_frames(project, entry)
        shown = len(entry.shown(frames)) if frames is not None else 0
        start += entry.gap
        number = entry.take or _picked(project, entry.shot)
        words = "not painted yet"
        if frames is not None:
            words = editing.entry_words(entry, frames, picked=number is not None)
        found.append(Cued(place, entry.shot, number, start, shown, words))
        start += shown
    return tuple(found)


def painted_frames(project: Project, entry: CutEntry) -> range | None:
    """The frames of the take that an entry shows; of its newest where none is picked."""
    takes, number = Takes(project), entry.take or _picked(project, entry.shot)
    take = takes.load(entry.shot, number) if number else takes.latest(entry.shot)
    request = take.frame_request if take else None
    if request is None:
        return None
    numbers = [view.frame for view in request.views]
    return range(min(numbers), max(numbers) + 1)


def _picked(project: Project, shot: str) -> int | None:
    pick = picks.load(project).shots.get(shot)
    return pick.take if pick else None


def _edited(project: Project, name: str, verb: str, words: _Words) -> Cut:
    before = cuts.standing(project, name)
    if verb == "reset" and not words:
        return editing.of_shots(cuts.painted_shots(project))
    if verb == "add":
        return _add(project, before, words)
    least, most = _COUNTS[verb]
    _expect(verb, words, least, most)
    return _VERBS[verb](before, editing.find(before, words[0]), words[1:], project)


def _add(project: Project, cut: Cut, words: _Words) -> Cut:
    _expect("add", words, 1, 2)
    shots = cuts.painted_shots(project)
    if words[0] not in shots:
        raise InputError(f"No shot {words[0]!r} is painted; there are: {', '.join(shots)}.")
    return editing.add(cut, words[0], _whole(words[1]) if len(words) > 1 else None)


def _hold(cut: Cut, place: int, words: _Words, _project: Project) -> Cut:
    frames = [_whole(word) for word in words]
    if len(frames) == 1:
        return editing.change(cut, place, tail=frames[0])
    return editing.change(cut, place, head=frames[0], tail=frames[1])


def _trim(cut: Cut, place: int, words: _Words, project: Project) -> Cut:
    text = "-".join(words) if len(words) == 2 else words[0]
    found = re.fullmatch(r"(-?\d{1,20})?-(-?\d{1,20})?", text)
    if found is None or not any(found.groups()):
        raise InputError(f"{text!r} is no part of a shot: write it as 5-20, 5- or -20.")
    first, last = (int(part) if part else None for part in found.groups())
    trimmed = editing.trim(cut, place, first, last)
    entry = trimmed.entries[place - 1]
    frames = painted_frames(project, entry)
    if frames is not None and not entry.is_in(frames):
        raise InputError(
            f"{entry.shot} has the frames {frames.start} to {frames.stop - 1}: nothing is left."
        )
    return trimmed


def _speed(cut: Cut, place: int, words: _Words, _project: Project) -> Cut:
    found = re.fullmatch(r"(\d{1,5})(?:/(\d{1,5})|\.(\d{1,3}))?", words[0])
    if found is None:
        raise InputError(f"{words[0]!r} is no speed: write it as 1/2 (half as fast), 2 or 1.5.")
    over, under, decimals = found.groups()
    if decimals:
        return editing.retime(cut, place, int(over + decimals), 10 ** len(decimals))
    return editing.retime(cut, place, int(over), int(under or 1))


def _take(cut: Cut, place: int, words: _Words, project: Project) -> Cut:
    if words[0] == "pick":
        return editing.change(cut, place, take=None)
    number = _whole(words[0])
    Takes(project).load(editing.entry_at(cut, place).shot, number)
    return editing.change(cut, place, take=number)


def _move(cut: Cut, place: int, words: _Words, _project: Project) -> Cut:
    return editing.move(cut, place, _whole(words[0]))


def _swap(cut: Cut, place: int, words: _Words, _project: Project) -> Cut:
    return editing.swap(cut, place, editing.find(cut, words[0]))


def _gap(cut: Cut, place: int, words: _Words, _project: Project) -> Cut:
    return editing.change(cut, place, gap=_whole(words[0]))


def _label(cut: Cut, place: int, words: _Words, _project: Project) -> Cut:
    return editing.change(cut, place, label=" ".join(words))


def _remove(cut: Cut, place: int, _words: _Words, _project: Project) -> Cut:
    return editing.remove(cut, place)


def _reset(cut: Cut, place: int, _words: _Words, _project: Project) -> Cut:
    return editing.restore(cut, place)


_VERBS: dict[str, Callable[[Cut, int, _Words, Project], Cut]] = {
    "hold": _hold,
    "trim": _trim,
    "speed": _speed,
    "gap": _gap,
    "take": _take,
    "label": _label,
    "move": _move,
    "swap": _swap,
    "remove": _remove,
    "reset": _reset,
}
_COUNTS = {
    "hold": (2, 3),
    "trim": (2, 3),
    "label": (1, 99),
    "remove": (1, 1),
    "reset": (1, 1),
    **dict.fromkeys(("speed", "gap", "take", "move", "swap"), (2, 2)),
}
"""Verb → the least and the most words that it takes, the entry among them."""


def _expect(verb: str, words: _Words, least: int, most: int | None = None) -> None:
    if not least <= len(words) <= (least if most is None else most):
        raise InputError(f"Write it as: cut {verb} {VERBS[verb]}".rstrip() + ".")


def _whole(word: str) -> int:
    if not re.fullmatch(r"\d{1,6}", word):
        raise InputError(f"{word!r} is no whole number from 0 to 999999.")
    return int(word)
