"""The environment's tools with models as backends, served apart from the trainer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ...agent.assembly.choice import ChosenModels, ModelChoice
from ...agent.loop.toolbox import Backends
from ...agent.policies.scripted import ScriptedPolicy
from .config import ToolConfig


@lru_cache(maxsize=1)
def served_backends(tools: ToolConfig) -> Backends | None:
    """The embedded tools, with an editor or a judge in place of theirs; None where neither is named.

    The same for all environments of a process, so that an editor is loaded once.
    """
    if not tools.editor and not tools.judge_server:
        return None
    # The trainer decides in the policy's place.
    choice = ModelChoice(policy=ScriptedPolicy.name, editor=tools.editor)
    if tools.judge_server:
        choice = replace(choice, judge="model", language_model=tools.judge_model, server=tools.judge_server)
    return ChosenModels(choice).backends
