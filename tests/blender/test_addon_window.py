"""A job as the window runs it: ticked by a timer, while a person works, opens files, or quits.

There is no window here: the tests call the timer's function themselves.
"""

from __future__ import annotations

import signal
import time

import bpy
import pytest
import underpaint_addon
from underpaint_addon import access, thumbnails
from underpaint_addon.bridge import evaluation
from underpaint_addon.jobs import order, painter, stages, window

from underpaint.errors import InputError
from underpaint.library.takes import Takes


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """The factory scene, small, saved, with the add-on on and the stand-in as its engine."""
    monkeypatch.setenv("UNDERPAINT_CACHE", str(tmp_path / "cache"))
    underpaint_addon.unregister()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    underpaint_addon.register()
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 64, 48
    scene.frame_start, scene.frame_end, scene.frame_current = 1, 3, 2
    wishes = access.wishes(scene)
    wishes.engine, wishes.words, wishes.takes = "stand-in", "stone", 30
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "w.blend"))
    yield bpy.context.scene
    underpaint_addon.unregister()
    bpy.ops.wm.read_homefile(use_factory_startup=True)


def begin(scene, name="frames"):
    job = stages.job_of(order.of_scene(scene, name, gently=True))
    window.start(job)
    return job


def tick_until(holds, seconds=30.0):
    """Tick as the timer would; the seconds that it asked to wait, however slow this machine is."""
    started, waited = time.monotonic(), 0.0
    while not holds():
        assert time.monotonic() - started < seconds, "it takes too long"
        pause = window.tick() or 0.0
        waited += pause
        time.sleep(pause)
    return waited


def painting(job):
    return lambda: job.moved is not None and job.moved.stage == "frames" and job.moved.done > 0


def as_it_was(scene):
    render = scene.render
    return (
        render.engine, render.filepath, render.image_settings.file_format, render.resolution_x,
        scene.frame_current, scene.camera.name, scene.view_layers[0].use_pass_z,
        scene.view_settings.view_transform, tuple(obj.pass_index for obj in scene.objects),
    )  # fmt: skip


def test_the_scene_is_untouched_between_any_two_ticks(saved):
    before = as_it_was(saved)
    job = begin(saved, "passes")
    seen = 0
    while not job.over:
        window.tick()
        assert as_it_was(saved) == before
        seen += 1
    assert job.state == "done" and seen > saved.frame_end


def test_a_camera_that_no_marker_binds_stays_the_scenes(saved):
    """Binding a marker makes Blender switch to its camera: putting markers back must not."""
    other = bpy.data.objects.new("other", bpy.data.cameras.new("other"))
    saved.collection.objects.link(other)
    saved.timeline_markers.new("bound", frame=1).camera = other
    own = saved.objects["Camera"]
    saved.camera = own
    job = begin(saved, "passes")
    while not job.over:
        window.tick()
        assert saved.camera == own and saved.timeline_markers[0].camera == other
    assert job.state == "done"


def test_the_panel_shows_the_work_and_what_came_of_it(saved):
    access.wishes(saved).takes = 1
    job = begin(saved)
    session = access.session()
    assert session.working
    texts = set()
    tick_until(lambda: texts.add(session.text) or job.over)
    assert job.state == "done" and not session.working and not session.error
    assert len(texts) > 4 and session.fraction > 0.5
    assert [shot.takes for shot in session.shots] == [1]


def test_one_job_at_a_time(saved):
    job = begin(saved)
    with pytest.raises(InputError, match="still at work"):
        begin(saved)
    assert not bpy.ops.underpaint.frames.poll() and bpy.ops.underpaint.cancel.poll()
    job.abort()
    tick_until(lambda: not access.session().working)
    assert bpy.ops.underpaint.frames.poll() and not bpy.ops.underpaint.cancel.poll()


def test_cancel_keeps_what_was_finished_and_the_worker_stays_warm(saved):
    job = begin(saved)
    tick_until(painting(job))
    worker = painter._warm.handle
    assert bpy.ops.underpaint.cancel() == {"FINISHED"} and access.session().stopping
    assert tick_until(lambda: job.over) < 5.0
    assert job.state == "cancelled" and "kept" in access.session().told
    access.wishes(saved).takes = 1
    again = begin(saved)
    tick_until(lambda: again.over)
    assert again.state == "done" and painter._warm.handle is worker


@pytest.mark.parametrize("stage", ["passes", "frames"])
def test_opening_another_file_stops_the_job_first(saved, stage):
    before = as_it_was(saved)
    job = begin(saved)
    tick_until(lambda: job.moved is not None and job.moved.stage == stage and job.moved.done > 0)
    process = painter._warm.handle.process if painter._warm else None
    seen = []
    # Blender drops this handler, which is not persistent, when it loads
    bpy.app.handlers.load_pre.append(lambda *_: seen.append((job.over, as_it_was(saved))))
    bpy.ops.wm.open_mainfile(filepath=bpy.data.filepath)
    assert seen == [(True, before)], "stopped and put back while the old file was still there"
    assert not access.session().working and not access.session().working
    assert process is None or process.poll() is not None, "the worker has ended"


