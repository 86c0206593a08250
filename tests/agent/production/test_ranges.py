"""Size and severity of a plan: what is drawn first lies in the range, and the renderer keeps to it later."""

import re

import numpy as np
import pytest

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene

IMAGE = render_normal("concrete", 0, 128)
SCENE = analyze_scene(IMAGE)
BACKENDS = embedded_backends()


def prompt(seed, **ranges):
    return BACKENDS.prompt_generator.plan(Task(IMAGE, "slab", "large hole", seed=seed, **ranges), SCENE)


@pytest.mark.parametrize("size", [(0.3, 0.4), (0.02, 0.05)])
def test_the_first_prompt_draws_from_the_ranges(size):
    said = [prompt(seed, size=size, severity=(0.9, 1.0)) for seed in range(20)]
    sizes = [float(re.search(r"about (\d+)% of the product", text)[1]) / 100 for text in said]
    severities = [float(re.search(r"severity ([\d.]+)", text)[1]) for text in said]
    assert all(size[0] - 0.006 <= one <= size[1] + 0.006 for one in sizes) and len(set(sizes)) > 1
    assert all(0.9 <= one <= 1.0 for one in severities) and len(set(severities)) > 1


def test_the_renderer_keeps_to_the_size_whatever_the_prompt_asks_for():
    asked = (
        "In the middle, inside the box (0.3, 0.3, 0.7, 0.7), add a hole: about 90% of the product across, severity 0.9."
    )
    areas = {}
    for size in (None, (0.05, 0.1)):
        task = Task(IMAGE, "slab", "hole", seed=1, size=size)
        areas[size] = float(np.mean(BACKENDS.image_generator.edit(task, SCENE, asked, 1).mask))
    # A hole of at most 0.1 of the side covers no more than its square.
    assert 0 < areas[0.05, 0.1] <= 0.1**2 < areas[None]


def test_an_edit_within_ranges():
    edit = Edit("crack", size=0.5, severity=None)
    assert edit.within(None, None) == edit
    assert edit.within((0.1, 0.3), (0.2, 0.6)) == Edit("crack", size=0.3, severity=0.4)


@pytest.mark.parametrize("given", [{"size": (0.3, 0.1)}, {"size": (0.0, 0.1)}, {"severity": (0.5, 1.1)}])
def test_ranges_that_are_none_are_refused(given):
    with pytest.raises(InputError, match="the smaller one first"):
        Task(IMAGE, "slab", "crack", **given)
