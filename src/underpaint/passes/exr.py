"""Passes out of the multilayer EXR files that Blender writes.

Blender 4.2 puts all passes into one part, Blender 5 gives each a part of its own. Both are read by
the pass's name (``ViewLayer.Depth.Z`` is the Z of Depth), whatever the view layer is called.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar, cast, overload

import numpy as np
import OpenEXR

from ..errors import InputError
from .arrays import Floats, Ints

HIT_NOTHING = 1e10
"""Blender's depth where a camera ray hits nothing; such depths are read as +inf."""


class _Spec(NamedTuple):
    """How a file calls a pass: its names, and for each channel the letters it may carry."""

    blender_names: tuple[str, ...]
    channels: tuple[str, ...]


_SPECS: dict[str, _Spec] = {
    "depth": _Spec(("Depth",), ("ZV",)),
    "normal_world": _Spec(("Normal",), ("X", "Y", "Z")),
    "position": _Spec(("Position",), ("X", "Y", "Z")),
    "uv": _Spec(("UV",), ("U", "V")),
    "object_id": _Spec(("IndexOB", "Object Index"), ("XV",)),
    "motion": _Spec(("Vector",), ("X", "Y", "Z", "W")),
    "beauty": _Spec(("Combined",), ("R", "G", "B", "A")),
}
_OPTIONAL = frozenset({"beauty"})
_MOST_THREADS = 4

T = TypeVar("T")


class _Pass(Generic[T]):
    """A pass of ``Passes``; reading one that is not there raises InputError."""

    def __set_name__(self, owner: type[Passes], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, passes: None, owner: type[Passes]) -> _Pass[T]: ...
    @overload
    def __get__(self, passes: Passes, owner: type[Passes]) -> T: ...
    def __get__(self, passes: Passes | None, owner: type[Passes]) -> _Pass[T] | T:
        if passes is None:
            return self
        if self._name not in passes.arrays:
            raise _missing(self._name, passes.source)
        return cast(T, passes.arrays[self._name])


class Passes:
    """One frame's passes: ``Passes(depth=…, object_id=…)``; those not given raise when read."""

    depth: _Pass[Floats] = _Pass()
    """H×W, metres along the camera's axis, +inf where nothing is hit."""
    normal_world: _Pass[Floats] = _Pass()
    """H×W×3, unit, world space, zero where nothing is hit."""
    position: _Pass[Floats] = _Pass()
    """H×W×3, world space, metres."""
    uv: _Pass[Floats] = _Pass()
    """H×W×2."""
    object_id: _Pass[Ints] = _Pass()
    """H×W, 0 is the background."""
    motion: _Pass[Floats] = _Pass()
    """H×W×4, pixels, x right and y up: frame before minus this (x, y), this minus after (z, w)."""

    def __init__(self, *, source: str = "", **arrays: Floats | Ints) -> None:
        unknown = arrays.keys() - _SPECS.keys()
        if unknown:
            raise InputError(f"There is no pass called {', '.join(sorted(unknown))}.")
        self.source = source
        self.arrays: Mapping[str, Floats | Ints] = arrays

    @property
    def beauty(self) -> Floats | None:
        """H×W×4, the artist's own render, scene linear; None where it was not rendered."""
        return cast("Floats | None", self.arrays.get("beauty"))


def read_passes(path: Path | str, names: Iterable[str] | None = None) -> Passes:
    """The passes called ``names`` (all, when None; beauty only if it is there).

    Raises InputError for a file that is missing, cut off or no EXR, and for a pass it lacks.
    """
    path = Path(path)
    wanted = list(_SPECS if names is None else names)
    channels = _read_channels(path)
    arrays: dict[str, Floats | Ints] = {}
    for name in wanted:
        if name not in _SPECS:
            raise InputError(f"There is no pass called {name}.")
        found = _assemble(_SPECS[name], channels)
        if found is not None:
            arrays[name] = _POLISH.get(name, _as_is)(found)
        elif name not in _OPTIONAL:
            raise _missing(name, str(path))
    return Passes(source=str(path), **arrays)


def _read_channels(path: Path) -> dict[str, Floats]:
    """``Depth.Z`` → its pixels; of several view layers the first counts."""
    if not path.is_file():
        raise InputError(f"{path} is missing: render the passes again.")
    _use_threads()
    try:
        parts = OpenEXR.File(str(path), separate_channels=True).parts
        promised = OpenEXR.File(str(path), header_only=True).parts
    except (RuntimeError, ValueError, OSError) as error:
        raise _broken(path) from error
    if len(parts) < len(promised):  # OpenEXR leaves out what it cannot decode, without raising
        raise _broken(path)
    channels: dict[str, Floats] = {}
    for part in parts:
        for name, channel in part.channels.items():
            full = name if "." in name else f"{part.name()}.{name}"
            channels.setdefault(".".join(full.split(".")[-2:]), channel.pixels)
    return channels


def _assemble(spec: _Spec, channels: Mapping[str, Floats]) -> Floats | None:
    """H×W for one channel, H×W×C for several, float32; None if one of them is absent."""
    for blender_name in spec.blender_names:
        found = [
            next(
                (channels[k] for k in (f"{blender_name}.{c}" for c in letters) if k in channels),
                None,
            )
            for letters in spec.channels
        ]
        planes = [plane for plane in found if plane is not None]
        if len(planes) < len(found):
            continue
        if len(planes) == 1:
            return planes[0].astype(np.float32, copy=False)
        return np.stack(planes, axis=-1).astype(np.float32, copy=False)
    return None


def _as_is(pixels: Floats) -> Floats:
    return pixels


def _polish_depth(pixels: Floats) -> Floats:
    hit = pixels < HIT_NOTHING  # false for nan, too
    return np.where(hit, pixels, np.float32(np.inf))


def _polish_id(pixels: Floats) -> Ints:
    return np.rint(pixels).astype(np.int32)


_POLISH: dict[str, Callable[[Floats], Floats | Ints]] = {
    "depth": _polish_depth,
    "object_id": _polish_id,
}


@functools.cache
def _use_threads() -> None:
    """Let OpenEXR decode on several cores: its pool is empty unless somebody fills it."""
    if OpenEXR.global_thread_count() == 0:
        OpenEXR.set_global_thread_count(min(os.cpu_count() or 1, _MOST_THREADS))


def _broken(path: Path) -> InputError:
    return InputError(
        f"{path} is no EXR file or was cut off: delete {path.parent} and render the passes again."
    )


def _missing(name: str, source: str) -> InputError:
    where = source or "what was given"
    folder = f"delete {Path(source).parent} and render" if source else "render"
    return InputError(f'The pass "{name}" is not in {where}: {folder} the passes again.')
