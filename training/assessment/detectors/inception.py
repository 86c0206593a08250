"""The inception score of synthesized pictures, by torch-fidelity: how distinct and how varied they look to ImageNet."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
from torch_fidelity.metric_isc import KEY_METRIC_ISC_MEAN, isc_features_to_metric

from ....agent.core.errors import InputError
from .weights import read_weights

NETWORK = "Inception v3 (torch-fidelity: weights-inception-2015-12-05-6726825d.pth)"
#: torch-fidelity's: the score is the mean over as many parts of the pictures.
SPLITS = 10
_LAYER = "logits_unbiased"
_BATCH = 16


def load_inception(path: Path, device: str = "cpu") -> FeatureExtractorInceptionV3:
    """The network with weights from a file, in torch-fidelity's form. Raises InputError where they are not its."""
    # The library would run a pickle's code: it is given weights that were read without.
    safe = io.BytesIO()
    torch.save(read_weights(path, NETWORK), safe)
    safe.seek(0)
    try:
        network = FeatureExtractorInceptionV3("inception-v3-compat", [_LAYER], feature_extractor_weights_path=safe)
    except RuntimeError as error:
        raise InputError(f"{path}: holds weights of another network than {NETWORK}") from error
    return network.to(device)


@torch.no_grad()
def inception_score(network: FeatureExtractorInceptionV3, images: Iterable[np.ndarray]) -> float:
    """1 and more. images: (S, S, 3) uint8 each; with fewer than ten of them a part is one picture, or as near as it gets."""
    device = next(network.parameters()).device
    features, batch = [], []
    for image in images:
        batch.append(image)
        if len(batch) == _BATCH:
            features.append(_features(network, batch, device))
            batch = []
    if batch:
        features.append(_features(network, batch, device))
    logits = torch.cat(features)
    return float(isc_features_to_metric(logits, min(SPLITS, len(logits)))[KEY_METRIC_ISC_MEAN])


def _features(network: FeatureExtractorInceptionV3, batch: list[np.ndarray], device: torch.device) -> torch.Tensor:
    pictures = torch.from_numpy(np.stack(batch).transpose(0, 3, 1, 2)).to(device)
    return network(pictures)[0].cpu()
