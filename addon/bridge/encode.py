"""The reel's video, made by Blender's own encoder in a second Blender.

The words that start it are those of ``underpaint.wire.encoding``. It runs in the bpy package or in
the Blender program started with its factory settings, and stands alone, without the add-on and
without the underpaint package. It prints ``underpaint-encode DONE/TOTAL`` after each frame, and
when it fails one sentence, last. Exit codes are the command line's.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import ModuleType

import bpy

if __package__:
    from . import compat, mp4
else:

    def _beside(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    compat, mp4 = _beside("compat"), _beside("mp4")

EXIT_INPUT, EXIT_FAILED = 2, 4
SPARE_BYTES = 1 << 20
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"


class _Failure(Exception):
    """What went wrong, in a sentence, and the exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


def main(words: Sequence[str]) -> int:
    """Encode as the command's words say; the exit code."""
    parser = argparse.ArgumentParser(prog="underpaint-encode")
    parser.add_argument("--frames", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fps", type=int, required=True)
    parser.add_argument("--fps-base", type=float, default=1.0)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--size", type=int, nargs=2, required=True)
    parser.add_argument("--sound", type=Path)
    given = parser.parse_args(words)
    try:
        _encode(given)
    except _Failure as failure:
        _say(str(failure))
        return failure.code
    except OSError as error:
        _say(f"{error.filename or given.out}: {error.strerror or error}.")
        return EXIT_FAILED
    return 0


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - standard output is how the command answers


def _encode(given: argparse.Namespace) -> None:
    pictures = _pictures(given.frames.absolute(), given.count, *given.size)
    out = given.out.absolute()
    if not out.parent.is_dir():
        raise _Failure(f"{out.parent} is not there: the video cannot be written.", EXIT_INPUT)
    part = out.with_name(f".part-{os.getpid()}.mp4")
    scene = _scene(given, pictures)
    try:
        _render(scene, part, given.count)
        _check(part, given.count)
        mp4.tag_untagged(part, mp4.BT709, mp4.BT709, mp4.BT601)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def _pictures(folder: Path, count: int, width: int, height: int) -> list[Path]:
    """The pictures in order, each looked at: Blender would encode a missing one as black."""
    found = sorted(folder.glob("frame_*.png"), key=lambda p: (len(p.name), p.name))
    if len(found) != count or not found:
        raise _Failure(f"{folder} holds {len(found)} pictures, not {count}.", EXIT_INPUT)
    for path in found:
        with path.open("rb") as stream:
            head = stream.read(24)
            stream.seek(-min(len(_PNG_END), len(head)), os.SEEK_END)
            whole = stream.read() == _PNG_END and head[:8] == b"\x89PNG\r\n\x1a\n"
        if not whole:
            raise _Failure(f"{path} is no complete PNG picture: make it again.", EXIT_INPUT)
        if struct.unpack(">II", head[16:24]) != (width, height):
            raise _Failure(f"{path} is not {width} × {height} as the others are.", EXIT_INPUT)
    return found


def _scene(given: argparse.Namespace, pictures: Sequence[Path]) -> bpy.types.Scene:
    """An empty scene with the pictures as its one strip, set to come out as they are."""
    # read_factory_settings would switch all extensions off, and remove the wheels that the Blender
    # which waits for us is running from
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, len(pictures)
    _set_colours(scene)
    _set_format(scene.render, given)
    strip = compat.strips(scene.sequence_editor_create()).new_image(
        name="reel", filepath=str(pictures[0]), channel=1, frame_start=1, fit_method="ORIGINAL"
    )
    for path in pictures[1:]:
        strip.elements.append(path.name)
    strip.colorspace_settings.name = "sRGB"
    if given.sound is not None:
        _add_sound(scene, given.sound.absolute(), len(pictures))
    return scene


def _add_sound(scene: bpy.types.Scene, path: Path, count: int) -> None:
    """From the first frame on; what is longer than the pictures is cut, what is shorter is silent
    to the end."""
    if not path.is_file():
        raise _Failure(f"The sound {path} does not exist.", EXIT_INPUT)
    try:
        strip = compat.strips(scene.sequence_editor).new_sound(
            name="sound", filepath=str(path), channel=2, frame_start=1
        )
    except RuntimeError as error:
        raise _Failure(f"{path} is no sound that Blender can read.", EXIT_INPUT) from error
    if not strip.sound.samplerate:
        raise _Failure(f"{path} is no sound that Blender can read.", EXIT_INPUT)
    if compat.strip_span(strip)[1] > count + 1:
        compat.end_strip(strip, count + 1)
    video = scene.render.ffmpeg
    video.audio_codec, video.audio_channels = "AAC", "STEREO"
    video.audio_bitrate, video.audio_mixrate = 192, 48_000


def _set_colours(scene: bpy.types.Scene) -> None:
    """sRGB in, sRGB out."""
    view = scene.view_settings
    view.view_transform, view.look, view.exposure, view.gamma = "Standard", "None", 0.0, 1.0
    scene.display_settings.display_device = "sRGB"
    scene.sequencer_colorspace_settings.name = "sRGB"
    scene.render.dither_intensity = 0.0


def _set_format(render: bpy.types.RenderSettings, given: argparse.Namespace) -> None:
    width, height = given.size
    render.resolution_x, render.resolution_y = width - width % 2, height - height % 2
    render.resolution_percentage = 100
    render.fps, render.fps_base = given.fps, given.fps_base
    render.use_sequencer, render.use_compositing = True, False
    compat.set_movie_format(render.image_settings)
    render.image_settings.color_mode = "RGB"
    video = render.ffmpeg
    video.format, video.codec, video.audio_codec = "MPEG4", "H264", "NONE"
    video.constant_rate_factor, video.ffmpeg_preset, video.gopsize = "PERC_LOSSLESS", "GOOD", 12


def _render(scene: bpy.types.Scene, part: Path, count: int) -> None:
    def tell(*_: object) -> None:
        _say(f"underpaint-encode {scene.frame_current}/{count}")

    scene.render.filepath = compat.output_path(str(part))
    written = bpy.app.handlers.render_write
    written.append(tell)
    try:
        bpy.ops.render.render(animation=True)
    except RuntimeError as error:
        raise _Failure(f"Blender could not encode: {error}", EXIT_FAILED) from error
    finally:
        written.remove(tell)  # Blender 4.2 crashes on its way out with one left


def _check(part: Path, count: int) -> None:
    """Blender reports success also where the disk took nothing."""
    written = mp4.frame_count(part) if part.is_file() else 0
    if written == count:
        return
    if shutil.disk_usage(part.parent).free < SPARE_BYTES:
        raise _Failure(
            f"The disk is full: could not write {part.parent}. Free some space and run it again.",
            EXIT_FAILED,
        )
    raise _Failure(
        f"Blender wrote {written} of {count} frames to {part.parent}: is it writable?", EXIT_FAILED
    )


def _leave(code: int) -> None:
    """End at once: on its own way out the Blender program prints its name after our last line."""
    with suppress(OSError):
        Path(bpy.app.tempdir).rmdir()
    os._exit(code)


if __name__ == "__main__":
    _leave(main(sys.argv[sys.argv.index("--") + 1 :]))
