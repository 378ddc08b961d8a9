"""Folders that cannot be used: each is refused in one sentence, before anything is loaded."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from underpaint.errors import Cancelled, EngineError
from underpaint.worker.engines import describe_engine, fingerprints, open_engine
from underpaint.worker.engines.fingerprints import fingerprint

Copy = Callable[[Path], Path]


def refusal(name: Path | str) -> str:
    """What is said of a folder, both when it is described and when it is opened."""
    with pytest.raises(EngineError) as described:
        describe_engine(str(name))
    with pytest.raises(EngineError) as opened:
        open_engine(str(name))
    assert str(described.value) == str(opened.value)
    said = str(described.value)
    assert "\n" not in said and said.endswith((".", "safetensors."))
    assert described.value.exit_code == 3
    return said


def weights(folder: Path, part: str) -> Path:
    (file,) = (folder / part).glob("*.safetensors")
    return file


def set_index(folder: Path, **values: object) -> None:
    path = folder / "model_index.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_good_folder_is_described_without_loading(sd_folder: Path) -> None:
    info = describe_engine(str(sd_folder))
    assert info.ref.name == "sd" and info.vocabulary is None


def test_the_built_in_model_is_whole() -> None:
    info = describe_engine("built-in")
    assert info.ref.name == "built-in" and info.controls == ("depth", "normal")
    assert info.vocabulary is not None and {"dusk", "street", "gouache"} <= info.vocabulary


def test_absent(tmp_path: Path) -> None:
    assert str(tmp_path / "no engine") in refusal(tmp_path / "no engine")


def test_a_hub_name() -> None:
    assert "not fetched by name yet" in refusal("stabilityai/sdxl-turbo")


def test_an_empty_folder(tmp_path: Path) -> None:
    assert "model_index.json" in refusal(tmp_path)


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin", ".pth"])
def test_a_pickled_file(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"model{suffix}"
    file.write_bytes(b"")
    assert "pickled" in refusal(file)


def test_a_single_file_of_safetensors(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"")
    assert "single file" in refusal(file)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return open, (str(self.target), "w")


def test_pickled_weights_are_refused_and_never_unpickled(
    sd_folder: Path, copy_of: Copy, tmp_path: Path
) -> None:
    folder = copy_of(sd_folder)
    weights(folder, "unet").unlink()
    fired = tmp_path / "fired"
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Bomb(fired)))
    said = refusal(folder)
    assert "pickled" in said and "unet/diffusion_pytorch_model.bin" in said
    assert not fired.exists()


def test_pickled_weights_beside_safe_ones_are_not_read(
    sd_folder: Path, copy_of: Copy, tmp_path: Path
) -> None:
    folder = copy_of(sd_folder)
    fired = tmp_path / "fired"
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Bomb(fired)))
    open_engine(str(folder)).close()
    assert not fired.exists()


def test_a_folder_that_holds_nothing_but_a_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "v1-5.ckpt").write_bytes(b"")
    assert "pickled" in refusal(tmp_path) and "v1-5.ckpt" in refusal(tmp_path)


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder", "controlnet_1"])
def test_weights_that_are_missing(sd_folder: Path, copy_of: Copy, part: str) -> None:
    folder = copy_of(sd_folder)
    weights(folder, part).unlink()
    said = refusal(folder)
    assert "incomplete" in said and part in said


@pytest.mark.parametrize("part", ["unet", "tokenizer", "scheduler"])
def test_a_part_that_is_missing(sd_folder: Path, copy_of: Copy, part: str) -> None:
    folder = copy_of(sd_folder)
    (folder / part).rename(folder / "elsewhere")
    said = refusal(folder)
    assert "incomplete" in said and part in said


def test_weights_that_were_cut_off(sd_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(sd_folder)
    file = weights(folder, "unet")
    file.write_bytes(file.read_bytes()[:-1])
    assert "not whole" in refusal(folder) and "unet" in refusal(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        b"",
        b"\x02\0\0\0\0\0\0\0[]",
        b"\x02\0\0\0\0\0\0\0\xff\xff",
    ],
)
def test_weights_that_are_something_else(sd_folder: Path, copy_of: Copy, content: bytes) -> None:
    folder = copy_of(sd_folder)
    weights(folder, "vae").write_bytes(content)
    assert "damaged" in refusal(folder)


@pytest.mark.parametrize("kind", ["TokenizersBackend", "T5TokenizerFast", "SiglipImageProcessor"])
def test_parts_that_have_no_weights(sd_folder: Path, copy_of: Copy, kind: str) -> None:
    folder = copy_of(sd_folder)
    set_index(folder, tokenizer=["transformers", kind])
    describe_engine(str(folder))


def test_a_shard_that_is_missing(sd_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(sd_folder)
    file = weights(folder, "unet")
    file.rename(file.with_name("diffusion_pytorch_model-00001-of-00002.safetensors"))
    listing = {
        "a": "diffusion_pytorch_model-00001-of-00002.safetensors",
        "b": "diffusion_pytorch_model-00002-of-00002.safetensors",
    }
    path = folder / "unet" / "diffusion_pytorch_model.safetensors.index.json"
    path.write_text(json.dumps({"weight_map": listing}))
    assert "00002-of-00002" in refusal(folder)


def test_a_pipeline_without_controlnets(sd_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(sd_folder)
    set_index(folder, _class_name="StableDiffusionPipeline")
    said = refusal(folder)
    assert "no ControlNets" in said and "StableDiffusionControlNetPipeline" in said


def test_a_controlnet_pipeline_that_is_not_known_yet(sd_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(sd_folder)
    set_index(folder, _class_name="FluxControlNetPipeline")
    said = refusal(folder)
    assert "FluxControlNetPipeline" in said and "StableDiffusionXLControlNetPipeline" in said


def test_an_index_without_its_controlnet(sd_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(sd_folder)
    set_index(folder, controlnet=[None, None])
    assert "no ControlNet" in refusal(folder)


def test_a_language_model(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]}))
    assert "LlamaForCausalLM" in refusal(tmp_path)


def test_one_part_of_a_pipeline(sd_folder: Path) -> None:
    assert "ControlNetModel" in refusal(sd_folder / "controlnet")


@pytest.mark.parametrize("content", ["{", "[]", "{}", '"text"', "\0"])
def test_an_index_that_is_damaged(sd_folder: Path, copy_of: Copy, content: str) -> None:
    folder = copy_of(sd_folder)
    (folder / "model_index.json").write_text(content)
    assert "model_index.json" in refusal(folder)


def test_a_folder_that_mixes_two_variants(sd_folder: Path, copy_of: Copy) -> None:
    """Of parts that one pipeline loads; a ControlNet may have its own, as it is loaded alone."""
    folder = copy_of(sd_folder)
    for part, word in (("unet", "fp16"), ("controlnet_1", "bf16")):
        file = weights(folder, part)
        file.rename(file.with_name(f"diffusion_pytorch_model.{word}.safetensors"))
    describe_engine(str(folder))
    file = weights(folder, "vae")
    file.rename(file.with_name("diffusion_pytorch_model.bf16.safetensors"))
    said = refusal(folder)
    assert "fp16 (unet)" in said and "bf16 (vae)" in said


# --- which control each ControlNet reads -------------------------------------------------------


def test_a_foreign_folder_is_guessed_from_where_its_controlnets_came(
    sd_folder: Path, copy_of: Copy
) -> None:
    folder = copy_of(sd_folder)
    (folder / "underpaint.json").unlink()
    origins = (
        "lllyasviel/control_v11p_sd15_normalbae",
        "/models/seg-models/control_v11f1p_sd15_depth",
    )
    for part, origin in zip(("controlnet", "controlnet_1"), origins, strict=True):
        path = folder / part / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "_name_or_path": origin}))
    info = describe_engine(str(folder))
    assert info.controls == ("normal", "depth")
    assert (info.steps, info.guidance, info.multiple) == (20, 7.0, 8)


def test_where_it_cannot_be_guessed_it_says_what_to_write(sd_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(sd_folder)
    (folder / "underpaint.json").unlink()
    said = refusal(folder)
    assert "underpaint.json" in said
    example = said[said.index("{") : said.index("}") + 1]
    (folder / "underpaint.json").write_text(example)
    assert describe_engine(str(folder)).controls == ("depth", "normal")


@pytest.mark.parametrize(
    ("own", "word"),
    [
        ('{"format": "underpaint/engine", "version": 1, "controls": ["depth", "smell"]}', "smell"),
        ('{"format": "underpaint/engine", "version": 1, "controls": ["depth"]}', "2 ControlNet"),
        ('{"format": "underpaint/engine", "version": 1, "controls": "depth"}', "$.controls"),
        ('{"format": "underpaint/engine", "version": 2}', "update"),
        ('{"format": "other"}', "underpaint/engine"),
        ("{", "JSON"),
    ],
)
def test_an_own_file_that_is_wrong(sd_folder: Path, copy_of: Copy, own: str, word: str) -> None:
    folder = copy_of(sd_folder)
    (folder / "underpaint.json").write_text(own)
    assert word in refusal(folder)


def test_everything_the_own_file_can_say(sd_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(sd_folder)
    own = {
        "format": "underpaint/engine",
        "version": 1,
        "name": "Aquarelle",
        "family": "ours",
        "licence": "CC0-1.0",
        "controls": ["segments", "edges"],
        "multiple": 64,
        "steps": 9,
        "guidance": 0.0,
        "vocabulary": "words.txt",
    }
    (folder / "underpaint.json").write_text(json.dumps(own))
    (folder / "words.txt").write_text("rain\ndusk\n")
    info = describe_engine(str(folder))
    assert (info.ref.name, info.ref.family, info.ref.licence) == ("Aquarelle", "ours", "CC0-1.0")
    assert (info.controls, info.multiple, info.steps) == (("segments", "edges"), 64, 9)
    assert (info.guidance, info.vocabulary) == (0.0, {"rain", "dusk"})
    (folder / "words.txt").unlink()
    assert "words.txt" in refusal(folder)


def test_the_licence_of_a_model_card(sd_folder: Path, copy_of: Copy) -> None:
    folder = copy_of(sd_folder)
    (folder / "README.md").write_text("---\nlicense: openrail++\ntags: []\n---\n# A model\n")
    assert describe_engine(str(folder)).ref.licence == "openrail++"


# --- the fingerprint ---------------------------------------------------------------------------


def test_the_fingerprint_changes_with_the_content_and_only_with_it(
    sd_folder: Path, copy_of: Copy
) -> None:
    first = describe_engine(str(sd_folder)).ref.fingerprint
    folder = copy_of(sd_folder)
    assert describe_engine(str(folder)).ref.fingerprint == first
    (folder / "README.md").write_text("hello")
    assert describe_engine(str(folder)).ref.fingerprint == first
    file = weights(folder, "unet")
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    second = describe_engine(str(folder)).ref.fingerprint
    assert second != first
    path = folder / "scheduler" / "scheduler_config.json"
    path.write_text(path.read_text().replace("0.02", "0.03"))
    assert describe_engine(str(folder)).ref.fingerprint not in (first, second)


def test_the_fingerprint_is_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNDERPAINT_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "a.safetensors"
    file.write_bytes(b"weights")
    read = []
    original = fingerprints._file_digest

    def watched(path: Path, told: Callable[[int], None]) -> str:
        read.append(path)
        return original(path, told)

    monkeypatch.setattr(fingerprints, "_file_digest", watched)
    first = fingerprint(tmp_path, [file])
    assert fingerprint(tmp_path, [file]) == first
    assert read == [file]
    file.write_bytes(b"other weights")
    assert fingerprint(tmp_path, [file]) != first


def test_reading_for_the_fingerprint_is_told_of_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERPAINT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fingerprints, "_CHUNK", 4)
    files = [tmp_path / f"{name}.safetensors" for name in "ab"]
    for file in files:
        file.write_bytes(file.name.encode()[:1] * 10)
    heard: list[tuple[int, int]] = []

    def stop_in_the_second(done: int, total: int) -> None:
        heard.append((done, total))
        if done > 10:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        fingerprint(tmp_path, files, stop_in_the_second)
    assert heard == [(4, 20), (8, 20), (10, 20), (14, 20)]
    heard.clear()
    said = fingerprint(tmp_path, files, lambda *bytes_read: heard.append(bytes_read))
    assert heard == [(4, 10), (8, 10), (10, 10)]
    assert fingerprint(tmp_path, files, stop_in_the_second) == said


def test_a_cache_that_cannot_be_written_or_read_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.safetensors"
    file.write_bytes(b"weights")
    monkeypatch.setenv("UNDERPAINT_CACHE", str(file / "below a file"))
    first = fingerprint(tmp_path, [file])
    monkeypatch.setenv("UNDERPAINT_CACHE", str(tmp_path))
    (tmp_path / "fingerprints.json").write_text("[broken")
    assert fingerprint(tmp_path, [file]) == first


def test_describing_does_not_load_torch(sd_folder: Path) -> None:
    code = (
        "import sys; from underpaint.worker.engines import describe_engine;"
        f"describe_engine({str(sd_folder)!r}); print('torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout == "False\n", out.stderr
