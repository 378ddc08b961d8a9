"""A jeepney of boxes: long hood, open sides under a long roof, rails, and wheels that turn."""

import math

import bpy

from .keys import interpolate
from .shapes import Point, Shape, mirror, place, place_data, repeat

WHEEL_RADIUS = 0.42
AXLES = (1.15, 4.85)
"""Where the axles are, in metres behind the front bumper."""
TRACK = 0.83


def build_jeepney(
    name: str,
    into: bpy.types.Collection,
    location: Point,
    turn: float,
    *,
    like: str | None = None,
) -> bpy.types.Object:
    """Build a jeepney that faces -X, or a second one that shares the meshes of `like`.

    Its origin is on the ground below the middle of the front bumper. Returns the empty that
    carries it; the wheels are its children called NAME_wheel_….
    """
    root = place_data(name, None, into, location, turn=turn)
    root.empty_display_type, root.empty_display_size = "ARROWS", 0.6
    if like is None:
        _build_parts(name, into, root)
    else:
        _copy_parts(name, like, into, root)
    return root


def _copy_parts(name: str, like: str, into: bpy.types.Collection, root: bpy.types.Object) -> None:
    driverless = (part for part in bpy.data.objects[like].children if "driver" not in part.name)
    for part in driverless:
        copy = part.copy()
        copy.name = part.name.replace(like, name)
        copy.parent = root
        into.objects.link(copy)


def _build_parts(name: str, into: bpy.types.Collection, root: bpy.types.Object) -> None:
    halves = {
        "body": _body().join(_posts()).join(_benches()),
        "fittings": _fenders().join(_rails()).join(_lamps()),
    }
    for part, shape in halves.items():
        smooth = part == "fittings"
        mirror(place(f"{name}_{part}", shape, into, parent=root, smooth=smooth), axis=1)
    wholes = {
        "chassis": _chassis(),
        "hood": _hood(),
        "windscreen": _windscreen(),
        "roof": _roof(),
        "driver": _driver().join(_steering_wheel()),
    }
    for part, shape in wholes.items():
        smooth = part in ("hood", "roof", "driver")
        place(f"{name}_{part}", shape, into, parent=root, smooth=smooth)
    bar = Shape().tube([(0.3, -0.4, 0.68), (0.36, -0.4, 1.12)], 0.018, sides=6)
    grille = place(f"{name}_grille", bar, into, parent=root, smooth=True)
    repeat(grille, 9, (0, 0.1, 0))
    _build_wheels(name, into, root)


def _build_wheels(name: str, into: bpy.types.Collection, root: bpy.types.Object) -> None:
    spots = [
        (f"{end}{side}", (x, y, WHEEL_RADIUS))
        for end, x in zip("fr", AXLES, strict=True)
        for side, y in (("l", -TRACK), ("r", TRACK))
    ]
    (label, at), *others = spots
    first = place(f"{name}_wheel_{label}", _wheel(), into, at, parent=root, smooth=True)
    for label, at in others:
        place_data(f"{name}_wheel_{label}", first.data, into, at, parent=root)


def _side(outline: list[tuple[float, float]], y0: float, y1: float) -> Shape:
    """Draw a side view (X, Z; X to the right, counter-clockwise) out from `y0` to `y1`."""
    turned = [(-x, z) for x, z in reversed(outline)]
    return Shape().profile(turned, y0, y1).moved(rotation=(0, 0, math.pi / 2))


def _body() -> Shape:
    """Return the left half below the windows: panel with its wheel arch, floor, step, bumper."""
    rear = AXLES[1]
    arch = [
        (rear - 0.53 * math.cos(turn), WHEEL_RADIUS + 0.53 * math.sin(turn))
        for turn in (math.pi * step / 8 for step in range(9))
        if math.sin(turn) > 0.2
    ]
    panel = [(1.75, 0.5), *arch, (6.15, 0.5), (6.15, 1.32), (1.75, 1.32)]
    body = _side(panel, -0.98, -0.93)
    body.box((1.7, -1.0, 1.28), (6.2, -0.9, 1.36)).box((1.7, -0.94, 0.6), (6.15, 0, 0.66))
    body.box((1.8, -1.16, 0.36), (4.1, -0.9, 0.41)).box((6.1, -0.5, 0.36), (6.5, 0, 0.41))
    body.box((0, -0.92, 0.46), (0.12, 0, 0.62)).box((-0.04, -0.6, 0.4), (0.14, -0.52, 0.72))
    body.box((6.1, -0.95, 0.5), (6.25, -0.55, 0.66))
    body.box((1.72, -0.93, 0.6), (1.78, 0, 1.25))
    return body.box((2.65, -0.93, 0.66), (2.7, 0, 1.5))


