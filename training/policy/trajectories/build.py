"""Makes trajectories that lead to real anomaly images: planned, failed in nameable ways, and put right."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from ....agent.assembly.embedded import embedded_backends
from ....agent.core.task import Task
from ....agent.core.trajectory import Trajectory
from ....agent.core.verdict import PASS_THRESHOLD, FaultKind
from ....agent.defects.edit import Edit
from ....agent.loop.toolbox import Backends
from ....agent.policies.trained import vocabulary as w
from ....agent.policies.trained.action_codec import changes_between
from ....agent.scene.scene import Scene
from ..unfaithful_editor import EditorBias, UnfaithfulEditor, draw_bias
from .defects import RealDefect
from .episode_writer import EpisodeWriter, Tried
from .hindsight import (
    corrections,
    describe_defect,
    draw_region,
    hedges,
    plan_near,
    points_right,
    written_out,
)
from .mix import TrajectoryMix

#: Sorts of trajectories, by how many attempts fail before one passes; "spent": none passes.
SORTS = ("single", "dual", "triple", "spent")
# Editors drawn for one sort of trajectory, and ways to fall short in the middle of it, before another is tried.
_EDITORS, _WAYS = 12, 4
_MOST_HEDGED = 4


@dataclass(frozen=True, eq=False)
class WrittenTrajectory:
    """A trajectory with what is to be known of it. bias: of the episode's editor; it shows in the images alone."""

    trajectory: Trajectory
    defect: RealDefect
    sort: str
    knowledge: bool
    seed: int
    bias: EditorBias


class Builder:
    """Tells how real defects came about. skipped: why how many of them, or of the sorts drawn for them, came to nothing.

    threshold: 0-10, of the critic. max_attempts: 1 or more; sorts with more attempts are not drawn.
    """

    def __init__(
        self,
        mix: TrajectoryMix | None = None,
        backends: Backends | None = None,
        max_attempts: int = 3,
        threshold: float = PASS_THRESHOLD,
    ) -> None:
        self.mix = mix or TrajectoryMix()
        self.backends = backends or embedded_backends()
        self.max_attempts = max_attempts
        self.threshold = threshold
        self.skipped: Counter[str] = Counter()

    def tell(self, defect: RealDefect, seed: int) -> WrittenTrajectory | None:
        """A trajectory that ends with the real image; None where there is none, counted by reason in `skipped`.

        The same defect and seed give the same trajectory.
        """
        rng = np.random.default_rng(seed)
        true = describe_defect(defect, seed)
        if true is None:
            self.skipped["nothing to see, or nothing that could be drawn"] += 1
            return None
        found = self._real(defect, rng, seed)
        if found is None:
            self.skipped["the real image does not pass"] += 1
            return None
        task, real = found
        for sort in self._sorts(rng):
            for _ in range(_EDITORS):
                story = _Story(self, defect, true, task, real, rng)
                if story.tell(sort):
                    return WrittenTrajectory(story.writer.trajectory, defect, sort, story.looked_up, seed, story.bias)
            self.skipped[f"redrawn, no {sort} trajectory was found"] += 1
        self.skipped["no trajectory was found"] += 1
        return None

    def attempt(self, task: Task, scene: Scene, prompt: str, bias: EditorBias, seed: int) -> Tried:
        """What an editor makes of a prompt, judged."""
        made = UnfaithfulEditor(bias).edit(task, scene, prompt, seed)
        return Tried(made.image, made.mask, self.backends.judge.judge(task, scene, made.image, self.threshold))

    def _real(self, defect: RealDefect, rng: np.random.Generator, seed: int) -> tuple[Task, Tried] | None:
        """The task, with a region for a share of them, and the real image in it; None where that does not pass."""
        region = draw_region(defect.mask, rng) if rng.random() < self.mix.region else None
        for area in (region, None) if region is not None else (None,):
            task = Task(defect.normal, defect.item, defect.anomaly, area, seed)
            verdict = self.backends.judge.judge(task, defect.scene, defect.image, self.threshold)
            if verdict.passed:
                return task, Tried(defect.image, defect.mask, verdict)
        return None

    def _sorts(self, rng: np.random.Generator) -> list[str]:
        """The sort that is drawn, then the others in case it cannot be had."""
        fitting = [sort for sort in SORTS[:3] if SORTS.index(sort) < self.max_attempts] + ["spent"]
        weights = np.array([getattr(self.mix, sort) for sort in fitting])
        usable = np.flatnonzero(weights)
        order = rng.choice(usable, len(usable), replace=False, p=weights[usable] / weights[usable].sum())
        return [fitting[int(index)] for index in order]


