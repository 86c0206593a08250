"""A file of records that grows a line at a time, and that a second run with the same settings takes up again."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ....agent.core.errors import InputError
from ....agent.core.json_reading import read_json


class RecordFile:
    """FOLDER/NAME.jsonl, with FOLDER/NAME.settings.json beside it. settings: whatever the records depend on.

    Raises InputError where the folder holds records of other settings, or cannot be written.
    """

    def __init__(self, folder: Path, name: str, settings: dict[str, Any]) -> None:
        self.path = folder / f"{name}.jsonl"
        beside = folder / f"{name}.settings.json"
        text = json.dumps(settings, indent=1, sort_keys=True) + "\n"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if beside.is_file():
                _check(folder, read_json(beside.read_text(encoding="utf-8")), read_json(text))
            elif self.path.is_file():
                raise InputError(f"{self.path}: has no settings beside it; choose another --output")
            else:
                beside.write_text(text, encoding="utf-8")
            self.records = self._read()
        except OSError as error:
            raise InputError(f"{folder}: cannot be written ({error.strerror}); choose another --output") from error
        except InputError:
            raise
        except ValueError as error:
            raise InputError(
                f"{folder}: holds a damaged file ({getattr(error, 'msg', error)}); choose another --output"
            ) from error

    def append(self, record: dict[str, Any]) -> None:
        """Adds a record at the end."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record) + "\n")
        self.records.append(record)

    def _read(self) -> list[dict[str, Any]]:
        if not self.path.is_file():
            return []
        text = self.path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):  # the line that was being written when the run was stopped
            os.truncate(self.path, len(whole))
        return [read_json(line) for line in whole.splitlines()]


def _check(folder: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    changed = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    if changed:
        raise InputError(
            f"{folder}: holds results of other settings ({', '.join(changed)}); give the same ones to go on, or choose "
            "another --output"
        )
