"""decisions.json: who keeps or drops which samples of a written data set, and why. No sample is ever deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from ..core.files import write_whole
from ..core.foreign_files import is_there
from ..core.json_reading import read_json
from ..core.names import composed
from .json_text import json_bytes
from .records import inside

#: The file's name in an item's folder.
DECISIONS = "decisions.json"
_LOCK = f".{DECISIONS}.lock"
_VERSION = 1


class StaleDecisionsError(InputError):
    """Somebody else wrote decisions since they were read."""


@dataclass(frozen=True)
class Decision:
    """kept: whether the sample stays in what is exported. why: the reason, in words for people. reason: the same as data, one
    word of who decided; "" where a person did."""

    kept: bool
    why: str = ""
    reason: str = ""


@dataclass(frozen=True)
class SampleDecisions:
    """What was decided of one sample: by a reviewer, by curation; a reviewer's word counts before curation's.
    touched_up: its mask was changed by hand, and the first one is kept.
    """

    review: Decision | None = None
    curation: Decision | None = None
    touched_up: bool = False

    def keeps(self, passed: bool) -> bool:
        """Whether the sample is exported. passed: the judge's word, where nothing was decided."""
        decision = self.review or self.curation
        return passed if decision is None else decision.kept


@dataclass(frozen=True)
class Decisions:
    """All decisions of an item's folder, by the sample's image, composed. revision: grows with every write."""

    revision: int = 0
    samples: Mapping[str, SampleDecisions] = field(default_factory=dict)

    def of(self, image: str) -> SampleDecisions:
        """What was decided of a sample; nothing, where nothing was."""
        return self.samples.get(composed(image), SampleDecisions())

    def changed(self, changes: Mapping[str, SampleDecisions]) -> Decisions:
        """With other decisions for these samples; the revision is the one that was read."""
        return replace(self, samples={**self.samples, **{composed(name): one for name, one in changes.items()}})


def read_decisions(root: Path) -> Decisions:
    """The decisions of an item's folder; none, revision 0, where there is no file.

    Raises InputError for a file that is not one of ours.
    """
    path = root / DECISIONS
    try:
        if not is_there(path):
            return Decisions()
        value = read_json(path.read_bytes())
        if value["version"] != _VERSION:
            raise InputError(f"{path}: of another version; use the anomaly-agent that wrote it, or move it away")
        revision = value["revision"]
        if not isinstance(revision, int) or isinstance(revision, bool) or revision < 0:
            raise ValueError
        return Decisions(revision, {_name(name): _read(entry) for name, entry in value["decisions"].items()})
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: not a file of decisions; put it back as it was written, or move it away") from error


def write_decisions(root: Path, decisions: Decisions) -> Decisions:
    """Writes the decisions, whole or not at all; returns them with the next revision.

    Raises StaleDecisionsError where the file has moved on since `decisions` was read, InputError where the disk does not
    take it.
    """
    with _locked(root):
        if read_decisions(root).revision != decisions.revision:
            raise StaleDecisionsError(
                f"{root / DECISIONS}: was changed meanwhile by another tab or command; run it again"
            )
        written = replace(decisions, revision=decisions.revision + 1)
        entries = {name: _dump(entry) for name, entry in sorted(written.samples.items()) if entry != SampleDecisions()}
        value = {"version": _VERSION, "revision": written.revision, "decisions": entries}
        try:
            write_whole(root / DECISIONS, json_bytes(value, indent=1))
        except OSError as error:
            raise refused(root, error) from error
    return written


def refused(root: Path, error: OSError) -> InputError:
    """The error to raise when the disk does not take a decision, or a mask that was touched up."""
    return InputError(f"{root}: cannot be written ({error.strerror}); free some space or check its permissions")


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """Holds the file against other processes between reading its revision and writing it, where the system can."""
    try:
        import fcntl  # noqa: PLC0415 - POSIX only
    except ImportError:
        yield
        return
    try:
        handle = os.open(root / _LOCK, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise refused(root, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _name(name: str) -> str:
    if not inside(name):
        raise ValueError(name)
    return composed(name)


def _read(entry: dict[str, Any]) -> SampleDecisions:
    given = {who: _decision(entry[who]) for who in ("review", "curation") if who in entry}
    return SampleDecisions(**given, touched_up=entry.get("mask") == "touched up")


def _decision(value: dict[str, Any]) -> Decision:
    why, reason = value.get("why", ""), value.get("reason", "")
    if not isinstance(value["kept"], bool) or not isinstance(why, str) or not isinstance(reason, str):
        raise TypeError
    return Decision(value["kept"], why, reason)


def _dump(entry: SampleDecisions) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for who in ("review", "curation"):
        decision = getattr(entry, who)
        if decision is not None:
            facts[who] = {"kept": decision.kept, "why": decision.why}
            if decision.reason:
                facts[who]["reason"] = decision.reason
    if entry.touched_up:
        facts["mask"] = "touched up"
    return facts
