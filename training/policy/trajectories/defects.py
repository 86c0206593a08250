"""Anomaly images that trajectories end with: a real one with its mask, and the normal image that it may have come from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ....agent.assembly.embedded import embedded_backends
from ....agent.core.verdict import PASS_THRESHOLD
from ....agent.loop.agent_loop import AgentLoop
from ....agent.policies.scripted import ScriptedPolicy
from ....agent.scene.scene import Scene, analyze_scene
from ....agent.tools.image_generation.inverse import InverseEditor
from ..tasks import RenderedTasks


@dataclass(frozen=True, eq=False)
class RealDefect:
    """normal, image: (H, W, 3) uint8, equal away from the mask. mask: (H, W) bool. scene: the normal image's. name: where
    the image is from, for people. source: "real", or "rendered" where the pack made it.
    """

    item: str
    anomaly: str
    normal: np.ndarray
    image: np.ndarray
    mask: np.ndarray
    scene: Scene
    name: str
    source: str = "real"


def rebuilt(
    image: np.ndarray, mask: np.ndarray, item: str, anomaly: str, name: str, inverse: InverseEditor, seed: int
) -> RealDefect:
    """A real anomaly image, (H, W, 3) uint8, with its mask, (H, W) bool, and the normal image by inverse editing."""
    normal = inverse.rebuild(image, mask, item, seed)
    return RealDefect(item, anomaly, normal, image, mask, analyze_scene(normal), name)


def rendered_defects(
    count: int, seed: int = 0, side: int = 128, threshold: float = PASS_THRESHOLD
) -> Iterator[RealDefect]:
    """Anomaly images of `side` px that the pack makes itself, on the products that training may see, with an editor that
    does as it is told and the scripted policy. Out of `count` tasks those that pass: nothing from outside is in them.
    """
    source = RenderedTasks(side=side, unfaithful=0.0, seed=seed)
    loop = AgentLoop(ScriptedPolicy(), embedded_backends(), threshold=threshold)
    for index in range(count):
        assignment = source.draw(index)
        task = replace(assignment.task, region=None)
        episode = loop.start(task, assignment.scene)
        for _ in episode.events():
            pass
        result = episode.result()
        if result.passed:
            yield RealDefect(
                task.item, task.anomaly, task.image, result.image, result.mask, assignment.scene,
                f"{assignment.product} {index}", "rendered",
            )  # fmt: skip
