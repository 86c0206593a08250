"""anomaly-agent evaluate, from the command's options to its page and figures."""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from anomaly_agent.agent.cli.main import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.training.assessment.detectors import presets, run
from anomaly_agent.training.assessment.detectors.command import add_arguments
from anomaly_agent.training.assessment.detectors.diversity import Distance
from anomaly_agent.training.assessment.detectors.figures import mean_figures, spread
from anomaly_agent.training.assessment.detectors.inception import load_inception
from anomaly_agent.training.assessment.detectors.report import FIGURES, PAGE, Report, percent
from anomaly_agent.training.assessment.detectors.run import EvaluationRequest, Networks, measure_item

from .sets_on_disk import write_mvtec


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real pictures, as it were, of one item; one mask is missing."""
    root = write_mvtec(tmp_path_factory.mktemp("real") / "leather")
    (root / "ground_truth/hole/005_mask.png").unlink()
    return root


@pytest.fixture(scope="module")
def synthesized(labelled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the pack makes of its normal pictures."""
    output = tmp_path_factory.mktemp("made")
    arguments = ["synthesize", "--images", str(labelled / "train/good"), "--item", "leather", "--output", str(output)]
    assert main([*arguments, "--anomaly", "hole", "--anomaly", "scratch", "--count", "4"]) == 0
    return output


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> presets.Preset:
    """The quick preset, made quicker."""
    preset = replace(
        presets.QUICK,
        side=32,
        localization=replace(presets.QUICK.localization, steps=4, epochs=2),
        classification=replace(presets.QUICK.classification, steps=2, epochs=2),
    )
    monkeypatch.setitem(presets.PRESETS, "quick", preset)
    return preset


def evaluate(*arguments: object) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    options = parser.parse_args([str(argument) for argument in arguments])
    options.run(options)


def read(output: Path) -> dict:
    """The figures."""
    return json.loads((output / FIGURES).read_text(encoding="utf-8"))


