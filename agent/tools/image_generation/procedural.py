"""The embedded image generator: reads a prompt paragraph and renders it, with the exact mask."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ...core.errors import NotVisibleError
from ...core.task import Task
from ...defects.describing import describe
from ...defects.description import Attributes
from ...defects.drawing.bilevel import Bilevel, snap_layer
from ...defects.drawing.manner import with_manner
from ...defects.drawing.window import Layer, Window
from ...defects.edit import Edit
from ...defects.families import FAMILIES
from ...defects.fitting import fitted
from ...defects.prompt_text import read_prompt
from ...imaging.channels import is_monochrome, largest_channel, per_channel, without_colours
from ...imaging.masks import bounding_box
from ...imaging.noise import log_uniform
from ...imaging.quantiles import percentile
from ...imaging.ramps import smoothstep
from ...scene.scene import Scene, allowed_area
from ..interfaces import GeneratedImage
from .as_asked import Drawn, Line, drawn
from .placement import choose_window

# Places tried before a defect that leaves no visible trace is given up, or one that misses some of what was asked is taken.
_TRIES = 6
# A pixel counts to the mask where the defect covers this share of it and the change is this share of its peak.
_MASK_COVER, _MASK_CHANGE = 0.4, 0.18
# The share of a change that is taken by a pixel off the product, beside its silhouette, and on it.
_SILHOUETTE = np.array([0.0, 0.7, 1.0], np.float32)


def mask_margin(size: tuple[int, int]) -> int:
    """How far, in px, an edit may reach beyond its mask (a shadow, a soft border) in an image of (height, width).

    Beyond the mask dilated by this radius the image equals the original bit for bit.
    """
    return max(3, round(0.025 * min(size)))


class ProceduralGenerator:
    """Renders defects with physical cues on the CPU; nothing to download."""

    def edit(self, task: Task, scene: Scene, prompt: str, seed: int) -> GeneratedImage:
        """The image with the prompt's defects, (H, W, 3) uint8, and their exact mask, (H, W) bool, never empty.

        Raises NotVisibleError where nothing of it would show.
        """
        rng = np.random.default_rng(seed)
        description = fitted(describe(task.asked), scene)
        edits = read_prompt(prompt, task.asked, scene.bounding_box, task.image.shape[:2], task.item)
        image = task.image.copy()
        mask = np.zeros(image.shape[:2], bool)
        lines: list[Line] = []
        for asked in edits:
            family = FAMILIES[asked.family]
            allowed = allowed_area(scene, task.region, not (family.moves_outline or family.breaks_outline))
            own = description.of(asked.family)
            edit = asked if own is None else asked.completed(own.attributes)
            edit = edit.within(task.size, task.severity, task.defects)
            told = own is not None and (own.attributes.tone is not None or own.matter is not None)
            insists_on_tone = bool(task.prompt) or told
            # Who writes the prompt, or gives ranges, rules over the description.
            said = None if own is None or task.prompt else own.attributes
            said = said if said is None or task.size is None else said.with_(size=None)
            for number in range(edit.count or 1):
                one = _further(edit, task, rng) if number and task.defects else edit
                _add_defect(image, mask, scene, allowed, one, rng, insists_on_tone, said, lines)
        if not mask.any():
            raise NotVisibleError(
                f"no visible {edits[0].family} could be rendered here; ask for a larger size or more severity, "
                "or give it a larger region"
            )
        return GeneratedImage(image, mask)


def _further(edit: Edit, task: Task, rng: np.random.Generator) -> Edit:
    """One more of several defects: no smaller than half as large, turned otherwise unless a direction was asked for."""
    size = None if edit.size is None else edit.size * log_uniform(rng, 0.5, 1.0)
    return edit.with_(size=size, angle=None).within(task.size, None)


def _add_defect(
    image: np.ndarray,
    mask: np.ndarray,
    scene: Scene,
    allowed: np.ndarray,
    edit: Edit,
    rng: np.random.Generator,
    insists_on_tone: bool,
    asked: Attributes | None,
    lines: list[Line],
) -> None:
    """Renders one defect into image, mask and lines, in place; leaves them as they are if none of the places shows it. Of some
    tries, the one that keeps most of what was asked.
    insists_on_tone: a person asked for the edit's, so that no light and shade of the defect's own may outweigh it."""
    family = FAMILIES[edit.family]
    tone = edit.tone if insists_on_tone or "tone" in edit.insisted else None
    render, look = family.render_of(edit.variant), family.bilevel_of(edit.variant)
    if asked is not None and asked.size is not None and not _fits(edit.size, asked.size):
        asked = asked.with_(size=None)  # the prompt wants another size than the task's words
    best: tuple[Drawn, tuple[slice, slice]] | None = None
    for _ in range(_TRIES):
        window, (rows, columns) = choose_window(image, scene, allowed, edit, rng, mask)
        background = family.form(edit.variant).shows_background
        layer = _as_seen(
            scene, with_manner(window, render(window, rng), tone, background, None if asked is None else asked.severity)
        )
        if scene.bilevel and look is not Bilevel.GREY:
            layer = snap_layer(window, layer, look, rng)
            # A pixel that turned its tone for one defect does not turn back for the next.
            free = ~mask[rows, columns]
            core = layer.coverage if layer.core is None else layer.core
            layer = Layer(layer.pixels, layer.coverage * free, core * free)
        pixels, defect = _composite(window, layer, image.shape[:2])
        if np.count_nonzero(defect) < max(4.0, 3.0 * window.unit**2):
            continue
        corner = (columns.start, rows.start)
        made = drawn(window, corner, pixels, defect, edit, asked, mask[rows, columns], lines)
        if best is None or made.missed < best[0].missed:
            best = made, (rows, columns)
        if not made.missed:
            break
        edit = made.again
    if best is not None:
        made, place = best
        image[place] = made.pixels
        mask[place] |= made.mask
        if made.line is not None:
            lines.append(made.line)


def _fits(size: float | None, asked: tuple[float, float]) -> bool:
    """Whether a size is as asked; a prompt rounds it."""
    return size is not None and 0.97 * asked[0] <= size <= 1.03 * asked[1]


def _as_seen(scene: Scene, layer: Layer) -> Layer:
    """The layer as the picture's camera sees it: one without colours sees no rust as orange."""
    if not scene.monochrome or is_monochrome(layer.pixels):
        return layer
    return replace(layer, pixels=without_colours(layer.pixels.astype(np.float32)))


