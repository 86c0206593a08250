"""Node tests run without a host: the stand-in takes its place, with folders of its own for each test."""

import importlib.util
import sys
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("host_stand_in", Path(__file__).with_name("stand_in.py"))
stand_in = importlib.util.module_from_spec(_spec)
sys.modules["host_stand_in"] = stand_in
_spec.loader.exec_module(stand_in)
stand_in.install()


@pytest.fixture(autouse=True)
def host(tmp_path):
    """The stand-in, as new."""
    for name in ("input", "output"):
        (tmp_path / name).mkdir()
    stand_in.HOST.__init__(folder=tmp_path)
    return stand_in.HOST
