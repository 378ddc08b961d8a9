"""The stage that paints textures: look around, read the meshes, have the worker paint."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from typing import TypeVar

from underpaint.errors import JobError
from underpaint.events import Moved, Noted
from underpaint.wire.launch import WorkerHandle
from underpaint.wire.messages import StandingTexture, ViewOf

from ..bridge import around, earlier_uv, materials, meshes
from ..bridge.instanced import find_object
from . import apply, asking, painter, standing
from .job import Steps, Wait
from .run import Run, ask, while_blender_renders

T = TypeVar("T")

ADDED_SAY = 0.3
"""How much an added view counts where the film itself shows the same: it decides only where it sees
better by three times."""


def textures(run: Run) -> Steps:
    """Textures of the order's objects, or tiles for them; the files of the takes."""
    if run.order.tile_metres is not None:
        return (yield from _tiles(run, run.order.tile_metres))
    order = run.order
    yield run.course.enter("textures", "Looking around")
    views = order.views
    if order.around:
        views = (*views, *(yield from _look_around(run)))
    stands = standing.textures(run.scene, order.project, order.objects, order.part)
    export = yield from _export(run, views, [one.object for one in stands if not one.part])
    for left_out in export.skipped:
        if left_out.name in order.objects:
            yield Noted(left_out.reason)
    for note in export.notes:
        yield Noted(note)
    written = {obj.name for obj in export.surface.objects}
    names = [name for name in order.objects if name in written]
    held = tuple(one for one in stands if one.object in written)
    yield run.course.at(2, 3, "Starting the painter")
    files: list[str] = []
    try:
        for take in range(order.takes):
            asked = asking.textures(order, views, names, order.seed + take, held)
            worker = painter.get(order.python)
            files += yield from ask(run, worker, asked, 2 * order.takes + take, 3 * order.takes)
            if order.atlas:
                files += yield from _atlases(run, worker)
    finally:
        _take_back_unpainted(run, export)
    yield from _tell_of_textures(run)
    return tuple(files)


def _atlases(run: Run, worker: WorkerHandle) -> Steps:
    """Pack the textures that this job has just made or found."""
    asked = asking.atlases(run.order, run.scene, run.textures)
    return (yield from ask(run, worker, asked)) if asked.textures else ()


def _tiles(run: Run, metres: float) -> Steps:
    """A tile for the grounds and one for the walls among the objects."""
    order = run.order
    yield run.course.enter("textures", "Starting the painter")
    files: list[str] = []
    for take in range(order.takes):
        asked = asking.tiles(order, run.scene, metres, order.seed + take)
        files += yield from ask(run, painter.get(order.python), asked, take, order.takes)
    yield from _tell_of_textures(run)
    return tuple(files)


def _tell_of_textures(run: Run) -> Iterator[Noted]:
    """How the scene that has them now shows them, and where they lie."""
    order = run.order
    if not order.apply:
        return
    transform: str = run.scene.view_settings.view_transform
    if transform != "Standard":
        yield Noted(
            f"This scene shows the textures through the view transform {transform}; as painted "
            "they look under Standard (Render properties, Color Management)."
        )
    if order.pack:
        yield Noted(apply.pack_textures(run.scene))


def _take_back_unpainted(run: Run, export: meshes.SurfaceExport) -> None:
    """Objects that got no texture, as no view shows them or the job was stopped, are left as they
    were; painted ones that got no new one have the map again that theirs was painted for."""
    with suppress(JobError):  # the scene is gone
        objects = {name: find_object(run.scene, name) for name in export.fresh}
        unpainted = [name for name, obj in objects.items() if obj and not materials.takes(obj)]
        meshes.take_back(run.scene, unpainted)
        earlier = {n: uv for n, uv in export.earlier.items() if n not in run.textures}
        earlier_uv.put_back(run.scene, earlier)


def _look_around(run: Run) -> Generator[Moved | Wait, None, tuple[ViewOf, ...]]:
    """Find more places to look from, and render their passes: the first third of the stage."""
    order, frame = run.order, run.order.views[0].frame
    steps = around.eyes(
        lambda: run.scene,
        order.objects,
        [(view.shot, view.frame) for view in order.views],
        order.out,
        size=order.texture_size,
        most=order.most_added,
    )
    eyes = yield from _stepped(
        run, steps, lambda done, total: run.course.at(done, 6 * total, "Looking for more views")
    )
    names = around.shot_names(run.scene, len(eyes))
    for number, (eye, name) in enumerate(zip(eyes, names, strict=True)):
        yield from while_blender_renders(run)
        around.render(run.scene, eye, name, frame, order.project.passes(name))
        text = f"Passes all around, view {number + 1} of {len(eyes)}"
        yield run.course.at(number + 1 + len(eyes), 6 * len(eyes), text)
    return tuple(ViewOf(name, frame, ADDED_SAY) for name in names)


def _export(
    run: Run, views: Sequence[ViewOf], neighbours: Sequence[str]
) -> Generator[Moved | Wait, None, meshes.SurfaceExport]:
    """Reading meshes is counted as the second third of the stage, painting as the last."""
    names = (*run.order.objects, *neighbours)

    def tell(done: int, total: int) -> Moved:
        return run.course.at(total + done, 3 * total, f"Reading the meshes, {done} of {total}")

    return (yield from _written(run, names, views, tell, run.order.texture_size))


def write_meshes(
    run: Run, textures: Sequence[StandingTexture]
) -> Generator[Moved | Wait, None, None]:
    """The meshes of painted objects, as the shots' first frames have them, for the worker; with
    the UV maps that the textures were painted by, even where the file was not saved with them."""
    views = [ViewOf(shot.shot.name, shot.frames[0]) for shot in run.order.shots]

    def tell(done: int, total: int) -> Moved:
        return run.course.at(0, 1, f"Reading the meshes, {done} of {total}")

    size = standing.size_of(run.order.project, textures)
    yield from _written(run, [one.object for one in textures], views, tell, size)


def _written(
    run: Run,
    names: Sequence[str],
    views: Sequence[ViewOf],
    tell: Callable[[int, int], Moved],
    size: int,
) -> Generator[Moved | Wait, None, meshes.SurfaceExport]:
    order = run.order
    steps = meshes.export_steps(
        lambda: run.scene,
        names,
        views,
        order.out,
        size=size,
        uv=order.uv,
        part=order.part,
    )
    return (yield from _stepped(run, steps, tell))


def _stepped(
    run: Run,
    steps: Generator[tuple[int, int], None, T],
    tell: Callable[[int, int], Moved],
) -> Generator[Moved | Wait, None, T]:
    """Go through steps (done, total), none while a person renders; what they return."""
    with closing(steps):
        while True:
            yield from while_blender_renders(run)
            try:
                done, total = next(steps)
            except StopIteration as end:
                made: T = end.value
                return made
            yield tell(done, total)
