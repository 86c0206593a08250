"""Every policy on the same tasks, and runs that go on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from made_up import small_plan

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.training.assessment.policies import run as run_module
from anomaly_agent.training.assessment.policies.candidates import list_candidates
from anomaly_agent.training.assessment.policies.episodes import EpisodeRecord
from anomaly_agent.training.assessment.policies.run import run_plan


def lines(folder: Path) -> list[dict]:
    """The results without their times."""
    found = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    return [{name: value for name, value in line.items() if not name.endswith("seconds")} for line in found]


def test_every_policy_has_the_same_tasks_and_seeds_differ(tmp_path: Path) -> None:
    records = run_plan(small_plan(), tmp_path, show=False)
    assert len(records) == 2 * 2 * 2 * 2 * 2
    tasks: dict[str, list] = {}
    for record in records:
        key = record.key
        tasks.setdefault(key.policy, []).append(
            (key.setting, key.group, key.seed, key.index, record.product, record.anomaly)
        )
    assert sorted(tasks["fixed"]) == sorted(tasks["scripted"])
    by_seed = [[task[4:] for task in tasks["fixed"] if task[2] == seed] for seed in (0, 1)]
    assert by_seed[0] != by_seed[1]


def test_records_survive_the_file(tmp_path: Path) -> None:
    records = run_plan(small_plan(seeds=1), tmp_path, show=False)
    assert [EpisodeRecord.from_json(json.loads(json.dumps(record.to_json()))) for record in records] == records


def test_an_interrupted_run_goes_on_to_the_same_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_plan(small_plan(), tmp_path / "whole", show=False)
    record_episode, left = run_module.record_episode, iter(range(13))

    def interrupted(*arguments: object) -> EpisodeRecord:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return record_episode(*arguments)

    monkeypatch.setattr(run_module, "record_episode", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_plan(small_plan(), tmp_path / "broken", show=False)
    with (tmp_path / "broken" / "results.jsonl").open("a") as file:
        file.write('{"policy": "fix')  # killed while it wrote
    monkeypatch.undo()
    records = run_plan(small_plan(), tmp_path / "broken", show=False)
    assert lines(tmp_path / "broken") == lines(tmp_path / "whole")
    assert len(records) == len(lines(tmp_path / "whole"))


def test_nothing_is_run_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_plan(small_plan(1, 1), tmp_path, show=False)
    before = (tmp_path / "results.jsonl").read_bytes()
    monkeypatch.setattr(run_module, "record_episode", None)
    run_plan(small_plan(1, 1), tmp_path, show=False)
    assert (tmp_path / "results.jsonl").read_bytes() == before


def test_a_changed_setting_is_refused(tmp_path: Path) -> None:
    run_plan(small_plan(1, 1), tmp_path, show=False)
    with pytest.raises(InputError, match=r"other settings \(seeds, tasks\).*another --output"):
        run_plan(small_plan(2, 2), tmp_path, show=False)


def test_results_without_settings_or_of_another_order_are_refused(tmp_path: Path) -> None:
    run_plan(small_plan(1, 1), tmp_path, show=False)
    path = tmp_path / "results.jsonl"
    path.write_text("".join(reversed(path.read_text().splitlines(keepends=True))))
    with pytest.raises(InputError, match="not those of this evaluation"):
        run_plan(small_plan(1, 1), tmp_path, show=False)
    (tmp_path / "results.settings.json").unlink()
    with pytest.raises(InputError, match="has no settings"):
        run_plan(small_plan(1, 1), tmp_path, show=False)


def test_a_checkpoint_plays_and_counts_its_tokens(checkpoint: Path, tmp_path: Path) -> None:
    candidates = list_candidates([("random", checkpoint)], temperature=1.0)
    records = run_plan(small_plan(1, 2, candidates), tmp_path, show=False)
    played = [record for record in records if record.key.policy == "random"]
    assert played and all(record.tokens and record.tokens > 0 for record in played)
    assert all(record.tokens is None for record in records if record.key.policy != "random")
    assert all("/" not in str(value) for value in candidates[2].facts.values())


def test_a_retrained_checkpoint_is_another_setting(checkpoint: Path, tmp_path: Path) -> None:
    before = list_candidates([("p", checkpoint)])[2].facts
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in checkpoint.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    assert list_candidates([("p", copy)])[2].facts == before
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert list_candidates([("p", copy)])[2].facts != before


def test_a_language_model_is_named_and_not_loaded_before_it_plays() -> None:
    (*_, model) = list_candidates(language_models=[("vlm", "some-model")], server="http://127.0.0.1:9/v1")
    assert model.facts == {"kind": "language model", "language_model": "some-model"}


def test_names_are_given_once(checkpoint: Path) -> None:
    with pytest.raises(InputError, match="'scripted' is empty or taken"):
        list_candidates([("scripted", checkpoint)])


def test_a_folder_without_a_checkpoint_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=str(tmp_path)):
        list_candidates([("mine", tmp_path)])
