"""Sets in folders of any name are read by every command; NFC and NFD are one name wherever names are compared."""

import json
import shutil
import unicodedata

import pytest
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.dataset.decisions import Decision, Decisions, SampleDecisions, read_decisions, write_decisions
from anomaly_agent.agent.dataset.names import folder_name
from anomaly_agent.agent.dataset.reader import list_dataset
from anomaly_agent.agent.dataset.stored import open_stored
from anomaly_agent.agent.dataset.writer import DatasetAppender
from anomaly_agent.agent.export.formats import FORMATS
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.agent.review.session import ReviewSession

NFD = "Flo\u0308te"
FOLDERS = [
    "bottle (1)",
    "hex nut, M8",
    "part #3 [new]",
    NFD,
    "ขวดน้ำ",
    "con",
    "🙂",
    "a" * 120,
    "ก" * 80,
    ".hidden",
    "x.",
    "it's",
]


def write_set(root, kind="crack", seed=0):
    """Two normal pictures and two with a defect, as another program has them."""
    for part in ("train/good", f"test/{kind}", f"ground_truth/{kind}"):
        (root / part).mkdir(parents=True, exist_ok=True)
    for number in range(2):
        Image.fromarray(render_normal("hex_nut", seed + number, 96)).save(root / f"train/good/{number}.png")
        Image.fromarray(render_normal("hex_nut", seed + 9 + number, 96)).save(root / f"test/{kind}/{number}.png")
        mask = Image.new("L", (96, 96))
        mask.paste(255, (20, 20, 50, 40 + number))
        mask.save(root / f"ground_truth/{kind}/{number}_mask.png")


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_that_exists_is_read_whatever_its_name(tmp_path, name):
    root = tmp_path / "sets" / name
    write_set(root)
    (item,) = open_stored(root)
    assert folder_name(item.name, "item") == item.name and len(item.samples) == 2
    for form in FORMATS:
        output = tmp_path / "out" / form
        assert main(["export", str(root), "--format", form, "--output", str(output), "--validation", "0"]) == 0
        assert all(len(part.encode()) <= 249 for path in output.rglob("*") for part in path.relative_to(output).parts)
    assert (tmp_path / "out/mvtec" / item.name / "test/crack/000.png").is_file()
    assert len(open_stored(tmp_path / "out/mvtec")[0].samples) == 2
    assert main(["curate", str(root)]) == 0
    assert len(ReviewSession(root).samples) == 2
    assert main(["plan", "init", str(root), "--plan", str(tmp_path / "plan.yaml")]) == 0
    assert main(["plan", "check", str(tmp_path / "plan.yaml")]) == 0
    (planned,) = read_plan(tmp_path / "plan.yaml").items
    assert folder_name(planned.name, "item") == item.name
    assert [path.parent for path in planned.images] == [root / "train/good"] * 2


@pytest.mark.parametrize("kind", ["crack (1)", "crack, deep", "Riß", "Ri\u0308ss", "crack #2", "good!", "ก" * 80])
def test_a_types_folder_too(tmp_path, kind):
    write_set(tmp_path / "set", kind)
    (item,) = open_stored(tmp_path / "set")
    (name,) = {sample.anomaly for sample in item.samples}
    assert folder_name(name, "type") == name != "good"
    for form in FORMATS:
        assert main(["export", str(tmp_path / "set"), "--format", form, "--output", str(tmp_path / form)]) == 0
    other = {"NFC": "NFD", "NFD": "NFC"}["NFC" if unicodedata.is_normalized("NFC", kind) else "NFD"]
    assert len(list_dataset(tmp_path / "set", "anomalous", unicodedata.normalize(other, kind.upper()))) == 2


def test_items_and_types_of_one_set_stay_apart_or_are_refused(tmp_path):
    write_set(tmp_path / "sets" / "part (1)", "crack #1")
    write_set(tmp_path / "sets" / "part #1", "crack (1)", 50)
    items = open_stored(tmp_path / "sets")
    assert [item.name for item in items] == ["part_1", "part_1_2"]
    assert {sample.anomaly for item in items for sample in item.samples} == {"crack_1", "crack_1_2"}
    assert main(["export", str(tmp_path / "sets"), "--format", "mvtec", "--output", str(tmp_path / "out")]) == 0
    assert len(list((tmp_path / "out").glob("*/test/*/*.png"))) == 4 + 2
    write_set(tmp_path / "sets" / "Part (1)")
    with pytest.raises(InputError, match="are one name on other systems"):
        open_stored(tmp_path / "sets")
    shutil.rmtree(tmp_path / "sets" / "Part (1)")
    write_set(tmp_path / "sets" / "part #1", "Crack (1)")
    with pytest.raises(InputError, match=r"anomaly types .* are one name on other systems"):
        open_stored(tmp_path / "sets")


