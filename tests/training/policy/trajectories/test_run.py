"""Files of trajectories: data sets on the disk, rendered ones and recordings; what is broken is told by file."""

import argparse
import csv
import json
import shutil
from pathlib import Path

import datasets
import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.assembly.embedded import embedded_backends
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.task import Task
from anomaly_agent.agent.dataset.samples import Sample
from anomaly_agent.agent.dataset.writer import DatasetWriter
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.loop.human_in_the_loop import Decision
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.policies.trained.conversation_encoder import ConversationEncoder
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.training.policy.trajectories.command import add_arguments
from anomaly_agent.training.policy.trajectories.defects import rendered_defects
from anomaly_agent.training.policy.trajectories.load import load_trajectories
from anomaly_agent.training.policy.trajectories.run import TrajectoriesRequest, make_trajectories

# On plates: inverse editing rebuilds what lies on one even surface; beside a background it may not, and such do not pass.
DEFECTS = [
    defect
    for defect in rendered_defects(30, seed=5, side=96)
    if defect.item in ("brushed steel plate", "painted sheet")
][:3]


def write(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)


def mvtec(root: Path) -> Path:
    for number, defect in enumerate(DEFECTS):
        kind = defect.anomaly.replace(" ", "_")
        write(root / f"test/{kind}/{number:03d}.png", defect.image)
        write(root / f"ground_truth/{kind}/{number:03d}_mask.png", defect.mask.astype(np.uint8) * 255)
    write(root / "train/good/000.png", DEFECTS[0].normal)
    return root


def visa(root: Path, named: bool) -> Path:
    rows = []
    for number, defect in enumerate(DEFECTS):
        write(root / f"Data/Images/Anomaly/{number:03d}.JPG", defect.image)
        write(root / f"Data/Masks/Anomaly/{number:03d}.png", defect.mask.astype(np.uint8) * 3)
        rows.append([f"plate/Data/Images/Anomaly/{number:03d}.JPG", f"{defect.anomaly},bent", "plate/Data/Masks/..."])
    write(root / "Data/Images/Normal/000.JPG", DEFECTS[0].normal)
    if named:
        with (root / "image_anno.csv").open("w", newline="") as file:
            csv.writer(file).writerows(
                [["image", "label", "mask"], ["plate/Data/Images/Normal/000.JPG", "normal", ""], *rows]
            )
    return root


def make(output: Path, **request):
    return make_trajectories(TrajectoriesRequest(output / "made.jsonl", **request))


def test_a_set_in_the_mvtec_layout(tmp_path, capsys):
    outcome = make(tmp_path, data=(mvtec(tmp_path / "steel_plate"),), per_image=2)
    records = load_trajectories(tmp_path / "made.jsonl")
    assert len(records) == sum(outcome.made.values()) >= 4 and not outcome.problems
    assert f"{len(records)} trajectories (" in capsys.readouterr().out
    for record in records:
        assert record.facts["item"] == "steel_plate" and record.facts["source"] == "real"
        images = record.read_images()
        encoder = ConversationEncoder()
        encoder.follow(record.messages, images)
        assert encoder.messages[-1]["role"] == "assistant"
        if record.facts["passed"]:
            number = int(Path(record.facts["name"]).stem)
            mask = np.asarray(Image.open(record.folder / record.facts["mask"])) > 0
            assert (images[-1] == DEFECTS[number].image).all() and (mask == DEFECTS[number].mask).all()


@pytest.mark.parametrize("named", [True, False])
def test_a_set_in_the_visa_layout(tmp_path, named):
    # The folder of a whole set: one item in it, beside a folder that is none.
    visa(tmp_path / "visa" / "plate", named)
    (tmp_path / "visa" / "split_csv").mkdir()
    given = {} if named else {"unnamed": "scratch"}
    make(tmp_path, data=(tmp_path / "visa",), **given)
    records = load_trajectories(tmp_path / "made.jsonl")
    expected = {defect.anomaly for defect in DEFECTS} if named else {"scratch"}
    assert records and {record.facts["anomaly"] for record in records} <= expected
    assert {record.facts["item"] for record in records} == {"plate"}


def test_anomalies_whose_type_says_nothing_are_told_by_file(tmp_path, capsys):
    with pytest.raises(InputError, match="no trajectory could be made, so nothing is written: 3 files"):
        make(tmp_path, data=(visa(tmp_path / "plate", False),))
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("skipped: ")]
    assert sum("000.JPG: anomaly type 'anomaly' is in no defect family's words" in line for line in lines) == 1
    assert "--anomaly" in lines[0]
    assert not (tmp_path / "made.jsonl").exists() and list(tmp_path.glob("*images*")) == []


