"""The ground: roads, pavements and their kerbs."""

import math

import bpy

from . import KERB
from .shapes import Shape, place, repeat

ROAD = 3.5
"""Half the width of the main street; the pavements begin here, north and south."""
SIDE_WEST, SIDE_EAST = 3.0, 9.0
"""Where the side street lies, between the west and the east block."""
WEST_END, EAST_END, NORTH_END = -66.0, 78.0, 62.0
CORNER_RADIUS = 1.6
KERB_WIDTH = 0.18


def build_street(into: bpy.types.Collection) -> None:
    """Build the ground, the two roads and the pavements of the three blocks."""
    place("ground", Shape().box((-250, -250, -0.4), (250, 250, -0.12)), into)
    place("road_main", Shape().box((WEST_END, -ROAD, -0.1), (EAST_END, ROAD, 0)), into)
    place("road_side", Shape().box((SIDE_WEST, ROAD, -0.1), (SIDE_EAST, NORTH_END, 0)), into)
    for name, east in (("west", False), ("east", True)):
        edge, inside = _street_edge(0, east), _street_edge(KERB_WIDTH, east)
        back = (EAST_END if east else WEST_END, NORTH_END)
        place(f"kerb_{name}", Shape().extrude(edge + inside[::-1], -0.1, KERB + 0.012), into)
        slab = [*inside, back]
        place(f"pavement_{name}", Shape().extrude(slab, -0.1, KERB), into)
    south = (WEST_END, -20, -0.1), (EAST_END, -ROAD - KERB_WIDTH, KERB)
    place("pavement_south", Shape().box(*south), into)
    stone = Shape().box((0, 0, -0.1), (0.985, KERB_WIDTH, KERB + 0.012))
    repeat(place("kerb_south", stone, into, (-24, -ROAD - KERB_WIDTH, 0)), 64, (1, 0, 0))
    lid = Shape().tube([(0, 0, -0.05), (0, 0, 0.012)], 0.36, sides=20)
    place("manhole", lid, into, (5.4, 0.4, 0))


def _street_edge(inset: float, east: bool) -> list[tuple[float, float]]:
    """Return a block's edge along both streets, round its corner, counter-clockwise about it."""
    x, y = SIDE_WEST - CORNER_RADIUS, ROAD + CORNER_RADIUS
    radius = CORNER_RADIUS - inset
    turns = [math.pi / 2 * step / 10 for step in range(11)]
    arc = [(x + radius * math.sin(turn), y - radius * math.cos(turn)) for turn in turns]
    edge = [(WEST_END, ROAD + inset), *arc, (SIDE_WEST - inset, NORTH_END)]
    if not east:
        return edge
    return [(SIDE_WEST + SIDE_EAST - x, y) for x, y in reversed(edge)]
