"""The socket's two ends on the real loopback device."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from underpaint.errors import FormatError, WorkerError
from underpaint.wire.channel import LOOPBACK, Dialer, Lines, Listener, Refused
from underpaint.wire.messages import (
    MOST_BYTES,
    PROTOCOL,
    Alive,
    Cancel,
    Hello,
    Message,
    Note,
    Progress,
    encode,
)


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def hello(token: str, protocol: int = PROTOCOL) -> Hello:
    return Hello(token, protocol, 1, "3.11.0", "0")


def dial(listener: Listener) -> Dialer:
    dialer = Dialer(listener.port, hello(listener.token))
    assert gather(listener, bool) == [hello(listener.token)]
    return dialer


def gather(listener: Listener, enough: Callable[[list[Message]], bool]) -> list[Message]:
    """Poll until there is enough, as a timer would."""
    heard: list[Message] = []
    until = time.monotonic() + 5
    while not enough(heard):
        assert time.monotonic() < until, f"heard only {heard}"
        heard += listener.poll()
        time.sleep(0.001)
    return heard


def raw(listener: Listener) -> socket.socket:
    return socket.create_connection((LOOPBACK, listener.port), timeout=5)


def is_dropped(peer: socket.socket, listener: Listener) -> bool:
    peer.setblocking(False)
    until = time.monotonic() + 5
    while time.monotonic() < until:
        listener.poll()
        try:
            return peer.recv(10) == b""
        except BlockingIOError:
            time.sleep(0.001)
        except ConnectionError:
            return True
    return False


def test_both_ways(listener: Listener) -> None:
    dialer = dial(listener)
    said = [Progress(1, n, 100, "ñ" * n) for n in range(100)]
    for message in said:
        dialer.send(message)
    assert gather(listener, lambda heard: len(heard) == 100) == said
    listener.send(Cancel(3))
    assert next(dialer.messages()) == Cancel(3)


def test_it_listens_on_the_loopback_device_only(listener: Listener) -> None:
    assert listener._server is not None
    assert listener._server.getsockname()[0] == "127.0.0.1"


def test_what_is_said_before_the_worker_dials_in_is_delivered(listener: Listener) -> None:
    listener.send(Cancel(1))
    listener.send(Cancel(2))
    messages = dial(listener).messages()
    assert [next(messages), next(messages)] == [Cancel(1), Cancel(2)]


@pytest.mark.parametrize(
    "first",
    [
        b"GET / HTTP/1.1\r\n",
        encode(Alive()),
        encode(Cancel(1)),
        encode(hello("not the token")),
        encode(hello("")),
        encode(hello("ñ")),
        b'{"type":"hello","token":1}\n',
        b"\xff\xfe\n",
        b"x" * 5000,
    ],
)
def test_whoever_does_not_know_the_token_is_dropped_and_the_worker_is_not_hurt(
    listener: Listener, first: bytes
) -> None:
    stranger = raw(listener)
    stranger.sendall(first)
    assert is_dropped(stranger, listener)
    dialer = dial(listener)
    dialer.send(Note(1, "still here"))
    assert gather(listener, bool) == [Note(1, "still here")]


def test_silent_strangers_do_not_keep_the_worker_out(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("underpaint.wire.channel._STRANGER_SECONDS", 0.05)
    strangers = [raw(listener) for _ in range(20)]
    dial(listener)
    for stranger in strangers:
        stranger.close()


def test_nobody_can_dial_once_the_worker_is_in(listener: Listener) -> None:
    dialer = dial(listener)
    with pytest.raises(OSError):
        raw(listener)
    dialer.send(Alive())
    assert gather(listener, bool) == [Alive()]


def test_another_version_is_told_apart_in_words(listener: Listener) -> None:
    raw(listener).sendall(encode(hello(listener.token, PROTOCOL + 1)))
    with pytest.raises(WorkerError, match="same version"):
        gather(listener, bool)


def test_a_line_may_come_in_pieces(listener: Listener) -> None:
    peer = raw(listener)
    line = encode(hello(listener.token)) + encode(Note(1, "äöü"))
    for byte in range(len(line)):
        peer.sendall(line[byte : byte + 1])
        if byte < len(encode(hello(listener.token))) - 1:
            assert listener.poll() == []
    assert gather(listener, lambda heard: len(heard) == 2)[1] == Note(1, "äöü")


def test_a_bad_line_raises_after_what_came_before_it_and_hides_nothing_behind_it(
    listener: Listener,
) -> None:
    peer = raw(listener)
    peer.sendall(encode(hello(listener.token)))
    gather(listener, bool)
    peer.sendall(encode(Cancel(1)) + b'{"type":"cancel","job":"x"}\n' + encode(Cancel(2)))
    assert gather(listener, bool) == [Cancel(1)]
    with pytest.raises(FormatError, match=r"\$\.job"):
        listener.poll()
    assert listener.poll() == [Cancel(2)]


def test_an_over_long_line_is_refused_once_and_skipped() -> None:
    lines = Lines(most=100)
    heard = []
    for chunk in (b"x" * 90, b"x" * 90, b"x" * 90, b"x\n" + encode(Cancel(1))):
        heard += list(lines.feed(chunk))
    assert isinstance(heard[0], Refused) and "longer than 100" in str(heard[0].error)
    assert heard[1:] == [Cancel(1)]
    heard = list(lines.feed(b"y" * 101 + b"\n" + encode(Cancel(2))))
    assert isinstance(heard[0], Refused)
    assert heard[1:] == [Cancel(2)]


def test_the_longest_line_crosses_without_either_end_waiting_forever(listener: Listener) -> None:
    dialer = dial(listener)
    long = Note(1, "x" * (MOST_BYTES - 100))
    sender = threading.Thread(target=dialer.send, args=(long,))
    sender.start()
    assert gather(listener, bool) == [long]
    sender.join(5)
    listener.send(long)  # more than a socket takes at once: the rest goes out with the polls
    reader: list[Message | Refused] = []
    thread = threading.Thread(target=lambda: reader.append(next(dialer.messages())))
    thread.start()
    until = time.monotonic() + 5
    while thread.is_alive() and time.monotonic() < until:
        listener.poll()
        time.sleep(0.001)
    assert reader == [long]


def test_a_hang_up_is_seen_after_the_last_words(listener: Listener) -> None:
    dialer = dial(listener)
    dialer.send(Cancel(1))
    dialer.close()
    assert gather(listener, bool) == [Cancel(1)]
    until = time.monotonic() + 1
    while not listener.lost and time.monotonic() < until:
        assert listener.poll() == []
    assert listener.lost and not listener.connected
    listener.send(Cancel(2))  # into the void, without an error: poll has said it


def test_the_worker_notices_that_blender_hung_up(listener: Listener) -> None:
    dialer = dial(listener)
    listener.close()
    assert list(dialer.messages()) == []
    with pytest.raises(WorkerError):
        for _ in range(100):
            dialer.send(Alive())
            time.sleep(0.001)


def test_nobody_answers_where_nobody_listens(listener: Listener) -> None:
    port = listener.port
    listener.close()
    with pytest.raises(WorkerError, match=str(port)):
        Dialer(port, hello(""))


def test_threads_do_not_cut_into_each_others_lines(listener: Listener) -> None:
    dialer = dial(listener)
    threads = [
        threading.Thread(target=lambda n=n: [dialer.send(Note(n, "x" * 2000)) for _ in range(50)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    heard = gather(listener, lambda heard: len(heard) == 200)
    assert all(isinstance(message, Note) and len(message.text) == 2000 for message in heard)


def test_an_idle_tick_costs_next_to_nothing(listener: Listener) -> None:
    dial(listener)
    times = []
    for _ in range(500):
        start = time.perf_counter()
        listener.poll()
        times.append(time.perf_counter() - start)
    assert sorted(times)[len(times) // 2] < 1e-4


def test_a_flood_does_not_hold_up_a_tick(listener: Listener) -> None:
    """However much waits in the socket, one poll takes a bounded bite of it."""
    dialer = dial(listener)
    sender = threading.Thread(
        target=lambda: [dialer.send(Note(1, "x" * 60_000)) for _ in range(50)]
    )
    sender.start()
    time.sleep(0.1)
    most = max(len(listener.poll()) for _ in range(3))
    assert most * 60_000 <= 6 << 16
    gather(listener, lambda heard: len(heard) >= 30)
    sender.join(5)


def test_every_listener_has_a_token_of_its_own(listener: Listener) -> None:
    other = Listener()
    dialer = Dialer(listener.port, hello(other.token))
    other.close()
    listener.poll()
    assert list(dialer.messages()) == []
    assert not listener.connected
