"""What an order will take is said before it is begun, by what the like of it took here."""

from __future__ import annotations

from pathlib import Path

import bpy
import pytest
from underpaint_addon import access, estimates, session
from underpaint_addon.carry_out import execute
from underpaint_addon.jobs import blocking, foresight, stages
from underpaint_addon.jobs.foresight import Foresight
from underpaint_addon.jobs.order import of_command, of_scene

from underpaint.commands import Command
from underpaint.errors import DiskError, InputError
from underpaint.events import Estimated, Finished, Started
from underpaint.library import paces


@pytest.fixture(autouse=True)
def data(tmp_path, monkeypatch):
    """A history of the test's own."""
    monkeypatch.setenv("UNDERPAINT_DATA", str(tmp_path / "data"))


def paint(scene, name="frames", **values):
    """Events of a command, carried out."""
    job = stages.job_of(of_command(scene, Command(name, **values), apply=False))
    events = []
    blocking.run(job, events.append)
    if job.error is not None:
        raise job.error
    return events


def foreseen(scene, name="frames", **values):
    order = of_command(scene, Command(name, **values), apply=False)
    return foresight.foresee(order, scene)


class Kept(list):
    """A sink."""

    show = list.append


def test_a_guess_becomes_knowledge_and_what_stands_is_counted(saved):
    before = foreseen(saved).told
    assert before.guessed and before.text.startswith("A guess")
    events = paint(saved)
    assert isinstance(events[0], Started) and isinstance(events[1], Estimated)
    measured = {pace.kind: pace for pace in paces.recall()}
    assert measured["passes"].units == measured["frames"].units == 2
    assert measured["passes"].pixels == measured["frames"].pixels == 64 * 48
    assert measured["frames"].what[0] == "stand-in"
    assert measured["passes"].bytes > 1000 and measured["frames"].bytes > 500
    after = foreseen(saved).told
    assert {work.kind: work.standing for work in after.works} == {"passes": 2, "frames": 2}
    assert after.text.startswith("Nothing is left") and after.bytes == 0
    each = foreseen(saved, mode="each").told
    assert [work.standing for work in each.works if work.kind == "frames"] == [0]
    another = foreseen(saved, seed=77).told
    assert not another.guessed and another.text.startswith("About")
    assert next(w for w in another.works if w.kind == "frames").standing == 0


def test_what_stands_is_not_measured_again(saved):
    paint(saved)
    known = paces.recall()
    paint(saved)
    assert paces.recall() == known


def test_estimate_alone_does_nothing_else(saved, tmp_path):
    said, out = Kept(), tmp_path / "nowhere"
    for name in ("passes", "frames", "textures", "run"):
        said.clear()
        assert execute(Command(name, estimate=True, out=out), saved, said) == 0
        assert [type(event) for event in said] == [Estimated, Finished]
        assert said[0].most >= said[0].least > 0 and said[0].command == name
    assert not out.exists()


def test_a_disk_too_full_is_refused_before_anything_is_rendered(saved, tmp_path, monkeypatch):
    monkeypatch.setattr(foresight, "free_space", lambda _folder: 10)
    out = tmp_path / "full"
    with pytest.raises(DiskError, match="too full"):
        paint(saved, out=out)
    assert not out.exists()


def test_the_bar_weighs_stages_by_what_they_took(saved):
    for kind, what, seconds in (
        ("passes", (Path(bpy.data.filepath).name,), 1.0),
        ("frames", ("stand-in",), 9.0),
        ("engine", ("stand-in",), 3.0),
    ):
        paces.remember(kind, what, 64 * 48, 1, seconds)
    seen = foreseen(saved)
    assert seen.seconds["frames"] / seen.seconds["passes"] == pytest.approx(9, rel=0.01)
    assert not seen.told.guessed


def test_the_panel_is_told_once_and_again_when_something_changed(saved, monkeypatch):
    session.refresh(saved)
    estimates.look(saved)
    assert "2 frames" in access.session().estimate
    asked = []
    monkeypatch.setattr(foresight, "foresee", lambda *a: asked.append(a))
    estimates.look(saved)
    assert not asked, "nothing has changed"
    monkeypatch.undo()
    access.wishes(saved).takes = 3
    estimates.look(saved)
    assert "6 frames" in access.session().estimate
    bpy.context.scene.frame_end = 5
    estimates.look(saved)
    assert "15 frames" in access.session().estimate
    assert of_scene(saved, "frames", gently=True).takes == 3
    monkeypatch.setattr(foresight, "foresee", lambda order, _: asked.append(order.mode) or told)
    told = Foresight(Estimated("frames", 1, 1, 0, None, False, "as told"), {})
    access.wishes(saved).mode = "each"
    estimates.look(saved)
    assert asked == ["each"] and access.session().estimate == "as told"


def test_what_makes_no_picture_is_begun_without_an_estimate(saved, tmp_path):
    sink, timeline = Kept(), tmp_path / "absent.otio"
    with pytest.raises(InputError, match=r"absent\.otio does not exist"):
        execute(Command("retime", path=timeline), saved, sink)
    assert not sink, "nothing is said to go anywhere"
    timeline.write_text("{}")
    with pytest.raises(InputError, match="No shot is painted yet"):
        execute(Command("retime", path=timeline), saved, sink)
    assert any(isinstance(event, Started) for event in sink)
    assert not any(isinstance(event, Estimated) for event in sink)


def test_a_reel_is_refused_before_anything_is_said_and_lists_nothing_that_it_has_not(saved):
    sink = Kept()
    with pytest.raises(InputError, match="Not painted yet: Camera"):
        execute(Command("reel"), saved, sink)
    paint(saved)
    with pytest.raises(InputError, match="No take is picked of: Camera"):
        execute(Command("reel"), saved, sink)
    assert not sink
    told = foreseen(saved, "reel", latest=True).told
    assert told.text.endswith(" free."), "no list without anything in it"
