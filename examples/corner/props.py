"""What stands and lies in the street: lamps, poles and their wires, trees, a fruit cart, a game."""

import math
import random

import bpy
from mathutils import Vector

from . import KERB
from .shapes import Point, Shape, mesh_of, place, place_data

GAME_CAN = (-4.22, -2.0, 0)
GAME_SLIPPERS = ((-4.35, -1.3, 0.4), (-3.1, -1.36, -1.0))
"""Where the slippers lie: x, y and turn."""
LAMPS = ((-9.2, 4.0, 0.0), (10.9, 13.0, -math.pi / 2), (1.6, 27.0, math.pi / 2), (24.0, 4.0, 0.0))
"""Lamp posts: x, y and the turn that points the arm from -Y to the road."""
POLES = ((9.7, 4.3), (9.7, 20.0), (9.7, 40.0), (30.0, 4.3), (-19.0, 4.3))
POLE_HEIGHT = 8.6
CROSSARMS = (7.1, 8.0)
CROWN = (
    ((-0.95, -0.3, 3.85), 0.85),
    ((0.85, -0.45, 3.75), 0.8),
    ((0.1, 0.25, 4.2), 1.0),
    ((-0.3, -0.8, 4.4), 0.85),
    ((0.25, -0.2, 4.95), 0.9),
)
"""The lumps of leaves on a tree: centre and radius."""
TREES = ((-4.65, 4.35, 0.0), (9.65, 9.8, -math.pi / 2))
"""Trees: x, y and turn."""


def build_props(into: bpy.types.Collection) -> None:
    """Build every prop of the street."""
    _build_lamps(into)
    _build_poles(into)
    _build_trees(into)
    _build_cart(into, (2.75, -2.8, 0), math.radians(195))
    _build_game(into)


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
    runs = [
        (
            (start[0] + x, start[1] - 0.12, KERB + z + 0.24),
            (end[0] + x, end[1] - 0.12, KERB + z + 0.24),
        )
        for start, end in ((near, mid), (mid, far), (near, east), (west, near))
        for z in CROSSARMS
        for x in (-0.85, -0.45, 0.45, 0.85)
    ]
    _wires("wires", runs, 0.02, into)
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


def _build_trees(into: bpy.types.Collection) -> None:
    trunk = Shape().tube(
        [(0, 0, 0), (0.02, 0, 0.3), (0.1, 0.05, 1.4), (0.02, 0.1, 2.4), (0.1, 0.1, 3.3)],
        (0.3, 0.2, 0.16, 0.14, 0.08),
        sides=9,
    )
    for centre, _ in CROWN[:3]:
        fork, end = Vector((0.04, 0.1, 2.3)), Vector(centre)
        bend = fork.lerp(end, 0.5) + Vector((0, 0, 0.15))
        trunk.tube([fork, bend, end], (0.1, 0.07, 0.03), sides=6)
    crown = Shape()
    for number, (centre, size) in enumerate(CROWN):
        lump = _foliage().moved(centre, (0, 0, number), (size, size, 0.8 * size))
        crown.join(lump)
    wood, leaves = mesh_of("tree", trunk, smooth=True), mesh_of("tree_crown", crown, smooth=True)
    pit = mesh_of("tree_pit", Shape().block((0, 0, 0), (0.8, 0.8, 0.1)))
    for number, (x, y, turn) in enumerate(TREES, 1):
        tree = place_data(f"tree_{number}", wood, into, (x, y, KERB), turn=turn)
        place_data(f"tree_{number}_crown", leaves, into, parent=tree)
        place_data(f"tree_{number}_pit", pit, into, parent=tree)


def _foliage() -> Shape:
    """Return a lump of leaves about a metre in radius, the same on every run."""
    dice = random.Random(7)
    lump = Shape().ball((0, 0, 0), (1, 1, 1), sides=14, rows=9)
    lump.vertices = [vertex * dice.uniform(0.86, 1.12) for vertex in lump.vertices]
    return lump


