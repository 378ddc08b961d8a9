"""Files and folders appear whole or not at all, whatever happens midway."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from underpaint.errors import DiskError, FormatError, InputError, JobError
from underpaint.library import atomic, locks
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
    with pytest.raises(InputError), atomic.new_folder(tmp_path / "takes" / "001"):
        pass
    assert names(tmp_path) == ["takes"]


@pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="needs a folder that even root cannot fill"
)
def test_a_read_only_place_is_one_sentence() -> None:
    with pytest.raises((InputError, JobError)) as caught:
        atomic.write_text(Path("/proc/self/underpaint/a.json"), "x")
    assert "/proc/self/underpaint/a.json" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_new_folder_appears_complete(tmp_path: Path) -> None:
    final = tmp_path / "deep" / "001"
    with atomic.new_folder(final) as folder:
        (folder / "a").write_text("a")
        assert not final.exists()
    assert names(final) == ["a"]
    assert names(final.parent) == ["001"]
    assert final.stat().st_mode & 0o077 == ~_umask() & 0o077


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_new_folder_vanishes_on_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), atomic.new_folder(tmp_path / "001") as folder:
        (folder / "a").write_text("a")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


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
    with pytest.raises(InputError, match="exists already"), atomic.new_folder(final) as folder:
        (folder / "a").write_text("a")
    assert final.stat().st_ino == before
    assert names(tmp_path) == ["001"]


KILLED_MIDWAY = """
import os, signal, sys
from pathlib import Path
from underpaint.library import atomic, locks
with atomic.new_folder(Path(sys.argv[1])) as folder:
    atomic.write_text(folder / "a", "a")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_leaves_is_swept_after_a_day(tmp_path: Path) -> None:
    assert run(KILLED_MIDWAY, tmp_path / "001").returncode == -signal.SIGKILL
    (tmp_path / "002").mkdir()
    (left,) = (path for path in tmp_path.iterdir() if path.name != "002")
    assert left.name.startswith(atomic.TEMP_PREFIX)

    atomic.sweep(tmp_path)
    assert left.exists(), "somebody may still be writing it"
    for path in (left / "a", left):
        os.utime(path, (0, 0))
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

    monkeypatch.setattr(locks, "_try_lock", lock_late)
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
