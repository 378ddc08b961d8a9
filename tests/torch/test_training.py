"""The recipe of the built-in model: its words, its teacher, its encoder, and that it goes on."""

from __future__ import annotations

import json
import random

import numpy as np
import pytest
import torch

from underpaint.training import pool
from underpaint.training.checkpoints import read, require_recipe
from underpaint.training.data import Batch, Paintings, start_noise
from underpaint.training.export import export
from underpaint.training.machine import machine
from underpaint.training.network import LATENT, new_network, new_tokenizer
from underpaint.training.painter import paint
from underpaint.training.patches import SPREAD, latents, write_encoder
from underpaint.training.reader import train_words
from underpaint.training.scenes import random_picture
from underpaint.training.seen import SIDES, curvature, sides
from underpaint.training.strokes import along_form, blocks, strokes
from underpaint.training.styles import LIGHTS, LOOKS, MATERIALS, WEATHERS, Brief
from underpaint.training.train import (
    paint_loss,
    train_painters,
    train_vae,
    vae_loss,
)
from underpaint.training.words import LOOK_WORDS, caption, random_brief, vocabulary
from underpaint.worker.vocabulary import unknown_words


@pytest.fixture(scope="module")
def planes() -> dict[str, torch.Tensor]:
    _name, buffers, _camera = random_picture(3, 96, 128)
    return pool.to_planes(pool.packed(buffers))


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
        encoded = vae.encode(pictures * 2 - 1).latents
    assert encoded.shape == (len(LOOKS), LATENT, 24, 32)
    assert float(encoded.std()) == pytest.approx(SPREAD, rel=0.05)
    assert torch.allclose(latents(vae, pictures), encoded, atol=1e-4), "the short way"
    flat = encoded.permute(0, 2, 3, 1).reshape(-1, LATENT).numpy()
    means = torch.nn.functional.avg_pool2d(pictures, 4).permute(0, 2, 3, 1).reshape(-1, 3).numpy()
    design = np.concatenate([flat, np.ones((len(flat), 1))], 1)
    solved, *_ = np.linalg.lstsq(design, means, rcond=None)
    assert np.abs(design @ solved - means).mean() < 0.01


def _ball(radius: float) -> torch.Tensor:
    """Normals of a ball before a wall, [3, 96, 96]."""
    y, x = torch.meshgrid(torch.arange(96) - 47.5, torch.arange(96) - 47.5, indexing="ij")
    away = (x**2 + y**2) / radius**2
    ball = torch.stack([x / radius, -y / radius, (1 - away).clamp_min(0).sqrt()])
    wall = torch.tensor([0.0, 0.0, 1.0])[:, None, None]
    return torch.where(away < 1, ball, wall)


def test_the_teacher_colours_only_what_normals_tell():
    """Sides by where they face, round things by their radius; what is not seen changes nothing."""
    facing = {
        "ground": (0.0, 1.0, 0.0), "roof": (0.5, 0.4, 0.77), "front": (0.0, 0.0, 1.0),
        "left": (-0.9, 0.0, 0.44), "right": (0.9, 0.0, 0.44), "under": (0.0, -1.0, 0.0),
    }  # fmt: skip
    for side, normal in facing.items():
        flat = torch.tensor(normal)[:, None, None].expand(3, 16, 16).contiguous()
        assert sides(flat)[SIDES.index(side), 8, 8] > 0.9, side
    turn = curvature(_ball(40))
    assert turn[47, 47] == pytest.approx(2**0.5 / 40, rel=0.1)
    assert turn[5, 5] == 0 and turn[47, 7:9].max() < 0.1, "an edge is no turn"
    assert sides(_ball(24))[SIDES.index("small"), 47, 47] > 0.9
    _name, buffers, _camera = random_picture(3, 96, 128)
    known = pool.to_planes(pool.packed(buffers))
    unknown = {**known, "kind": (known["kind"] > 0).long() * 2}
    for look in ("overcast", "ink", "cel"):
        assert torch.equal(*(paint(p, Brief(look), NOISE) for p in (known, unknown)))


def test_light_is_painted_in_pairs(tmp_path):
    """The same scene and noise, told apart by the words about light alone."""
    pool.make(tmp_path, 1, seed=0)
    batch = next(iter(Paintings(tmp_path, ((64, 64),), 4, seed=3)))
    assert torch.equal(batch.noise[0], batch.noise[1])
    assert torch.equal(batch.normal[0], batch.normal[1])
    assert not torch.equal(batch.picture[0], batch.picture[1])
    assert not torch.equal(batch.noise[1], batch.noise[2])