def _build_cart(into: bpy.types.Collection, spot: Point, turn: float) -> None:
    """Leave a fruit cart at the kerb: a tray on two spoked wheels and a leg, heaped crates."""
    tray = Shape().box((-0.75, -0.45, 0.72), (0.75, 0.45, 0.78))
    for x, y, w, d in ((0, -0.43, 1.5, 0.04), (0, 0.43, 1.5, 0.04)):
        tray.block((x, y, 0.78), (w, d, 0.16))
    for x in (-0.73, 0.73):
        tray.block((x, 0, 0.78), (0.04, 0.82, 0.16))
    for y in (-0.32, 0.32):
        tray.tube([(0.75, y, 0.75), (1.25, y, 0.86)], 0.022)
        tray.box((0.6, y - 0.03, 0), (0.66, y + 0.03, 0.72))
    tray.tube([(1.25, -0.36, 0.86), (1.25, 0.36, 0.86)], 0.022)
    tray.tube([(-0.3, -0.56, 0.36), (-0.3, 0.56, 0.36)], 0.02)
    for y in (-0.32, 0.32):
        tray.box((-0.33, y - 0.03, 0.33), (-0.27, y + 0.03, 0.72))
    cart = place("cart", tray, into, spot, turn=turn, smooth=True)
    wheel = mesh_of("cart_wheel", _spoked_wheel(), smooth=True)
    for name, y in (("left", 0.54), ("right", -0.54)):
        place_data(f"cart_wheel_{name}", wheel, into, (-0.3, y, 0.36), parent=cart)
    fruit = Shape()
    for layer, (rows, columns) in enumerate(((5, 9), (4, 8), (2, 5))):
        for row in range(rows):
            for column in range(columns):
                x, y = 0.15 * (column - (columns - 1) / 2), 0.16 * (row - (rows - 1) / 2)
                fruit.ball((x, y, 0.85 + 0.11 * layer), (0.08, 0.08, 0.075), sides=10, rows=6)
    place("cart_fruit", fruit, into, parent=cart, smooth=True)


def _spoked_wheel() -> Shape:
    """Return a bicycle wheel about its axle, which lies along Y."""
    turns = [2 * math.pi * step / 24 for step in range(25)]
    rim = [(0.34 * math.sin(turn), 0, 0.34 * math.cos(turn)) for turn in turns]
    wheel = Shape().tube(rim, 0.02, sides=6)
    for x, _, z in rim[:-1:2]:
        wheel.tube([(0, 0, 0), (x, 0, z)], 0.006, sides=4)
    return wheel.tube([(0, -0.06, 0), (0, 0.06, 0)], 0.035)


def _build_game(into: bpy.types.Collection) -> None:
    """Leave a game of tumbang preso in the road: a can and two slippers."""
    can = Shape().tube(
        [(0, 0, 0), (0, 0, 0.01), (0, 0, 0.147), (0, 0, 0.158)],
        (0.05, 0.053, 0.053, 0.05),
        sides=20,
    )
    place("game_can", can, into, GAME_CAN, smooth=True)
    slipper = mesh_of("game_slipper", _slipper(), smooth=True)
    for number, (x, y, turn) in enumerate(GAME_SLIPPERS, 1):
        place_data(f"game_slipper_{number}", slipper, into, (x, y, 0), turn=turn)


def _slipper() -> Shape:
    """Return a rubber slipper with its toe toward +Y: a sole and a strap of two bands."""
    sole = (
        (0.0, -0.135),
        (0.032, -0.115),
        (0.036, -0.03),
        (0.05, 0.06),
        (0.035, 0.12),
        (-0.01, 0.135),
        (-0.045, 0.08),
        (-0.036, -0.03),
        (-0.032, -0.115),
    )
    slipper = Shape().extrude(sole, 0, 0.024)
    for side in (-1, 1):
        strap = [(0, 0.08, 0.02), (side * 0.015, 0.06, 0.045), (side * 0.038, 0.01, 0.055)]
        slipper.tube([*strap, (side * 0.037, -0.03, 0.02)], 0.009, sides=6)
    return slipper
