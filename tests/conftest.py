"""Settings of all tests."""

import os

from hypothesis import settings

# On a build machine the same examples every time; at a desk new ones at every run.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
