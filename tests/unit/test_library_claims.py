"""Claims: one owner at a time, none that the dead keep, with and without the system's locks."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import pytest

from underpaint.errors import Cancelled, JobError
from underpaint.library import claims as library
from underpaint.library.claims import Claims


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "claims"


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that has none."""
    monkeypatch.setattr(library, "try_lock", lambda stream: None)


def left_by(folder: Path, unit: str, machine: str = "elsewhere 1", number: int = 1) -> Path:
    """The claim of a machine that is not this one."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{unit}.{number}"
    path.write_text(f'{{"machine": "{machine}", "pid": 7, "token": "t{number}"}}\n')
    return path


def test_a_unit_is_one_owners(folder: Path) -> None:
    ours, theirs = Claims(folder), Claims(folder)
    with ours.claim("frame 1") as claim:
        assert claim.held and theirs.claim("frame 1") is None
        with theirs.claim("frame 2"):
            assert ours.claim("frame 2") is None
    assert not claim.held
    with theirs.claim("frame 1"):
        assert ours.claim("frame 1") is None
    ours.leave()
    theirs.leave()
    assert not folder.exists()


def test_names_of_any_kind_are_units(folder: Path) -> None:
    claims = Claims(folder)
    names = ["a", "a.1", "a.1.1", "映画/1", "", ".part", "CON"]
    held = [claims.claim(name) for name in names]
    assert all(held) and [claims.claim(name) for name in names] == [None] * len(names)
    claims.leave()
    assert not folder.exists()


DIES = """
import os, signal, sys
from pathlib import Path
from typing import BinaryIO
from underpaint.library.claims import Claims
claims = Claims(Path(sys.argv[1]))
held = [claims.claim(unit) for unit in sys.argv[2:]]
assert all(held)
os.kill(os.getpid(), signal.SIGKILL)
"""


def die_holding(folder: Path, *units: str) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, folder, *units], timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL


def test_the_dead_of_this_machine_keep_nothing(folder: Path) -> None:
    die_holding(folder, "a", "b")
    assert sorted(path.name for path in folder.iterdir()) == ["a.1", "b.1"]
    claims = Claims(folder)
    owner = claims.holder("a")
    assert owner is not None and owner.machine == library.MACHINE
    with claims.claim("a") as claim:
        assert claim is not None and Claims(folder).claim("a") is None
        assert claims.holder("a") is None, "it is ours"
    assert [path.name for path in folder.iterdir()] == ["b.1"], "their file went with ours"


def test_a_claim_of_another_machine_is_waited_for(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(library.time, "monotonic", lambda: clock[0])
    path = left_by(folder, "a")
    claims = Claims(folder, lease=30)
    assert str(claims.holder("a")) == "process 7 on elsewhere"
    assert claims.claim("a") is None
    clock[0] += 29
    assert claims.claim("a") is None
    path.write_bytes(path.read_bytes() + b".")
    assert claims.claim("a") is None, "it lives"
    clock[0] += 29
    assert claims.claim("a") is None
    clock[0] += 2
    with claims.claim("a") as claim:
        assert claim is not None
        assert sorted(p.name for p in folder.iterdir()) == ["a.1", "a.2"]
        assert Claims(folder, lease=-1).claim("a") is None, "the lock of this machine holds"
    assert list(folder.iterdir()) == []


def test_without_locks_only_the_beat_tells(
    folder: Path, monkeypatch: pytest.MonkeyPatch, no_locks: None
) -> None:
    monkeypatch.setattr(library, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(library, "_heart", library._Heart())
    clock = [0.0]
    ours, theirs = Claims(folder), Claims(folder, lease=30)
    claim = ours.claim("a")
    assert claim is not None and theirs.claim("a") is None
    size = (folder / "a.1").stat().st_size
    while (folder / "a.1").stat().st_size == size:
        pass
    monkeypatch.setattr(library.time, "monotonic", lambda: clock[0] + 1000)
    assert theirs.claim("a") is None, "it has beaten since"
    monkeypatch.setattr(library.Claim, "beat", lambda claim: None)
    theirs.claim("a")
    clock[0] = 31
    with theirs.claim("a") as taken:
        assert taken is not None


def test_of_many_who_wait_for_the_dead_one_gets_it(folder: Path) -> None:
    won = 0
    for _ in range(20):
        left_by(folder, "a")
        many = [Claims(folder, lease=-1) for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            got = [claim for claim in threads.map(lambda c: c.claim("a"), many) if claim]
        assert len(got) <= 1
        won += len(got)
        if got:
            assert [c.claim("a") for c in many] == [None] * 8
        for claims in many:
            claims.leave()
        for path in folder.glob("*"):
            path.unlink()
    assert won


def test_who_began_anew_below_is_not_cleared_away(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our judging the dead and our taking over, somebody else did, ended, and a third began
    with the same number."""
    left_by(folder, "a")
    claims = Claims(folder, lease=-1)
    third = Claims(folder)
    create = library._create_file

    def late(path: Path, content: bytes) -> object:
        monkeypatch.setattr(library, "_create_file", create)
        (folder / "a.1").unlink()
        assert third.claim("a") is not None
        return create(path, content)

    monkeypatch.setattr(library, "_create_file", late)
    assert claims.claim("a") is None
    assert [path.name for path in folder.iterdir()] == ["a.1"]
    assert Claims(folder).claim("a") is None


