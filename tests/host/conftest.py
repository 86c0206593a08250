"""A real ComfyUI for the tests of this folder: COMFYUI_PATH names its folder, the tests run in its environment.

It is started once, on a free port of the loopback, with a base folder of its own that holds only this pack.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

PACK = Path(__file__).resolve().parents[2]
CHECKPOINT = "sd-v1-5-inpainting.safetensors"


def _module(name: str):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


comfyui = _module("comfyui")
_module("graphs")


def pytest_collection_modifyitems(items):
    """Without a host these tests are skipped, and say so."""
    if os.environ.get("COMFYUI_PATH"):
        return
    skip = pytest.mark.skip(reason="needs a ComfyUI: set COMFYUI_PATH to its folder and run in its environment")
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def host(tmp_path_factory):
    """The running host."""
    base = tmp_path_factory.mktemp("comfyui")
    for folder in ("custom_nodes", "input", "output", "models/checkpoints"):
        (base / folder).mkdir(parents=True)
    (base / "custom_nodes" / "AnomalyAgent").symlink_to(PACK)
    (base / "custom_nodes" / "helper_nodes").symlink_to(Path(__file__).with_name("helper_nodes"))
    elsewhere = base / "elsewhere"
    elsewhere.mkdir()
    (base / "extra.yaml").write_text(f"here:\n  base_path: {elsewhere}\n  sams: segment_anything\n  LLM: language\n")
    with comfyui.ComfyUI(Path(os.environ["COMFYUI_PATH"]), base) as running:
        yield running
        assert running.is_alive(), "the host ended during the tests"


@pytest.fixture(scope="session")
def checkpoint(host):
    """A checkpoint of the Stable Diffusion 1.5 inpainting architecture, narrow, with random weights."""
    target = host.base / "models" / "checkpoints" / CHECKPOINT
    if not target.exists():
        script = Path(__file__).with_name("make_checkpoint.py")
        subprocess.run([sys.executable, str(script), str(host.comfyui), str(target)], check=True, timeout=300)
    return target


@pytest.fixture(scope="session")
def models(host):
    """Tiny real models, in the host's folders and in those of extra_model_paths.yaml."""
    for library in ("diffusers", "segment_anything", "openai", "peft"):
        pytest.importorskip(library, reason="needs the pack's model libraries in the host's environment")
    import tiny_models
    import torch

    tiny_models.sd_inpaint().save_pretrained(host.base / "models" / "diffusers" / "sd-inpaint")
    tiny_models.flux_kontext().save_pretrained(host.base / "models" / "diffusers" / "kontext")
    for part in tiny_models.qwen3_vl():
        part.save_pretrained(host.base / "elsewhere" / "language" / "qwen3-vl")
    for part in tiny_models.sam2():
        part.save_pretrained(host.base / "models" / "sams" / "sam2")
    (host.base / "elsewhere" / "segment_anything").mkdir()
    torch.save(tiny_models.sam().state_dict(), host.base / "elsewhere" / "segment_anything" / "sam_vit_b.pth")


@pytest.fixture(scope="session")
def browser():
    """Chromium, headless."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("needs a browser: no chromium or google-chrome on the PATH")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def _opened_page(host, browser):
    host.post("/settings/Comfy.TutorialCompleted", True)
    opened = browser.new_page(viewport={"width": 1900, "height": 1100})
    opened.errors = []
    opened.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.goto(host.address)
    opened.wait_for_function("window.app?.vueAppReady", timeout=120_000)
    yield opened
    opened.close()


@pytest.fixture
def page(host, browser):
    """The host's page, loaded, with no dialog over it."""
    with _opened_page(host, browser) as opened:
        yield opened


@pytest.fixture
def other_page(host, browser):
    """A second one beside it, as another tab or another person's browser."""
    with _opened_page(host, browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared_page(host, browser):
    """The same, one for all tests of a module."""
    with _opened_page(host, browser) as opened:
        yield opened
