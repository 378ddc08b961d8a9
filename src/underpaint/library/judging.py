"""A person judges a take: stars, a rejection, a note."""

from __future__ import annotations

import getpass

from ..errors import InputError
from ..model.judgement import MOST_STARS, Said, Verdict
from . import judgements, picks
from .project import Kind, Project
from .takes import Takes


def judge(
    project: Project,
    kind: Kind,
    subject: str,
    take: int,
    by: str,
    *,
    stars: int | None = None,
    rejected: bool | None = None,
    note: str = "",
) -> Verdict:
    """Write down what is given, and return what stands of all that was said of the take.

    A picked take cannot be rejected: what counts and what does not are two takes. Raises
    InputError, before anything is written, for that and for a take that is not there.
    """
    if stars is not None and not 0 <= stars <= MOST_STARS:
        raise InputError(f"A take has 0 to {MOST_STARS} stars, not {stars}.")
    Takes(project, kind).load(subject, take)
    by = by or account()
    if rejected is not None:
        with picks.locked_picks(project) as chosen:
            if rejected and picks.number(chosen, kind, subject) == take:
                raise InputError(
                    f"Take {take} of {subject} is picked: pick another one, then reject it."
                )
            word: Said = "rejected" if rejected else "accepted"
            judgements.say(project, kind, subject, take, by, word)
    if stars is not None:
        judgements.say(project, kind, subject, take, by, "stars", stars=stars)
    if note.strip():
        judgements.say(project, kind, subject, take, by, "noted", text=note.strip())
    return judgements.verdict(project, kind, subject, take)


def account() -> str:
    """The name that the computer knows the person by, where they gave none; may be empty."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name; Windows without a user
        return ""
