"""Random blocking sets, as a previs artist builds them: streets, rooms, tables, hills, plazas."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from underpaint.training.builder import Builder


def figure(b: Builder, height: float) -> None:
    """A mannequin of capsules at the frame's origin, facing +Y, in some pose."""
    r, h = b.rng, height
    stride, swing = r.uniform(-0.16, 0.16) * h, r.uniform(-0.2, 0.2) * h
    hip, shoulder = 0.5 * h, 0.8 * h
    with b.thing():
        for side, sign in ((-1, -1), (1, 1)):
            x, foot = side * 0.06 * h, sign * stride
            knee = (x, foot * 0.5 + 0.03 * h, 0.27 * h)
            b.limb("wood", (x, 0, hip), knee, 0.05 * h)
            b.limb("wood", knee, (x, foot, 0.05 * h), 0.038 * h)
            b.limb("wood", (x, foot, 0.025 * h), (x, foot + 0.08 * h, 0.02 * h), 0.025 * h)
            lift = r.choice((0.0, 0.0, 0.0, r.uniform(0, 0.35) * h))
            elbow = (x * 2.5, -sign * swing * 0.4, shoulder - 0.17 * h + lift * 0.5)
            hand = (x * 2.6, -sign * swing + 0.04 * h + lift * 0.4, shoulder - 0.32 * h + lift)
            b.limb("cloth", (x * 1.9, 0, shoulder), elbow, 0.034 * h)
            b.limb("skin", elbow, hand, 0.027 * h)
        b.ball("cloth", (0, 0, 0.66 * h), (0.115 * h, 0.075 * h, 0.18 * h))
        b.limb("cloth", (-0.1 * h, 0, shoulder), (0.1 * h, 0, shoulder), 0.05 * h)
        b.limb("cloth", (-0.05 * h, 0, hip), (0.05 * h, 0, hip), 0.07 * h)
        b.ball("skin", (0, 0.01 * h, 0.925 * h), (0.06 * h, 0.07 * h, 0.08 * h))
    b.target((0, 0, 0.8 * h), 0.5 * h)
    b.target((0, 0, 0.55 * h), 1.1 * h)


def people(b: Builder, count: int, area: float) -> None:
    """Figures about the frame's origin, some of them in talk with each other."""
    for _ in range(count):
        place = (b.rng.uniform(-area, area), b.rng.uniform(-area, area), 0.0)
        with b.at(place, b.rng.uniform(0, math.tau)):
            figure(b, b.rng.uniform(1.45, 1.95))
        if b.rng.random() < 0.35:
            other = (place[0] + b.rng.uniform(0.6, 1.2), place[1] + b.rng.uniform(-0.4, 0.4), 0.0)
            with b.at(other, b.rng.uniform(0, math.tau)):
                figure(b, b.rng.uniform(1.2, 1.9))


def lamp_post(b: Builder) -> None:
    r = b.rng
    h, reach = r.uniform(3.2, 6.0), r.choice((0.0, r.uniform(0.5, 1.4)))
    b.drum("metal", (0, 0, 0), r.uniform(0.04, 0.09), h)
    b.drum("metal", (0, 0, 0), 0.14, r.uniform(0.2, 0.6))
    if reach:
        b.limb("metal", (0, 0, h), (reach, 0, h + 0.1), 0.04)
        b.box("lamp", (reach, 0, h - 0.06), (0.45, 0.25, 0.12))
    else:
        b.ball("lamp", (0, 0, h + 0.18), (0.2, 0.2, r.uniform(0.18, 0.28)))


def tree(b: Builder) -> None:
    r = b.rng
    h = r.uniform(2.5, 6.5)
    b.drum("wood", (0, 0, 0), 0.04 * h, 0.55 * h)
    with b.thing():
        if r.random() < 0.2:
            for i in range(3):
                b.cone("leaf", (0, 0, (0.25 + 0.22 * i) * h), (0.33 - 0.08 * i) * h, 0.4 * h)
            return
        for _ in range(r.randint(3, 8)):
            angle, away = r.uniform(0, math.tau), r.uniform(0, 0.2) * h
            size = r.uniform(0.14, 0.26) * h
            where = (away * math.cos(angle), away * math.sin(angle), r.uniform(0.55, 0.9) * h)
            b.ball("leaf", where, (size, size, size * r.uniform(0.6, 1)))


