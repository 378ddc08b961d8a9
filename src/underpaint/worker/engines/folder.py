"""Look at an engine's folder before anything of it is loaded. Standard library only.

A folder in diffusers' format has ``model_index.json``, which names a pipeline class and its parts,
each in a folder of its own. Pickled weights run code when they are loaded, so they are refused
here, and so are folders that are incomplete; both in words, and both before torch is imported.

``underpaint.json`` beside the index says what the index cannot: which control each ControlNet
reads, and the settings the engine was made for.
"""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from ...errors import EngineError, FormatError
from ...model.codec import parse_document
from ..engine import CONTROLS
from .families import Family, family_of

INDEX = "model_index.json"
OWN = "underpaint.json"
PICKLED = (".bin", ".ckpt", ".pt", ".pth", ".pkl")
_WEIGHTLESS = re.compile("Tokenizer|Scheduler|Processor|Extractor")
"""In the class names of parts that have no weights, such as transformers' TokenizersBackend."""
_HINTS = {
    "depth": r"depth|midas|zoe",
    "normal": r"normal",
    "edges": r"canny|edge|lineart|scribble|hed",
    "segments": r"seg",
}


@dataclass(frozen=True)
class EngineFile:
    """``underpaint.json``; what is left out is the family's default, or guessed."""

    FORMAT: ClassVar[str] = "underpaint/engine"
    VERSION: ClassVar[int] = 1

    name: str | None = None
    family: str | None = None
    licence: str | None = None
    controls: tuple[str, ...] | None = None
    multiple: int | None = None
    steps: int | None = None
    guidance: float | None = None
    vocabulary: str | None = None
    least: int | None = None


@dataclass(frozen=True)
class EngineFolder:
    """A folder that can be loaded. ``controlnets``: their folders, in the order of ``controls``.

    ``variants``: part → the word in its weights' names, such as ``fp16``, if they have one.
    """

    path: Path
    family: Family
    own: EngineFile
    controlnets: tuple[Path, ...]
    controls: tuple[str, ...]
    variants: Mapping[str, str]

    @property
    def variant(self) -> str | None:
        """That of the parts that the pipeline loads itself; those without one may be among them."""
        nets = {net.name for net in self.controlnets}
        own = (word for part, word in self.variants.items() if part not in nets)
        return next(own, None)

    @property
    def files(self) -> list[Path]:
        """Everything that affects its pictures, in a fixed order."""
        suffixes = {".json", ".txt", ".safetensors", ".model"}
        return sorted(p for p in self.path.rglob("*") if p.suffix in suffixes and p.is_file())

    @property
    def licence(self) -> str:
        """As its own file says, else as the model card's head says, else ``unknown``."""
        return self.own.licence or _card_licence(self.path / "README.md") or "unknown"

    @property
    def vocabulary(self) -> frozenset[str] | None:
        """The words it knows, where it says so."""
        if self.own.vocabulary is None:
            return None
        return frozenset(_read_text(self.path / self.own.vocabulary).split())


def inspect_folder(path: Path) -> EngineFolder:
    """What is in the folder. Raises EngineError in one sentence where it cannot be used."""
    index = _read_index(path)
    family = family_of(str(index.get("_class_name")), str(path))
    own = _read_own(path / OWN)
    parts = _parts(path, index)
    _check_there(path, parts)
    found = {part.name: _check_weights(part) for part, kind in parts if _has_weights(kind)}
    variants = {part: word for part, word in found.items() if word is not None}
    nets = tuple(part for part, _ in parts if part.name.startswith("controlnet"))
    if not nets:
        raise EngineError(f"{path} has no ControlNet, so it would not follow the scene.")
    controls = _controls(path, own, nets)
    folder = EngineFolder(path, family, own, nets, controls, variants)
    _check_variants(folder)
    return folder


def _read_index(path: Path) -> dict[str, Any]:
    if not (path / INDEX).is_file():
        raise EngineError(_not_an_engine(path))
    index = _read_json(path / INDEX)
    if "_class_name" not in index:
        raise EngineError(f"{path / INDEX} does not name a pipeline: fetch the folder again.")
    return index


def _not_an_engine(path: Path) -> str:
    """Why a folder without an index is no engine; says what it is where that can be seen."""
    config = _read_json(path / "config.json") if (path / "config.json").is_file() else {}
    kind = (config.get("architectures") or [config.get("_class_name")])[0]
    if kind:
        return f"{path} holds a {kind}, not a whole pipeline: give a folder in diffusers' format."
    pickled = sorted(file.name for file in path.iterdir() if file.suffix in PICKLED)
    if pickled:
        return _refuse_pickled(path, pickled[0])
    return f"{path} has no {INDEX}, so it is not an engine: give a folder in diffusers' format."


def _parts(path: Path, index: dict[str, Any]) -> list[tuple[Path, str]]:
    """(folder, class name) of every part; several ControlNets stand in numbered folders."""
    parts = []
    for name, value in index.items():
        if name.startswith("_") or not isinstance(value, list) or not value or value[-1] is None:
            continue
        kind = str(value[-1])
        parts.append((path / name, kind))
        if kind == "MultiControlNetModel":
            parts += [(folder, kind) for folder in _numbered(path / name)]
    return parts


def _numbered(first: Path) -> list[Path]:
    """``controlnet_1``, ``controlnet_2`` … beside ``controlnet``, as diffusers saves them."""
    found: list[Path] = []
    while (folder := first.with_name(f"{first.name}_{len(found) + 1}")).is_dir():
        found.append(folder)
    return found


