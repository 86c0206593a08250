"""The list of terms: a new one is an entry of it, and everything else follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import anomaly_agent
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.policies.trained import vocabulary as w
from anomaly_agent.training.assessment.policies.episodes import EpisodeKey, EpisodeRecord, record_episode
from anomaly_agent.training.assessment.policies.page import write_page
from anomaly_agent.training.assessment.policies.run import Plan
from anomaly_agent.training.assessment.policies.summary import summarize
from anomaly_agent.training.policy.backbones import choose_backbone
from anomaly_agent.training.policy.config import load_config
from anomaly_agent.training.policy.environment import AnomalyEnvironment
from anomaly_agent.training.policy.grpo.run import grpo_arguments, reward_functions
from anomaly_agent.training.policy.rewards import TERMS, Reward, RewardConfig, Term, score_rollout
from anomaly_agent.training.policy.rewards.table import reward_table
from anomaly_agent.training.policy.rollout import Rollout
from anomaly_agent.training.policy.tasks import RenderedTasks

NAMES = {"item": w.ITEM, "anomaly_type": w.ANOMALY}


def _small_mask(rollout: Rollout, numbers: Mapping[str, float]) -> Reward:
    shares = [made.exact_mask.mean() for made in rollout.attempts if made.exact_mask is not None]
    small = sum(bool(share <= numbers["most_covered"]) for share in shares)
    return Reward(small / max(1, len(shares)), f"{small} of {len(shares)} masks are small")


@pytest.fixture
def small_mask() -> Iterator[Term]:
    """A term over the attempts' masks, in the list for the length of a test."""
    term = Term(
        "small_mask", 0.1, _small_mask, "share of masks that cover at most `most_covered`", "ours",
        settings={"most_covered": 0.5},
    )  # fmt: skip
    TERMS.append(term)
    yield term
    TERMS.remove(term)


def played() -> AnomalyEnvironment:
    environment = AnomalyEnvironment(RenderedTasks(side=64, seed=4), unfaithful=False)
    environment.reset(index=0)
    environment.prompt_gen(1, **NAMES)
    environment.image_gen(1, " plan")
    environment.quality_eval(1, 2, **NAMES)
    return environment


def test_a_rollout_carries_its_attempts_with_images_masks_and_verdicts() -> None:
    environment = played()
    (attempt,) = environment._rollout("").attempts
    assert attempt.image.shape == (64, 64, 3) and (attempt.image != environment._trajectory.images[0]).any()
    assert attempt.exact_mask is not None and 0 < attempt.exact_mask.mean() < 0.5
    assert attempt.verdict is not None and environment._rollout("").scores == [attempt.verdict.score]


def test_a_new_term_is_configured_scored_and_trained_with(small_mask: Term, tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("rewards: {small_mask: 0.4}")
    config = load_config(str(path), ("rewards.most_covered=0.9",))
    assert list(config.rewards)[:4] == ["task", "reflection", "behaviour", "small_mask"]
    assert (config.rewards["small_mask"], config.rewards["most_covered"]) == (0.4, 0.9)
    with pytest.raises(InputError, match=r"rewards\.small_mask must be float, got 'much'"):
        load_config(str(path), ("rewards.small_mask=much",))

    environment = played()
    rollout = environment._rollout("")
    share = rollout.attempts[0].exact_mask.mean()  # type: ignore[union-attr]
    for most, value in ((0.9, 1.0), (share, 1.0), (share / 2, 0.0)):
        numbers = RewardConfig(small_mask=0.4, most_covered=most)
        rewards = score_rollout(rollout, numbers)
        others = sum(numbers[name] * rewards[name].value for name in ("task", "reflection", "behaviour"))
        assert rewards["small_mask"] == (value, f"{value:g} of 1 masks are small")
        assert rewards["total"].value == pytest.approx(others + 0.4 * value)

    assert grpo_arguments(config, choose_backbone(config.model), tmp_path).reward_weights == [0.5, 0.3, 0.2, 0.4]
    functions = reward_functions(config.rewards)
    assert [function.__name__ for function in functions] == [
        "task_reward", "reflection_reward", "behaviour_reward", "small_mask_reward",
    ]  # fmt: skip
    assert functions[-1](completions=[[]], environments=[environment]) == [1.0]


def test_a_new_term_is_in_records_and_reports(small_mask: Term) -> None:
    assignment = RenderedTasks(side=64, seed=4, unfaithful=0.0).draw(0)
    key = EpisodeKey("scripted", "faithful", "held-out products", 0, 0)
    record = record_episode(key, assignment, ScriptedPolicy(), 2, 5.0)
    assert record.rewards["small_mask"] == 1.0
    assert EpisodeRecord.from_json(record.to_json()).rewards == record.rewards
    plan = Plan([], [], 1)
    assert plan.settings["rewards"]["most_covered"] == 0.5  # results without the term are results of other settings
    page = write_page(summarize([record]), plan.settings, [])
    assert "| behaviour | transitions | knowledge | format | length | small_mask | total |" in page
    assert "| small_mask | `small_mask` 0.1, `most_covered` 0.5 | share of masks that" in reward_table()


def test_a_term_that_takes_anothers_key_is_refused(small_mask: Term) -> None:
    TERMS.append(Term("late", 0.1, _small_mask, "", "ours"))
    try:
        with pytest.raises(ValueError, match="'late' belongs to two"):
            RewardConfig()
    finally:
        TERMS.pop()


def test_the_training_pages_table_is_the_list() -> None:
    page = Path(anomaly_agent.__file__).parent / "docs" / "training.md"
    assert reward_table() in page.read_text(encoding="utf-8"), "see anomaly_agent.training.policy.rewards.table"
