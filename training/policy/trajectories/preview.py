"""A page that shows some trajectories, turn by turn."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ....agent.core.protocol import Judged, parse_turn, read_observation
from ....agent.dataset.page import write_page
from ....agent.imaging.outline import outline_path, picture_url, thumbnail_mask
from ....agent.tools.mask_generation import ChangeMaskGenerator
from .load import Record

_TEMPLATE = Path(__file__).with_name("preview.html.j2")
_MOST, _SIDE = 24, 240
# On the page, px: the widest and the tallest.
_WIDEST, _TALLEST = 190, 230


@dataclass(frozen=True)
class _Picture:
    url: str
    outline: str
    view_box: str
    width: int


def write_preview(path: Path, records: list[Record], most: int = _MOST) -> None:
    """Writes the page with at most so many trajectories, of every kind in turn. Pictures are embedded.

    Raises InputError where an image cannot be read, or the disk does not take the page.
    """
    shown = _some(records, most)
    cards = [_card(record) for record in shown]
    kinds = Counter(str(record.facts.get("kind", "recorded")) for record in records)
    write_page(path, _TEMPLATE, cards=cards, total=len(records), kinds=sorted(kinds.items()))


def _some(records: list[Record], most: int) -> list[Record]:
    """By turns one of each kind, with and without knowledge, in the order of the file."""
    groups: dict[tuple[str, bool], list[Record]] = {}
    for record in records:
        key = (str(record.facts.get("kind", "")), bool(record.facts.get("knowledge")))
        groups.setdefault(key, []).append(record)
    queues = [groups[key] for key in sorted(groups)]
    longest = max(map(len, queues), default=0)
    taken = [queue[row] for row in range(longest) for queue in queues if row < len(queue)]
    return taken[:most]


def _card(record: Record) -> dict[str, Any]:
    images = record.read_images()
    turns: list[dict[str, Any]] = []
    task = ""
    for message in record.messages:
        part, text = message["content"][0], message["content"][-1]["text"]
        if message["role"] == "assistant":
            turns.append({**_turn(text), "by_user": message.get("author") == "user", "observed": "", "picture": None})
        elif part["type"] == "image" and not turns:
            task = text
        elif part["type"] == "image":
            turns[-1]["picture"] = _picture(images[0], images[part["image"] - 1])
        elif message["role"] == "tool":
            turns[-1]["observed"] = text
            observation = read_observation(turns[-1]["tool"], text)
            turns[-1]["verdict"] = observation if isinstance(observation, Judged) else None
        elif message["role"] == "user":
            turns.append(
                {"reasoning": "", "name": "user", "arguments": {}, "by_user": True, "observed": text, "picture": None}
            )
    return {"facts": record.facts, "task": task, "normal": _picture(images[0], images[0]), "turns": turns}


def _turn(text: str) -> dict[str, Any]:
    turn = parse_turn(text)
    if turn.call is not None:
        name = turn.call.name
        return {"reasoning": turn.reasoning, "name": name, "tool": name, "arguments": turn.call.arguments}
    name = "answer" if turn.answer is not None else "unreadable"
    return {"reasoning": turn.reasoning, "name": name, "tool": "", "arguments": turn.answer or {"text": text}}


def _picture(normal: np.ndarray, image: np.ndarray) -> _Picture:
    mask = np.zeros(image.shape[:2], bool)
    if image is not normal:
        mask = ChangeMaskGenerator().segment(normal, image)
    small = thumbnail_mask(mask, _SIDE)
    height, width = small.shape
    shown = round(min(_WIDEST, _TALLEST * width / height))
    return _Picture(picture_url(image, _SIDE), outline_path(small), f"0 0 {width} {height}", shown)
