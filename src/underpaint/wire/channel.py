"""The socket between Blender and its worker: both ends, standard library only.

Blender listens on the loopback device and never waits; the worker dials. Whoever dials must say
``Hello`` with the token first: until then nothing it sends is decoded as anything else, and
whoever does not know the token is dropped without a word. A listener serves one worker, once; a
worker that is started again gets a new listener and a new token.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import FormatError, WorkerError
from .messages import MOST_BYTES, PROTOCOL, Hello, Message, decode, encode, job_of

LOOPBACK = "127.0.0.1"
_CHUNK = 1 << 16
_MOST_A_POLL = 4 * _CHUNK  # bounds a tick; the rest waits in the socket for the next one
_MOST_STRANGERS = 8
_STRANGER_SECONDS = 5.0
_STRANGER_BYTES = 4096


@dataclass(frozen=True)
class Refused:
    """A line that is no message: the error names its field, ``job`` is the job it spoke of or 0."""

    job: int
    error: FormatError


class Lines:
    """Cuts a stream of bytes into messages. A line over ``most`` bytes is refused and skipped."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._rest = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> Iterator[Message | Refused]:
        """The messages that ``data`` completes, in order."""
        *ends, tail = data.split(b"\n")
        for end in ends:
            line = bytes(self._rest + end)
            self._rest.clear()
            if self._skipping:
                self._skipping = False
            elif len(line) > self._most:
                yield self._too_long()
            elif line.strip():
                yield _decode(line)
        if self._skipping:
            return
        self._rest += tail
        if len(self._rest) > self._most:
            self._rest.clear()
            self._skipping = True
            yield self._too_long()

    def _too_long(self) -> Refused:
        return Refused(0, FormatError(f"a message is longer than {self._most} bytes"))


def _decode(line: bytes) -> Message | Refused:
    try:
        return decode(line)
    except FormatError as error:
        return Refused(job_of(line), error)


class _Stranger:
    """Somebody who dialled and has not proven to be our worker yet."""

    def __init__(self, peer: socket.socket) -> None:
        peer.setblocking(False)
        self.peer = peer
        self.heard = b""
        self._until = time.monotonic() + _STRANGER_SECONDS

    def first_line(self) -> bytes | None:
        """Its first line once there is one. Raises OSError where it will never come."""
        with contextlib.suppress(BlockingIOError):
            data = self.peer.recv(_STRANGER_BYTES)
            if not data:
                raise ConnectionError("hung up")
            self.heard += data
        line, end, rest = self.heard.partition(b"\n")
        if end:
            self.heard = rest
            return line
        if len(self.heard) > _STRANGER_BYTES or time.monotonic() > self._until:
            raise ConnectionError("did not say who it is")
        return None