def _posts() -> Shape:
    posts = Shape()
    for x in (1.75, 2.62, 3.33, 4.03, 4.74, 5.45, 6.1):
        posts.box((x, -0.97, 1.36), (x + 0.07, -0.91, 2.02))
    posts.box((1.7, -1.0, 1.98), (6.2, -0.9, 2.16)).box((6.1, -0.52, 0.66), (6.16, -0.46, 2.02))
    for z in (1.5, 1.6):
        posts.tube([(2.7, -0.99, z), (6.1, -0.99, z)], 0.014, sides=6)
    return posts


def _fenders() -> Shape:
    """Return the left front fender, an arc over the wheel."""
    turns = [math.pi * (0.04 + 0.88 * step / 9) for step in range(10)]
    outer, inner = (
        [(AXLES[0] + r * math.cos(turn), WHEEL_RADIUS + r * math.sin(turn)) for turn in turns]
        for r in (0.57, 0.52)
    )
    return _side(outer + inner[::-1], -0.99, -0.6)


def _rails() -> Shape:
    """Return the left rail of the roof rack with its stanchions."""
    rail = Shape().tube([(2.2, 0, 2.5), (2.2, -0.8, 2.5), (6.0, -0.8, 2.5), (6.0, 0, 2.5)], 0.02)
    for x in (2.2, 3.15, 4.1, 5.05, 6.0):
        rail.tube([(x, -0.8, 2.18), (x, -0.8, 2.5)], 0.014, sides=6)
    return rail


def _lamps() -> Shape:
    """Return the left headlight, horn, mirror, aerial and tail lamp."""
    lamps = Shape().tube(
        [(0.4, -0.72, 1.02), (0.44, -0.72, 1.02), (0.66, -0.72, 1.02)], (0.12, 0.14, 0.05), sides=14
    )
    lamps.tube([(0.5, -0.72, 0.9), (0.5, -0.72, 1.0)], 0.03)
    lamps.tube(
        [(0.7, -0.25, 1.2), (0.76, -0.25, 1.23), (1.2, -0.25, 1.27)], (0.07, 0.03, 0.02), sides=10
    )
    lamps.tube([(1.7, -0.95, 1.5), (1.6, -1.12, 1.62)], 0.014, sides=6)
    lamps.tube([(1.58, -1.16, 1.64), (1.61, -1.16, 1.64)], 0.12, sides=14)
    lamps.tube([(0.08, -0.85, 0.6), (0.05, -0.87, 2.3)], (0.014, 0.006), sides=6)
    return lamps.tube([(6.15, -0.8, 1.0), (6.2, -0.8, 1.0)], 0.08, sides=12)


def _benches() -> Shape:
    bench = (
        Shape()
        .box((2.85, -0.92, 0.98), (6.0, -0.5, 1.08))
        .box((2.85, -0.92, 0.66), (6.0, -0.86, 0.98))
    )
    return bench.box((2.85, -0.92, 1.08), (6.0, -0.84, 1.5))


def _chassis() -> Shape:
    chassis = (
        Shape().box((0.1, -0.5, 0.46), (6.1, -0.38, 0.6)).box((0.1, 0.38, 0.46), (6.1, 0.5, 0.6))
    )
    for x in AXLES:
        chassis.tube([(x, -TRACK, WHEEL_RADIUS), (x, TRACK, WHEEL_RADIUS)], 0.05)
    chassis.box((0.34, -0.62, 0.6), (1.75, 0.62, 0.72))
    return chassis.box((2.2, -0.9, 0.66), (2.62, 0.9, 1.0))


def _hood() -> Shape:
    """Return the hood, a loft that widens from the grille to the windscreen."""
    section = (
        (-1, 0),
        (1, 0),
        (1, 0.62),
        (0.86, 0.88),
        (0.55, 1),
        (-0.55, 1),
        (-0.86, 0.88),
        (-1, 0.62),
    )
    stations = ((0.36, 0.5, 0.5), (0.6, 0.54, 0.53), (1.2, 0.62, 0.57), (1.78, 0.74, 0.6))
    hood = Shape().loft([[(x, y * w, 0.68 + z * h) for y, z in section] for x, w, h in stations])
    hood.box((0.3, -0.5, 0.64), (0.38, 0.5, 0.7)).box((0.32, -0.48, 1.1), (0.4, 0.48, 1.16))
    hood.box((0.4, -0.02, 1.17), (1.7, 0.02, 1.31))
    return hood.ball((0.46, 0, 1.28), (0.09, 0.035, 0.1))


