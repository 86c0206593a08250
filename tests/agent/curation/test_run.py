"""Curation of a data set: a decision with its reason for every sample, and a reviewer's word untouched."""

from collections import Counter

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.dataset.decisions import Decision, SampleDecisions, read_decisions, write_decisions
from anomaly_agent.agent.dataset.stored import open_stored


def curate(root, *more):
    assert main(["curate", str(root), *more]) == 0
    return {image: entry.curation for image, entry in read_decisions(root).samples.items()}


def grid(count, kind="stain", **more):
    """Spots that differ in shape and place, over the whole picture."""
    places = [(30 + 25 * (n % 5), 30 + 25 * (n // 5 % 5)) for n in range(count)]
    return [
        {"kind": kind, "at": at, "radius": 8 + n % 4, "stretch": 0.4 + 0.1 * (n % 6), **more}
        for n, at in enumerate(places)
    ]


def test_near_duplicates_are_dropped_and_the_better_one_stays(make_set):
    same = {"at": (60, 60), "stretch": 0.5}
    root = make_set([{**same, "score": 6.0}, {**same, "score": 9.0, "normal": 1}, {"at": (110, 100), "score": 7.0}])
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    decided = curate(root)
    assert [decided[f"test/stain/{n:03d}.png"].kept for n in range(3)] == [False, True, True]
    assert decided["test/stain/000.png"].why.startswith("near-duplicate of test/stain/001.png")
    assert {path: path.read_bytes() for path in before} == before


def test_what_cannot_be_seen_is_dropped(make_set):
    decided = curate(make_set([{"tone": -1}, {"at": (40, 40)}]))
    assert not decided["test/stain/000.png"].kept and "cannot be seen" in decided["test/stain/000.png"].why
    assert decided["test/stain/001.png"].kept


def test_no_type_is_kept_more_often_than_asked_for(make_set):
    root = make_set([*grid(12), *grid(3, "dent", tone=50)])
    decided = curate(root, "--ratio", "2")
    kept = Counter(image.split("/")[1] for image, decision in decided.items() if decision.kept)
    assert kept == {"stain": 6, "dent": 3}
    assert {decision.why for decision in decided.values() if not decision.kept} == {
        "its type has more than 6, 2 times the rarest type"
    }
    places = [decision.why.split(", ")[1] for image, decision in decided.items() if decision.kept and "stain" in image]
    assert max(Counter(places).values()) <= 2


def test_hard_samples_stay(make_set):
    clear, faint = grid(12), [{**spot, "tone": -9, "score": 5.5} for spot in grid(20)[14:18]]
    root = make_set([*clear, *faint, *grid(3, "dent", tone=50)])
    decided = curate(root, "--ratio", "2", "--hard", "0.5")
    faint_names = [f"test/stain/{n:03d}.png" for n in range(12, 16)]
    hard = [name for name in faint_names if decided[name].why.endswith(", hard")]
    assert len(hard) >= 3
    assert sum(decided[name].kept for name in hard) == 3
    decided = curate(root, "--ratio", "2", "--hard", "0")
    assert sum(decided[name].kept for name in hard) == 0


def test_a_reviewers_word_stands_and_an_earlier_curation_does_not(make_set):
    same = {"at": (60, 60), "stretch": 0.5}
    root = make_set([{**same, "score": 6.0}, {**same, "score": 9.0}, {"at": (110, 100), "tone": -1}])
    names = [f"test/stain/{n:03d}.png" for n in range(3)]
    words = {names[0]: SampleDecisions(Decision(True)), names[2]: SampleDecisions(Decision(True, "faint on purpose"))}
    write_decisions(
        root, read_decisions(root).changed({**words, names[1]: SampleDecisions(curation=Decision(True, "old"))})
    )
    decided = curate(root)
    assert decided[names[0]].kept and decided[names[2]].kept
    assert not decided[names[1]].kept and names[0] in decided[names[1]].why
    (item,) = open_stored(root)
    assert [sample.kept for sample in item.samples] == [True, False, True]
    assert item.decisions.samples[names[2]].review == Decision(True, "faint on purpose")


def test_what_is_rejected_is_no_reason_to_drop_another(make_set):
    same = {"at": (60, 60), "stretch": 0.5}
    root = make_set([{**same, "score": 9.0}, {**same, "score": 6.0}])
    write_decisions(root, read_decisions(root).changed({"test/stain/000.png": SampleDecisions(Decision(False))}))
    assert curate(root) == {"test/stain/000.png": None, "test/stain/001.png": curate(root)["test/stain/001.png"]}
    assert curate(root)["test/stain/001.png"].kept


def test_bad_sets_end_with_one_line(tmp_path, made_set, capsys):
    (tmp_path / "empty").mkdir()
    for folder, cause in ((tmp_path / "no", "no such folder"), (tmp_path / "empty", "no layout that is known")):
        assert main(["curate", str(folder)]) == 2
        said = capsys.readouterr().err
        assert cause in said and said.count("\n") == 1
