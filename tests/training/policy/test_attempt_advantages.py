"""Advantages by attempt, against figures worked out by hand."""

from __future__ import annotations

import pytest
import torch

from anomaly_agent.agent.core.protocol import judged, write_observation
from anomaly_agent.agent.core.verdict import Verdict
from anomaly_agent.training.policy.grpo.attempt_advantages import (
    STAGES,
    failed_verdict,
    stage_advantages,
    token_stages,
    turn_stages,
)

FAILED = {"role": "tool", "name": "quality_eval", "content": " image 2 location 1 quality 0 failed review seam"}
PASSED = {"role": "tool", "name": "quality_eval", "content": " image 3 location 5 quality 5 passed review fine"}
TURN, OTHER = (
    {"role": "assistant", "content": ""},
    {"role": "tool", "name": "image_gen", "content": " attempt 1 failed to"},
)


def test_a_verdict_that_failed_is_known_in_either_sight() -> None:
    assert failed_verdict(FAILED) and not failed_verdict(PASSED) and not failed_verdict(OTHER)
    for passed, review in (
        (False, "Too small, it has not passed "),
        (True, "The coating has failed locally, as asked."),
    ):
        verdict = Verdict(5.0 if passed else 1.0, 4.0 if passed else 0.5, review)
        told = [{"type": "text", "text": write_observation(judged(2, verdict))}]
        assert failed_verdict({"role": "tool", "name": "quality_eval", "content": told}) is not passed


def test_a_word_of_a_products_name_is_no_outcome() -> None:
    refused = {"role": "tool", "name": "quality_eval", "content": " error"}
    assert not failed_verdict(refused)
    assert not failed_verdict(
        {**refused, "content": "Error [wrong_name]: item is 'a failed review panel' in this task"}
    )


def test_turns_count_the_failures_before_them() -> None:
    rollout = [TURN, OTHER, TURN, FAILED, TURN, OTHER, TURN, FAILED, TURN, PASSED, TURN]
    assert turn_stages(rollout) == [0, 0, 1, 1, 2, 2]
    assert turn_stages([TURN, FAILED] * 30)[-1] == STAGES - 1


def test_tokens_have_the_stage_of_their_turn() -> None:
    spoken = torch.tensor([[1, 1, 0, 0, 1, 0, 1, 1], [1, 0, 0, 0, 0, 0, 0, 0]]).bool()
    stages = token_stages(spoken, [[0, 1, 2], [0]])
    assert stages[spoken].tolist() == [0, 0, 1, 2, 2, 0]


def test_each_stage_is_compared_within_those_that_reached_it() -> None:
    # A group of four: two pass at once (1.0, 0.8), two fail first and end with 0.6 and 0.2.
    rewards = torch.tensor([1.0, 0.8, 0.6, 0.2])
    reached = torch.tensor([[1, 0], [1, 0], [1, 1], [1, 1]]).bool()
    got = stage_advantages(rewards, reached, 4)
    # Stage 0: mean 0.65, away (0.35, 0.15, -0.05, -0.45). Stage 1: mean 0.4, away (0.2, -0.2): the rollout that did better is
    # not blamed for the first failure. One deviation of the six: sqrt((0.1225 + 0.0225 + 0.0025 + 0.2025 + 0.08) / 6) = 0.26771
    assert got[:, 0].tolist() == pytest.approx([1.3069, 0.5601, -0.1867, -1.6803], abs=1e-3)
    assert got[2:, 1].tolist() == pytest.approx([0.7468, -0.7468], abs=1e-3)
    assert got[:2, 1].tolist() == [0.0, 0.0]


def test_a_turn_saved_in_one_group_counts_less_than_a_pass_in_another() -> None:
    # The first group fails throughout, one of its rollouts a turn sooner; in the second, one passes.
    got = stage_advantages(torch.tensor([0.31, 0.30, 0.80, 0.30]), torch.ones(4, 1).bool(), 2)[:, 0]
    # Away: 0.005, -0.005, 0.25, -0.25.
    assert got[2] / got[0] == pytest.approx(50, rel=1e-3) and got[2] == pytest.approx(2**0.5, abs=2e-3)


def test_one_alone_and_equal_rewards_tell_nothing() -> None:
    alone = stage_advantages(torch.tensor([1.0, 0.5]), torch.tensor([[1, 1], [1, 0]]).bool(), 2)
    assert alone[:, 1].tolist() == [0.0, 0.0] and alone[0, 0] > 0 > alone[1, 0]
    assert not stage_advantages(torch.tensor([0.1 + 0.2, 0.3]), torch.ones(2, 1).bool(), 2).any()


def test_with_one_stage_it_is_grpos_own_advantage_scaled_by_batch() -> None:
    rewards = torch.rand(16, generator=torch.Generator().manual_seed(0))
    away = rewards.view(4, 4) - rewards.view(4, 4).mean(1, keepdim=True)
    got = stage_advantages(rewards, torch.ones(16, 1).bool(), 4)
    assert torch.allclose(got[:, 0], (away / away.pow(2).mean().sqrt()).view(-1), atol=1e-2)
