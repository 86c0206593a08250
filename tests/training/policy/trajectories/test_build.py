"""Trajectories told in hindsight: legal, in the small policy's language, and pointing the right way."""

import json
import re

import cv2
import numpy as np
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.protocol import parse_turn
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.policies.trained import vocabulary as w
from anomaly_agent.agent.policies.trained.action_codec import expand
from anomaly_agent.agent.policies.trained.conversation_encoder import ConversationEncoder
from anomaly_agent.agent.policies.trained.policy import render
from anomaly_agent.training.policy.rewards import RewardConfig, illegal_transitions, score_rollout
from anomaly_agent.training.policy.rollout import read_rollout
from anomaly_agent.training.policy.trajectories.build import Builder
from anomaly_agent.training.policy.trajectories.defects import rendered_defects
from anomaly_agent.training.policy.trajectories.hindsight import describe_defect
from anomaly_agent.training.policy.trajectories.mix import TrajectoryMix

cv2.setNumThreads(1)
DEFECTS = list(rendered_defects(32, seed=3, side=96))
# A token's text may begin another's: the longest is tried first.
TOKENS = sorted(w.vocabulary(), key=len, reverse=True)


@pytest.fixture(scope="module")
def told():
    builder = Builder(TrajectoryMix(spent=0.15))
    found = [builder.tell(defect, seed) for seed, defect in enumerate(DEFECTS)]
    return [one for one in found if one is not None]


def turns_of(one):
    """(the encoder before it, its message, its text in the action codec, the last faults) of every assistant turn."""
    trajectory, encoder, faults = one.trajectory, ConversationEncoder(), set()
    for index, message in enumerate(trajectory.messages):
        state = encoder.state
        encoder.follow(trajectory.messages[: index + 1], trajectory.images)
        text = message["content"][-1]["text"]
        if message["role"] == "assistant":
            yield state, text, encoder.messages[-1]["content"], faults
        elif message["role"] == "tool" and text.startswith('{"image"'):
            faults = {fault["kind"] for fault in json.loads(text)["faults"]}


def test_nearly_every_defect_has_its_trajectory(told):
    assert len(told) >= 0.9 * len(DEFECTS)
    assert {one.sort for one in told} == {"single", "dual", "triple", "spent"}
    assert {one.knowledge for one in told} == {True, False}


def test_attempts_fail_until_the_real_image_passes(told):
    for one in told:
        attempts = one.trajectory.attempts
        passed = [attempt.verdict.passed for attempt in attempts]
        if one.sort == "spent":
            assert passed == [False] * 3
            continue
        assert passed == [False] * ({"single": 0, "dual": 1, "triple": 2}[one.sort]) + [True]
        assert attempts[-1].image is one.defect.image and attempts[-1].exact_mask is one.defect.mask
        answer = parse_turn(one.trajectory.messages[-1]["content"][0]["text"]).answer
        assert answer["image"] == attempts[-1].number and answer["passed"] is True


def test_every_transition_is_legal_and_every_turn_is_well_formed(told):
    for one in told:
        rollout = read_rollout(one.trajectory, budget=3)
        assert illegal_transitions(rollout) == []
        assert not any(turn.refused or turn.tool == "malformed" for turn in rollout.turns)
        assert rollout.turns[-1].tool == "answer"
        assert "malformed" not in score_rollout(rollout, RewardConfig())["behaviour"].reason


def test_the_small_policys_language_says_every_turn_again(told):
    for one in told:
        for state, text, short, _ in turns_of(one):
            assert expand(short, state) == text


def test_every_word_is_in_the_small_policys_vocabulary(told):
    for one in told:
        encoder = ConversationEncoder()
        encoder.follow(one.trajectory.messages, one.trajectory.images)
        text = render(encoder.messages)
        while text:
            token = next((token for token in TOKENS if text.startswith(token)), None)
            assert token is not None, f"no token begins {text[:60]!r}"
            text = text[len(token) :]


def test_corrections_answer_the_faults(told):
    answered = 0
    for one in told:
        for _, _, short, faults in turns_of(one):
            if "image_gen" not in short or not faults:
                continue
            steps = {name: int(count) for name, count in re.findall(r" ([a-z]+)([+-]\d+)", short)}
            assert "too_small" not in faults or steps["size"] > 0
            assert "too_large" not in faults or steps["size"] < 0
            assert "faint" not in faults or max(steps.get("severity", 0), steps.get("size", 0)) > 0
            assert "seam" not in faults or steps["soft"] > 0
            assert "off_target" not in faults or "x" in steps or "y" in steps
            assert " plan" in short and '" plan"' not in short, "the prompt has to change"
            answered += bool(faults)
    assert answered > 10


