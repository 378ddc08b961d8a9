"""How takes are listed for people: a line each, and what was said of them below."""

from __future__ import annotations

from .events import Listed

_NOUNS = {"frames": "", "textures": "Textures of ", "atlases": "Atlas "}
_INDENT = " " * 11
_LOOK = 22
"""As long as the longest look that we ship with words of a person's own."""


def head(event: Listed, *, first: bool) -> list[str]:
    """What stands above the takes of a shot, an object or an atlas."""
    title = f"{_NOUNS[event.kind]}{event.subject}"
    columns = (
        f"{'':9} {'take':>4}  {'stars':>5}  {'seed':>10}  {'look':{_LOOK}}  {'took':>10}  words"
    )
    return [*([] if first else [""]), title, columns]


def rows(event: Listed, width: int | None) -> list[str]:
    """A take, and who said what of it; lines are cut at ``width`` letters."""
    stars = f"{event.stars:.2g}" if event.stars else ""
    seed = "" if event.seed is None else event.seed
    state = "deleted" if event.deleted is not None else "rejected" if _rejected(event) else ""
    state = state or ("picked" if event.picked else "")
    look = event.look if len(event.look) <= _LOOK else f"{event.look[: _LOOK - 1]}…"
    told = " · ".join(filter(None, (event.manner, " ".join(event.words.split()))))
    line = (
        f"{state:9} {event.number:4}  {stars:>5}  {seed:>10}  {look:{_LOOK}}  "
        f"{duration(event.seconds):>10}  {told}"
    )
    said = [f"{_INDENT}{text}" for text in (*_who(event), *_notes(event))]
    return [_cut(text, width) for text in (line, *said)]


def duration(seconds: float) -> str:
    """Seconds in words that are as precise as a guess may be.

    >>> duration(4), duration(75), duration(200), duration(8000)
    ('4 s', '75 s', '3 min', '2 h 13 min')
    """
    if round(seconds) < 120:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def _rejected(event: Listed) -> bool:
    return event.rejected is not None


def _who(event: Listed) -> list[str]:
    """Who deleted or rejected it, and everybody's stars where there are several."""
    told = []
    if event.deleted:
        told.append(f"deleted by {event.deleted}")
    if event.rejected:
        told.append(f"rejected by {event.rejected}")
    if len(event.starred) > 1:
        told.append(", ".join(f"{by or 'somebody'} {n}" for by, n in event.starred.items()))
    return told


def _notes(event: Listed) -> list[str]:
    return [f"{n.by or 'somebody'}: {' '.join(n.text.split())}" for n in event.notes]


def _cut(text: str, width: int | None) -> str:
    text = text.rstrip()
    return text if width is None or len(text) <= width else f"{text[: width - 1]}…"