class _Story:
    """One try at a trajectory, with an editor of its own."""

    def __init__(
        self, builder: Builder, defect: RealDefect, true: Edit, task: Task, real: Tried, rng: np.random.Generator
    ) -> None:
        self.builder, self.defect, self.true, self.task, self.real, self.rng = builder, defect, true, task, real, rng
        self.writer = EpisodeWriter(task, defect.scene, builder.backends, builder.max_attempts, builder.threshold)
        self.bias = draw_bias(rng)
        self.looked_up = False
        self._imperfect = rng.random() < builder.mix.imperfect

    def tell(self, sort: str) -> bool:
        """Writes it; False where it does not come about."""
        if sort == "single":
            return self._tell_single()
        failures = self.builder.max_attempts if sort == "spent" else SORTS.index(sort)
        search_after = self._search_after(failures)
        self.writer.plan(plan_near(self.defect, self.true, self.task, False, self.rng))
        self._home = self.writer.state.edit.box
        failed = self._try(self.writer.state.prompt)
        if failed.verdict.passed:
            return False
        self.writer.attempt(("render",), self.writer.state.prompt, failed)
        for number in range(1, failures + 1):
            faults = {fault.kind for fault in failed.verdict.faults}
            why = ("failed", *w.fault_words(failed.verdict.faults))
            if sort == "spent" and number == failures:
                self.writer.give_up(("failed", "spent"))
                return True
            thoughts: tuple[str, ...] = (*why, "change")
            if number == search_after:
                self.writer.look_up((*why, "search"))
                self.looked_up, thoughts = True, ("change",)
                if self.bias.confuses_defect and not self.writer.state.knowledge:
                    return False
            if sort != "spent" and number == failures:
                prompt = self._correct(faults, {})
                # An editor that could not have drawn a defect that passes is no example.
                if prompt is None or not self._try(prompt).verdict.passed:
                    return False
                self.writer.attempt(thoughts, prompt, self.real)
                self.writer.finish()
                return True
            found = self._fall_short(faults)
            if found is None:
                return False
            prompt, failed = found
            self.writer.attempt(thoughts, prompt, failed)
        return False

    def _tell_single(self) -> bool:
        """The plan was right, or is hedged for an editor that needs it."""
        hedged = self.rng.random() < self.builder.mix.hedged
        self.writer.plan(plan_near(self.defect, self.true, self.task, True, self.rng))
        prompt: str | None = self.writer.state.prompt
        if hedged:
            most = int(self.rng.integers(1, _MOST_HEDGED + 1))
            prompt = written_out(hedges(self.true, self.writer.state, self.bias, most), self.writer.state)
        if prompt is None:
            return False
        self.writer.attempt(("adapt" if hedged else "render",), prompt, self.real)
        self.writer.finish()
        return True

    def _search_after(self, failures: int) -> int:
        """After which failed attempt to look up; 0 for never."""
        wanted = self.bias.confuses_defect or self.rng.random() < self.builder.mix.knowledge
        needless = self._imperfect and self.rng.random() < 0.5
        # With the budget spent there is nothing to look up for.
        last = min(failures, self.builder.max_attempts - 1)
        if not (wanted or needless) or last == 0:
            return 0
        return 1 if self.rng.random() < 0.7 else last

    def _try(self, prompt: str) -> Tried:
        seed = int(self.rng.integers(2**32))
        return self.builder.attempt(self.task, self.defect.scene, prompt, self.bias, seed)

    def _correct(self, faults: set[FaultKind], reach: dict[str, float]) -> str | None:
        """The next prompt; None where it would not answer the review."""
        state = self.writer.state
        assert self._home is not None
        changes = corrections(self.true, self._home, state, self.bias, faults, reach)
        if self._imperfect and "soft" not in changes and self.rng.random() < 0.5:
            changes += w.step("soft", 1)
        if state.knowledge and (self.bias.confuses_defect or not self._imperfect):
            changes += " explained"
        prompt = written_out(changes, state)
        # Not all that is changed comes to pass: a place that the task asks for stays.
        if prompt is None or not points_right(changes_between(state, prompt), faults, state):
            return None
        return prompt

    def _fall_short(self, faults: set[FaultKind]) -> tuple[str, Tried] | None:
        """A next prompt that goes a part of the way, or past the end of it, and fails again."""
        for _ in range(_WAYS):
            low, high = (0.25, 0.7) if self.rng.random() < 0.7 else (1.4, 1.9)
            reach = {name: float(self.rng.uniform(low, high)) for name in ("size", "severity", "place", "seam")}
            prompt = self._correct(faults, reach)
            if prompt is None:
                continue
            tried = self._try(prompt)
            if not tried.verdict.passed:
                return prompt, tried
        return None
