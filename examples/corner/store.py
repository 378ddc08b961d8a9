"""The sari-sari store: a hollow ground floor behind a counter window, the family's rooms above."""

import math

import bpy

from . import KERB
from .shapes import Shape, place, place_data, repeat

FRONT = 6.2
WEST, WIDTH, DEPTH = -3.7, 5.6, 6.2
FLOOR_HEIGHT = 2.9
COUNTER = (2.35, 1.0, 4.9, 2.2)
"""The counter window in the front wall: left, bottom, right, top."""


def build_store(into: bpy.types.Collection) -> None:
    """Build the store with everything sold, sat on and hung up at it."""
    shell = _build_shell(into)
    _build_front(into, shell)
    _build_awning(into, shell)
    _build_goods(into, shell)
    _build_upper_floor(into, shell)
    _build_pavement_things(into)


def _build_shell(into: bpy.types.Collection) -> bpy.types.Object:
    """Build the ground floor: walls, with the counter window and a door to the side street."""
    shell = Shape().wall((WIDTH, 0.15, FLOOR_HEIGHT), [COUNTER, (0.6, 1.1, 1.7, 2.1)])
    side = Shape().wall((DEPTH - 0.15, 0.15, FLOOR_HEIGHT), [(2.6, 0.3, 3.5, 2.35)], recess=0.1)
    shell.join(side.moved((WIDTH, 0.15, 0), (0, 0, math.pi / 2)))
    shell.box((0, 0.15, 0), (0.15, DEPTH, FLOOR_HEIGHT))
    shell.box((0.15, 2.3, 0), (WIDTH - 0.15, 2.45, FLOOR_HEIGHT))
    shell.box((0.15, 0.15, 0), (WIDTH - 0.15, 2.3, 0.1))
    return place("store", shell, into, (WEST, FRONT, KERB))


def _build_front(into: bpy.types.Collection, store: bpy.types.Object) -> None:
    left, bottom, right, top = COUNTER
    counter = Shape().box((left - 0.15, -0.4, bottom - 0.06), (right + 0.15, 0.3, bottom))
    for x in (left, (left + right) / 2, right):
        counter.profile(
            [(0, bottom - 0.4), (0, bottom - 0.06), (-0.32, bottom - 0.06)], x - 0.03, x + 0.03
        )
    place("store_counter", counter, into, parent=store)
    frame = Shape().wall(
        (right - left + 0.2, 0.06, top - bottom + 0.2),
        [(0.1, 0.1, right - left + 0.1, top - bottom + 0.1)],
    )
    place("store_window_frame", frame, into, (left - 0.1, -0.05, bottom - 0.1), parent=store)
    bar = Shape().tube([(0, 0, bottom), (0, 0, top)], 0.009, sides=6)
    grille = place("store_grille", bar, into, (left + 0.15, 0.06, 0), parent=store, smooth=True)
    repeat(grille, 10, (0.15, 0, 0))
    shutter = Shape().wall((1.1, 0.05, 1.0), [(0.06, 0.06, 1.04, 0.94)])
    for step in range(8):
        z = 0.1 + 0.105 * step
        shutter.profile(
            [(0.0, z), (0.04, z + 0.06), (0.03, z + 0.07), (-0.01, z + 0.01)], 0.06, 1.04
        )
    place("store_shutter", shutter, into, (0.6, 0.02, 1.1), parent=store)
    door = Shape().wall(
        (0.9, 0.04, 2.0), [(0.1, 0.15, 0.8, 0.9), (0.1, 1.05, 0.8, 1.85)], recess=0.02
    )
    at = (WIDTH - 0.05, 2.75, 0.33)
    place("store_side_door", door, into, at, turn=math.pi / 2, parent=store)
    steps = Shape().box((0, -0.6, 0), (0.35, 0.6, 0.3)).box((0.35, -0.6, 0), (0.65, 0.6, 0.15))
    place("store_side_steps", steps, into, (WIDTH, 3.2, 0), parent=store)


