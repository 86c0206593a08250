"""One policy, one loop, one set of backends: several threads, and episodes taken forward in turns, are as alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from anomaly_agent.agent.assembly.embedded import POLICIES, embedded_backends
from anomaly_agent.agent.core.result import Result
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.stepped_episode import SteppedEpisode
from anomaly_agent.agent.models.memory import with_retry
from anomaly_agent.agent.policies.base import Policy
from anomaly_agent.agent.policies.trained import TrainedPolicy
from anomaly_agent.agent.tools.mask_generation.segmenting import SegmentingMaskGenerator

BACKENDS = embedded_backends()
KINDS = ("crack", "scratch", "dent", "hole", "contamination", "chip", "stain", "thread")


def disc(seed: int) -> np.ndarray:
    """A grey disc on a light ground."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:96, :96]
    base = np.full((96, 96, 3), 205.0)
    base[np.hypot(x - 48, y - 48) < 34] = (110, 118, 130)
    return np.clip(base + rng.normal(0, 3, (96, 96, 1)), 0, 255).astype(np.uint8)


TASKS = [Task(disc(index), f"part{index}", kind, seed=index) for index, kind in enumerate(KINDS)]


def told(result: Result) -> tuple[object, ...]:
    """All that an episode gives, to compare."""
    return (
        result.image.tobytes(),
        result.mask.tobytes(),
        result.stop,
        result.verdict,
        [message["content"][-1]["text"] for message in result.trajectory.messages],
    )


def in_threads(work: Callable[[Task], Result], tasks: Sequence[Task] = TASKS) -> list[tuple[object, ...]]:
    """Four threads that begin together."""
    begin = threading.Barrier(4)

    def begun(task: Task) -> Result:
        return work(task)

    with ThreadPoolExecutor(4, initializer=begin.wait) as pool:
        return [told(result) for result in pool.map(begun, tasks)]


@pytest.fixture(scope="module", params=sorted(POLICIES))
def policy(request: pytest.FixtureRequest) -> Policy:
    return POLICIES[request.param]()


@pytest.fixture(scope="module")
def alone(policy: Policy) -> list[tuple[object, ...]]:
    """Each task with a policy of its own, one after the other."""
    return [told(AgentLoop(type(policy)(), BACKENDS).synthesize(task)) for task in TASKS]


def test_one_loop_in_four_threads(policy: Policy, alone: list[tuple[object, ...]]) -> None:
    loop = AgentLoop(policy, BACKENDS)
    assert in_threads(loop.synthesize) == alone
    assert in_threads(loop.synthesize, TASKS[::-1]) == alone[::-1]


def test_one_policy_in_a_loop_for_each_task(policy: Policy, alone: list[tuple[object, ...]]) -> None:
    assert in_threads(lambda task: AgentLoop(policy, embedded_backends()).synthesize(task)) == alone


def test_episodes_that_take_turns(policy: Policy, alone: list[tuple[object, ...]]) -> None:
    loop = AgentLoop(policy, BACKENDS)
    episodes = [loop.start(task) for task in TASKS]
    going = list(episodes)
    while going:
        for episode in list(going):
            turn = episode.ask()
            if turn is None:
                going.remove(episode)
            else:
                episode.act(turn)
    assert [told(episode.result()) for episode in episodes] == alone


def test_stepped_episodes_that_take_turns(policy: Policy) -> None:
    def step(episode: SteppedEpisode, task: Task) -> None:
        inner = episode.episode
        made = BACKENDS.image_generator.edit(inner.task, inner.toolbox.scene, episode.prompt, episode.seed)
        episode.hand_in(made.image, made.mask)

    expected = []
    for task in TASKS:
        episode = SteppedEpisode(type(policy)(), BACKENDS, task, 3, 7.0)
        while episode.wanted:
            step(episode, task)
        expected.append(told(episode.result()))
    together = [SteppedEpisode(policy, BACKENDS, task, 3, 7.0) for task in TASKS]
    while any(episode.wanted for episode in together):
        for episode, task in zip(together, TASKS, strict=True):
            if episode.wanted:
                step(episode, task)
    assert [told(episode.result()) for episode in together] == expected


def test_the_dice_of_a_warm_policy_are_the_conversations_own() -> None:
    warm = AgentLoop(TrainedPolicy(temperature=0.8, seed=4), BACKENDS)
    expected = [told(warm.synthesize(task)) for task in TASKS[:4]]
    assert in_threads(warm.synthesize, TASKS[:4]) == expected


def test_nothing_is_kept_of_an_episode_that_is_over() -> None:
    seen: list[Trajectory] = []

    class Watched(TrainedPolicy):
        def next_turn(self, conversation: Trajectory) -> str:
            turn = super().next_turn(conversation)
            seen.append(conversation)
            assert list(conversation.kept) == [self]
            return turn

    result = AgentLoop(Watched(), BACKENDS).synthesize(TASKS[0])
    assert seen and all(one is result.trajectory for one in seen)
    assert not result.trajectory.kept


def test_every_token_is_counted() -> None:
    def count(work: Callable[[AgentLoop], object]) -> int:
        policy = TrainedPolicy()
        work(AgentLoop(policy, BACKENDS))
        return policy.tokens_written

    assert count(lambda loop: in_threads(loop.synthesize)) == count(lambda loop: list(map(loop.synthesize, TASKS)))


def test_models_of_this_process_work_one_at_a_time() -> None:
    pytest.importorskip("torch")
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.005)
        inside -= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: with_retry(work, lambda: False, "a model"), range(12)))
    assert most == 1


def test_a_segmentation_model_keeps_to_the_picture_that_it_looks_at() -> None:
    pytest.importorskip("torch")

    class Looking:
        """Marks what is lighter than the ground in the picture that it was shown last."""

        def save_memory(self) -> bool:
            return False

        def look_at(self, image: np.ndarray) -> None:
            self.image = image
            threading.Event().wait(0.005)

        def masks(self, box: tuple[int, int, int, int], points: np.ndarray) -> np.ndarray:
            return (self.image.max(axis=2) > 150)[None]

    generator = SegmentingMaskGenerator(Looking())
    normal = np.full((64, 64, 3), 90, np.uint8)
    edits = []
    for index in range(12):
        edited = normal.copy()
        edited[8 + 2 * index : 20 + 2 * index, 10:40] = 220
        edits.append(edited)
    expected = [generator.segment(normal, edited) for edited in edits]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda edited: generator.segment(normal, edited), edits))
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