def test_switching_off_stops_the_job(saved):
    job = begin(saved)
    tick_until(painting(job))
    process = painter._warm.handle.process
    underpaint_addon.unregister()
    assert job.state == "cancelled" and process.poll() is not None
    underpaint_addon.register()


def test_a_worker_that_dies_is_noticed_within_a_second_and_replaced(saved):
    job = begin(saved)
    tick_until(painting(job))
    painter._warm.handle.process.kill()
    assert tick_until(lambda: job.over) < 1.0
    assert job.state == "failed" and "run it again" in access.session().error
    access.wishes(saved).takes = 1
    again = begin(saved)
    tick_until(lambda: again.over)
    assert again.state == "done" and not access.session().error


def test_a_painter_that_falls_silent_is_told_of(saved):
    job = begin(saved)
    tick_until(painting(job))
    process = painter._warm.handle.process
    process.send_signal(signal.SIGSTOP)
    tick_until(lambda: "not answered" in access.session().waits)
    process.send_signal(signal.SIGCONT)
    tick_until(lambda: not access.session().waits)
    assert not job.over
    job.abort()


def test_a_person_who_renders_goes_first(saved, monkeypatch):
    rendering = True
    monkeypatch.setattr(evaluation, "is_rendering", lambda: rendering)
    job = begin(saved, "passes")
    for _ in range(5):
        window.tick()
    assert "Blender's own render" in access.session().waits and not job.over
    rendering = False
    tick_until(lambda: job.over)
    assert job.state == "done" and not access.session().waits


def test_frames_are_shown_as_they_are_painted(saved, monkeypatch):
    shown = []
    monkeypatch.setattr(thumbnails, "newest", lambda path: shown.append(path.is_file()) or 7)
    access.wishes(saved).engine = "stand-in?seconds=0.2"
    job = begin(saved)
    tick_until(lambda: access.session().picture == 7)
    job.cancel()
    tick_until(lambda: job.over)
    assert shown and all(shown) and access.session().picture == 0


def test_a_bad_take_is_stopped_early_and_the_others_go_on(saved):
    wishes = access.wishes(saved)
    wishes.engine, wishes.takes, wishes.seed = "stand-in?seconds=0.01", 3, 40
    wishes.mode = "each"  # between steady keys frames come faster than one can look
    saved.frame_end = 8
    job, lines = begin(saved), access.session().under_way
    tick_until(lambda: len(lines) == 3 and all(line.done for line in lines))
    assert [line.name for line in lines] == ["40", "41", "42"]
    assert all(line.frames == 8 and line.done < 8 for line in lines), "the outlines come first"
    assert bpy.ops.underpaint.stop_take(seed="41") == {"FINISHED"}
    assert lines["41"].stopped and not lines["40"].stopped
    tick_until(lambda: job.over)
    assert job.state == "done" and not lines
    project = order.of_scene(saved, "frames", gently=True).project
    assert [take.request.seed for take in Takes(project).list("Camera")] == [40, 42]
    assert bpy.ops.underpaint.stop_take(seed="41") == {"FINISHED"}, "too late, and no harm"


def test_a_scene_that_was_deleted_meanwhile(saved):
    scene = bpy.data.scenes.new("extra")
    scene.camera = bpy.data.objects["Camera"]
    scene.collection.objects.link(bpy.data.objects["Cube"])
    scene.collection.objects.link(bpy.data.objects["Camera"])
    scene.frame_end = 3
    job = begin(scene, "passes")
    window.tick()
    bpy.data.scenes.remove(scene)
    tick_until(lambda: job.over)
    assert job.state == "failed" and "'extra' is gone" in access.session().error


def test_an_idle_worker_is_let_go(saved, monkeypatch):
    access.wishes(saved).takes = 1
    job = begin(saved)
    tick_until(lambda: job.over)
    process = painter._warm.handle.process
    painter.rest()
    assert process.poll() is None, "warm for the next job"
    monkeypatch.setattr(painter, "IDLE_SECONDS", -1.0)
    painter.rest()
    assert process.poll() is not None


def test_the_watch_notices_markers_and_does_nothing_when_nothing_changed(saved, monkeypatch):
    from underpaint_addon import session, watch

    watch.look()
    calls = []
    refresh = session.refresh
    monkeypatch.setattr(session, "refresh", lambda scene: calls.append(1) or refresh(scene))
    watch.look()
    assert not calls
    saved.timeline_markers.new("closeup", frame=2).camera = saved.camera
    watch.look()
    assert calls and [shot.name for shot in access.session().shots] == ["closeup"]
