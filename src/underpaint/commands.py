"""The command line's words, once for both ways in.

``underpaint passes FILE …`` and ``blender -b FILE --command underpaint passes …`` say the same;
only the second does not name the file, because Blender has opened it. Standard library only:
Blender's Python reads this too.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn, get_args

from . import DEFAULT_LOOK, __version__
from .errors import InputError
from .library.looks import built_in
from .model.judgement import MOST_STARS
from .model.request import SeedPer
from .model.surface import UvChoice

PAINTING = ("passes", "frames", "textures", "reel", "run")
"""Commands that need Blender; the rest only need what lies on disk."""
ABOUT_TAKES = ("pick", "takes", "judge", "delete", "compare")
"""Commands about what lies beside a FILE, which they do not open."""

_Group = Callable[[argparse.ArgumentParser], None]

_ENGINES = '"built-in" (the default), a folder in diffusers\' format, "stand-in" (for tests)'
TEXTURE_SIZES = (64, 8192)
PICTURE_SIZES = (16, 16384)
TILE_METRES = 2.0
TILES = (0.01, 1000.0)

DESCRIPTION = (
    "Turn a grey Blender blocking scene into painted frames, textured sets and a shot reel."
)
EPILOG = """\
The whole way, then a second opinion for one shot:
  underpaint run street.blend --words "a rainy street at dusk, oil paint"
  underpaint frames street.blend --shot arrival --seed 7
  underpaint compare street.blend arrival 1 2
  underpaint pick street.blend arrival 2
  underpaint reel street.blend --latest

Results lie in the folder underpaint/ beside the file. A take is never overwritten; a run that was
stopped goes on from its last finished frame when the same command is given again.

exit codes: 0 done; 2 the input is wrong; 3 the engine is missing or cannot do this;
            4 it failed midway (what was finished is kept); 130 cancelled"""


@dataclass(frozen=True)
class Command:
    """One parsed command. ``None`` means: not given, ask the scene, then the default."""

    name: str
    file: Path | None = None
    shots: tuple[str, ...] = ()
    frames: tuple[int, int] | None = None
    objects: tuple[str, ...] = ()
    look: str | None = None
    words: str | None = None
    avoid: str | None = None
    seed: int | None = None
    seed_per: SeedPer | None = None
    takes: int | None = None
    batch: int = 1
    texture_size: int | None = None
    around: bool | None = None
    most_added: int | None = None
    uv: UvChoice | None = None
    part: str | None = None
    tile: float | None = None
    pack: bool = False
    atlas: bool = False
    picture_size: tuple[int, int] | None = None
    latest: bool = False
    title: str | None = None
    people: tuple[str, ...] = ()
    by: str | None = None
    out: Path | None = None
    engine: str | None = None
    python: Path | None = None
    blender: Path | None = None
    json: bool = False
    save: Path | None = None
    subject: str = ""
    take: int = 0
    texture: bool = False
    stars: int | None = None
    rejected: bool | None = None
    note: str = ""
    yes: bool = False
    although_used: bool = False
    compared: tuple[int, ...] = ()
    frame: int | None = None
    wipe: float | None = None
    video: bool = False
    path: Path | None = None


class _Parser(argparse.ArgumentParser):
    """Raises InputError in place of printing its usage and ending the program."""

    def error(self, message: str) -> NoReturn:
        told = _in_words(message)
        raise InputError(f"{told[0].upper()}{told[1:]}. `{self.prog} --help` shows what there is.")

    def unknown(self, words: Sequence[str]) -> NoReturn:
        """Raise InputError for words that nothing takes, with the options that look like them."""
        options = [option for action in self._actions for option in action.option_strings]
        near = [get_close_matches(word.partition("=")[0], options, 1) for word in words]
        hints = [f" (did you mean {found[0]}?)" if found else "" for found in near]
        told = ", ".join(f"{word}{hint}" for word, hint in zip(words, hints, strict=True))
        self.error(f"it does not take {told}")


def parse(arguments: Sequence[str], *, with_file: bool = True) -> Command:
    """The command that the words ask for.

    Raises InputError for words that make no command, and SystemExit(0) after ``--help`` and
    ``--version``, which print to standard output.
    """
    root = parser(with_file=with_file)
    known_words, rest = root.parse_known_args(arguments)
    values = vars(known_words)
    if rest:
        values["parser"].unknown(rest)
    sizes = values.pop("sizes", None) or []
    values["texture_size"] = next((s for s in reversed(sizes) if isinstance(s, int)), None)
    values["picture_size"] = next((s for s in reversed(sizes) if isinstance(s, tuple)), None)
    if (views := values.pop("views", None)) is not None:
        values["around"], values["most_added"] = views != 0, max(views, 0)
    for key in ("shots", "people", "compared"):
        values[key] = tuple(values.get(key) or ())
    known = {field.name for field in fields(Command)}
    command = Command(**{key: value for key, value in values.items() if key in known})
    _check(command)
    return command


def parser(*, with_file: bool = True) -> argparse.ArgumentParser:
    """The parser of every command; without ``with_file`` Blender has the file open already."""
    root = _Parser(
        prog="underpaint" if with_file else "blender -b FILE --command underpaint",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"Underpaint {__version__}")
    commands = root.add_subparsers(dest="name", metavar="COMMAND", required=True, title="commands")
    for name, (help_text, groups) in _COMMANDS.items():
        sub = commands.add_parser(name, help=help_text, description=help_text)
        if with_file and name in (*PAINTING, *ABOUT_TAKES):
            sub.add_argument("file", metavar="FILE", type=Path, help="the scene, a .blend file")
        for group in groups:
            group(sub)
        sub.set_defaults(parser=sub)
    return root


def _in_words(message: str) -> str:
    """argparse's words for people: no prose of its own about what is a choice."""
    wrong = re.match(r"argument (\S+): invalid choice: '(.*?)' \(choose from (.*)\)$", message)
    if wrong is None:
        return message.removeprefix("argument ")
    name, given, listed = wrong.groups()
    choices = [choice.strip("' ") for choice in listed.split(",")]
    near = get_close_matches(given, choices, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"there is no {name.lower()} {given!r}{hint}; there are: {', '.join(choices)}"


# --- groups of options ------------------------------------------------------------------------


def _choosing_shots(sub: argparse.ArgumentParser) -> None:
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
        help="only these frames of the chosen shots, both ends included; 12 is one frame, and "
        "--frames=-8-8 begins before zero",
    )