def test_it_is_known_soon_whether_somebody_lives(folder: Path) -> None:
    with Claims(folder).claim("a"), pytest.raises(JobError, match="somebody paints"):
        Claims(folder).claim_or_fail("a", "somebody paints")
    left_by(folder, "b")
    Claims(folder, lease=0.1).claim_or_fail("b", "nobody").release()


def test_whoever_waits_can_be_stopped(folder: Path) -> None:
    def stop() -> None:
        raise Cancelled("Stopped.")

    with Claims(folder).claim("a"), pytest.raises(Cancelled), Claims(folder).turn("a", stop):
        pass


@pytest.fixture
def no_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that has none, such as exFAT."""

    def refuse(path: Path, target: Path) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(Path, "hardlink_to", refuse)


def test_without_links_a_unit_is_one_owners_too(folder: Path, no_links: None) -> None:
    ours, theirs = Claims(folder), Claims(folder)
    with ours.claim("a") as claim:
        assert claim is not None and theirs.claim("a") is None
        assert [path.name for path in folder.iterdir()] == ["a.1"]
        assert (folder / "a.1").read_bytes().startswith(b'{"machine"')
    with theirs.claim("a"):
        assert ours.claim("a") is None


def test_what_was_never_named_is_cleared_away(folder: Path) -> None:
    folder.mkdir()
    left_by(folder, "new-", library.MACHINE).rename(folder / "new-1234")
    (folder / "new-5678").touch()  # killed before it had written a byte
    Claims(folder).leave()
    assert not folder.exists()


def test_who_leaves_takes_nothing_from_who_is_about_to_claim(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes, leaves = Claims(folder), Claims(folder)
    lock = library.try_lock

    def late(stream: BinaryIO) -> bool | None:
        monkeypatch.setattr(library, "try_lock", lock)
        leaves.leave()
        return lock(stream)

    monkeypatch.setattr(library, "try_lock", late)
    assert comes.claim("a") is not None
    assert [path.name for path in folder.iterdir()] == ["a.1"]


COUNTS = """
import sys
from pathlib import Path
from typing import BinaryIO
from underpaint.library import claims
count = Path(sys.argv[1])
if sys.argv[2] == "no locks":
    claims.try_lock = lambda stream: None
mine = claims.Claims(count.with_name("claims"))
for _ in range(40):
    with mine.turn("count"):
        count.write_text(str(int(count.read_text()) + 1))
mine.leave()
"""


@pytest.mark.parametrize("how", ["locks", "no locks"])
def test_processes_take_turns(tmp_path: Path, how: str) -> None:
    count = tmp_path / "count"
    count.write_text("0")
    words = [sys.executable, "-c", COUNTS, str(count), how]
    both = [subprocess.Popen(words) for _ in range(3)]
    assert [process.wait(60) for process in both] == [0, 0, 0]
    assert count.read_text() == "120"
    assert [path.name for path in tmp_path.iterdir()] == ["count"]
