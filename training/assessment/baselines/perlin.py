"""anomalib's Perlin generator, as its DRAEM and GLASS use it."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ....agent.models.libraries import require
from .base import Samples, as_uint8, collect, dice
from .textures import list_textures


class AnomalibPerlin:
    """textures: a folder with what to blend in, searched deep; without one, the generator's own noise, its default."""

    name = "anomalib"

    def __init__(self, textures: Path | None = None) -> None:
        module = require("anomalib.data.utils.generators.perlin", "the method anomalib", "anomalib")
        self._generator = module.PerlinAnomalyGenerator
        if textures is not None:
            list_textures(textures)  # says now what is wrong with it
        self._textures = textures
        source = "Perlin noise" if textures is None else f"folder {textures.name}"
        self.facts: dict[str, Any] = {"version": importlib.metadata.version("anomalib"), "textures": source}

    def synthesize(self, normals: Sequence[np.ndarray], item: str, count: int, seed: int) -> Samples:
        """See Synthesizer. Its defaults, but for the probability: every image gets a defect."""
        with dice(seed), torch.no_grad():
            generator = self._generator(self._textures, probability=1.0)

            def draw(index: int) -> tuple[np.ndarray, np.ndarray]:
                normal = torch.from_numpy(normals[index].transpose(2, 0, 1).astype(np.float32) / 255)
                image, mask = generator(normal)
                return as_uint8(image.numpy().transpose(1, 2, 0)), mask[0].numpy() > 0

            return collect(self.name, normals, count, seed, draw)
