"""Stands in the place of the host's modules where there is no host: schemas as it describes them, tensors, no server.

It holds what the pack uses and nothing more; tests/host compares it with a real host's /object_info, so it cannot drift.
"""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import torch

#: The client that queues the runs.
PAGE = "page"


class InterruptedRun(Exception):
    """The host's exception for a run that the user stopped."""


class _Input:
    extra: tuple[str, ...] = ()

    def __init__(self, id: str, io_type: str, **options: Any) -> None:
        self.id = id
        self.io_type = io_type
        self.optional = options.pop("optional", False)
        self.options = {_CAMEL.get(name, name): value for name, value in options.items() if value is not None}


_CAMEL = {"force_input": "forceInput"}


class _Output:
    def __init__(self, id: str, io_type: str, tooltip: str = "", is_output_list: bool = False) -> None:
        self.id = id
        self.io_type = io_type
        self.tooltip = tooltip
        self.is_output_list = is_output_list


def custom(io_type: str, **always: Any) -> Any:
    """A type with Input and Output. always: options that the host adds to each input."""
    return types.SimpleNamespace(
        Input=lambda id, **options: _Input(id, io_type, **{**always, **options}),
        Output=lambda id, **options: _Output(id, io_type, **options),
    )


@dataclass
class Schema:
    """The fields that the pack passes."""

    node_id: str
    display_name: str = ""
    category: str = ""
    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    hidden: list[Any] = field(default_factory=list)
    description: str = ""
    search_aliases: list[str] = field(default_factory=list)
    is_input_list: bool = False
    is_output_node: bool = False
    is_dev_only: bool = False
    not_idempotent: bool = False
    enable_expand: bool = False
    has_intermediate_output: bool = False

    def info(self) -> dict[str, Any]:
        """As /object_info has it: the parts that the tests compare and check workflows against."""
        inputs: dict[str, Any] = {"required": {}}
        for one in self.inputs:
            inputs.setdefault("optional" if one.optional else "required", {})[one.id] = [one.io_type, one.options]
        return {
            "input": inputs,
            "output": [one.io_type for one in self.outputs],
            "output_is_list": [one.is_output_list for one in self.outputs],
            "output_name": [one.id for one in self.outputs],
            "output_tooltips": [one.tooltip for one in self.outputs],
            "name": self.node_id,
            "display_name": self.display_name,
            "description": self.description,
            "category": self.category,
            "output_node": self.is_output_node,
            "search_aliases": self.search_aliases or None,
        }


class Hidden(str, Enum):
    """What a node may ask of the host."""

    unique_id = "UNIQUE_ID"
    dynprompt = "DYNPROMPT"
    extra_pnginfo = "EXTRA_PNGINFO"


class ComfyNode:
    """A node's class."""

    hidden: Any = None

    @classmethod
    def GET_SCHEMA(cls) -> Schema:
        """The schema."""
        return cls.define_schema()  # type: ignore[attr-defined]


class NodeOutput:
    """What execute returns."""

    def __init__(self, *args: Any, ui: Any = None, expand: Any = None) -> None:
        self.args = args
        self.ui = ui
        self.expand = expand


@dataclass
class Host:
    """What the stand-in records and does. client: who queued the run. told: to whom each event was sent."""

    client: str | None = PAGE
    sent: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    progress: list[tuple[float, float, Any]] = field(default_factory=list)
    interrupted: bool = False
    folder: Path = Path()
    loaded: list[Any] = field(default_factory=list)
    freed: list[float] = field(default_factory=list)
    model_folders: dict[str, list[str]] = field(default_factory=dict)


HOST = Host()


class _Server:
    routes = None

    @property
    def client_id(self) -> str | None:
        return HOST.client

    def send_sync(self, event: str, data: dict[str, Any], client: str) -> None:
        HOST.sent.append((event, data))
        HOST.told.append((client, event))


