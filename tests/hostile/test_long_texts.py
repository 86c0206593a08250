"""A million characters of what makes careless readers slow, through every place that reads a stranger's text.

How the time grows with the length is measured, not the time: reading costs no more than its share of four times as much text.
No text raises anything but a refusal, and a refusal is one line.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nasty import LENGTHS, NASTY, grows_too_fast

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.json_reading import read_json
from anomaly_agent.agent.core.protocol import (
    parse_turn,
    read_observation,
    read_passages,
    read_task,
    read_threshold,
    system_prompt,
    task_text,
    without_fence,
    without_reasoning,
)
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.core.trajectory import Trajectory
from anomaly_agent.agent.core.verdict import Fault, FaultKind
from anomaly_agent.agent.dataset.decisions import read_decisions
from anomaly_agent.agent.dataset.names import folder_name
from anomaly_agent.agent.dataset.records import read_records
from anomaly_agent.agent.defects.describing import covers_picture, mask_margin_of, resolve
from anomaly_agent.agent.defects.naming import find_types
from anomaly_agent.agent.defects.nearest import Note, meaning_of
from anomaly_agent.agent.defects.prompt_text import explain, note_of, read_prompt, split_explanation
from anomaly_agent.agent.defects.translation import translated
from anomaly_agent.agent.export.datasheet import _cell
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.human_in_the_loop import Decision
from anomaly_agent.agent.policies.prompt_state import PromptState
from anomaly_agent.agent.policies.rewriting import rewrite_prompt
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.policies.trained.action_codec import change_prompt, changes_between, compress, expand
from anomaly_agent.agent.policies.trained.conversation_encoder import ConversationEncoder
from anomaly_agent.agent.policies.trained.policy import render
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.plan_nodes import is_text
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation.diffusion.editor import DiffusionEditor
from anomaly_agent.agent.tools.knowledge_retrieval import KnowledgeBase
from anomaly_agent.agent.tools.knowledge_retrieval.loading import Entry, load_folder
from anomaly_agent.agent.tools.knowledge_retrieval.occurrence import is_of_known_material, plausible_types
from anomaly_agent.agent.tools.knowledge_retrieval.spelling import corrected, exact, words
from anomaly_agent.agent.tools.quality_evaluation.language import read_faults, read_verdict
from anomaly_agent.nodes.paint_region import draw_strokes
from anomaly_agent.nodes.region_url import read_region

IMAGE = render_normal("hex_nut", 0, 64)
SCENE = analyze_scene(IMAGE)
BACKENDS = embedded_backends()
KNOWLEDGE = KnowledgeBase.packaged()
VOCABULARY = {word for entry in KNOWLEDGE.entries for word in words(entry.item)}
STATE = PromptState("hex nut", "scratch", "On the hex nut, add a single scratch (scratch): a line.", size=(64, 64))
FAULTS = (Fault(FaultKind.FAINT),)


class _ShortPrompts:
    short_prompts = True


def editor_words(text: str) -> str:
    """The prompt as CLIP gets it."""
    editor = object.__new__(DiffusionEditor)
    editor.call = _ShortPrompts()  # type: ignore[assignment]
    return editor._words(Task(IMAGE, "nut", "scratch"), text)


def folder_with(name: str, write: Callable[[str], str], read: Callable[[Path], object]) -> Callable[[str], object]:
    """Reads a folder in which a file holds the text."""

    def reading(text: str) -> object:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / name).write_bytes(write(text).encode("utf-8", "surrogatepass"))
            return read(Path(folder))

    return reading


def in_json(text: str, **facts: str) -> str:
    return json.dumps([{"item": "nut", "anomaly": "dent", "text": "x", **facts, "synonyms": [text]}])


def conversation(*turns: tuple[str, str]) -> Trajectory:
    """A conversation over the nut so far; the policy's next."""
    talk = Trajectory(scene=SCENE)
    talk.add_text("system", system_prompt(3))
    talk.add_image(IMAGE, task_text("hex nut", "scratch", False))
    for role, text in turns:
        talk.add_text(role, text)
    return talk


def call(name: str, **arguments: Any) -> str:
    return f"<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


