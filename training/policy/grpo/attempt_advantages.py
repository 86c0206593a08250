"""Advantages by attempt: what a rollout writes after a failed attempt is compared only with rollouts that failed as often.

Plain GRPO gives every token of a rollout the same advantage: its reward against the group's mean. In a loop that ends with the
first pass this blames the second attempt for the first one's failure: rollouts that come to it have failed already, so whatever
they do there, even looking up and copying a number, is on average worse than the group. Seen here: within forty steps a policy
unlearned look-ups and which image to judge. Against others that got as far, only what they do from there on counts.
"""

from __future__ import annotations

from typing import Any

import torch

from ....agent.core.protocol import Judged, read_observation
from ....agent.policies.trained.conversation_encoder import tells_of_failure

#: Attempts that are told apart; later ones share the last column.
STAGES = 20


def failed_verdict(message: dict[str, Any]) -> bool:
    """Whether a message of a rollout is the verdict on an image that did not pass, in either modality."""
    if message.get("role") != "tool" or message.get("name") != "quality_eval":
        return False
    content = message.get("content") or ""
    if isinstance(content, list):
        content = " ".join(part.get("text", "") for part in content)
    try:
        observation = read_observation("quality_eval", content)
    except ValueError:  # the small policy reads words in its place
        return tells_of_failure(content)
    return isinstance(observation, Judged) and not observation.passed


def turn_stages(completion: list[dict[str, Any]]) -> list[int]:
    """For each turn of the policy in a rollout's messages, how many verdicts had failed before it."""
    stages, failed = [], 0
    for message in completion:
        if message.get("role") == "assistant":
            stages.append(min(failed, STAGES - 1))
        failed += failed_verdict(message)
    return stages


def token_stages(spoken: torch.Tensor, stages: list[list[int]]) -> torch.Tensor:
    """The stage of each token, (rollouts, tokens) int64. spoken: the same shape, bool, True for the policy's own tokens; a
    turn is a run of them. stages: of each rollout's turns. A turn that no message tells of has the last one's stage.
    """
    before = torch.nn.functional.pad(spoken[:, :-1], (1, 0))
    turns = (spoken & ~before).long().cumsum(dim=1).sub(1).clamp(min=0)
    width = max(1, max((len(row) for row in stages), default=1))
    table = torch.tensor(
        [[*row, *[row[-1] if row else 0] * (width - len(row))] for row in stages], device=spoken.device
    )
    return table.gather(1, turns.clamp(max=width - 1))


def stage_advantages(rewards: torch.Tensor, reached: torch.Tensor, size: int) -> torch.Tensor:
    """Advantages, (rollouts, stages), of rewards, (rollouts,), in groups of `size`: each against the mean of those in its
    group that reached the stage, over one deviation of all groups and stages. reached: (rollouts, stages) bool. 0 where a
    stage was reached by one rollout only, or all that reached it have the same reward.

    One scale for all (arXiv 2508.08221), since a group's own deviation makes as much of a turn saved where every rollout
    failed as of a pass (arXiv 2503.20783): a policy then learns to give up early.
    """
    there = reached.view(-1, size, reached.shape[1]).to(rewards.dtype)
    reward = rewards.view(-1, size, 1)
    count = there.sum(dim=1, keepdim=True)
    mean = (reward * there).sum(dim=1, keepdim=True) / count.clamp(min=1)
    away = (reward - mean) * there
    away = torch.where(away.abs().amax(dim=1, keepdim=True) > 1e-6, away, torch.zeros_like(away))  # rounding
    compared = there * (count > 1)
    deviation = (away.square().sum() / compared.sum().clamp(min=1)).sqrt()
    return (away / (deviation + 1e-4)).view(reached.shape)
