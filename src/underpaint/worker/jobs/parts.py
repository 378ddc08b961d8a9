"""The part of an object that is to be painted anew, as a person weighed its vertices."""

from __future__ import annotations

from ...errors import InputError
from ...passes.arrays import Floats
from ...surface.texels import rasterise
from .mesh import Mesh


def repainted(mesh: Mesh, size: int, name: str) -> Floats:
    """S×S: how far each texel is to be painted anew, 0…1, by the mesh's mask."""
    if mesh.mask is None:
        raise InputError(
            f"Only a part of {name} is to be painted, but its mesh says not which: name a vertex "
            "group of it."
        )
    texels = rasterise(mesh.uv, size)
    share: Floats = texels.image(texels.at(mesh.mask[..., None])[:, 0])
    return share
