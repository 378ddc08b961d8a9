"""The recipe of the built-in model: its words, its teacher, its encoder, and that it goes on."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from underpaint.training import pool
from underpaint.training.data import start_noise
from underpaint.training.export import export
from underpaint.training.network import LATENT, new_network, new_tokenizer
from underpaint.training.painter import paint
from underpaint.training.patches import SPREAD, write_encoder
from underpaint.training.scenes import random_picture
from underpaint.training.strokes import along_form, blocks, strokes
from underpaint.training.styles import LIGHTS, LOOKS, MATERIALS, WEATHERS, Brief
from underpaint.training.train import train_painters, train_vae
from underpaint.training.words import LOOK_WORDS, caption, random_brief, vocabulary
from underpaint.worker.vocabulary import unknown_words


@pytest.fixture(scope="module")
def planes() -> dict[str, torch.Tensor]:
    _name, buffers, camera = random_picture(3, 96, 128)
    return pool.to_planes(pool.pack(buffers, camera))


def test_scenes_come_from_their_seed_alone():
    one, two, other = (random_picture(seed, 32, 48)[1] for seed in (5, 5, 6))
    assert torch.equal(one.depth, two.depth) and torch.equal(one.normal, two.normal)
    assert not torch.equal(one.depth, other.depth)


NOISE = start_noise(96, 128, seed=1)


@pytest.mark.parametrize("look", LOOKS)
def test_all_that_chance_decides_is_read_from_the_noise(planes, look):
    """The same noise gives the same picture, another one another, with the same things in it."""
    one, two, other = (paint(planes, Brief(look), start_noise(96, 128, seed)) for seed in (4, 4, 5))
    assert torch.equal(one, two)
    assert 0.002 < (one - other).abs().mean() < 0.2


def test_broad_tints_are_means_of_the_noise_and_strokes_lie_along_the_form():
    noise = start_noise(128, 128, seed=2)
    field = blocks(noise, 0, (128, 128))
    assert field[16, 16].sign() == noise[0, :8, :8].mean().sign()
    level = torch.tensor([1.0, 0.0])[:, None, None].expand(2, 128, 128)
    lines = strokes(noise, 0, level, length=32)
    assert lines.diff(dim=1).abs().mean() < 0.5 * lines.diff(dim=0).abs().mean()
    wall = torch.tensor([0.8, 0.0, 0.6])[:, None, None].expand(3, 4, 4)
    across, down = along_form(wall)[:, 0, 0].tolist()
    assert abs(down) > abs(across), "a wall that turns away to the side is stroked upright"


def test_weather_and_materials_change_the_picture(planes):
    plain = paint(planes, Brief("overcast"), NOISE)
    for weather in WEATHERS:
        assert (paint(planes, Brief("overcast", weather=weather), NOISE) - plain).abs().max() > 0.02
    changed = [
        (paint(planes, Brief("overcast", material=name), NOISE) - plain).abs().mean() > 0.003
        for name in MATERIALS
    ]
    assert sum(changed) >= len(MATERIALS) // 2, "most of them lie somewhere in this scene"


def test_every_look_is_a_picture_of_its_own(planes):
    pictures = {look: paint(planes, Brief(look, light="left"), NOISE) for look in LOOKS}
    for look, picture in pictures.items():
        assert picture.shape == (3, 96, 128) and picture.isfinite().all(), look
        assert picture.min() >= 0 and picture.max() <= 1, look
    names = list(pictures)
    for index, name in enumerate(names):
        for other in names[:index]:
            assert (pictures[name] - pictures[other]).abs().mean() > 0.02, (name, other)


def test_light_comes_from_where_the_words_say(planes):
    """Surfaces that face left are brighter with the light from the left than from the right."""
    left, right = (paint(planes, Brief("clay", light=w), NOISE).mean(0) for w in ("left", "right"))
    facing = planes["normal"][0] < -0.5
    assert facing.sum() > 20
    assert left[facing].mean() > right[facing].mean() + 0.05


def test_captions_use_known_words_only():
    known, rng = set(vocabulary()), random.Random(1)
    for _ in range(300):
        assert not unknown_words(caption(random_brief(rng), rng), known)
    assert set(LOOK_WORDS) == set(LOOKS) and "left" in LIGHTS
    assert 950 <= len(known) <= 1100


def test_words_become_tokens_and_strangers_unknown():
    tokenizer = new_tokenizer()
    ids = tokenizer("Golden HOUR, zeppelin", padding="max_length", max_length=8).input_ids
    words = tokenizer.convert_ids_to_tokens(ids)
    assert words[:5] == ["<|startoftext|>", "golden", "hour", "<|unk|>", "<|endoftext|>"]
    assert set(words[5:]) == {"<|pad|>"}


def test_the_encoder_holds_the_components_that_a_line_can_undo(planes):
    """A linear map takes the latents back to the patches' mean colours, nearly exactly."""
    pictures = torch.stack([paint(planes, Brief(look), NOISE) for look in LOOKS])
    vae = new_network(0).vae
    write_encoder(vae, pictures)
    with torch.no_grad():
        latents = vae.encode(pictures * 2 - 1).latents
    assert latents.shape == (len(LOOKS), LATENT, 24, 32)
    assert float(latents.std()) == pytest.approx(SPREAD, rel=0.05)
    flat = latents.permute(0, 2, 3, 1).reshape(-1, LATENT).numpy()
    means = torch.nn.functional.avg_pool2d(pictures, 4).permute(0, 2, 3, 1).reshape(-1, 3).numpy()
    design = np.concatenate([flat, np.ones((len(flat), 1))], 1)
    solved, *_ = np.linalg.lstsq(design, means, rcond=None)
    assert np.abs(design @ solved - means).mean() < 0.01


def test_training_goes_on_and_ends_in_an_engine(tmp_path):
    pool.make(tmp_path / "pool", 2, seed=0)
    moment = 1e-4  # minutes: one step
    train_vae(tmp_path, moment, seed=0)
    network = train_painters(tmp_path, moment, seed=0)
    first = torch.load(tmp_path / "paint.pt", weights_only=True)
    again = train_painters(tmp_path, moment, seed=0)
    assert first["step"] >= 1
    assert torch.load(tmp_path / "paint.pt", weights_only=True)["spent"] == first["spent"]
    for one, two in zip(network.unet.parameters(), again.unet.parameters(), strict=True):
        assert torch.equal(one, two)
    export(network, tmp_path, tmp_path / "engine")
    names = {path.name for path in (tmp_path / "engine").iterdir()}
    assert {
        "model_index.json",
        "underpaint.json",
        "vocabulary.txt",
        "unet",
        "controlnet_1",
    } <= names