def vehicle(b: Builder) -> None:
    """A jeepney, bus, van or car of boxes, its nose toward +X."""
    r = b.rng
    length, width, tall = r.uniform(3.4, 6.5), r.uniform(1.6, 2.2), r.uniform(1.2, 2.1)
    hood = r.uniform(0, 0.3) * length
    with b.thing():
        b.box("vehicle", (0, 0, 0.4), (length, width, 0.55 * tall))
        b.box("vehicle", (-hood / 2, 0, 0.4), (length - hood, width * 0.94, tall))
        b.box("vehicle", (-hood / 2, 0, 0.4 + tall), (length - hood + 0.15, width, 0.1))
    glass = 0.3 * tall
    cabin = length - hood
    for i in range(r.randint(2, 5)):
        step = cabin / 5
        b.box(
            "window",
            (-length / 2 + step * (i + 0.6), 0, 0.45 + 0.6 * tall),
            (step * 0.8, width, glass),
        )
    b.box("window", (length / 2 - hood, 0, 0.45 + 0.6 * tall), (0.06, width * 0.8, glass))
    for x in (-0.32, 0.34):
        for y in (-0.5, 0.5):
            b.drum("metal", (x * length, y * width, 0.26), 0.38, 0.24, (math.pi / 2, 0, 0))
    for y in (-0.35, 0.35):
        b.ball("lamp", (length / 2, y * width, 0.75), (0.06, 0.13, 0.13))
    b.target((0, 0, 0.9), 2.4)


def awning(b: Builder, width: float, y: float, z: float) -> None:
    """A slanted sheet out of a wall toward -Y, at times on two poles."""
    r = b.rng
    reach, slope = r.uniform(0.8, 2.0), r.uniform(0.1, 0.5)
    b.box("roof", (0, y - reach / 2, z - reach * slope / 2), (width, reach, 0.06), (slope, 0, 0))
    if r.random() < 0.5:
        for x in (-0.46, 0.46):
            b.drum("metal", (x * width, y - reach * 0.92, 0), 0.035, z - reach * slope)


def windows(b: Builder, width: float, y: float, low: float, high: float) -> None:
    r = b.rng
    rows, columns = max(1, int((high - low) / 2.8)), max(1, int(width / r.uniform(1.4, 2.6)))
    w, h, proud = r.uniform(0.6, 1.1), r.uniform(0.9, 1.6), r.choice((0.04, 0.08))
    for i in range(min(rows, 4)):
        z = low + 0.7 + i * (high - low) / rows
        for j in range(min(columns, 5)):
            x = (j + 0.5 - columns / 2) * width / columns
            b.box("window", (x, y, z), (w, proud, h))
            if proud > 0.05:
                b.box("stone", (x, y, z - 0.1), (w + 0.25, 0.3, 0.09))


def building(b: Builder, width: float, depth: float, height: float) -> None:
    """A house whose front is at y = 0, toward -Y."""
    r = b.rng
    b.box("wall", (0, depth / 2, 0), (width, depth, height))
    if r.random() < 0.6:
        windows(b, width, 0, r.choice((0.3, 2.8)), height)
    x = r.uniform(-0.3, 0.3) * width
    b.box("wood", (x, 0, 0), (r.uniform(0.9, 1.4), 0.1, 2.1))
    for i in range(r.choice((0, 0, 2, 3))):
        b.box("stone", (x, -0.3 * (3 - i) / 2, 0.16 * i), (2.0, 0.3 * (3 - i), 0.16))
    if r.random() < 0.5:
        with b.at((r.uniform(-0.2, 0.2) * width, 0, 0)):
            awning(b, width * r.uniform(0.4, 0.95), 0, r.uniform(2.4, 3.2))
    top = r.random()
    if top < 0.35:
        b.box("roof", (0, depth / 2 - 0.2, height), (width + 0.6, depth + 0.8, 0.25))
    elif top < 0.6:
        slope = r.uniform(0.3, 0.7)
        reach = depth / 2 / math.cos(slope) + 0.4
        rise = height + depth / 4 * math.tan(slope)
        for sign in (-1, 1):
            y = depth / 2 + sign * depth / 4
            b.box("roof", (0, y, rise - 0.1), (width + 0.6, reach, 0.15), (-sign * slope, 0, 0))
    b.target((x, -0.2, 1.6), 3.2)


