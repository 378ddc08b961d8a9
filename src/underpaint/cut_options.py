"""Groups of options about the reel's edit; see ``options``."""

from __future__ import annotations

import argparse
from pathlib import Path

from .model.cut import DEFAULT_CUT

VERBS = {
    "list": "",
    "hold": "ENTRY [FRAMES-AT-START] FRAMES-AT-END",
    "trim": "ENTRY A-B",
    "speed": "ENTRY 1/2",
    "gap": "ENTRY FRAMES",
    "take": "ENTRY NUMBER|pick",
    "label": "ENTRY TEXT",
    "move": "ENTRY PLACE",
    "swap": "ENTRY ENTRY",
    "add": "SHOT [PLACE]",
    "remove": "ENTRY",
    "reset": "[ENTRY]",
    "copy": "NAME",
    "undo": "",
}
"""What ``cut`` can do → the words that it wants."""


def which_cut(sub: argparse.ArgumentParser) -> None:
    """Which of a project's cuts."""
    sub.add_argument(
        "--cut",
        metavar="NAME",
        default=DEFAULT_CUT,
        help=f"which cut; several stand side by side (default: {DEFAULT_CUT})",
    )


def dressing(sub: argparse.ArgumentParser) -> None:
    """What a reel shows beside its shots."""
    switch = argparse.BooleanOptionalAction
    sub.add_argument(
        "--slates",
        action=switch,
        help="a card before each shot: film, shot, take, look, date (default: as the scene has it, "
        "else none)",
    )
    sub.add_argument(
        "--burn-in",
        action=switch,
        help="a strip below the picture that says what it is (default: as the scene has it, else "
        "there is one)",
    )
    sub.add_argument(
        "--credits",
        action=switch,
        help="cards at the end: people, engines with their licences, what was painted (default: as "
        "the scene has it, else there are)",
    )
    sub.add_argument(
        "--sound",
        type=Path,
        metavar="FILE",
        help="a temp sound track, from the first frame on; cut or followed by silence to be as "
        "long as the reel",
    )


def editing(sub: argparse.ArgumentParser) -> None:
    """The verb and its words."""
    wanted = "; ".join(f"{verb} {words}".strip() for verb, words in VERBS.items())
    sub.add_argument(
        "verb",
        metavar="VERB",
        nargs="?",
        default="list",
        choices=tuple(VERBS),
        help=f"what to do (default: list): {wanted}",
    )
    sub.add_argument(
        "words_of_verb",
        metavar="WORD",
        nargs="*",
        help="ENTRY is a number of the list, or the name of a shot that is in it once",
    )


def timeline(sub: argparse.ArgumentParser) -> None:
    """A timeline of another editor."""
    sub.add_argument(
        "path",
        metavar="TIMELINE",
        nargs="?",
        type=Path,
        help="an .otio, .edl or .fcpxml of this reel (default: the reel's scene in FILE, as it was "
        "edited in Blender's sequencer)",
    )
