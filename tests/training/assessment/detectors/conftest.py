"""Weights of large nets, random."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3


@pytest.fixture(scope="session")
def inception_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random weights, such that pictures differ in what they are taken for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(FeatureExtractorInceptionV3, "load_state_dict", lambda *_: None)
        empty = io.BytesIO()
        torch.save({}, empty)
        empty.seek(0)
        torch.manual_seed(0)
        network = FeatureExtractorInceptionV3("random", ["logits_unbiased"], feature_extractor_weights_path=empty)
    state = network.state_dict()
    state["fc.weight"] *= 40
    path = tmp_path_factory.mktemp("weights") / "inception.pth"
    torch.save(state, path)
    return path
