"""Knowledge Retrieval: how such a defect looks on such a product."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..agent.core.errors import InputError
from ..agent.core.protocol import Found, write_observation
from .schema import anomaly_type_input, item_input, knowledge_input, schema
from .tasks import choose_backends


class KnowledgeRetrieval(io.ComfyNode):
    """KR on the canvas."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentKnowledgeRetrieval",
            display_name="Knowledge Retrieval (Anomaly)",
            category="AnomalyAgent/tools",
            description="Looks up how such a defect looks on such a product, in the packaged notes or in your own.",
            search_aliases=["anomaly knowledge", "defect knowledge", "KR", "knowledge_retrieval", "RAG"],
            inputs=[
                item_input(),
                anomaly_type_input(),
                io.Int.Input("limit", default=3, min=1, max=20, tooltip="How many passages to give at most."),
                knowledge_input(),
            ],
            outputs=[
                io.String.Output(
                    "text", tooltip="A line for each passage, best first, with its source in brackets before it."
                ),
                io.Int.Output("found", tooltip="How many passages were found; 0 where nothing is known."),
            ],
        )

    @classmethod
    def execute(cls, item: str, anomaly_type: str, limit: int, knowledge: Any = None) -> io.NodeOutput:
        """Searches."""
        for name, value in (("item", item), ("anomaly_type", anomaly_type)):
            if not value.strip():
                raise InputError(f"{name}: is empty; name what to look up")
        passages = choose_backends(knowledge=knowledge).knowledge.search(item, anomaly_type, limit)
        return io.NodeOutput(write_observation(Found(tuple(passages), item, anomaly_type)), len(passages))
