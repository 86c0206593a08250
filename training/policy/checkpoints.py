"""Checkpoints: where a killed run resumes, and how a finished one was made."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from ...agent.core.errors import InputError
from ...agent.core.json_reading import read_json
from .config import TrainingConfig, current_names
from .distributed import is_first_process

_STATE = "trainer_state.json"
_CONFIG = "training_config.json"


def last_checkpoint(output: Path) -> str | None:
    """The newest whole checkpoint in output; None for a run that starts. One that was cut off is passed over: the
    trainer writes its state last.
    """
    whole = [path for path in output.glob("checkpoint-*") if (path / _STATE).is_file()]
    return str(max(whole, key=lambda path: int(path.name.rpartition("-")[2]))) if whole else None


def begin(output: Path, config: TrainingConfig) -> None:
    """Makes output the folder of this run. Raises InputError where it holds a run of another configuration."""
    if not is_first_process():  # the others would read what the first is still writing
        return
    path = output / _CONFIG
    if path.is_file() and _read(path) != dataclasses.asdict(config):
        raise InputError(f"{output}: holds a run of another configuration; give another folder, or empty this one")
    output.mkdir(parents=True, exist_ok=True)
    path.write_text(_told(config))


def mark_done(folder: Path, config: TrainingConfig) -> None:
    """Writes the configuration beside a finished checkpoint."""
    (folder / _CONFIG).write_text(_told(config))


def _read(path: Path) -> Any:
    """The configuration of a run that was begun, under the names that its keys have now; None for a file that is none."""
    try:
        given = read_json(path.read_text())
    except ValueError:
        return None
    if not isinstance(given, dict):
        return None
    known = {section: current_names(section, values) for section, values in given.items()}
    # Texts come back from JSON as lists.
    known["tasks"] = {**known.get("tasks", {}), "anomalies": tuple(known.get("tasks", {}).get("anomalies", ()))}
    return known


def _told(config: TrainingConfig) -> str:
    return json.dumps(dataclasses.asdict(config), indent=2) + "\n"
