"""Reads trajectories.jsonl back: what is known of each sample of a written data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, TypeGuard

from ..core.errors import InputError
from ..core.foreign_files import is_there
from ..core.json_reading import read_json
from ..core.names import composed
from .layout import TRAJECTORIES

_TEXTS = ("image", "mask", "item", "anomaly_type")


@dataclass(frozen=True)
class Record:
    """A sample's record. image, mask, normal: paths in the item's folder, image composed, normal "" where none was
    kept. normal_name: the normal image's file name when the sample was made. attempts: how many images were made; prompt,
    location and quality (0-5, None where not judged), score (0-10), review: of the attempt that became the sample. images: all
    that the conversation names, also in the item's folder. understood: how the anomaly type was understood, and whether that was
    a person's correction, in a line.
    """

    image: str
    mask: str
    item: str
    anomaly: str
    normal: str = ""
    normal_name: str = ""
    seed: int = 0
    passed: bool = True
    attempts: int = 0
    prompt: str = ""
    location: float | None = None
    quality: float | None = None
    score: float | None = None
    review: str = ""
    images: tuple[str, ...] = ()
    understood: str = ""


def read_records(root: Path) -> dict[str, Record]:
    """The records of an item's folder by the sample's image, composed; empty where it has none. A last line that is being
    written, or that a run was killed in, does not count.

    Raises InputError, with the line's number, for a file that is not one of ours.
    """
    path = root / TRAJECTORIES
    records: dict[str, Record] = {}
    try:
        if not is_there(path):
            return records
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.strip() and not _is_unfinished(line):
                    record = _read(line, f"{path}, line {number}")
                    records[record.image] = record
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text; put the file back as it was written, or take it away") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error
    return records


def is_written(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether a value is a whole record as the writer writes it, with all that goes into a report."""
    if not isinstance(value, dict) or not isinstance(value.get("passed"), bool):
        return False
    texts = [value.get(name) for name in (*_TEXTS, "stop", "normal_image")]
    images, attempts = value.get("images"), value.get("attempts")
    if not (isinstance(images, list) and isinstance(attempts, list) and all(isinstance(text, str) for text in texts)):
        return False
    names = (value["image"], value["mask"], *images)
    return all(isinstance(name, str) and inside(name) for name in names) and all(
        _is_attempt(attempt, images) for attempt in attempts
    )


def _is_attempt(value: Any, images: list[str]) -> bool:
    if not (isinstance(value, dict) and _image_of(value, images) and isinstance(value.get("passed"), bool)):
        return False
    scores = (value.get(name, "") for name in ("location", "quality", "score"))
    return all(isinstance(value.get(name), str) for name in ("prompt", "review")) and all(
        score is None or _number(score) is not None for score in scores
    )


def inside(name: str) -> bool:
    """Whether a path of a record stays in the item's folder on every system."""
    windows = PureWindowsPath(name)
    return bool(name) and not (windows.drive or windows.root or "\0" in name or ".." in windows.parts)


def _is_unfinished(line: str) -> bool:
    if line.endswith("\n"):
        return False
    try:
        read_json(line)
    except ValueError:
        return True
    return False


def _read(line: str, where: str) -> Record:
    try:
        value = read_json(line)
    except ValueError:
        raise InputError(f"{where}: not JSON; the line is cut off or edited: take it away") from None
    if not isinstance(value, dict):
        raise InputError(f"{where}: not a sample's record; take the line away")
    for name in _TEXTS:
        if not isinstance(value.get(name), str) or not value[name].strip():
            raise InputError(f"{where}: has no {name}; take the line away")
    images = [name for name in _list(value.get("images")) if isinstance(name, str)]
    for name in (value["image"], value["mask"], *images):
        if not inside(name):
            raise InputError(f"{where}: {name[:80]!r} leads out of the data set's folder; take the line away")
    attempts = [attempt for attempt in _list(value.get("attempts")) if isinstance(attempt, dict)]
    chosen: dict[str, Any] = next((a for a in attempts if _image_of(a, images) == value["image"]), {})
    return Record(
        image=composed(str(PurePosixPath(value["image"]))),
        mask=str(PurePosixPath(value["mask"])),
        item=value["item"],
        anomaly=value["anomaly_type"],
        normal=images[0] if images and images[0] != value["image"] else "",
        normal_name=_text(value.get("normal_image")),
        seed=value["seed"] if _is_whole(value.get("seed")) else 0,
        passed=value.get("passed") is True,
        attempts=len(attempts),
        prompt=_text(chosen.get("prompt")),
        location=_number(chosen.get("location")),
        quality=_number(chosen.get("quality")),
        score=_number(chosen.get("score")),
        review=_text(chosen.get("review")),
        images=tuple(images),
        understood=_text(value.get("understood")),
    )


def _image_of(attempt: dict[str, Any], images: list[str]) -> str:
    number = attempt.get("image")
    return images[number - 1] if _is_whole(number) and 1 <= number <= len(images) else ""


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 10 else None