def _build_awning(into: bpy.types.Collection, store: bpy.types.Object) -> None:
    """Hang a sheet of corrugated iron over the counter, on two posts, and the sign above it."""
    waves = 46
    rise = [0.022 * math.cos(math.pi * column) for column in range(2 * waves + 1)]
    xs = [-0.1 + (WIDTH + 0.2) * column / (2 * waves) for column in range(2 * waves + 1)]
    rows = [(0.02, 2.86), (-1.35, 2.42)]
    sheet = Shape().loft(
        [[(x, y, z + w) for x, w in zip(xs, rise, strict=True)] for y, z in rows], closed=False
    )
    awning = place("store_awning", sheet, into, parent=store)
    thick = awning.modifiers.new("Solidify", "SOLIDIFY")
    thick.thickness, thick.offset = 0.015, 1.0
    frame = Shape()
    for x in (0.15, WIDTH - 0.15):
        frame.tube([(x, -1.22, 0), (x, -1.22, 2.42)], 0.035)
    frame.box((-0.05, -1.25, 2.38), (WIDTH + 0.05, -1.19, 2.44))
    place("store_awning_posts", frame, into, parent=store, smooth=True)
    sign = Shape().wall((3.7, 0.08, 0.85), [(0.08, 0.08, 3.62, 0.77)], recess=0.03)
    board = place("store_sign", sign, into, (1.3, -0.22, 2.98), parent=store)
    board.rotation_euler.x = math.radians(6)


def _build_goods(into: bpy.types.Collection, store: bpy.types.Object) -> None:
    """Fill the shelves behind the window and hang strips of sachets in it."""
    shelves = Shape()
    for level in range(4):
        z = 0.9 + 0.42 * level
        shelves.box((2.0, 1.85, z), (5.3, 2.25, z + 0.03))
    for x in (1.97, 3.63, 5.3):
        shelves.box((x, 1.85, 0.1), (x + 0.03, 2.3, 2.35))
    place("store_shelves", shelves, into, parent=store)
    tin = Shape().tube([(0, 0, 0), (0, 0, 0.16)], 0.055, sides=12)
    bottle = Shape().tube(
        [(0, 0, 0), (0, 0, 0.17), (0, 0, 0.23), (0, 0, 0.3)], (0.045, 0.045, 0.02, 0.02), sides=10
    )
    packet = Shape().box((-0.09, -0.05, 0), (0.09, 0.05, 0.27))
    jar = Shape().tube(
        [(0, 0, 0), (0, 0, 0.2), (0, 0, 0.22), (0, 0, 0.22), (0, 0, 0.26)],
        (0.085, 0.085, 0.07, 0.08, 0.08),
        sides=14,
    )
    rows = (
        ("tins", tin, 0.15, 21, 1.77, 2.07),
        ("bottles", bottle, 0.16, 20, 1.35, 2.08),
        ("packets", packet, 0.24, 13, 0.93, 2.15),
        ("tins_low", tin, 0.19, 17, 2.19, 2.1),
    )
    for name, shape, step, count, z, x in rows:
        row = place(f"store_{name}", shape, into, (x, 1.98, z), parent=store, smooth=True)
        repeat(row, count, (step, 0, 0))
    jars = place("store_jar_1", jar, into, (2.5, -0.22, 1.0), parent=store, smooth=True).data
    for number, x in ((2, 2.72), (3, 2.93), (4, 4.72)):
        place_data(f"store_jar_{number}", jars, into, (x, -0.22, 1.0), parent=store)
    strip = Shape()
    for step in range(5):
        strip.box((-0.045, -0.008, -0.1 - 0.115 * step), (0.045, 0.008, -0.115 * step))
    sachets = place("store_sachets", strip, into, (3.95, 0.02, 2.2), parent=store)
    repeat(sachets, 8, (0.12, 0, 0))


