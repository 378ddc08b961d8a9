"""The houses behind the action: walls with windows, doors, steps, awnings and railings."""

import math
from dataclasses import dataclass

import bpy

from . import KERB
from .shapes import Opening, Shape, mesh_of, place, place_data, repeat

STOREY = 3.0
RECESS = 0.16
PARAPET = 0.6
FLOOR = 0.45
"""How far a house's floor lies above the pavement: three steps."""
DOOR = (0.95, 2.0)
WINDOW = (1.3, 1.35)
SILL = 1.0


@dataclass(frozen=True)
class House:
    """A box with one detailed street front: where its front left corner stands, and its form."""

    name: str
    x: float
    y: float
    width: float
    depth: float
    storeys: int
    bays: int
    turn: float = 0.0
    roof: str = "flat"
    door: int = 0
    near: bool = True
    awning: bool = False
    balcony: bool = False

    @property
    def bay(self) -> float:
        """Width of one bay."""
        return self.width / self.bays

    @property
    def height(self) -> float:
        """Height of the walls."""
        return self.storeys * STOREY + FLOOR

    def opening(self, bay: int, storey: int) -> Opening:
        """Return where the door or window of a bay is, in the front's own coordinates."""
        middle = (bay + 0.5) * self.bay
        if storey == 0 and bay == self.door:
            return middle - DOOR[0] / 2, FLOOR, middle + DOOR[0] / 2, FLOOR + DOOR[1]
        bottom = storey * STOREY + FLOOR + SILL
        return middle - WINDOW[0] / 2, bottom, middle + WINDOW[0] / 2, bottom + WINDOW[1]


FACES_WEST, FACES_EAST = -math.pi / 2, math.pi / 2
HOUSES = (
    House("house_blue", -10.4, 6.6, 6.0, 7.0, 3, 3, door=2, awning=True, balcony=True),
    House("house_tin", -18.6, 6.2, 7.6, 8.0, 2, 3, roof="gable", awning=True),
    House("house_west", -30.5, 6.8, 11.4, 9.0, 3, 4, near=False),
    House("house_shop", 10.9, 6.4, 8.4, 8.4, 2, 3, door=2, awning=True, balcony=True),
    House("house_east_1", 19.9, 6.4, 7.0, 8.0, 3, 3),
    House("house_east_2", 27.5, 6.6, 9.5, 8.0, 2, 4, roof="gable", awning=True),
    House("house_east_3", 37.6, 6.4, 9.0, 9.0, 4, 3, near=False),
    House("house_corner", 10.9, 24.2, 9.0, 9.0, 3, 3, turn=FACES_WEST, door=2, awning=True),
    House("house_lane_1", 1.3, 13.2, 8.0, 5.5, 2, 3, turn=FACES_EAST, roof="gable"),
    House("house_lane_2", 1.3, 21.8, 9.5, 6.0, 3, 4, turn=FACES_EAST, awning=True),
    House("house_lane_3", 10.9, 34.0, 9.0, 6.0, 2, 3, turn=FACES_WEST, roof="gable"),
    House("house_lane_4", 1.3, 32.0, 12.0, 6.0, 2, 4, turn=FACES_EAST, near=False),
    House("house_lane_5", 10.9, 50.5, 12.0, 6.0, 3, 4, turn=FACES_WEST, near=False),
)
SKYLINE = (
    (-46, 12, 14, 10),
    (-12, 48, 10, 9),
    (24, 46, 12, 13),
    (52, 14, 16, 8),
    (66, 34, 20, 17),
    (76, -6, 26, 10),
    (36, -15, 16, 7),
)
"""Plain blocks behind everything: x, y of the middle of their front, width, height."""


def build_buildings(into: bpy.types.Collection) -> None:
    """Build every house and the church that closes the side street."""
    kit = _Kit.build()
    for house in HOUSES:
        _build_house(house, kit, into)
    _build_flank(into, kit)
    _build_church(into)
    _build_skyline(into)


@dataclass(frozen=True)
class _Kit:
    """The meshes that all houses share."""

    window: bpy.types.Mesh
    entrance: bpy.types.Mesh
    awning: bpy.types.Mesh

    @classmethod
    def build(cls) -> "_Kit":
        return cls(
            window=mesh_of("window", _window()),
            entrance=mesh_of("entrance", _entrance(), smooth=True),
            awning=mesh_of("awning", _awning(2.3, 1.15), smooth=True),
        )


