"""Properties of a session: what the panel shows; they are never saved.

No ``from __future__ import annotations`` here: Blender reads the annotations themselves.
"""

from bpy.props import (
    BoolProperty,
    CollectionProperty,
    FloatProperty,
    IntProperty,
    StringProperty,
)
from bpy.types import PropertyGroup

from . import reactions


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
    stars: FloatProperty()
    mine: IntProperty()
    rejected: BoolProperty()
    notes: StringProperty()


class UnderpaintTexture(PropertyGroup):
    """A line of the list of an object's texture takes."""

    number: IntProperty()
    icon: IntProperty()
    picked: BoolProperty()
    shown: BoolProperty()
    told: StringProperty()
    stars: FloatProperty()
    mine: IntProperty()
    rejected: BoolProperty()
    notes: StringProperty()


class UnderpaintCue(PropertyGroup):
    """A line of the reel's cut."""

    told: StringProperty()


class UnderpaintUnderWay(PropertyGroup):
    """A take that is being painted; its seed is its name."""

    frames: IntProperty()
    done: IntProperty()
    icon: IntProperty()
    stopped: BoolProperty()


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
        update=reactions.shot_chosen,
    )
    takes: CollectionProperty(type=UnderpaintTake)
    takes_of: StringProperty()
    take_index: IntProperty(name="Take", description="The take to look at or to pick")
    textures: CollectionProperty(type=UnderpaintTexture)
    textures_of: StringProperty()
    texture_index: IntProperty(name="Take", description="A texture of the active object")
    texture_number: IntProperty(
        name="Take",
        description="The number of the take that every object is to show",
        default=1,
        min=1,
    )
    takes_unread: StringProperty()
    textures_unread: StringProperty()
    note: StringProperty(
        name="Note",
        description="What you think of this take; every note is kept, with your name and the time",
    )
    going: StringProperty()
    compared: StringProperty()
    wipe: FloatProperty(
        name="Wipe",
        description="How much of the picture shows the take at the left",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=reactions.move_wipe,
    )
    sides: BoolProperty(
        name="Side by Side",
        description="Show both takes whole, beside each other",
        update=reactions.move_wipe,
    )
    left_out: StringProperty()
    cues: CollectionProperty(type=UnderpaintCue)
    cue_index: IntProperty(name="Entry", description="The place in the reel that is edited")
    under_way: CollectionProperty(type=UnderpaintUnderWay)
    looks: CollectionProperty(type=UnderpaintLook)
    findings: CollectionProperty(type=UnderpaintFinding)
    missing: StringProperty()
    error: StringProperty()
    told: StringProperty()
    out: StringProperty()
    estimate: StringProperty()
    waits: StringProperty()
    picture: IntProperty()
    working: BoolProperty()
    stopping: BoolProperty()
    text: StringProperty()
    left: StringProperty()
    fraction: FloatProperty(min=0.0, max=1.0, subtype="FACTOR")


CLASSES = (
    UnderpaintShot,
    UnderpaintTake,
    UnderpaintTexture,
    UnderpaintCue,
    UnderpaintUnderWay,
    UnderpaintLook,
    UnderpaintFinding,
    UnderpaintSession,
)
"""In the order in which they are registered."""
