"""Run by another Blender's Python, with a user folder of its own: one step of the extension's test.

``in_blender.py install ZIP``
``in_blender.py paint SCENE ENGINE_PYTHON``   through the extension that was installed
``in_blender.py off``
``in_blender.py remove``

Prints one JSON line led by ``@`` with what the step saw.
"""

import importlib
import json
import sys
from pathlib import Path

import bpy

MODULE = "bl_ext.user_default.underpaint"


def install(archive: str) -> dict[str, object]:
    """Install from disk, as the preferences do, and switch it on for the sessions to come."""
    bpy.ops.extensions.package_install_files(
        filepath=archive, repo="user_default", enable_on_install=True
    )
    bpy.ops.wm.save_userpref()
    return _seen()


def paint(scene: str, python: str) -> dict[str, object]:
    """Passes and frames by the operators, then the reel by the command line, in one session."""
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.python, preferences.engine, preferences.by = python, "stand-in", "Ana"
    bpy.ops.wm.open_mainfile(filepath=scene)
    bpy.context.scene.underpaint.words = "stone and moss"
    results = [sorted(bpy.ops.underpaint.passes()), sorted(bpy.ops.underpaint.frames())]
    cli = importlib.import_module(f"{MODULE}.cli")
    code = cli.main(["reel", "--latest", "--json"])
    editor = bpy.context.scene.sequence_editor
    strips = [s.name for s in getattr(editor, "strips_all", None) or editor.sequences_all]
    bpy.ops.wm.save_mainfile()
    return {**_seen(), "results": results, "code": code, "strips": sorted(strips)}


def switch_off() -> dict[str, object]:
    """Switch it off."""
    bpy.ops.preferences.addon_disable(module=MODULE)
    return _seen()


def remove() -> dict[str, object]:
    """Uninstall it."""
    bpy.ops.extensions.package_uninstall(pkg_id="underpaint", repo_index=1)
    return _seen()


def _seen() -> dict[str, object]:
    package = sys.modules.get("underpaint")
    return {
        "version": list(bpy.app.version[:2]),
        "enabled": MODULE in bpy.context.preferences.addons,
        "registered": hasattr(bpy.types.Scene, "underpaint"),
        "package": str(Path(package.__file__)) if package else "",
        "complete": bool(package) and Path(package.__file__).is_file(),
    }


STEPS = {"install": install, "paint": paint, "off": switch_off, "remove": remove}

if __name__ == "__main__":
    if sys.argv[1] in ("paint", "off"):  # the package starts with factory settings
        bpy.ops.preferences.addon_enable(module=MODULE)
    print("@" + json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
