"""A language model that the host has loaded: what its core node Generate Text takes in its CLIP socket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ..agent.core.errors import BackendError, InputError
from ..agent.models.language import GenerationOptions
from ..agent.models.language.chat import chatml, fit, flattened

# How the core node samples where nobody asks for another way.
_SAMPLING = {"top_k": 64, "top_p": 0.95, "min_p": 0.05, "repetition_penalty": 1.05}
_TEMPERATURE = 0.7
# An empty thought in Qwen's format stops a model from thinking.
_NO_THOUGHT = "<think>\n\n</think>\n\n"


class HostLanguageModel:
    """See LanguageModel. The host loads, moves and interrupts the model; it honours an interrupt at every token."""

    def __init__(self, clip: Any, options: GenerationOptions | None = None, thinking: bool = True) -> None:
        """clip: the host's text encoder. Raises InputError for one that writes no text."""
        self.clip = clip
        self.options = options or GenerationOptions()
        self.thinking = thinking
        self.on_text: Callable[[str], None] | None = None
        inner = getattr(clip, "cond_stage_model", None)
        self.name = str(getattr(inner, "clip_name", "") or "the host's language model")
        if not hasattr(clip, "generate") or not hasattr(inner, "generate"):
            raise InputError(
                "clip: writes no text; connect a language model that Generate Text takes, such as Qwen3-VL"
            )

    def chat(self, messages: Sequence[dict[str, Any]], images: Sequence[np.ndarray], seed: int) -> str:
        """See LanguageModel."""
        # A model whose own turns are ChatML gets the conversation as it was; others get it as one turn of text.
        template = str(getattr(getattr(self.clip, "tokenizer", None), "llama_template", ""))
        turns = "<|im_start|>" in template
        text, numbers = chatml(messages) if turns else flattened(messages)
        if turns and not self.thinking:
            text += _NO_THOUGHT
        pictures = [_tensor(images[number - 1], self.options.image_side) for number in numbers]
        given: dict[str, Any] = {"images": pictures} if turns else {"image": _batch(pictures)}
        temperature = _TEMPERATURE if self.options.temperature is None else self.options.temperature
        if self.on_text is not None:
            self.on_text("")
        try:
            tokens = self.clip.tokenize(text, skip_template=turns, min_length=1, thinking=self.thinking, **given)
            made = self.clip.generate(
                tokens,
                do_sample=temperature > 0,
                max_length=self.options.max_new_tokens,
                temperature=max(temperature, 0.01),
                seed=seed % 2**63,
                **_SAMPLING,
            )
        except (AttributeError, TypeError, NotImplementedError) as error:
            raise BackendError(
                f"clip: cannot be asked with images ({error}); connect Qwen3-VL or another one"
            ) from error
        written = str(self.clip.decode(made, skip_special_tokens=True))
        if self.on_text is not None:
            self.on_text(written)
        return written


def _tensor(image: np.ndarray, side: int) -> torch.Tensor:
    """(1, H, W, 3) float32, 0-1."""
    return torch.from_numpy(np.array(fit(image, side), np.float32) / 255.0)[None]


def _batch(pictures: list[torch.Tensor]) -> torch.Tensor | None:
    """One batch; smaller pictures get a white border at the right and the bottom."""
    if not pictures:
        return None
    height, width = (max(picture.shape[axis] for picture in pictures) for axis in (1, 2))
    batch = torch.ones(len(pictures), height, width, 3)
    for index, picture in enumerate(pictures):
        batch[index, : picture.shape[1], : picture.shape[2]] = picture[0]
    return batch
