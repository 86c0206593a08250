"""Conversations as models take them: images by value, and turns that alternate."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from PIL import Image

from ...core.text import whole_text

Part = dict[str, Any]


def fit(image: np.ndarray, side: int) -> Image.Image:
    """The image, (H, W, 3) uint8, as a picture with a longest side of at most `side` px."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale < 1.0:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return Image.fromarray(image)


def data_url(picture: Image.Image) -> str:
    """The picture as a PNG in a data: address."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def alternating(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages in the roles that every chat model knows: system, then user and assistant in turn.

    What tools said becomes part of the user's turn, in the tags that Qwen's chat template puts around it. Every backend
    asks in this form, so that a model reads the same wherever it runs. Content is always a list of parts; half a character,
    which no model takes, is replaced.
    """
    turns: list[dict[str, Any]] = []
    for message in messages:
        role, parts = message["role"], whole_text(list(message["content"]))
        if role == "tool":
            role = "user"
            text = "\n".join(part["text"] for part in parts)
            parts = [{"type": "text", "text": f"<tool_response>\n{text}\n</tool_response>"}]
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += parts
        else:
            turns.append({"role": role, "content": parts})
    return turns


def chatml(messages: Sequence[dict[str, Any]]) -> tuple[str, list[int]]:
    """(text, image numbers in order) in Qwen's format, with an opened assistant turn at the end."""
    numbers: list[int] = []
    turns = []
    for turn in alternating(messages):
        written = ""
        for part in turn["content"]:
            if part["type"] == "image":
                numbers.append(part["image"])
                written += "<|vision_start|><|image_pad|><|vision_end|>"
            else:
                written += part["text"]
        turns.append(f"<|im_start|>{turn['role']}\n{written}<|im_end|>\n")
    return "".join(turns) + "<|im_start|>assistant\n", numbers


def flattened(messages: Sequence[dict[str, Any]]) -> tuple[str, list[int]]:
    """(text, image numbers in order): the conversation as one user turn, for models that take no other."""
    numbers: list[int] = []
    written = []
    for turn in alternating(messages):
        for part in turn["content"]:
            if part["type"] == "image":
                numbers.append(part["image"])
            else:
                lead = {"assistant": "You wrote: ", "user": "", "system": ""}[turn["role"]]
                written.append(lead + part["text"])
    return "\n\n".join([*written, "Write your next turn now."]), numbers