def test_a_defect_beside_its_place_is_moved_against_what_is_seen(told):
    against = along = 0
    for one in told:
        encoder = ConversationEncoder()
        encoder.follow(one.trajectory.messages, one.trajectory.images)
        seen = {}
        for message in encoder.messages:
            if found := re.search(r"dx (-?\d+) dy (-?\d+)", message["content"]):
                seen = {"x": int(found[1]), "y": int(found[2])}
            for axis, steps in re.findall(r" ([xy])([+-]\d+)", message["content"]):
                if abs(seen.get(axis, 0)) >= 2:
                    right = seen[axis] * int(steps) < 0
                    against, along = against + right, along + (not right)
    assert against >= 4 * along and against > 3


def test_the_editor_asked_as_the_last_prompt_says_draws_what_passes(told):
    builder = Builder()
    passed = {"first": 0, "last": 0}
    episodes = [one for one in told if one.sort in ("dual", "triple")]
    for one in episodes:
        task = Task(one.defect.normal, one.defect.item, one.defect.anomaly)
        for name, number in (("first", 0), ("last", -1)):
            prompt = one.trajectory.attempts[number].prompt
            passed[name] += builder.attempt(task, one.defect.scene, prompt, one.bias, 5).verdict.passed
    # With other dice than those that it was told with.
    assert passed["last"] >= 0.6 * len(episodes) and passed["last"] >= 2 * passed["first"]


def test_what_is_looked_up_is_told_where_the_editor_takes_one_defect_for_another():
    shares = TrajectoryMix(single=0, dual=1, triple=0, spent=0, knowledge=0, imperfect=0)
    found = [Builder(shares).tell(defect, seed) for seed, defect in enumerate(DEFECTS[:20])]
    looked_up = [one for one in found if one and one.knowledge]
    assert looked_up, "some editors confuse defects"
    for one in looked_up:
        assert "Such a defect looks like this: " in one.trajectory.attempts[-1].prompt


def test_singles_are_hedged_by_their_share():
    shares = {"dual": 0, "triple": 0, "spent": 0, "single": 1}
    for share, changed in ((0.0, False), (1.0, True)):
        for seed, defect in enumerate(DEFECTS[:5]):
            one = Builder(TrajectoryMix(**shares, hedged=share)).tell(defect, seed)
            calls = [short for _, _, short, _ in turns_of(one) if "image_gen" in short]
            assert len(calls) == 1 and (re.search(r" plan( severity\+\d| soft\+\d)", calls[0]) is not None) == changed


def test_a_region_has_room_for_the_defect():
    builder = Builder(TrajectoryMix(region=1.0))
    for seed, defect in enumerate(DEFECTS[:6]):
        one = builder.tell(defect, seed)
        assert '"region": true' in one.trajectory.messages[1]["content"][-1]["text"]


def test_the_same_seed_tells_the_same():
    one, again = (Builder().tell(DEFECTS[0], 11).trajectory for _ in range(2))
    assert one.messages == again.messages
    assert all((a == b).all() for a, b in zip(one.images, again.images, strict=True))
    assert Builder().tell(DEFECTS[0], 12).trajectory.messages != one.messages


def test_a_defect_is_described_by_its_measures():
    for defect in DEFECTS[:10]:
        edit = describe_defect(defect, 0)
        rows, columns = np.nonzero(defect.mask)
        assert edit.box == pytest.approx(
            (columns.min() / 96, rows.min() / 96, (columns.max() + 1) / 96, (rows.max() + 1) / 96)
        )
        assert 0.01 <= edit.size <= 1.5 and 0.05 <= edit.severity <= 1.0


def test_a_stronger_defect_is_told_to_be_stronger():
    defect = DEFECTS[0]
    half = (defect.normal.astype(int) + defect.image.astype(int)) // 2
    weaker = type(defect)(**{**vars(defect), "image": half.astype(np.uint8)})
    assert describe_defect(weaker, 0).severity < describe_defect(defect, 0).severity


def test_no_attempts_beyond_the_budget():
    builder = Builder(max_attempts=1)
    found = [builder.tell(defect, seed) for seed, defect in enumerate(DEFECTS[:8])]
    assert any(found) and all(len(one.trajectory.attempts) == 1 for one in found if one)


@pytest.mark.parametrize("share", [{"dual": 1.5}, {"region": -0.1}, {"single": 0, "dual": 0, "triple": 0, "spent": 0}])
def test_shares_that_make_no_sense_are_refused(share):
    with pytest.raises(InputError):
        TrajectoryMix(**share)
