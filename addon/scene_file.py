"""Open and save the scene of a command: every way in which that can fail ends in one sentence."""

import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy
from underpaint.errors import InputError, disk_error

_MAGIC = {b"BLENDER": "", b"\x28\xb5\x2f\xfd": "zstd", b"\x1f\x8b": "gzip"}
"""How a .blend begins: plain, or compressed."""

_REASONS = {
    "missing dna": "it is damaged or cut off. Take an earlier copy, as the .blend1 beside it, or "
    "save it again.",
    "not supported": "this Blender knows nothing of its kind. It is damaged, no .blend, or of a "
    "newer Blender (--blender names another).",
}
"""What Blender says of a file that begins as a .blend and is none → what that means."""


def open_scene(path: Path) -> bpy.types.Scene:
    """Open a .blend of this Blender or an older one. Raises InputError that says what is wrong."""
    _check_file(path)
    try:
        bpy.ops.wm.open_mainfile(filepath=str(path.absolute()), load_ui=False, use_scripts=False)
    except RuntimeError as error:
        raise InputError(_not_opened(path, _blender_words(error))) from error
    _check_version(path)
    return bpy.context.scene


def unrun_scripts() -> str:
    """A sentence about what of the open file Blender did not run, or nothing.

    A file may come from anywhere, so its Python stays off. Rigs whose drivers are Python then stand
    otherwise than they do for the artist.
    """
    if not bpy.app.autoexec_fail:
        return ""
    what = bpy.app.autoexec_fail_message.strip().rstrip(".") or "Python of the file"
    return (
        f"Not run, since a file may come from anywhere: {what}. What it moves may stand otherwise "
        "than for you; if you trust the file, use `blender -b --enable-autoexec FILE --command "
        "underpaint …`."
    )


def check_place(path: Path, out: Path | None = None) -> None:
    """Raise InputError if a scene could not be saved there; to be asked before hours of work.

    ``out`` is a folder that the work will make, if it is not there yet.
    """
    folder = path.absolute().parent
    if path.is_dir():
        raise InputError(f"{path} is a folder: name the file to save.")
    if out is not None and folder == out and not out.exists():
        return
    if not folder.is_dir():
        raise InputError(f"{path} cannot be saved: there is no folder {folder}.")
    if not os.access(folder, os.W_OK):
        raise InputError(f"{path} cannot be saved: the folder {folder} cannot be written.")


def save_scene(path: Path) -> None:
    """Write the scene beside ``path`` and rename it: what lay there stays whole until then."""
    check_place(path)
    temporary = path.with_name(f".underpaint-{uuid.uuid4().hex[:8]}.blend")
    try:
        bpy.ops.wm.save_as_mainfile(
            filepath=str(temporary.absolute()), copy=True, relative_remap=True, check_existing=False
        )
        temporary.replace(path)
    except RuntimeError as error:
        raise InputError(f"{path} cannot be saved: {_blender_words(error)}") from error
    except OSError as error:
        raise disk_error(error, path) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def picture_size(scene: bpy.types.Scene, size: tuple[int, int] | None) -> Iterator[None]:
    """Render in another size within the block."""
    render = scene.render
    before = (render.resolution_x, render.resolution_y, render.resolution_percentage)
    if size is not None:
        render.resolution_x, render.resolution_y, render.resolution_percentage = (*size, 100)
    try:
        yield
    finally:
        render.resolution_x, render.resolution_y, render.resolution_percentage = before


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            head = stream.read(16)
    except FileNotFoundError as error:
        raise InputError(f"{path} does not exist.") from error
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder, not a .blend file.") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not any(head.startswith(magic) for magic in _MAGIC):
        raise InputError(f"{path} is no .blend file.")


def _check_version(path: Path) -> None:
    saved, ours = tuple(bpy.data.version[:2]), tuple(bpy.app.version[:2])
    if saved > ours:
        raise InputError(
            f"{path} was saved by Blender {_dotted(saved)}, and this is Blender {_dotted(ours)}, "
            "which would lose parts of it: use a newer one (--blender)."
        )


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _not_opened(path: Path, words: str) -> str:
    """Blender names the file as often as it pleases, and its cause as only it knows it."""
    cause = next((told for said, told in _REASONS.items() if said in words.lower()), words)
    return f"{path} cannot be opened: {cause}"


def _blender_words(error: RuntimeError) -> str:
    """What Blender said, without its prefix, on one line."""
    text = re.sub(r"^\s*Error:\s*", "", str(error).strip())
    return " ".join(text.split()).rstrip(".") + "."