def test_the_text_encoder_learns_to_tell_left_from_right(tmp_path):
    """By itself, before any picture; a run that was finished is not made again."""
    told = train_words(tmp_path, seed=0, steps=40)
    assert told["light"] > 0.35, "by chance it would be 0.2"
    assert train_words(tmp_path, seed=0, steps=10**9) == told


def test_far_is_told_from_nothing():
    """The depth ControlNet starts with a layer that sees the last hundredth of inverse depth."""
    network = new_network(0)
    first = network.depth.controlnet_cond_embedding.conv_in
    sky, church = torch.zeros(1, 3, 3, 3), torch.full((1, 3, 3, 3), 0.01)
    with torch.no_grad():
        differ = (first(church) - first(sky))[0, :, 1, 1].abs()
    assert differ[3] > 1.5 and differ[4:].max() < 0.05


def test_training_goes_on_where_it_was_and_ends_in_an_engine(tmp_path):
    """Weights, averages, steps and the optimiser's moments come back; other batches follow."""
    pool.make(tmp_path / "pool", 5, seed=0)
    moment, here = 1e-4, machine("cpu")  # minutes: one step
    train_vae(tmp_path, moment, seed=0, on=here)
    train_words(tmp_path, seed=0, steps=2)
    train_painters(tmp_path, moment, seed=0, on=here)
    first = read(tmp_path / "paint.pt")
    (tmp_path / "paint.part").write_bytes(b"torn by a kill")
    train_painters(tmp_path, moment, seed=0, on=here)
    assert read(tmp_path / "paint.pt")["spent"] == first["spent"], "its time was spent"
    network = train_painters(tmp_path, 2 * first["spent"] / 60, seed=0, on=here)
    second = read(tmp_path / "paint.pt")
    assert second["step"] > first["step"] and second["spent"] > first["spent"]
    moments = second["optimiser"]["state"][0]
    assert float(moments["step"]) == second["step"], "the optimiser was not begun anew"
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if line["stage"] == "paint"]
    assert len(losses) == second["step"] and len(set(losses)) == len(losses)
    export(network, tmp_path / "engine")
    names = {path.name for path in (tmp_path / "engine").iterdir()}
    assert {
        "model_index.json",
        "underpaint.json",
        "vocabulary.txt",
        "unet",
        "controlnet_1",
    } <= names


def test_a_work_folder_is_of_one_recipe(tmp_path):
    require_recipe(tmp_path / "work", seed=0)
    require_recipe(tmp_path / "work", seed=0)
    with pytest.raises(SystemExit, match="another seed"):
        require_recipe(tmp_path / "work", seed=1)


def test_a_pool_that_is_too_small_is_told_at_once(tmp_path):
    pool.make(tmp_path / "pool", 1, seed=0)
    with pytest.raises(SystemExit, match="make at least 5"):
        pool.require_sizes(tmp_path / "pool", [(512, 512)])


def test_several_processes_make_the_same_pool(tmp_path):
    pool.make(tmp_path / "one", 2, seed=0)
    pool.make(tmp_path / "two", 2, seed=0, processes=2)
    for one, two in zip(pool.scenes(tmp_path / "one"), pool.scenes(tmp_path / "two"), strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_latents_are_not_halved_with_the_rest():
    """The two ways to a latent agree where all else is computed in bfloat16, too."""
    vae, pictures = new_network(0).vae, torch.rand(2, 3, 32, 32)
    write_encoder(vae, torch.rand(4, 3, 64, 64))
    exact = latents(vae, pictures)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(latents(vae, pictures), exact)


@pytest.mark.parametrize("loss", [vae_loss, paint_loss])
def test_losses_are_computed_where_the_network_is(loss):
    """Torch's device without storage stands for a GPU: what stays behind is an error there."""
    device = torch.device("meta")
    network = new_network(0).to(device)
    planes = torch.rand(3, 2, 3, 64, 64)
    batch = Batch(*planes, ["noir", "dusk"], torch.randn(2, LATENT, 16, 16)).to(device)
    assert loss(network, batch, torch.Generator()).device == device


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA GPU here")
def test_training_on_a_gpu_goes_on_from_a_checkpoint(tmp_path):
    pool.make(tmp_path / "pool", 5, seed=0)
    there = machine("cuda")
    train_vae(tmp_path, 0.05, seed=0, on=there)
    train_words(tmp_path, seed=0, steps=2)
    train_painters(tmp_path, 0.05, seed=0, on=there)
    network = train_painters(tmp_path, 0.1, seed=0, on=there)
    assert next(network.unet.parameters()).device.type == "cpu"
