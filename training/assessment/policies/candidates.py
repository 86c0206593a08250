"""Who is compared: policies by name, made anew for every episode."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ....agent.assembly.choice import LANGUAGE_MODEL, ChosenModels, ModelChoice
from ....agent.core.errors import InputError
from ....agent.policies.base import Policy
from ....agent.policies.scripted import ScriptedPolicy
from ....agent.policies.trained import TrainedPolicy
from .fixed import FixedPolicy

#: The policy that others are compared to.
REFERENCE = ScriptedPolicy.name


@dataclass(frozen=True, eq=False)
class Candidate:
    """make: seed of the dice -> a policy. facts: what it is, for the settings: the weights' digest, no path."""

    name: str
    make: Callable[[int], Policy]
    facts: dict[str, Any]


def list_candidates(
    checkpoints: Sequence[tuple[str, Path]] = (),
    temperature: float = 0.0,
    language_models: Sequence[tuple[str, str]] = (),
    server: str = "",
) -> list[Candidate]:
    """The two baselines, trained checkpoints, and language models (a folder, a hub id, or a name at a server).

    Raises InputError for a checkpoint that cannot be read and for a name that is given twice.
    """
    found = [
        Candidate(FixedPolicy.name, lambda _: FixedPolicy(), {"kind": "fixed prompt"}),
        Candidate(ScriptedPolicy.name, lambda _: ScriptedPolicy(), {"kind": "script"}),
    ]
    found += [_trained(name, folder, temperature) for name, folder in checkpoints]
    found += [_language_model(name, model, server) for name, model in language_models]
    names = [candidate.name for candidate in found]
    for name in names:
        if not name or names.count(name) > 1:
            raise InputError(f"policy name {name!r} is empty or taken; give every policy a name of its own")
    return found


def _trained(name: str, folder: Path, temperature: float) -> Candidate:
    TrainedPolicy(folder)  # says now what is wrong with the folder
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:16]
    facts = {"kind": "checkpoint", "weights": digest, "temperature": temperature}
    return Candidate(name, lambda seed: TrainedPolicy(folder, temperature, seed), facts)


def _language_model(name: str, model: str, server: str) -> Candidate:
    chosen = ChosenModels(ModelChoice(policy=LANGUAGE_MODEL, language_model=model, server=server))
    facts = {fact: value for fact, value in chosen.choice.facts().items() if fact not in ("policy", "server")}
    return Candidate(name, lambda _: chosen.policy, {"kind": "language model", **facts})