PLANNED = ("assistant", call("prompt_gen", image=1, item="hex nut", anomaly_type="scratch"))


def heard(policy: Any) -> Callable[[str], object]:
    """What a policy makes of a planner's and of a knowledge base's words."""

    def reading(text: str) -> None:
        policy.next_turn(conversation(PLANNED, ("tool", f"Prompt: {text}")))
        talk = conversation(
            *(
                PLANNED,
                ("tool", "Prompt: Add a scratch."),
                ("assistant", call("image_gen", image=1, prompt="Add a scratch.")),
            ),
            ("tool", "Attempt 1 of 3: made image 2."),
        )
        talk.add_image(IMAGE)
        talk.add_text("assistant", call("quality_eval", original=1, edited=2, item="hex nut", anomaly_type="scratch"))
        facts = {"image": 2, "location": 1.0, "quality": 1.0, "score": 2.0, "passed": False, "faults": []}
        talk.add_text("tool", json.dumps({**facts, "review": text}))
        policy.next_turn(talk)
        talk.add_text("assistant", call("knowledge_retrieval", item="hex nut", anomaly_type="scratch"))
        talk.add_text("tool", f"[a] {text}")
        policy.next_turn(talk)

    return reading


class _Encoding:
    """The trained policy up to the words that its model reads, of which there are few whatever the texts."""

    def next_turn(self, talk: Trajectory) -> str:
        encoder = ConversationEncoder()
        encoder.follow(talk.messages, talk.images, talk.scene)
        return render(encoder.messages)


class _Once:
    """Writes one text for ever."""

    name = "once"

    def __init__(self, text: str) -> None:
        self.text = text

    def next_turn(self, _: Trajectory) -> str:
        return self.text


def spoken(text: str) -> object:
    """An episode whose policy writes the text, as a turn and as a prompt; nothing raises out of the loop."""
    for turn in (text, f"<tool_call>{text}</tool_call>", call("image_gen", image=1, prompt=text or " ")):
        AgentLoop(_Once(turn), BACKENDS, 1).synthesize(Task(IMAGE, "hex nut", "scratch"))
    return None


