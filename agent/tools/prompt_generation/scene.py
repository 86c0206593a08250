"""The embedded backend of prompt generation: a planner that computes the first prompt."""

from __future__ import annotations

import zlib

import numpy as np

from ...core.task import Task
from ...defects.describing import describe
from ...defects.description import Asked, Attributes
from ...defects.edit import Box, Edit
from ...defects.families import FAMILIES
from ...defects.family import Family
from ...defects.fitting import fitted
from ...defects.naming import DefectType, sizes_of, tone_of
from ...defects.prompt_text import write_prompt
from ...scene.grid_cells import divide
from ...scene.places import place_of
from ...scene.scene import Scene, allowed_area

# Share of defects of a family with a usual place that are put there.
_AT_ITS_PLACE = 0.65
# Range of Edit.severity where the task leaves it open.
_SEVERITY = (0.35, 0.85)
# Below this Edit.severity nobody sees a line of one px.
_HAIRLINE = 0.65


class ScenePromptGenerator:
    """The embedded planner: chooses place, size and contrast by what is seen, and says so in one paragraph."""

    def plan(self, task: Task, scene: Scene) -> str:
        """One paragraph: where, what, shape, texture, contrast, extent, what stays."""
        description = fitted(describe(task.asked), scene)
        rng = np.random.default_rng([task.seed, zlib.crc32(task.anomaly.encode()), task.image_key])
        edits = [_edit(task, scene, asked, rng) for asked in description.defects]
        return write_prompt(edits, task.item, task.asked, surface_note(scene), scene.bounding_box)


def _edit(task: Task, scene: Scene, asked: Asked, rng: np.random.Generator) -> Edit:
    """What to draw of one kind of defect: as asked, and what is left open by what is seen."""
    defect, family, said = DefectType(asked.family, asked.form, asked.matter), FAMILIES[asked.family], asked.attributes
    severity = float(rng.uniform(*(task.severity or _SEVERITY)))
    # Edges chip most, but not only; a piece breaks off nowhere else.
    place = family.place if rng.random() < _AT_ITS_PLACE or family.form(asked.form).always_at_place else None
    if said.place is not None or said.part is not None:
        place = said.place
    edit = Edit(
        family=asked.family,
        variant=asked.form,
        box=_choose_box(task, scene, asked, place, rng),
        place=place,
        size=_size(task, scene, asked, rng),
        severity=round(severity, 2),
        tone=_tone(scene, defect, rng),
        angle=round(float(rng.uniform(0, 180))),
        softness=round(float(rng.uniform(0.2, 0.8)), 2) if family.soft_edge else None,
        count=_count(task, family, said, rng),
    )
    within = said if task.size is None else said.with_(size=None)
    edit = edit.held_to(within if task.defects is None else within.with_(count=None))
    if within.size is not None and family.is_line:
        # The ends of a line taper, and it bends: what shows is shorter.
        edit = edit.with_(size=round(max(edit.size or 0.0, (within.size[0] * within.size[1] ** 2) ** (1 / 3)), 3))
    if (said.angle is not None or said.direction is not None) and not family.is_line and said.shape is None:
        # Only what is drawn out has a direction.
        edit = edit.with_(shape="streak")
    if said.width == "hairline":
        edit = edit.with_(severity=max(edit.severity or 0.0, _HAIRLINE))
    if (
        (task.defects or said.count)
        and edit.count != 1
        and said.cell is None
        and said.part is None
        and task.region is None
    ):
        # Several that were asked for spread; those that usually come together stay together.
        edit = edit.with_(box=None)
    return edit


def surface_note(scene: Scene) -> str:
    """What the defect must blend with: texture, light, gloss."""
    lit_x = "left" if scene.light[0] < -0.38 else "right" if scene.light[0] > 0.38 else ""
    lit_y = "upper" if scene.light[1] < -0.38 else "lower" if scene.light[1] > 0.38 else ""
    sides = " ".join(part for part in (lit_y, lit_x) if part)
    light = {"": "the front", "upper": "above", "lower": "below"}.get(sides, f"the {sides}")
    gloss = "glossy" if scene.glossy else "matt"
    return f"Blend it with the {scene.detail}, {gloss} surface under light from {light}."


def _size(task: Task, scene: Scene, asked: Asked, rng: np.random.Generator) -> float:
    """Log-uniform within the task's range, else what the words ask for, else the family's."""
    usual = sizes_of(DefectType(asked.family, asked.form, asked.matter), scene.category == "texture")
    low, high = np.log(task.size or asked.attributes.size or usual)
    return round(float(np.exp(rng.uniform(low, high))), 3)


def _count(task: Task, family: Family, said: Attributes, rng: np.random.Generator) -> int:
    """As many as the task allows, else as usually come together; who says how one looks, or where it is, means one."""
    least, most = task.defects or (family.many if said == Attributes() else (1, 1))
    return int(rng.integers(least, most + 1))


def _choose_box(task: Task, scene: Scene, asked: Asked, place: str | None, rng: np.random.Generator) -> Box:
    """A grid cell of the product with room for a defect where it was asked for; rather one of low activity, where it shows."""
    family, said = FAMILIES[asked.family], asked.attributes
    cells = scene.grid_cells
    allowed = allowed_area(scene, task.region)
    meant = place_of(scene, allowed, place, said.cell, said.relation, said.part, said.part_number)
    if meant is not scene.foreground:
        cells = divide(meant, scene.local_contrast)
    weights = []
    for cell in cells:
        fits = (2.0 if cell.outer else 0.15) if place == "edge" else cell.share**2
        weights.append(fits / (6.0 + cell.local_contrast) if family.seeks_low_activity else fits)
    chance = np.array(weights) / sum(weights)
    return cells[int(rng.choice(len(cells), p=chance))].box


def _tone(scene: Scene, defect: DefectType, rng: np.random.Generator) -> str | None:
    """The tone that the surface leaves room for."""
    luma = scene.grey
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
