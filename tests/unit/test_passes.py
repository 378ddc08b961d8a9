"""EXR in, controls out, against a sphere and a plane whose depth and normals are known."""

from __future__ import annotations

import math
import tracemalloc

import numpy as np
import OpenEXR
import pytest

from underpaint.errors import InputError
from underpaint.passes.blocking import blocking_picture
from underpaint.passes.depth import depth_control, depth_range
from underpaint.passes.edges import edge_control
from underpaint.passes.exr import Passes, read_passes
from underpaint.passes.normals import normal_control, to_camera_space
from underpaint.passes.segments import segment_control

WIDTH, HEIGHT = 96, 64
SCALE = 1.5  # half the width spans 1/SCALE metres at one metre's depth
CENTRE, RADIUS = np.array([0.2, 0.1, -5.0]), 1.0
GROUND = -1.2
TILT = math.radians(25)
CAMERA = np.array(
    [
        [math.cos(TILT), 0, math.sin(TILT), 3.0],
        [0, 1, 0, -2.0],
        [-math.sin(TILT), 0, math.cos(TILT), 1.5],
        [0, 0, 0, 1],
    ]
)
SPHERE_ID, PLANE_ID = 4, 9


def truth():
    """Closed form: depth, camera-space normals and ids of a sphere above a plane y = GROUND."""
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    x = ((columns + 0.5) / WIDTH * 2 - 1) / SCALE
    y = (1 - (rows + 0.5) / HEIGHT * 2) / SCALE * HEIGHT / WIDTH
    ray = np.stack([x, y, -np.ones_like(x)], -1)
    a, b = (ray**2).sum(-1), -(ray @ CENTRE)
    disc = b * b - a * (CENTRE @ CENTRE - RADIUS**2)
    sphere = np.where(disc >= 0, (-b - np.sqrt(np.maximum(disc, 0))) / a, np.inf)
    with np.errstate(divide="ignore"):
        plane = np.where(y < 0, GROUND / y, np.inf)
    depth = np.minimum(sphere, plane)
    on_sphere = sphere <= plane
    point = ray * np.where(np.isfinite(depth), depth, 0)[..., None]
    normal = np.where(on_sphere[..., None], (point - CENTRE) / RADIUS, [0.0, 1.0, 0.0])
    ids = np.where(np.isfinite(depth), np.where(on_sphere, SPHERE_ID, PLANE_ID), 0)
    normal = np.where(np.isfinite(depth)[..., None], normal, [0.0, 0.0, 1.0])
    return depth, normal, ids


def channels() -> dict[str, np.ndarray]:
    """What Blender writes of it: depth 1e10 where nothing is hit, normals in world space."""
    depth, normal, ids = truth()
    hit = np.isfinite(depth)
    world = np.where(hit[..., None], normal @ CAMERA[:3, :3].T, 0)
    zero = np.zeros_like(depth)
    planes = {
        "Depth.Z": np.where(hit, depth, 1e10),
        "Normal.X": world[..., 0], "Normal.Y": world[..., 1], "Normal.Z": world[..., 2],
        "Position.X": zero, "Position.Y": zero + 1, "Position.Z": zero + 2,
        "UV.U": zero + 0.25, "UV.V": zero + 0.5, "UV.A": zero + 1,
        "IndexOB.X": ids.astype(float),
        "Vector.X": zero, "Vector.Y": zero + 1, "Vector.Z": zero + 2, "Vector.W": zero + 3,
    }  # fmt: skip
    return {name: plane.astype(np.float32) for name, plane in planes.items()}


def write_single_part(path) -> None:
    """As Blender 4.2: one part, every channel led by the view layer's name."""
    named = {f"ViewLayer.{name}": plane for name, plane in channels().items()}
    OpenEXR.File(
        {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}, named
    ).write(str(path))


