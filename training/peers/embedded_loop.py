"""The agent itself, with the embedded tools: given the product's name and normal images, and nothing of the test set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ...agent.defects.families import forms_of
from ...agent.embedded import embedded_backends
from ...agent.episode import Episode
from ...agent.errors import InputError
from ...agent.imaging.scene import Scene, analyze_scene
from ...agent.policies.base import Policy
from ...agent.policies.scripted import ScriptedPolicy
from ...agent.result import Result
from ...agent.task import Task
from ...agent.toolbox import Backends
from ...agent.tools.knowledge_retrieval.occurrence import plausible_families
from ...agent.verdict import PASS_THRESHOLD
from ..wayward import OBEDIENT, WaywardEditor, draw_bent
from .base import Samples, draw_normals

# Episodes for one passed sample at most.
_EPISODES = 20


class EmbeddedLoop:
    """A policy over the embedded tools. Families that can occur on the product take turns at random, and a family's forms.

    most_defects: on one picture. There are 1 to so many, equally often, each of an episode on what the last one made: a
    detector learns more from a picture that shows it more, as the peers' patches do too.
    make_policy: seed of its dice -> a policy. backends: other tools. wayward: the editor has a bent of its own in every
    episode, see wayward.py. passed_only: an episode that does not pass is played again, as when a data set is made; else
    its best attempt counts as it is.
    """

    def __init__(
        self,
        name: str = "ours",
        make_policy: Callable[[int], Policy] = lambda _: ScriptedPolicy(),
        facts: dict[str, Any] | None = None,
        backends: Backends | None = None,
        max_attempts: int = 3,
        wayward: bool = False,
        passed_only: bool = True,
        most_defects: int = 1,
    ) -> None:
        self.name = name
        self._make_policy = make_policy
        self._backends = backends or embedded_backends()
        self._max_attempts = max_attempts
        self._wayward = wayward
        self._passed_only = passed_only
        self._most_defects = most_defects
        self.facts: dict[str, Any] = {
            "policy": ScriptedPolicy.name,
            **(facts or {}),
            "max_attempts": max_attempts,
            "most_defects": most_defects,
        }

    def synthesize(self, normals: Sequence[np.ndarray], item: str, count: int, seed: int) -> Samples:
        """See Synthesizer. Sample k draws families, seeds and bents from (seed, k, defect, try), whatever the policy."""
        scenes: dict[int, Scene] = {}
        results = []
        chosen = draw_normals(normals, count, seed)
        for sample, index in enumerate(chosen):
            if index not in scenes:
                scenes[index] = analyze_scene(normals[index])
            results.append(self._picture(normals[index], scenes[index], item, (seed, sample)))
        images, masks = (np.stack(arrays) for arrays in zip(*results, strict=True))
        return Samples(np.stack([normals[index] for index in chosen]), images, masks)

    def _picture(
        self, image: np.ndarray, scene: Scene, item: str, key: tuple[int, int]
    ) -> tuple[np.ndarray, np.ndarray]:
        """(S, S, 3) uint8 and (S, S) bool."""
        mask = np.zeros(image.shape[:2], bool)
        for defect in range(int(np.random.default_rng([*key, 0]).integers(1, self._most_defects + 1))):
            result = self._play(image, scene, item, (*key, defect))
            image, mask = result.image, mask | result.mask
        return image, mask

    def _play(self, image: np.ndarray, scene: Scene, item: str, key: tuple[int, int, int]) -> Result:
        families = plausible_families(item, scene)
        for again in range(_EPISODES):
            rng = np.random.default_rng([*key, again])
            forms = forms_of(families[int(rng.integers(len(families)))])
            task = Task(image, item, forms[int(rng.integers(len(forms)))], None, int(rng.integers(2**31)))
            bent = draw_bent(rng) if self._wayward else OBEDIENT
            tools = replace(self._backends, image_generator=WaywardEditor(bent)) if self._wayward else self._backends
            policy = self._make_policy(task.seed)
            episode = Episode(policy, tools, task, self._max_attempts, PASS_THRESHOLD)
            episode.toolbox.scene = scene  # analysed already
            for _ in episode.events():
                pass
            result = episode.result()
            if result.passed or not self._passed_only:
                return result
        raise InputError(f"{self.name}: no sample of {item!r} passed in {_EPISODES} episodes on one image")
