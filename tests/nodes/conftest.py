"""Each node test gets the stand-in as new, with folders of its own."""

import host_stand_in
import pytest


@pytest.fixture(autouse=True)
def host(tmp_path):
    """The stand-in."""
    for name in ("input", "output"):
        (tmp_path / name).mkdir()
    host_stand_in.HOST.__init__(folder=tmp_path)
    return host_stand_in.HOST
