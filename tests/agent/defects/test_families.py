"""A family is one file: what it says of itself is whole, and a new one needs no other place."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
from dataclasses import fields, replace
from pathlib import Path

import blister
import cv2
import numpy as np
import pytest
from host_stand_in import run

from anomaly_agent.agent.assembly.embedded import POLICIES, embedded_backends
from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.defects import families as package
from anomaly_agent.agent.defects.describing import is_known, resolve
from anomaly_agent.agent.defects.edit import Edit
from anomaly_agent.agent.defects.families import FAMILIES, check_phrases, register, registered, unregister
from anomaly_agent.agent.defects.family import Family, Form
from anomaly_agent.agent.defects.naming import default_types, example_types, find_types, forms_of, known_types
from anomaly_agent.agent.defects.prompt_text import read_prompt, write_prompt
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.policies.trained import TrainedPolicy
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.agent.scene.scene import analyze_scene
from anomaly_agent.agent.tools.image_generation import ProceduralGenerator
from anomaly_agent.agent.tools.image_generation.procedural import mask_margin
from anomaly_agent.agent.tools.knowledge_retrieval import Entry, KnowledgeBase
from anomaly_agent.agent.tools.knowledge_retrieval.occurrence import plausible_types
from anomaly_agent.agent.tools.knowledge_retrieval.synonyms import synonyms
from anomaly_agent.agent.tools.prompt_generation import ScenePromptGenerator
from anomaly_agent.agent.tools.quality_evaluation import ComputedCritic
from anomaly_agent.nodes.agent_loop import AgentLoopNode
from anomaly_agent.nodes.tensors import image_tensor
from anomaly_agent.training.policy.unfaithful_editor import EditorBias, UnfaithfulEditor

FOLDER = Path(package.__file__).parent
PACK = FOLDER.parents[2]
PACKAGED = tuple(FAMILIES.values())
NAMES = tuple(FAMILIES)
#: The families that were there before families had files of their own.
FIRST = (
    "scratch", "crack", "dent", "hole", "chip", "contamination", "discoloration", "thread", "cut", "bend", "corrosion",
    "print",
)  # fmt: skip


@pytest.fixture
def family():
    with registered(blister.FAMILY) as one:
        yield one


def surface(seed: int = 1, side: int = 160) -> np.ndarray:
    return render_normal("painted_metal", seed, side)


def made(anomaly: str, seed: int, image: np.ndarray | None = None):
    image = surface(seed) if image is None else image
    task, scene = Task(image, "car door", anomaly, seed=seed), analyze_scene(image)
    prompt = ScenePromptGenerator().plan(task, scene)
    return task, scene, ProceduralGenerator().edit(task, scene, prompt, seed)


# Each packaged family.


def test_a_file_is_a_family_and_the_registry_has_a_line_for_each() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert files == set(NAMES)
    assert NAMES[:12] == FIRST
    lines = (FOLDER / "__init__.py").read_text().splitlines()
    assert [line.strip() for line in lines if line.strip() in {f'"{name}",' for name in NAMES}] == [
        f'"{name}",' for name in NAMES
    ]


@pytest.mark.parametrize("name", NAMES)
def test_a_packaged_family_names_every_field(name: str) -> None:
    module = ast.parse((FOLDER / f"{name}.py").read_text())
    (call,) = (
        node.value for node in module.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FAMILY"
    )
    assert {keyword.arg for keyword in call.keywords} == {field.name for field in fields(Family)}


@pytest.mark.parametrize("family", PACKAGED, ids=NAMES)
def test_what_a_family_says_of_itself_holds_together(family: Family) -> None:
    assert 0 < family.size[0] < family.size[1] <= (family.beyond_frame or 1.5) <= 1.5
    assert 1 <= family.many[0] <= family.many[1] <= 12
    assert family.tone in (None, "dark", "bright") and family.place in (None, "edge", "centre")
    assert len({form.name for form in family.forms}) == len(family.forms)
    assert not any(form.always_at_place and family.place is None for form in family.forms)
    phrases = [phrase for form in family.forms for phrase in form.phrases]
    assert all(phrase == phrase.lower().strip() for phrase in phrases)
    assert {*family.bright_matter, *family.dark_matter} <= set(phrases)
    assert not set(family.bright_matter) & set(family.dark_matter)
    assert resolve(family.name).family == resolve(family.example or family.name).family == family.name
    for other in (family.kin, family.confused_with):
        assert other is None or (other in FAMILIES and other != family.name)


FORMS = [(family, form) for family in PACKAGED for form in family.forms]


@pytest.mark.parametrize(("family", "form"), FORMS, ids=lambda one: one.name or "plain")
def test_every_form_resolves_to_its_family_and_form(family: Family, form: Form) -> None:
    for phrase in form.phrases:
        assert (resolve(phrase).family, resolve(phrase).variant) == (family.name, form.name or None), phrase
    # A prompt says it by its noun, and is read back as it.
    edit = Edit(family.name, form.name or None, size=0.2, severity=0.5, count=1)
    back = read_prompt(write_prompt(edit, "part", form.phrases[0]), form.phrases[0])[0]
    assert (back.family, back.variant) == (edit.family, edit.variant)


def test_phrases_are_unique_and_a_second_one_is_refused() -> None:
    check_phrases(PACKAGED)
    with pytest.raises(ValueError, match="'blister'"):
        check_phrases((*PACKAGED, blister.FAMILY))


def test_traits_say_what_the_pack_did_before_families_had_them() -> None:
    def having(trait: str) -> set[str]:
        return {name for name in FIRST if getattr(FAMILIES[name], trait)}

    assert having("is_line") == {"scratch", "crack", "thread", "cut"}
    assert having("soft_edge") == {"contamination", "discoloration"}
    assert set(FIRST) - having("seeks_low_activity") == {"print", "bend"} == having("needs_structure")
    assert having("stays_dark") == {"hole", "cut", "crack"}
    assert having("inside_one_tone") == {"hole", "contamination"}
    assert having("needs_shades") == {"scratch", "dent", "discoloration", "corrosion"}
    assert having("beyond_frame") == {"crack"} and having("covers_picture") == set()
    assert FAMILIES["irregularity"].covers_picture and FAMILIES["other"].covers_picture


def test_no_bare_word_is_other_and_free_text_without_a_known_one_is() -> None:
    assert resolve("other").family == resolve("Other").family == resolve("novel defects").family == "other"
    assert find_types("On the other side, away from any anomaly or defect.") == []
    for text in ("anomaly", "defect", "bad", "other side"):
        assert resolve(text).family == "other" and not is_known(text)


def test_other_is_drawn_and_passes() -> None:
    results = [AgentLoop(POLICIES[policy](), embedded_backends()).synthesize(
        Task(surface(seed), "car door", "other", seed=seed)) for policy in POLICIES for seed in range(3)]  # fmt: skip
    assert sum(result.passed for result in results) >= 5
    assert "other" not in default_types() and "other" not in plausible_types("gizmo", analyze_scene(surface()))


# What lists the families for people.


@pytest.mark.parametrize("language", ["en", "ko", "zh"])
def test_the_nodes_texts_name_every_family(language: str) -> None:
    texts = json.loads((PACK / "locales" / language / "nodeDefs.json").read_text(encoding="utf-8"))
    tooltips = {node["inputs"].get("anomaly_type", {}).get("tooltip", "") for node in texts.values()}
    (tooltip,) = (text for text in tooltips if "MVTec AD" in text)
    named = re.split(r"[,、:：]\s*|\s*[等등]| \.\.\.", tooltip)
    assert set(example_types()) <= {text.strip() for text in named}


def test_the_help_pages_name_every_family() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (PACK / "web" / "docs").rglob("*.md")]
    rows = [line for page in pages for line in page.splitlines() if line.startswith("| `anomaly_type` | STRING |")]
    rows = [row for row in rows if "MVTec AD" in row]
    assert len(rows) >= 7 and all(f": {', '.join(example_types())} ..." in row for row in rows)


def test_every_text_follows_and_one_command_makes_them_follow() -> None:
    spec = importlib.util.spec_from_file_location("write_lists", PACK / "docs" / "write_lists.py")
    lists = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(lists)
    assert lists.behind() == [], "run: python docs/write_lists.py"
    with registered(blister.FAMILY):
        late = {path.relative_to(lists.PACK).as_posix() for path in lists.behind()}
        assert {"README.md", *(f"locales/{language}/nodeDefs.json" for language in ("en", "ko", "zh"))} < late
        assert len(late) >= 11 and all(
            "blister" in text for path, text in lists.texts().items() if path in lists.behind()
        )


# A family that did not exist.


def test_names_follow_and_its_phrases_win(family: Family) -> None:
    assert (resolve("blister").family, resolve("Blisters").variant) == ("blister", None)
    assert resolve("popped_blister").variant == "burst" and resolve("bubble").family == "dent"
    assert forms_of("blister") == ("blister", "burst blister") and set(forms_of("blister")) <= set(default_types())
    assert "lifted film" in known_types()
    assert [kind.family for _, _, kind in find_types("A dent beside two blisters.")] == ["dent", "blister"]


def test_it_is_planned_read_and_drawn_to_the_pixel(family: Family) -> None:
    for seed in range(8):
        task, scene, image = made("blister", seed)
        prompt = ScenePromptGenerator().plan(task, scene)
        edit = read_prompt(prompt, "blister", scene.bounding_box, task.image.shape[:2])[0]
        assert edit.family == "blister" and family.look in prompt
        assert family.size[0] - 0.01 <= edit.size <= family.size[1] + 0.01 and 1 <= edit.count <= 2
        change = np.abs(image.image.astype(int) - task.image).max(axis=2)
        assert np.percentile(change[image.mask], 90) > 15
        reach = 2 * mask_margin(image.mask.shape) + 1
        near = cv2.dilate(image.mask.astype(np.uint8), np.ones((reach, reach), np.uint8)) > 0
        assert not change[~near].any()
        outlines, _ = cv2.findContours(image.mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        largest = max(outlines, key=cv2.contourArea)
        if edit.count == 1:  # a circle, where two may touch
            assert 4 * np.pi * cv2.contourArea(largest) / cv2.arcLength(largest, True) ** 2 > 0.75


def test_the_critic_knows_it(family: Family) -> None:
    verdicts, reviews = [], []
    for seed in range(8):
        task, scene, image = made("blister", seed)
        verdicts.append(ComputedCritic().judge(task, scene, image.image))
        wrong = replace(task, anomaly="scratch")
        drawn = ProceduralGenerator().edit(wrong, scene, "Add a single severe scratch, 40% long.", seed)
        reviews.append(ComputedCritic().judge(task, scene, drawn.image))
    assert sum(verdict.passed for verdict in verdicts) >= 7, verdicts
    assert not any(verdict.passed for verdict in reviews), reviews
    assert all("not a blister" in verdict.review or "that of a blister" in verdict.review for verdict in reviews)


def test_a_note_on_it_is_found_by_its_family() -> None:
    note = Entry("car door", "lifted film", "The coat has lifted in a round bubble, small, bright on one side.", "own")
    base = KnowledgeBase.from_passages([note])
    assert base.search("car door", "burst blister") == []
    with registered(blister.FAMILY):
        assert [passage.text for passage in base.search("car door", "burst blister")] == [note.text]
        assert "blistering" in synonyms()["blister"]
    assert base.search("car door", "burst blister") == []


def test_where_nothing_is_known_of_it_notes_on_its_kin_are_found(family: Family) -> None:
    found = KnowledgeBase.packaged().search("metal plate", "lifted film")
    assert found and all("dent" in passage.title or "bubble" in passage.title for passage in found)


def test_it_occurs_but_not_where_it_cannot_be_seen(family: Family) -> None:
    assert plausible_types("gizmo", analyze_scene(surface()))["blister"] > 0
    grid = np.zeros((128, 128, 3), np.uint8)
    grid[::24] = grid[1::24] = 255
    assert "blister" not in plausible_types("gizmo", analyze_scene(grid))


def test_a_plan_makes_and_proposes_it(family: Family, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for seed in range(2):
        write_png(tmp_path / "photos" / f"{seed}.png", surface(seed, 128))
    plan = "output: out\nmodels: {policy: scripted}\nitems:\n  gizmo:\n    images: photos\n    types: {blister: 2}\n"
    (tmp_path / "plan.yaml").write_text(plan)
    assert main(["synthesize", "--plan", str(tmp_path / "plan.yaml")]) == 0
    assert len(list((tmp_path / "out" / "gizmo" / "test" / "blister").glob("*.png"))) == 2
    (tmp_path / "gizmo").mkdir()
    write_png(tmp_path / "gizmo" / "0.png", surface(0, 128))
    assert main(["plan", "init", str(tmp_path / "gizmo"), "--plan", str(tmp_path / "proposed.yaml")]) == 0
    assert "blister: 50" in (tmp_path / "proposed.yaml").read_text()


def test_the_node_offers_and_makes_it(family: Family) -> None:
    (box,) = (one for one in AgentLoopNode.define_schema().inputs if one.id == "anomaly_type")
    assert ", blister ..." in box.options["tooltip"]
    names = {"item": ["car door"], "anomaly_type": ["blister"], "seed": [1], "pause": [False], "policy": None}
    passed = run(AgentLoopNode, image=[image_tensor([surface()])], **names, max_attempts=[3], threshold=[5.0])[3]
    assert passed == [True]


def test_an_unfaithful_editor_confuses_it(family: Family) -> None:
    prompt = write_prompt(Edit("blister", size=0.4, severity=0.7, count=1), "car door", "blister")
    passed = {"blister": 0, "scratch": 0}
    for seed in range(6):
        task = Task(surface(seed), "car door", "blister", seed=seed)
        scene = analyze_scene(task.image)
        drawn = UnfaithfulEditor(EditorBias(confuses_defect=True)).edit(task, scene, prompt, seed)
        for anomaly in passed:
            passed[anomaly] += ComputedCritic().judge(replace(task, anomaly=anomaly), scene, drawn.image).passed
    assert passed["scratch"] >= 5 and passed["blister"] <= 1, passed


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_both_policies_bring_it_to_a_pass_as_shipped(policy: str, family: Family) -> None:
    results = []
    for seed, name in enumerate(list(EXAMPLE_PRODUCTS)[:10]):
        task = Task(render_normal(name, seed, 128), EXAMPLE_PRODUCTS[name].item, "blister", seed=seed)
        results.append(AgentLoop(POLICIES[policy](), embedded_backends()).synthesize(task))
    assert sum(result.passed for result in results) >= 8, [result.stop for result in results]


def test_a_checkpoint_is_told_of_it_in_a_word_that_it_has(family: Family) -> None:
    policy = TrainedPolicy()
    episode = AgentLoop(policy, embedded_backends()).start(Task(surface(), "car door", "blister", seed=1))
    episode.ask()
    told = episode.trajectory.kept[policy].encoder.messages[0]["content"]
    assert told.startswith(" task family dent region")
    assert policy.tokenizer.token_to_id("<|unknown|>") not in policy.tokenizer.encode(told).ids


def test_afterwards_everything_is_as_before() -> None:
    def told() -> tuple:
        return (
            resolve("blister"), tuple(FAMILIES), known_types(), default_types(), example_types(), dict(synonyms()),
            find_types("Blisters and bubbles."), plausible_types("gizmo", analyze_scene(surface())),
            read_prompt("Add a blister.", "scratch"), forms_of("dent"),
        )  # fmt: skip

    before = told()
    with registered(blister.FAMILY):
        assert told() != before
    assert told() == before


def test_registering_twice_or_referring_to_nothing_is_refused(family: Family) -> None:
    with pytest.raises(ValueError, match="registered already"):
        register(family)
    with pytest.raises(ValueError, match="no registered family"):
        register(replace(family, name="pimple", kin="wart"))
    with pytest.raises(ValueError, match="no family 'pimple'"):
        unregister("pimple")
    with pytest.raises(ValueError, match="irregularity"):
        unregister("contamination")
    with pytest.raises(ValueError, match="appearance"):
        replace(family, appearance=None, kin=None)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "pin hole", "name"), ("forms", (Form(phrases=("Blister",)),), "'Blister'"),
        ("forms", (Form(phrases=("blister",)), Form(phrases=("bubble",))), "one name"),
        ("forms", (Form(phrases=("bubble",)),), "noun 'blister'"), ("forms", (Form(phrases=("type 2 blister",)),), "type 2"),
        ("size", (0.5, 0.1), "size"), ("size", (0.0, 2.0), "size"), ("many", (0, 0), "many"), ("tone", "red", "tone"),
        ("place", "corner", "place"), ("look", "a bubble. It glints", "look"), ("dark_matter", ("ink",), "dark_matter"),
        ("forms", (Form(phrases=("blister",), always_at_place=True),), "place"),
    ],
)  # fmt: skip
def test_a_family_that_does_not_hold_together_says_what_is_wrong(field: str, value: object, said: str) -> None:
    with pytest.raises(ValueError, match=f"family '.*': .*{said}"):
        replace(blister.FAMILY, **{field: value})


def test_what_was_begun_before_a_family_came_is_not_served_afterwards() -> None:
    """As where one thread registers a family while another looks a name up."""
    begun = []

    @package.derived()
    def names() -> tuple[str, ...]:
        found = tuple(FAMILIES)
        if not begun:
            begun.append(True)
            register(blister.FAMILY)
        return found

    try:
        assert "blister" not in names() and "blister" in names()
    finally:
        unregister("blister")
    assert "blister" not in names()
