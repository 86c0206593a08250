"""Loaders: the policy and the knowledge base that other nodes take."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..agent.assembly.embedded import DEFAULT_POLICY, POLICIES
from ..agent.policies.trained import TrainedPolicy
from ..agent.tools.knowledge_retrieval import KnowledgeBase, load_folder
from . import host
from .model_folders import POLICY_CHECKPOINTS, find_model, list_models
from .schema import Knowledge, Policy, schema


class LoadPolicy(io.ComfyNode):
    """The policy by name."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoadPolicy",
            display_name="Load Policy (Anomaly)",
            category="AnomalyAgent/load",
            description="Loads who decides in the loop: which tool to call next, and how to rewrite the prompt.",
            search_aliases=["anomaly policy", "agent policy", "agent brain"],
            inputs=[
                io.Combo.Input(
                    "policy",
                    options=[*POLICIES, *list_models(POLICY_CHECKPOINTS)],
                    default=DEFAULT_POLICY,
                    tooltip=(
                        "trained: the pack's own small language model, by SFT and reinforcement learning. scripted: plays the "
                        "paper's algorithm. Further ones: what you trained yourself, in models/anomaly_policies."
                    ),
                )
            ],
            outputs=[Policy.Output("policy", tooltip="For the policy socket of Agent Loop and Agent Loop Begin.")],
        )

    @classmethod
    def execute(cls, policy: str) -> io.NodeOutput:
        """Makes the policy."""
        if policy in POLICIES:
            return io.NodeOutput(POLICIES[policy]())
        return io.NodeOutput(TrainedPolicy(find_model(POLICY_CHECKPOINTS, policy, "policy")))


class LoadKnowledgeBase(io.ComfyNode):
    """The user's own notes, with the packaged ones or without."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Inputs, outputs and words."""
        return schema(
            node_id="AnomalyAgentLoadKnowledgeBase",
            display_name="Load Knowledge Base (Anomaly)",
            category="AnomalyAgent/load",
            description=(
                "Loads your own notes on how defects look, from a folder of Markdown ('# item', below it '## defect' and "
                "text) or JSON files."
            ),
            search_aliases=["anomaly knowledge", "defect notes", "RAG folder"],
            inputs=[
                io.String.Input(
                    "folder",
                    default="examples/knowledge",
                    tooltip=(
                        "A folder of .md or .json files: absolute, or inside ComfyUI's input or output folder. "
                        "examples/knowledge comes with the pack."
                    ),
                ),
                io.Boolean.Input(
                    "packaged",
                    default=True,
                    label_on="with the packaged notes",
                    label_off="only this folder",
                    tooltip="Search the packaged notes too; yours come first.",
                ),
            ],
            outputs=[
                Knowledge.Output("knowledge", tooltip="For the knowledge socket of the loop nodes and of retrieval."),
                io.Int.Output("entries", tooltip="How many notes were read from the folder."),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, folder: str, packaged: bool) -> Any:
        """Changes when a file of the folder does."""
        try:
            files = sorted(host.find_folder(folder, "folder").iterdir())
            return [packaged, *((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)]
        except (ValueError, OSError):
            return float("nan")  # execute says what is wrong

    @classmethod
    def execute(cls, folder: str, packaged: bool) -> io.NodeOutput:
        """Reads the folder."""
        path = host.find_folder(folder, "folder")
        entries = load_folder(path)
        base = KnowledgeBase.packaged(path) if packaged else KnowledgeBase(entries)
        return io.NodeOutput(base, len(entries))
