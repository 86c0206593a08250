"""Where a model is found, and that nothing is downloaded unasked."""

from __future__ import annotations

from pathlib import Path

import huggingface_hub
import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.models.hub import find_model


def find(source, download_to=None, on_progress=None):
    return find_model(str(source), "config.json", "a model's folder", download_to, on_progress)


@pytest.fixture
def hub(monkeypatch):
    """The hub's library, which notes what it is asked for and writes a folder as a download does."""
    asked = []

    def snapshot_download(source, local_dir, ignore_patterns, tqdm_class):
        with tqdm_class(total=4) as bar:
            for _ in range(4):
                bar.update(1)
        asked.append((source, local_dir, ignore_patterns))
        if source == "someone/offline":
            raise OSError("No route to host")
        (folder := Path(local_dir)).mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text("{}")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return asked


def test_a_folder_is_taken_as_it_is(tmp_path, hub):
    (tmp_path / "config.json").write_text("{}")
    assert find(tmp_path) == tmp_path and not hub


def test_a_hub_id_is_downloaded_only_where_a_folder_is_named(tmp_path, hub):
    with pytest.raises(InputError, match="someone/model: not on this machine; allow the download, or give a model's"):
        find("someone/model")
    assert not hub
    assert find("someone/model", tmp_path) == tmp_path / "someone--model"
    ((source, folder, ignored),) = hub
    assert source == "someone/model" and folder == str(tmp_path / "someone--model")
    assert "*.bin" in ignored and "*.pt" in ignored and not any("safetensors" in pattern for pattern in ignored)


def test_a_download_tells_how_far_it_is_and_can_be_cancelled(tmp_path, hub):
    seen = []
    find("someone/model", tmp_path, lambda done, total: seen.append((done, total)))
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]

    def stop(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find("someone/other", tmp_path, stop)


def test_a_download_that_fails_says_why(tmp_path, hub):
    with pytest.raises(InputError, match=r"someone/offline: cannot be downloaded \(No route to host\)"):
        find("someone/offline", tmp_path)


@pytest.mark.parametrize("source", ["/nowhere/model", "./model", "~/models/x", "a/b/c", "name"])
def test_what_is_no_hub_id_is_never_looked_for_there(source, tmp_path, hub):
    with pytest.raises(InputError, match="no such folder; give a model's folder, or a hub id"):
        find(source, tmp_path)
    assert not hub


def test_a_file_and_an_empty_folder_are_named(tmp_path, hub):
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(
        InputError, match=r"model\.safetensors: a single file; give a model's folder, with config\.json"
    ):
        find(tmp_path / "model.safetensors")
    with pytest.raises(InputError, match=r"config\.json is missing; give a model's folder"):
        find(tmp_path)
