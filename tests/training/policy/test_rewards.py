"""Rewards against trajectories worked out by hand, the paper's three kinds among them."""

from __future__ import annotations

import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.training.policy.rewards import RewardConfig, illegal_transitions, score_rollout
from anomaly_agent.training.policy.rollout import ANSWER, MALFORMED, Rollout, Turn


def value(name: str, rollout: Rollout, **config: float) -> float:
    return score_rollout(rollout, RewardConfig(config))[name].value


def rollout(*turns: Turn | tuple[str, float] | str, budget: int = 3) -> Rollout:
    """Turns by name; ("quality_eval", score) judges the image made last, and the answer names the one judged last."""
    made, image = [], 1
    for turn in turns:
        if isinstance(turn, Turn):
            made.append(turn)
            continue
        name, score = turn if isinstance(turn, tuple) else (turn, None)
        image += name == "image_gen"
        made.append(Turn(name, score=score, image=image if name in ("quality_eval", "mask_gen", ANSWER) else 0))
    return Rollout(tuple(made), budget)


SINGLE = rollout("prompt_gen", "image_gen", ("quality_eval", 8.0), "mask_gen", ANSWER)
DUAL = rollout(
    "prompt_gen", "image_gen", ("quality_eval", 3.0), "knowledge_retrieval", "image_gen", ("quality_eval", 7.0),
    "mask_gen", ANSWER,
)  # fmt: skip
TRIPLE = rollout(
    "prompt_gen", "image_gen", ("quality_eval", 2.0), "knowledge_retrieval", "image_gen", ("quality_eval", 4.0),
    "image_gen", ("quality_eval", 9.0), "mask_gen", ANSWER,
)  # fmt: skip


def test_the_task_reward_is_the_final_images_score() -> None:
    assert [value("task", one) for one in (SINGLE, DUAL, TRIPLE)] == pytest.approx([0.8, 0.7, 0.9])


def test_an_answer_that_names_another_image_is_scored_by_that() -> None:
    turns = (*DUAL.turns[:-1], Turn(ANSWER, image=2))
    assert value("task", Rollout(turns, 3)) == pytest.approx(0.3)


@pytest.mark.parametrize(
    "turns", [DUAL.turns[:-1], (*SINGLE.turns[:-1], Turn(ANSWER, image=9)), ()], ids=["no answer", "no image", "empty"]
)
def test_without_a_judged_final_image_the_task_reward_is_zero(turns: tuple[Turn, ...]) -> None:
    assert value("task", Rollout(turns, 3)) == 0.0


def test_reflection_sums_the_gains_from_the_normal_image_on() -> None:
    # 0 -> 8; 0 -> 3 -> 7; 0 -> 2 -> 4 -> 9
    assert [value("reflection", one) for one in (SINGLE, DUAL, TRIPLE)] == pytest.approx([0.8, 0.7, 0.9])


def test_a_fall_is_not_paid_back_and_ups_and_downs_pay_at_most_one() -> None:
    falls = rollout("prompt_gen", "image_gen", ("quality_eval", 4.0), "image_gen", ("quality_eval", 1.0))
    swings = rollout(*(("quality_eval", score) for score in (4.0, 0.0, 4.0, 0.0, 4.0)))
    assert value("reflection", falls) == pytest.approx(0.4)
    assert value("reflection", swings) == 1.0


def test_failing_first_pays_no_more_than_being_right_at_once() -> None:
    late = rollout(
        "prompt_gen", "image_gen", ("quality_eval", 2.0), "image_gen", ("quality_eval", 8.0), "mask_gen", ANSWER
    )
    assert value("reflection", late) == pytest.approx(value("reflection", SINGLE))
    assert value("total", late) < value("total", SINGLE)


def test_the_papers_three_kinds_have_no_illegal_step() -> None:
    assert [illegal_transitions(one) for one in (SINGLE, DUAL, TRIPLE)] == [[], [], []]


