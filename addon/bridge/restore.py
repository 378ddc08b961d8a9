"""Change the user's scene for a while: whatever was changed is put back, however the block ends.

What is put back is what was changed, because both go through ``Changes``: there is no second list
to forget something in. Rendering also moves what is animated to its keys, and takes unkeyed poses
with it; ``Changes.keep_unkeyed`` holds on to those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from typing import Any, TypeVar

import bpy

from . import compat

T = TypeVar("T")

_LAST_STEP = re.compile(r"^(?:(?P<owner>.*)\.)?(?P<name>[A-Za-z_]\w*)$")
_LAST_KEY = re.compile(r'^(?P<owner>.*)\["(?P<key>(?:[^"\\]|\\.)*)"\]$')


class Changes:
    """Changes of RNA properties, each remembered with the value it had before."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def set(self, struct: bpy.types.bpy_struct, values: Mapping[str, Any]) -> None:
        """Set properties in the given order; an unknown name raises AttributeError.

        All are read before the first is set, and put back in the same order: a file format, say,
        decides which colour depths there are, and resets the one that was chosen.
        """
        before = [(name, _state(struct, name)) for name in values]
        self._stack.callback(_put_back, struct, before)
        for name, value in values.items():
            if getattr(struct, name) != value:
                setattr(struct, name, value)

    def undo(self, action: Callable[..., object], *arguments: object) -> None:
        """Have ``action(*arguments)`` called in the end."""
        self._stack.callback(action, *arguments)

    def enter(self, context: AbstractContextManager[T]) -> T:
        """Enter a context manager; it ends with the changes."""
        return self._stack.enter_context(context)

    def keep_unkeyed(self) -> None:
        """Put back animated properties whose values are not what their curves say."""
        self._stack.callback(_restore_animated, _animated_values())

    def keep_render_result(self) -> None:
        """Leave the picture that the person rendered last in its slot; ours goes to one of its own.

        That slot stays, with our last picture: a script can remove none, and ``RenderSlot.clear``
        passes over the one that was rendered last (seen in 5.0.1).
        """
        image = _render_result()
        if image is None:
            self._stack.callback(_forget_render_result)
            return
        slots = image.render_slots
        self._stack.callback(_activate_slot, slots.active_index)
        ours = next((i for i, slot in enumerate(slots) if slot.name == _SLOT), None)
        if ours is None:
            slots.new(name=_SLOT)
            ours = len(slots) - 1
        slots.active_index = ours


@contextmanager
def restored() -> Iterator[Changes]:
    """All changes made through what this yields are undone at the end, the last first.

    A datablock that a person deleted meanwhile is passed over; every other change is still undone.
    """
    with ExitStack() as stack:
        yield Changes(stack)


# --- properties -------------------------------------------------------------------------------


_UNSET = object()


def _state(struct: bpy.types.bpy_struct, name: str) -> Any:
    """The value, or ``_UNSET`` where the scene stores none and Blender shows the default."""
    value = getattr(struct, name)
    if not struct.is_property_set(name):
        return _UNSET
    return value[:] if hasattr(value, "__len__") and not isinstance(value, (str, set)) else value


def _put_back(struct: bpy.types.bpy_struct, before: list[tuple[str, Any]]) -> None:
    for name, value in before:
        with suppress(ReferenceError):  # the struct, or what it pointed at, was deleted meanwhile
            if value is _UNSET:
                struct.property_unset(name)
            elif getattr(struct, name) != value:
                setattr(struct, name, value)


# --- animation --------------------------------------------------------------------------------


def _animated_values() -> list[tuple[bpy.types.ID, str, int, Any]]:
    """(datablock, data path, index, value) of everything that a curve moves."""
    values = []
    for data in _animated():
        for curve in compat.animation_curves(data.animation_data):
            with suppress(ValueError, IndexError):  # a curve of something that is not there
                value = data.path_resolve(curve.data_path)
                index = curve.array_index
                values.append((data, curve.data_path, index, _item(value, index)))
    return values


def _restore_animated(values: list[tuple[bpy.types.ID, str, int, Any]]) -> None:
    for data, path, index, before in values:
        with suppress(ReferenceError, ValueError, IndexError):
            now = data.path_resolve(path)
            if _item(now, index) == before:
                continue
            if _is_array(now):
                now[index] = before
            else:
                _set_by_path(data, path, before)


def _animated() -> Iterator[bpy.types.ID]:
    """Every datablock with animation, embedded node trees among them."""
    for data in bpy.data.user_map():
        for part in (data, getattr(data, "node_tree", None)):
            if getattr(part, "animation_data", None) is not None:
                yield part


def _is_array(value: Any) -> bool:
    return hasattr(value, "__setitem__") and hasattr(value, "__len__")


def _item(value: Any, index: int) -> Any:
    return value[index] if _is_array(value) else value


def _set_by_path(data: bpy.types.ID, path: str, value: Any) -> None:
    step = _LAST_STEP.match(path)
    if step:
        owner = data.path_resolve(step["owner"]) if step["owner"] else data
        setattr(owner, step["name"], value)
        return
    key = _LAST_KEY.match(path)
    if key:
        owner = data.path_resolve(key["owner"]) if key["owner"] else data
        owner[bpy.utils.unescape_identifier(key["key"])] = value


# --- the render result ------------------------------------------------------------------------


_SLOT = "Underpaint"


def _render_result() -> bpy.types.Image | None:
    return next((image for image in bpy.data.images if image.type == "RENDER_RESULT"), None)


def _activate_slot(index: int) -> None:
    image = _render_result()
    if image is not None:
        image.render_slots.active_index = index


def _forget_render_result() -> None:
    image = _render_result()
    if image is not None:
        bpy.data.images.remove(image)