def write_multi_part(path) -> None:
    """As Blender 5: one part a pass, the first of them Combined."""
    groups: dict[str, dict[str, np.ndarray]] = {"Combined": {}}
    for letter in "RGBA":
        groups["Combined"][letter] = np.full((HEIGHT, WIDTH), 0.5, np.float32)
    for name, plane in channels().items():
        pass_name, letter = name.split(".")
        pass_name = {"IndexOB": "Object Index"}.get(pass_name, pass_name)
        groups.setdefault(pass_name, {})[letter] = plane
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    parts = [
        OpenEXR.Part({**header, "name": f"ViewLayer.{name}"},
                     {f"ViewLayer.{name}.{letter}": p for letter, p in planes.items()})
        for name, planes in groups.items()
    ]  # fmt: skip
    OpenEXR.File(parts).write(str(path))


@pytest.fixture(params=[write_single_part, write_multi_part], ids=["single-part", "multi-part"])
def exr(request, tmp_path):
    path = tmp_path / "frame ñ 0001.exr"
    request.param(path)
    return path


def test_depth_and_normals_are_the_analytic_ones(exr):
    depth, normal, ids = truth()
    passes = read_passes(exr)
    hit = np.isfinite(depth)
    assert (np.isfinite(passes.depth) == hit).all()
    assert np.abs(passes.depth[hit] - depth[hit]).max() < 1e-3
    camera = to_camera_space(passes.normal_world, tuple(CAMERA.ravel()))
    assert np.abs(camera - normal).max() < 1e-3
    assert (passes.object_id == ids).all() and passes.object_id.dtype == np.int32
    assert (passes.motion[3, 3] == [0, 1, 2, 3]).all()
    assert (passes.uv[3, 3] == [0.25, 0.5]).all()
    assert (passes.position[3, 3] == [0, 1, 2]).all()


def test_controls_are_the_closed_forms(exr):
    depth, normal, _ids = truth()
    passes = read_passes(exr, ["depth", "normal_world"])
    near, far = depth_range([passes.depth])
    finite = depth[np.isfinite(depth)]
    assert (near, far) == pytest.approx(tuple(np.percentile(finite, (0.5, 99.5))), rel=5e-4)
    with np.errstate(divide="ignore"):
        wanted = np.clip((1 / depth - 1 / far) / (1 / near - 1 / far), 0, 1)
    wanted = np.where(np.isfinite(depth), 0.06 + 0.94 * wanted, 0)
    control = depth_control(passes.depth, near, far)
    assert control.shape == (HEIGHT, WIDTH, 3) and control.dtype == np.float32
    assert np.abs(control - wanted[..., None]).max() < 1e-3
    camera = to_camera_space(passes.normal_world, tuple(CAMERA.ravel()))
    assert np.abs(normal_control(camera) - (normal / 2 + 0.5)).max() < 1e-3


def test_the_end_of_a_street_is_no_sky():
    depth = np.full((4, 6), 3.0, np.float32)
    depth[:2, :3], depth[:2, 3:] = 80.0, np.inf
    control = depth_control(depth, 3.0, 80.0)
    assert control[3, 0, 0] == 1 and (control[:2, :3] > 0.05).all() and (control[:2, 3:] == 0).all()
    beyond = depth_control(np.full((4, 6), 500.0, np.float32), 3.0, 80.0)
    assert (beyond == control[0, 0, 0]).all(), "nor what is farther than the shot's range"


def test_a_scaled_camera_gives_the_same_normals(exr):
    passes = read_passes(exr, ["normal_world"])
    scaled = CAMERA.copy()
    scaled[:3, :3] *= (3, 0.5, 7)
    one = to_camera_space(passes.normal_world, tuple(CAMERA.ravel()))
    assert np.allclose(one, to_camera_space(passes.normal_world, tuple(scaled.ravel())), atol=1e-6)


def test_only_beauty_is_optional(tmp_path):
    write_single_part(tmp_path / "a.exr")
    write_multi_part(tmp_path / "b.exr")
    assert read_passes(tmp_path / "a.exr").beauty is None
    beauty = read_passes(tmp_path / "b.exr").beauty
    assert beauty is not None and beauty.shape == (HEIGHT, WIDTH, 4)
    only = read_passes(tmp_path / "a.exr", ["depth"])
    with pytest.raises(InputError, match="normal_world"):
        _ = only.normal_world


