"""What the pack gives to the host."""

from __future__ import annotations

import logging

from comfy_api.latest import ComfyExtension, io

from .agent_loop import AgentLoopNode
from .dataset import LoadAnomalyDataset, SaveAnomalyDataset
from .example_product import ExampleProduct
from .image_generation import ImageGeneration
from .knowledge_retrieval import KnowledgeRetrieval
from .loaders import LoadKnowledgeBase, LoadPolicy
from .loop_begin import LoopBegin, LoopNextAttempt
from .loop_end import LoopEnd
from .mask_generation import MaskGeneration
from .paint_region import PaintRegion
from .prompt_generation import PromptGeneration
from .quality_evaluation import QualityEvaluation
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
    LoadPolicy,
    LoadKnowledgeBase,
    SaveAnomalyDataset,
    LoadAnomalyDataset,
    PaintRegion,
    ExampleProduct,
    LoopNextAttempt,
]


class AnomalyAgentExtension(ComfyExtension):
    """The pack's nodes and its server routes."""

    async def on_load(self) -> None:
        """Adds the routes that the trajectory panel answers through."""
        add_routes()

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
