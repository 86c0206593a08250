"""The embedded default: every tool on the CPU with nothing to download."""

from __future__ import annotations

from pathlib import Path

from ..loop.toolbox import Backends
from ..policies.base import Policy
from ..policies.scripted import ScriptedPolicy
from ..policies.trained import TrainedPolicy
from ..tools.image_generation import ProceduralGenerator
from ..tools.knowledge_retrieval import KnowledgeBase
from ..tools.mask_generation import ChangeMaskGenerator
from ..tools.prompt_generation import ScenePromptGenerator
from ..tools.quality_evaluation import ComputedCritic

#: Policies by name, as the command line and the nodes offer them; the first is the default.
POLICIES: dict[str, type[Policy]] = {TrainedPolicy.name: TrainedPolicy, ScriptedPolicy.name: ScriptedPolicy}
DEFAULT_POLICY = next(iter(POLICIES))


def embedded_backends(*knowledge_folders: Path) -> Backends:
    """The five embedded tools. knowledge_folders: users' own knowledge, searched with the packaged one."""
    return Backends(
        prompt_generator=ScenePromptGenerator(),
        image_generator=ProceduralGenerator(),
        judge=ComputedCritic(),
        knowledge=KnowledgeBase.packaged(*knowledge_folders),
        mask_generator=ChangeMaskGenerator(),
    )
