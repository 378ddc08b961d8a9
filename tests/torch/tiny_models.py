"""Real diffusers classes with tiny random weights, saved as folders. Loaded by its path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_CROSS = {
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "attention_head_dim": 8,
}


def save_sd(folder: Path) -> Path:
    """Stable Diffusion 1.5's classes with a depth and a normal ControlNet."""
    from diffusers import (
        AutoencoderTiny,
        ControlNetModel,
        DDIMScheduler,
        StableDiffusionControlNetPipeline,
        UNet2DConditionModel,
    )

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        **_CROSS, up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"), cross_attention_dim=32
    )
    StableDiffusionControlNetPipeline(
        vae=AutoencoderTiny(
            encoder_block_out_channels=(8,) * 4, decoder_block_out_channels=(8,) * 4
        ),
        text_encoder=_text_encoder(32),
        tokenizer=_tokenizer(folder.parent / "words"),
        unet=unet,
        controlnet=[
            _loud(
                ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 8, 16, 16))
            )
            for _ in range(2)
        ],
        scheduler=DDIMScheduler(clip_sample=False),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    ).save_pretrained(folder)
    write_own(folder, controls=["depth", "normal"], steps=3, guidance=2.0)
    return folder


def save_sdxl(folder: Path) -> Path:
    """Stable Diffusion XL's classes with one depth ControlNet and a full autoencoder."""
    from diffusers import (
        AutoencoderKL,
        ControlNetModel,
        EulerDiscreteScheduler,
        StableDiffusionXLControlNetPipeline,
        UNet2DConditionModel,
    )

    torch.manual_seed(0)
    unet = UNet2DConditionModel(
        **_CROSS,
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        cross_attention_dim=64,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 32,
    )
    words = _tokenizer(folder.parent / "words")
    StableDiffusionXLControlNetPipeline(
        vae=AutoencoderKL(
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            block_out_channels=(8,) * 4,
            norm_num_groups=8,
            latent_channels=4,
        ),
        text_encoder=_text_encoder(32),
        text_encoder_2=_text_encoder(32, projected=True),
        tokenizer=words,
        tokenizer_2=words,
        unet=unet,
        controlnet=_loud(
            ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 8, 16, 16))
        ),
        scheduler=EulerDiscreteScheduler(),
    ).save_pretrained(folder)
    write_own(folder, controls=["depth"], steps=2)
    return folder


def write_own(folder: Path, **values: Any) -> None:
    """Write ``underpaint.json``."""
    body = {"format": "underpaint/engine", "version": 1, **values}
    (folder / "underpaint.json").write_text(json.dumps(body))


def _loud(net: Any) -> Any:
    """A ControlNet that says something: an untrained one's last layers are zero."""
    for layer in (*net.controlnet_down_blocks, net.controlnet_mid_block):
        torch.nn.init.normal_(layer.weight, std=0.2)
    torch.nn.init.normal_(net.controlnet_cond_embedding.conv_out.weight, std=20)
    return net


def _text_encoder(width: int, *, projected: bool = False) -> Any:
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    config = CLIPTextConfig(
        vocab_size=len(_LETTERS) * 2 + 2,
        hidden_size=width,
        intermediate_size=width,
        projection_dim=width,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=16,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )
    return (CLIPTextModelWithProjection if projected else CLIPTextModel)(config)


def _tokenizer(folder: Path) -> Any:
    """CLIP's, with letters for words."""
    from transformers import CLIPTokenizer

    folder.mkdir(exist_ok=True)
    tokens = [
        "<|startoftext|>",
        "<|endoftext|>",
        *_LETTERS,
        *(f"{letter}</w>" for letter in _LETTERS),
    ]
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(
        vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"), model_max_length=16
    )
