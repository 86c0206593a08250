"""Reading knowledge from folders of Markdown and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError

#: Larger files are refused: knowledge is text that a person wrote.
MAX_BYTES = 5_000_000
_ALSO = "also called:"


@dataclass(frozen=True)
class Entry:
    """One passage as written. synonyms: further names of the defect, in one text. user: from a user's folder."""

    item: str
    anomaly: str
    text: str
    source: str
    synonyms: str = ""
    user: bool = False


def load_folder(folder: Path, user: bool = True) -> list[Entry]:
    """Entries of every .md and .json file of a folder, by name. Markdown: "# item", below it "## defect" and text,
    with an optional line "Also called: a, b". JSON: a list of {"item", "anomaly", "text", "synonyms" (optional list)}.

    Raises InputError, naming file and line where known, for a folder or file that cannot be used.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such knowledge folder; give a folder of .md or .json files")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".md", ".json"))
    if not files:
        raise InputError(f"{folder}: no .md or .json file in this knowledge folder")
    entries = []
    for path in files:
        entries += _from_markdown(path, user) if path.suffix.lower() == ".md" else _from_json(path, user)
    return entries


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; split it into smaller files")
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check its permissions") from error


def _from_markdown(path: Path, user: bool) -> list[Entry]:
    entries: list[Entry] = []
    item, anomaly, also, lines = "", "", "", list[str]()

    def close() -> None:
        text = " ".join(lines).strip()
        if anomaly and text:
            entries.append(Entry(item, anomaly, text, f"{path.name}#{anomaly}", also, user))
        lines.clear()

    for number, line in enumerate(_read(path).splitlines(), 1):
        if line.startswith("## "):
            close()
            anomaly, also = line[3:].strip(), ""
            if not item:
                raise InputError(f"{path}:{number}: '## {anomaly}' stands before any '# item' heading; name the item first")
        elif line.startswith("# "):
            close()
            item, anomaly, also = line[2:].strip(), "", ""
        elif line.lower().startswith(_ALSO):
            also = line[len(_ALSO) :].strip()
        elif anomaly and line.strip():
            lines.append(line.strip())
    close()
    if not entries:
        raise InputError(f"{path}: no passage in it; write '# item', '## defect' and text below")
    return entries


def _from_json(path: Path, user: bool) -> list[Entry]:
    try:
        records = json.loads(_read(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: not valid JSON ({error.msg}); correct it") from error
    except RecursionError as error:
        raise InputError(f"{path}: nested too deep; a list of objects is expected") from error
    if not isinstance(records, list):
        raise InputError(f"{path}: must be a list of objects with item, anomaly and text")
    entries = []
    for number, record in enumerate(records, 1):
        fields = [record.get(name) if isinstance(record, dict) else None for name in ("item", "anomaly", "text")]
        if not all(isinstance(value, str) and value.strip() for value in fields):
            raise InputError(f"{path}: record {number} needs non-empty texts for item, anomaly and text")
        synonyms = record.get("synonyms", [])
        if not isinstance(synonyms, list) or not all(isinstance(word, str) for word in synonyms):
            raise InputError(f"{path}: record {number}: synonyms must be a list of texts")
        item, anomaly, text = fields
        entries.append(Entry(item, anomaly, text, f"{path.name}#{anomaly}", ", ".join(synonyms), user))
    if not entries:
        raise InputError(f"{path}: no passage in it; add objects with item, anomaly and text")
    return entries
