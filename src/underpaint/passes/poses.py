"""Where everything in a frame stands, and what moves as one.

A *body* is what one matrix moves: an object id with a shape. Where a frame places an id several
times (instances), pixels do not tell which placement they show, so the body is the id with all its
placements and their shapes: while all stand still it is the same body, and once one of them moves
it is another. Bodies are numbered by what they are, so that the same body has the same number in
every frame, process and order, and different ones of a frame have different numbers.

A body's matrix takes its own space to the world of the frame; several placements have the world
for their own space. From frame i to frame k a body is moved by ``M_k @ inv(M_i)``.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from .arrays import Bools, Ints

Doubles = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.uint64]

_FLAT = 1e-6
"""Of the volume that a matrix's axes would span at right angles: below this it has become flat."""
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Poses:
    """P objects and instances: their ``ids`` (P,) in the object-id pass, ``matrices`` (P, 4, 4)
    from their own space to the world, ``shapes`` (P,), equal where geometry is, and how many
    ``points`` (P,) each has; 0 where that does not matter to its motion. None: older files."""

    ids: Ints
    matrices: Doubles
    shapes: Shapes
    points: Ints | None = None


@dataclass(frozen=True)
class Bodies:
    """The bodies of a frame: ``numbers``, object id → body, and ``matrices``, body → 4×4 from its
    own space to the world; None where that has become flat, so that nothing leads back."""

    numbers: Mapping[int, int]
    matrices: Mapping[int, Doubles | None]

    def image(self, object_id: Ints) -> Ints:
        """H×W: bodies for the ids of an object-id pass. 0, and ids that no pose tells of, are 0."""
        known = np.array(sorted(self.numbers), np.int64)
        table = np.zeros(
            max(int(object_id.max(initial=0)), int(known.max(initial=0))) + 1, np.int32
        )
        table[known] = [self.numbers[number] for number in known.tolist()]
        found: Ints = table[np.maximum(object_id, 0)]
        return found


def read_poses(path: Path | str) -> Poses:
    """The poses of a frame. Raises InputError for a file that is missing, damaged or no such."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} is missing: render the passes again, which writes it anew.")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            points = arrays.get("points")
            poses = Poses(arrays["ids"], arrays["matrices"], arrays["shapes"], points)
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _damaged(path) from error
    if not _is_sound(poses):
        raise _damaged(path)
    return poses


def bodies(poses: Poses) -> Bodies:
    """What moves as one in a frame."""
    usable = _leads_back(poses.matrices)
    numbers: dict[int, int] = {}
    matrices: dict[int, Doubles | None] = {}
    for id_, rows in _by_id(poses.ids):
        number = _number(id_, poses, rows)
        while number in matrices:  # once in thousands of scenes of a thousand objects
            number = number % _LARGEST + 1
        numbers[id_] = number
        if len(rows) > 1:
            matrices[number] = np.eye(4)
        else:
            matrices[number] = poses.matrices[rows[0]] if usable[rows[0]] else None
    return Bodies(numbers, matrices)


def points_of(poses: Poses) -> dict[int, frozenset[int]]:
    """Object id → how many points its placements have; without those of which it is not known, or
    does not matter."""
    if poses.points is None:
        return {}
    found = {id_: frozenset(poses.points[rows].tolist()) for id_, rows in _by_id(poses.ids)}
    return {id_: points for id_, points in found.items() if 0 not in points}


def _by_id(ids: Ints) -> Iterator[tuple[int, npt.NDArray[np.int64]]]:
    """Each id in order, and the rows that it has."""
    order = np.argsort(ids, kind="stable")
    there, starts = np.unique(ids[order], return_index=True)
    ends = np.append(starts, len(ids))[1:].tolist()
    for id_, start, end in zip(there.tolist(), starts.tolist(), ends, strict=True):
        yield id_, order[start:end]


def _number(id_: int, poses: Poses, rows: npt.NDArray[np.int64]) -> int:
    """1…2³¹ − 1: a hash of all that a body is."""
    shapes = poses.shapes[rows].astype("<u8")
    content = hashlib.sha256(np.array([id_, len(rows)], "<i8").tobytes())
    if len(rows) == 1:
        content.update(shapes.tobytes())
    else:
        placed = poses.matrices[rows].astype("<f8") + 0.0  # −0 is 0
        for row in sorted(s.tobytes() + m.tobytes() for s, m in zip(shapes, placed, strict=True)):
            content.update(row)
    return int.from_bytes(content.digest()[:8], "little") % _LARGEST + 1


def _leads_back(matrices: Doubles) -> Bools:
    """P: which matrices are finite, and flatten nothing."""
    finite: Bools = np.isfinite(matrices).all((1, 2))
    linear = np.where(finite[:, None, None], matrices[:, :3, :3], 0.0)
    most = np.prod(np.linalg.norm(linear, axis=1), axis=1)
    thick: Bools = np.abs(np.linalg.det(linear)) > _FLAT * most
    return thick


def _is_sound(poses: Poses) -> bool:
    count = poses.ids.size
    wanted = (
        (poses.ids, np.int32, (count,)),
        (poses.matrices, np.float64, (count, 4, 4)),
        (poses.shapes, np.uint64, (count,)),
        (np.zeros(count, np.int32) if poses.points is None else poses.points, np.int32, (count,)),
    )
    if any(array.dtype != kind or array.shape != shape for array, kind, shape in wanted):
        return False
    return bool((poses.ids > 0).all())


def _damaged(path: Path) -> InputError:
    return InputError(
        f"{path} is damaged or holds no poses: render the passes again, which writes it anew."
    )
