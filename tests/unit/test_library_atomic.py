"""Files and folders appear whole or not at all, whatever happens midway."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from underpaint.errors import DiskError, FormatError, InputError, JobError
from underpaint.library import atomic, locks
from underpaint.library.hashes import sha256_of
from underpaint.library.locks import Lock, locked
from underpaint.model.look import Look

LOOK = Look("dusk", "warm windows, 雨, long blue shadows", control_scales={"depth": 0.8})


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def run(script: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a Python of its own."""
    words = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def break_disk(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let every fsync fail as the operating system would say it."""

    def fail(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)


def test_writes_replace_and_leave_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "映画 1.txt"
    atomic.write_text(path, "one\n")
    atomic.write_bytes(path, b"two\r\n", durable=True)
    assert path.read_bytes() == b"two\r\n"
    assert names(path.parent) == ["映画 1.txt"]


def test_documents_come_back(tmp_path: Path) -> None:
    path = tmp_path / "look.json"
    atomic.write_document(path, LOOK)
    assert atomic.read_document(Look, path) == LOOK


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"format": "underpaint/look", "version": 1, "name": "x", "words": 3}', "$.words"),
        (b'{"format": "underpaint/take"}', "underpaint/look"),
        (b"\xff\xfe", "UTF-8"),
        (b"", "JSON"),
    ],
)
def test_a_broken_document_is_told_with_its_file(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "look.json"
    path.write_bytes(content)
    with pytest.raises(FormatError) as caught:
        atomic.read_document(Look, path)
    assert str(path) in str(caught.value) and words in str(caught.value)


def test_a_missing_document_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"look\.json does not exist\.$"):
        atomic.read_document(Look, tmp_path / "look.json")


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "picks.json"
    atomic.write_text(path, "before")
    break_disk(monkeypatch, errno.ENOSPC)
    with pytest.raises(DiskError, match="disk is full"):
        atomic.write_document(path, LOOK)
    assert path.read_text() == "before"
    assert names(tmp_path) == ["picks.json"]


def test_a_file_in_place_of_a_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "takes").write_text("not a folder")
    with pytest.raises(InputError, match="stands where a folder is needed") as caught:
        atomic.write_text(tmp_path / "takes" / "dolly" / "take.json", "x")
    assert "\n" not in str(caught.value)
    assert names(tmp_path) == ["takes"]


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="needs a folder that even root cannot fill"
)
def test_a_read_only_place_is_one_sentence() -> None:
    with pytest.raises((InputError, JobError)) as caught:
        atomic.write_text(Path("/proc/self/underpaint/a.json"), "x")
    assert "/proc/self/underpaint/a.json" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("read", "words"),
    [
        (lambda path: atomic.read_document(Look, path), "cannot be read: see that you may read it"),
        (sha256_of, "cannot be read"),
        (lambda path: atomic.write_text(path, "x"), "cannot be written: choose another folder"),
    ],
)
def test_a_file_that_is_refused_is_told_with_what_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Path], object], words: str
) -> None:
    def refuse(path: Path, *rest: object) -> BinaryIO:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match=words):
        read(tmp_path / "look.json")


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_a_scanner_holds_for_a_moment_is_renamed_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As Windows does it: a file that another program has open cannot be renamed."""
    held = hold_for(monkeypatch, seconds=0.1)
    monkeypatch.setattr(atomic, "_HELD_SECONDS", 2.0)
    if kind == "file":
        atomic.write_text(tmp_path / "001", "whole")
        assert (tmp_path / "001").read_text() == "whole"
    else:
        (tmp_path / "part").mkdir()
        assert atomic.publish(tmp_path / "part", tmp_path / "001")
    assert names(tmp_path) == ["001"] and len(held) > 1


def test_what_stays_held_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold_for(monkeypatch, seconds=60)
    monkeypatch.setattr(atomic, "_HELD_SECONDS", 0.1)
    with pytest.raises(InputError, match=r"001 cannot be written"):
        atomic.write_text(tmp_path / "001", "whole")
    assert names(tmp_path) == []


def hold_for(monkeypatch: pytest.MonkeyPatch, seconds: float) -> list[Path]:
    """Let nothing be renamed for so long; the list takes every try."""
    tried: list[Path] = []
    end = time.monotonic() + seconds

    def holding(rename: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def attempt(path: Path, place: Path) -> Path:
            tried.append(path)
            if time.monotonic() < end:
                raise PermissionError(errno.EACCES, "The process cannot access the file")
            return rename(path, place)

        return attempt

    for name in ("rename", "replace"):
        monkeypatch.setattr(Path, name, holding(getattr(Path, name)))
    return tried


ON_A_MAC = """
import errno, fcntl, os, sys
from pathlib import Path
calls = []
def full_sync(descriptor, command):
    assert command == 51
    calls.append("full")
    if len(calls) > 2:
        raise OSError(errno.ENOTSUP, "no such thing here")
fcntl.F_FULLFSYNC, fcntl.fcntl, sys.platform = 51, full_sync, "darwin"
os.fsync = lambda descriptor: calls.append("plain")
from underpaint.library import atomic
atomic.write_bytes(Path(sys.argv[1]), b"a", durable=True)
assert calls == ["full", "full"], calls
atomic.write_bytes(Path(sys.argv[1]), b"b", durable=True)
assert calls[2:] == ["full", "plain", "full", "plain"], calls
"""


def test_macos_is_asked_to_empty_the_drives_own_memory(tmp_path: Path) -> None:
    done = run(ON_A_MAC, tmp_path / "a")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a").read_bytes() == b"b"


@pytest.mark.parametrize("kind", ["file", "empty", "full"])
def test_what_is_there_is_never_replaced(tmp_path: Path, kind: str) -> None:
    final = tmp_path / "001"
    if kind == "file":
        final.write_text("mine")
    else:
        final.mkdir()
    if kind == "full":
        (final / "mine").write_text("mine")
    before = final.stat().st_ino
    (tmp_path / "part").mkdir()
    assert not atomic.publish(tmp_path / "part", final)
    assert final.stat().st_ino == before
    assert names(tmp_path) == ["001", "part"]


KILLED_MIDWAY = """
import os, signal, sys
from pathlib import Path
from underpaint.library import atomic
os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
atomic.write_bytes(Path(sys.argv[1]), b"a", durable=True)
"""


def test_what_a_killed_writer_leaves_is_swept_after_a_day(tmp_path: Path) -> None:
    assert run(KILLED_MIDWAY, tmp_path / "001").returncode == -signal.SIGKILL
    (tmp_path / "002").mkdir()
    (left,) = (path for path in tmp_path.iterdir() if path.name != "002")
    assert left.name.startswith(atomic.TEMP_PREFIX)

    atomic.sweep(tmp_path)
    assert left.exists(), "somebody may still be writing it"
    os.utime(left, (0, 0))
    atomic.sweep(tmp_path)
    assert names(tmp_path) == ["002"]


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    lock = Lock.acquire(path, "busy")
    with pytest.raises(JobError, match="somebody paints"):
        Lock.acquire(path, "somebody paints", patience=0.05)
    lock.release()
    lock.release()
    with locked(path, "busy", patience=0):
        assert path.exists()
    assert not path.exists()


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.lock"
    opened = []

    def lock_late(stream: BinaryIO) -> bool:
        opened.append(stream)
        if len(opened) == 1:
            path.unlink()  # its holder lets go just now
        return True

    monkeypatch.setattr(locks, "try_lock", lock_late)
    lock = Lock.acquire(path, "busy", patience=1)
    assert len(opened) == 2 and path.exists()
    lock.release()


DIES_HOLDING = """
import os, signal, sys
from pathlib import Path
from underpaint.library.locks import Lock
lock = Lock.acquire(Path(sys.argv[1]), "busy")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_dead_process_lets_go_of_its_lock(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    assert run(DIES_HOLDING, path).returncode == -signal.SIGKILL
    assert path.exists()
    Lock.acquire(path, "busy").release()


COUNTS = """
import sys
from pathlib import Path
from underpaint.library.locks import locked
path = Path(sys.argv[1])
for _ in range(60):
    with locked(path.with_suffix(".lock"), "busy"):
        path.write_text(str(int(path.read_text()) + 1))
"""


def test_two_processes_take_turns(tmp_path: Path) -> None:
    count = tmp_path / "count"
    count.write_text("0")
    words = [sys.executable, "-c", COUNTS, str(count)]
    both = [subprocess.Popen(words) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert count.read_text() == "120"
