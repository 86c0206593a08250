"""A small data set as the command line writes it, for what reads data sets."""

import shutil

import pytest
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.products.catalogue import render_normal


@pytest.fixture(scope="session")
def made_set(tmp_path_factory):
    """OUTPUT/part: three normal images, four cracks and four oil stains; read it only."""
    root = tmp_path_factory.mktemp("made")
    (root / "photos").mkdir()
    for index, name in enumerate(("concrete", "biscuit", "woven_fabric")):
        Image.fromarray(render_normal(name, index, 128)).save(root / "photos" / f"{name}.png")
    options = ["--images", str(root / "photos"), "--item", "part", "--anomaly", "crack", "--anomaly", "oil stain"]
    assert main(["synthesize", *options, "--count", "4", "--output", str(root / "out"), "--seed", "3"]) == 0
    return root / "out"


@pytest.fixture
def data_set(made_set, tmp_path):
    """A copy of it to change; the item's folder."""
    shutil.copytree(made_set, tmp_path / "set")
    return tmp_path / "set" / "part"
