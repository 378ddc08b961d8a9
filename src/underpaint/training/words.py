"""Captions: a grammar with synonyms over a small vocabulary, and the tokenizer that reads it."""

from __future__ import annotations

import random

from underpaint.training.painter import LIGHTS, LOOKS, TINTS, Brief

LOOK_WORDS: dict[str, tuple[str, ...]] = {
    "dusk": (
        "cinematic dusk",
        "dusk",
        "cinematic sunset",
        "sunset",
        "cinematic evening",
        "sundown",
    ),
    "golden hour": ("golden hour", "golden afternoon", "late sun", "golden light", "sunrise"),
    "blue hour": ("blue hour", "twilight", "blue evening", "moonlight", "moonlit night"),
    "noir": ("film noir", "noir", "black and white film", "monochrome night"),
    "neon night": ("neon night", "neon", "cyberpunk night", "neon city at night", "cyberpunk"),
    "overcast": ("overcast day", "overcast", "cloudy day", "grey day", "flat daylight", "cloudy"),
    "fog": ("fog", "foggy morning", "mist", "misty morning", "heavy haze", "foggy", "misty"),
    "watercolour": (
        "watercolour",
        "watercolor",
        "watercolour painting",
        "aquarelle",
        "watercolor wash",
    ),
    "ink": ("ink drawing", "ink", "brush and ink", "manga ink", "comic ink", "ink wash"),
    "gouache": (
        "gouache",
        "gouache painting",
        "oil painting",
        "background painting",
        "poster paint",
    ),
    "cel": ("cel shading", "cel", "anime", "cartoon", "toon", "animation cel"),
    "blueprint": ("blueprint", "technical drawing", "plan drawing", "architect drawing"),
    "charcoal": ("charcoal", "charcoal drawing", "charcoal sketch", "pencil sketch", "graphite"),
    "clay": ("clay", "clay render", "plaster model", "grey model", "maquette"),
}
LIGHT_WORDS: dict[str, tuple[str, ...]] = {
    "left": ("light from the left", "left light", "lit from the left", "sun on the left"),
    "right": ("light from the right", "right light", "lit from the right", "sun on the right"),
    "front": ("light from the front", "front light", "frontal light", "lit from the camera"),
    "behind": ("light from behind", "back light", "backlit", "rim light", "contre jour"),
    "above": ("light from above", "top light", "overhead light", "noon", "midday sun"),
}
MOOD_WORDS: dict[str, tuple[str, ...]] = {
    "warm": ("warm", "warm colours", "warm palette"),
    "cold": ("cold", "cool", "cold colours", "cold palette"),
    "muted": ("muted", "muted colours", "pale", "faded", "desaturated"),
    "vivid": ("vivid", "saturated", "vivid colours", "colourful", "colorful"),
    "bright": ("bright", "light and airy", "high key"),
    "dark": ("dark", "low key", "gloomy", "dim"),
}
TINT_WORDS: dict[str, tuple[str, ...]] = {
    "red": ("red", "crimson", "scarlet"),
    "orange": ("orange", "terracotta", "rust"),
    "yellow": ("yellow", "ochre", "lemon"),
    "green": ("green", "emerald", "olive"),
    "teal": ("teal", "turquoise", "cyan"),
    "blue": ("blue", "navy", "azure"),
    "purple": ("purple", "violet", "lilac"),
    "pink": ("pink", "rose", "magenta"),
    "brown": ("brown", "umber", "sepia"),
    "gold": ("gold", "amber"),
    "grey": ("grey", "gray", "silver"),
    "cream": ("cream", "ivory", "beige"),
}
THINGS = (
    "walls", "houses", "paint", "tones", "accents", "street", "corner", "city", "town", "village",
    "store", "shop", "room", "interior", "kitchen", "table", "still life", "hills", "mountains",
    "landscape", "square", "plaza", "market", "people", "a figure", "two figures", "a man",
    "a woman", "a child", "trees", "a tree", "lamps", "windows", "lit windows", "stairs", "steps",
    "a car", "a jeepney", "a bus", "buildings", "sky", "clouds", "rocks", "stones", "a bench",
)  # fmt: skip
FILLER = (
    "a", "an", "the", "of", "in", "at", "with", "and", "on", "by", "from", "shot", "frame",
    "picture",
    "scene", "view", "film", "movie", "still", "wide", "close", "close up", "low angle", "detailed",
    "beautiful", "quiet", "lonely", "busy", "old", "rough", "soft", "hard", "deep", "long shadows",
    "night", "day", "morning", "evening", "afternoon", "winter", "summer", "rain", "rainy", "wet",
    "storyboard", "concept art", "illustration", "painting", "drawing", "style", "mood", "very",
    "slightly", "mostly", "under", "lamp light", "street light", "palette", "colours", "colors",
)  # fmt: skip
SPECIAL = ("<|pad|>", "<|unk|>", "<|startoftext|>", "<|endoftext|>")
LENGTH = 32


def vocabulary() -> list[str]:
    """All words that captions are made of, in a fixed order."""
    groups = (LOOK_WORDS, LIGHT_WORDS, MOOD_WORDS, TINT_WORDS)
    phrases = [p for group in groups for choices in group.values() for p in choices]
    words = " ".join([*phrases, *THINGS, *FILLER, *LIGHTS, *LOOKS, *TINTS]).split()
    return list(dict.fromkeys(words))


def random_brief(rng: random.Random) -> Brief:
    """A random look with random words."""
    return Brief(
        look=rng.choice(tuple(LOOKS)),
        light=rng.choice(tuple(LIGHTS)) if rng.random() < 0.6 else None,
        tint=rng.choice(tuple(TINTS)) if rng.random() < 0.3 else None,
        mood=rng.choice(tuple(MOOD_WORDS)) if rng.random() < 0.3 else None,
        seed=rng.getrandbits(31),
    )


def caption(brief: Brief, rng: random.Random) -> str:
    """A caption of a brief: synonyms, order and padding words vary."""
    parts = [rng.choice(LOOK_WORDS[brief.look])]
    parts += [rng.choice(LIGHT_WORDS[brief.light])] if brief.light else []
    parts += [_tint_phrase(brief.tint, rng)] if brief.tint else []
    parts += [rng.choice(MOOD_WORDS[brief.mood])] if brief.mood else []
    parts += [rng.choice(THINGS) for _ in range(rng.choice((0, 0, 1, 2)))]
    parts += [rng.choice(FILLER) for _ in range(rng.choice((0, 0, 1, 2)))]
    rng.shuffle(parts)
    return rng.choice((", ", " ", ", ")).join(parts)


def _tint_phrase(tint: str, rng: random.Random) -> str:
    word = rng.choice(TINT_WORDS[tint])
    return f"{word} {rng.choice(THINGS[:5])}" if rng.random() < 0.6 else word
