"""The agent's loop, part by part, with an unfaithful editor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ....agent.assembly.embedded import embedded_backends
from ....agent.core.errors import InputError
from ....agent.policies.scripted import ScriptedPolicy
from ....agent.tools.knowledge_retrieval import KnowledgeBase
from ..baselines.base import Synthesizer
from ..baselines.embedded_loop import EmbeddedLoop
from ..policies.candidates import list_candidates
from ..policies.fixed import FixedPolicy

# Images a sample at most, where the loop may try again: the command line's default.
_ATTEMPTS = 3


def list_variants(checkpoints: Sequence[tuple[str, Path]]) -> list[Synthesizer]:
    """From no loop to all of it by the script, then trained policies in its place: (name, folder).

    All are given the same tasks and the same biases of the editor, and their best attempt counts, passed or not. Raises
    InputError for a checkpoint that cannot be read, or a name that is given twice.
    """
    backends = embedded_backends()
    unread = replace(backends, knowledge=KnowledgeBase.from_passages([]))
    variants = [
        EmbeddedLoop(
            "no loop",
            lambda _: FixedPolicy(),
            {"policy": FixedPolicy.name},
            backends,
            1,
            unfaithful=True,
            passed_only=False,
        ),
        EmbeddedLoop("PG", backends=backends, max_attempts=1, unfaithful=True, passed_only=False),
        EmbeddedLoop(
            "PG+QE",
            facts={"knowledge": "none"},
            backends=unread,
            max_attempts=_ATTEMPTS,
            unfaithful=True,
            passed_only=False,
        ),
        EmbeddedLoop("PG+QE+KR", backends=backends, max_attempts=_ATTEMPTS, unfaithful=True, passed_only=False),
    ]
    for candidate in list_candidates(checkpoints):
        if candidate.name not in (FixedPolicy.name, ScriptedPolicy.name):
            variants.append(
                EmbeddedLoop(
                    candidate.name,
                    candidate.make,
                    {"policy": "trained", **candidate.facts},
                    backends,
                    _ATTEMPTS,
                    unfaithful=True,
                    passed_only=False,
                )
            )
    names = [variant.name for variant in variants]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"policy name {name!r} is a variant's; give the checkpoint another one")
    return list(variants)
