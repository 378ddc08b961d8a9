"""What differs between the pipelines that diffusers has: classes, arguments, sizes, defaults.

To add a family, add a row: its text-to-image ControlNet class, the name of that class's argument
for the control images, what its ``encode_prompt`` returns, and sensible defaults.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import EngineError


@dataclass(frozen=True)
class Family:
    """A kind of model. ``prompt_values``: what ``encode_prompt`` returns, as call arguments;
    ``least``: see ``engine.EngineInfo``;
    ``attends``: its network has self-attentions of its own, which ``attending`` can widen."""

    name: str
    pipeline: str
    control_argument: str
    prompt_values: tuple[str, ...]
    multiple: int
    steps: int
    guidance: float
    least: int
    attends: bool


FAMILIES = (
    Family(
        name="Stable Diffusion 1.5",
        pipeline="StableDiffusionControlNetPipeline",
        control_argument="image",
        prompt_values=("prompt_embeds", "negative_prompt_embeds"),
        multiple=8,
        steps=20,
        guidance=7.0,
        least=512,
        attends=True,
    ),
    Family(
        name="Stable Diffusion XL",
        pipeline="StableDiffusionXLControlNetPipeline",
        control_argument="image",
        prompt_values=(
            "prompt_embeds",
            "negative_prompt_embeds",
            "pooled_prompt_embeds",
            "negative_pooled_prompt_embeds",
        ),
        multiple=8,
        steps=25,
        guidance=5.0,
        least=768,
        attends=True,
    ),
)

_BY_PIPELINE = {family.pipeline: family for family in FAMILIES}


def family_of(pipeline: str, folder: str) -> Family:
    """The family of a pipeline class. Raises EngineError that says what would do instead."""
    if pipeline in _BY_PIPELINE:
        return _BY_PIPELINE[pipeline]
    supported = " and ".join(_BY_PIPELINE)
    if "ControlNet" not in pipeline:
        raise EngineError(
            f"{folder} holds a {pipeline}, which has no ControlNets to follow the scene with: "
            f"give a folder with a {supported.replace(' and ', ' or a ')}."
        )
    raise EngineError(f"{folder} holds a {pipeline}, which is not supported yet: {supported} are.")
