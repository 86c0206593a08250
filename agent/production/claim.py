"""An output folder that is one plan's alone: plan.json says whose, and a lock keeps other runs out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import filelock

from ..core.errors import InputError
from ..core.files import holds, write_whole
from ..dataset.json_text import json_bytes
from ..dataset.layout import LOCK, SETTINGS, not_writable
from ..dataset.recovery import first_difference
from .plan import Plan

#: In the output folder of a plan's file: what was asked for, and what came of it.
PLAN, SUMMARY = "plan.json", "summary.json"


def claim_output(plan: Plan, stack: ExitStack) -> None:
    """Locks an output folder that is a plan's alone, until the stack ends, and writes the plan there.

    Raises InputError where it holds another plan's, or something else.
    """
    claim = _claimed(plan)
    path = plan.output / PLAN
    try:
        _check_claim(path, claim, plan)
        plan.output.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(plan.output / LOCK)
        lock.acquire(timeout=0)
        stack.callback(lock.release)
        _check_claim(path, claim, plan)
        if not path.is_file():
            write_whole(path, claim)
    except filelock.Timeout:
        raise InputError(f"{plan.output}: another run writes here; wait for it, or choose another output") from None
    except OSError as error:
        raise not_writable(plan.output, error) from error


def is_claimed(plan: Plan) -> bool:
    """Whether plan.json is there as this plan wrote it."""
    return holds(plan.output / PLAN, _claimed(plan))


def _claimed(plan: Plan) -> bytes:
    return json_bytes({item.name: plan.settings(item) for item in plan.items}, indent=1)


def _check_claim(path: Path, claim: bytes, plan: Plan) -> None:
    if path.is_file():
        found = path.read_bytes()
        if found != claim:
            what = first_difference(found, claim)
            raise InputError(
                f"{path.parent}: holds the data of another plan ({what}); take the plan as it was, or choose another output"
            )
    elif path.parent.is_dir() and not _is_begun(path.parent, plan):
        raise InputError(f"{path.parent}: is not empty, and no plan was begun there; choose another output")


def _is_begun(output: Path, plan: Plan) -> bool:
    """Whether all in an output folder without its plan.json is this plan's by the settings of its sets, or nothing is there."""
    sets = {plan.folder(item).name: json_bytes(plan.settings(item), indent=1) for item in plan.items}
    for entry in output.iterdir():
        ours = entry.name.startswith(".") or entry.name == SUMMARY
        if not ours and not (entry.name in sets and holds(entry / SETTINGS, sets[entry.name])):
            return False
    return True
