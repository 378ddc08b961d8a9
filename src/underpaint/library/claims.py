"""Who works on what, among processes of several machines that share a folder.

A claim is a file ``UNIT.N`` that only one process can create (``O_EXCL``), with a line that says
whose it is. Whether its owner lives is judged in two ways:

* The owner holds the operating system's lock on the file. While that is held, it lives. Once it is
  free, an owner on *this* machine has died, and its claim is taken over at once.
* Locks may end at a machine's border, or be missing: network file systems are mounted like that. So
  an owner adds a byte to its file every ``BEAT_SECONDS``. For one of *another* machine (or without
  locks) only this counts: whoever waits looks whether the file changes, by its own steady clock,
  and takes the claim over after ``LEASE_SECONDS`` without a change. No two machines' clocks are
  ever compared.

The claim of the dead is taken over by creating ``UNIT.N+1``, so that of many who wait one gets it;
the highest number counts. A machine that slept for longer than its lease finds its claim taken: two
then do the same work. Claims save work; that results are whole must not hang on them, and does not
(``library.unfinished`` writes and numbers by renaming).

A claim says nothing about whether there is work left: look again after getting one.
"""

from __future__ import annotations

import errno
import json
import os
import platform
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self

from ..errors import JobError
from ..model.names import to_file_name
from . import atomic
from .locks import try_lock

BEAT_SECONDS = 5.0
LEASE_SECONDS = 30.0
_POLL_SECONDS = 0.05
_TRIES = 50
_NEW = "new-"

State = Literal["alive", "dead", "unsure", "gone"]
"""``unsure``: it may be either, and waiting will tell."""