@pytest.mark.parametrize(
    ("turns", "found"),
    [
        (("image_gen",), ["start > image_gen"]),
        (("prompt_gen", "prompt_gen"), ["prompt_gen > prompt_gen"]),
        (("prompt_gen", "image_gen", "image_gen"), ["image_gen > image_gen"]),
        (("prompt_gen", "image_gen", "mask_gen"), ["image_gen > mask_gen"]),
        (("prompt_gen", "image_gen", ("quality_eval", 2.0), "mask_gen"), ["failed > mask_gen"]),
        (("prompt_gen", "image_gen", ("quality_eval", 2.0), ANSWER), ["failed > answer"]),
        (("prompt_gen", "image_gen", ("quality_eval", 8.0), "image_gen"), ["passed > image_gen"]),
        (("prompt_gen", "image_gen", ("quality_eval", 8.0), ANSWER), ["passed > answer"]),
        (("prompt_gen", "knowledge_retrieval"), ["prompt_gen > knowledge_retrieval"]),
    ],
)
def test_each_step_that_the_table_does_not_have_is_named(turns: tuple, found: list[str]) -> None:
    assert illegal_transitions(rollout(*turns)) == found


def test_with_the_budget_spent_the_answer_is_legal_and_another_image_is_not() -> None:
    spent = ("prompt_gen", "image_gen", ("quality_eval", 2.0))
    assert illegal_transitions(rollout(*spent, ANSWER, budget=1)) == []
    assert illegal_transitions(rollout(*spent, Turn("image_gen", refused=True), budget=1)) == ["spent > image_gen"]


def test_a_refused_call_may_be_made_again() -> None:
    again = rollout(
        "prompt_gen", Turn("image_gen", refused=True), "image_gen", ("quality_eval", 8.0), "mask_gen", ANSWER
    )
    assert illegal_transitions(again) == []


def test_illegal_steps_cost_each() -> None:
    assert value("transitions", rollout("image_gen", "image_gen")) == pytest.approx(-0.5)


def test_knowledge_pays_once_and_only_after_a_low_score() -> None:
    assert value("knowledge", SINGLE) == 0.0
    assert value("knowledge", DUAL) == pytest.approx(0.2)
    twice = rollout(("quality_eval", 1.0), "knowledge_retrieval", "knowledge_retrieval")
    assert value("knowledge", twice) == pytest.approx(0.2)
    high = rollout(("quality_eval", 6.0), "knowledge_retrieval")
    assert value("knowledge", high) == 0.0
    assert value("knowledge", rollout("knowledge_retrieval")) == 0.0


def test_the_format_is_paid_for_whole_or_not_at_all() -> None:
    assert value("format", SINGLE) == 0.5
    assert value("format", rollout("prompt_gen", MALFORMED)) == -0.5
    assert value("format", rollout("prompt_gen", "image_gen")) == -0.5


def test_turns_past_the_most_cost_each() -> None:
    assert [value("length", one) for one in (SINGLE, DUAL, TRIPLE)] == pytest.approx([0.0, -0.3, -0.5])


def test_the_total_is_the_weighted_sum() -> None:
    # triple: 0.5 * 0.9 + 0.3 * 0.9 + 0.2 * (0 + 0.2 + 0.5 - 0.5)
    parts = score_rollout(TRIPLE)
    assert parts["behaviour"].value == pytest.approx(0.2)
    assert parts["total"].value == pytest.approx(0.76)


def test_every_part_can_be_switched_off() -> None:
    assert value("total", TRIPLE, reflection=0.0, behaviour=0.0) == pytest.approx(0.45)
    silent = {"illegal": 0.0, "knowledge": 0.0, "well_formed": 0.0, "late": 0.0}
    assert value("behaviour", rollout("image_gen", MALFORMED), **silent) == 0.0
    with pytest.raises(InputError, match="nothing to learn from"):
        RewardConfig(task=0, reflection=0, behaviour=0)


def test_a_reason_says_what_was_wrong() -> None:
    reason = score_rollout(rollout("image_gen"))["behaviour"].reason
    assert "start > image_gen" in reason and "no answer" in reason
