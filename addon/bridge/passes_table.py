"""The passes as data: one row a pass. Whoever needs a new one adds a row.

What each pass holds, per pixel, one sample at the pixel's centre:

========== =====================================================================================
depth      metres along the camera's axis; 1e10 where nothing is hit
normal     unit, world space; zero where nothing is hit
position   world space
uv         of the object's active render UV map; the third channel is 1 where there is a surface
object id  ``PassSet.objects`` names them; 0 where nothing is hit
motion     pixels, x right and y up: where the point was in the frame before minus where it is
           (x, y), and where it is minus where it will be in the frame after (z, w)
========== =====================================================================================
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pass:
    """A pass: its name here, the view layer's switch, and its channels as they stand in the EXR.

    An ``optional`` pass is rendered only when asked for, in a render and a file of its own (its
    channels stand in the other passes' file, too, but hold nothing that anybody set). Blender 5
    writes ``Object Index`` for ``IndexOB``.
    """

    name: str
    switch: str
    channels: tuple[str, ...]
    optional: bool = False


PASSES = (
    Pass("depth", "use_pass_z", ("Depth.Z",)),
    Pass("normal", "use_pass_normal", ("Normal.X", "Normal.Y", "Normal.Z")),
    Pass("position", "use_pass_position", ("Position.X", "Position.Y", "Position.Z")),
    Pass("uv", "use_pass_uv", ("UV.U", "UV.V", "UV.A")),
    Pass("object id", "use_pass_object_index", ("IndexOB.X",)),
    Pass("motion", "use_pass_vector", ("Vector.X", "Vector.Y", "Vector.Z", "Vector.W")),
    Pass(
        "beauty",
        "use_pass_combined",
        ("Combined.R", "Combined.G", "Combined.B", "Combined.A"),
        optional=True,
    ),
)


def switches(*, optional: bool) -> frozenset[str]:
    """The view-layer switches of the passes that are always rendered, or of the optional ones."""
    return frozenset(row.switch for row in PASSES if row.optional is optional)