def test_a_missing_pass_is_named(tmp_path):
    planes = {"ViewLayer.Depth.Z": np.ones((4, 4), np.float32)}
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, planes).write(str(tmp_path / "thin.exr"))
    with pytest.raises(InputError, match=r'"object_id" is not in .*thin\.exr'):
        read_passes(tmp_path / "thin.exr", ["depth", "object_id"])


@pytest.mark.parametrize("spoil", ["absent", "empty", "foreign", "cut"])
def test_what_is_no_exr_ends_in_one_sentence(tmp_path, spoil):
    path = tmp_path / "frame_0001.exr"
    write_multi_part(path)
    whole = path.read_bytes()
    content = {"empty": b"", "foreign": b"GIF89a" + whole[6:], "cut": whole[: len(whole) // 2]}
    path.unlink()
    if spoil != "absent":
        path.write_bytes(content[spoil])
    with pytest.raises(InputError) as caught:
        read_passes(path)
    assert "frame_0001.exr" in str(caught.value) and "render the passes again" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_cut_off_behind_the_pass_is_refused_all_the_same(tmp_path):
    """OpenEXR itself says nothing: it leaves out the parts that it cannot decode."""
    for write in (write_single_part, write_multi_part):
        path = tmp_path / f"{write.__name__}.exr"
        write(path)
        path.write_bytes(path.read_bytes()[:-64])
        with pytest.raises(InputError, match="cut off"):
            read_passes(path, ["depth"])


def test_depth_is_scaled_once_a_shot():
    """The same wall has the same grey in every frame, whatever else comes into view."""
    wall = np.full((8, 8), 4.0, np.float32)
    near_thing = wall.copy()
    near_thing[:4] = 1.0
    near, far = depth_range([wall, near_thing])
    grey = depth_control(wall, near, far)[6, 6, 0]
    assert grey == depth_control(near_thing, near, far)[6, 6, 0]


def test_an_empty_sky_and_a_flat_wall_have_a_range():
    sky = np.full((4, 4), np.inf, np.float32)
    near, far = depth_range([sky])
    assert near < far and not depth_control(sky, near, far).any()
    near, far = depth_range([np.full((4, 4), 3.0, np.float32)])
    assert near < far


@pytest.mark.parametrize("scale", [1e-4, 1.0, 3e5])
def test_the_range_is_that_of_every_pixel_of_the_shot(scale):
    """One bright frame among dark ones counts for what it is, and no pixel is passed over."""
    random = np.random.default_rng(5)
    frames = [
        (scale * random.lognormal(frame / 4, 0.8, (90, 700))).astype(np.float32)
        for frame in range(6)
    ]
    wanted = np.percentile(np.stack(frames).astype(np.float64), (0.5, 99.5))
    assert depth_range(iter(frames)) == pytest.approx(tuple(wanted), rel=5e-4)


def test_a_thing_that_fills_a_hundredth_is_in_the_range_and_its_depth_is_exact():
    depth = np.full((100, 100), 40.0, np.float32)
    depth[0] = 2.3  # a hundredth
    assert depth_range([depth]) == pytest.approx((2.3, 40.0), rel=5e-4)
    depth[0] = np.inf
    depth[0, 0] = -1.0
    assert depth_range([depth]) == pytest.approx((40.0, 40.04))


def test_a_long_shot_takes_no_more_memory_than_a_short_one():
    frame = np.full((256, 256), 3.0, np.float32)

    def peak(count):
        tracemalloc.start()
        depth_range(frame * np.float32(1 + number) for number in range(count))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(1)
    assert peak(64) - peak(4) < frame.nbytes


def test_a_grazing_plane_has_no_edges_and_a_sphere_has_its_outline():
    depth, normal, ids = truth()
    edges = edge_control(depth.astype(np.float32), normal.astype(np.float32), ids)[..., 0]
    inside_plane = np.zeros_like(edges, bool)
    inside_plane[-12:, :20] = True
    assert edges[inside_plane].max() < 0.05
    outline = (ids == SPHERE_ID) & (np.roll(ids, 1, 1) == 0)
    assert outline.sum() > 5 and edges[outline].min() > 0.9
    middle = np.unravel_index(np.argmin(np.where(ids == SPHERE_ID, depth, np.inf)), depth.shape)
    assert edges[middle] < 0.05
    assert (edges > 0.5).mean() < 0.12  # lines, not areas


def test_a_grazing_plane_of_an_orthographic_camera_has_no_edges():
    depth = np.linspace(1, 60, 40, dtype=np.float32)[:, None].repeat(30, 1)
    normal = np.broadcast_to(np.float32([0, 0.99, 0.14]), (40, 30, 3))
    assert not edge_control(depth, normal, np.ones((40, 30), np.int32)).any()


def test_a_small_round_thing_has_no_edges_within():
    """Normals that turn 20° a pixel: steep, but steadily."""
    turn = np.deg2rad(20) * (np.arange(9) - 4)
    normal = np.stack([np.sin(turn), 0 * turn, np.cos(turn)], -1)[None].repeat(9, 0)
    edges = edge_control(
        np.full((9, 9), 5, np.float32), normal.astype(np.float32), np.ones((9, 9), np.int32)
    )
    assert not edges.any()


def test_a_crease_within_one_object_is_an_edge():
    """Two walls of one object that meet: the depth goes on, the normal does not."""
    x = np.abs(np.arange(40) - 19.5)[None].repeat(20, 0).astype(np.float32)
    depth = 10 - 0.1 * x
    normal = np.zeros((20, 40, 3), np.float32)
    normal[:, :20], normal[:, 20:] = (-0.7, 0, 0.714), (0.7, 0, 0.714)
    edges = edge_control(depth, normal, np.ones((20, 40), np.int32))[..., 0]
    assert edges[:, 19:21].max(1).min() > 0.5
    assert edges[:, 2:15].max() < 0.05


def test_segments_keep_their_colours():
    ids = np.array([[0, 1, 2], [3, 40, 41]], np.int32)
    colours = segment_control(ids)
    assert (colours[0, 0] == 0).all()
    flat = colours.reshape(-1, 3)
    distances = [np.abs(a - b).max() for i, a in enumerate(flat) for b in flat[:i]]
    assert min(distances) > 0.1
    assert (segment_control(ids[:1])[0, 2] == colours[0, 2]).all()


def blocking_passes() -> Passes:
    """The scene's passes with the positions that the blocking picture looks around in."""
    depth, normal, ids = truth()
    hit = np.isfinite(depth)
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    x = ((columns + 0.5) / WIDTH * 2 - 1) / SCALE
    y = (1 - (rows + 0.5) / HEIGHT * 2) / SCALE * HEIGHT / WIDTH
    ray = np.stack([x, y, -np.ones_like(x)], -1)
    local = ray * np.where(hit, depth, 0)[..., None]
    turn = CAMERA[:3, :3].T
    return Passes(
        depth=depth.astype(np.float32),
        normal_world=np.where(hit[..., None], normal @ turn, 0).astype(np.float32),
        position=np.where(hit[..., None], local @ turn + CAMERA[:3, 3], 0).astype(np.float32),
        object_id=ids.astype(np.int32),
    )


def test_the_blocking_picture_shows_form():
    picture = blocking_picture(blocking_passes(), tuple(CAMERA.ravel()))
    assert picture.shape == (HEIGHT, WIDTH, 3) and picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 1
    ids = truth()[2]
    sphere = np.where(ids == SPHERE_ID, picture.mean(-1), np.nan)
    middle = int(np.nonzero(ids == SPHERE_ID)[1].mean())
    assert np.nanmean(sphere[:, :middle]) > np.nanmean(sphere[:, middle:]) + 0.03


def test_the_blocking_picture_of_an_empty_sky_is_a_sky():
    sky = Passes(
        depth=np.full((8, 8), np.inf, np.float32),
        normal_world=np.zeros((8, 8, 3), np.float32),
        position=np.zeros((8, 8, 3), np.float32),
        object_id=np.zeros((8, 8), np.int32),
    )
    picture = blocking_picture(sky, tuple(CAMERA.ravel()))
    assert np.isfinite(picture).all() and picture.min() > 0.1
