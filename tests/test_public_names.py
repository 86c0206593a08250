"""The door for people: the package's own names, which cost nothing until they are used."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import anomaly_agent
from anomaly_agent.agent.loop.agent_loop import AgentLoop
from anomaly_agent.agent.products.catalogue import render_normal

FOLDER = Path(anomaly_agent.__file__).parent
HEAVY = {"numpy", "cv2", "PIL", "torch", "tokenizers", "safetensors", "yaml"}


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120).stdout


def test_importing_the_package_imports_no_library() -> None:
    code = "import anomaly_agent, json, sys; dir(anomaly_agent); print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(run(code)))
    assert "anomaly_agent" in loaded and not any(name.startswith("anomaly_agent.") for name in loaded)
    assert not HEAVY & loaded


def test_the_loop_can_be_named_without_torch() -> None:
    code = "import sys; from anomaly_agent import *; print('torch' in sys.modules, AgentLoop.__name__, Task.__name__)"
    assert run(code).split() == ["False", "AgentLoop", "Task"]


@pytest.fixture
def named_otherwise() -> Iterator[ModuleType]:
    """The folder as the host loads it: under a name of its own, beside the installed package."""
    name = "/custom_nodes/anomaly-agent_x_1"
    spec = importlib.util.spec_from_file_location(
        name, FOLDER / "__init__.py", submodule_search_locations=[str(FOLDER)]
    )
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    for loaded in [one for one in sys.modules if one == name or one.startswith(f"{name}.")]:
        del sys.modules[loaded]


def test_under_the_hosts_name_for_it_the_folder_is_whole(named_otherwise: ModuleType) -> None:
    pack = named_otherwise
    assert pack.AgentLoop.__module__ == f"{pack.__name__}.agent.loop.agent_loop"
    assert pack.AgentLoop is not AgentLoop and pack.AgentLoop is pack.AgentLoop
    image = render_normal("leather", 1, 96)
    loop = pack.AgentLoop(pack.ScriptedPolicy(), pack.embedded_backends(), max_attempts=2)
    result = loop.synthesize(pack.Task(image, item="leather hide", anomaly="hole", seed=1))
    assert isinstance(result, pack.Result) and isinstance(result.trajectory, pack.Trajectory)
    assert isinstance(result.verdict, pack.Verdict) and result.mask.any()
    assert (result.image != image).any(axis=2)[result.mask].mean() > 0.5 and result.mask.mean() < 0.5
    with pytest.raises(pack.InputError):
        pack.Task(image, item="", anomaly="hole", seed=1)


def test_every_name_is_listed_once_and_comes_from_where_it_is_defined() -> None:
    assert set(anomaly_agent.__all__) <= set(dir(anomaly_agent)) and "WEB_DIRECTORY" in dir(anomaly_agent)
    assert len(set(anomaly_agent.__all__)) == len(anomaly_agent.__all__)
    for name in anomaly_agent.__all__:
        assert getattr(anomaly_agent, name).__name__ == name
    # What type checkers are told is what __getattr__ does.
    (told,) = (node for node in ast.parse((FOLDER / "__init__.py").read_text()).body if isinstance(node, ast.If))
    homes = {alias.name: f".{node.module}" for node in told.body for alias in node.names}  # type: ignore[attr-defined]
    assert homes == anomaly_agent._HOMES and set(homes) == set(anomaly_agent.__all__)


def test_the_readmes_example_runs() -> None:
    examples = re.findall(r"```python\n(.*?)```", (FOLDER / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert any("from anomaly_agent import" in example for example in examples)
    names = {"image": render_normal("bottle_base", 1, 96)}
    exec(compile("\n".join(examples), "README.md", "exec"), names)
    assert names["result"].image.shape == (96, 96, 3) and names["result"].verdict.review


def test_a_wrong_name_is_no_attribute() -> None:
    assert not hasattr(anomaly_agent, "NODE_CLASS_MAPPINGS")  # by which the host tells older packs
    with pytest.raises(AttributeError, match="'anomaly_agent' has no attribute 'AgentLop'"):
        anomaly_agent.AgentLop  # noqa: B018
    with pytest.raises(ImportError, match="AgentLop"):
        from anomaly_agent import AgentLop  # noqa: F401, PLC0415
