"""Agent Loop: the whole closed loop in one node."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..agent.core.errors import InputError
from ..agent.core.result import Result
from ..agent.core.task import Task
from ..agent.loop.agent_loop import AgentLoop
from ..agent.loop.human_in_the_loop import Decision, Proposal
from . import host
from .outcomes import facts, outcome_outputs
from .panel import KEY, PanelRun
from .pause import ask_user, asking_client
from .schema import (
    anomaly_type_input,
    attempts_input,
    editor_input,
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


class AgentLoopNode(io.ComfyNode):
    """Plan, generate, judge, look up, refine, mask; for every image of the input."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoop",
            display_name="Agent Loop (Anomaly)",
            category="AnomalyAgent",
            description=(
                "Synthesizes a realistic anomaly, with its mask, on each normal image: plans an edit, renders it, judges the "
                "result, looks up how it should look, and tries again until it passes or the budget is spent."
            ),
            search_aliases=[
                "anomaly synthesis",
                "defect synthesis",
                "anomaly agent",
                "AnomalyAgent",
                "synthetic defects",
            ],
            is_input_list=True,
            has_intermediate_output=True,
            hidden=[io.Hidden.unique_id, io.Hidden.extra_pnginfo],
            inputs=[
                image_input("The normal images."),
                item_input(),
                anomaly_type_input(),
                attempts_input(),
                threshold_input(),
                seed_input(),
                io.Boolean.Input(
                    "pause",
                    default=False,
                    label_on="after each attempt",
                    label_off="off",
                    tooltip=(
                        "Waits after each attempt: read its review in the panel, change the next prompt or paint the region, "
                        "and go on. Your changes are written into the trajectory."
                    ),
                ),
                region_input(),
                policy_input(),
                prompt_generator_input(),
                editor_input(),
                judge_input(),
                knowledge_input(),
                segmenter_input(),
                meaning_input(),
            ],
            outputs=outcome_outputs(lists=True),
        )

    @classmethod
    def execute(
        cls,
        image: list[Any],
        item: list[str],
        anomaly_type: list[str],
        max_attempts: list[int],
        threshold: list[float],
        seed: list[int],
        pause: list[bool],
        region: list[Any] | None = None,
        policy: list[Any] | None = None,
        prompt_generator: list[Any] | None = None,
        editor: list[Any] | None = None,
        judge: list[Any] | None = None,
        knowledge: list[Any] | None = None,
        segmenter: list[Any] | None = None,
        meaning: list[str] | None = None,
    ) -> io.NodeOutput:
        """Runs an episode for each image."""
        backends = choose_backends(
            only(prompt_generator, "prompt_generator"),
            only(editor, "editor"),
            only(judge, "judge"),
            only(knowledge, "knowledge"),
            only(segmenter, "segmenter"),
        )
        loop = AgentLoop(
            choose_policy(only(policy, "policy")),
            backends,
            only(max_attempts, "max_attempts"),
            only(threshold, "threshold"),
        )
        found, tasks = make_tasks(image, item, anomaly_type, region, seed, meaning=meaning)
        panel = PanelRun(str(cls.hidden.unique_id), len(tasks))
        if only(pause, "pause"):
            asking_client()  # says before the work, not after it, that nobody could answer
        progress = host.Progress(len(tasks) * loop.max_attempts)
        results = []
        for index, task in enumerate(tasks):
            result = _run(loop, task, panel, progress, index * loop.max_attempts, only(pause, "pause"))
            progress.show((index + 1) * loop.max_attempts, result.image)
            results.append(result)
        panel.keep_with_output(cls.hidden.extra_pnginfo)
        scores, passed, trajectories, episodes = zip(*map(facts, tasks, results), strict=True)
        return io.NodeOutput(
            found.images([result.image for result in results]),
            found.masks([result.mask for result in results]),
            list(scores),
            list(passed),
            list(trajectories),
            found.image_groups([[made.image for made in result.trajectory.attempts] for result in results]),
            list(episodes),
            ui={KEY: [panel.kept()]},
        )


def _run(loop: AgentLoop, task: Task, panel: PanelRun, progress: host.Progress, done: int, pause: bool) -> Result:
    """One episode, shown in the panel as it goes; done: steps of the progress bar before it."""
    episode = loop.start(task)
    index = panel.start(episode.task, loop.max_attempts, loop.threshold)

    def supervise(proposal: Proposal) -> Decision:
        return ask_user(panel.node, proposal, episode.toolbox.mask(proposal.attempt))

    host.check_interrupt()
    for event in episode.events(supervise if pause else None):
        host.check_interrupt()
        panel.show(index, event, episode)
        if event.tool == "image_gen" and event.attempt is not None:
            progress.show(done + len(episode.trajectory.attempts), event.attempt.image)
    result = episode.result()
    if not result.trajectory.attempts:
        said = [m["content"][-1]["text"] for m in result.trajectory.messages if m["role"] == "tool"]
        reason = said[-1].removeprefix("Error: ") if said else "the policy gave no usable turn"
        raise InputError(f"no image could be made: {reason}")
    panel.finish(index, result, episode.task)
    return result
