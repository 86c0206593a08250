"""Schemas: what several nodes' inputs share, and what older hosts do not know yet."""

from __future__ import annotations

import dataclasses
from typing import Any

from comfy_api.latest import io

from ..agent.core.verdict import MAX_SCORE, PASS_THRESHOLD
from ..agent.defects.naming import example_types

#: Schema fields that came after ComfyUI 0.8, the oldest host served; there an unknown field is a TypeError.
_NEWER_FIELDS = ("search_aliases", "has_intermediate_output", "is_dev_only")

# Types of our own sockets.
Policy = io.Custom("ANOMALY_POLICY")
PromptGenerator = io.Custom("ANOMALY_PROMPT_GENERATOR")
Editor = io.Custom("ANOMALY_EDITOR")
Judge = io.Custom("ANOMALY_JUDGE")
Knowledge = io.Custom("ANOMALY_KNOWLEDGE")
Segmenter = io.Custom("ANOMALY_SEGMENTER")
Episode = io.Custom("ANOMALY_EPISODE")
LoopState = io.Custom("ANOMALY_LOOP")
Faults = io.Custom("ANOMALY_FAULTS")

#: Largest seed of the host's own nodes.
MAX_SEED = 2**64 - 1
#: Rounds of a loop on the canvas: their cost grows faster than linearly, and each keeps its images in memory.
MAX_ATTEMPTS = 20


def schema(**fields: Any) -> io.Schema:
    """An io.Schema of the fields that this host knows."""
    known = {field.name for field in dataclasses.fields(io.Schema)}
    return io.Schema(**{name: value for name, value in fields.items() if name in known or name not in _NEWER_FIELDS})


def image_input(tooltip: str, name: str = "image") -> io.Input:
    """An IMAGE (B, H, W, C), values 0-1, C of 1, 3 or 4."""
    return io.Image.Input(name, tooltip=f"{tooltip} Any batch size; 64-4096 px a side; alpha is laid over white.")


def item_input(linked: bool = False) -> io.Input:
    """The product's name. linked: as a socket rather than a text box."""
    return io.String.Input(
        "item",
        default=None if linked else "",
        placeholder=None if linked else "e.g. hex nut",
        force_input=linked or None,
        tooltip="The product in the picture, in your words, e.g. 'hex nut'.",
    )


def anomaly_type_input() -> io.Input:
    """The defect's name."""
    examples = example_types()
    return io.String.Input(
        "anomaly_type",
        default=examples[0],
        tooltip=(
            "The defect in free text, also how many, where and how it looks, in English, German, Spanish, Japanese, Korean or "
            f"Chinese: {', '.join(examples)} ... and the type names of MVTec AD and VisA."
        ),
    )


def meaning_input() -> io.Input:
    """How the defect's name is meant, where it is understood otherwise."""
    return io.String.Input(
        "meaning",
        default="",
        optional=True,
        placeholder="empty: as anomaly_type says it",
        tooltip=(
            "Corrects how anomaly_type is understood: this is read and drawn instead, e.g. '2 dark scratches in the upper "
            "left'. The type keeps its name. Empty: no correction."
        ),
    )


def region_input() -> io.Input:
    """Where a defect may go."""
    return io.Mask.Input(
        "region",
        optional=True,
        tooltip=(
            "Where a defect may go (white), at the image's size: one mask, or one for each image. Unconnected, or nothing "
            "painted: anywhere on the product."
        ),
    )


def seed_input() -> io.Input:
    """The seed of an episode."""
    return io.Int.Input(
        "seed",
        default=0,
        min=0,
        max=MAX_SEED,
        control_after_generate=True,
        tooltip="The same seed and inputs give the same result. The second image of a batch takes seed + 1, and so on.",
    )


def threshold_input() -> io.Input:
    """What passes."""
    return io.Float.Input(
        "threshold",
        default=PASS_THRESHOLD,
        min=0.0,
        max=MAX_SCORE,
        step=0.1,
        tooltip=(
            "An image passes when its score, 0-10, is above this, or full. It stays below 5 where anything that was asked for "
            "is missing, and is 10 only where nothing falls short. Higher: fewer and better samples, more attempts."
        ),
    )


def attempts_input() -> io.Input:
    """The budget."""
    return io.Int.Input(
        "max_attempts",
        default=3,
        min=1,
        max=MAX_ATTEMPTS,
        tooltip="How many images may be made for one sample. The loop stops at the first that passes.",
    )


def policy_input() -> io.Input:
    """Who decides."""
    return Policy.Input(
        "policy",
        optional=True,
        tooltip="Who decides what to do next. Unconnected: the trained policy that comes with the pack.",
    )


def prompt_generator_input() -> io.Input:
    """The backend of prompt generation."""
    return PromptGenerator.Input(
        "prompt_generator",
        optional=True,
        tooltip="The model that writes the first prompt. Unconnected: the embedded planner, which computes it.",
    )


def editor_input() -> io.Input:
    """The backend of image generation."""
    return Editor.Input(
        "editor",
        optional=True,
        tooltip="The model that edits the image. Unconnected: the embedded renderers, on the CPU, nothing to download.",
    )


def judge_input() -> io.Input:
    """The backend of quality evaluation."""
    return Judge.Input(
        "judge",
        optional=True,
        tooltip="The model that scores an image. Unconnected: the embedded critic, which measures the change.",
    )


def knowledge_input() -> io.Input:
    """The backend of knowledge retrieval."""
    return Knowledge.Input(
        "knowledge",
        optional=True,
        tooltip="The knowledge base to search. Unconnected: the packaged notes on how defects look.",
    )


def segmenter_input() -> io.Input:
    """The backend of mask generation."""
    return Segmenter.Input(
        "segmenter",
        optional=True,
        tooltip="The model that makes masks. Unconnected: the mask is computed from the change between both images.",
    )


def hub_input(example: str) -> io.Input:
    """A model by its hub id."""
    return io.String.Input(
        "hub_id",
        default="",
        placeholder=f"e.g. {example}",
        tooltip="A model's id on huggingface.co, where the list above says (hub id).",
    )


def download_input(folder: str) -> io.Input:
    """Whether the model may be fetched."""
    return io.Boolean.Input(
        "download",
        default=False,
        label_on="allow",
        label_off="never",
        tooltip=f"Whether the hub id may be downloaded, into {folder}; what is there already is used as it is.",
    )