class Listener:
    """Blender's end: never waits, needs no thread. ``poll`` it from a timer."""

    def __init__(self) -> None:
        self.token = secrets.token_hex(32)
        self.lost = False
        self.last_heard = time.monotonic()
        self._server: socket.socket | None = socket.create_server((LOOPBACK, 0))
        self._server.setblocking(False)
        self.port: int = self._server.getsockname()[1]
        self._strangers: list[_Stranger] = []
        self._worker: socket.socket | None = None
        self._lines = Lines()
        self._inbox: deque[Message | Refused] = deque()
        self._outbox = bytearray()

    @property
    def connected(self) -> bool:
        """Whether the worker has dialled in and is still there."""
        return self._worker is not None

    def poll(self) -> list[Message]:
        """What the worker said since the last call; Hello is the first of it.

        Raises FormatError for a line that is no message, after everything said before it has been
        returned; the next call goes on behind it. ``lost`` is set once the worker has hung up.
        """
        if self._worker is None and not self.lost:
            self._welcome()
        if self._worker is not None:
            self._flush()
            self._read()
        return self._take_messages()

    def send(self, message: Message) -> None:
        """Say something; it waits here until the worker has dialled in."""
        self._outbox += encode(message)
        if self._worker is not None:
            self._flush()

    def close(self) -> None:
        """Hang up."""
        sockets = [stranger.peer for stranger in self._strangers]
        for item in (self._server, self._worker, *sockets):
            if item is not None:
                item.close()
        self._server = self._worker = None
        self._strangers.clear()

    def _take_messages(self) -> list[Message]:
        messages: list[Message] = []
        while self._inbox:
            item = self._inbox[0]
            if isinstance(item, Refused):
                if messages:
                    break
                self._inbox.popleft()
                raise item.error
            self._inbox.popleft()
            messages.append(item)
        return messages

    def _welcome(self) -> None:
        """Let new diallers in and listen for the one that knows the token."""
        while self._server is not None and len(self._strangers) < _MOST_STRANGERS:
            try:
                peer, _ = self._server.accept()
            except OSError:
                break
            self._strangers.append(_Stranger(peer))
        for stranger in list(self._strangers):
            try:
                line = stranger.first_line()
            except OSError:
                self._dismiss(stranger)
                continue
            if line is not None and not self._recognise(stranger, line):
                self._dismiss(stranger)
            if self._worker is not None:
                return

    def _dismiss(self, stranger: _Stranger) -> None:
        self._strangers.remove(stranger)
        stranger.peer.close()

    def _recognise(self, stranger: _Stranger, line: bytes) -> bool:
        """Whether this first line is our worker's; if so, it is the worker from now on."""
        hello = _decode(line)
        if not isinstance(hello, Hello) or not hmac.compare_digest(
            hello.token.encode(), self.token.encode()
        ):
            return False
        if hello.protocol != PROTOCOL:
            raise WorkerError(
                f"The worker speaks protocol {hello.protocol} and this Underpaint {PROTOCOL}: "
                "install the same version of Underpaint in both places."
            )
        self._strangers.remove(stranger)
        rest, worker = stranger.heard, stranger.peer
        self.close()
        self._worker = worker
        worker.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.last_heard = time.monotonic()
        self._inbox.append(hello)
        self._inbox.extend(self._lines.feed(rest))
        return True

    def _read(self) -> None:
        assert self._worker is not None
        budget = _MOST_A_POLL
        while budget > 0:
            try:
                data = self._worker.recv(_CHUNK)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._hang_up()
                return
            budget -= len(data)
            self.last_heard = time.monotonic()
            self._inbox.extend(self._lines.feed(data))

    def _flush(self) -> None:
        """Write what the socket takes now."""
        while self._outbox and self._worker is not None:
            try:
                sent = self._worker.send(self._outbox[:_CHUNK])
            except BlockingIOError:
                return
            except OSError:
                return  # reading notices the same, after the worker's last words
            del self._outbox[:sent]

    def _hang_up(self) -> None:
        self.lost = True
        self.close()


class Dialer:
    """The worker's end. ``send`` may be called from any thread; one thread reads ``messages``."""

    def __init__(self, port: int, hello: Hello) -> None:
        try:
            self._socket = socket.create_connection((LOOPBACK, port), timeout=10)
        except OSError as error:
            raise WorkerError(f"Blender does not answer on port {port}: {error}.") from error
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lock = threading.Lock()
        self.send(hello)

    def send(self, message: Message) -> None:
        """Say something. Raises WorkerError when Blender has hung up."""
        line = encode(message)
        try:
            with self._lock:
                self._socket.sendall(line)
        except OSError as error:
            raise WorkerError(f"Blender has hung up: {error}.") from error

    def messages(self) -> Iterator[Message | Refused]:
        """What Blender says, waiting for it; ends when Blender hangs up."""
        lines = Lines()
        while True:
            try:
                data = self._socket.recv(_CHUNK)
            except OSError:
                return
            if not data:
                return
            yield from lines.feed(data)

    def close(self) -> None:
        """Hang up; a reader that waits wakes up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
