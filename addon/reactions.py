"""What happens when a person changes a property. Nothing that works is imported before that."""

from typing import TYPE_CHECKING, cast

import bpy

if TYPE_CHECKING:
    from .bridge.materials import Shown
    from .props import UnderpaintObject, UnderpaintScene
    from .session_props import UnderpaintSession

SHOWN: "tuple[Shown, ...]" = ("blocking", "painted", "mixed")
"""What an object can wear, in the order of the buttons."""


def shot_chosen(_session: "UnderpaintSession", context: bpy.types.Context) -> None:
    """Another shot: its takes are listed."""
    from . import session

    session.list_takes(context.scene)


def cut_chosen(_wishes: "UnderpaintScene", context: bpy.types.Context) -> None:
    """Another edit of the reel: its entries are listed."""
    from . import session

    session.list_cues(context.scene)


def cut_names(
    _wishes: "UnderpaintScene", context: bpy.types.Context, typed: str
) -> tuple[str, ...]:
    """The edits of the reel that were saved, for a person who types one's name."""
    from underpaint.errors import UnderpaintError
    from underpaint.library import cuts
    from underpaint.library.project import Project

    from . import choices

    try:
        found = cuts.names(Project(choices.out_folder(context.scene)))
    except UnderpaintError:  # not saved yet
        return ()
    return tuple(name for name in found if typed.casefold() in name.casefold())


def move_wipe(_session: "UnderpaintSession", _context: bpy.types.Context) -> None:
    """The line between two takes that are compared."""
    from . import comparing

    comparing.move()


def show_materials(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    """The scene's switch: blocking, painted or mixed."""
    from . import switches

    switches.show_scene(cast(bpy.types.Scene, wishes.id_data))


def mix_materials(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    """How far the paint covers."""
    from .bridge import materials

    materials.set_mix(cast(bpy.types.Scene, wishes.id_data), wishes.mix)


def bend_light(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    """How far heights show."""
    from .bridge import materials

    materials.set_relief(cast(bpy.types.Scene, wishes.id_data), wishes.relief)


def pack_textures(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    """Into the .blend, or out of it."""
    from . import switches

    switches.pack(cast(bpy.types.Scene, wishes.id_data))


def read_show(own: "UnderpaintObject") -> int:
    """What an object wears, by its number among ``SHOWN``."""
    from .bridge import materials

    return SHOWN.index(materials.shown(cast(bpy.types.Object, own.id_data)))


def write_show(own: "UnderpaintObject", value: int) -> None:
    """Have an object wear that."""
    from . import switches

    switches.show_object(cast(bpy.types.Object, own.id_data), SHOWN[value])


def read_own_mix(own: "UnderpaintObject") -> bool:
    """Whether an object has a share of paint of its own."""
    from .bridge import materials

    return materials.own_mix(cast(bpy.types.Object, own.id_data)) is not None


def write_own_mix(own: "UnderpaintObject", value: bool) -> None:
    """Give it one, or have it go by the scene's."""
    from . import switches

    switches.mix_object(cast(bpy.types.Object, own.id_data), own.mix if value else None)


def read_mix(own: "UnderpaintObject") -> float:
    """An object's share of paint."""
    from . import switches

    return switches.mix_of(cast(bpy.types.Object, own.id_data))


def write_mix(own: "UnderpaintObject", value: float) -> None:
    """Give an object a share of its own."""
    from . import switches

    switches.mix_object(cast(bpy.types.Object, own.id_data), value)


def light_materials(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    """How far painted materials ignore the light."""
    from .bridge import materials

    materials.set_unlit(cast(bpy.types.Scene, wishes.id_data), wishes.unlit)


def fade_backgrounds(wishes: "UnderpaintScene", _context: bpy.types.Context) -> None:
    """How far a take covers the blocking in its camera's view."""
    from .bridge import backgrounds

    backgrounds.fade(cast(bpy.types.Scene, wishes.id_data), wishes.over)
