"""The built-in model's parts, all of them diffusers' and transformers' own classes.

A quarter-size latent (AutoencoderTiny of three levels), a small UNet and two ControlNets. Words
reach every layer through the time embedding (``addition_embed_type="text"``) and the two lower
levels through cross-attention as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from diffusers import (
    AutoencoderTiny,
    ControlNetModel,
    DDIMScheduler,
    MultiControlNetModel,
    StableDiffusionControlNetPipeline,
    UNet2DConditionModel,
)
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.normalizers import Lowercase
from tokenizers.pre_tokenizers import Split
from tokenizers.processors import TemplateProcessing
from torch import Tensor, nn
from transformers import CLIPTextConfig, CLIPTextModel, PreTrainedTokenizerFast

from underpaint.training.words import LENGTH, SPECIAL, vocabulary

CHANNELS = (32, 48, 64, 96)
CONDITION = (8, 16, 32)
LATENT = 12
WORD = 128
MULTIPLE = 32
"""Sizes must be a multiple of this: the latent's 4 times the UNet's 8."""


@dataclass
class Network:
    """Everything that is trained, and the tokenizer."""

    vae: AutoencoderTiny
    unet: UNet2DConditionModel
    depth: ControlNetModel
    normal: ControlNetModel
    words: CLIPTextModel
    tokenizer: PreTrainedTokenizerFast

    def to(self, device: torch.device) -> Network:
        """Move all parts there."""
        for part in (self.vae, *self.painters().values()):
            part.to(device)
        return self

    def painters(self) -> nn.ModuleDict:
        """What is trained on pictures once the autoencoder stands."""
        return nn.ModuleDict(
            {"unet": self.unet, "depth": self.depth, "normal": self.normal, "words": self.words}
        )


def new_network(seed: int) -> Network:
    """Fresh weights from a seed."""
    tokenizer = new_tokenizer()
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        unet = _unet()
        controls = (_controlnet(unet), _controlnet(unet))
        parts = Network(_autoencoder(), unet, *controls, _words(tokenizer), tokenizer)
    _tell_far_from_nothing(parts.depth)
    for part in (parts.vae, *parts.painters().values()):
        part.to(memory_format=torch.channels_last)
    return parts


def _autoencoder() -> AutoencoderTiny:
    return AutoencoderTiny(
        encoder_block_out_channels=(32, 32, 32),
        decoder_block_out_channels=(32, 32, 32),
        num_encoder_blocks=(1, 1, 2),
        num_decoder_blocks=(2, 1, 1),
        latent_channels=LATENT,
    )


def _unet() -> UNet2DConditionModel:
    return UNet2DConditionModel(
        in_channels=LATENT,
        out_channels=LATENT,
        layers_per_block=1,
        block_out_channels=CHANNELS,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        mid_block_type="UNetMidBlock2DCrossAttn",
        cross_attention_dim=WORD,
        attention_head_dim=4,
        norm_num_groups=8,
        resnet_time_scale_shift="scale_shift",
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )


def _controlnet(unet: UNet2DConditionModel) -> ControlNetModel:
    """A ControlNet whose output convolutions start at ordinary values: zero is slow."""
    net = ControlNetModel.from_unet(
        unet,
        conditioning_channels=3,
        load_weights_from_unet=False,
        conditioning_embedding_out_channels=CONDITION,
    )
    outputs = [*net.controlnet_down_blocks, net.controlnet_mid_block]
    for convolution in [*outputs, net.controlnet_cond_embedding.conv_out]:
        convolution.reset_parameters()
    return net


@torch.no_grad()
def _tell_far_from_nothing(depth: ControlNetModel) -> None:
    """Write the first half of the first layer of the depth ControlNet: what is within 1, 1/4, 1/16
    and 1/64 of nothing.

    Inverse depth of a church far away is a few thousandths and that of the sky is zero; both may
    face the camera. With ordinary weights they look the same for very long.
    """
    first = depth.controlnet_cond_embedding.conv_in
    for row in range(first.out_channels // 2):
        first.weight[row] = 0
        first.weight[row, :, 1, 1] = -3 * 4.0**row / 3
        first.bias[row] = 3


def _words(tokenizer: PreTrainedTokenizerFast) -> CLIPTextModel:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WORD,
            intermediate_size=2 * WORD,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=LENGTH,
            pad_token_id=tokenizer.pad_token_id,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    )


def new_tokenizer() -> PreTrainedTokenizerFast:
    """One token a word, lower case; everything that is no letter parts words."""
    pad, unknown, start, end = SPECIAL
    table = {word: index for index, word in enumerate([*SPECIAL, *vocabulary()])}
    tokenizer = Tokenizer(WordLevel(table, unk_token=unknown))
    tokenizer.normalizer = Lowercase()
    tokenizer.pre_tokenizer = Split(Regex(r"[^\p{L}]+"), behavior="removed")
    tokenizer.post_processor = TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(start, table[start]), (end, table[end])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=LENGTH,
        pad_token=pad,
        unk_token=unknown,
        bos_token=start,
        eos_token=end,
    )


def tokens_of(network: Network, captions: list[str]) -> Tensor:
    """[B, LENGTH] tokens, as the pipeline makes them."""
    tokens = network.tokenizer(
        captions,
        padding="max_length",
        truncation=True,
        max_length=network.tokenizer.model_max_length,
        return_tensors="pt",
    )
    ids: Tensor = tokens.input_ids
    return ids


def scheduler() -> DDIMScheduler:
    """DDIM on the predicted clean image, ending in pure noise.

    J. Song, C. Meng, S. Ermon, "Denoising diffusion implicit models" (2020); zero terminal
    signal and trailing steps from S. Lin et al., "Common diffusion noise schedules and sample
    steps are flawed" (2023).
    """
    return DDIMScheduler(
        beta_schedule="scaled_linear",
        beta_start=0.00085,
        beta_end=0.012,
        prediction_type="sample",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
    )


def pipeline(network: Network) -> StableDiffusionControlNetPipeline:
    """The parts as the pipeline that everybody else loads."""
    return StableDiffusionControlNetPipeline(
        vae=network.vae,
        text_encoder=network.words,
        tokenizer=network.tokenizer,
        unet=network.unet,
        controlnet=MultiControlNetModel([network.depth, network.normal]),
        scheduler=scheduler(),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def save(network: Network, folder: Path) -> None:
    """Write the pipeline in half precision, once all of it is there; the network is halved."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as scratch:
        part = Path(scratch) / "engine"
        pipeline(network).to(dtype=torch.float16).save_pretrained(part, safe_serialization=True)
        for name in ("model_index.json", "vae", "unet", "controlnet", "text_encoder"):
            assert (part / name).exists(), f"diffusers did not write {name}"
        _replace(part, folder)


def _replace(part: Path, folder: Path) -> None:
    """Put what is in ``part`` in its place in ``folder``; what else stands there stays."""
    for source in sorted(part.rglob("*")):
        if source.is_file():
            target = folder / source.relative_to(part)
            target.parent.mkdir(parents=True, exist_ok=True)
            source.replace(target)
