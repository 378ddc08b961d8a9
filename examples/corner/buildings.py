"""The houses behind the action: walls with windows, doors, steps, awnings and railings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import bpy

from . import KERB
from .shapes import Opening, Point, Shape, mirror, place, place_data, repeat

STOREY = 3.0
RECESS = 0.16
DOOR = (0.9, 2.05)


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
    awning: bool = False
    balcony: bool = False


EAST_SIDE, WEST_SIDE = -math.pi / 2, math.pi / 2
HOUSES = (
    House("house_blue", -10.4, 6.6, 6.0, 7.0, 3, 3, door=2, awning=True, balcony=True),
    House("house_tin", -18.6, 6.2, 7.6, 8.0, 2, 3, roof="gable", door=0, awning=True),
    House("house_west", -30.5, 6.8, 11.4, 9.0, 3, 4, door=1),
    House("house_corner", 10.9, 15.2, 9.0, 9.0, 3, 3, turn=EAST_SIDE, door=2, awning=True),
    House("house_shop", 10.9, 6.4, 8.4, 8.4, 2, 3, door=1, awning=True, balcony=True),
    House("house_east_1", 19.9, 6.4, 7.0, 8.0, 3, 3, door=0),
    House("house_east_2", 27.5, 6.6, 9.5, 8.0, 2, 4, roof="gable", door=1, awning=True),
    House("house_east_3", 37.6, 6.4, 9.0, 9.0, 4, 3, door=1),
    House("house_lane_1", 1.3, 13.2, 8.0, 5.5, 2, 3, turn=WEST_SIDE, door=0, roof="gable"),
    House("house_lane_2", 1.3, 21.8, 9.5, 6.0, 3, 4, turn=WEST_SIDE, door=1, awning=True),
    House("house_lane_3", 10.9, 25.0, 9.0, 6.0, 2, 3, turn=EAST_SIDE, door=1, roof="gable"),
    House("house_lane_4", 1.3, 32.0, 12.0, 6.0, 2, 4, turn=WEST_SIDE, door=2),
    House("house_lane_5", 10.9, 38.0, 12.0, 6.0, 3, 4, turn=EAST_SIDE, door=1),
)
