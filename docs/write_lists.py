"""Writes the lists of defect families into README, the nodes' help pages and translations: python docs/write_lists.py

The lists follow from the registry of families; tests say when a text is behind. `--check` names the files that are, and writes
nothing.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from anomaly_agent.agent.defects.families import FAMILIES
from anomaly_agent.agent.defects.naming import example_types

PACK = Path(__file__).resolve().parents[1]
# A list of types in a node's help, whatever the language around it: it begins with the first family and ends before this.
_EXAMPLES = re.compile(rf"\b{re.escape(example_types()[0])}(, |、)[a-z ]+?(?:\1[a-z ]+?)*(?= \.\.\.|\s*[등等])")
_SENTENCE = re.compile(r"(?<=The renderer draws these families of defects: ).+?(?=\. You name a defect)", re.DOTALL)


def texts() -> dict[Path, str]:
    """Every file with a list, as it should read."""
    pages = [*(PACK / "locales").glob("*/nodeDefs.json"), *(PACK / "web" / "docs").glob("*/*.md")]
    found = {
        path: _EXAMPLES.sub(lambda listed: listed[1].join(example_types()), path.read_text(encoding="utf-8"))
        for path in pages
    }
    readme = PACK / "README.md"
    told = (name if family.example in (name, "") else f"{name} ({family.example})" for name, family in FAMILIES.items())
    found[readme] = _SENTENCE.sub(_wrapped(", ".join(told)), readme.read_text(encoding="utf-8"))
    return found


def behind() -> list[Path]:
    """The files whose lists do not follow the registry."""
    return sorted(path for path, text in texts().items() if path.read_text(encoding="utf-8") != text)


def _wrapped(text: str, width: int = 120) -> str:
    """Lines of at most so many characters, behind the sentence's first words."""
    lines, room = [""], width - len("The renderer draws these families of defects: ")
    for word in text.split(" "):
        if len(lines[-1]) + len(word) > room:
            lines.append("")
            room = width
        lines[-1] += word + " "
    return "\n".join(line.rstrip() for line in lines)


def main() -> None:
    wanted, late = texts(), behind()
    for path in late:
        print(path.relative_to(PACK))
        if "--check" not in sys.argv:
            path.write_text(wanted[path], encoding="utf-8")
    if late and "--check" in sys.argv:
        sys.exit(1)


if __name__ == "__main__":
    main()