def test_what_is_broken_is_told_by_file_and_the_rest_goes_on(tmp_path, capsys):
    root = mvtec(tmp_path / "steel_plate")
    good = DEFECTS[0]
    white = np.full((96, 96), 255, np.uint8)
    write(root / "test/dent/no_mask.png", good.image)
    for name, image, mask in (
        ("empty", good.image, white * 0),
        ("other_size", good.image, white[:80]),
        ("tiny", good.image[:32, :32], white[:32, :32]),
    ):
        write(root / f"test/dent/{name}.png", image)
        write(root / f"ground_truth/dent/{name}_mask.png", mask)
    write(root / "ground_truth/dent/torn_mask.png", white)
    (root / "test/dent/torn.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    write(root / "test/quux/000.png", good.image)
    write(root / "ground_truth/quux/000_mask.png", white)
    (tmp_path / "strange" / "what").mkdir(parents=True)
    (tmp_path / "none" / "test" / "good").mkdir(parents=True)
    outcome = make(tmp_path, data=(root, tmp_path / "strange", tmp_path / "none", tmp_path / "absent"))
    told = capsys.readouterr().err
    for part in (
        "test/dent/no_mask.png: has no mask; put it at ground_truth/dent/no_mask_mask.png",
        "ground_truth/dent/empty_mask.png: the mask is empty",
        "ground_truth/dent/other_size_mask.png: the mask is 96x80 px but the image is 96x96 px",
        "test/dent/tiny.png: 32x32 px, but each side must be",
        "test/dent/torn.png: ",
        "test/quux/000.png: anomaly type 'quux' is in no defect family's words",
        "strange: no layout that is known",
        "none: holds no anomaly image",
        "absent: no such folder",
    ):
        assert sum(part in problem for problem in outcome.problems) == 1, part
        assert part in told
    assert len(outcome.problems) == 9 and sum(outcome.made.values()) >= 2
    assert all("\n" not in problem for problem in outcome.problems)
    with pytest.raises(InputError, match="leave out --strict"):
        make(tmp_path / "strict", data=(root,), strict=True)
    assert list((tmp_path / "strict").glob("*")) == []


def test_many_problems_are_counted(tmp_path, capsys):
    root = mvtec(tmp_path / "steel_plate")
    for number in range(30):
        write(root / f"test/dent/{number}.png", DEFECTS[0].image)
    make(tmp_path, data=(root,))
    lines = capsys.readouterr().err.splitlines()
    assert sum("has no mask" in line for line in lines) == 20
    assert any("10 more, 30 in all" in line for line in lines)


def test_a_table_that_is_none_is_told(tmp_path):
    root = visa(tmp_path / "plate", True)
    (root / "image_anno.csv").write_text("a;b;c\n1;2;3\n")
    outcome = make(tmp_path, data=(root,), unnamed="scratch")
    assert "image_anno.csv: no table of image,label,mask" in outcome.problems[0]


def test_rendered_ones_are_the_same_bytes_again_and_load_as_a_data_set(tmp_path):
    folders = (tmp_path / "a", tmp_path / "b")
    for folder in folders:
        make(folder, rendered=12, side=96, seed=4)
    files = [sorted(path for path in folder.rglob("*") if path.is_file()) for folder in folders]
    assert [path.name for path in files[0]] == [path.name for path in files[1]]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(*files, strict=True))
    assert not list(tmp_path.rglob(".*"))
    loaded = datasets.load_dataset("json", data_files=str(folders[0] / "made.jsonl"), cache_dir=str(tmp_path / "cache"))
    records = load_trajectories(folders[0] / "made.jsonl")
    assert len(loaded["train"]) == len(records) >= 10
    row = loaded["train"][0]
    parts = [part for message in row["messages"] for part in message["content"]]
    assert {part["type"] for part in parts} == {"text", "image"}
    assert [message["role"] for message in row["messages"]] == [message["role"] for message in records[0].messages]
    assert records[0].facts["source"] == "rendered"


def test_nothing_is_written_over(tmp_path):
    make(tmp_path, rendered=2, side=96)
    before = (tmp_path / "made.jsonl").read_bytes()
    with pytest.raises(InputError, match="is there already"):
        make(tmp_path, rendered=2, side=96, seed=1)
    assert (tmp_path / "made.jsonl").read_bytes() == before


def test_a_run_that_breaks_off_leaves_nothing(tmp_path, monkeypatch):
    def broken(*_, **__):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("anomaly_agent.training.policy.trajectories.run.read_recorded", broken)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path, rendered=2, side=96)
    assert list(tmp_path.iterdir()) == []