def test_classes_in_either_form_are_one_class(tmp_path):
    write_set(tmp_path / "sets" / "a", "Flöte")
    write_set(tmp_path / "sets" / "b", NFD, 50)
    assert main(["export", str(tmp_path / "sets"), "--format", "yolo", "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out/data.yaml").read_text().count("Flöte") == 1


def test_masks_in_a_folder_of_the_other_form(tmp_path):
    write_set(tmp_path / "set", NFD)
    (tmp_path / "set/ground_truth" / NFD).rename(tmp_path / "set/ground_truth/Flöte")
    assert len(list_dataset(tmp_path / "set", "anomalous", "flöte")) == 2


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(2):
        Image.fromarray(render_normal("hex_nut", number, 96)).save(folder / f"{NFD}{number}.png")
    return folder


def synthesize(photos, output, item="Flöte", anomaly="Öl stain", count=2):
    kinds = ["--anomaly", anomaly, "--policy", "scripted", "--count", str(count)]
    return main(["synthesize", "--images", str(photos), "--item", item, *kinds, "--output", str(output)])


def test_a_run_resumes_in_either_form_and_in_a_copy_with_decomposed_names(tmp_path, photos, capsys):
    output = tmp_path / "out"
    assert synthesize(photos, output) == 0
    before = {path.relative_to(output): path.read_bytes() for path in output.rglob("*") if path.is_file()}
    for item, anomaly in ((NFD, "O\u0308l stain"), (NFD, "O\u0308l_stain".replace("_", " "))):
        assert synthesize(photos, output, item, anomaly) == 0
        assert "(2 were there)" in capsys.readouterr().out
    assert before == {path.relative_to(output): path.read_bytes() for path in output.rglob("*") if path.is_file()}
    assert list(output.iterdir()) == [output / "Flöte"]
    # As macOS unpacks it, the last sample cut off.
    for path in sorted(output.rglob("*"), reverse=True):
        path.rename(path.with_name(unicodedata.normalize("NFD", path.name)))
    (output / "Flöte").rename(output / NFD) if (output / "Flöte").exists() else None
    records = output / NFD / "trajectories.jsonl"
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join(lines[:-1]) + lines[-1][:500])
    (output / NFD / unicodedata.normalize("NFD", json.loads(lines[-1])["image"])).unlink()
    assert synthesize(photos, output) == 0
    assert records.read_bytes() == b"".join(lines) and list(output.iterdir()) == [output / NFD]
    assert len(list((output / NFD / "test").iterdir())) == 1
    (item,) = open_stored(output / NFD)
    assert item.name == "Flöte" and {sample.anomaly for sample in item.samples} == {"Öl_stain"}
    assert all(sample.record is not None and sample.normal is not None for sample in item.samples)


def test_decisions_hold_in_either_form(tmp_path, photos):
    assert synthesize(photos, tmp_path) == 0
    root = tmp_path / "Flöte"
    name = open_stored(root)[0].samples[0].image
    write_decisions(root, Decisions().changed({unicodedata.normalize("NFD", name): SampleDecisions(Decision(False))}))
    assert [sample.image for sample in open_stored(root)[0].samples if not sample.kept] == [name]
    assert read_decisions(root).of(unicodedata.normalize("NFD", name)).review == Decision(False)


def test_a_set_that_grows_uses_the_folder_that_is_there(tmp_path):
    (tmp_path / NFD / "test" / "Flo\u0308te crack".replace(" ", "_")).mkdir(parents=True)
    appender = DatasetAppender(tmp_path, "Flöte")
    assert appender.root == tmp_path / NFD
    with pytest.raises(InputError, match="is one name with"):
        DatasetAppender(tmp_path, "flöte")


@pytest.mark.parametrize("given", ["ขวดน้ำ", "बोतल", "قَلَم", "בַּקְבּוּק", NFD, "カ\u3099", "ก" * 80])
def test_an_item_in_any_script_is_made_reviewed_and_exported(tmp_path, photos, given):
    assert synthesize(photos, tmp_path / "out", given, count=1) == 0
    composed = unicodedata.normalize("NFC", given)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [composed]
    assert (
        main(
            [
                "export",
                str(tmp_path / "out"),
                "--format",
                "anomalib",
                "--output",
                str(tmp_path / "x"),
                "--validation",
                "0",
            ]
        )
        == 0
    )
    assert (tmp_path / "x" / f"{composed}.yaml").is_file()


def test_types_that_differ_in_case_are_refused_on_the_command_line(photos, tmp_path, capsys):
    kinds = ["--anomaly", "crack", "--anomaly", "Crack"]
    assert (
        main(["synthesize", "--images", str(photos), "--item", "nut", *kinds, "--output", str(tmp_path / "out")]) == 2
    )
    assert "'crack' and 'Crack' are one name on other systems" in capsys.readouterr().err
    assert synthesize(photos, tmp_path / "out", "nut") == 0
    assert synthesize(photos, tmp_path / "out", "Nut") == 2
    assert "item 'Nut' is one name with 'nut'" in capsys.readouterr().err


def test_a_task_in_the_other_form_is_the_same_task():
    from anomaly_agent import AgentLoop, ScriptedPolicy, embedded_backends  # noqa: PLC0415

    class Decomposing(ScriptedPolicy):
        """Spells names as another keyboard would."""

        def next_turn(self, conversation):
            return unicodedata.normalize("NFD", super().next_turn(conversation))

    task = Task(render_normal("hex_nut", 0, 96), "Flöte", "Öl stain", seed=1)
    assert AgentLoop(Decomposing(), embedded_backends()).synthesize(task).trajectory.attempts
