"""Settings of all tests."""

import importlib.util
import os
import sys
from pathlib import Path

from hypothesis import settings

# On a build machine the same examples every time; at a desk new ones at every run.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

# Node and workflow tests run without a host: a stand-in takes its modules' place, loaded once for all of them.
_NAME = "host_stand_in"
_spec = importlib.util.spec_from_file_location(_NAME, Path(__file__).with_name("nodes") / "stand_in.py")
sys.modules[_NAME] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules[_NAME])
sys.modules[_NAME].install()
