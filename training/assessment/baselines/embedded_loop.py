"""The agent itself, with the embedded tools: given the product's name and normal images, and nothing of the test set."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ....agent.assembly.embedded import embedded_backends
from ....agent.core.errors import InputError
from ....agent.core.result import Result
from ....agent.core.task import Task
from ....agent.core.verdict import PASS_THRESHOLD
from ....agent.defects.describing import mask_margin_of
from ....agent.defects.families.irregularity import FAMILY as IRREGULARITY
from ....agent.imaging.masks import grow_mask
from ....agent.loop.episode import Episode
from ....agent.loop.toolbox import Backends
from ....agent.policies.base import Policy
from ....agent.policies.scripted import ScriptedPolicy
from ....agent.scene.conspicuity import TextureSaliency
from ....agent.scene.positional_saliency import PositionalSaliency, pick_pictures
from ....agent.scene.scene import Scene, analyze_scene
from ....agent.tools.knowledge_retrieval.occurrence import plausible_types
from ...policy.unfaithful_editor import FAITHFUL, UnfaithfulEditor, draw_bias
from .base import Samples, draw_normals

# Episodes for one sample at most.
_EPISODES = 20


@dataclass(frozen=True, eq=False)
class _Surface:
    """A normal image, its scene, the types that can occur on it with their shares, and its texture saliency where asked for."""

    image: np.ndarray
    scene: Scene
    types: dict[str, float]
    saliency: TextureSaliency | None


class EmbeddedLoop:
    """A policy over the embedded tools. Anomaly types that can occur on the product take turns at random, as often as the
    packaged notes on its material say.

    most_defects: on one picture. There are 1 to so many, equally often, each of an episode on what the last one made: a
    detector learns more from a picture that shows it more, as the baselines' patches do too. alike: (least, most) defects of one
    type in an episode, as in a Task. irregular: share of pictures that show irregularities of no known kind instead.
    least_conspicuity: of a defect, see TextureSaliency; another one is made for a fainter one. mask_margin: masks are grown by
    this share of the image's shorter side, as people outline a defect, those of irregularities by half of it.
    make_policy: seed of its dice -> a policy. backends: other tools. unfaithful: the editor has a bias of its own in every
    episode, see there. passed_only: an episode that does not pass is played again, as when a data set is made; else
    its best attempt counts as it is.
    """

    def __init__(
        self,
        name: str = "ours",
        make_policy: Callable[[int], Policy] = lambda _: ScriptedPolicy(),
        facts: dict[str, Any] | None = None,
        backends: Backends | None = None,
        max_attempts: int = 3,
        unfaithful: bool = False,
        passed_only: bool = True,
        most_defects: int = 1,
        alike: tuple[int, int] | None = None,
        irregular: float = 0.0,
        least_conspicuity: float = 0.0,
        mask_margin: float = 0.0,
    ) -> None:
        self.name = name
        self._make_policy = make_policy
        self._backends = backends or embedded_backends()
        self._max_attempts = max_attempts
        self._unfaithful = unfaithful
        self._passed_only = passed_only
        self._most_defects = most_defects
        self._alike = alike
        self._irregular = irregular
        self._least_conspicuity = least_conspicuity
        self._mask_margin = mask_margin
        self.facts: dict[str, Any] = {
            "policy": ScriptedPolicy.name,
            **(facts or {}),
            "max_attempts": max_attempts,
            "most_defects": most_defects,
            **({"irregular": irregular} if irregular else {}),
            "alike": None if alike is None else list(alike),
            "least_conspicuity": least_conspicuity,
            "mask_margin": mask_margin,
        }

    def synthesize(self, normals: Sequence[np.ndarray], item: str, count: int, seed: int) -> Samples:
        """See Synthesizer. Sample k draws types, seeds and biases from (seed, k, defect, try), whatever the policy."""
        scenes: dict[int, Scene] = {}

        def scene_of(index: int) -> Scene:
            if index not in scenes:
                scenes[index] = analyze_scene(normals[index])
            return scenes[index]

        positional = None
        if self._least_conspicuity > 0:
            positional = PositionalSaliency.of(
                [(normals[index], scene_of(index)) for index in pick_pictures(len(normals))]
            )
        surfaces: dict[int, _Surface] = {}
        results = []
        chosen = draw_normals(normals, count, seed)
        for sample, index in enumerate(chosen):
            if index not in surfaces:
                scene = scene_of(index)
                saliency = (
                    TextureSaliency.of(normals[index], scene, positional) if self._least_conspicuity > 0 else None
                )
                surfaces[index] = _Surface(normals[index], scene, plausible_types(item, scene), saliency)
            results.append(self._picture(surfaces[index], item, (seed, sample)))
        images, masks = (np.stack(arrays) for arrays in zip(*results, strict=True))
        return Samples(np.stack([normals[index] for index in chosen]), images, masks)

    def _picture(self, surface: _Surface, item: str, key: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """(S, S, 3) uint8 and (S, S) bool."""
        image, mask = surface.image, np.zeros(surface.image.shape[:2], bool)
        rng = np.random.default_rng([*key, 0])
        defects = int(rng.integers(1, self._most_defects + 1))
        types, margin = surface.types, self._mask_margin
        if rng.random() < self._irregular:
            defects, types, margin = 1, {IRREGULARITY.name: 1.0}, mask_margin_of(IRREGULARITY.name, margin)
        for defect in range(defects):
            result = self._play(surface, types, image, item, (*key, defect))
            image, mask = result.image, mask | result.mask
        return image, grow_mask(mask, margin)

    def _play(
        self, surface: _Surface, shares: dict[str, float], image: np.ndarray, item: str, key: tuple[int, int, int]
    ) -> Result:
        """shares: of the anomaly types that are drawn."""
        faint: list[tuple[float, int]] = []
        for again in range(_EPISODES):
            episode = self._begin(surface, shares, image, item, (*key, again))
            conspicuity = self._run(episode, surface.saliency)
            if conspicuity < self._least_conspicuity:
                faint.append((conspicuity, again))
            elif self._counts(result := episode.result()):
                return result
        for _, again in sorted(faint, reverse=True):  # a surface of strong saliency of its own
            episode = self._begin(surface, shares, image, item, (*key, again))
            self._run(episode, None)
            if self._counts(result := episode.result()):
                return result
        raise InputError(f"{self.name}: no sample of {item!r} passed in {_EPISODES} episodes on one image")

    def _begin(
        self,
        surface: _Surface,
        shares: dict[str, float],
        image: np.ndarray,
        item: str,
        key: tuple[int, int, int, int],
    ) -> Episode:
        rng = np.random.default_rng(key)
        drawn = list(shares)[int(rng.choice(len(shares), p=list(shares.values())))]
        task = Task(image, item, drawn, None, int(rng.integers(2**31)), defects=self._alike)
        bias = draw_bias(rng) if self._unfaithful else FAITHFUL
        tools = replace(self._backends, image_generator=UnfaithfulEditor(bias)) if self._unfaithful else self._backends
        return Episode(self._make_policy(task.seed), tools, task, self._max_attempts, PASS_THRESHOLD, surface.scene)

    def _run(self, episode: Episode, saliency: TextureSaliency | None) -> float:
        """Plays an episode to its end, or to a first attempt that is too faint, which need not be judged then; gives the
        conspicuity of that attempt or of the result. saliency: None where none is asked for."""
        found, measured = math.inf, None
        for event in episode.events():
            made = event.attempt
            first = event.tool == "image_gen" and len(episode.trajectory.attempts) == 1
            if saliency is not None and first and made is not None and made.exact_mask is not None:
                found, measured = saliency.conspicuity(made.image, made.exact_mask), made.image
                if found < self._least_conspicuity:
                    return found
        result = episode.result()
        if saliency is None or result.image is measured:
            return found
        return saliency.conspicuity(result.image, result.mask)

    def _counts(self, result: Result) -> bool:
        return result.passed or not self._passed_only
