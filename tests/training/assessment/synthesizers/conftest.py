"""Records made by hand, and a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from anomaly_agent.agent.policies import trained

SETTINGS = {"preset": "quick", "side": 128, "batch": 8, "steps": 300, "images": 200}
RUN = {"date": "2026-01-02", "processor": "Some CPU, 2 cores", "system": "Linux, Python 3.12", "versions": "numpy 2.4"}


def _record(category: str, method: str, seed: int, ap: float | None, **changes: Any) -> dict[str, Any]:
    made = {
        "part": "peers", "category": category, "method": method, "seed": seed, "pixel_ap": ap, "pixel_auroc": 0.9,
        "pro": 0.8, "image_auroc": 0.7, "ms": 12.0, "commit": "abc", "data": "d", "facts": {"policy": "scripted"},
    }  # fmt: skip
    return {**made, **changes}


@pytest.fixture
def by_hand() -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, str]]:
    """Records of two sets, one without masks, and of an ablation; settings; when and where."""
    blank = {"pixel_auroc": None, "pro": None}
    records = [
        _record("tile", "NSA", 0, 0.2, facts={"commit": "123"}), _record("tile", "NSA", 1, 0.4, facts={"commit": "123"}),
        _record("tile", "ours", 0, 0.5, ms=10.0), _record("tile", "ours", 1, 0.7, ms=30.0),
        _record("tile", "CutPaste", 0, 0.1, facts={"commit": "123"}, pro=0.9, pixel_auroc=0.6),
        _record("bottle", "ours", 0, None, **blank, image_auroc=0.6),
        _record("bottle", "NSA", 0, None, **blank, image_auroc=0.8, facts={"commit": "123"}),
        _record("tile", "PG", 0, 0.25, part="ablation"),
        _record("tile", "SFT", 0, 0.35, part="ablation", facts={"policy": "trained", "weights": "0f"}),
    ]  # fmt: skip
    return records, dict(SETTINGS), dict(RUN)


@pytest.fixture
def checkpoint() -> Path:
    """The shipped one."""
    return Path(trained.__file__).parent / "checkpoint"