@pytest.mark.usefixtures("quick")
def test_page_and_figures_say_what_was_measured_and_what_was_not(
    labelled: Path, synthesized: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate("--labelled", labelled, "--synthesized", synthesized, "--output", tmp_path, "--seeds", 2)
    figures, page = read(tmp_path), (tmp_path / PAGE).read_text(encoding="utf-8")
    (item,) = figures["items"]
    assert item["pictures"] == {"normal, trained on": 6, "synthesized": 8, "normal, tested": 6, "defects, tested": 11}
    assert set(item["localization"]["by_type"]) == {"hole", "scratch"}
    ap = item["localization"]["overall"]["pixel_ap"]
    assert len(ap["values"]) == 2
    assert ap["mean"] == pytest.approx(sum(ap["values"]) / 2)
    assert percent(ap) in page
    assert "±" in percent(ap)
    assert item["localization"]["step"] == [4, 4]
    assert item["classification"]["network"] == "ResNet-34 trained from scratch"
    assert item["inception_score"] == "not measured: give --inception-weights FILE"
    assert item["ic_lpips"] == "not measured: give --vgg-weights FILE"
    assert figures["mean"]["inception_score"] is None
    for text in ("--inception-weights FILE", "--vgg-weights FILE", "ResNet-34 trained from scratch", "Protocol strict"):
        assert text in page
    # What is left out is named, and not by where it lies.
    assert len(item["left_out"]) == 1
    assert "labelled/test/hole/005.png" in item["left_out"][0]
    assert "test/hole/005.png" in page
    for text in (page, (tmp_path / FIGURES).read_text(encoding="utf-8")):
        assert str(labelled) not in text
        assert str(synthesized) not in text
    # Curves, six missed defects, six false alarms, and four of each type and of the normal ones, with their heat maps.
    assert page.count("data:image/png;base64,") == 1
    assert page.count("data:image/jpeg;base64,") == 2 * (6 + 6 + 3 * 4)
    assert "pixel AP" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == [PAGE, FIGURES]


@pytest.mark.usefixtures("quick")
def test_the_paper_s_protocol_goes_under_its_own_name(labelled: Path, synthesized: Path, tmp_path: Path) -> None:
    evaluate(
        "--labelled", labelled, "--synthesized", synthesized, "--output", tmp_path, "--seeds", 1, "--protocol", "paper",
        "--only", "localization",
    )  # fmt: skip
    figures = read(tmp_path)
    assert figures["settings"]["protocol"] == "paper"
    # 5 and 6 defects with masks: a third of each is not tested on.
    assert figures["items"][0]["pictures"]["defects, tested"] == 4 + 4
    assert figures["items"][0]["classification"] == "not asked for"
    assert "That leaks" in (tmp_path / PAGE).read_text(encoding="utf-8")


def test_inception_score_and_lpips_are_measured_by_type(
    quick: presets.Preset,
    labelled: Path,
    synthesized: Path,
    inception_weights: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(run, "COMPARED_SIDE", 32)  # the nets are large
    request = EvaluationRequest(
        labelled,
        synthesized,
        tmp_path,
        quick,
        parts=("inception-score", "ic-lpips"),
        inception_weights=inception_weights,
    )
    networks = Networks(request)
    torch.manual_seed(0)
    networks.distance = Distance(None)
    result = measure_item(request, networks, (labelled, synthesized / "leather"), lambda _: None)
    assert isinstance(result.inception_score, dict)
    assert set(result.inception_score) == {"hole", "scratch"}
    # A part of one picture varies in nothing.
    assert list(result.inception_score.values()) == pytest.approx([1.0, 1.0])
    assert isinstance(result.ic_lpips, dict)
    assert all(value > 0 for value in result.ic_lpips.values())
    # Four pictures a type are too few for the one, and are told.
    assert result.warnings == [
        "the inception score is too low with fewer than 100 pictures of a type: hole (4), scratch (4)"
    ]
    page = Report(request)
    page.add(result)
    assert page.figures["mean"]["ic_lpips"]["mean"] == pytest.approx(sum(result.ic_lpips.values()) / 2)
    assert f"{result.ic_lpips['hole']:.3f}" in (tmp_path / PAGE).read_text(encoding="utf-8")


@pytest.mark.usefixtures("quick")
def test_types_that_only_one_set_has_and_pictures_trained_and_tested_on_are_told(
    labelled: Path, tmp_path: Path
) -> None:
    other = write_mvtec(tmp_path / "other", ("hole", "scratch", "crack"), count=3)
    shutil.copy(labelled / "test/good/000.png", other / "train/good/900.png")
    asked = ("--labelled", other, "--synthesized", labelled, "--output", tmp_path / "out", "--seeds", 1)
    evaluate(*asked, "--only", "classification")
    (item,) = read(tmp_path / "out")["items"]
    assert item["classification"]["types_not_synthesized"] == ["crack"]
    assert any("types that were not synthesized: crack" in warning for warning in item["warnings"])
    # The same defects stand in both.
    assert any("tested pictures are among those trained on" in warning for warning in item["warnings"])
    shutil.rmtree(other / "test/scratch")
    evaluate(*asked, "--only", "classification")
    (item,) = read(tmp_path / "out")["items"]
    assert (
        item["classification"]
        == "not measured: two types at least must be in both sets, by the same name; there is: hole"
    )


@pytest.mark.usefixtures("quick")
def test_several_items_have_their_means(labelled: Path, synthesized: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(labelled, tmp_path / "real" / name)
        shutil.copytree(synthesized / "leather", tmp_path / "made" / name)
    evaluate(
        "--labelled", tmp_path / "real", "--synthesized", tmp_path / "made", "--output", tmp_path / "out", "--seeds", 1,
        "--only", "localization",
    )  # fmt: skip
    figures = read(tmp_path / "out")
    first, second = (item["localization"]["overall"]["pixel_ap"] for item in figures["items"])
    assert first == second == figures["mean"]["pixel_ap"]
    assert "All items" in (tmp_path / "out" / PAGE).read_text(encoding="utf-8")


def test_bad_options_end_in_one_line_before_anything_is_read(labelled: Path, synthesized: Path, tmp_path: Path) -> None:
    usual = ("--labelled", labelled, "--synthesized", synthesized, "--output", tmp_path / "out")
    (tmp_path / "weights.pth").write_bytes(b"none")
    for more, wrong in (
        (("--device", "cuda:99"), "--device cuda:99: .*; use cpu"),
        (("--device", "toaster"), "--device toaster"),
        (("--resnet-weights", tmp_path / "missing.pth"), "missing.pth: no such file; give the weights of ResNet-34"),
        (("--resnet-weights", tmp_path / "weights.pth"), "weights.pth: cannot be read"),
        (("--vgg-weights", tmp_path / "weights.pth"), "weights.pth: cannot be read as weights of VGG-16"),
        (("--inception-weights", tmp_path / "weights.pth"), "weights.pth: cannot be read as weights of Inception"),
        (("--labelled", tmp_path), "no layout that is known"),
    ):
        with pytest.raises(InputError, match=wrong):
            evaluate(*usual, *more)
    with pytest.raises(InputError, match="no such file"):
        load_inception(tmp_path / "missing.pth")
    assert not (tmp_path / "out").exists()
    with pytest.raises(InputError, match=r"weights\.pth: cannot be written"):
        evaluate(*usual, "--output", tmp_path / "weights.pth")


def test_the_command_is_an_entry_point() -> None:
    project = (Path(__file__).parents[4] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'evaluate = "{add_arguments.__module__}:add_arguments"' in project


def test_spreads_and_means_of_what_is_undefined() -> None:
    assert spread([0.5, float("nan")]) == {"mean": 0.5, "deviation": None, "values": [0.5, None]}
    assert spread([0.0, 1.0])["deviation"] == pytest.approx(0.5**0.5)
    nothing = dict.fromkeys(("localization", "classification", "inception_score", "ic_lpips"), "not asked for")
    assert set(mean_figures([nothing]).values()) == {None}
    assert percent(None) == percent(spread([float("nan")])) == "–"
    assert percent(spread([0.1])) == "10.0"
