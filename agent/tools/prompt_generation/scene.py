"""The embedded backend of prompt generation: a planner that computes the first prompt."""

from __future__ import annotations

import zlib

import numpy as np

from ...core.task import Task
from ...defects.describing import resolve
from ...defects.edit import Box, Edit
from ...defects.families import FAMILIES
from ...defects.family import Family
from ...defects.naming import DefectType, sizes_of, tone_of
from ...defects.prompt_text import write_prompt
from ...imaging.channels import luma_of
from ...scene.grid_cells import divide
from ...scene.scene import Scene, allowed_area

# Share of defects of a family with a usual place that are put there.
_AT_ITS_PLACE = 0.65
# Range of Edit.severity where the task leaves it open.
_SEVERITY = (0.35, 0.85)


class ScenePromptGenerator:
    """The embedded planner: chooses place, size and contrast by what is seen, and says so in one paragraph."""

    def plan(self, task: Task, scene: Scene) -> str:
        """One paragraph: where, what, shape, texture, contrast, extent, what stays. Raises UnknownAnomalyError."""
        defect = resolve(task.anomaly)
        family = FAMILIES[defect.family]
        rng = np.random.default_rng([task.seed, zlib.crc32(task.anomaly.encode())])
        bounds = scene.bounding_box
        severity = float(rng.uniform(*(task.severity or _SEVERITY)))
        # Edges chip most, but not only; a piece breaks off nowhere else.
        place = family.place if rng.random() < _AT_ITS_PLACE or family.form(defect.variant).always_at_place else None
        edit = Edit(
            family=defect.family,
            variant=defect.variant,
            box=_choose_box(task, scene, family, place, rng),
            place=place,
            size=_size(task, scene, defect, rng),
            severity=round(severity, 2),
            tone=_tone(scene, defect, rng),
            angle=round(float(rng.uniform(0, 180))),
            softness=round(float(rng.uniform(0.2, 0.8)), 2) if family.soft_edge else None,
            count=_count(task, family, rng),
        )
        if task.defects and edit.count != 1:
            # Several that were asked for spread; those that usually come together stay together.
            edit = edit.with_(box=None)
        return write_prompt(edit, task.item, task.anomaly, surface_note(scene), bounds)


def surface_note(scene: Scene) -> str:
    """What the defect must blend with: texture, light, gloss."""
    lit_x = "left" if scene.light[0] < -0.38 else "right" if scene.light[0] > 0.38 else ""
    lit_y = "upper" if scene.light[1] < -0.38 else "lower" if scene.light[1] > 0.38 else ""
    sides = " ".join(part for part in (lit_y, lit_x) if part)
    light = {"": "the front", "upper": "above", "lower": "below"}.get(sides, f"the {sides}")
    gloss = "glossy" if scene.glossy else "matt"
    return f"Blend it with the {scene.detail}, {gloss} surface under light from {light}."


def _size(task: Task, scene: Scene, defect: DefectType, rng: np.random.Generator) -> float:
    """Log-uniform within the task's range, else the family's: there in its upper or lower half where the type's name says
    large or small."""
    low, high = np.log(task.size or sizes_of(defect, scene.category == "texture"))
    words = set() if task.size else set(task.anomaly.lower().replace("_", " ").split())
    if words & {"large", "big", "huge", "gross"}:
        low = (low + high) / 2
    elif words & {"small", "tiny", "minor", "fine"}:
        high = (low + high) / 2
    return round(float(np.exp(rng.uniform(low, high))), 3)


def _count(task: Task, family: Family, rng: np.random.Generator) -> int:
    least, most = task.defects or family.many
    return int(rng.integers(least, most + 1))


def _choose_box(task: Task, scene: Scene, family: Family, place: str | None, rng: np.random.Generator) -> Box:
    """A grid cell of the product with room for a defect; rather one of low activity, where it shows."""
    cells = scene.grid_cells
    if task.region is not None:
        cells = divide(allowed_area(scene, task.region), scene.local_contrast)
    weights = []
    for cell in cells:
        fits = (2.0 if cell.outer else 0.15) if place == "edge" else cell.share**2
        weights.append(fits / (6.0 + cell.local_contrast) if family.seeks_low_activity else fits)
    chance = np.array(weights) / sum(weights)
    return cells[int(rng.choice(len(cells), p=chance))].box


def _tone(scene: Scene, defect: DefectType, rng: np.random.Generator) -> str | None:
    """The tone that the surface leaves room for."""
    luma = luma_of(scene.mean_rgb)
    usual = tone_of(defect)
    if usual == "bright" and luma > 200:
        return "dark"
    if usual is not None:
        return usual if luma > 45 or FAMILIES[defect.family].stays_dark else "bright"
    if luma < 60:
        return "bright"
    if luma > 200:
        return "dark"
    return "dark" if rng.random() < 0.55 else "bright"
