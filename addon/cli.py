"""``blender -b FILE --command underpaint …``: where Blender finds the command line."""

from collections.abc import Sequence

import bpy

NAME = "underpaint"

_handle: object = None


def main(words: Sequence[str]) -> int:
    """Called with the words behind ``--command underpaint``; the exit code."""
    from . import carry_out

    return carry_out.in_open_file(words)


def register() -> None:
    """Let ``--command underpaint`` find us."""
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, main)


def unregister() -> None:
    """Be found no more."""
    global _handle
    bpy.utils.unregister_cli_command(_handle)
    _handle = None
