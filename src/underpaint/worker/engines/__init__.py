"""The engines, by name: ``built-in``, ``stand-in``, or a folder in diffusers' format.

``describe_engine`` says what an engine is without importing torch or loading a weight;
``open_engine`` loads it.
"""

from __future__ import annotations

import re
from pathlib import Path

from ...errors import EngineError
from ...model.request import EngineRef
from ..engine import Engine, EngineInfo
from .fingerprints import Told, fingerprint, quiet
from .folder import PICKLED, EngineFolder, inspect_folder

BUILT_IN = "built-in"
STAND_IN = "stand-in"
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def describe_engine(name: str, told: Told = quiet) -> EngineInfo:
    """What the engine is and wants. Raises EngineError in words where it cannot be used.

    The first time, its files are read for their fingerprint; ``told`` hears how far that is.
    """
    if _is_stand_in(name):
        from .stand_in import info

        return info(name)
    return _folder_info(inspect_folder(_engine_folder(name)), name, told)


def needs_torch(name: str) -> bool:
    """Whether the engine paints with torch and diffusers."""
    return not _is_stand_in(name)


def open_engine(name: str, told: Told = quiet) -> Engine:
    """Load the engine; ``told`` as above. Raises EngineError in words where it cannot be used."""
    if _is_stand_in(name):
        from .stand_in import StandIn

        return StandIn(name)
    from .diffusers import DiffusersEngine

    folder = inspect_folder(_engine_folder(name))
    return DiffusersEngine(folder, _folder_info(folder, name, told))


def _is_stand_in(name: str) -> bool:
    return name.partition("?")[0] == STAND_IN


def _engine_folder(name: str) -> Path:
    """The folder that a name means. Raises EngineError that says what to give instead."""
    if name == BUILT_IN:
        folder = Path(__file__).resolve().parents[2] / "assets" / "built_in"
        if not folder.is_dir():
            raise EngineError("The built-in model is not installed here: install Underpaint again.")
        return folder
    path = Path(name).expanduser()
    if path.is_dir():
        return path
    if path.is_file():
        raise EngineError(_no_single_files(path))
    if _HUB_NAME.fullmatch(name):
        raise EngineError(
            f"There is no engine folder {name}, and models are not fetched by name yet: "
            "give a folder in diffusers' format."
        )
    raise EngineError(f"There is no engine folder {path}: give a folder in diffusers' format.")


def _no_single_files(path: Path) -> str:
    if path.suffix in PICKLED:
        return (
            f"{path} is pickled, so it can run any code when it is loaded, and is refused: "
            "give a folder in diffusers' format with .safetensors."
        )
    return f"{path} is a single file: give a folder in diffusers' format."


def _folder_info(folder: EngineFolder, name: str, told: Told) -> EngineInfo:
    own, family = folder.own, folder.family
    return EngineInfo(
        ref=EngineRef(
            name=own.name or (name if name == BUILT_IN else folder.path.resolve().name),
            family=own.family or family.name,
            licence=folder.licence,
            fingerprint=fingerprint(folder.path, folder.files, told),
        ),
        controls=folder.controls,
        multiple=own.multiple or family.multiple,
        steps=own.steps or family.steps,
        guidance=family.guidance if own.guidance is None else own.guidance,
        vocabulary=folder.vocabulary,
        least=own.least or family.least,
        attends=family.attends,
    )
