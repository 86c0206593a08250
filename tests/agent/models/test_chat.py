"""Conversations as models take them."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.models.language.chat import alternating, chatml, data_url, fit, flattened


def conversation() -> Trajectory:
    told = Trajectory()
    told.add_text("system", "Rules.")
    told.add_image(np.zeros((64, 64, 3), np.uint8), "Image 1.")
    told.add_text("assistant", "I look.")
    told.add_text("tool", "made")
    told.add_image(np.zeros((64, 64, 3), np.uint8), "Image 2.")
    told.add_text("user", "Make it longer.", author="user")
    return told


def test_turns_alternate_and_nothing_is_lost():
    told = conversation()
    before = [dict(message) for message in told.messages]
    turns = alternating(told.messages)
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    last = turns[-1]["content"]
    assert [part["type"] for part in last] == ["text", "image", "text", "text"]
    assert last[0]["text"] == "<tool_response>\nmade\n</tool_response>" and last[-1]["text"] == "Make it longer."
    assert told.messages == before and set(last[0]) == {"type", "text"}


def test_chatml_has_every_image_in_its_place():
    text, numbers = chatml(conversation().messages)
    image = "<|vision_start|><|image_pad|><|vision_end|>"
    assert text == (
        "<|im_start|>system\nRules.<|im_end|>\n"
        f"<|im_start|>user\n{image}Image 1.<|im_end|>\n"
        "<|im_start|>assistant\nI look.<|im_end|>\n"
        f"<|im_start|>user\n<tool_response>\nmade\n</tool_response>{image}Image 2.Make it longer.<|im_end|>\n"
        "<|im_start|>assistant\n"
    )
    assert numbers == [1, 2]


def test_a_flat_conversation_keeps_who_said_what():
    text, numbers = flattened(conversation().messages)
    assert numbers == [1, 2] and text.index("Rules.") < text.index("You wrote: I look.") < text.index("made")
    assert text.endswith("Write your next turn now.")


@pytest.mark.parametrize(("size", "fitted"), [((100, 50), (64, 32)), ((40, 60), (40, 60)), ((4000, 3), (64, 1))])
def test_pictures_fit_the_side_and_are_never_enlarged(size, fitted):
    width, height = size
    assert fit(np.zeros((height, width, 3), np.uint8), 64).size == fitted


def test_a_data_url_holds_the_very_pixels():
    pixels = np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)
    kind, _, data = data_url(Image.fromarray(pixels)).partition(",")
    assert kind == "data:image/png;base64"
    assert (np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) == pixels).all()