def _looking(sub: argparse.ArgumentParser) -> None:
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
        type=_whole(0, 2**31 - 1),
        metavar="N",
        help="the same seed gives the same picture again (default: the scene's, else 0)",
    )
    sub.add_argument("--engine", metavar="NAME|PATH", help=f"what paints: {_ENGINES}")


def _taking(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--takes",
        type=_whole(1, 99),
        metavar="N",
        help="how many takes of each shot or texture, each with the seed after the one before "
        "(default: the scene's, else 1)",
    )


def _painting_frames(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--seed-per",
        choices=("shot", "frame"),
        help='"shot" gives all frames the same noise, which is steadier; "frame" each its own '
        "(default: the scene's, else shot)",
    )
    sub.add_argument(
        "--batch",
        type=_whole(1, 64),
        default=1,
        metavar="N",
        help="frames painted at once (default: 1)",
    )


def _painting_textures(sub: argparse.ArgumentParser) -> None:
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


def _repainting(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--part",
        metavar="GROUP",
        help="paint only where this vertex group has weight, on the objects that have one of that "
        "name; the rest of their textures stays as it is shown",
    )


def _packing(sub: argparse.ArgumentParser) -> None:
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


def _tiling(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--tile",
        nargs="?",
        type=_metres,
        const=TILE_METRES,
        metavar="METRES",
        help="paint one square that repeats without a seam and lay it on the objects that "
        f"--objects names, a square every METRES of the world (default: {TILE_METRES:g})",
    )


def _making_reel(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--title", metavar="TEXT", help="the reel's title (default: the file's name)")
    sub.add_argument(
        "--people",
        action="append",
        metavar="NAME",
        help='a person for the credits, as "Name, role"; may be given several times',
    )


def _latest(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--latest", action="store_true", help="the newest take of a shot that has no pick"
    )


def _sizing_pictures(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--size",
        dest="sizes",
        action="append",
        type=_size,
        metavar="WxH",
        help="the pictures' size in place of the scene's, as in 512x288",
    )


def _sizing(sub: argparse.ArgumentParser) -> None:
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


def _using_blender(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--save",
        type=Path,
        metavar="PATH.blend",
        help="write the scene with its results; FILE is only overwritten when it is named here",
    )
    _which_blender(sub)


def _which_blender(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--blender",
        type=Path,
        metavar="PATH",
        help="the Blender program to use (default: UNDERPAINT_BLENDER, then the bpy package, then "
        "blender on the PATH)",
    )


def _using_worker(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--python",
        type=Path,
        metavar="PATH",
        help="the Python that has the engine's packages (default: this one)",
    )


def _common(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help="where results go (default: underpaint/ beside FILE)",
    )
    sub.add_argument("--by", metavar="NAME", help="who did it, for records and credits")
    _json(sub)


def _json(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--json",
        action="store_true",
        help='one JSON object a line on standard output; the last is {"event": "done", …} or '
        '{"event": "failed", …}',
    )


