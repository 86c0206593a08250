"""Reading knowledge from folders of Markdown and JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import InputError
from ...core.json_reading import read_json
from ...core.task import MAX_NAME, check_text
from ...imaging.picture_files import is_own

#: Larger files are refused: knowledge is text that a person wrote.
MAX_BYTES = 5_000_000
# All further names of one defect together, in characters.
_MOST_NAMES = 2000
_ALSO = "also called:"
_OCCURS = "occurs:"


@dataclass(frozen=True)
class Entry:
    """One passage as written. synonyms: further names of the defect, in one text. user: from a user's folder. often: it is
    among the defects that are most frequent on the item."""

    item: str
    anomaly: str
    text: str
    source: str
    synonyms: str = ""
    user: bool = False
    often: bool = False


def load_folder(folder: Path, user: bool = True) -> list[Entry]:
    """Entries of every .md and .json file of a folder, by name. Markdown: "# item", below it "## defect" and text,
    with optional lines "Also called: a, b" and "Occurs: often". JSON: a list of {"item", "anomaly", "text", "synonyms"
    (optional list), "occurs" (optional)}.

    Raises InputError, naming file and line where known, for a folder or file that cannot be used.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such knowledge folder; give a folder of .md or .json files")
    try:
        files = knowledge_files(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed ({error.strerror}); check its permissions") from error
    if not files:
        raise InputError(f"{folder}: no .md or .json file in this knowledge folder; put one there")
    entries = []
    for path in files:
        entries += _from_markdown(path, user) if path.suffix.lower() == ".md" else _from_json(path, user)
    return entries


def knowledge_files(folder: Path) -> list[Path]:
    """The files of a folder that hold knowledge, by name. Raises OSError."""
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in (".md", ".json") and is_own(path.name))


def _read(path: Path) -> str:
    try:
        if not path.is_file():  # reading a pipe would wait without an end
            raise InputError(f"{path}: cannot be read (no regular file); check that it is a readable file")
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path}: larger than {MAX_BYTES // 1_000_000} MB; split it into smaller files")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check that it is a readable file") from error


def _from_markdown(path: Path, user: bool) -> list[Entry]:
    entries: list[Entry] = []
    item, anomaly, also, often, start = "", "", "", False, 0
    lines: list[str] = []

    def close() -> None:
        if anomaly and not lines:
            raise InputError(f"{path}:{start}: no text below '## {anomaly}'; describe the defect there")
        if anomaly:
            entries.append(Entry(item, anomaly, " ".join(lines), _source(path, anomaly, user), also, user, often))
        lines.clear()

    for number, line in enumerate(map(str.strip, _read(path).splitlines()), 1):
        heading = line.lstrip("#").strip()
        if line.startswith("#"):
            check_text(heading, MAX_NAME, f"{path}:{number}: the heading")
        if line in ("#", "##"):
            raise InputError(f"{path}:{number}: empty heading; write '# item' or '## defect'")
        if line.startswith("## "):
            close()
            if not item:
                raise InputError(f"{path}:{number}: '## {heading}' before any '# item' heading; name the item first")
            anomaly, also, often, start = heading, "", False, number
        elif line.startswith("# "):
            close()
            item, anomaly, also, often = heading, "", "", False
        elif line and not anomaly:
            raise InputError(f"{path}:{number}: text outside a defect; put '# item' and '## defect' above it")
        elif line.lower().startswith(_ALSO):
            also = line[len(_ALSO) :].strip().rstrip(".")
            check_text(also, _MOST_NAMES, f"{path}:{number}: also called")
        elif line.lower().startswith(_OCCURS):
            often = _often(line[len(_OCCURS) :], f"{path}:{number}")
        elif line:
            lines.append(line)
    close()
    if not entries:
        raise InputError(f"{path}: no passage in it; write '# item', '## defect' and text below")
    return entries


def _from_json(path: Path, user: bool) -> list[Entry]:
    try:
        records = read_json(_read(path))
    except json.JSONDecodeError as error:
        raise InputError(f"{path}:{error.lineno}: not valid JSON ({error.msg}); correct it") from error
    except InputError:
        raise
    except ValueError as error:  # nested too deep, or a number of thousands of digits
        raise InputError(f"{path}: not usable JSON ({error}); write a list of objects with texts") from error
    if not isinstance(records, list):
        raise InputError(f"{path}: not a list; write a list of objects with item, anomaly and text")
    entries = [_record(path, number, record, user) for number, record in enumerate(records, 1)]
    if not entries:
        raise InputError(f"{path}: no passage in it; add objects with item, anomaly and text")
    return entries


def _record(path: Path, number: int, record: object, user: bool) -> Entry:
    if not isinstance(record, dict):
        raise InputError(f"{path}: record {number} is not an object; write it with item, anomaly and text")
    texts = []
    for name in ("item", "anomaly", "text"):
        value = record.get(name)
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"{path}: record {number} has no {name}; give it a non-empty text")
        texts.append(" ".join(value.split()))
    synonyms = record.get("synonyms", [])
    if isinstance(synonyms, str):
        synonyms = [synonyms]
    if not isinstance(synonyms, list) or not all(isinstance(word, str) for word in synonyms):
        raise InputError(f'{path}: record {number}: synonyms are not a list of texts; write ["a", "b"]')
    item, anomaly, text = texts
    try:
        f"{item}{anomaly}{text}{synonyms}".encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{path}: record {number} holds half a character (\\ud800-\\udfff); remove it") from error
    check_text(item, MAX_NAME, f"{path}: record {number}: item")
    check_text(anomaly, MAX_NAME, f"{path}: record {number}: anomaly")
    often = "occurs" in record and _often(str(record["occurs"]), f"{path}: record {number}")
    also = ", ".join(" ".join(word.split()) for word in synonyms)
    check_text(also, _MOST_NAMES, f"{path}: record {number}: synonyms")
    return Entry(item, anomaly, text, _source(path, anomaly, user), also, user, often)


def _often(text: str, where: str) -> bool:
    frequency = text.strip().rstrip(".").lower()
    if frequency not in ("often", "seldom"):
        raise InputError(f"{where}: occurs {frequency[:40]!r}; write 'often' or 'seldom', or leave the line out")
    return frequency == "often"


def _source(path: Path, anomaly: str, user: bool) -> str:
    return f"{path.name if user else f'packaged/{path.name}'}#{anomaly}"