def _machine() -> str:
    """This machine, by a name that no other one has."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = f"{uuid.getnode():012x}"
    return f"{platform.node()} {boot}"


MACHINE = _machine()


@dataclass(frozen=True)
class Owner:
    """Who holds a claim. ``token`` tells one claim from every other."""

    machine: str
    pid: int
    token: str

    def __str__(self) -> str:
        host = self.machine.partition(" ")[0] or "another machine"
        return f"process {self.pid} on {host}"


class Claim:
    """A unit of work that is this process's alone, until ``release`` or the process's end."""

    def __init__(
        self, claims: Claims, unit: str, path: Path, stream: BinaryIO, dead: list[Path]
    ) -> None:
        self.unit = unit
        self._claims = claims
        self._path = path
        self._stream = stream
        self._dead = dead

    @property
    def held(self) -> bool:
        """False once it was released."""
        return not self._stream.closed

    def release(self) -> None:
        """Let go, and clear away what the dead left of this unit; a second time does nothing."""
        for path in self._dead if self.held else ():
            atomic.remove(path)
        self.drop()

    def drop(self) -> None:
        """Let go of this file alone."""
        if not self._claims.forget(self):
            return
        if os.name == "posix":
            atomic.remove(self._path)
            self._stream.close()
        else:  # Windows removes no open file
            self._stream.close()
            atomic.remove(self._path)

    def beat(self) -> None:
        """Show that its owner lives."""
        with suppress(OSError, ValueError):  # a full disk, a network that is away; just released
            self._stream.write(b".")
            self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


class Claims:
    """The claims below one folder, as one process sees and holds them."""

    def __init__(self, folder: Path, lease: float = LEASE_SECONDS) -> None:
        self.folder = folder
        self._lease = lease
        self._held: set[Claim] = set()
        self._seen: dict[Path, tuple[bytes, float]] = {}

    def claim(self, unit: str) -> Claim | None:
        """The unit, if nobody alive holds it; never waits."""
        with atomic.disk_errors(self.folder):
            files = self._files(unit)
            owners = {path: _owner_of(_read(path)) for path in files.values()}
            number, last = max(files.items(), default=(0, None))
            if last is not None and self._judge(last) != "dead":
                return None
            return self._create(unit, number + 1, owners)

    def holder(self, unit: str) -> Owner | None:
        """Who holds a unit, or held it to the death; None for a free one and for one of ours."""
        with atomic.disk_errors(self.folder, "read"):
            _, last = max(self._files(unit).items(), default=(0, None))
            owner = _owner_of(_read(last)) if last is not None else None
        ours = owner is not None and (owner.machine, owner.pid) == (MACHINE, os.getpid())
        return None if ours else owner

    def claim_or_fail(self, unit: str, busy: str) -> Claim:
        """The unit; waits only until it is known whether its owner lives.

        Raises JobError with ``busy`` when that is so.
        """
        while (claim := self.claim(unit)) is None:
            _, last = max(self._files(unit).items(), default=(0, None))
            if last is not None and self._judge(last) == "alive":
                raise JobError(busy)
            time.sleep(_POLL_SECONDS)
        return claim

    @contextmanager
    def turn(self, unit: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
        """Hold the unit for the block, after whoever holds it now; ``waiting`` may raise."""
        while (claim := self.claim(unit)) is None:
            waiting()
            time.sleep(_POLL_SECONDS)
        with claim:
            yield

    def units(self) -> set[str]:
        """The file names of the units that have a claim, of the dead as well."""
        return {path.name.rpartition(".")[0] for path in _listed(self.folder)}

    def in_use(self) -> bool:
        """Whether somebody surely works here now."""
        return any(self._judge(path) == "alive" for path in _listed(self.folder))

    def deserted(self) -> bool:
        """Whether nobody works here: all who did have left, or have surely died."""
        return all(self._judge(path) in ("dead", "gone") for path in _listed(self.folder))

    def clear(self) -> None:
        """Remove all claims, whosesoever: there is nothing left to claim."""
        for path in _listed(self.folder):
            atomic.remove(path)

    def leave(self) -> None:
        """Let go of everything that is still held here."""
        for claim in list(self._held):
            claim.release()
        with suppress(FileNotFoundError):  # others have left it just now, too
            for path in list(self.folder.glob(f"{_NEW}*")):
                if _nobody_locks(path) or self._judge(path) == "dead":
                    atomic.remove(path)  # whoever was about to lock it makes another
        with suppress(OSError):  # others are here, or it never was
            self.folder.rmdir()

    def forget(self, claim: Claim) -> bool:
        """Stop its beat; False where it was released before."""
        _heart.discard(claim)
        try:
            self._held.remove(claim)
        except KeyError:
            return False
        return True

    def _create(self, unit: str, number: int, dead: dict[Path, Owner | None]) -> Claim | None:
        path = self.folder / f"{to_file_name(unit)}.{number}"
        owner = Owner(MACHINE, os.getpid(), uuid.uuid4().hex)
        stream = _create_file(path, json.dumps(vars(owner)).encode() + b"\n")
        if stream is None:
            return None
        claim = Claim(self, unit, path, stream, list(dead))
        self._held.add(claim)
        others = {p: _owner_of(_read(p)) for p in self._files(unit).values() if p != path}
        if any(p not in dead or dead[p] != other for p, other in others.items()):
            claim.drop()  # somebody began anew below, or went past us
            return None
        _heart.add(claim)
        return claim

    def _files(self, unit: str) -> dict[int, Path]:
        """The claims on a unit by number."""
        name = to_file_name(unit)
        split = [(path, *path.name.rpartition(".")[::2]) for path in _listed(self.folder)]
        return {int(number): path for path, stem, number in split if stem == name}

    def _judge(self, path: Path) -> State:
        """Whether the owner of a claim lives, as far as it can be known by now."""
        try:
            with _open(path) as stream:
                locked = try_lock(stream)
                content = stream.read()
        except FileNotFoundError:
            return "gone"
        except PermissionError:  # Windows, while it is being removed
            return "unsure"
        if locked is False:
            return "alive"
        owner = _owner_of(content)
        if locked and owner is not None and owner.machine == MACHINE:
            return "dead"
        before, since = self._seen.setdefault(path, (content, time.monotonic()))
        if before != content:
            self._seen[path] = (content, time.monotonic())
            return "alive"
        return "dead" if time.monotonic() - since > self._lease else "unsure"


class _Heart:
    """Beats for all claims of this process, in one thread."""

    def __init__(self) -> None:
        self._claims: set[Claim] = set()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, claim: Claim) -> None:
        """Beat for it from now on."""
        with self._guard:
            self._claims.add(claim)
            if self._thread is None:
                self._thread = threading.Thread(target=self._beat, name="claims", daemon=True)
                self._thread.start()

    def discard(self, claim: Claim) -> None:
        """Beat for it no more."""
        with self._guard:
            self._claims.discard(claim)

    def _beat(self) -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            with self._guard:
                claims = list(self._claims)
            for claim in claims:
                claim.beat()


_heart = _Heart()


def _create_file(path: Path, content: bytes) -> BinaryIO | None:
    """The new file, which appears whole and locked; None where it is there already."""
    for _ in range(_TRIES):
        with suppress(FileExistsError):  # it was there, and is being removed
            path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(f"{_NEW}{uuid.uuid4().hex}")
        with suppress(FileNotFoundError):  # the last who left has removed the folder just now
            stream = new.open("xb")
            try:
                if try_lock(stream) is not False:
                    stream.write(content)
                    stream.flush()
                    _name(new, path)
                    return stream
                stream.close()  # who leaves judges it
            except FileExistsError:
                stream.close()
                return None
            finally:
                atomic.remove(new)
    raise FileNotFoundError(errno.ENOENT, "the folder cannot be kept", str(path.parent))


def _name(new: Path, path: Path) -> None:
    """Give an open file a name that nothing else has. Raises FileExistsError, FileNotFoundError."""
    try:
        path.hardlink_to(new)
    except (FileExistsError, FileNotFoundError):
        raise
    except OSError:  # a file system without links: for a moment, the name is nobody's
        path.open("xb").close()
        try:
            new.replace(path)
        except FileNotFoundError:
            atomic.remove(path)
            raise


def _nobody_locks(path: Path) -> bool:
    """Whether nobody holds a lock on a file, as far as locks work here."""
    try:
        with _open(path) as stream:
            return try_lock(stream) is True
    except (FileNotFoundError, PermissionError):
        return False


def _open(path: Path) -> BinaryIO:
    """For writing, as some systems want it for a lock; another person's file maybe only to read."""
    try:
        return path.open("r+b")
    except PermissionError:
        return path.open("rb")


def _listed(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix[1:].isdecimal()]
    except FileNotFoundError:
        return []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, PermissionError):
        return b""


def _owner_of(content: bytes) -> Owner | None:
    """None for a file whose owner has not written yet, or of nobody we know."""
    try:
        return Owner(**json.loads(content.partition(b"\n")[0]))
    except (ValueError, TypeError):
        return None
