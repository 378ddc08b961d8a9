"""What stands and lies in the street: lamps, poles and their wires, a tree, bollards, a game."""

import math
import random

import bpy
from mathutils import Vector

from . import KERB
from .shapes import Point, Shape, place, place_data

LAMPS = ((-9.2, 4.0, 0.0), (10.9, 13.0, -math.pi / 2), (1.6, 27.0, math.pi / 2), (24.0, 4.0, 0.0))
"""Lamp posts: x, y and the turn that points the arm from -Y to the road."""
POLES = ((9.7, 4.3), (9.7, 20.0), (9.7, 40.0), (30.0, 4.3), (-19.0, 4.3))
POLE_HEIGHT = 8.6
CROSSARMS = (7.1, 8.0)


def build_props(into: bpy.types.Collection) -> None:
    """Build every prop of the street."""
    _build_lamps(into)
    _build_poles(into)
    _build_tree(into, (-7.0, 4.75, KERB))
    _build_bollards(into)
    _build_game(into, (-2.35, -0.95, 0))


def _build_lamps(into: bpy.types.Collection) -> None:
    bend = [math.pi / 2 * step / 6 for step in range(7)]
    arm = [(0, -0.7 * (1 - math.cos(turn)), 4.6 + 0.7 * math.sin(turn)) for turn in bend]
    post = Shape().tube([(0, 0, 0), (0, 0, 0.45)], (0.13, 0.11), sides=10)
    post.tube([(0, 0, 0.45), (0, 0, 3.2), *arm, (0, -1.35, 5.3)], (0.06,) * 2 + (0.045,) * 8)
    post.loft(
        [
            [(x * w, -1.35 + y * d, z) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            for w, d, z in ((0.16, 0.34, 5.2), (0.13, 0.3, 5.29), (0.05, 0.2, 5.36))
        ]
    )
    x, y, turn = LAMPS[0]
    first = place("lamp_post_1", post, into, (x, y, KERB), turn=turn, smooth=True)
    for number, (x, y, turn) in enumerate(LAMPS[1:], 2):
        place_data(f"lamp_post_{number}", first.data, into, (x, y, KERB), turn=turn)


def _build_poles(into: bpy.types.Collection) -> None:
    pole = Shape().tube([(0, 0, 0), (0, 0, POLE_HEIGHT)], (0.16, 0.11), sides=10)
    for z in CROSSARMS:
        pole.box((-0.95, -0.17, z), (0.95, -0.08, z + 0.1))
        for x in (-0.85, -0.45, 0.45, 0.85):
            pole.tube([(x, -0.12, z + 0.1), (x, -0.12, z + 0.24)], (0.045, 0.03), sides=6)
    first = place("power_pole_1", pole, into, (*POLES[0], KERB), smooth=True)
    for number, spot in enumerate(POLES[1:], 2):
        place_data(f"power_pole_{number}", first.data, into, (*spot, KERB))
    drum = Shape().tube(
        [(0, 0, 0), (0, 0, 0.05), (0, 0, 0.8), (0, 0, 0.88)], (0.2, 0.25, 0.25, 0.14), sides=14
    )
    drum.box((-0.03, 0.2, 0.15), (0.03, 0.42, 0.22)).box((-0.03, 0.2, 0.6), (0.03, 0.42, 0.67))
    place("transformer", drum, into, (9.7, 3.9, 6.0), smooth=True)
    meter = Shape().box((-0.14, -0.1, 0), (0.14, 0.08, 0.36))
    meter.tube([(0, -0.1, 0.22), (0, -0.17, 0.22)], 0.1, sides=12)
    place("electric_meter", meter, into, (9.7, 4.1, KERB + 1.6), smooth=True)
    _string_wires(into)


def _string_wires(into: bpy.types.Collection) -> None:
    near, mid, far, east, west = POLES
    spans = [(near, mid), (mid, far), (near, east), (west, near)]
    for number, (start, end) in enumerate(spans, 1):
        runs = [
            (
                (start[0] + x, start[1] - 0.12, KERB + z + 0.24),
                (end[0] + x, end[1] - 0.12, KERB + z + 0.24),
            )
            for z in CROSSARMS
            for x in (-0.85, -0.45, 0.45, 0.85)
        ]
        _wires(f"wires_{number}", runs, 0.02, into)
    drops = [
        ((9.7, 4.3, 7.3), (1.9, 6.3, 5.3)),
        ((9.7, 4.3, 6.9), (2.0, 9.5, 5.2)),
        ((9.7, 4.3, 7.1), (11.0, 7.0, 6.6)),
    ]
    _wires("wires_drop", drops, 0.05, into)


def _wires(
    name: str, runs: list[tuple[Point, Point]], slack: float, into: bpy.types.Collection
) -> None:
    """Hang one curve object with a spline for each run, sagging by `slack` of its length."""
    curve = bpy.data.curves.new(name, "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", 0.018, 1
    for start, end in runs:
        a, b = Vector(start), Vector(end)
        spline = curve.splines.new("POLY")
        spline.points.add(14)
        for step, point in enumerate(spline.points):
            t = step / 14
            sag = 4 * slack * (b - a).length * t * (1 - t)
            point.co = (*(a.lerp(b, t) - Vector((0, 0, sag))), 1)
    place_data(name, curve, into)


def _build_tree(into: bpy.types.Collection, spot: Point) -> None:
    pit = Shape().wall((1.3, 1.3, 0.12))
    trunk = Shape().tube(
        [(0, 0, 0), (0.02, 0, 0.3), (0.1, 0.05, 1.4), (0.02, 0.1, 2.4), (0.1, 0.1, 3.3)],
        (0.3, 0.2, 0.16, 0.14, 0.08),
        sides=9,
    )
    crowns = [
        ((-1.1, -0.2, 3.9), 0.95),
        ((0.95, -0.35, 3.75), 0.9),
        ((0.1, 0.6, 4.3), 1.15),
        ((-0.35, -0.8, 4.5), 0.95),
        ((0.3, -0.1, 5.2), 1.0),
    ]
    for centre, _ in crowns[:3]:
        end = Vector(centre)
        trunk.tube(
            [(0.04, 0.1, 2.3), Vector((0.04, 0.1, 2.6)).lerp(end, 0.5), end],
            (0.1, 0.07, 0.03),
            sides=6,
        )
    tree = place("tree_trunk", trunk, into, spot, smooth=True)
    pit.moved((-0.65, -0.65, 0))
    place("tree_pit", pit, into, spot)
    leaves = place("tree_crown_1", _foliage(), into, crowns[0][0], parent=tree, smooth=True).data
    for number, (centre, size) in enumerate(crowns, 1):
        crown = into.objects.get(f"tree_crown_{number}") or place_data(
            f"tree_crown_{number}", leaves, into, centre, turn=number * 1.3, parent=tree
        )
        crown.scale = (size, size, size * 0.8)


def _foliage() -> Shape:
    """Return a lump of leaves about a metre in radius, the same on every run."""
    dice = random.Random(7)
    lump = Shape().ball((0, 0, 0), (1, 1, 1), sides=14, rows=9)
    lump.vertices = [vertex * dice.uniform(0.86, 1.12) for vertex in lump.vertices]
    return lump


def _build_bollards(into: bpy.types.Collection) -> None:
    post = Shape().tube([(0, 0, 0), (0, 0, 0.75)], (0.1, 0.085), sides=12)
    post.ball((0, 0, 0.8), (0.11, 0.11, 0.1), sides=12)
    place("bollards", post, into, (-0.4, -3.95, KERB), smooth=True)


def _build_game(into: bpy.types.Collection, spot: Point) -> None:
    """Leave a game of tumbang preso in the road: a can and two slippers."""
    x, y, _ = spot
    can = Shape().tube(
        [(0, 0, 0), (0, 0, 0.008), (0, 0, 0.15), (0, 0, 0.158)],
        (0.05, 0.053, 0.053, 0.05),
        sides=20,
    )
    place("game_can", can, into, spot, smooth=True)
    sole = [
        (0.0, -0.13),
        (0.035, -0.1),
        (0.035, -0.02),
        (0.05, 0.06),
        (0.03, 0.125),
        (-0.02, 0.13),
        (-0.048, 0.07),
        (-0.036, -0.02),
        (-0.036, -0.1),
    ]
    slipper = Shape().extrude(sole, 0, 0.022)
    for side in (-1, 1):
        slipper.tube(
            [
                (0.005, 0.085, 0.02),
                (side * 0.02, 0.06, 0.05),
                (side * 0.042, 0.0, 0.045),
                (side * 0.038, -0.03, 0.018),
            ],
            0.008,
            sides=6,
        )
    first = place("game_slipper_1", slipper, into, (x - 0.33, y - 0.16, 0), turn=0.9, smooth=True)
    place_data("game_slipper_2", first.data, into, (x + 0.5, y + 0.35, 0), turn=-0.7)