def _build_house(house: House, kit: _Kit, into: bpy.types.Collection) -> None:
    body = place(house.name, _walls(house), into, (house.x, house.y, KERB), turn=house.turn)
    _build_windows(house, kit, body, into)
    if not house.near:
        return
    left, _, right, _ = house.opening(house.door, 0)
    middle = (left + right) / 2
    place_data(f"{house.name}_entrance", kit.entrance, into, (middle, 0, 0), parent=body)
    if house.awning:
        at = (middle, 0, FLOOR + DOOR[1] + 0.12)
        place_data(f"{house.name}_awning", kit.awning, into, at, parent=body)
    if house.balcony:
        _build_balcony(house, body, into)


def _walls(house: House) -> Shape:
    """Return the house's walls, its openings closed by recessed panes, and its roof."""
    cells = [(bay, storey) for storey in range(house.storeys) for bay in range(house.bays)]
    gable = house.roof == "gable"
    top = house.height + (0 if gable else PARAPET)
    walls = Shape().wall(
        (house.width, 0.3, top), [house.opening(*cell) for cell in cells], recess=RECESS
    )
    walls.box((0, 0.3, 0), (house.width, house.depth, top))
    return walls.join(_gable(house) if gable else _cornice(house, top))


def _window() -> Shape:
    """Return a window's frame, glazing bars and sill about its bottom middle."""
    w, h = WINDOW
    frame = Shape().wall((w, 0.07, h), [(0.07, 0.07, w - 0.07, h - 0.07)])
    frame.box((w / 2 - 0.025, 0.01, 0.07), (w / 2 + 0.025, 0.06, h - 0.07))
    frame.box((0.07, 0.01, h * 0.68), (w - 0.07, 0.06, h * 0.68 + 0.05))
    frame.box((-0.1, -0.2, -0.07), (w + 0.1, 0.0, 0.0))
    return frame.moved((-w / 2, 0.06, 0))


def _build_windows(
    house: House, kit: _Kit, body: bpy.types.Object, into: bpy.types.Collection
) -> None:
    """Fill the openings: one array over the upper storeys, one beside the door."""
    for name, storey, first, bays in (
        ("windows", 1, 0, house.bays),
        ("windows_below", 0, 1 if house.door == 0 else 0, house.bays - 1),
    ):
        if storey == 0 and not house.near:
            continue
        left, bottom, right, _ = house.opening(first, storey)
        at = ((left + right) / 2, 0, bottom)
        windows = place_data(f"{house.name}_{name}", kit.window, into, at, parent=body)
        repeat(windows, bays, (house.bay, 0, 0))
        if storey == 1 and house.storeys > 2:
            repeat(windows, house.storeys - 1, (0, 0, STOREY))


def _build_flank(into: bpy.types.Collection, kit: _Kit) -> None:
    """Dress the shop's bare wall on the side street: windows, and a board for posters."""
    shop = bpy.data.objects["house_shop"]
    at = (-0.13, 6.9, STOREY + FLOOR + SILL)
    windows = place_data("house_shop_flank", kit.window, into, at, turn=FACES_WEST, parent=shop)
    repeat(windows, 3, (2.5, 0, 0))
    board = Shape().wall((3.6, 0.1, 1.9), [(0.1, 0.1, 3.5, 1.8)], recess=0.05)
    place("poster_board", board, into, (-0.1, 6.0, 1.05), turn=FACES_WEST, parent=shop)


def _entrance() -> Shape:
    """Return three steps with handrails up to a door, about the middle of the wall's foot."""
    entrance = Shape().join(_door().moved((0, RECESS, FLOOR)))
    outline = [(0.0, 0), (0.0, FLOOR), (-0.35, FLOOR)]
    for step in (1, 2):
        edge = -0.35 - 0.28 * (step - 1)
        outline += [(edge, FLOOR - 0.15 * step), (edge - 0.28, FLOOR - 0.15 * step)]
    outline.append((-0.35 - 0.28 * 2, 0))
    entrance.profile(outline, -0.8, 0.8)
    for x in (-0.76, 0.76):
        entrance.tube([(x, -0.8, 0.15), (x, -0.8, 0.95), (x, -0.1, 1.3), (x, 0.0, 1.3)], 0.022)
    return entrance


def _door() -> Shape:
    """Return a panelled door leaf and its knob about the middle of the threshold."""
    w, h = DOOR
    panels = [(0.12, 0.15, w - 0.12, 0.85), (0.12, 1.0, w - 0.12, h - 0.15)]
    leaf = Shape().wall((w, 0.04, h), panels, recess=0.02).moved((-w / 2, -0.04, 0))
    return leaf.ball((w / 2 - 0.07, -0.07, 0.95), (0.03, 0.03, 0.03), sides=8, rows=5)


