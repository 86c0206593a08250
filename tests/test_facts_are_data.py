"""No fact is read back out of a sentence: the source is searched for code that looks into texts that our own code writes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACK = Path(__file__).resolve().parents[1]
# What texts for people and for language models are called in this code.
TEXTS = {
    "review", "text", "said", "told", "message", "observation", "content", "reason", "reasons", "why", "summary", "note", "words",
    "prompt", "sentence", "error", "line", "lower", "title", "describe", "explanation", "label",
}  # fmt: skip
LOOKS = {
    "startswith",
    "endswith",
    "find",
    "index",
    "partition",
    "rpartition",
    "removeprefix",
    "removesuffix",
    "count",
    "split",
}
MATCHES = {"match", "search", "fullmatch", "findall", "finditer"}

# Where code may look into texts, and why that is no fact of ours that travels in a sentence.
EXCEPTIONS = {
    "agent/core/protocol": "the one codec: turns, task and observations are written and read there",
    "agent/defects/prompt_text.py": "the prompt's parser: prompts are a user's or a model's words as often as ours",
    "agent/defects/attribute_reader.py": "reads people's words for how a defect is, in descriptions and prompts",
    "agent/defects/describing.py": "reads what a person asks for",
    "agent/defects/locatives.py": "reads people's words for where a defect is",
    "agent/defects/translation.py": "reads people's words in five languages",
    "agent/defects/naming.py": "finds defect words in free text",
    "agent/export/provenance.py": "takes paths of this machine out of values that the user gave",
    "agent/policies/trained/conversation_encoder.py": "reads the small policy's own language where it is written",
    "agent/tools/knowledge_retrieval/loading.py": "reads the users' Markdown files",
}


def name_of(node: ast.AST) -> str:
    """The last name of a variable, an attribute, or a key in brackets."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, ast.Call):
        return name_of(node.func.value) if isinstance(node.func, ast.Attribute) else name_of(node.func)
    return ""


def is_text(node: ast.AST) -> bool:
    return name_of(node).strip("_") in TEXTS


def is_constant(node: ast.AST) -> bool:
    """Words of our own: a literal, or a module's constant."""
    if isinstance(node, ast.Name | ast.Attribute):
        return name_of(node).strip("_").isupper()
    if isinstance(node, ast.JoinedStr):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 1


def looks(tree: ast.AST) -> list[int]:
    """Lines of code that looks for words in a text."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            hit = is_constant(node.left) and is_text(node.comparators[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOOKS:
            hit = is_text(node.func.value) and any(is_constant(argument) for argument in node.args)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MATCHES:
            hit = any(is_text(argument) for argument in node.args)
        else:
            continue
        if hit:
            found.append(node.lineno)
    return found


def sources() -> list[Path]:
    return sorted(path for folder in ("agent", "nodes", "training") for path in (PACK / folder).rglob("*.py"))


def excepted(name: str) -> str | None:
    return next((place for place in EXCEPTIONS if name == place or name.startswith(f"{place}/")), None)


def test_no_code_looks_for_words_in_our_own_sentences():
    used, unexpected = set(), []
    for path in sources():
        name = path.relative_to(PACK).as_posix()
        for line in looks(ast.parse(path.read_text(encoding="utf-8"))):
            used.add(excepted(name))
            if excepted(name) is None:
                unexpected.append(f"{name}:{line}")
    assert not unexpected, "facts travel as data: give the facts beside the text, or name the exception and why"
    assert set(EXCEPTIONS) <= used, "an exception that nothing needs any more"


@pytest.mark.parametrize(
    "line",
    [
        'if "barely visible" in review: pass',
        'if "budget" not in verdict.review: pass',
        'if "passed" in record["review"].lower(): pass',
        'text.startswith("Error: ")',
        "_ATTEMPT.match(text)",
        'message.partition("] ")',
        "re.search(r'failed', said)",
        "if _EXPLAINED in prompt: pass",
    ],
)
def test_such_code_is_found(line):
    assert looks(ast.parse(line))


@pytest.mark.parametrize(
    "line", ['if "review" in record: pass', "text.startswith(prefix)", "names.index('a b')", "verdict.has(FAINT)"]
)
def test_other_code_is_not(line):
    assert not looks(ast.parse(line))
