"""A trajectory of the training environment, and a tiny Qwen3-VL that reads it in few tokens."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
import tiny_models
from PIL import Image

from anomaly_agent.agent.core.protocol import format_answer, format_call
from anomaly_agent.training.policy.backbones.vision_language import VisionLanguageBackbone
from anomaly_agent.training.policy.config import ModelConfig, TaskConfig, TrainingConfig
from anomaly_agent.training.policy.environment import AnomalyEnvironment
from anomaly_agent.training.policy.grpo.run import make_environment
from anomaly_agent.training.policy.trajectories.load import Record

INDEX = 0  # the task that the trajectory solves


class Told(NamedTuple):
    """A rollout: the policy's turns in their own words, and the environment after the last."""

    turns: list[str]
    environment: AnomalyEnvironment

    @property
    def messages(self) -> list[dict[str, Any]]:
        return self.environment._trajectory.messages

    @property
    def images(self) -> list[Any]:
        return self.environment._trajectory.images


@pytest.fixture(scope="session")
def config(base) -> TrainingConfig:
    """A run on the tiny model."""
    return TrainingConfig(
        model=ModelConfig(backbone="vision-language", base=str(base)), tasks=TaskConfig(side=64, max_attempts=2)
    )


def tell(environment: AnomalyEnvironment) -> Told:
    """Two attempts, with a picture each, and an answer."""
    environment.reset(INDEX)
    task = environment._episode.task
    names = {"item": task.item, "anomaly_type": task.anomaly}
    edit = "Inside the box (0.4, 0.4, 0.7, 0.7), add a thin dark crack, about 30% long."
    turns = [
        format_call("I look first.", "prompt_gen", image=1, **names),
        format_call("I draw it.", "image_gen", image=1, prompt=edit),
        format_call("Is it good?", "quality_eval", original=1, edited=2, **names),
        format_call("Once more.", "image_gen", image=1, prompt=edit.replace("thin", "wide")),
        format_answer("That will do.", image=3, passed=False, summary="drawn"),
    ]
    for turn in turns:
        environment._episode.act(environment._episode.take(turn))
    return Told(turns, environment)


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    """Qwen3-VL's folder."""
    told = tell(make_environment(TrainingConfig(tasks=TaskConfig(side=64, max_attempts=2)), "images"))
    texts = [part["text"] for message in told.messages for part in message["content"] if part["type"] == "text"]
    folder = tmp_path_factory.mktemp("base")
    for part in tiny_models.qwen3_vl(texts * 3, spread=0.05):
        part.save_pretrained(folder)
    return folder


@pytest.fixture
def told(config) -> Told:
    return tell(make_environment(config, "images"))


@pytest.fixture(scope="session")
def record(config, tmp_path_factory) -> Record:
    """The trajectory as SFT reads it from the disk."""
    done = tell(make_environment(config, "images"))
    folder = tmp_path_factory.mktemp("images")
    paths = tuple(folder / f"{number}.png" for number in range(len(done.images)))
    for path, image in zip(paths, done.images, strict=True):
        Image.fromarray(image).save(path)
    return Record(done.messages, paths, {}, paths[0].parent, "the told one")


@pytest.fixture(scope="session")
def backbone(config) -> VisionLanguageBackbone:
    return VisionLanguageBackbone(config.model)
