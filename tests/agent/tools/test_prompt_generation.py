"""The planner: prompts that read back as a plausible defect in an allowed place."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.describing import resolve
from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.naming import sizes_of
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.agent.scene.scene import allowed_area, analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator

PAIRS = [(name, anomaly) for name, product in EXAMPLE_PRODUCTS.items() for anomaly in product.anomalies]


@pytest.mark.parametrize("name,anomaly", PAIRS)
def test_the_plan_reads_back_and_lies_on_the_product(name, anomaly):
    image = render_normal(name, 1, 96)
    scene = analyze_scene(image)
    family = FAMILIES[resolve(anomaly).family]
    for seed in range(6):
        task = Task(image, name, anomaly, seed=seed)
        prompt = ScenePromptGenerator().plan(task, scene)
        assert prompt == ScenePromptGenerator().plan(task, scene)
        edit = read_prompt(prompt, anomaly, scene.bounding_box, (96, 96))[0]
        assert edit.family == family.name
        least, most = sizes_of(resolve(anomaly), EXAMPLE_PRODUCTS[name].category != "object")
        assert least - 0.01 <= edit.size <= most + 0.01
        assert 0.3 <= edit.severity <= 0.9
        assert family.many[0] <= edit.count <= family.many[1]
        x0, y0, x1, y1 = (round(96 * value) for value in edit.box)
        assert allowed_area(scene, None)[y0:y1, x0:x1].any()


@pytest.mark.parametrize(("name", "beyond"), [("concrete", True), ("circuit_board", True), ("biscuit", False)])
def test_only_on_what_fills_the_frame_a_crack_may_be_longer_than_the_product(name, beyond):
    image = render_normal(name, 1, 96)
    scene, sizes = analyze_scene(image), []
    for seed in range(40):
        prompt = ScenePromptGenerator().plan(Task(image, name, "crack", seed=seed), scene)
        sizes.append(read_prompt(prompt, "crack")[0].size)
    assert (max(sizes) > 1.0) == beyond
    assert FAMILIES["crack"].size[0] - 0.01 <= min(sizes) < 0.4 and max(sizes) <= (1.41 if beyond else 0.81)


@pytest.mark.parametrize("anomaly", sorted(FAMILIES))
def test_a_region_is_kept_to(anomaly):
    image = render_normal("concrete", 1, 96)
    region = np.zeros((96, 96), bool)
    region[60:90, 10:40] = True
    scene = analyze_scene(image)
    edit = read_prompt(ScenePromptGenerator().plan(Task(image, "slab", anomaly, region), scene), anomaly)[0]
    x0, y0, x1, y1 = (96 * value for value in edit.box)
    assert 9 <= x0 < x1 <= 41
    assert 59 <= y0 < y1 <= 91


@pytest.mark.parametrize(
    ("anomaly", "brighter"), [("glue", True), ("spilled milk", True), ("oil", False), ("ink stain", False)]
)
def test_a_named_substance_has_its_own_tone(anomaly: str, brighter: bool) -> None:
    image = render_normal("leather", 2, 128)
    scene = analyze_scene(image)
    for seed in range(6):
        task = Task(image, "leather", anomaly, seed=seed)
        made = ProceduralGenerator().edit(task, scene, ScenePromptGenerator().plan(task, scene), seed)
        change = made.image[made.mask].mean() - image[made.mask].mean()
        assert (change > 0) == brighter, (seed, change)


def test_seeds_vary_the_plan_and_unknown_types_are_planned():
    image = render_normal("concrete", 1, 96)
    scene = analyze_scene(image)
    plans = {ScenePromptGenerator().plan(Task(image, "slab", "crack", seed=seed), scene) for seed in range(8)}
    assert len(plans) == 8
    assert "unclassified defect" in ScenePromptGenerator().plan(Task(image, "slab", "xyzzy"), scene)


def test_one_pixel_of_region_is_enough():
    image = render_normal("tablet", 1, 96)
    region = np.zeros((96, 96), bool)
    region[95, 95] = True
    assert ScenePromptGenerator().plan(Task(image, "tablet", "stain", region), analyze_scene(image))
