"""An episode whose images are made elsewhere: the policy's turns are the loop's own, whoever draws."""

import json
from dataclasses import replace

import pytest

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.result import Stop
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.verdict import Fault, FaultKind
from anomaly_agent.agent.defects.prompt_text import read_prompt
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.stepped_episode import SteppedEpisode
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.training.policy.unfaithful_editor import EditorBias, UnfaithfulEditor

NUT = render_normal("hex_nut", 3, 128)
TASK = Task(NUT, "hex nut", "scratch", seed=5)
TOOLS = embedded_backends()


def opened(attempts=3, threshold=10.0, prompt=""):
    return SteppedEpisode(ScriptedPolicy(), TOOLS, TASK, attempts, threshold, prompt)


def test_drawn_elsewhere_by_the_same_generator_it_is_the_same_episode():
    # It draws beside the place, so that all attempts are used.
    generator = UnfaithfulEditor(EditorBias(shift=(0.5, 0.5)))
    episode = opened()
    scene = analyze_scene(NUT)
    while episode.wanted:
        made = generator.edit(TASK, scene, episode.prompt, episode.seed)
        episode.hand_in(made.image, made.mask)
    ours = episode.result()
    expected = AgentLoop(ScriptedPolicy(), replace(TOOLS, image_generator=generator), 3, 10.0).synthesize(TASK)
    assert ours.trajectory.messages == expected.trajectory.messages
    assert (ours.image == expected.image).all() and (ours.mask == expected.mask).all()
    assert ours.stop == expected.stop == Stop.BUDGET


def test_scores_reviews_and_knowledge_from_elsewhere_are_used():
    episode = opened(threshold=5.0)
    changed = NUT.copy()
    changed[40:60, 40:60] = 0
    note = "[mine.md#scratch] A scratch at the edge, dark."
    first = episode.prompt
    episode.hand_in(changed, None, 3.0, "Barely visible.", note)
    assert episode.wanted and episode.number == 2 and episode.prompt != first
    said = [m["content"][0]["text"] for m in episode.episode.trajectory.messages if m["role"] == "tool"]
    assert note in said and json.loads(said[2])["score"] == 3.0 and json.loads(said[2])["review"] == "Barely visible."
    episode.hand_in(changed, None, 9.0, "Good.")
    result = episode.result()
    assert not episode.wanted and result.passed and result.verdict.score == 9.0
    inside = result.mask[40:60, 40:60].mean()
    assert inside > 0.9 and result.mask.sum() < 2 * 400, "the mask comes from the change"


def test_the_first_prompt_may_be_given():
    assert opened(prompt=" Add a dent. ").prompt == "Add a dent."


def test_a_seed_of_its_own_for_each_attempt():
    episode = opened()
    seeds = []
    while episode.wanted:
        seeds.append(episode.seed)
        episode.hand_in(NUT, None, 1.0, "Too small.")
    assert len(set(seeds)) == 3 and all(0 <= seed < 2**32 for seed in seeds)
    with pytest.raises(ValueError, match="no image is wanted"):
        episode.hand_in(NUT)


def test_a_policy_that_never_asks_for_an_image_is_named():
    class Mute:
        name = "mute"

        def next_turn(self, conversation):
            return "hello"

    with pytest.raises(InputError, match="ended before it asked for an image"):
        SteppedEpisode(Mute(), TOOLS, TASK, 3, 5.0)


def test_a_score_that_comes_with_words_alone_has_its_faults_measured():
    episode = opened()
    episode.hand_in(NUT, None, 1.0, "The background is unchanged, and it is neither too large nor too small.")
    (verdict,) = [attempt.verdict for attempt in episode.episode.trajectory.attempts]
    assert verdict.score == 1.0 and "neither" in verdict.review
    assert [fault.kind for fault in verdict.faults] == [FaultKind.FAINT], "nothing in the picture has changed"


def test_faults_that_come_with_a_score_are_taken_as_they_are():
    episode = opened()
    given = (Fault(FaultKind.TOO_LARGE, 0.4),)
    episode.hand_in(NUT, None, 1.0, "Nothing to see.", faults=given)
    assert episode.episode.trajectory.attempts[0].verdict.faults == given
    again = opened()
    again.hand_in(NUT, None, 1.0, "Nothing to see.", faults=())
    assert again.episode.trajectory.attempts[0].verdict.faults == ()


def test_the_users_box_in_pixels_stays_through_the_retries():
    picture = render_normal("brushed_steel", 2, 320)
    task = Task(picture, "steel plate", "scratch", seed=4)
    prompt = "Add a dark scratch inside [200, 220, 240, 260] px. It follows the grain. Keep all else unchanged."
    episode = SteppedEpisode(ScriptedPolicy(), TOOLS, task, 4, 5.0, prompt)
    kinds = (FaultKind.FAINT, FaultKind.UNLIKE, FaultKind.OFF_TARGET)
    prompts = []
    for kind in kinds:
        episode.hand_in(picture, None, 1.0, "no", faults=(Fault(kind),))
        prompts.append(episode.prompt)
    for said in prompts:
        edit = read_prompt(said, "scratch", size=picture.shape[:2])[0]
        assert edit.box == pytest.approx((200 / 320, 220 / 320, 240 / 320, 260 / 320), abs=0.001)
        assert "It follows the grain." in said and edit.tone == "dark"
