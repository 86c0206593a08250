"""The features of images that the small policy reads: a product, and a change on it, in words and levels."""

from __future__ import annotations

from ...defects.edit import Box
from ...imaging.channels import luma_of
from ...scene.scene import Scene
from ...tools.quality_evaluation.measures import Measures
from .vocabulary import SHIFT, clamp, size_level, strength_level


def describe_scene(scene: Scene) -> str:
    """Kind, detail, gloss, tone and contrast of a normal image, one line of words and levels."""
    luma = luma_of(scene.mean_rgb)
    words = [
        f"kind {scene.category} {scene.detail} {'glossy' if scene.glossy else 'matt'}",
        f"tone {clamp(round(luma / 28), 0, 9)} contrast {clamp(round(scene.contrast / 8), 0, 9)}",
    ]
    if scene.bilevel:
        words.append("two-tone")
    return " ".join(words)


def describe_change(measures: Measures | None, asked: Box | None) -> str:
    """What differs between two images: its size and strength, how far from the box that was asked for it lies (in steps of
    1/12 of the image, x to the right, y down), and how many straight sides it has. measures: None where nothing differs.
    """
    if measures is None:
        return "seen nothing"
    words = f"seen size {size_level(measures.extent)} strength {strength_level(measures.visibility)}"
    if asked is not None:
        x, y = (asked[0] + asked[2]) / 2, (asked[1] + asked[3]) / 2
        dx, dy = (clamp(round((m - a) / SHIFT), -6, 6) for m, a in zip(measures.centre, (x, y), strict=True))
        words += f" dx {dx} dy {dy}"
    return f"{words} sides {round(measures.straight_sides)}"
