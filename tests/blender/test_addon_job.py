"""A job advances in steps, stops between any two, and lets no error out of a tick."""

from __future__ import annotations

import logging

import pytest
from underpaint_addon.jobs.course import Course
from underpaint_addon.jobs.job import Job, Wait

from underpaint.errors import Cancelled, EngineError, JobError
from underpaint.events import Broke, Finished, Moved, Noted


def drained(job):
    events = list(job.events)
    job.events.clear()
    return events


def test_steps_become_events_and_files():
    def steps():
        yield Noted("begins")
        yield Wait()
        yield Moved("frames", 1, 4, "a quarter", 0.25)
        yield Moved("frames", 2, 4, "half", 0.5)
        return ("a.png",)

    job = Job("frames", "/out", steps())
    waits = []
    while not job.over:
        job.tick()
        waits.append(job.waiting)
    assert job.state == "done" and job.files == ("a.png",)
    said = drained(job)
    assert said[0] == Noted("begins") and said[-1] == Finished("frames", "/out", ("a.png",))
    assert waits[:3] == [False, True, False]
    assert said[1].left is None, "nothing to tell a pace from"
    assert said[2].left is not None and said[2].fraction == 0.5


@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (EngineError("no engine"), EngineError, "no engine"),
        (FileNotFoundError(2, "gone", "x.png"), Exception, "x.png does not exist"),
        (KeyError("Cube"), JobError, "Something went wrong in Underpaint (KeyError: 'Cube')"),
    ],
)
def test_errors_end_the_job_in_words(error, kind, said, caplog):
    def steps():
        yield Wait()
        raise error

    job = Job("frames", "/out", steps())
    with caplog.at_level(logging.CRITICAL):
        job.tick()
        job.tick()
        job.tick()
    assert job.state == "failed" and isinstance(job.error, kind) and said in str(job.error)
    assert isinstance(drained(job)[-1], Broke)


def test_cancel_lets_the_steps_clean_up_over_several_ticks():
    cleaned = []

    def steps():
        try:
            while True:
                yield Wait()
        except Cancelled:
            yield Wait()
            cleaned.append(True)
            raise

    job = Job("frames", "/out", steps())
    job.tick()
    job.cancel()
    assert job.state == "stopping"
    job.tick()
    assert not job.over and not cleaned
    job.tick()
    assert job.state == "cancelled" and cleaned == [True]
    assert drained(job)[-1].exit == 130


def test_cancel_before_the_first_step():
    job = Job("frames", "/out", iter_forever())
    job.cancel()
    job.tick()
    assert job.state == "cancelled"


def iter_forever():
    while True:
        yield Wait()


def test_abort_lets_go_before_it_returns():
    held = []

    def steps():
        held.append("scene")
        try:
            while True:
                yield Wait()
        finally:
            held.clear()

    job = Job("frames", "/out", steps())
    job.tick()
    assert held
    job.abort()
    assert not held and job.state == "cancelled"
    job.tick()
    assert len(drained(job)) == 1, "a job that is over says nothing more"


def test_course_weighs_stages():
    course = Course({"passes": 1.0, "frames": 3.0})
    assert course.enter("passes", "").fraction == 0.0
    assert course.at(1, 2, "").fraction == pytest.approx(0.125)
    assert course.enter("frames", "").fraction == pytest.approx(0.25)
    assert course.at(5, 5, "").fraction == pytest.approx(1.0)
    assert course.at(7, 5, "").fraction == pytest.approx(1.0), "never beyond the end"


def test_course_of_nothing_to_do():
    course = Course({"textures": 0.0})
    course.enter("textures", "")
    assert course.at(0, 0, "").fraction <= 1.0