def store(b: Builder) -> None:
    """A sari-sari store: a booth with an open counter, goods, an awning."""
    r = b.rng
    w, d, h = r.uniform(2.4, 4.2), r.uniform(1.8, 3), r.uniform(2.4, 3.1)
    b.box("wall", (0, d, 0), (w, 0.1, h))
    for x in (-0.5, 0.5):
        b.box("wall", (x * w, d / 2, 0), (0.1, d, h))
    b.box("wood", (0, 0, 0), (w, 0.12, 1.0))
    b.box("wood", (0, -0.12, 1.0), (w + 0.1, 0.5, 0.06))
    b.box("wall", (0, 0, h - 0.5), (w, 0.1, 0.5))
    b.box("roof", (0, d / 2, h), (w + 0.4, d + 0.4, 0.12))
    b.box("lamp", (0, d * 0.5, h - 0.3), (0.5, 0.1, 0.1))
    for level in (1.1, 1.6):
        b.box("wood", (0, d - 0.3, level), (w * 0.95, 0.4, 0.04))
    goods(b, r.randint(2, 6), (0, -0.12, 1.06), w * 0.4, 0.12)
    goods(b, r.randint(2, 6), (0, d - 0.3, 1.64), w * 0.4, 0.12)
    awning(b, w + 0.4, 0, h)
    b.target((0, 0, 1.4), 2.6)


def goods(
    b: Builder, count: int, base: tuple[float, float, float], spread: float, size: float
) -> None:
    """Small things in a row: boxes, jars, bottles, fruit."""
    r = b.rng
    for i in range(count):
        x = base[0] + (i + 0.5 - count / 2) * 2 * spread / count
        s = size * r.uniform(0.6, 1.3)
        where = (x, base[1] + r.uniform(-0.3, 0.3) * size, base[2])
        shape = r.randrange(4)
        if shape == 0:
            b.box(
                "prop", where, (s * 1.4, s * 1.1, s * r.uniform(1, 3)), (0, 0, r.uniform(-0.4, 0.4))
            )
        elif shape == 1:
            b.drum("prop", where, s * 0.6, s * r.uniform(1, 2.2))
        elif shape == 2:
            b.ball("prop", (where[0], where[1], where[2] + s * 0.7), (s * 0.7,) * 3)
        else:
            with b.thing():
                b.drum("prop", where, s * 0.5, s * 1.6)
                b.cone("prop", (where[0], where[1], where[2] + s * 1.6), s * 0.5, s)
                b.drum("prop", (where[0], where[1], where[2] + s * 2), s * 0.17, s * 0.8)


def street(b: Builder) -> None:
    r = b.rng
    b.box("ground", (0, 0, -1), (r.choice((60.0, 160.0)),) * 2 + (1.0,))
    road = r.uniform(4, 9)
    for side, turn in ((1, 0.0), (-1, math.pi)):
        if side < 0 and r.random() < 0.35:
            continue
        b.box("stone", (0, side * (road / 2 + 1.6), 0), (60, 3.2, r.uniform(0.1, 0.2)))
        x = -r.uniform(8, 24)
        while x < 22:
            width = r.uniform(4, 10)
            with b.at((x + width / 2, side * (road / 2 + 3.2 + r.uniform(0, 0.8)), 0), turn):
                if r.random() < 0.25:
                    store(b)
                else:
                    building(b, width, r.uniform(4, 9), r.uniform(2.8, 10))
            x += width + r.choice((0.0, 0.05, r.uniform(0.5, 5)))
        for _ in range(r.randint(1, 4)):
            with b.at(
                (r.uniform(-14, 14), side * (road / 2 + 0.4), 0.1), -turn + side * -math.pi / 2
            ):
                r.choice((lamp_post, lamp_post, tree))(b)
    for _ in range(r.choice((0, 1, 1, 2))):
        with b.at((r.uniform(-9, 9), r.uniform(-0.25, 0.25) * road, 0), r.choice((0, math.pi))):
            vehicle(b)
    with b.at((r.uniform(-5, 5), r.choice((-1, 1, 0.2)) * road / 2, 0.1)):
        people(b, r.randint(1, 3), 2.5)
        if r.random() < 0.5:
            goods(b, 4, (r.uniform(-3, 3), r.uniform(-1, 1), 0), 1.5, 0.4)


