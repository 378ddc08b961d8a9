"""What Blender is told of us, as one list that is undone in exact reverse."""

from collections.abc import Callable
from contextlib import ExitStack

from . import cli, ops, panels, prefs, props, thumbnails, watch
from .jobs import window

_STEPS: tuple[tuple[Callable[[], None], Callable[[], None]], ...] = (
    (prefs.register, prefs.unregister),
    (props.register, props.unregister),
    (ops.register, ops.unregister),
    (panels.register, panels.unregister),
    (thumbnails.register, thumbnails.unregister),
    (window.register, window.unregister),
    (watch.register, watch.unregister),
    (cli.register, cli.unregister),
)
_done: list[Callable[[], None]] = []


def register() -> None:
    """Tell Blender everything; when one step fails, those before it are undone."""
    try:
        for do, undo in _STEPS:
            do()
            _done.append(undo)
    except BaseException:
        unregister()
        raise


def unregister() -> None:
    """Take back what was told, the last first."""
    with ExitStack() as stack:  # all of them, also when one of them raises
        for undo in _done:
            stack.callback(undo)
        _done.clear()