def _has_weights(kind: str) -> bool:
    return not _WEIGHTLESS.search(kind)


def _check_there(path: Path, parts: Sequence[tuple[Path, str]]) -> None:
    missing = [part.name for part, _ in parts if not part.is_dir()]
    if missing:
        raise EngineError(
            f"{path} is incomplete: its folder {missing[0]} is missing. Fetch it again."
        )


def _check_weights(part: Path) -> str | None:
    """Raise EngineError unless a part's weights are whole and safe; returns their variant."""
    weights = sorted(part.glob("*.safetensors"))
    if not weights:
        pickled = sorted(file.name for file in part.iterdir() if file.suffix in PICKLED)
        if pickled:
            raise EngineError(_refuse_pickled(part.parent, f"{part.name}/{pickled[0]}"))
        raise EngineError(
            f"{part.parent} is incomplete: {part.name} has no .safetensors. Fetch it again."
        )
    _check_shards(part, {file.name for file in weights})
    for file in weights:
        _check_whole(file)
    variants = {_variant(file) for file in weights}
    return None if None in variants else sorted(filter(None, variants))[0]


def _check_variants(folder: EngineFolder) -> None:
    """Raise EngineError for two variants in one pipeline: it would read the files of one only."""
    nets = {net.name for net in folder.controlnets}
    own = {word: part for part, word in folder.variants.items() if part not in nets}
    if len(own) > 1:
        words = " and ".join(f"{word} ({part})" for word, part in own.items())
        raise EngineError(
            f"{folder.path} mixes weights of {words}: fetch all of its parts in one of them."
        )


def _check_shards(part: Path, present: set[str]) -> None:
    for listing in part.glob("*.safetensors.index*.json"):
        wanted = set(_read_json(listing).get("weight_map", {}).values())
        missing = sorted(wanted - present)
        if missing:
            raise EngineError(
                f"{part.parent} is incomplete: {part.name}/{missing[0]} is missing. Fetch it again."
            )


def _variant(file: Path) -> str | None:
    """``fp16`` of ``diffusion_pytorch_model.fp16-00001-of-00002.safetensors``."""
    match = re.match(r"[^.]+\.([A-Za-z0-9_]+)(-\d+-of-\d+)?\.safetensors$", file.name)
    return match.group(1) if match else None


def _check_whole(file: Path) -> None:
    """Raise EngineError if a file of weights is cut short, or is something else.

    The format: eight bytes with the header's length, the header in JSON with every tensor's
    ``data_offsets``, then the data; https://github.com/huggingface/safetensors.
    """
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > size:
                raise ValueError("the header is longer than the file")
            header = json.loads(stream.read(length))
        ends = [entry["data_offsets"][1] for key, entry in header.items() if key != "__metadata__"]
    except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise EngineError(
            f"{file} is damaged: it is no safetensors file. Fetch it again."
        ) from error
    if size != 8 + length + max(ends, default=0):
        raise EngineError(
            f"{file} is not whole, as after a download that broke off. Fetch it again."
        )


def _controls(path: Path, own: EngineFile, nets: Sequence[Path]) -> tuple[str, ...]:
    """Which control each ControlNet reads: as the folder says, else guessed from where it came."""
    guessed = [_guess_control(net) for net in nets]
    controls = own.controls if own.controls is not None else tuple(filter(None, guessed))
    strange = [control for control in controls if control not in CONTROLS]
    if strange:
        raise EngineError(
            f'{path / OWN} asks for the control "{strange[0]}": there are {", ".join(CONTROLS)}.'
        )
    if len(controls) != len(nets):
        example = '{"format": "underpaint/engine", "version": 1, "controls": ["depth", "normal"]}'
        raise EngineError(
            f"{path} has {len(nets)} ControlNet(s) and nothing says what each reads: "
            f"write {example} into {OWN} there, one control each, out of {', '.join(CONTROLS)}."
        )
    return controls


def _guess_control(net: Path) -> str | None:
    config = _read_json(net / "config.json") if (net / "config.json").is_file() else {}
    said = str(config.get("_name_or_path", "")).lower()
    fits = [control for control, hint in _HINTS.items() if re.search(hint, Path(said).name or said)]
    return fits[0] if len(fits) == 1 else None


def _read_own(path: Path) -> EngineFile:
    if not path.is_file():
        return EngineFile()
    try:
        return parse_document(EngineFile, _read_text(path))
    except FormatError as error:
        raise EngineError(f"{path} cannot be read: {error}") from error


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(_read_text(path))
    except ValueError as error:
        raise EngineError(f"{path} is damaged: {error}. Fetch it again.") from error
    if not isinstance(data, dict):
        raise EngineError(f"{path} is damaged: it holds no object. Fetch it again.")
    return data


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"{path} cannot be read: {error}.") from error


def _card_licence(card: Path) -> str | None:
    """``license:`` of the YAML head of a model card."""
    if not card.is_file():
        return None
    head = card.read_text("utf-8", errors="replace").split("---")
    match = re.search(r"^license:\s*(\S+)", head[1], re.MULTILINE) if len(head) > 2 else None
    return match.group(1) if match else None


def _refuse_pickled(folder: Path, name: str) -> str:
    return (
        f"{folder} holds pickled weights ({name}), which can run any code when they are loaded, "
        "so they are refused: give the same model as .safetensors."
    )