def _gable(house: House) -> Shape:
    """Return a gable roof with its ridge along the street, on the walls' top."""
    d, h, rise = house.depth, house.height, 0.24 * house.depth
    roof = Shape().profile([(0, h), (d, h), (d / 2, h + rise)], 0, house.width)
    eave = h - rise * 0.5 / (d / 2)
    sheet = [(-0.5, eave), (d / 2, h + rise), (d + 0.5, eave)]
    upper = [(y, z + 0.12) for y, z in reversed(sheet)]
    return roof.profile(sheet + upper, -0.35, house.width + 0.35)


def _cornice(house: House, top: float) -> Shape:
    w, d = house.width, house.depth
    band = Shape().box((-0.12, -0.14, top - 0.12), (w + 0.12, d + 0.12, top + 0.06))
    for storey in range(1, house.storeys):
        z = storey * STOREY + FLOOR
        band.box((-0.04, -0.06, z - 0.08), (w + 0.04, 0.2, z + 0.08))
    return band


def _awning(width: float, out: float) -> Shape:
    """Return a curved canvas awning with a valance, about the middle of its upper edge."""
    turns = [math.pi / 2 * step / 6 for step in range(7)]
    top = [(-out * math.sin(turn), 0.55 * math.cos(turn) - 0.1) for turn in turns]
    top.append((-out, -0.32))
    under = [(y + 0.03, z - 0.03) for y, z in top[:-1]] + [(-out + 0.03, -0.32)]
    return Shape().profile(top + under[::-1], -width / 2, width / 2)


def _build_balcony(house: House, body: bpy.types.Object, into: bpy.types.Collection) -> None:
    w, z = house.width - 0.8, STOREY + FLOOR
    slab = Shape().box((0, -1.0, z - 0.16), (w, 0, z))
    slab.box((0, -1.0, z + 0.95), (w, -0.94, z + 1.01))
    for x in (0, w - 0.06):
        slab.box((x, -0.94, z + 0.95), (x + 0.06, 0, z + 1.01))
        slab.box((x, -0.99, z), (x + 0.06, -0.95, z + 0.95))
    place(f"{house.name}_balcony", slab, into, (0.4, 0, 0), parent=body)
    bar = Shape().box((0.11, -0.985, z), (0.135, -0.96, z + 0.95))
    rails = place(f"{house.name}_balusters", bar, into, (0.4, 0, 0), parent=body)
    repeat(rails, int(w / 0.16) - 1, (0.16, 0, 0))


def _build_church(into: bpy.types.Collection) -> None:
    """Close the side street with a church front and its bell tower."""
    front = Shape().wall(
        (11, 0.6, 8.5),
        [(4.4, 0, 6.6, 3.6), (2.0, 3.0, 3.0, 5.0), (8.0, 3.0, 9.0, 5.0)],
        recess=0.35,
    )
    gable = Shape().extrude(
        [(-0.3, 8.5), (11.3, 8.5), (7.6, 10.4), (5.5, 12.2), (3.4, 10.4)], 0, 0.7
    )
    front.join(gable.moved((0, 0.65, 0), (math.pi / 2, 0, 0)))
    front.box((5.4, 0.2, 12), (5.6, 0.4, 14)).box((4.8, 0.2, 13.2), (6.2, 0.4, 13.4))
    place("church", front, into, (-1.5, 58.0, KERB))
    tower = Shape().box((0, 0, 0), (3.6, 3.6, 11))
    for inset, low, high in ((-0.15, 11, 11.3), (0.3, 14, 14.4)):
        tower.box((inset, inset, low), (3.6 - inset, 3.6 - inset, high))
    for x in (0.4, 2.6):
        for y in (0.4, 2.6):
            tower.box((x, y, 11.3), (x + 0.6, y + 0.6, 14))
    tower.loft(
        [
            [(1.8 + x * r, 1.8 + y * r, z) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            for r, z in ((1.6, 14.4), (1.2, 15.6), (0.1, 18))
        ]
    )
    place("church_tower", tower, into, (9.6, 58.0, KERB))


def _build_skyline(into: bpy.types.Collection) -> None:
    """Stand a few plain blocks behind everything, so that no street ends in the void."""
    for number, (x, y, width, height) in enumerate(SKYLINE, 1):
        tower = Shape().block((0, 0, 0), (width, 9, height))
        tower.block((width * 0.2, 1, height), (width * 0.3, 4, 1.6))
        place(f"skyline_{number}", tower, into, (x, y, 0))
