"""Properties: what an artist wishes is saved in the scene, what a session shows is not.

No ``from __future__ import annotations`` here: Blender reads the annotations themselves. And no
imports of the parts that work: switching the add-on on must cost nothing (tens of milliseconds).
"""

from typing import cast

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import PropertyGroup
from underpaint import DEFAULT_LOOK

_BESIDE_THE_BLEND = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
"""Since 4.5 Blender wants to be told that a path may begin with //."""


def _shot_chosen(_session: "UnderpaintSession", context: bpy.types.Context) -> None:
    from . import session

    session.list_takes(context.scene)


def _show_materials(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    from .bridge import materials

    materials.show(cast(bpy.types.Scene, wishes.id_data), wishes.show)


def _light_materials(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    from .bridge import materials

    materials.set_unlit(cast(bpy.types.Scene, wishes.id_data), wishes.unlit)


def _fade_backgrounds(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    from .bridge import backgrounds

    backgrounds.fade(cast(bpy.types.Scene, wishes.id_data), wishes.over)


class UnderpaintScene(PropertyGroup):
    """An artist's wishes, saved in the .blend."""

    look: StringProperty(
        name="Look",
        description="What the pictures should look like: a built-in look, or one of the project's "
        "looks/ folder",
        default=DEFAULT_LOOK,
    )
    words: StringProperty(
        name="Words",
        description="What the pictures should show and feel like. Empty: the words of the look",
        default="",
    )
    avoid: StringProperty(
        name="Avoid",
        description="What the pictures should not show. Empty: what the look avoids",
        default="",
    )
    engine: StringProperty(
        name="Engine",
        description='What paints: "built-in", or a folder in diffusers\' format. Empty: the one of '
        "the preferences",
        default="",
    )
    seed: IntProperty(
        name="Seed",
        description="The same seed gives the same picture again; another one gives another idea",
        default=0,
        min=0,
    )
    seed_per: EnumProperty(
        name="Noise",
        description="Which frames start from the same noise",
        items=(
            ("shot", "A Shot", "All frames of a shot start from the same noise: steadier"),
            ("frame", "A Frame", "Every frame starts from its own noise: livelier"),
        ),
        default="shot",
    )
    takes: IntProperty(
        name="Takes",
        description="How many takes to paint of each shot, each with the next seed",
        default=1,
        min=1,
        max=99,
    )
    texture_size: IntProperty(
        name="Texture Size",
        description="Texels a side of an object's painted texture",
        default=1024,
        min=64,
        max=8192,
        subtype="PIXEL",
    )
    around: BoolProperty(
        name="From All Around",
        description="Paint textures from more places than the shots' cameras, as many as it takes "
        "to see every side. Off: what no shot shows is filled in from its neighbourhood",
        default=True,
    )
    uv: EnumProperty(
        name="UV Map",
        description="What painted textures lie by",
        items=(
            ("own", "Underpaint's", "A map of our own: every face has texels of its own"),
            (
                "artist",
                "The Object's",
                "The map that the object renders with: where it overlaps "
                "or repeats, faces share their texels",
            ),
        ),
        default="own",
    )
    targets: EnumProperty(
        name="Objects",
        description="Which objects get painted textures",
        items=(
            ("VISIBLE", "Visible", "Every mesh that renders"),
            ("SELECTED", "Selected", "The selected meshes"),
        ),
        default="VISIBLE",
    )
    latest: BoolProperty(
        name="Newest Where None Is Picked",
        description="Put the newest take of a shot into the reel when no take of it is picked",
        default=True,
    )
    title: StringProperty(
        name="Title",
        description="The reel's title. Empty: the file's name",
        default="",
    )
    people: StringProperty(
        name="People",
        description='Who made it, for the credits, as in "Ana, story; Ben, layout"',
        default="",
    )
    folder: StringProperty(
        name="Folder",
        description="Where results go. Empty: the rule of the preferences, which is the folder "
        "underpaint beside the file",
        default="",
        subtype="DIR_PATH",
        options=_BESIDE_THE_BLEND,
    )
    show: EnumProperty(
        name="Show",
        description="Which materials the objects wear",
        items=(
            ("blocking", "Blocking", "The artist's own materials"),
            ("painted", "Painted", "The painted textures"),
        ),
        default="blocking",
        update=_show_materials,
    )
    over: FloatProperty(
        name="Over the Blocking",
        description="How far a take covers the blocking in its camera's view; at 0 it lies behind, "
        "where the sky is",
        default=0.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_fade_backgrounds,
    )
    unlit: FloatProperty(
        name="As Painted",
        description="How far painted textures ignore the scene's light: 1 shows their colours as "
        "painted, 0 lights them like any material",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_light_materials,
    )


class UnderpaintShot(PropertyGroup):
    """A line of the shot list."""

    start: IntProperty()
    end: IntProperty()
    takes: IntProperty()
    picked: IntProperty()


class UnderpaintTake(PropertyGroup):
    """A line of the list of takes."""

    number: IntProperty()
    icon: IntProperty()
    picked: BoolProperty()
    told: StringProperty()


class UnderpaintLook(PropertyGroup):
    """A look that can be chosen, by its name."""

    words: StringProperty()


class UnderpaintFinding(PropertyGroup):
    """A line of what the check of the engine found."""

    ok: BoolProperty()
    told: StringProperty()


class UnderpaintSession(PropertyGroup):
    """What the panel shows; gone with the session, and not part of undo."""

    shots: CollectionProperty(type=UnderpaintShot)
    shot_index: IntProperty(
        name="Shot",
        description="The shot whose takes are listed below",
        update=_shot_chosen,
    )
    takes: CollectionProperty(type=UnderpaintTake)
    takes_of: StringProperty()
    take_index: IntProperty(name="Take", description="The take to look at or to pick")
    looks: CollectionProperty(type=UnderpaintLook)
    findings: CollectionProperty(type=UnderpaintFinding)
    missing: StringProperty()
    error: StringProperty()
    told: StringProperty()
    out: StringProperty()
    waits: StringProperty()
    picture: IntProperty()
    working: BoolProperty()
    stopping: BoolProperty()
    text: StringProperty()
    left: StringProperty()
    fraction: FloatProperty(min=0.0, max=1.0, subtype="FACTOR")


NAME = "underpaint"
_HOLDERS = (
    (bpy.types.Scene, UnderpaintScene),
    (bpy.types.WindowManager, UnderpaintSession),
)
_CLASSES = (
    UnderpaintScene,
    UnderpaintShot,
    UnderpaintTake,
    UnderpaintLook,
    UnderpaintFinding,
    UnderpaintSession,
)


def register() -> None:
    """Classes first, then the two properties that hold them."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)
    for owner, kind in _HOLDERS:
        setattr(owner, NAME, PointerProperty(type=kind))


def unregister() -> None:
    """Properties survive their classes: they are deleted first."""
    for owner, _ in reversed(_HOLDERS):
        delattr(owner, NAME)
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