def _build_upper_floor(into: bpy.types.Collection, store: bpy.types.Object) -> None:
    """Build the rooms above, a little wider than the store, under a gable roof."""
    bottom, height, depth = FLOOR_HEIGHT, 2.6, DEPTH
    windows = [(0.7, 0.85, 2.5, 2.05), (3.5, 0.85, 5.3, 2.05)]
    rooms = Shape().wall((WIDTH + 0.3, 0.25, height), windows, recess=0.14)
    rooms.moved((-0.15, -0.2, bottom))
    side = Shape().wall(
        (depth - 0.05, 0.25, height), [(0.9, 0.85, 2.7, 2.05), (3.6, 0.85, 5.2, 2.05)], recess=0.14
    )
    rooms.join(side.moved((WIDTH + 0.15, 0.05, bottom), (0, 0, math.pi / 2)))
    rooms.box((-0.15, 0.05, bottom), (WIDTH - 0.1, depth, bottom + height))
    rooms.profile(
        [(-0.2, bottom + height), (depth, bottom + height), (depth / 2, bottom + height + 1.5)],
        -0.15,
        WIDTH + 0.15,
    )
    place("store_upper_floor", rooms, into, parent=store)
    top = bottom + height
    sheet = [(-0.75, top - 0.24), (depth / 2 - 0.1, top + 1.52), (depth + 0.5, top - 0.24)]
    roof = Shape().profile(sheet + [(y, z + 0.09) for y, z in reversed(sheet)], -0.5, WIDTH + 0.5)
    place("store_roof", roof, into, parent=store)
    grid = Shape()
    for x in range(7):
        grid.box((0.3 * x - 0.015, -0.02, 0), (0.3 * x + 0.015, 0.02, 1.2))
    for z in range(5):
        grid.box((0.0, -0.015, 0.3 * z - 0.015), (1.8, 0.015, 0.3 * z + 0.015))
    first = place("store_window_1", grid, into, (0.55, -0.12, bottom + 0.85), parent=store).data
    place_data("store_window_2", first, into, (3.35, -0.12, bottom + 0.85), parent=store)
    place_data(
        "store_window_3",
        first,
        into,
        (WIDTH + 0.07, 0.95, bottom + 0.85),
        turn=math.pi / 2,
        parent=store,
    )


def _build_pavement_things(into: bpy.types.Collection) -> None:
    """Set out the bench, the crates and the ice box in front of the store."""
    bench = Shape()
    for slat in range(3):
        bench.box((-0.75, -0.2 + 0.14 * slat, 0.42), (0.75, -0.08 + 0.14 * slat, 0.46))
    for x in (-0.6, 0.6):
        bench.box((x - 0.03, -0.18, 0), (x + 0.03, -0.12, 0.42))
        bench.box((x - 0.03, 0.12, 0), (x + 0.03, 0.18, 0.42))
        bench.box((x - 0.03, -0.18, 0.3), (x + 0.03, 0.18, 0.36))
    place("store_bench", bench, into, (-2.55, 5.75, KERB))
    crate = Shape().box((-0.2, -0.15, 0), (0.2, 0.15, 0.03))
    for level in range(3):
        z = 0.03 + 0.09 * level
        crate.box((-0.2, -0.15, z), (0.2, -0.13, z + 0.06)).box(
            (-0.2, 0.13, z), (0.2, 0.15, z + 0.06)
        )
        crate.box((-0.2, -0.13, z), (-0.18, 0.13, z + 0.06)).box(
            (0.18, -0.13, z), (0.2, 0.13, z + 0.06)
        )
    for x in (-0.19, 0.19):
        for y in (-0.14, 0.14):
            crate.block((x, y, 0.03), (0.025, 0.025, 0.26))
    first = place("crate_1", crate, into, (1.5, 5.85, KERB)).data
    place_data("crate_2", first, into, (1.51, 5.86, KERB + 0.29), turn=0.06)
    place_data("crate_3", first, into, (1.05, 5.9, KERB), turn=-0.12)
    box = (
        Shape()
        .box((-0.35, -0.25, 0), (0.35, 0.25, 0.5))
        .box((-0.37, -0.27, 0.5), (0.37, 0.27, 0.58))
    )
    box.tube(
        [(-0.2, -0.29, 0.46), (-0.2, -0.33, 0.46), (0.2, -0.33, 0.46), (0.2, -0.29, 0.46)], 0.012
    )
    place("ice_box", box, into, (-1.2, 5.85, KERB), smooth=True)
