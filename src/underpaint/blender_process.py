"""Start a Blender that carries a command out, and hear from it until it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import FrameType

from .commands import Command
from .console import Sink
from .errors import Cancelled, EngineError, FormatError, InputError, JobError
from .events import SEPARATOR, Broke, Finished, Noted, from_line
from .wire import encoding

PIPED = "--piped"
"""First word to the add-on's ``__main__``: send events up a pipe, for us to show."""

_MISSING = (
    'There is no Blender here: install the bpy package (`pip install ".[blender]"` in the folder '
    "of Underpaint), or name a Blender program with --blender or in UNDERPAINT_BLENDER."
)
_LAST_WORDS = 5


def run_in_blender(command: Command, words: Sequence[str], sink: Sink) -> int:
    """Have a Blender do the command; its exit code. ``words`` are the command line as typed.

    Raises EngineError where there is no Blender, JobError when it ended without a last word.
    """
    with _started([*find_blender(command.blender).words, PIPED, *words]) as process:
        with _forwarding_signals(process, sink) as stopping:
            code, tail, spoke = _listen(process, sink)
        ended = process.wait()
    if code is not None:
        return code
    if stopping():
        raise Cancelled("Stopped. What was finished is kept.")
    said = f' Its last words: "{" / ".join(tail)}".' if tail else ""
    if not spoke:
        raise EngineError(
            f"{_named(command)} did not start Underpaint ({_exit_words(ended)}): is it a Blender? "
            f"--blender names one.{said}"
        )
    raise JobError(
        f"Blender ended unexpectedly ({_exit_words(ended)}).{said} What was finished is kept: give "
        "the same command again to go on."
    )


@dataclass(frozen=True)
class Blender:
    """A Blender that can carry commands out: what it is, and the words that start it."""

    name: str
    words: tuple[str, ...]


def find_blender(named: Path | None = None) -> Blender:
    """The program that was named here or in UNDERPAINT_BLENDER, the bpy package, one on the PATH.

    Raises InputError when what was named is no program, EngineError when there is none.
    """
    program = os.fspath(named or "") or os.environ.get("UNDERPAINT_BLENDER")
    if program:
        found = shutil.which(program)
        if found is None:
            asked = "--blender names" if named else "UNDERPAINT_BLENDER must name"
            raise InputError(f"{program} is no program: {asked} the Blender to use.")
        return _program(found)
    if find_spec("underpaint_addon") is not None and find_spec("bpy") is not None:
        # not from the folder we are in: the film's "underpaint" folder is no package of ours
        words = (sys.executable, "-P", "-m", "underpaint_addon")
        return Blender("the bpy package of this Python", words)
    on_path = shutil.which("blender")
    if on_path is None:
        raise EngineError(_MISSING)
    return _program(on_path)


def encoder(named: Path | None = None) -> tuple[str, ...]:
    """The words that start the add-on's encoder in a Blender; ``wire.encoding.options`` follow.

    Raises what ``find_blender`` raises.
    """
    blender = find_blender(named)
    addon = find_spec("underpaint_addon")
    assert addon is not None and addon.origin, "a Blender was found, so the add-on is here"
    script = os.fspath(Path(addon.origin).parent / "bridge" / "encode.py")
    program = "" if blender.words[0] == sys.executable else blender.words[0]
    return encoding.encoder(program, script)


def _program(blender: str) -> Blender:
    script = Path(__file__).resolve().parent / "in_blender.py"
    addon = find_spec("underpaint_addon")
    if addon is None or not addon.origin:
        raise EngineError(
            "Underpaint's add-on is not installed in this Python: run `pip install .` in the "
            "folder of Underpaint again."
        )
    options = ("-b", "--factory-startup", "-noaudio", "--python-exit-code", "4")
    folder = os.fspath(Path(addon.origin).parent)
    return Blender(blender, (blender, *options, "--python", os.fspath(script), "--", folder))


def _started(words: list[str]) -> subprocess.Popen[bytes]:
    """A process group of its own: a terminal's Ctrl-C reaches us alone, and we pass it on."""
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            creationflags=flags,
            start_new_session=sys.platform != "win32",
        )
    except OSError as error:
        raise EngineError(f"{words[0]} cannot be started: {error.strerror or error}.") from error


def _named(command: Command) -> str:
    return os.fspath(command.blender or os.environ.get("UNDERPAINT_BLENDER") or "Blender")


def _listen(process: subprocess.Popen[bytes], sink: Sink) -> tuple[int | None, list[str], bool]:
    """Show its events until it ends: the last one's exit code, what else it printed last, and
    whether there was any event at all."""
    code: int | None = None
    spoke = False
    chatter: deque[str] = deque(maxlen=_LAST_WORDS)
    assert process.stdout is not None
    for line in process.stdout:
        lead, mark, rest = line.partition(SEPARATOR)
        if lead.strip():
            chatter.append(lead.decode(errors="replace").strip())
        if not mark:
            continue
        with contextlib.suppress(FormatError):  # somebody else's record separator
            event = from_line(rest)
            sink.show(event)
            spoke = True
            if isinstance(event, Finished):
                code = 0
            elif isinstance(event, Broke):
                code = event.exit
    return code, list(chatter), spoke


@contextlib.contextmanager
def _forwarding_signals(process: subprocess.Popen[bytes], sink: Sink) -> Iterator[_Stopping]:
    """The first interrupt asks Blender to stop, the second ends it."""
    stopping = _Stopping(process, sink)
    before = {number: signal.signal(number, stopping.on_signal) for number in _STOPPERS}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Stopping:
    def __init__(self, process: subprocess.Popen[bytes], sink: Sink) -> None:
        self._process = process
        self._sink = sink
        self._asked = False

    def __call__(self) -> bool:
        """Whether a person has asked to stop."""
        return self._asked

    def on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._asked:
            self._process.kill()
            return
        self._asked = True
        self._process.send_signal(_ASK_TO_STOP)
        self._sink.show(Noted("Stopping (once more: stop at once) …"))


_STOPPERS = (signal.SIGINT, signal.SIGTERM)
_ASK_TO_STOP: int = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGINT)


def _exit_words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