def room(b: Builder) -> None:
    r = b.rng
    w, d, h = r.uniform(4, 9), r.uniform(4, 9), r.uniform(2.5, 3.8)
    b.box("ground", (0, 0, -0.2), (w, d, 0.2))
    if r.random() < 0.7:
        b.box("wall", (0, 0, h), (w, d, 0.2))
    for x, y, sx, sy in (
        (0, d / 2, w, 0.2),
        (-w / 2, 0, 0.2, d),
        (w / 2, 0, 0.2, d),
        (0, -d / 2, w, 0.2),
    ):
        b.box("wall", (x, y, 0), (sx + 0.2, sy + 0.2, h))
    for _ in range(r.randint(1, 3)):
        b.box("window", (r.uniform(-0.35, 0.35) * w, d / 2 - 0.1, 1.0), (1.2, 0.08, 1.3))
    b.box("wood", (r.uniform(-0.4, 0.4) * w, d / 2 - 0.1, 0), (0.95, 0.1, 2.1))
    with b.at((r.uniform(-1, 1), r.uniform(-0.6, 1), 0), r.uniform(-0.5, 0.5)):
        table(b, r.uniform(0.5, 1.1), r.uniform(0.35, 0.6), 0.74)
        for _ in range(r.randint(0, 3)):
            with b.at((r.uniform(-1.2, 1.2), r.uniform(-1.1, 1.1), 0), r.uniform(0, math.tau)):
                chair(b)
    for _ in range(r.randint(1, 3)):
        size = (r.uniform(0.5, 2), r.uniform(0.4, 0.9), r.uniform(0.4, 2))
        b.box("wood", (r.uniform(-0.42, 0.42) * w, d / 2 - 0.6, 0), size)
    with b.at((r.uniform(-0.4, 0.4) * w, r.uniform(-0.2, 0.4) * d, 0)):
        b.drum("metal", (0, 0, 0), 0.02, 1.5)
        b.cone("lamp", (0, 0, 1.4), 0.22, 0.35)
    people(b, r.randint(0, 2), 1.6)
    b.target((0, d / 4, 1.2), 2.2)


def table(b: Builder, half: float, deep: float, height: float) -> None:
    b.box("wood", (0, 0, height - 0.05), (2 * half, 2 * deep, 0.05))
    for x in (-0.9, 0.9):
        for y in (-0.85, 0.85):
            b.box("wood", (x * half, y * deep, 0), (0.06, 0.06, height - 0.05))
    goods(b, b.rng.randint(1, 5), (0, 0, height), half * 0.8, 0.11)
    b.target((0, 0, height + 0.1), 0.8)


def chair(b: Builder) -> None:
    with b.thing():
        b.box("wood", (0, 0, 0.42), (0.42, 0.42, 0.05))
        b.box("wood", (0, 0.2, 0.45), (0.42, 0.04, 0.5))
        for x in (-0.18, 0.18):
            for y in (-0.18, 0.18):
                b.box("wood", (x, y, 0), (0.04, 0.04, 0.42))


def table_top(b: Builder) -> None:
    r = b.rng
    b.box("wood", (0, 0, -0.1), (r.uniform(1.2, 4), r.uniform(0.9, 3), 0.1))
    if r.random() < 0.7:
        b.box("wall", (0, r.uniform(0.7, 1.6), -1), (8, 0.1, 5))
    for y in (-0.25, 0.0, 0.28):
        goods(b, r.randint(1, 4), (r.uniform(-0.1, 0.1), y, 0), 0.4, r.uniform(0.06, 0.13))
    if r.random() < 0.4:
        with b.at((r.uniform(-0.4, 0.4), 0.4, 0)):
            b.drum("metal", (0, 0, 0), 0.015, 0.4)
            b.cone("lamp", (0, 0, 0.35), 0.13, 0.18)
    b.target((0, 0, 0.1), r.uniform(0.3, 0.8))
    b.target((r.uniform(-0.2, 0.2), 0, 0.08), 0.3)


def landscape(b: Builder) -> None:
    r = b.rng
    b.box("ground", (0, 0, -1), (r.choice((80.0, 300.0)),) * 2 + (1.0,))
    for _ in range(r.randint(2, 7)):
        where = (r.uniform(-50, 50), r.uniform(12, 90), -1.0)
        size = r.uniform(6, 30)
        if r.random() < 0.35:
            b.cone("rock", where, size, size * r.uniform(0.6, 1.4))
        else:
            b.ball("leaf", where, (size, size, size * r.uniform(0.15, 0.5)))
    for _ in range(r.randint(2, 9)):
        with b.at((r.uniform(-14, 14), r.uniform(-3, 30), 0), r.uniform(0, math.tau)):
            tree(b)
    for _ in range(r.randint(1, 6)):
        s = r.uniform(0.2, 1.6)
        turn = (r.uniform(-0.5, 0.5), r.uniform(-0.5, 0.5), r.uniform(0, 3))
        where = (r.uniform(-8, 8), r.uniform(-5, 12), 0.1 * s)
        r.choice((b.ball, b.box))("rock", where, (s, s * r.uniform(0.6, 1), s * 0.7), turn)
    if r.random() < 0.6:
        with b.at((r.uniform(-5, 5), r.uniform(4, 14), 0), r.uniform(-0.6, 0.6)):
            building(b, r.uniform(3, 6), r.uniform(3, 5), r.uniform(2.3, 3.4))
    people(b, r.randint(1, 2), 2.5)


