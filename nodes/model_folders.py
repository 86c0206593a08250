"""Models in the host's folders, extra_model_paths.yaml included; and what may be downloaded into them."""

from __future__ import annotations

import os
from pathlib import Path

from ..agent.core.errors import InputError
from ..agent.core.foreign_files import real_path

#: Kinds of models by the host's name for their folder, and the file by which a model's folder is known.
EDITORS, LANGUAGE_MODELS, SEGMENTERS, POLICY_CHECKPOINTS = "diffusers", "LLM", "sams", "anomaly_policies"
INDEX = {
    EDITORS: "model_index.json",
    LANGUAGE_MODELS: "config.json",
    SEGMENTERS: "config.json",
    POLICY_CHECKPOINTS: "config.json",
}
ADAPTER_INDEX = "adapter_config.json"
#: The choice in a list of models that stands for the hub id below it.
FROM_HUB = "(hub id)"
NONE = "(none)"
_CHECKPOINTS = (".pth", ".pt")
_MOST_DEPTH = 3


def register_folders() -> None:
    """Registers the folders that the host has no name for."""
    import folder_paths

    for kind in (LANGUAGE_MODELS, SEGMENTERS, POLICY_CHECKPOINTS):
        folder_paths.add_model_folder_path(kind, str(Path(folder_paths.models_dir) / kind))


def list_models(kind: str, index: str = "", checkpoints: bool = False) -> list[str]:
    """Names of the models of a kind, relative to its folders, in order. checkpoints: single files too."""
    names: set[str] = set()
    for root in _roots(kind):
        for folder, below, files in os.walk(root, followlinks=True):
            here = Path(folder)
            if (index or INDEX[kind]) in files and here != root:
                names.add(here.relative_to(root).as_posix())
                below.clear()
            elif len(here.relative_to(root).parts) >= _MOST_DEPTH:
                below.clear()
            below[:] = [name for name in below if not name.startswith(".")]
            if checkpoints:
                names |= {(here / name).relative_to(root).as_posix() for name in files if name.endswith(_CHECKPOINTS)}
    return sorted(names)


def find_model(kind: str, name: str, input_name: str = "model") -> Path:
    """The model of that name. Raises InputError where there is none (any more)."""
    for root in _roots(kind):
        found = real_path(root / name)
        if found.exists() and (root / name).absolute().is_relative_to(root.absolute()) and ".." not in Path(name).parts:
            return root / name
    raise InputError(
        f"{input_name}: no {name!r} in {', '.join(map(str, _roots(kind)))}; reload the page's list of models (R)"
    )


def choose_source(kind: str, name: str, hub_id: str, download: bool) -> tuple[str, Path | None]:
    """(source, where a download may go) of a model chosen by name, or by hub id where name is FROM_HUB.

    A hub id that was downloaded before is taken from its folder.
    """
    if name != FROM_HUB:
        return str(find_model(kind, name)), None
    source = hub_id.strip()
    if not source:
        raise InputError("hub_id: is empty; choose a model in the list, or give a hub id such as owner/name")
    for root in _roots(kind):
        folder = root / source.replace("/", "--")
        if (folder / INDEX[kind]).is_file() and ".." not in Path(source).parts:
            return str(folder), None
    return source, _roots(kind)[0] if download else None


def _roots(kind: str) -> list[Path]:
    import folder_paths

    return [Path(root) for root in folder_paths.get_folder_paths(kind)]