def _composite(window: Window, layer: Layer, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """The window's new pixels, uint8, and the defect's mask, bool, both (h, w), in a picture of (height, width)."""
    limit = _limit(window)
    coverage = np.clip(layer.coverage, 0, 1) * limit
    core = coverage if layer.core is None else np.clip(layer.core, 0, 1) * limit
    pixels, mask = window.pixels.astype(np.uint8), core >= _MASK_COVER
    if not mask.any():
        return pixels, mask
    # No filter reaches as far as twice the margin; further out all stays as it is.
    margin = mask_margin(size)
    box = bounding_box((coverage > 0) | mask, 2 * margin)
    change, coverage = layer.pixels[box] - window.pixels[box], coverage[box]
    mask[box] = defect = _seen(window, change, coverage, mask[box])
    if not defect.any():
        return pixels, mask
    # What reaches beyond the mask fades out within the margin.
    away = cv2.distanceTransform((~defect).astype(np.uint8), cv2.DIST_L2, 5)
    coverage = coverage * smoothstep(away, margin - 0.5, 0.4 * margin)
    if window.scene.bilevel:  # there is no tone between the two to fade to
        coverage = (coverage >= 0.5).astype(np.float32)
    mixed = window.pixels[box] + change * per_channel(coverage)
    pixels[box] = np.clip(np.rint(mixed), 0, 255)
    return pixels, mask


def _seen(window: Window, change: np.ndarray, coverage: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Where a defect shows, (h, w) bool, of where it is, `inside`, (h, w) bool with a pixel at least; all of a part of the
    window. change: (h, w, 3) float32, under full coverage. coverage: (h, w) float32, 0-1.
    """
    strength = cv2.GaussianBlur(largest_channel(np.abs(change)) * coverage, (0, 0), 0.7 * window.unit)
    peak = percentile(strength[inside], 95)
    # Twice the sensor noise, and never below what a screen shows.
    seen = inside & (strength >= max(_MASK_CHANGE * peak, min(2.0 * window.scene.noise, 6.0), 1.5))
    # Where shading crosses zero inside a dent there is no gap in the dent.
    width = 2 * max(1, round(1.5 * window.unit)) + 1
    if not FAMILIES[window.edit.family].is_line and not window.scene.bilevel:
        width = max(width, 2 * round(min(0.1 * window.size, 10.0 * window.unit)) + 1)
    closed = cv2.morphologyEx(seen.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((width, width), np.uint8)) > 0
    return closed & inside


def _limit(window: Window) -> np.ndarray:
    """How much of a change each pixel of the window takes, (h, w) float32 0-1.

    The product's silhouette cuts within a pixel, as matter ends there; a painted region and the window fade out, so that
    neither shows as a line.
    """
    ends = (0.5, 5.0 * window.unit)
    # Only a region fades; without one the silhouette is the limit, and it cuts.
    if window.free:
        down, across = window.frame_distances
        limit = np.minimum(smoothstep(down, *ends), smoothstep(across, *ends))
    else:
        limit = smoothstep(window.distance_transform(window.allowed), *ends)
    breaks = FAMILIES[window.edit.family].breaks_outline
    matter = window.product | window.allowed if breaks else window.allowed
    if breaks and window.edge_normal != (0.0, 0.0):  # a break at the silhouette takes the blurred outline along
        reach = 2 * max(1, round(1.5 * window.unit)) + 1
        matter = cv2.dilate(matter.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
    limit *= _SILHOUETTE.take(window.inner(matter).view(np.uint8) + matter)
    return limit
