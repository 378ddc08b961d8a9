"""The worker as a process: how it starts, how it ends, and what is noticed of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from underpaint.errors import WorkerError
from underpaint.wire import launch
from underpaint.wire.channel import Listener
from underpaint.wire.launch import BOOT, PACKAGE, start_worker
from underpaint.wire.messages import (
    MOST_BYTES,
    Doctor,
    Done,
    Failed,
    Hello,
    Note,
    PaintFrames,
    Progress,
)


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> float:
    """How long it took."""
    start = time.monotonic()
    while not holds():
        assert time.monotonic() - start < seconds, "it never came true"
        time.sleep(0.01)
    return time.monotonic() - start


def environment_of(pid: int) -> bytes:
    """A process's environment, once its program stands: before that it reads empty."""
    path = Path(f"/proc/{pid}/environ")
    wait_until(lambda: bool(path.read_bytes()))
    return path.read_bytes()


def is_running(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def poll_until_error(worker: Any, seconds: float = 10) -> tuple[WorkerError, float]:
    start = time.monotonic()
    while time.monotonic() - start < seconds:
        try:
            worker.poll()
        except WorkerError as error:
            return error, time.monotonic() - start
        time.sleep(0.01)
    raise AssertionError("nothing was noticed")


def test_it_says_what_it_is(person: Any) -> None:
    wait_until(lambda: person.worker.poll() == [] and person.worker.hello is not None)
    assert person.worker.hello.pid == person.worker.process.pid
    assert person.worker.hello.python == ".".join(map(str, sys.version_info[:3]))


def test_importing_the_worker_loads_no_heavy_library() -> None:
    code = (
        "import sys, underpaint.worker.server, underpaint.worker.engines.diffusers;"
        "print([n for n in ('torch', 'bpy', 'diffusers', 'transformers') if n in sys.modules])"
    )
    out = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
    )
    assert out.stdout.strip() == "[]", out.stderr


def test_the_ends_of_the_wire_load_only_the_standard_library() -> None:
    """Blender's own Python runs them, without numpy of a version of ours."""
    code = (
        "import sys, underpaint.wire.launch;"
        "print([n for n in ('numpy', 'PIL', 'OpenEXR') if n in sys.modules])"
    )
    out = subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); {code}",
        ],
        capture_output=True,
        text=True,
    )
    assert out.stdout.strip() == "[]", out.stderr


