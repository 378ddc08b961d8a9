"""``python -m underpaint_addon COMMAND FILE …``: one command in a Blender of its own.

Started by ``underpaint``, with ``--piped`` as the first word: events then go up the pipe, to be
shown there. It works from Python with the bpy package, and inside a Blender program.
"""

import sys
from collections.abc import Sequence

from underpaint import commands
from underpaint.blender_process import PIPED
from underpaint.console import PipeSink, Sink
from underpaint.errors import EngineError, InputError

OLDEST = (4, 2)


def main(words: Sequence[str]) -> int:
    """Open the file and carry the command out; the exit code."""
    from . import cli, output

    piped = words[:1] == [PIPED]
    with output.own_output() as out:
        rest = words[1:] if piped else words
        sink: Sink = PipeSink(out) if piped else output.sink_for(rest, out)
        return cli.concluded(lambda: _carry_out(rest, sink), sink)


def _carry_out(words: Sequence[str], sink: Sink) -> int:
    import bpy

    from . import cli, registry, scene_file

    command = commands.parse(words)
    if command.name not in commands.PAINTING or command.file is None:
        raise InputError(f"{command.name} needs no Blender: call `underpaint {command.name}`.")
    if bpy.app.version < OLDEST:
        raise EngineError(
            f"This is Blender {bpy.app.version_string}: Underpaint needs 4.2 or newer."
        )
    registry.register()
    scene = scene_file.open_scene(command.file)
    return cli.execute(command, scene, sink)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
