"""Our UV map: a good layout for any mesh, and nothing of the artist's touched."""

import time
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import charts, flat, packing
from underpaint_addon.bridge.polygons import Polygons
from underpaint_addon.bridge.unwrap import UV_MAP, ensure_uv, has_current_uv, unwrap

from underpaint.errors import InputError

from .surfaces import cover

SIZE = 512
GAP = 1 / 256


def add_mesh(name: str, points: Sequence, faces: Sequence) -> bpy.types.Object:
    """A new object in the scene."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(map(float, p)) for p in points], [], [tuple(f) for f in faces])
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    bpy.context.view_layer.update()
    return obj


def spiral(turns: int = 4, steps: int = 24) -> tuple[list, list]:
    """A ramp that passes over itself: one smooth sheet that no single projection can hold."""
    angles = np.arange(turns * steps + 1) * 2 * np.pi / steps
    points = [(r * np.cos(a), r * np.sin(a), 0.1 * a / np.pi) for a in angles for r in (1.0, 2.0)]
    faces = [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(len(angles) - 1)]
    return points, faces


def boxes(count: int, seed: int = 0) -> tuple[list, list]:
    """Loose boxes of many sizes, joined in one mesh as blocking often is."""
    rng = np.random.default_rng(seed)
    corners = np.array([(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    sides = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    points, faces = [], []
    for _ in range(count):
        faces += [tuple(len(points) + i for i in side) for side in sides]
        points += list(corners * rng.uniform(0.2, 3.0, 3) + rng.uniform(-10, 10, 3))
    return points, faces


def rock(subdivisions: int) -> bpy.types.Object:
    """A noisy ball."""
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=subdivisions)
    obj = bpy.context.object
    points = np.empty(3 * len(obj.data.vertices), dtype=np.float32)
    obj.data.vertices.foreach_get("co", points)
    points = points.reshape(-1, 3)
    rng = np.random.default_rng(1)
    bumps = np.sin(points @ rng.normal(size=(3, 6)) * 5).sum(axis=1) / 10
    grain = rng.normal(size=len(points)) * 0.002
    obj.data.vertices.foreach_set("co", (points * (1 + bumps + grain)[:, None]).ravel())
    return obj


def monkey() -> bpy.types.Object:
    """Suzanne."""
    bpy.ops.mesh.primitive_monkey_add()
    return bpy.context.object


SHAPES = {
    "cube": lambda: bpy.data.objects["Cube"],
    "monkey": monkey,
    "spiral": lambda: add_mesh("spiral", *spiral()),
    "boxes": lambda: add_mesh("boxes", *boxes(25)),
    "rock": lambda: rock(4),
}


def uv_of(mesh: bpy.types.Mesh, name: str = UV_MAP) -> np.ndarray:
    """(L, 2) of a UV map."""
    values = np.empty(2 * len(mesh.loops), dtype=np.float32)
    mesh.uv_layers[name].uv.foreach_get("vector", values)
    return values.reshape(-1, 2)


def triangles_of(mesh: bpy.types.Mesh) -> tuple[np.ndarray, np.ndarray]:
    """(T, 3) loops and (T,) faces."""
    mesh.calc_loop_triangles()
    loops = np.array([t.loops[:] for t in mesh.loop_triangles])
    return loops, np.array([t.polygon_index for t in mesh.loop_triangles])


def islands(mesh: bpy.types.Mesh, uv: np.ndarray) -> np.ndarray:
    """(F,) island of each face: faces that share a point at one UV, by union."""
    root = list(range(len(mesh.polygons)))

    def find(i: int) -> int:
        while root[i] != i:
            i = root[i]
        return i

    seen: dict[tuple, int] = {}
    for face in mesh.polygons:
        for loop in face.loop_indices:
            key = (mesh.loops[loop].vertex_index, *np.rint(uv[loop] * 1e5).astype(int).tolist())
            root[find(face.index)] = find(seen.setdefault(key, face.index))
    return np.array([find(i) for i in range(len(root))])


@pytest.mark.parametrize("shape", SHAPES)
def test_layout_is_sound(scene, shape):
    obj = SHAPES[shape]()
    assert ensure_uv(obj) == UV_MAP
    mesh = obj.data
    uv = uv_of(mesh)
    assert uv.min() > 0 and uv.max() < 1
    loops, faces = triangles_of(mesh)
    island = islands(mesh, uv)
    canvas, twice = cover(uv[loops], island[faces], 2 * SIZE)
    assert twice == 0, "islands overlap"
    for axis in (0, 1):  # 4 texels apart at 1024: 3 steps aside no other island is met
        for step in (1, 2, 3):
            near = np.roll(canvas, step, axis=axis)
            assert not ((canvas >= 0) & (near >= 0) & (canvas != near)).any()
    density = density_of(mesh, uv)
    assert np.quantile(density / np.median(density), [0.02, 0.98]) == pytest.approx(1, abs=0.35)


def density_of(mesh: bpy.types.Mesh, uv: np.ndarray) -> np.ndarray:
    """(F,) square root of UV area over real area, of faces that have some."""
    loops, faces = triangles_of(mesh)
    a, b, c = np.moveaxis(uv[loops].astype(np.float64), 1, 0)
    u, v = b - a, c - a
    flat_area = np.bincount(faces, np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2)
    area = np.array([f.area for f in mesh.polygons])
    keep = area > 1e-5 * area.sum()
    return np.sqrt(flat_area[keep] / area[keep])


@pytest.mark.parametrize(
    ("shape", "least"),
    [("cube", 0.62), ("monkey", 0.58), ("boxes", 0.75), ("rock", 0.52), ("spiral", 0.38)],
)
def test_texture_is_used_well(scene, shape, least):
    obj = SHAPES[shape]()
    ensure_uv(obj)
    loops, faces = triangles_of(obj.data)
    canvas, _ = cover(uv_of(obj.data)[loops], faces, SIZE)
    assert (canvas >= 0).mean() > least


def test_eighty_thousand_faces_take_seconds(scene):
    obj = rock(7)
    assert len(obj.data.polygons) > 80_000
    began = time.process_time()
    ensure_uv(obj)
    assert time.process_time() - began < 4  # 1.1 s of one core


def test_very_many_islands_fit(scene):
    rng = np.random.default_rng(3)
    points = (rng.normal(size=(4000, 1, 3)) * 5 + rng.normal(size=(4000, 3, 3))).reshape(-1, 3)
    obj = add_mesh("soup", points, np.arange(12_000).reshape(-1, 3))
    ensure_uv(obj)
    uv = uv_of(obj.data)
    assert uv.min() > 0 and uv.max() < 1
    canvas, twice = cover(uv.reshape(-1, 3, 2), np.arange(4000), SIZE)
    assert twice == 0
    assert (canvas >= 0).mean() > 0.3


def test_spiral_is_cut_where_it_covers_itself():
    points, faces = spiral()
    mesh = polygons(points, faces)
    one = np.zeros(len(faces), dtype=int)
    assert len(flat.covered_faces(mesh, one)) > len(faces) / 2
    assert len(flat.covered_faces(mesh, charts.cut(mesh))) == 0


def polygons(points: Sequence, faces: Sequence) -> Polygons:
    """Quads as plain arrays."""
    quads = np.array(faces)
    corners = np.arange(quads.size).reshape(-1, 4)
    triangles = np.concatenate([corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]])
    owner = np.tile(np.arange(len(quads)), 2)
    sizes = np.full(len(quads), 4)
    return Polygons(np.array(points, float), quads.ravel(), sizes, triangles, owner)


def test_unwrap_is_the_same_each_time():
    mesh = polygons(*boxes(12))
    assert np.array_equal(unwrap(mesh, GAP), unwrap(polygons(*boxes(12)), GAP))


def test_quarter_turns_stay_in_their_box():
    box = np.array([[2.0, 1.0]] * 3)
    points = np.array([(0.0, 0.0), (2.0, 0.0), (0.5, 1.0)])
    for quarter in range(4):
        turned = packing.quarter_turned(points, box, np.full(3, quarter))
        limit = box[0] if quarter % 2 == 0 else box[0, ::-1]
        assert (turned >= 0).all() and (turned <= limit).all()
        cross = np.linalg.det([turned[1] - turned[0], turned[2] - turned[0]])
        assert cross == pytest.approx(2.0), "turned, not mirrored"


# --- the artist's data --------------------------------------------------------------------------


def test_artists_uvs_and_active_maps_stay(scene):
    mesh = bpy.data.objects["Cube"].data
    mesh.uv_layers.new(name="second")
    mesh.uv_layers["second"].active = True
    mesh.uv_layers["UVMap"].active_render = True
    before = uv_of(mesh, "UVMap").copy()
    ensure_uv(bpy.data.objects["Cube"])
    assert [layer.name for layer in mesh.uv_layers] == ["UVMap", "second", UV_MAP]
    assert mesh.uv_layers.active.name == "second"
    assert [layer.active_render for layer in mesh.uv_layers] == [True, False, False]
    assert np.array_equal(uv_of(mesh, "UVMap"), before)


def test_second_call_keeps_the_map_and_new_faces_remake_it(scene):
    obj = bpy.data.objects["Cube"]
    ensure_uv(obj)
    first = uv_of(obj.data)
    obj.data.vertices[0].co.x += 5.0  # shape is not topology: a painted texture stays valid
    ensure_uv(obj)
    assert np.array_equal(uv_of(obj.data), first)
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.mesh.subdivide()
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not has_current_uv(obj)
    ensure_uv(obj)
    assert has_current_uv(obj) and len(obj.data.uv_layers) == 2
    assert len(uv_of(obj.data)) == 96


def test_edit_mode_is_not_left(scene):
    obj = monkey()
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="DESELECT")
    active = obj.data.uv_layers.active.name
    ensure_uv(obj)
    assert obj.mode == "EDIT"
    assert obj.data.uv_layers.active.name == active
    bpy.ops.object.mode_set(mode="OBJECT")
    assert not any(v.select for v in obj.data.vertices)
    loops, faces = triangles_of(obj.data)
    canvas, twice = cover(uv_of(obj.data)[loops], faces, SIZE)
    assert twice == 0 and (canvas >= 0).mean() > 0.5
    assert has_current_uv(obj)


def test_hidden_excluded_and_unselected_objects(scene):
    shut = bpy.data.collections.new("shut")
    scene.collection.children.link(shut)
    obj = bpy.data.objects["Cube"].copy()
    obj.data = obj.data.copy()
    shut.objects.link(obj)
    obj.hide_viewport = obj.hide_render = True
    bpy.context.view_layer.layer_collection.children["shut"].exclude = True
    selected = [o.name for o in bpy.context.selected_objects]
    active = bpy.context.view_layer.objects.active
    ensure_uv(obj)
    assert UV_MAP in obj.data.uv_layers
    assert [o.name for o in bpy.context.selected_objects] == selected
    assert bpy.context.view_layer.objects.active == active


def test_scale_counts_and_mirroring_does_no_harm(scene):
    obj = bpy.data.objects["Cube"]
    obj.scale = (-4.0, 1.0, 1.0)
    bpy.context.view_layer.update()
    ensure_uv(obj)
    uv = uv_of(obj.data)
    spans = [np.ptp(uv[list(f.loop_indices)], axis=0) for f in obj.data.polygons]
    sides = sorted(round(float(max(s) / min(s)), 2) for s in spans)
    assert sides == [1.0, 1.0, 4.0, 4.0, 4.0, 4.0]


def test_shared_mesh_gets_one_map(scene):
    first = bpy.data.objects["Cube"]
    second = first.copy()
    scene.collection.objects.link(second)
    ensure_uv(first)
    before = uv_of(first.data)
    ensure_uv(second)
    assert np.array_equal(uv_of(second.data), before) and len(second.data.uv_layers) == 2


def test_ngons_loose_edges_and_faces_without_area(scene):
    points = [
        (0, 0, 0),
        (3, 0, 0),
        (3, 1, 0),
        (1, 1, 0),
        (1, 3, 0),
        (0, 3, 0),
        (9, 9, 9),
        (0, 1, 0),
    ]
    obj = add_mesh("odd", points, [(0, 1, 2, 3, 4, 5), (0, 5, 7)])
    ensure_uv(obj)
    uv = uv_of(obj.data)
    assert np.isfinite(uv).all() and uv.min() > 0 and uv.max() < 1
    loops, faces = triangles_of(obj.data)
    canvas, twice = cover(uv[loops], faces, SIZE)
    assert twice == 0 and (canvas == 0).mean() > 0.45


def test_mesh_without_uv_maps(scene):
    obj = add_mesh("bare", [(0, 0, 0), (1, 0, 0), (0, 1, 0)], [(0, 1, 2)])
    ensure_uv(obj)
    assert [layer.name for layer in obj.data.uv_layers] == [UV_MAP]


# --- what cannot be done -------------------------------------------------------------------------


def test_no_faces_no_area_no_mesh(scene):
    points = [(0, 0, 0), (1, 0, 0), (2, 0, 0)]
    with pytest.raises(InputError, match="has no faces"):
        ensure_uv(add_mesh("points", points, []))
    with pytest.raises(InputError, match="has no area"):
        ensure_uv(add_mesh("line", points, [(0, 1, 2)]))
    with pytest.raises(InputError, match="convert it"):
        ensure_uv(bpy.data.objects["Camera"])


def test_collection_instance_is_named(scene):
    empty = bpy.data.objects.new("row of houses", None)
    empty.instance_type, empty.instance_collection = "COLLECTION", bpy.data.collections[0]
    with pytest.raises(InputError, match="row of houses is an instance of the collection"):
        ensure_uv(empty)


def test_foreign_map_of_our_name_is_not_overwritten(scene):
    obj = bpy.data.objects["Cube"]
    obj.data.uv_layers["UVMap"].name = UV_MAP
    before = uv_of(obj.data)
    with pytest.raises(InputError, match="not ours"):
        ensure_uv(obj)
    assert np.array_equal(uv_of(obj.data), before)


@pytest.mark.parametrize("mode", ["OBJECT", "EDIT"])
def test_no_room_for_another_map(scene, mode):
    obj = bpy.data.objects["Cube"]
    for n in range(7):
        obj.data.uv_layers.new(name=f"map {n}")
    bpy.context.view_layer.objects.active = obj
    bpy.ops.object.mode_set(mode=mode)
    with pytest.raises(InputError, match="most UV maps"):
        ensure_uv(obj)
    assert len(obj.data.uv_layers) == 8


def test_linked_mesh_is_left_alone(scene, tmp_path: Path):
    library = tmp_path / "set.blend"
    bpy.data.libraries.write(str(library), {bpy.data.objects["Cube"]})
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = ["Cube"]
    linked = into.objects[0]
    scene.collection.objects.link(linked)
    with pytest.raises(InputError, match="make a library override of it"):
        ensure_uv(linked)
    override = linked.override_create()
    with pytest.raises(InputError, match="is linked from a library: make it local"):
        ensure_uv(override)


def test_another_attribute_of_that_name_is_told(scene):
    cube = scene.objects["Cube"]
    cube.data.attributes.new("Underpaint", "FLOAT", "POINT")
    for _ in range(2):
        with pytest.raises(InputError, match="rename it"):
            ensure_uv(cube)
    assert [layer.name for layer in cube.data.uv_layers] == ["UVMap"]
