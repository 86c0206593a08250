"""IC-LPIPS of synthesized pictures: how much those that look like the same real defect differ among themselves
(Ojha et al., CVPR 2021)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import lpips
import numpy as np
import torch

from .localization import to_tensor
from .weights import load_weights, read_weights

NETWORK = "VGG-16 (torchvision, ImageNet)"
#: Pictures of a cluster that are compared at most.
CLUSTER = 50
# What the distance is a sum over: one array a layer, weighted differences squared.
_Features = list[torch.Tensor]


class Distance:
    """LPIPS with VGG-16 (arXiv 1801.03924), taken apart into features: each picture goes through the net once."""

    def __init__(self, weights: dict[str, torch.Tensor] | None, path: Path | None = None, device: str = "cpu") -> None:
        """weights: torchvision's of VGG-16, as `read_weights` reads them from `path`; None: random ones, for tests.

        Raises InputError where they are another network's.
        """
        # The trunk starts random, for else the library would download; the weights of the layers come with the library.
        self.net = lpips.LPIPS(net="vgg", pnet_rand=True, verbose=False)
        if weights is not None:
            own = self.net.net.state_dict()
            # slice2.5.weight is features.5.weight of torchvision.
            renamed = {name: weights.get("features." + name.split(".", 1)[1]) for name in own}
            load_weights(
                self.net.net,
                {name: value for name, value in renamed.items() if value is not None},
                path or Path(),
                NETWORK,
            )
        self.net.to(device)
        self._device = device

    @torch.no_grad()
    def features(self, image: np.ndarray) -> _Features:
        """(S, S, 3) uint8 -> what distances are taken between."""
        picture = to_tensor(image[None], self._device) * 2 - 1
        return [lpips.normalize_tensor(layer)[0] for layer in self.net.net(self.net.scaling_layer(picture))]

    @torch.no_grad()
    def between(self, first: _Features, second: _Features) -> float:
        """The LPIPS distance, 0 and more."""
        return self._squared([a - b for a, b in zip(first, second, strict=True)])

    @torch.no_grad()
    def mean_pairwise(self, pictures: Sequence[np.ndarray]) -> float:
        """The mean distance of all pairs of two pictures or more, each (S, S, 3) uint8, without going through the pairs.

        The distance is a weighted squared difference, and the sum of those over pairs is n times the squares' sum less the
        sum's square.
        """
        squares, total = 0.0, None
        for picture in pictures:
            features = [layer.double() for layer in self.features(picture)]
            squares += self._squared(features)
            total = features if total is None else [a + b for a, b in zip(total, features, strict=True)]
        if total is None or len(pictures) < 2:
            raise ValueError("two pictures at least are compared")
        count = len(pictures)
        return 2 * (count * squares - self._squared(total)) / (count * (count - 1))

    def _squared(self, features: _Features) -> float:
        """The weighted sum of squares, each layer's mean over its places."""
        parts = []
        for layer, weigh in zip(features, self.net.lins, strict=True):
            weights = weigh.model[-1].weight[0].to(layer.dtype)  # (channels, 1, 1)
            parts.append((weights * layer**2).sum(dim=0).mean())
        return float(torch.stack(parts).sum())


def load_distance(path: Path, device: str = "cpu") -> Distance:
    """With VGG-16's weights from a file. Raises InputError where they cannot be read or are another network's."""
    return Distance(read_weights(path, NETWORK), path, device)


def ic_lpips(
    distance: Distance,
    centres: Sequence[np.ndarray],
    count: int,
    picture: Callable[[int], np.ndarray],
    seed: int = 0,
    lonely_count: bool = False,
) -> float | None:
    """The mean, over clusters, of the mean distance within a cluster. Each picture joins the centre that is nearest.

    centres: real defects, (S, S, 3) uint8. picture: reads one of the `count` synthesized pictures, of the same size.
    seed: which 50 of a larger cluster are compared. lonely_count: clusters of fewer than two pictures count as 0, as in the
    paper's public script; else they are left out. None where no cluster counts.
    """
    known = [distance.features(centre) for centre in centres]
    if not known:
        return None
    clusters: list[list[int]] = [[] for _ in known]
    for index in range(count):
        features = distance.features(picture(index))
        clusters[int(np.argmin([distance.between(centre, features) for centre in known]))].append(index)
    rng = np.random.default_rng(seed)
    found = []
    for cluster in clusters:
        if len(cluster) >= 2:
            chosen = rng.permutation(cluster)[:CLUSTER]
            found.append(distance.mean_pairwise([picture(int(index)) for index in chosen]))
        elif lonely_count:
            found.append(0.0)
    return float(np.mean(found)) if found else None