def _windscreen() -> Shape:
    frame = Shape().wall((1.88, 0.06, 0.82), [(0.08, 0.06, 0.91, 0.76), (0.97, 0.06, 1.8, 0.76)])
    return frame.moved((1.66, 0.94, 1.24), (math.radians(-8), 0, -math.pi / 2))


def _roof() -> Shape:
    """Return the vaulted roof, with the board of the route above the windscreen."""
    vault = [
        (0.98 * math.cos(turn), 2.14 + 0.15 * math.sin(turn))
        for turn in (math.pi * step / 10 for step in range(11))
    ]
    roof = Shape().profile(vault, 1.4, 6.35)
    board = Shape().wall((1.5, 0.06, 0.34), [(0.05, 0.05, 1.45, 0.29)], recess=0.02)
    roof.join(board.moved((1.44, 0.75, 2.2), (0, 0, -math.pi / 2)))
    return roof.box((3.3, -0.5, 2.26), (4.3, 0.45, 2.62)).box((4.5, -0.2, 2.26), (5.3, 0.55, 2.5))


def _driver() -> Shape:
    """Return the driver, cut off at the waist, hands to the wheel."""
    x, y = 2.42, -0.42
    body = Shape().loft(
        [
            [
                (x + shift + d * math.cos(turn), y + w * math.sin(turn), z)
                for turn in (2 * math.pi * step / 10 for step in range(10))
            ]
            for z, w, d, shift in (
                (0.98, 0.17, 0.13, 0),
                (1.25, 0.16, 0.11, 0.02),
                (1.45, 0.2, 0.12, 0.02),
                (1.56, 0.14, 0.09, 0),
                (1.6, 0.06, 0.06, 0),
                (1.66, 0.055, 0.055, -0.01),
            )
        ]
    )
    body.ball((x - 0.03, y, 1.76), (0.1, 0.08, 0.125))
    for side in (-1, 1):
        body.tube(
            [
                (x, y + 0.2 * side, 1.5),
                (x - 0.12, y + 0.24 * side, 1.25),
                (x - 0.38, y + 0.14 * side, 1.32),
            ],
            (0.055, 0.045, 0.035),
        )
    return body


def _steering_wheel() -> Shape:
    turns = [2 * math.pi * step / 16 for step in range(17)]
    rim = [
        (2.02 + 0.1 * math.cos(t), -0.42 + 0.2 * math.sin(t), 1.3 + 0.17 * math.cos(t))
        for t in turns
    ]
    return Shape().tube(rim, 0.015, sides=6).tube([(2.02, -0.42, 1.3), (1.72, -0.42, 1.0)], 0.02)


def _wheel() -> Shape:
    """Return a wheel about its axle, the same from both sides, with spokes that show it turn."""
    radii = (
        (-0.1, 0.36),
        (-0.11, 0.4),
        (-0.06, WHEEL_RADIUS),
        (0.06, WHEEL_RADIUS),
        (0.11, 0.4),
        (0.1, 0.36),
    )
    tyre = Shape().tube([(0, y, 0) for y, _ in radii], [r for _, r in radii], sides=24)
    tyre.tube([(0, -0.125, 0), (0, 0.125, 0)], 0.08, sides=12)
    for spoke in range(5):
        turn = 2 * math.pi * spoke / 5
        arm = Shape().box((-0.04, -0.118, 0.06), (0.04, 0.118, 0.27))
        tyre.join(arm.moved(rotation=(0, turn, 0)))
    rim = [
        (0.27 * math.sin(t), -0.115, 0.27 * math.cos(t))
        for t in (math.pi * k / 10 for k in range(21))
    ]
    tyre.tube(rim, 0.025, sides=6)
    return tyre.tube([(x, 0.115, z) for x, _, z in rim], 0.025, sides=6)


def drive(root: bpy.types.Object, start: int, end: int, from_x: float, speed: float) -> None:
    """Drive along -X at `speed` metres a frame from `from_x` at frame `start`; turn the wheels."""
    distance = speed * (end - start)
    for frame, x in ((start, from_x), (end, from_x - distance)):
        root.location.x = x
        root.keyframe_insert("location", index=0, frame=frame)
    interpolate(root, "LINEAR")
    for wheel in (child for child in root.children if "_wheel_" in child.name):
        for frame, turn in ((start, 0.0), (end, -distance / WHEEL_RADIUS)):
            wheel.rotation_euler.y = turn
            wheel.keyframe_insert("rotation_euler", index=1, frame=frame)
        interpolate(wheel, "LINEAR")