class _ProgressBar:
    def __init__(self, total: int) -> None:
        self.total = total

    def update_absolute(self, value: int, total: int, preview: Any = None) -> None:
        HOST.progress.append((value, total, preview))


def _check_interrupt() -> None:
    if HOST.interrupted:
        raise InterruptedRun


def _full_path(kind: str, name: str) -> str | None:
    path = HOST.folder / "models" / kind / name
    return str(path) if path.is_file() else None


def _let_go() -> None:
    HOST.loaded.clear()


class _Patcher:
    """A model as the host moves it."""

    def __init__(self, model: Any, load_device: Any, offload_device: Any) -> None:
        self.model = model


def _module(name: str, **contents: Any) -> None:
    module = types.ModuleType(name)
    module.__dict__.update(contents)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


def install() -> None:
    """Puts the modules in place; once a process."""
    if "comfy_api" in sys.modules:
        return
    io = types.SimpleNamespace(
        Schema=Schema,
        ComfyNode=ComfyNode,
        NodeOutput=NodeOutput,
        Hidden=Hidden,
        Input=_Input,
        Output=_Output,
        Custom=custom,
        Clip=custom("CLIP"),
        Image=custom("IMAGE"),
        Mask=custom("MASK"),
        Int=custom("INT"),
        Float=custom("FLOAT"),
        Boolean=custom("BOOLEAN"),
        String=custom("STRING", multiline=False),
        Combo=custom("COMBO", multiselect=False),
        AnyType=custom("*"),
    )
    _module("comfy_api")
    _module("comfy_api.latest", io=io, ComfyExtension=type("ComfyExtension", (), {}))
    _module("comfy")
    _module(
        "comfy.model_management",
        intermediate_device=lambda: torch.device("cpu"),
        intermediate_dtype=lambda: torch.float32,
        throw_exception_if_processing_interrupted=_check_interrupt,
        get_torch_device=lambda: torch.device("cpu"),
        load_models_gpu=lambda patchers, force_full_load: HOST.loaded.extend(patchers),
        free_memory=lambda size, device: HOST.freed.append(size),
        unload_all_models=_let_go,
    )
    _module("comfy.model_patcher", ModelPatcher=_Patcher)
    _module("comfy_execution")
    context = types.SimpleNamespace(node_id="7")
    _module("comfy_execution.utils", get_executing_context=lambda: context)
    _module("comfy.utils", ProgressBar=_ProgressBar)
    _module(
        "folder_paths",
        get_input_directory=lambda: str(HOST.folder / "input"),
        get_output_directory=lambda: str(HOST.folder / "output"),
        models_dir="models",
        add_model_folder_path=lambda kind, path: HOST.model_folders.setdefault(kind, []).append(path),
        get_folder_paths=lambda kind: [str(HOST.folder / "models" / kind), *HOST.model_folders.get(kind, [])],
        get_filename_list=lambda kind: sorted(path.name for path in (HOST.folder / "models" / kind).glob("*.*")),
        get_full_path=_full_path,
    )
    _module("server", PromptServer=types.SimpleNamespace(instance=_Server()))


def run(
    node: Any, unique_id: str = "7", extra_pnginfo: Any = None, dynprompt: Any = None, **inputs: Any
) -> tuple[Any, ...]:
    """Executes a node as the host does: a clone of the class with its hidden inputs; its outputs."""
    return run_all(node, unique_id, extra_pnginfo, dynprompt, **inputs).args


def run_all(
    node: Any, unique_id: str = "7", extra_pnginfo: Any = None, dynprompt: Any = None, **inputs: Any
) -> NodeOutput:
    """As `run`, with what is shown on the page."""
    hidden = types.SimpleNamespace(unique_id=unique_id, extra_pnginfo=extra_pnginfo, dynprompt=dynprompt)
    clone = type(node.__name__, (node,), {"hidden": hidden})
    with torch.inference_mode():
        return clone.execute(**inputs)