def plaza(b: Builder) -> None:
    """Stairs, columns, plinths and benches."""
    r = b.rng
    b.box("ground", (0, 0, -1), (120, 120, 1))
    count, rise, deep, width = (
        r.randint(3, 10),
        r.uniform(0.14, 0.2),
        r.uniform(0.28, 0.5),
        r.uniform(3, 12),
    )
    for i in range(count):
        b.box("stone", (0, 3 + deep * i + 3, 0), (width, deep + 6, rise * (i + 1)))
    top = rise * count
    tall = r.uniform(3, 6)
    for i in range(r.randint(0, 5)):
        x = (i - 2) * width / 5
        b.drum("stone", (x, 3.6 + deep * count, top), r.uniform(0.2, 0.35), tall)
        b.box("stone", (x, 3.6 + deep * count, top + tall), (0.9, 0.9, 0.25))
    with b.at((0, 5 + deep * count, top)):
        building(b, width * 1.1, 6, tall + 1)
    for _ in range(r.randint(1, 4)):
        with b.at((r.uniform(-6, 6), r.uniform(-4, 2), 0), r.uniform(0, 3)):
            r.choice((tree, lamp_post, bench, plinth))(b)
    people(b, r.randint(1, 4), 2.5)


def bench(b: Builder) -> None:
    b.box("wood", (0, 0, 0.42), (1.7, 0.45, 0.06))
    b.box("wood", (0, 0.22, 0.5), (1.7, 0.05, 0.4))
    for x in (-0.7, 0.7):
        b.box("stone", (x, 0, 0), (0.1, 0.4, 0.42))


def plinth(b: Builder) -> None:
    b.box("stone", (0, 0, 0), (1.2, 1.2, 0.5))
    b.box("stone", (0, 0, 0.5), (0.8, 0.8, 0.9))
    with b.at((0, 0, 1.4)):
        figure(b, 1.8)


def stage(b: Builder) -> None:
    """Figures and a few plain shapes on bare ground: a two-shot before there is a set."""
    r = b.rng
    b.box("ground", (0, 0, -1), (r.choice((20.0, 120.0)),) * 2 + (1.0,))
    if r.random() < 0.5:
        b.box("wall", (0, r.uniform(3, 6), 0), (r.uniform(6, 20), 0.3, r.uniform(2.5, 5)))
    people(b, r.randint(1, 3), 1.3)
    for _ in range(r.randint(1, 6)):
        s = r.uniform(0.3, 1.5)
        where = (r.uniform(-4, 4), r.uniform(-1, 5), 0.0)
        kind = r.choice(("prop", "stone", "wood", "wall"))
        shape = r.randrange(4)
        if shape == 0:
            b.box(
                kind,
                where,
                (s, s * r.uniform(0.5, 1.5), s * r.uniform(0.5, 2)),
                (0, 0, r.uniform(0, 3)),
            )
        elif shape == 1:
            b.drum(kind, where, s * 0.5, s * r.uniform(0.5, 3))
        elif shape == 2:
            b.ball(kind, (where[0], where[1], s * 0.6), (s * 0.6,) * 3)
        else:
            b.cone(kind, where, s * 0.5, s * 1.5)


SETS: dict[str, tuple[Callable[[Builder], None], float]] = {
    "street": (street, 0.44),
    "stage": (stage, 0.16),
    "landscape": (landscape, 0.12),
    "room": (room, 0.12),
    "plaza": (plaza, 0.08),
    "table": (table_top, 0.08),
}


def build(rng: random.Random) -> tuple[str, Builder]:
    """A random set: its name and what stands in it."""
    name = rng.choices(list(SETS), [weight for _, weight in SETS.values()])[0]
    builder = Builder(rng)
    SETS[name][0](builder)
    return name, builder
