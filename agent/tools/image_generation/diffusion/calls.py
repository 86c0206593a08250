"""How a diffusers pipeline is called: what it is found from its own signature and parts, not from a name."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Literal

from ....core.errors import InputError

Mode = Literal["inpaint", "edit"]

# Where a pipeline does not tell its own working size: the megapixel that models since SDXL are trained at.
_USUAL_SIDE = 1024
# More steps than this do not change an edit visibly; older pipelines' defaults are higher.
_MOST_STEPS = 30
#: Strength of inpainting with a model that starts from the picture: lower keeps more of what is there.
_STRENGTH = 0.85
# Steps and guidance of step-distilled models, which say so in their configuration (FLUX.2 klein's model card).
_DISTILLED_STEPS, _DISTILLED_GUIDANCE = 4, 1.0


@dataclass(frozen=True)
class Call:
    """mode: inpaint takes image, mask and prompt; edit takes image and prompt. side: the working size in px, of a square
    with the same area. multiple: sides are multiples of it. short_prompts: the text encoder reads 77 tokens only.
    defaults: arguments of every call, as the pipeline's family wants them.
    """

    mode: Mode
    side: int
    multiple: int
    short_prompts: bool
    defaults: dict[str, Any]
    takes: frozenset[str]


def describe(pipe: Any) -> Call:
    """What the pipeline is. Raises InputError for one that neither inpaints nor edits."""
    parameters = inspect.signature(type(pipe).__call__).parameters
    takes = frozenset(parameters)
    if {"image", "mask_image", "prompt"} <= takes:
        mode: Mode = "inpaint"
    elif {"image", "prompt"} <= takes and "strength" not in takes:
        mode = "edit"
    else:
        raise InputError(
            f"{type(pipe).__name__} neither inpaints nor edits by instruction; load an inpainting model (image, mask, "
            "prompt) or an instruction editor (image, prompt)"
        )
    multiple = 2 * int(getattr(pipe, "vae_scale_factor", 8))
    return Call(
        mode, _side(pipe, multiple), multiple, _has_short_prompts(pipe), _defaults(pipe, mode, parameters), takes
    )


def _side(pipe: Any, multiple: int) -> int:
    latent = getattr(pipe, "default_sample_size", None)
    for part in ("unet", "transformer"):
        if latent is None and getattr(pipe, part, None) is not None:
            latent = getattr(getattr(pipe, part).config, "sample_size", None)
    if not isinstance(latent, int):
        return _USUAL_SIDE
    return max(multiple, latent * int(getattr(pipe, "vae_scale_factor", 8)) // multiple * multiple)


def _has_short_prompts(pipe: Any) -> bool:
    """Whether every text encoder is CLIP's; a T5 or a language model beside it reads the whole paragraph."""
    encoders = [getattr(pipe, name, None) for name in ("text_encoder", "text_encoder_2", "text_encoder_3")]
    present = [encoder for encoder in encoders if encoder is not None]
    return bool(present) and all("CLIP" in type(encoder).__name__ for encoder in present)


def _defaults(pipe: Any, mode: Mode, parameters: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    steps = parameters["num_inference_steps"].default if "num_inference_steps" in parameters else None
    if isinstance(steps, int):
        found["num_inference_steps"] = min(steps, _MOST_STEPS)
    if pipe.config.get("is_distilled"):
        found["num_inference_steps"] = _DISTILLED_STEPS
        found["guidance_scale"] = _DISTILLED_GUIDANCE
    if mode == "inpaint" and "strength" in parameters:
        found["strength"] = 1.0 if _fills(pipe) else _STRENGTH
    if "_auto_resize" in parameters:  # the window has its working size already
        found["_auto_resize"] = False
    return found


def _fills(pipe: Any) -> bool:
    """Whether the model was trained to fill masks: its network takes the mask and the masked picture as channels."""
    if getattr(pipe, "unet", None) is not None:
        return int(pipe.unet.config.in_channels) > 4
    network = getattr(pipe, "transformer", None)
    latent = int(getattr(getattr(pipe, "vae", None), "config", {}).get("latent_channels", 16))
    channels = int(getattr(network.config, "in_channels", 0)) if network is not None else 0
    # Plain networks take the latent picture as it is, or packed, four pixels in one.
    return channels not in (0, latent, 4 * latent)
