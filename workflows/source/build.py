"""Writes the UI-format workflows from their definitions: python workflows/source/build.py http://127.0.0.1:8188

The address is of a ComfyUI with this pack: its /object_info says which inputs and widgets each node has.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from pathlib import Path

from definitions import WORKFLOWS
from model_definitions import MODEL_WORKFLOWS

_TARGET = Path(__file__).resolve().parents[1]


def main(address: str) -> None:
    """Writes every workflow beside this folder."""
    with urllib.request.urlopen(f"{address}/object_info") as answer:
        schemas = json.load(answer)
    for name, build in {**WORKFLOWS, **MODEL_WORKFLOWS}.items():
        text = json.dumps(build(schemas).workflow(), indent=1, ensure_ascii=False) + "\n"
        (_TARGET / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
