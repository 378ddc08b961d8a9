"""Properties that are saved in the .blend: what an artist wishes; and the registration of all.

No ``from __future__ import annotations`` here: Blender reads the annotations themselves. And no
imports of the parts that work: switching the add-on on must cost nothing (tens of milliseconds).
"""

import bpy
from bpy.props import (
    BoolProperty,
    EnumProperty,
    FloatProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)
from bpy.types import PropertyGroup
from underpaint import DEFAULT_LOOK

from . import reactions, session_props

_BESIDE_THE_BLEND = {"PATH_SUPPORTS_BLEND_RELATIVE"} if bpy.app.version >= (4, 5, 0) else set()
"""Since 4.5 Blender wants to be told that a path may begin with //."""


_SHOW_ITEMS = (
    ("blocking", "Blocking", "The artist's own materials"),
    ("painted", "Painted", "The painted textures"),
    (
        "mixed",
        "Mixed",
        "The paint over copies of the artist's own materials, as they are when this is switched on",
    ),
)


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
    mode: EnumProperty(
        name="Mode",
        description="How the frames of a shot come about",
        items=(
            (
                "steady",
                "Steady",
                "Key frames are painted, and their paint is carried along by everything that "
                "moves: the shot holds still",
            ),
            (
                "each",
                "Each",
                "Every frame is painted on its own: the brushwork boils",
            ),
            (
                "anchored",
                "Anchored",
                "As Steady, from the objects' painted textures, so that all shots of a set agree: "
                "paint textures first",
            ),
        ),
        default="steady",
    )
    cadence: EnumProperty(
        name="Drawings",
        description="For how many frames a drawing stays",
        items=(
            ("ones", "On Ones", "A new drawing for every frame: movement is smooth"),
            ("twos", "On Twos", "A new drawing for every second frame, as animation is often shot"),
            ("threes", "On Threes", "A new drawing for every third frame: crisp and sparing"),
            ("keys", "Keys Only", "Each key frame stays until the next: a moving storyboard"),
        ),
        default="ones",
    )
    repaint: FloatProperty(
        name="Repaint",
        description="How far the paint may leave the textures: 0 shows them as they are, 1 only "
        "hints at them",
        default=0.35,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
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
        description="How many takes to paint of each shot, and of each object's texture, each with "
        "the next seed",
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
    most_added: IntProperty(
        name="At Most",
        description="Views to add to the shots' own at the most; fewer take less time and leave "
        "more to be filled in. 0: as many as it takes",
        default=0,
        min=0,
        soft_max=64,
        max=999,
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
    part: StringProperty(
        name="Only",
        description="Paint only where this vertex group has weight, and keep the rest of the "
        "texture as it is shown. Empty: the whole object",
        default="",
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
    cut: StringProperty(
        name="Cut",
        description="Which edit of the reel: several stand side by side. Empty: main",
        default="",
        update=reactions.cut_chosen,
        search=reactions.cut_names,
        search_options={"SUGGESTION"},
    )
    slates: BoolProperty(
        name="Slates",
        description="A card before each shot: film, shot, take, look and date",
        default=False,
    )
    burn_in: BoolProperty(
        name="Burn-In",
        description="A strip below the picture: shot, take, frame, timecode, what painted it",
        default=True,
    )
    credits: BoolProperty(
        name="Credits",
        description="Cards at the end: people, engines with their licences, what was painted",
        default=True,
    )
    sound: StringProperty(
        name="Sound",
        description="A temp sound track from the reel's first frame on",
        default="",
        subtype="FILE_PATH",
        options=_BESIDE_THE_BLEND,
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
        items=_SHOW_ITEMS,
        default="blocking",
        update=reactions.show_materials,
    )
    mix: FloatProperty(
        name="Paint",
        description="How far the paint covers the artist's own materials where the mix is shown",
        default=0.5,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=reactions.mix_materials,
    )
    relief: FloatProperty(
        name="Relief",
        description="How far the heights that were derived from the paint bend the light beyond "
        "their normal maps: at 1 as much again. It shows where As Painted is below 1",
        default=0.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=reactions.bend_light,
    )
    pack: BoolProperty(
        name="Pack into the .blend",
        description="Painted textures lie in the .blend itself, so that it can travel alone; later "
        "ones are packed as well. Off: they lie in the project's folder beside it",
        default=False,
        update=reactions.pack_textures,
    )
    atlas: BoolProperty(
        name="Share Pictures",
        description="Textures of objects near each other are packed into one picture, an atlas, as "
        "game engines want them; each object's own stay on disk",
        default=False,
    )
    tile: BoolProperty(
        name="As a Tile",
        description="Paint one square that repeats without a seam, and lay it on the selected "
        "objects by metres: for grounds and walls",
        default=False,
    )
    tile_metres: FloatProperty(
        name="Tile's Side",
        description="How many metres of the world a tile covers",
        default=2.0,
        min=0.01,
        soft_max=20.0,
        subtype="DISTANCE",
        unit="LENGTH",
    )
    over: FloatProperty(
        name="Over the Blocking",
        description="How far a take covers the blocking in its camera's view; at 0 it lies behind, "
        "where the sky is",
        default=0.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=reactions.fade_backgrounds,
    )
    unlit: FloatProperty(
        name="As Painted",
        description="How far painted textures ignore the scene's light: 1 shows their colours as "
        "painted, 0 lights them like any material",
        default=1.0,
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=reactions.light_materials,
    )


class UnderpaintObject(PropertyGroup):
    """One object's switch. What it says is read off the object, so that nothing can disagree."""

    show: EnumProperty(
        name="Show",
        description="Which materials this object wears",
        items=_SHOW_ITEMS,
        get=reactions.read_show,
        set=reactions.write_show,
    )
    own_mix: BoolProperty(
        name="Its Own",
        description="Mix the paint of this object to a degree of its own, not to the scene's",
        get=reactions.read_own_mix,
        set=reactions.write_own_mix,
    )
    mix: FloatProperty(
        name="Paint",
        description="How far the paint covers this object's own materials where the mix is shown",
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        get=reactions.read_mix,
        set=reactions.write_mix,
    )


NAME = "underpaint"
_HOLDERS = (
    (bpy.types.Scene, UnderpaintScene),
    (bpy.types.Object, UnderpaintObject),
    (bpy.types.WindowManager, session_props.UnderpaintSession),
)
_CLASSES = (UnderpaintScene, UnderpaintObject, *session_props.CLASSES)


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