def test_it_runs_this_underpaint_and_takes_nothing_else_from_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the package, in an extension's site-packages, lie other people's libraries."""
    beside = tmp_path / "site-packages"
    beside.mkdir()
    (beside / "underpaint").symlink_to(PACKAGE)
    (beside / "numpy.py").write_text("raise SystemExit('the wrong numpy')")
    monkeypatch.setenv("PYTHONPATH", str(beside))
    monkeypatch.chdir(beside)
    worker = start_worker(Path(sys.executable), boot=beside / "underpaint" / "worker" / "boot.py")
    try:
        wait_until(lambda: worker.poll() == [] and worker.hello is not None)
    finally:
        worker.stop()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_worker_that_dies_is_noticed_within_a_second(
    person: Any, job: Callable[..., PaintFrames], how: signal.Signals
) -> None:
    person.worker.send(job(1, engine="stand-in?seconds=0.5"))
    person.wait_for(lambda m: isinstance(m, Progress))
    os.kill(person.worker.process.pid, how)
    error, seconds = poll_until_error(person.worker)
    assert seconds < 1
    assert "run it again" in str(error) and "\n" not in str(error)
    with pytest.raises(WorkerError):
        person.worker.poll()


def test_its_last_words_are_quoted(tmp_path: Path) -> None:
    boot = tmp_path / "boot.py"
    boot.write_text("import sys\nprint('starting')\nsys.exit('the disk ate my library')\n")
    worker = start_worker(Path(sys.executable), boot=boot)
    error, _ = poll_until_error(worker)
    assert "the disk ate my library" in str(error) and "exit code 1" in str(error)
    assert "starting" in worker.tail()


def test_a_python_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="no-such-python"):
        start_worker(tmp_path / "no-such-python")


def test_no_room_for_its_log_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match="free some disk space"):
        start_worker(Path(sys.executable), log=tmp_path / "no-such-folder" / "log")


def test_a_program_that_never_dials_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "START_SECONDS", 0.3)
    boot = tmp_path / "boot.py"
    boot.write_text("import time\ntime.sleep(60)\n")
    worker = start_worker(Path(sys.executable), boot=boot)
    error, _ = poll_until_error(worker)
    assert "did not answer" in str(error)
    assert not is_running(worker.process.pid)


def test_a_worker_that_hangs_is_told_apart_and_given_up_in_the_end(
    person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait_until(lambda: person.worker.poll() == [] and person.worker.hello is not None)
    assert person.worker.silent_for < 1
    pid = person.worker.process.pid
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: person.worker.poll() == [] and person.worker.silent_for > 1.5)
    monkeypatch.setattr(launch, "SILENT_SECONDS", 2.0)
    error, _ = poll_until_error(person.worker)
    assert "not answered" in str(error)
    assert not is_running(pid)


def test_a_sleeping_computer_is_no_silence(person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' monotonic clock goes on in sleep: the worker had no time to say anything."""
    wait_until(lambda: person.worker.poll() == [] and person.worker.hello is not None)
    os.kill(person.worker.process.pid, signal.SIGSTOP)
    wait_until(lambda: person.worker.poll() == [] and person.worker.silent_for > 0.5)
    clock, slept = time.monotonic, 8 * 3600.0
    monkeypatch.setattr(time, "monotonic", lambda: clock() + slept)
    assert person.worker.poll() == [] and person.worker.silent_for < 1
    wait_until(lambda: person.worker.poll() == [] and person.worker.silent_for > 1)
    os.kill(person.worker.process.pid, signal.SIGCONT)
    wait_until(lambda: person.worker.poll() == [] and person.worker.silent_for < 0.5)


def test_it_breathes_while_it_works(person: Any, job: Callable[..., PaintFrames]) -> None:
    person.worker.send(job(1, engine="stand-in?seconds=1"))
    person.wait_for(lambda m: isinstance(m, Progress))
    longest = 0.0
    until = time.monotonic() + 1.5
    while time.monotonic() < until:
        person.worker.poll()
        longest = max(longest, person.worker.silent_for)
        time.sleep(0.01)
    assert longest < 0.9


def test_it_ends_when_asked_and_leaves_nothing(tmp_path: Path) -> None:
    worker = start_worker(Path(sys.executable))
    wait_until(lambda: worker.poll() == [] and worker.hello is not None)
    worker.stop()
    assert worker.process.returncode == 0
    assert not worker.log.exists()


_PARENT = """
import signal, sys, time
from pathlib import Path
from underpaint.wire.launch import start_worker
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
worker = start_worker(Path(sys.executable), log=Path(sys.argv[1]))
while worker.hello is None:
    worker.poll()
print(worker.process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_no_worker_outlives_its_parent(tmp_path: Path, how: signal.Signals) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path / "log")],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.send_signal(how)
    parent.wait(20)
    parent.stdout.close()
    assert wait_until(lambda: not is_running(pid)) < 2


def test_a_closed_standard_input_ends_it_even_midway(
    person: Any, job: Callable[..., PaintFrames]
) -> None:
    person.worker.send(job(1, engine="stand-in?seconds=0.2"))
    person.wait_for(lambda m: isinstance(m, Progress))
    person.worker.process.stdin.close()
    assert wait_until(lambda: person.worker.process.poll() is not None) < 1.5


def test_it_does_not_take_the_terminals_interrupt(person: Any) -> None:
    """Ctrl-C goes to a terminal's whole foreground group, which the worker is none of."""
    assert os.getpgid(person.worker.process.pid) != os.getpgid(0)
    assert os.getsid(person.worker.process.pid) != os.getsid(0)


