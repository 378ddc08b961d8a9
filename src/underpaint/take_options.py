"""Groups of options of the commands that look at takes and judge them; see ``options``."""

from __future__ import annotations

import argparse
import re

from .model.judgement import MOST_STARS
from .options import whole


def subject(sub: argparse.ArgumentParser) -> None:
    """A shot, or an object."""
    sub.add_argument("subject", metavar="SUBJECT", help="a shot, or an object that has textures")
    textures_too(sub)


def shot(sub: argparse.ArgumentParser) -> None:
    """A shot that has takes."""
    sub.add_argument("subject", metavar="SHOT", help="the shot whose take it is")


def painted_shot(sub: argparse.ArgumentParser) -> None:
    """A shot that is being painted."""
    sub.add_argument("subject", metavar="SHOT", help="the shot that is being painted")


def take(sub: argparse.ArgumentParser) -> None:
    """One take of a subject."""
    sub.add_argument("take", metavar="TAKE", type=whole(1, 999999), help="the number of the take")


def textures_too(sub: argparse.ArgumentParser) -> None:
    """Textures, where a name says both."""
    sub.add_argument(
        "--texture",
        action="store_true",
        help="an object's texture, where a shot has the object's name",
    )


def listing(sub: argparse.ArgumentParser) -> None:
    """Whose takes are listed."""
    sub.add_argument(
        "subject",
        metavar="SUBJECT",
        nargs="?",
        default="",
        help="only this shot, or this object's textures (default: every shot; with --texture every "
        "object)",
    )
    textures_too(sub)


def judging(sub: argparse.ArgumentParser) -> None:
    """What a person thinks of a take."""
    sub.add_argument(
        "--stars",
        type=whole(0, MOST_STARS),
        metavar="N",
        help=f"how good it is, 1 to {MOST_STARS}; 0 takes your stars back",
    )
    either = sub.add_mutually_exclusive_group()
    either.add_argument(
        "--reject",
        dest="rejected",
        action="store_true",
        default=None,
        help="it is not to be used: --latest passes it over, and nobody can pick it",
    )
    either.add_argument(
        "--accept", dest="rejected", action="store_false", default=None, help="take that back"
    )
    sub.add_argument(
        "--note", default="", metavar="TEXT", help="what you think of it; all are kept"
    )


def stopping(sub: argparse.ArgumentParser) -> None:
    """Which of a shot's takes that are being painted."""
    sub.add_argument(
        "--seed",
        type=whole(0, (1 << 63) - 1),
        metavar="N",
        help="only the take with this seed (default: all that are being painted)",
    )


def deleting(sub: argparse.ArgumentParser) -> None:
    """How sure a person is."""
    sub.add_argument("--yes", action="store_true", help="do not ask again")
    sub.add_argument(
        "--although-used",
        action="store_true",
        help="also where it is picked, or a reel, a texture or an atlas was made with it",
    )


def comparing(sub: argparse.ArgumentParser) -> None:
    """Which takes are put side by side, and how."""
    sub.add_argument(
        "compared",
        metavar="TAKE",
        nargs="+",
        type=whole(1, 999999),
        help="the numbers of the takes, from left to right",
    )
    sub.add_argument(
        "--frame",
        type=_frame,
        metavar="N",
        help="only this frame (default: the first, the middle and the last that all of them have)",
    )
    either = sub.add_mutually_exclusive_group()
    either.add_argument(
        "--video",
        action="store_true",
        help="a video of all frames that these takes of a shot share, instead",
    )
    either.add_argument(
        "--wipe",
        nargs="?",
        type=_percent,
        const=0.5,
        metavar="PERCENT",
        help="one picture instead: of two takes, the first left of there and the second right of "
        "it (default: 50); of more, an equal part each",
    )


def _frame(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no frame's number")
    return int(text)


def _percent(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or float(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not within 0 and 100")
    return float(text) / 100
