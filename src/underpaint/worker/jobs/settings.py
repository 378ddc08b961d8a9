"""From what a person asked to what is painted: a look made explicit, and seeds."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from ...errors import InputError
from ...model.look import Look
from ...model.request import SeedPer
from ..engine import CONTROLS, Engine, EngineInfo, PaintSettings
from ..job import Job
from ..vocabulary import unknown_words, unknown_words_note

SEED_END = 1 << 63
_DIRECTED = re.compile(
    r"\b(?:from|on) the (?:left|right|front|camera|side)\b|\b(?:left|right|side|front|frontal|rim|"
    r"back|top|overhead) ?light(?:ing)?\b|\b(?:light|lit|sun|moon)\b.* (?:from|behind|above)\b|"
    r"\bbacklit\b|\bcontre jour\b|\bsilhouettes?\b|\bagainst the light\b|\blong shadows?\b",
    re.IGNORECASE,
)
"""Phrases of a look that say where its light comes from."""
_EVEN_LIGHT = "flat front light"


def explicit_look(look: Look, info: EngineInfo) -> Look:
    """The look with every setting filled in by the engine's defaults, so that a record says it all.

    Raises InputError for a setting that makes no sense.
    """
    steps = info.steps if look.steps is None else look.steps
    guidance = info.guidance if look.guidance is None else look.guidance
    if not 1 <= steps <= 1000:
        raise InputError(f"The look asks for {steps} steps: give 1 to 1000.")
    if not 0 <= guidance <= 100:
        raise InputError(
            f"The look asks for guidance {guidance:g}: give 0 to 100; up to 1 it is none."
        )
    for kind, scale in look.control_scales.items():
        if kind not in CONTROLS or not 0 <= scale <= 10:
            raise InputError(
                f'The look scales the control "{kind}" by {scale:g}: '
                f"there are {', '.join(CONTROLS)}, and a scale is 0 to 10."
            )
    scales = {kind: look.control_scales.get(kind, 1.0) for kind in info.controls}
    return replace(look, steps=steps, guidance=guidance, control_scales=scales)


def surface_look(look: Look) -> Look:
    """The look as surfaces should have it: lit alike from wherever they are looked at.

    "Light from the left" lights another side of a wall in every view, and a texture is to be lit by
    the scene, or by none. So words about where light comes from give way to light from the camera.
    """
    phrases = [phrase.strip() for phrase in look.words.split(",")]
    kept = [phrase for phrase in phrases if phrase and not _DIRECTED.search(phrase)]
    return replace(look, words=", ".join([*kept, _EVEN_LIGHT]))


def paint_settings(look: Look, *, seamless: bool = False) -> PaintSettings:
    """What the engine gets of an explicit look."""
    assert look.steps is not None and look.guidance is not None
    return PaintSettings(
        look.words, look.avoid, look.steps, look.guidance, look.control_scales, seamless
    )


def check_words(look: Look, info: EngineInfo, job: Job) -> None:
    """Tell the person which words of an explicit look this engine will not heed."""
    assert look.guidance is not None
    guided = look.guidance > 1
    if look.avoid and not guided:
        job.note("Without guidance nothing is avoided: give the look a guidance above 1.")
    if info.vocabulary is not None:
        unknown = unknown_words(f"{look.words} {look.avoid if guided else ''}", info.vocabulary)
        if unknown:
            job.note(unknown_words_note(unknown))


def check_length(look: Look, engine: Engine, job: Job) -> None:
    """Tell the person which words come too late to be read."""
    for words in (look.words, look.avoid):
        unread = engine.unread(words) if words else ""
        if unread:
            job.note(f'The engine has no room for the last words, "{unread}": say it shorter.')


def check_seed(seed: int, takes: int = 1) -> None:
    """Raise InputError for a seed that no generator takes."""
    if not 0 <= seed <= SEED_END - takes:
        raise InputError(f"The seed is {seed}: give a whole number from 0 to {SEED_END - takes}.")


def view_seed(seed: int, per: SeedPer, frame: int) -> int:
    """The seed of a frame's noise: the shot's own, or one drawn from it and the frame's number."""
    if per == "shot":
        return seed
    drawn = hashlib.sha256(f"{seed}:{frame}".encode()).digest()
    return int.from_bytes(drawn[:8], "big") % SEED_END
