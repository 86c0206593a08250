"""How a type is meant: a plan and an option correct how it is understood, and all that is written tells both."""

from __future__ import annotations

import json

import pytest

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.production.plan_file import read_plan

CORRECTED = """\
output: {output}
seed: 3
models: {{policy: scripted}}
items:
  concrete:
    images: photos/concrete
    types:
      Macke: {{count: {first}, meaning: zwei dunkle Dellen}}
      crack: 1
"""


def records(folder):
    return [json.loads(line) for line in (folder / "trajectories.jsonl").read_text().splitlines()]


def test_a_plan_says_how_a_type_is_meant(plan_file, tmp_path, capsys):
    plan = plan_file(text=CORRECTED, first=2)
    assert [one.meaning for one in read_plan(plan).items[0].types] == ["zwei dunkle Dellen", ""]
    assert main(["plan", "check", str(plan)]) == 0
    noted = "noted: Macke: understood as 2 dark dents; corrected: 'Macke' by itself is read as"
    said = capsys.readouterr().out
    assert noted in said and "crack: understood" not in said
    assert main(["synthesize", "--plan", str(plan)]) == 0
    assert noted in capsys.readouterr().err
    root = tmp_path / "data" / "concrete"
    told = [record for record in records(root) if record["anomaly_type"] == "Macke"]
    assert told
    for record in told:
        assert (record["meaning"], record["corrected"]) == ("zwei dunkle Dellen", True)
        assert record["understood"].startswith("2 dark dents; corrected: 'Macke'")
        assert (record["description"][0]["family"], record["description"][0]["count"]) == ("dent", [2, 2])
        assert "darker" in record["attempts"][0]["prompt"] and "zwei dunkle Dellen" in json.dumps(record["messages"])
    assert all(record["corrected"] is False for record in records(root) if record["anomaly_type"] == "crack")
    assert json.loads((root / "settings.json").read_text())["anomalies"]["Macke"]["meaning"] == "zwei dunkle Dellen"
    assert "Understood as: 2 dark dents; corrected" in (root / "report.html").read_text()
    # Another meaning is another data set.
    plan.write_text(plan.read_text().replace("zwei", "drei"))
    assert main(["synthesize", "--plan", str(plan)]) == 2


@pytest.mark.parametrize(
    ("meaning", "says"),
    [("zorblax", "meaning 'zorblax' names no defect that is known: name one"), ("[a, b]", "must be a text"),
     (f"dent {'x' * 600}", "but 600 is the most"), ('""', "meaning of type 'Macke' is empty")],
)  # fmt: skip
def test_a_meaning_that_cannot_be_read_is_named_with_its_line(plan_file, meaning, says):
    plan = plan_file(text=CORRECTED.replace("zwei dunkle Dellen", meaning), first=2)
    with pytest.raises(InputError) as caught:
        read_plan(plan)
    assert says in str(caught.value) and ".yaml:8: " in str(caught.value) and "\n" not in str(caught.value)


def synthesize(normals, out, *more):
    photos = normals / "photos" / "concrete"
    return main(
        ["synthesize", "--images", str(photos), "--item", "slab", "--output", str(out), "--policy", "scripted", *more]
    )


def test_an_option_says_how_types_are_meant(normals, tmp_path, capsys):
    types = ("--anomaly", "Macke", "--anomaly", "crack", "--count", "1")
    assert synthesize(normals, tmp_path, *types, "--meaning", "dark dent", "--meaning", "") == 0
    assert "noted: Macke: understood as dark dent; corrected" in capsys.readouterr().err
    meant = {record["anomaly_type"]: record["meaning"] for record in records(tmp_path / "slab")}
    assert meant == {"Macke": "dark dent", "crack": ""}


@pytest.mark.parametrize(
    ("more", "says"),
    [(("--meaning", "dent"), "1 --meaning for 2 --anomaly; give one for each"),
     (("--meaning", "dent", "--meaning", "zorblax"), "meaning 'zorblax' names no defect that is known")],
)  # fmt: skip
def test_an_option_that_cannot_be_read_is_told_in_a_line(normals, tmp_path, capsys, more, says):
    assert synthesize(normals, tmp_path / "out", "--anomaly", "Macke", "--anomaly", "crack", *more) == 2
    error = capsys.readouterr().err
    assert says in error and error.count("\n") == 1 and not (tmp_path / "out").exists()