#: Every place that reads a stranger's text.
READERS: dict[str, Callable[[str], object]] = {
    "turn": parse_turn,
    "call": lambda text: parse_turn(f"<tool_call>{text}</tool_call>"),
    "answer": lambda text: parse_turn(f"<answer>{text}</answer>"),
    "call with a long prompt": lambda text: parse_turn(call("image_gen", image=1, prompt=text)),
    "reasoning": without_reasoning,
    "fence": without_fence,
    "verdict": read_verdict,
    "review": lambda text: read_verdict(json.dumps({"location": 1, "quality": 1, "faults": [], "review": text})),
    "fault": lambda text: read_faults(json.dumps([{"kind": text}, {"kind": "faint", "where": text}, text])),
    "refusal": lambda text: observed("image_gen", f"Error [unusable]: {text}"),
    "verdict's observation": lambda text: observed("quality_eval", text),
    "mask's observation": lambda text: observed("mask_gen", f"Mask of image {text}"),
    "image's observation": lambda text: observed("image_gen", f"Attempt {text}"),
    "passages": read_passages,
    "five languages": translated,
    "notes": lambda text: meaning_of("zorblax", [Note(("dent", text), text)]),
    "task's text": lambda text: refused(read_task, f"Task: {text}"),
    "threshold": lambda text: refused(read_threshold, f"is above {text}"),
    "prompt": lambda text: read_prompt(text, "scratch", size=(64, 64)),
    "prompt's item": lambda text: read_prompt("On the nut, add a dent (dent): x.", "dent", item=text),
    "prompt's anomaly": lambda text: read_prompt("A dent.", text),
    "prompt's note": lambda text: note_of(text, "scratch", size=(64, 64)),
    "explanation": lambda text: split_explanation(explain(text, text)),
    "anomaly type": resolve,
    "anomaly type unknown or not": lambda text: (covers_picture(text), mask_margin_of(text, 1.0)),
    "types in a prompt": lambda text: find_types(text[:4000]),
    "task's item": lambda text: Task(IMAGE, text, "scratch"),
    "task's anomaly": lambda text: Task(IMAGE, "nut", text),
    "task's prompt": lambda text: Task(IMAGE, "nut", "scratch", prompt=text),
    "rewriting": lambda text: rewrite_prompt(PromptState("nut", "scratch", text, text, by_user=text), FAULTS),
    "short form": lambda text: expand(text, STATE),
    "short prompt": lambda text: change_prompt(text, STATE),
    "turn in short": lambda text: compress(text, STATE),
    "prompt in short": lambda text: changes_between(STATE, text),
    "scripted policy": heard(ScriptedPolicy()),
    "trained policy's words": heard(_Encoding()),
    "policy": spoken,
    "editor's words": editor_words,
    "search by item": lambda text: KNOWLEDGE.search(text, "scratch"),
    "search by anomaly": lambda text: KNOWLEDGE.search("nut", text),
    "search in long names": lambda text: KnowledgeBase.from_passages(
        [Entry(text.replace("\ud800", ""), "dent", "x", "a"), Entry("nut", text.replace("\ud800", ""), "x", "a")]
    ),
    "spelling": lambda text: (words(text), exact(text), [corrected(word, VOCABULARY) for word in words(text)]),
    "material": lambda text: (is_of_known_material(text), plausible_types(text, SCENE)),
    "knowledge in Markdown": folder_with("a.md", str, load_folder),
    "knowledge's names": folder_with("a.md", lambda text: f"# {text}\n## dent\nx", load_folder),
    "knowledge's text": folder_with("a.md", lambda text: f"# nut\n## dent\n{text}", load_folder),
    "knowledge in JSON": folder_with("a.json", str, load_folder),
    "knowledge's synonyms": folder_with("a.json", in_json, load_folder),
    "knowledge's item": folder_with("a.json", lambda text: in_json("x", item=text), load_folder),
    "knowledge's frequency": folder_with("a.json", lambda text: in_json("x", occurs=text), load_folder),
    "plan's text": is_text,
    "folder's name": lambda text: folder_name(text, "item"),
    "decisions": folder_with("decisions.json", str, read_decisions),
    "records": folder_with("trajectories.jsonl", str, read_records),
    "datasheet's cell": _cell,
    "strokes": lambda text: draw_strokes(text, (64, 64)),
    "region": lambda text: read_region(text, (64, 64)),
    "region's data": lambda text: read_region(f"data:image/png;base64,{text}", (64, 64)),
    "action": lambda text: Decision(text[:20]).check((64, 64)),  # type: ignore[arg-type]
    "JSON": lambda text: refused(read_json, text),
}
#: A plan may have a million bytes, which its library reads a character at a time.
PLANS: dict[str, Callable[[str], object]] = {
    "plan": folder_with("plan.yaml", str, lambda folder: read_plan(folder / "plan.yaml")),
    "plan's type": folder_with(
        "plan.yaml",
        lambda text: (
            f"output: out\nitems:\n  nut:\n    images: {json.dumps('.')}\n    types: {{{json.dumps(text)}: 2}}\n"
        ),
        lambda folder: read_plan(folder / "plan.yaml"),
    ),
}


def observed(tool: str, text: str) -> object:
    return refused(lambda given: read_observation(tool, given), text)


def refused(read: Callable[[str], object], text: str) -> object:
    """For readers of what the pack itself wrote, which say ValueError."""
    try:
        return read(text)
    except InputError:
        raise
    except (ValueError, TypeError, KeyError) as error:
        raise InputError("refused") from error


#: Those that take whole episodes' work beside the reading: a prompt's first 4000 characters count, so shorter texts will do.
BUSY = {"scripted policy", "trained policy's words", "policy", "short prompt", "prompt in short", "rewriting"}


@pytest.mark.parametrize("reader", READERS)
def test_reading_costs_no_more_than_its_share_of_a_longer_text(reader: str) -> None:
    lengths = LENGTHS[:3] if reader in BUSY else LENGTHS
    found = {name: grows_too_fast(READERS[reader], text, lengths) for name, text in NASTY.items()}
    assert not {name: why for name, why in found.items() if why}


