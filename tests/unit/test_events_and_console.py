"""Events cross the pipe unchanged, and people and programs each read their own form of them."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest

from underpaint.console import Console, JsonSink, PipeSink, duration, summary, time_left
from underpaint.errors import EngineError, FormatError
from underpaint.events import (
    SEPARATOR,
    Broke,
    Estimated,
    Finished,
    Found,
    Moved,
    Noted,
    Started,
    TakeMade,
    broke,
    from_line,
    to_line,
)
from underpaint.model.pace import WorkEstimate

WORK = WorkEstimate("frames", 24, 3, 60.0, 90.5, 1 << 30, True)
EVENTS = [
    Started("run", "/ö/underpaint"),
    Moved("frames", 3.0, 24.0, "shot „A“, frame 3 of 24", 0.5, 12.5),
    TakeMade("frames", "A/1", 2, "takes/A%2F1/002", True),
    Noted("a\nline"),
    Found("torch", False, "pip install torch"),
    Estimated("run", 60.0, 90.5, 1 << 30, None, True, "About 60 to 90 s.", (WORK,)),
    Finished("run", "/ö/underpaint", ("reel/001/reel.mp4",)),
    Broke("EngineError", "no", 3),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("event", EVENTS)
def test_lines_bring_events_back(event):
    line = to_line(event)
    assert "\n" not in line
    assert from_line(line.encode()) == event


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "JSON"),
        ("[]", r"\$.event"),
        ('{"event": "boo"}', "boo"),
        ('{"event": "note"}', r"\$.text"),
        ('{"event": "failed", "kind": "x", "message": "y", "exit": "3"}', r"\$.exit"),
    ],
)
def test_lines_that_are_no_events_name_what_does_not_fit(line, said):
    with pytest.raises(FormatError, match=said):
        from_line(line)


def test_json_is_one_object_a_line():
    out = io.StringIO()
    for event in EVENTS:
        JsonSink(out).show(event)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["event"] for line in lines] == [
        "started", "progress", "take", "note", "finding", "estimate", "done", "failed",
    ]  # fmt: skip
    assert lines[6]["files"] == ["reel/001/reel.mp4"] and lines[7]["exit"] == 3


def test_events_in_a_pipe_are_told_from_chatter():
    out = io.BytesIO()
    PipeSink(out).show(EVENTS[3])
    assert out.getvalue().startswith(SEPARATOR)
    assert out.getvalue().count(b"\n") == 1


def test_people_read_results_on_out_and_all_else_on_err():
    out, err = io.StringIO(), io.StringIO()
    for event in EVENTS:
        Console(out, err).show(event)
    assert out.getvalue().splitlines() == [
        "NOT OK torch: pip install torch",
        "reel/001/reel.mp4",
    ]
    assert "/ö/underpaint" in err.getvalue() and "take 2, painted before" in err.getvalue()
    assert "\r" not in err.getvalue() and err.getvalue().rstrip().endswith("no")


def test_the_bar_fits_its_line_and_gives_way_to_words(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    out, err = io.StringIO(), Terminal()
    console = Console(out, err)
    console.show(EVENTS[1])
    bar = err.getvalue()
    assert bar.startswith("\r\x1b[K████████████············  50%") and "\n" not in bar
    assert len(bar.removeprefix("\r\x1b[K")) <= 59
    console.show(Noted("a sentence"))
    assert err.getvalue().removeprefix(bar) == "\r\x1b[Ka sentence\n"


def test_plain_progress_does_not_flood_a_log():
    err = io.StringIO()
    console = Console(io.StringIO(), err)
    for frame in range(500):
        console.show(Moved("frames", frame, 500, f"frame {frame}", frame / 500))
    assert 1 <= len(err.getvalue().splitlines()) <= 3


def test_an_error_becomes_its_last_word():
    assert broke(EngineError("none here")) == Broke("EngineError", "none here", 3)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "1 s"),
        (0.1, "1 s"),
        (59.6, "60 s"),
        (119.4, "119 s"),
        (119.6, "2 min"),
        (1800, "30 min"),
        (3599, "1 h 0 min"),
        (8000, "2 h 13 min"),
    ],
)
def test_durations(seconds, text):
    assert duration(seconds) == text


def test_a_folder_of_many_files_is_one_line():
    frames = tuple(f"takes/A/001/frame_{n:04d}.png" for n in range(24))
    assert summary((*frames, "reel/001/reel.mp4")) == [
        "takes/A/001/ (24 files)",
        "reel/001/reel.mp4",
    ]


def test_a_time_left_is_told_where_it_is_known():
    moved = Moved("frames", 1, 2, "frame 1", 0.5, 70.0)
    assert time_left(moved) == "70 s left"
    assert time_left(replace(moved, left=None)) == ""
