"""Generated bad input: how much of it, and what must hold for each.

By default a few examples a test. FUZZ=N spreads about N over all tests by their weights: FUZZ=10000 for the long run.
"""

from __future__ import annotations

import importlib.util
import math
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, settings
from sandbox import Command, synthesized

from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.products.catalogue import render_normal

_USUAL = 12


def fuzz(share):
    """The settings of a test that makes `share` of the long run's examples."""
    total = int(os.environ.get("FUZZ", "0"))
    return settings(
        max_examples=max(1, math.ceil(share * total)) if total else _USUAL,
        deadline=None,
        database=None,
        # Each example is its own folder; a fixture holds nothing that an example changes.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )


@pytest.fixture
def command(capsys):
    return Command(capsys)


@pytest.fixture(scope="session")
def photo(tmp_path_factory):
    """A normal image, 64 px."""
    path = tmp_path_factory.mktemp("normal") / "plate.png"
    write_png(path, render_normal("concrete", 0, 64))
    return path


@pytest.fixture(scope="session")
def small_set(photo, tmp_path_factory):
    """A data set of two normal images and two samples of 64 px, as the command line writes it; read it only."""
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "photos").mkdir()
    for name, seed in (("a", 0), ("b", 1)):
        write_png(folder / "photos" / f"{name}.png", render_normal("concrete", seed, 64))
    return synthesized(folder, 3)


def pixels(seed, shape):
    """Random pixels, uint8."""
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def _load(name, path):
    """Makes the strategies importable under that name."""
    spec = importlib.util.spec_from_file_location(name, path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


sys.modules["fuzz_helpers"] = sys.modules[__name__]
_load("fuzz_mutations", Path(__file__).with_name("mutations.py"))