def _subject(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("subject", metavar="SUBJECT", help="a shot, or an object that has textures")
    _textures_too(sub)


def _take(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("take", metavar="TAKE", type=_whole(1, 999999), help="the number of the take")


def _textures_too(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--texture",
        action="store_true",
        help="an object's texture, where a shot has the object's name",
    )


def _listing(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "subject",
        metavar="SUBJECT",
        nargs="?",
        default="",
        help="only this shot, or this object's textures (default: every shot; with --texture every "
        "object)",
    )
    _textures_too(sub)


def _judging(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "--stars",
        type=_whole(0, MOST_STARS),
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


def _deleting(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--yes", action="store_true", help="do not ask again")
    sub.add_argument(
        "--although-used",
        action="store_true",
        help="also where it is picked, or a reel, a texture or an atlas was made with it",
    )


def _comparing(sub: argparse.ArgumentParser) -> None:
    sub.add_argument(
        "compared",
        metavar="TAKE",
        nargs="+",
        type=_whole(1, 999999),
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
        help="one picture instead, whose left part is of the first take and whose right part of "
        "the second, parted there (default: 50)",
    )


def _verifying(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("path", metavar="PATH", type=Path, help="a picture, a take or a reel")


def _examining(sub: argparse.ArgumentParser) -> None:
    sub.add_argument("--out", type=Path, metavar="DIR", help="also see if results can go there")
    sub.add_argument("--engine", metavar="NAME|PATH", help=f"the engine to examine: {_ENGINES}")
    _using_worker(sub)


_MAKING = (_using_worker, _using_blender, _common)
_COMMANDS: dict[str, tuple[str, tuple[_Group, ...]]] = {
    "passes": (
        "Render depth, normal, position, uv, object id and motion of the shots.",
        (_choosing_shots, _sizing_pictures, _using_blender, _common),
    ),
    "frames": (
        "Paint the shots' frames: a new take of each.",
        (_choosing_shots, _looking, _taking, _painting_frames, _sizing_pictures, *_MAKING),
    ),
    "textures": (
        "Paint the textures of objects, as the shots' cameras see them.",
        (_choosing_shots, _looking, _taking, _painting_textures, _repainting,
         _tiling, _packing, _sizing,
         *_MAKING),
    ),
    "reel": (
        "Cut the picked takes into a video, a timeline, a contact sheet and credits.",
        (_choosing_shots, _latest, _making_reel, *_MAKING),
    ),
    "run": (
        "All of it: passes, frames, textures, and a reel of the newest takes.",
        (_choosing_shots, _looking, _taking, _painting_frames, _painting_textures, _packing,
         _making_reel, _sizing, *_MAKING),
    ),
    "takes": ("List the takes that there are, and what was said of them.", (_listing, _common)),
    "pick": ("Choose the take that counts.", (_subject, _take, _common)),
    "judge": ("Say what you think of a take.", (_subject, _take, _judging, _common)),
    "compare": (
        "Put takes side by side in one picture.",
        (_subject, _comparing, _using_worker, _which_blender, _common),
    ),
    "delete": ("Delete a take, for good.", (_subject, _take, _deleting, _common)),
    "verify": ("Say what a picture's credits claim, and whether they hold.", (_verifying, _json)),
    "doctor": ("Say what is here, what is missing and what to do.", (_examining, _json)),
}  # fmt: skip


# --- values -----------------------------------------------------------------------------------


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not re.fullmatch(r"\d+", text) or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(
                f"{text!r} is not a whole number from {least} to {most}"
            )
        return int(text)

    return number


def _frame(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no frame's number")
    return int(text)


def _percent(text: str) -> float:
    if not re.fullmatch(r"\d+(\.\d+)?", text) or float(text) > 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not within 0 and 100")
    return float(text) / 100


def _frame_range(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(-?\d+)(?:-(-?\d+))?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no frame range: write it as 1-24")
    first, last = int(match[1]), int(match[2] or match[1])
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


def _check(command: Command) -> None:
    """What no single option can see."""
    if command.texture_size and command.name in ("passes", "frames"):
        size = command.texture_size
        raise InputError(
            f"--size {size} is a texture's size; {command.name} wants the pictures' width and "
            f"height, as in --size {size}x{size}."
        )
    if command.tile is not None and not command.objects:
        raise InputError("--tile wants to know what is laid with it, as in --objects Ground,Wall.")
    if command.tile is not None and command.atlas:
        raise InputError("--tile and --atlas do not go together: a tile repeats, a cell cannot.")
    told = command.stars is not None or command.rejected is not None or command.note.strip()
    if command.name == "judge" and not told:
        raise InputError("judge wants to know what you think: --stars, --reject or --note.")
    if command.name == "compare" and len(set(command.compared)) < 2:
        raise InputError("compare wants the numbers of two takes or more, as in 1 2.")
    if command.save is not None and command.save.suffix.lower() != ".blend":
        raise InputError(f"--save {command.save}: the name must end in .blend.")
