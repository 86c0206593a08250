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


def _load(name: str, path: str) -> None:
    """Makes a helper importable under that name, once for all tests."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / path)
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


# Tests of models, training and the host's nodes; without torch, as under further Pythons (.ci/pythons), the others run alone.
_WITH_TORCH = [
    "agent/cli/test_models.py",
    "agent/defects/test_families.py",
    "agent/models/test_foreign_code.py",
    "agent/models/test_local_language_model.py",
    "agent/models/test_residency.py",
    "agent/models/test_server_language_model.py",
    "agent/policies/trained/test_numpy_model.py",
    "agent/tools/test_diffusion_editor.py",
    "agent/tools/test_segmenting.py",
    "host",
    "hostile/test_long_texts.py",
    "hostile/test_model_folders.py",
    "hostile/test_routes.py",
    "nodes",
    "test_packaging.py",
    "training",
    "workflows",
]
if importlib.util.find_spec("torch"):
    # Node and workflow tests run without a host: a stand-in takes its modules' place.
    _load("host_stand_in", "nodes/stand_in.py")
    sys.modules["host_stand_in"].install()
    _load("routes_server", "nodes/routes_server.py")
    _load("tiny_models", "tiny_models.py")
else:
    collect_ignore = _WITH_TORCH
_load("faulty_server", "faulty_server.py")
_load("raw_server", "raw_server.py")
_load("plan_texts", "agent/production/plan_texts.py")
_load("mvtec_ad", "agent/mvtec_ad.py")
_load("blister", "agent/defects/blister.py")
_load("nasty", "hostile/nasty.py")
_load("sandbox", "sandbox.py")
_load("bad_files", "hostile/bad_files.py")
_load("pictures_catalogue", "hostile/pictures_catalogue.py")
