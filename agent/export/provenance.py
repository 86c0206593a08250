"""Where a picture came from, for its own file and the datasheet: no keys, no paths of a machine."""

from __future__ import annotations

import json
import re
from typing import Any

from ..core.program import TOOL, tool_version
from ..dataset.stored import StoredSample
from .content import Picture

#: The keyword of the text chunk that holds the facts as JSON.
KEYWORD = "AnomalyAgent"
_PATH = re.compile(r"^(?:[A-Za-z]:|~)?[\\/]|^\.{1,2}[\\/]")


def png_texts(picture: Picture) -> dict[str, str]:
    """The text chunks of a picture and of its mask."""
    told = json.dumps(facts(picture), ensure_ascii=False)
    return {"Software": f"{TOOL} {tool_version()}", KEYWORD: told.encode("utf-8", "backslashreplace").decode()}


def facts(picture: Picture) -> dict[str, Any]:
    """What is known of how a picture was made; of several samples, of each under "defects". What is not known is left out."""
    known: dict[str, Any] = {"tool": TOOL, "version": tool_version(), "item": picture.item}
    if not picture.samples:
        return {**known, "normal": True, "image": without_folders(picture.entry.image.name)}
    if len(picture.samples) == 1:
        return {**known, **_told(picture.samples[0])}
    synthetic = any(sample.record is not None for sample in picture.samples)
    defects = [_told(sample) for sample in picture.samples]
    return {**known, "anomaly": picture.anomaly, "synthetic": synthetic, "defects": defects}


def _told(sample: StoredSample) -> dict[str, Any]:
    known: dict[str, Any] = {
        "anomaly": sample.anomaly,
        "synthetic": sample.record is not None,
        "image": sample.image,
    }
    record = sample.record
    if record is not None:
        known |= {
            "item": record.item,
            "anomaly": record.anomaly,
            "understood": record.understood,
            "seed": record.seed,
            "normal_image": without_folders(record.normal_name),
            "prompt": record.prompt,
            "location": record.location,
            "quality": record.quality,
            "score": record.score,
            "attempts": record.attempts,
            "passed": record.passed,
        }
    for who in ("review", "curation"):
        decision = getattr(sample.decisions, who)
        if decision is not None:
            known[who] = "kept" if decision.kept else "dropped"
    if sample.decisions.touched_up:
        known["mask"] = "touched up by hand"
    return {name: value for name, value in known.items() if value not in (None, "")}


def without_folders(text: str) -> str:
    """A path's last part; other text, and names with a "/" such as hub ids, stay as they are."""
    return re.split(r"[\\/]", text.rstrip("\\/"))[-1] if _PATH.match(text) else text
