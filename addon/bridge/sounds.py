"""Sound files, as Blender's own audio library reads them."""

from pathlib import Path

import bpy
from underpaint.errors import InputError
from underpaint.model.cut import Sound


def look_at(path: Path) -> Sound:
    """A sound track for a reel. Raises InputError for what no sound can be read from."""
    if not bpy.app.build_options.audaspace:
        raise InputError(
            "This Blender was built without sound, as the bpy package of 4.2 is: leave the sound "
            "out, or use the Blender program (--blender)."
        )
    import aud

    if not path.is_file():
        raise InputError(f"The sound {path} does not exist.")
    try:
        sound = aud.Sound(str(path))  # type: ignore[call-arg]  # the stubs lack its arguments
        rate, channels = sound.specs
        seconds = sound.length / rate if rate else 0.0
    except aud.error as error:
        raise InputError(f"{path} is no sound that Blender can read: {error}") from error
    if not channels or seconds <= 0.0:
        raise InputError(f"{path} holds no sound.")
    return Sound(str(path), round(seconds, 6))
