"""Training does not start from a checkpoint that diverged; sets in folders of any name are trained on."""

import shutil

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file, save_file

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.policies.trained.policy import SHIPPED
from anomaly_agent.training.assessment.detectors.sets import pair_items, read_labelled
from anomaly_agent.training.policy.backbones.small import SmallBackbone
from anomaly_agent.training.policy.config import ModelConfig
from anomaly_agent.training.policy.trajectories.real import list_defects


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_checkpoint_with_nan_is_refused(tmp_path, value):
    folder = shutil.copytree(SHIPPED, tmp_path / "policy")
    weights = load_file(folder / "model.safetensors")
    weights["model.norm.weight"] = weights["model.norm.weight"].copy()
    weights["model.norm.weight"][0] = value
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"model\.norm\.weight holds NaN or infinity"):
        SmallBackbone(ModelConfig()).load(folder)


def test_sets_in_odd_folders_are_read_and_paired_in_either_form(tmp_path):
    for side, name in (("real", "Flöte (1)"), ("made", "FLO\u0308TE (1)"), ("real", "part, M8"), ("made", "Part, M8")):
        root = tmp_path / side / name
        for part in ("train/good", "test/good", "test/crack #1", "ground_truth/crack #1"):
            (root / part).mkdir(parents=True)
            picture = np.random.default_rng(0).integers(0, 255, (96, 96, 3), np.uint8)
            Image.fromarray(picture).save(root / part / "0.png")
        Image.fromarray(np.full((96, 96), 255, np.uint8)).save(root / "ground_truth/crack #1/0.png")
    pairs = pair_items(tmp_path / "real", tmp_path / "made")
    assert [(real.name, made.name) for real, made in pairs] == [
        ("Flöte (1)", "FLO\u0308TE (1)"), ("part, M8", "Part, M8")
    ]  # fmt: skip
    assert len(read_labelled(pairs[0][0], 64, "strict").test.types) == 2
    problems = []
    assert len(list_defects([tmp_path / "real"], "", problems)) == 2 and not problems
