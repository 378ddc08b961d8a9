"""Texture takes that were painted for another layout of their UV map than later ones."""

from __future__ import annotations

from ..errors import UnderpaintError
from ..model.request import TextureRequest
from ..model.take import Take
from .takes import Takes


def newer_layout(takes: Takes, take: Take) -> Take | None:
    """The newest later texture that lies by the same UV map, if that was laid out otherwise for it.

    The object most likely has that layout now. None as well where a record does not tell.
    """
    request = take.texture_request
    if request is None or not request.layout:
        return None
    later = (number for number in takes.numbers(take.subject) if number > take.number)
    for number in sorted(later, reverse=True):
        other = _texture(takes, take.subject, number)
        if other is not None and other[1].uv_map == request.uv_map and other[1].layout:
            return other[0] if other[1].layout != request.layout else None
    return None


def _texture(takes: Takes, subject: str, number: int) -> tuple[Take, TextureRequest] | None:
    """A take and its request; None for a tile, and for a record that cannot be read."""
    try:
        take = takes.load(subject, number)
    except UnderpaintError:
        return None
    return None if take.texture_request is None else (take, take.texture_request)
