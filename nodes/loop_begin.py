"""Agent Loop Begin: opens the closed loop on the canvas, and hands each attempt to the nodes between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from comfy_api.latest import io

from ..agent.loop.stepped_episode import SteppedEpisode
from ..agent.tools.image_generation.placement import attempt_area
from . import host
from .panel import PanelRun
from .schema import (
    LoopState,
    anomaly_type_input,
    attempts_input,
    image_input,
    item_input,
    judge_input,
    knowledge_input,
    meaning_input,
    policy_input,
    prompt_generator_input,
    region_input,
    schema,
    seed_input,
    segmenter_input,
    threshold_input,
)
from .tasks import choose_backends, choose_policy, make_tasks, only
from .tensors import image_tensor, mask_tensor, matched


@dataclass(eq=False)
class Loop:
    """What travels round: the episode, and its place in the run's panel once that is known."""

    episode: SteppedEpisode
    panel: PanelRun
    index: int | None = None


def _outputs(lists: bool) -> list[io.Output]:
    return [
        LoopState.Output("loop", tooltip="Wire this into Agent Loop End.", is_output_list=lists),
        io.Image.Output("image", tooltip="The normal image, the same at every attempt.", is_output_list=lists),
        io.String.Output("prompt", tooltip="This attempt's prompt, as the policy wrote it.", is_output_list=lists),
        io.Int.Output("attempt", tooltip="Number of this attempt, from 1.", is_output_list=lists),
        io.Int.Output("seed", tooltip="A seed of its own for each attempt, below 2^32.", is_output_list=lists),
        io.Mask.Output(
            "region",
            tooltip="Where this attempt's defect goes: what the prompt says, within the region and the product; to inpaint.",
            is_output_list=lists,
        ),
        io.String.Output("item", tooltip="The product's name, for the nodes between.", is_output_list=lists),
        io.String.Output("anomaly_type", tooltip="The defect's name, for the nodes between.", is_output_list=lists),
        io.String.Output(
            "meaning",
            tooltip="How the defect's name is meant, for the nodes between: as corrected or looked up; empty: as it says.",
            is_output_list=lists,
        ),
    ]


class LoopBegin(io.ComfyNode):
    """Starts an episode for each image and gives the first attempt's prompt."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoopBegin",
            display_name="Agent Loop Begin (Anomaly)",
            category="AnomalyAgent",
            description=(
                "Opens the closed loop on the canvas. Put any image generator between this and Agent Loop End; the nodes "
                "between run again, with a better prompt each time, until an image passes or the budget is spent."
            ),
            search_aliases=["anomaly loop", "loop start", "refine loop", "while loop"],
            is_input_list=True,
            inputs=[
                image_input("The normal images."),
                item_input(),
                anomaly_type_input(),
                attempts_input(),
                threshold_input(),
                seed_input(),
                io.String.Input(
                    "prompt",
                    optional=True,
                    force_input=True,
                    tooltip="The first prompt, e.g. from Prompt Generation. Unconnected: the agent writes it.",
                ),
                region_input(),
                policy_input(),
                prompt_generator_input(),
                judge_input(),
                knowledge_input(),
                segmenter_input(),
                meaning_input(),
            ],
            outputs=_outputs(lists=True),
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs: Any) -> float:
        """Never the same: a loop served from the cache would show the first attempt in the previews between."""
        return float("nan")

    @classmethod
    def execute(
        cls,
        image: list[Any],
        item: list[str],
        anomaly_type: list[str],
        max_attempts: list[int],
        threshold: list[float],
        seed: list[int],
        prompt: list[str] | None = None,
        region: list[Any] | None = None,
        policy: list[Any] | None = None,
        prompt_generator: list[Any] | None = None,
        judge: list[Any] | None = None,
        knowledge: list[Any] | None = None,
        segmenter: list[Any] | None = None,
        meaning: list[str] | None = None,
    ) -> io.NodeOutput:
        """Runs each policy up to its first attempt."""
        backends = choose_backends(
            prompt_generator=only(prompt_generator, "prompt_generator"),
            judge=only(judge, "judge"),
            knowledge=only(knowledge, "knowledge"),
            segmenter=only(segmenter, "segmenter"),
        )
        _, tasks = make_tasks(image, item, anomaly_type, region, seed, meaning=meaning)
        prompts = matched(prompt, len(tasks), "prompt", "prompts")
        panel = PanelRun("", len(tasks))
        rounds = []
        for task, text in zip(tasks, prompts, strict=True):
            host.check_interrupt()
            episode = SteppedEpisode(
                choose_policy(only(policy, "policy")),
                backends,
                task,
                only(max_attempts, "max_attempts"),
                only(threshold, "threshold"),
                text or "",
            )
            rounds.append(open_round(Loop(episode, panel)))
        return io.NodeOutput(*map(list, zip(*rounds, strict=True)))


class LoopNextAttempt(io.ComfyNode):
    """Stands in Agent Loop Begin's place in the second and later rounds; Agent Loop End puts it there."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoopNextAttempt",
            display_name="Next Attempt (Anomaly, internal)",
            category="AnomalyAgent/internal",
            description="Opens the next round of a loop. Agent Loop End makes it by itself; do not place it.",
            search_aliases=[],
            is_dev_only=True,
            not_idempotent=True,
            inputs=[LoopState.Input("state", tooltip="The loop so far.")],
            outputs=_outputs(lists=False),
        )

    @classmethod
    def fingerprint_inputs(cls, **inputs: Any) -> float:
        """Never the same."""
        return float("nan")

    @classmethod
    def execute(cls, state: Loop) -> io.NodeOutput:
        """Gives the next attempt."""
        return io.NodeOutput(*open_round(state))


def open_round(loop: Loop) -> tuple[Any, ...]:
    """The outputs of a round's opener."""
    episode, task = loop.episode, loop.episode.episode.task
    region = attempt_area(task, episode.episode.toolbox.scene, episode.prompt)
    return (
        loop,
        image_tensor([task.image]),
        episode.prompt,
        episode.number,
        episode.seed,
        mask_tensor([region]),
        task.item,
        task.anomaly,
        task.meaning,
    )