def recorded(folder: Path) -> Path:
    """A data set of two episodes, in the second of which the user asks for another attempt."""
    loop = AgentLoop(ScriptedPolicy(), embedded_backends())
    writer = DatasetWriter(folder, "plate", {})
    for seed in (1, 2):
        task = Task(render_normal("hex_nut", seed, 96), "hex nut", "scratch", seed=seed)
        episode = loop.start(task)

        def supervise(proposal, seed=seed):
            again = seed == 2 and proposal.finishes and proposal.attempt.number == 2
            prompt = f"{proposal.prompt} A bright scratch." if again else ""
            return Decision("retry" if again else "continue", prompt)

        for _ in episode.events(supervise):
            pass
        writer.add(Sample(task, None, episode.result()), passed=True)
    return writer.root / "trajectories.jsonl"


def test_what_users_recorded_is_taken_with_their_edits(tmp_path):
    file = recorded(tmp_path / "set")
    lines = file.read_text().splitlines()
    failed = json.dumps({**json.loads(lines[0]), "passed": False})
    lost = json.dumps({**json.loads(lines[0]), "images": ["gone.png"] * len(json.loads(lines[0])["images"])})
    file.write_text("\n".join([*lines, "{torn", "", failed, lost, '{"messages": [], "images": []}']))
    outcome = make(tmp_path, rendered=3, side=96, recorded=(file, tmp_path / "absent.jsonl"))
    assert outcome.made["recorded"] == 2
    assert [problem.partition("jsonl")[2][:8] for problem in outcome.problems] == [
        ", line 3",
        ", line 7",
        ", line 6",
        ": cannot",
    ]
    records = load_trajectories(tmp_path / "made.jsonl")
    mine = [record for record in records if record.facts["kind"] == "recorded"]
    by_user = [m for record in mine for m in record.messages if m.get("author") == "user"]
    assert [m["role"] for m in by_user] == ["user", "assistant"]
    assert mine[1].messages == load_trajectories_of(lines[1])
    for record in mine:
        encoder = ConversationEncoder()
        encoder.follow(record.messages, record.read_images())
        assert (record.folder / record.facts["mask"]).is_file()
    loaded = datasets.load_dataset("json", data_files=str(tmp_path / "made.jsonl"), cache_dir=str(tmp_path / "cache"))
    assert len(loaded["train"]) == len(records)
    shutil.rmtree(tmp_path / "made_images")
    (tmp_path / "made.jsonl").unlink()
    assert make(tmp_path, recorded=(file,), failed_too=True).made["recorded"] == 3


def load_trajectories_of(line: str) -> list:
    return json.loads(line)["messages"]


def test_a_broken_file_of_trajectories_is_told_by_line(tmp_path):
    file = tmp_path / "broken.jsonl"
    file.write_text('\n{"messages": 3}\n')
    with pytest.raises(InputError, match=r"broken\.jsonl, line 2: no trajectory"):
        load_trajectories(file)
    file.write_text("")
    with pytest.raises(InputError, match="holds no trajectory"):
        load_trajectories(file)
    with pytest.raises(InputError, match="cannot be read"):
        load_trajectories(tmp_path / "absent.jsonl")


def test_the_preview_shows_every_kind_turn_by_turn(tmp_path):
    page = tmp_path / "pages" / "preview.html"
    outcome = make(tmp_path, rendered=12, side=96, preview=page)
    text = page.read_text()
    assert all(f"{count} {kind}" in text for kind, count in outcome.made.items())
    assert text.count("<section") == sum(outcome.made.values())
    for part in ("I look at the product first.", "image_gen", "passed</b>", "data:image/jpeg;base64,", '<path d="M'):
        assert part in text


def run_command(*arguments: str) -> None:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args(arguments)
    options.run(options)


def test_the_command_line(tmp_path, capsys):
    file = tmp_path / "made.jsonl"
    run_command("--output", str(file), "--rendered", "3", "--side", "96", "--share", "single=1", "--share", "dual=0",
                "--share", "triple=0", "--share", "spent=0")  # fmt: skip
    assert {record.facts["kind"] for record in load_trajectories(file)} == {"single"}
    for wrong in (["--rendered", "0"], ["--rendered", "2", "--side", "8"], ["--data", str(tmp_path / "none")]):
        with pytest.raises(InputError):
            run_command("--output", str(tmp_path / "other.jsonl"), *wrong)
    with pytest.raises(SystemExit):
        run_command("--output", str(tmp_path / "other.jsonl"), "--rendered", "2", "--share", "all=1")
    with pytest.raises(SystemExit):
        run_command("--help")
    assert "default: 128" in capsys.readouterr().out
