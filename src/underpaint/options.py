"""Groups of the command line's options, and how the words after them are read.

A group adds its options to a command's parser; ``commands`` says which command has which. Standard
library only: Blender's Python reads this too.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import get_args

from . import DEFAULT_LOOK
from .library.looks import built_in
from .model.request import Cadence, Mode
from .model.surface import UvChoice

_ENGINES = '"built-in" (the default), a folder in diffusers\' format, "stand-in" (for tests)'
TEXTURE_SIZES = (64, 8192)
PICTURE_SIZES = (16, 16384)
TILE_METRES = 2.0
TILES = (0.01, 1000.0)


def choosing_shots(sub: argparse.ArgumentParser) -> None:
    """Which shots, and which of their frames."""
    sub.add_argument(
        "--shot",
        dest="shots",
        action="append",
        metavar="NAME",
        help="only this shot; may be given several times (default: every shot). The timeline's "
        "camera-bound markers cut the shots and name them",
    )
    sub.add_argument(
        "--frames",
        type=_frame_range,
        metavar="A-B",
        help="only these frames of the chosen shots, both ends included; 12 is one frame, 5- goes "
        "on to the end, and --frames=-8-8 begins before zero",
    )


def looking(sub: argparse.ArgumentParser) -> None:
    """What it should look like, and what paints it."""
    sub.add_argument(
        "--look",
        metavar="NAME|PATH",
        help="a built-in look, one of the project's looks/ folder, or a look file (.json); "
        f"default: the scene's, else {DEFAULT_LOOK}. Built in are: {', '.join(built_in())}",
    )
    sub.add_argument(
        "--words", metavar="TEXT", help="what it should look like, in place of the look's"
    )
    sub.add_argument("--avoid", metavar="TEXT", help="what it should not look like")
    sub.add_argument(
        "--seed",
        type=whole(0, 2**31 - 1),
        metavar="N",
        help="the same seed gives the same picture again (default: the scene's, else 0)",
    )
    which_engine(sub)


def which_engine(sub: argparse.ArgumentParser) -> None:
    """What paints."""
    sub.add_argument("--engine", metavar="NAME|PATH", help=f"what paints: {_ENGINES}")


def taking(sub: argparse.ArgumentParser) -> None:
    """How many takes."""
    sub.add_argument(
        "--takes",
        type=whole(1, 99),
        metavar="N",
        help="how many takes of each shot or texture, each with the seed after the one before "
        "(default: the scene's, else 1)",
    )


def estimating(sub: argparse.ArgumentParser) -> None:
    """What it would take."""
    sub.add_argument(
        "--estimate",
        action="store_true",
        help="only say how long it would take and how much disk it would need, by what this "
        "machine took before",
    )


def painting_frames(sub: argparse.ArgumentParser) -> None:
    """How frames come about, and how often there is a new one."""
    sub.add_argument(
        "--mode",
        choices=get_args(Mode),
        metavar="steady|each|anchored",
        help="steady: key frames are painted and carried through the frames between, so that the "
        "shot holds still; each: every frame on its own, which boils; anchored: as steady, from "
        "the objects' painted textures, so that all shots of a set agree (default: the scene's, "
        "else steady)",
    )
    sub.add_argument(
        "--on",
        dest="cadence",
        choices=get_args(Cadence),
        metavar="ones|twos|threes|keys",
        help="for how many frames a drawing stays: one, two, three, or until the next key frame "
        "(default: the scene's, else ones)",
    )
    sub.add_argument(
        "--repaint",
        type=_fraction,
        metavar="0…1",
        help="with --mode anchored: how far the paint may leave the textures (default: the "
        "scene's, else 0.35)",
    )
    sub.add_argument(
        "--seed-per",
        choices=("shot", "frame"),
        help='with --mode each: "shot" gives all frames the same noise, which is steadier; "frame" '
        "each its own (default: the scene's, else shot)",
    )
    sub.add_argument(
        "--batch",
        type=whole(1, 64),
        default=1,
        metavar="N",
        help="with --mode each: frames painted at once (default: 1)",
    )


def painting_textures(sub: argparse.ArgumentParser) -> None:
    """What is textured, and from where."""
    sub.add_argument(
        "--objects",
        type=_name_list,
        default=(),
        metavar="A,B",
        help="only these objects (default: every visible mesh of the chosen shots)",
    )
    sub.add_argument(
        "--views",
        type=_views,
        metavar="around|shots|N",
        help="where textures are painted from: the shots' cameras and as many more as it takes to "
        "see every side (around), at most N more, or the shots' alone (default: as the scene has "
        "it, else around)",
    )
    sub.add_argument(
        "--uv",
        choices=get_args(UvChoice),
        metavar="own|artist",
        help="what textures lie by: a UV map of Underpaint's own, where every face has texels of "
        "its own, or the map that the object renders with, whose overlaps share theirs (default: "
        "as the scene has it, else own)",
    )


def repainting(sub: argparse.ArgumentParser) -> None:
    """What of a texture is painted anew."""
    sub.add_argument(
        "--part",
        metavar="GROUP",
        help="paint only where this vertex group has weight, on the objects that have one of that "
        "name; the rest of their textures stays as it is shown",
    )


def packing(sub: argparse.ArgumentParser) -> None:
    """Where textures go."""
    sub.add_argument(
        "--pack",
        action="store_true",
        help="with --save: put the textures into the .blend, so that it can travel alone; those "
        "that are painted later as well (default: as the scene has it, else beside it)",
    )
    sub.add_argument(
        "--atlas",
        action="store_true",
        help="objects near each other share one picture: their textures are packed into as few of "
        "up to 8192 texels a side as hold them (default: as the scene has it, else each its own)",
    )


def tiling(sub: argparse.ArgumentParser) -> None:
    """A square that repeats, in place of textures."""
    sub.add_argument(
        "--tile",
        nargs="?",
        type=_metres,
        const=TILE_METRES,
        metavar="METRES",
        help="paint one square that repeats without a seam and lay it on the objects that "
        f"--objects names, a square every METRES of the world (default: {TILE_METRES:g})",
    )


def making_reel(sub: argparse.ArgumentParser) -> None:
    """The reel's title and people."""
    sub.add_argument("--title", metavar="TEXT", help="the reel's title (default: the file's name)")
    sub.add_argument(
        "--people",
        action="append",
        metavar="NAME",
        help='a person for the credits, as "Name, role"; may be given several times',
    )


