"""Runs that come to nothing: no sample of a type passes, or no turn of a language model can be used. They end with 3."""

import json

import pytest
from faulty_server import FaultyServer, says

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.protocol import Refusal, Refused, format_call, write_observation
from anomaly_agent.agent.production.outcomes import FailedType, had_usable_turn, refusals

HOPELESS = "threshold: 9.99\n"


@pytest.fixture
def server(monkeypatch):
    for name in ("BASE_URL", "API_KEY"):
        monkeypatch.delenv(f"ANOMALY_AGENT_{name}", raising=False)
    server = FaultyServer()
    yield server
    server.close()


def errors(capsys):
    said = capsys.readouterr().err.replace("\r", "\n").splitlines()
    start = next(number for number, line in enumerate(said) if line.startswith("anomaly-agent"))
    return said[start:]


def records(root):
    return [json.loads(line) for line in (root / "trajectories.jsonl").read_text().splitlines()]


def test_every_type_without_a_sample_is_told_with_its_commonest_reasons(plan_file, tmp_path, capsys):
    path = plan_file()
    path.write_text(path.read_text() + HOPELESS)
    for _ in range(2):  # a finished run, run again, is as it was
        assert main(["synthesize", "--plan", str(path)]) == 3
        first, *more = errors(capsys)
        summary = json.loads((tmp_path / "data/summary.json").read_text())
        failed = [f"{item}, {name}" for item in summary for name, one in summary[item].items() if not one["passed"]]
        lines = more if len(failed) > 1 else [first.removeprefix("anomaly-agent: error: ")]
        assert [line.strip().split(":")[0] for line in lines] == failed
        assert "rejected/ and the report show all" in first
    made = [record for record in records(tmp_path / "data/hex_nut") if record["anomaly_type"] == "scratch"]
    assert len(made) == 11 and not any(record["passed"] for record in made)
    best = max(attempt["score"] for record in made for attempt in record["attempts"])
    kinds = [{fault["kind"] for one in record["attempts"] for fault in one["faults"]} for record in made]
    unlike = sum("unlike" in one for one in kinds)
    assert (
        "0 of 11 passed (ended by: attempt budget spent (11); faults:" in lines[0] and f"unlike ({unlike})" in lines[0]
    )
    assert f"best score {best:g}, above 9.99 passes" in lines[0]
    assert (tmp_path / "data/hex_nut/report.html").is_file()
    assert len(list((tmp_path / "data/hex_nut/rejected/test/scratch").glob("*.png"))) == 11


def test_one_type_of_several_is_enough_and_fewer_than_asked_for_is_not(plan_file, tmp_path, capsys, normals):
    path = plan_file()
    assert main(["synthesize", "--plan", str(path)]) == 0
    options = [
        "--images",
        str(normals / "photos/hex_nut"),
        "--item",
        "nut",
        "--anomaly",
        "scratch",
        "--policy",
        "scripted",
    ]
    capsys.readouterr()
    more = ["--count", "2", "--output", str(tmp_path / "one"), "--threshold", "9.99"]
    assert main(["synthesize", *options, *more]) == 3
    (line,) = errors(capsys)
    assert "nut, scratch: 0 of 9 passed (ended by: attempt budget spent (9)" in line and "in another output" in line


def test_reasons_are_counted_from_data():
    failed = FailedType("nut", "scratch")
    attempt = {"score": 3.5, "faults": [{"kind": "faint"}, {"kind": "seam"}]}
    failed.add({"stop": "attempt budget spent", "attempts": [attempt, {**attempt, "score": None}], "messages": []})
    failed.add(
        {"stop": "attempt budget spent", "attempts": [{"score": 4.25, "faults": [{"kind": "seam"}]}], "messages": []}
    )
    faint = Refused(Refusal.NOT_VISIBLE, "too faint; larger")
    broken = [{"role": "tool", "content": [{"type": "text", "text": write_observation(faint)}]}]
    failed.add({"stop": "policy gave no usable turn", "attempts": [], "messages": broken})
    assert failed.words(5) == (
        "nut, scratch: 0 of 3 passed (ended by: attempt budget spent (2), policy gave no usable turn (1); "
        "faults: seam (2), faint (1); refused turns: not_visible (1); best score 4.25, above 5 passes)"
    )
    assert [one.message for one in refusals({"messages": broken})] == ["too faint; larger"]
    assert "nothing was judged" in FailedType("nut", "scratch").words(5)


@pytest.mark.parametrize("engine", ["process", "ray"])
@pytest.mark.parametrize("text", ["I would rather not.", "", "<tool_call>{</tool_call>", '{"name": "image_gen"}'])
def test_a_model_without_a_usable_turn_stops_the_run_after_three_samples(
    plan_file, tmp_path, server, capsys, engine, text
):
    if engine == "ray":
        pytest.importorskip("ray")
        if text != "I would rather not.":
            pytest.skip("a cluster takes seconds to start")
    server.replies = [says(text)]
    path = plan_file(first=20)
    models = f"models: {{policy: model, language_model: chatty, server: '{server.url}'}}"
    path.write_text(path.read_text().replace("models: {policy: scripted}", models))
    assert (
        main(["synthesize", "--plan", str(path), "--engine", engine, *(["--workers", "2"] if engine == "ray" else [])])
        == 3
    )
    (line,) = errors(capsys)
    assert "chatty: no turn of the first 3 samples could be used (" in line
    made = records(tmp_path / "data/hex_nut")
    assert 1 <= len(made) <= 3 and not had_usable_turn(made)
    if engine == "process":
        assert len(made) == 3 and len(server.requests) == 9
        assert main(["synthesize", "--plan", str(path)]) == 3  # as before: three more
        assert len(records(tmp_path / "data/hex_nut")) == 6


def test_a_run_that_had_usable_turns_goes_on(plan_file, tmp_path, server, capsys):
    look_up = format_call("Look it up.", "knowledge_retrieval", item="hex nut", anomaly_type="scratch")
    server.replies = [says(look_up), says("No.")]
    path = plan_file(first=2)
    models = f"models: {{policy: model, language_model: chatty, server: '{server.url}'}}"
    path.write_text(path.read_text().replace("models: {policy: scripted}", models))
    assert main(["synthesize", "--plan", str(path)]) == 3
    said = "\n".join(errors(capsys))
    assert "no turn of the first" not in said and "types have no sample that passed" in said
    assert "ended by: policy gave no usable turn (9); refused turns: unreadable (9); nothing was judged" in said
    assert had_usable_turn(records(tmp_path / "data/hex_nut"))
