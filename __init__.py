"""AnomalyAgent for ComfyUI: industrial anomaly synthesis in a closed agent loop.

From Python: AgentLoop, with a policy and backends, turns a Task into a Result. A name is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .agent.assembly.embedded import embedded_backends
    from .agent.core.errors import InputError
    from .agent.core.result import Result
    from .agent.core.task import Task
    from .agent.core.trajectory import Trajectory
    from .agent.core.verdict import Verdict
    from .agent.loop.agent_loop import AgentLoop
    from .agent.policies.scripted import ScriptedPolicy
    from .agent.policies.trained import TrainedPolicy

__all__ = [
    "AgentLoop", "InputError", "Result", "ScriptedPolicy", "Task", "TrainedPolicy", "Trajectory", "Verdict",
    "embedded_backends",
]  # fmt: skip

#: Where the host finds the pack's front-end modules and its nodes' help.
WEB_DIRECTORY = "./web"

_HOMES = {
    "AgentLoop": ".agent.loop.agent_loop",
    "InputError": ".agent.core.errors",
    "Result": ".agent.core.result",
    "ScriptedPolicy": ".agent.policies.scripted",
    "Task": ".agent.core.task",
    "TrainedPolicy": ".agent.policies.trained",
    "Trajectory": ".agent.core.trajectory",
    "Verdict": ".agent.core.verdict",
    "embedded_backends": ".agent.assembly.embedded",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOMES[name], __name__), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


async def comfy_entrypoint():  # type: ignore[no-untyped-def]
    """The host calls this once, and gets the nodes."""
    from .nodes.extension import AnomalyAgentExtension

    return AnomalyAgentExtension()
