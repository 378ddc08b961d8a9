"""``python -m underpaint_addon COMMAND FILE …``: one command in a Blender of its own.

Started by ``underpaint``, with ``--piped`` as the first word: events then go up the pipe, to be
shown there. It works from Python with the bpy package, and inside a Blender program.
"""

import sys
from collections.abc import Sequence

from underpaint.blender_process import PIPED
from underpaint.commands import PAINTING, Command
from underpaint.console import PipeSink, Sink
from underpaint.errors import EngineError, InputError
from underpaint.events import Noted

OLDEST = (4, 2)


def main(words: Sequence[str]) -> int:
    """Open the file and carry the command out; the exit code."""
    from . import carry_out, output

    if words[:1] == [PIPED]:
        return carry_out.carry_out(words[1:], _in_file, PipeSink, with_file=True)
    return carry_out.carry_out(
        words, _in_file, lambda out: output.sink_for(words, out), with_file=True
    )


def _in_file(command: Command, sink: Sink) -> int:
    import bpy

    from . import carry_out, registry, scene_file

    if command.name not in PAINTING or command.file is None:
        raise InputError(f"{command.name} needs no Blender: call `underpaint {command.name}`.")
    if bpy.app.version < OLDEST:
        raise EngineError(f"This is Blender {bpy.app.version_string}: Underpaint needs 4.2.")
    registry.register()
    scene = scene_file.open_scene(command.file)
    left_out = scene_file.unrun_scripts()
    if left_out:
        sink.show(Noted(left_out))
    return carry_out.execute(command, scene, sink)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
