"""The environment's tools with models as backends, served apart from the trainer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ...agent.assembly.embedded import embedded_backends
from ...agent.loop.toolbox import Backends
from .config import ToolConfig


@lru_cache(maxsize=1)
def served_backends(tools: ToolConfig) -> Backends | None:
    """The embedded tools, with an editor or a judge in place of theirs; None where neither is named.

    The same for all environments of a process, so that an editor is loaded once.
    """
    if not tools.editor and not tools.judge_server:
        return None
    backends = embedded_backends()
    if tools.editor:
        from ...agent.tools.image_generation.diffusion import EditorOptions, load_editor

        backends = replace(backends, image_generator=load_editor(tools.editor, EditorOptions()))
    if tools.judge_server:
        from ...agent.models.language.servers import connect
        from ...agent.tools.quality_evaluation import LanguageJudge

        backends = replace(backends, judge=LanguageJudge(connect(tools.judge_model, tools.judge_server)))
    return backends
