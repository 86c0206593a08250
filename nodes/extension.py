"""What the pack gives to the host."""

from __future__ import annotations

import logging

from comfy_api.latest import ComfyExtension, io

from .agent_loop import AgentLoopNode
from .dataset import LoadAnomalyDataset, SaveAnomalyDataset
from .example_product import ExampleProduct
from .image_generation import ImageGeneration
from .knowledge_retrieval import KnowledgeRetrieval
from .language_models import LanguageModelServer, LoadLanguageModel, UseLanguageModel
from .load_editor import LoadEditor
from .load_segmenter import LoadSegmenter
from .loaders import LoadKnowledgeBase, LoadPolicy
from .loop_begin import LoopBegin, LoopNextAttempt
from .loop_end import LoopEnd
from .mask_generation import MaskGeneration
from .model_folders import register_folders
from .paint_region import PaintRegion
from .prompt_generation import PromptGeneration
from .quality_evaluation import QualityEvaluation
from .rebuild_normal import RebuildNormal
from .routes import add_routes

#: Every node of the pack, in the order of the documentation.
NODES: list[type[io.ComfyNode]] = [
    AgentLoopNode,
    LoopBegin,
    LoopEnd,
    PromptGeneration,
    ImageGeneration,
    QualityEvaluation,
    KnowledgeRetrieval,
    MaskGeneration,
    RebuildNormal,
    LoadPolicy,
    LoadKnowledgeBase,
    LoadEditor,
    LoadLanguageModel,
    LanguageModelServer,
    UseLanguageModel,
    LoadSegmenter,
    SaveAnomalyDataset,
    LoadAnomalyDataset,
    PaintRegion,
    ExampleProduct,
    LoopNextAttempt,
]


class AnomalyAgentExtension(ComfyExtension):
    """The pack's nodes and its server routes."""

    async def on_load(self) -> None:
        """Adds the routes that the trajectory panel answers through, and the folders that models lie in."""
        add_routes()
        register_folders()

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Every node class."""
        for node in NODES:
            try:
                node.GET_SCHEMA()
            except Exception:
                # The host logs one line for the whole pack; say which node it was, with the traceback.
                logging.exception("AnomalyAgent: the schema of %s is broken", node.__name__)
                raise
        return NODES