def test_a_bad_message_is_refused_by_its_field_and_the_worker_goes_on(
    person: Any, job: Callable[..., PaintFrames]
) -> None:
    from underpaint.wire.messages import encode

    wait_until(lambda: person.worker.poll() == [] and person.worker.hello is not None)
    bad = json.loads(encode(job(7)))
    bad["seed"] = "lucky"
    for line in (json.dumps(bad), '{"type": "dance", "job": 8}', "no json", "x" * (MOST_BYTES + 1)):
        person.worker._listener._outbox += line.encode() + b"\n"
    for number, field in ((7, "$.seed"), (8, "$.type"), (0, "JSON"), (0, "longer")):
        failed = person.wait_for(
            lambda m, n=number, f=field: isinstance(m, Failed) and m.job == n and f in m.message
        )
        assert failed.kind == "FormatError"
    assert isinstance(person.ask(job(9)), Done)


def test_what_only_the_worker_says_is_refused(person: Any, job: Callable[..., PaintFrames]) -> None:
    person.worker.send(Note(3, "hello"))
    failed = person.outcome(3)
    assert failed.kind == "FormatError" and "$.type" in failed.message
    assert isinstance(person.ask(job(4)), Done)


def test_an_error_nobody_foresaw_is_one_sentence_and_a_traceback_in_the_log(
    tmp_path: Path, start: Callable[[], Any], job: Callable[..., PaintFrames]
) -> None:
    boot = tmp_path / "boot.py"
    boot.write_text(
        f"import sys, runpy; sys.path.insert(0, {str(PACKAGE.parent)!r})\n"
        "import underpaint.worker.jobs.doctor as doctor\n"
        "def explode(*_): raise KeyError('gremlin')\n"
        "doctor.examine = explode\n"
        "runpy.run_module('underpaint.worker', run_name='__main__')\n"
    )
    person = start(boot=boot)
    failed = person.ask(Doctor(1, "stand-in"))
    assert failed.kind == "JobError" and "gremlin" in failed.message
    assert "\n" not in failed.message
    assert "Traceback" in person.worker.tail()
    assert isinstance(person.ask(job(2)), Done)


@pytest.mark.parametrize("line", ["", "no json\n", "[]\n", '{"port": 1}\n'])
def test_started_by_hand_it_says_how_it_is_started(line: str) -> None:
    out = subprocess.run([sys.executable, "-I", BOOT], input=line, capture_output=True, text=True)
    assert out.returncode == 1
    assert "Traceback" not in out.stderr and "started by Underpaint" in out.stderr


def test_nobody_at_the_port() -> None:
    listener = Listener()
    port = listener.port
    listener.close()
    line = json.dumps({"port": port, "token": "x"}) + "\n"
    out = subprocess.run([sys.executable, "-I", BOOT], input=line, capture_output=True, text=True)
    assert out.returncode == 1
    assert "Traceback" not in out.stderr and str(port) in out.stderr


def test_its_environment_is_offline_quiet_and_shares_the_processor(person: Any) -> None:
    environment = environment_of(person.worker.process.pid).split(b"\0")
    assert {
        b"HF_HUB_OFFLINE=1",
        b"TRANSFORMERS_OFFLINE=1",
        b"HF_HUB_DISABLE_TELEMETRY=1",
        b"OMP_WAIT_POLICY=PASSIVE",
    } <= set(environment)


def test_a_stranger_at_the_port_does_not_keep_the_worker_out(person: Any) -> None:
    port = person.worker._listener.port
    with socket.create_connection(("127.0.0.1", port)) as stranger:
        stranger.sendall(
            b'{"type":"hello","token":"guess","protocol":1,"pid":1,"python":"","underpaint":""}\n'
        )
        wait_until(lambda: person.worker.poll() == [] and person.worker.hello is not None)
    assert isinstance(person.worker.hello, Hello)
    assert person.worker.hello.pid == person.worker.process.pid