@pytest.mark.parametrize("reader", PLANS)
def test_a_plan_too(reader: str) -> None:
    lengths = (2_500, 10_000)  # deep lists cost up to 2,000 levels, where the parser gives up
    found = {name: grows_too_fast(PLANS[reader], text, lengths) for name, text in NASTY.items()}
    assert not {name: why for name, why in found.items() if why}


def test_the_measure_sees_what_is_slow_and_lets_pass_what_is_not() -> None:
    for pattern, name, lengths in (
        (r"\s+x", "blanks", LENGTHS),
        (r"\d\s*%?\s*[,;\s]\s*\d", "digit_and_blanks", (50, 200, 800)),  # the cube of the length
        (r"\([^)]*\)", "brackets", LENGTHS),
    ):
        assert "times as long" in grows_too_fast(re.compile(pattern).search, NASTY[name], lengths)
    assert grows_too_fast(list, NASTY["letters"]) == ""
    assert all(abs(len(text(length)) - length) <= 1 for text in NASTY.values() for length in LENGTHS)


def test_texts_that_are_too_long_are_refused_with_their_length() -> None:
    for make in (
        lambda: Task(IMAGE, "x" * 201, "scratch"),
        lambda: Task(IMAGE, "nut", "scratch " * 30),
    ):
        with pytest.raises(InputError, match=r"has 2\d\d characters, but 200 is the most"):
            make()
    with pytest.raises(InputError, match="has 640 characters, but 600 is the most"):
        resolve("scratch " * 80)
    with pytest.raises(InputError, match="prompt has 20001 characters, but 20000 is the most"):
        Task(IMAGE, "nut", "scratch", prompt="x" * 20_001)
    assert parse_turn(call("image_gen", image=1, prompt="x" * 20_001)).error == (
        "image_gen: prompt has 20001 characters, but 20000 is the most: shorten it"
    )
    assert Task(IMAGE, "x" * 200, "scratch" + " " * 193, prompt="x" * 20_000).prompt


def test_half_a_character_is_refused_by_a_task_and_mended_in_a_models_call() -> None:
    with pytest.raises(InputError, match="item holds half a character"):
        Task(IMAGE, "nut\ud83d", "scratch")
    said = parse_turn('<tool_call>{"name": "image_gen", "arguments": {"image": 1, "prompt": "\\ud83d"}}</tool_call>')
    assert said.call is not None and said.call.arguments["prompt"] == "\ufffd"
    whole = parse_turn(
        '<tool_call>{"name": "image_gen", "arguments": {"image": 1, "prompt": "\\ud83d\\ude00"}}</tool_call>'
    )
    assert whole.call is not None and whole.call.arguments["prompt"] == "\U0001f600"


@pytest.mark.parametrize("depth", [65, 400, 900, 5000, 200_000])
def test_json_that_is_nested_too_deep_is_refused_before_anybody_walks_through_it(depth: int) -> None:
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        with pytest.raises(ValueError, match="nested more than 64 deep"):
            read_json(text)
        assert "nested more than 64 deep" in (parse_turn(f"<tool_call>{text}</tool_call>").error or "")
        assert read_verdict(text).verdict is None and read_faults(text) == ()
    at_most = "[" * 64 + "]" * 64
    assert json.dumps(read_json(at_most)) == at_most


def test_ordinary_prompts_are_read_as_they_stand_whatever_blanks_they_have() -> None:
    """Runs of blanks are one blank, and lines that an editor broke are one sentence."""
    prompt = (
        "In the upper left of the hex nut, inside the box (0.100, 0.200, 0.300, 0.400), add a single dark scratch (scratch): a "
        "thin line. It is about 12% of the product across, slight (severity 0.30), running at 40 degrees. Keep it."
    )
    (edit,) = read_prompt(prompt, "scratch", item="hex nut")
    assert (edit.box, edit.size, edit.severity, edit.angle) == ((0.1, 0.2, 0.3, 0.4), 0.12, 0.3, 40.0)
    for blank in ("  ", "\n", "\t \t", " \u3000 ", "   \r\n   "):
        assert read_prompt(prompt.replace(" ", blank), "scratch", item="hex nut") == [edit]
