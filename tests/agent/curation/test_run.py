"""Curation of a data set: a decision with its reason for every sample, and a reviewer's word untouched."""

import re
from collections import Counter

import cv2
import numpy as np
import pytest

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


def speckled(seed):
    """A grey surface with round spots, 8 px in radius and 60 grey levels deep, anywhere but around the middle."""
    rng = np.random.default_rng(seed)
    image = np.repeat(rng.normal(150, 2, (160, 160, 1)), 3, axis=2).astype(np.float32)
    centres = [(80, 80)]
    for at in rng.integers(8, 152, (300, 2)).tolist():
        if all(np.hypot(at[0] - x, at[1] - y) > 24 for x, y in centres):
            centres.append(at)
            mask = cv2.circle(np.zeros((160, 160), np.uint8), at, 8, 1, -1)
            image -= (cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0) * (mask > 0) * 60)[..., None]
    return np.clip(image, 0, 255).astype(np.uint8)


def test_what_is_like_the_product_s_own_marks_is_dropped_where_asked(make_set, capsys):
    # One as deep as the spots, and one twice as deep; either can be seen well.
    spots = [{"radius": 8, "tone": -60}, {"radius": 8, "tone": -120, "normal": 1}]
    root = make_set(spots, [speckled(0), speckled(1)])
    alike, distinct = "test/stain/000.png", "test/stain/001.png"
    plain = curate(root)
    assert plain[alike].kept and plain[distinct].kept and "distinct" not in plain[alike].why
    capsys.readouterr()
    decided = curate(root, "--distinct", "1.25")
    assert not decided[alike].kept and decided[distinct].kept
    assert capsys.readouterr().out == "slab: 1 kept, 1 not distinct\n"
    said = re.fullmatch(r"like the product's own texture: conspicuity (\d\.\d\d)", decided[alike].why)
    assert float(said[1]) == pytest.approx(1.0, abs=0.15)
    assert float(decided[distinct].why.split("conspicuity ")[1]) == pytest.approx(2.0, abs=0.3)
    assert not curate(root, "--distinct", "3")[distinct].kept
    words = {alike: SampleDecisions(Decision(True, "real"))}
    write_decisions(root, read_decisions(root).changed(words))
    assert curate(root, "--distinct", "1.25")[alike].kept


def test_conspicuity_is_not_asked_between_two_tones_or_without_a_normal_image(make_set):
    board = np.zeros((160, 160, 3), np.uint8)
    board[:, 10:40] = board[:, 60:100] = 255
    root = make_set([{"radius": 8, "tone": -255}, {"radius": 8, "tone": -60, "normal": 1}], [board, speckled(0)])
    image = next(sample for sample in open_stored(root)[0].samples if sample.image.endswith("001.png"))
    image.normal.unlink()
    decided = curate(root, "--distinct", "1000")
    assert all(decision.kept and "distinct" not in decision.why for decision in decided.values()), decided


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
