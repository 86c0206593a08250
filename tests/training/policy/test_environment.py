"""The environment is the loop's own episode, seen as the policy sees it."""

from __future__ import annotations

import pytest
from PIL import Image
from transformers.utils import get_json_schema

from anomaly_agent.agent.core.protocol import TOOL_NAMES, TOOLS
from anomaly_agent.agent.policies.trained import vocabulary as w
from anomaly_agent.training.policy.backbones.small import make_tokenizer
from anomaly_agent.training.policy.environment import AnomalyEnvironment
from anomaly_agent.training.policy.rewards import RewardConfig, illegal_transitions, score_rollout
from anomaly_agent.training.policy.tasks import HELD_OUT, TRAINED_ON, RenderedTasks

SOURCE = RenderedTasks(seed=4)
NAMES = {"item": w.ITEM, "anomaly_type": w.ANOMALY}


def played(environment: AnomalyEnvironment, index: int = 0) -> list[str]:
    """What a single attempt shows of a task."""
    return [
        str(environment.reset(index=index)),
        str(environment.prompt_gen(1, **NAMES)),
        str(environment.image_gen(1, " plan severity+2")),
        str(environment.quality_eval(1, 2, **NAMES)),
        str(environment.knowledge_retrieval(**NAMES)),
        str(environment.mask_gen(1, 2)),
    ]


def test_its_tools_have_the_schema_of_the_one_source() -> None:
    environment = AnomalyEnvironment(SOURCE)
    for tool in TOOLS:
        mine = get_json_schema(getattr(environment, tool["function"]["name"]))["function"]
        theirs = tool["function"]
        assert mine["description"] == theirs["description"]
        assert list(mine["parameters"]["properties"]) == list(theirs["parameters"]["properties"])
        assert mine["parameters"]["required"] == theirs["parameters"]["required"]
    public = {name for name in dir(environment) if not name.startswith("_")}
    assert public == {*TOOL_NAMES, "reset"}


def test_all_that_the_small_policy_reads_is_in_its_vocabulary() -> None:
    environment, tokenizer = AnomalyEnvironment(SOURCE), make_tokenizer()
    for index in range(12):
        for text in played(environment, index):
            assert tokenizer.unk_token_id not in tokenizer(text)["input_ids"], text


def test_the_same_task_is_played_alike_in_any_order() -> None:
    first, second = AnomalyEnvironment(SOURCE), AnomalyEnvironment(RenderedTasks(seed=4))
    assert played(first, 3) == [*map(str, played(second, 3))]
    played(first, 5)
    assert played(first, 3) == played(second, 3)


def test_the_rollout_tells_what_was_done() -> None:
    environment = AnomalyEnvironment(SOURCE)
    played(environment)
    rollout = environment._rollout(f"<think></think>{w.ANSWER_OPEN}2{w.ANSWER_PASSED}true{w.ANSWER_CLOSE}")
    assert [turn.tool for turn in rollout.turns] == [
        "prompt_gen", "image_gen", "quality_eval", "knowledge_retrieval", "mask_gen", "answer",
    ]  # fmt: skip
    assert illegal_transitions(rollout)[-1] == "knowledge_retrieval > mask_gen"
    assert rollout.final_score == rollout.scores[0]
    assert score_rollout(rollout, RewardConfig())["task"].value == pytest.approx(rollout.scores[0] / 10)
    assert environment._rollout("").turns[-1].tool == "mask_gen"
    assert environment._rollout("what?").turns[-1].tool == "malformed"


def test_refused_calls_are_told_and_counted() -> None:
    environment = AnomalyEnvironment(SOURCE, max_attempts=1)
    environment.reset(index=1)
    assert "error" in str(environment.quality_eval(1, 2, **NAMES))
    environment.image_gen(1, " plan")
    assert environment.image_gen(1, " plan size+1") == " error last"
    rollout = environment._rollout("")
    assert [turn.refused for turn in rollout.turns] == [True, False, True]
    assert rollout.images_made == 1


def test_a_model_that_sees_gets_images_in_the_order_of_the_conversation() -> None:
    environment = AnomalyEnvironment(SOURCE, "images")
    shown = environment.reset(index=2)
    assert isinstance(shown, list) and any(isinstance(part.get("image"), Image.Image) for part in shown)
    task = environment._episode.task  # type: ignore[union-attr]
    environment.prompt_gen(1, task.item, task.anomaly)
    made = environment.image_gen(1, f"Add a {task.anomaly}, about 20% across, strong.")
    assert [part["type"] for part in made] == ["text", "image", "text"]
    assert "made image 2" in made[0]["text"] and "Image 2" in made[2]["text"]
    assert made[1]["image"].size == task.image.shape[1::-1]


def test_held_out_products_are_in_no_training_task() -> None:
    products = {SOURCE.draw(index).product for index in range(200)}
    assert products <= set(TRAINED_ON) and not products & set(HELD_OUT)
    assert len(products) == len(TRAINED_ON)