def latest(sub: argparse.ArgumentParser) -> None:
    """What goes into the reel where nothing is picked."""
    sub.add_argument(
        "--latest", action="store_true", help="the newest take of a shot that has no pick"
    )


def sizing_pictures(sub: argparse.ArgumentParser) -> None:
    """The pictures' size."""
    sub.add_argument(
        "--size",
        dest="sizes",
        action="append",
        type=_size,
        metavar="WxH",
        help="the pictures' size in place of the scene's, as in 512x288",
    )


def sizing(sub: argparse.ArgumentParser) -> None:
    """The textures' size, the pictures' or both."""
    sub.add_argument(
        "--size",
        dest="sizes",
        action="append",
        type=_size,
        metavar="N|WxH",
        help="N: the most texels a side of a texture, which gets as many as its views can fill "
        "(default: 1024). WxH: the pictures' size in place of the scene's, as in 512x288. May be "
        "given twice",
    )


def using_blender(sub: argparse.ArgumentParser) -> None:
    """Commands that Blender works at."""
    sub.add_argument(
        "--save",
        type=Path,
        metavar="PATH.blend",
        help="write the scene with its results; FILE is only overwritten when it is named here",
    )
    which_blender(sub)


def which_blender(sub: argparse.ArgumentParser) -> None:
    """Which Blender works."""
    sub.add_argument(
        "--blender",
        type=Path,
        metavar="PATH",
        help="the Blender program to use (default: UNDERPAINT_BLENDER, then the bpy package, then "
        "blender on the PATH)",
    )


def using_worker(sub: argparse.ArgumentParser) -> None:
    """Commands that the worker works at."""
    sub.add_argument(
        "--python",
        type=Path,
        metavar="PATH",
        help="the Python that has the engine's packages (default: this one)",
    )


def common(sub: argparse.ArgumentParser) -> None:
    """What every command that makes something takes."""
    sub.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where results go (default: underpaint/ beside FILE)",
    )
    sub.add_argument("--by", metavar="NAME", help="who did it, for records and credits")
    as_json(sub)


def as_json(sub: argparse.ArgumentParser) -> None:
    """How results are told."""
    sub.add_argument(
        "--json",
        action="store_true",
        help='one JSON object a line on standard output; the last is {"event": "done", …} or '
        '{"event": "failed", …}',
    )


def verifying(sub: argparse.ArgumentParser) -> None:
    """What is verified."""
    sub.add_argument("path", metavar="PATH", type=Path, help="a picture, a take or a reel")


def examining(sub: argparse.ArgumentParser) -> None:
    """What the doctor looks at."""
    sub.add_argument("--out", type=Path, metavar="DIR", help="also see if results can go there")
    sub.add_argument("--engine", metavar="NAME|PATH", help=f"the engine to examine: {_ENGINES}")
    using_worker(sub)


# --- values -----------------------------------------------------------------------------------


def whole(least: int, most: int) -> Callable[[str], int]:
    """A reader of whole numbers within two ends."""

    def number(text: str) -> int:
        if not re.fullmatch(r"\d+", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {least} to {most}"
            )
        return int(text)

    return number


def _frame_range(text: str) -> tuple[int, int | None]:
    """First and last frame; None: as far as the shots go."""
    match = re.fullmatch(r"(-?\d+)(-(-?\d+)?)?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no frame range: write it as 1-24, 5- or 12")
    first = int(match[1])
    if match[2] == "-":
        return first, None
    last = int(match[3] or match[1])
    if last < first:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return first, last


def _views(text: str) -> int:
    """How many views may be added: 0 for none, −1 for as many as it takes."""
    words = {"around": -1, "shots": 0}
    if text in words:
        return words[text]
    if not text.isdecimal() or not 0 < int(text) < 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is neither around, shots nor 1 to 999")
    return int(text)


def _fraction(text: str) -> float:
    if not re.fullmatch(r"\d*\.?\d+", text) or float(text) > 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not within 0 and 1")
    return float(text)


def _metres(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or not TILES[0] <= float(text) <= TILES[1]:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no tile's side: write its metres, {TILES[0]:g} to {TILES[1]:g}"
        )
    return float(text)


def _name_list(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise argparse.ArgumentTypeError("name at least one object, as in --objects Door,Roof")
    return names


def _size(text: str) -> int | tuple[int, int]:
    match = re.fullmatch(r"(\d+)(?:[x×](\d+))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write 1024, or 512x288")
    numbers = tuple(int(number) for number in match.groups() if number)
    least, most = TEXTURE_SIZES if len(numbers) == 1 else PICTURE_SIZES
    if not all(least <= number <= most for number in numbers):
        side = "" if len(numbers) == 1 else ": each side may be that"
        raise argparse.ArgumentTypeError(f"{text!r} is not within {least} and {most}{side}")
    return numbers[0] if len(numbers) == 1 else (numbers[0], numbers[1])
