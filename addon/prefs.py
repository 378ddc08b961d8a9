"""Preferences: what belongs to the machine and the person, not to a scene.

No ``from __future__ import annotations`` here: Blender reads the annotations themselves.
"""

import os
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import bpy
from bpy.props import StringProperty
from bpy.types import AddonPreferences
from underpaint import DEFAULT_ENGINE

from . import access

FOLDER_RULE = "//underpaint"
_PYTHON, _PROGRAMS = ("py -3.11", "Scripts") if os.name == "nt" else ("python3.11", "bin")
_HOME = Path("underpaint-engine", _PROGRAMS)
HOW_TO = (
    "The engine lives in a Python environment of its own, which you make once in a terminal:",
    f"    {_PYTHON} -m venv underpaint-engine",
    f'    {_HOME / "pip"} install "FOLDER_OF_UNDERPAINT[engine]"',
    f"Then name its Python above, {_HOME / 'python'}, and press Check.",
)


@dataclass(frozen=True)
class Settings:
    """The preferences, or their defaults where the add-on runs without being installed as one."""

    python: str
    engine: str = DEFAULT_ENGINE
    folder: str = FOLDER_RULE
    by: str = ""


class UnderpaintPreferences(AddonPreferences):
    """Shown in Blender's preferences, below the extension."""

    bl_idname = __package__

    python: StringProperty(
        name="Engine's Python",
        description="The Python program that has PyTorch and diffusers: bin/python of a virtual "
        "environment (python.exe in Scripts on Windows). Blender itself never loads them",
        subtype="FILE_PATH",
    )
    engine: StringProperty(
        name="Engine",
        description='What paints when a scene does not say: "built-in", or a folder in diffusers\' '
        "format",
        default=DEFAULT_ENGINE,
    )
    folder: StringProperty(
        name="Results",
        description="Where results go when a scene does not say; // is the folder of the .blend",
        default=FOLDER_RULE,
    )
    by: StringProperty(
        name="Your Name",
        description="Written into the records of takes and picks, and into the credits",
    )

    def draw(self, context: bpy.types.Context) -> None:
        """The settings, the check and what it found."""
        layout = self.layout
        layout.use_property_split = True
        row = layout.row(align=True)
        row.prop(self, "python")
        row.operator("underpaint.check_engine", text="Check", icon="CHECKMARK")
        if not settings().python:
            column = layout.column(align=True)
            for line in HOW_TO:
                column.label(text=line)
        findings, session = layout.column(align=True), access.session()
        for finding in session.findings:
            findings.label(text=finding.told, icon="CHECKMARK" if finding.ok else "ERROR")
        if session.error and not session.findings:
            for line in textwrap.wrap(session.error, 100):
                findings.label(text=line, icon="ERROR")
        layout.prop(self, "engine")
        layout.prop(self, "folder")
        layout.prop(self, "by")


def settings() -> Settings:
    """What the preferences say now, with everything that was left empty filled in."""
    addon: bpy.types.Addon | None = bpy.context.preferences.addons.get(__package__)
    if addon is None or addon.preferences is None:
        return Settings(default_python())
    prefs = cast(UnderpaintPreferences, addon.preferences)
    return Settings(
        python=bpy.path.abspath(prefs.python) or default_python(),
        engine=prefs.engine or DEFAULT_ENGINE,
        folder=prefs.folder or FOLDER_RULE,
        by=prefs.by,
    )


def default_python() -> str:
    """UNDERPAINT_PYTHON; else this Python where bpy is a package of it; else nothing is known."""
    named = os.environ.get("UNDERPAINT_PYTHON", "")
    return named or (sys.executable if bpy.app.module else "")


def register() -> None:
    """Tell Blender of the preferences."""
    bpy.utils.register_class(UnderpaintPreferences)


def unregister() -> None:
    """Take them back."""
    bpy.utils.unregister_class(UnderpaintPreferences)
