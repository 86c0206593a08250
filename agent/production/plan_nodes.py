"""Reads values out of a YAML file's nodes, and collects what is wrong with them by line."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections.abc import Collection
from pathlib import Path

import yaml

from ..core.errors import InputError, InputProblems
from ..core.names import composed
from .plan_yaml import compose, is_merge, is_null, merged

_SHOWN_PROBLEMS = 20


class NodeReader:
    """The nodes of one file. Values that cannot be used are None, and their problems are kept until `check`."""

    def __init__(self, path: Path) -> None:
        """Raises InputError for a file that is not there or no YAML."""
        self.path = path
        self._problems: list[tuple[int, str]] = []
        self.root = compose(path)

    def problem(self, node: yaml.Node, message: str) -> None:
        """Notes what is wrong with a node."""
        self._problems.append((node.start_mark.line + 1, message))

    def check(self) -> None:
        """Raises InputError with a line for each problem, in the file's order; nothing where there is none."""
        found = sorted(dict.fromkeys(self._problems))
        lines = [f"{self.path}:{line}: {message}" for line, message in found]
        if len(lines) == 1:
            raise InputError(lines[0])
        if lines:
            more = [f"and {len(lines) - _SHOWN_PROBLEMS} more"] if len(lines) > _SHOWN_PROBLEMS else []
            raise InputProblems(f"{self.path}: {len(lines)} problems", *lines[:_SHOWN_PROBLEMS], *more)

    def mapping(
        self,
        node: yaml.Node,
        what: str,
        known: Collection[str] | None = None,
        needed: Collection[str] = (),
        cure: str = "give it one, or take the line away",
        own: str = "",
    ) -> dict[str, yaml.Node]:
        """The values of a mapping by key, composed, with those of its merge keys (<<). known: keys that there are. needed: those
        that must be there. cure: what to do for a key without a value. own: what begins keys that are left alone, if any.
        """
        if not isinstance(node, yaml.MappingNode):
            self.problem(node, f"{what} must be 'key: value' lines")
            return {}
        values: dict[str, yaml.Node] = {}
        pairs = self._pairs(node, what)
        for name in needed:
            if not any(key == name for key, _, _ in pairs):
                self.problem(node, f"{name!r} is missing in {what}")
        for key, key_node, value in pairs:
            if own and key.startswith(own):
                continue
            if known is not None and key not in known:
                # No more than are shown: of very many, finding a near one would take long.
                shown = len(self._problems) <= _SHOWN_PROBLEMS
                close = difflib.get_close_matches(key, known, 1) if shown else []
                hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"
                self.problem(key_node, f"unknown key {key[:60]!r} in {what}; {hint}")
            elif is_null(value):
                self.problem(key_node, f"{key!r} in {what} has no value; {cure}")
            else:
                values[key] = value
        return values

    def _pairs(self, node: yaml.MappingNode, what: str) -> list[tuple[str, yaml.Node, yaml.Node]]:
        """(key, its node, value): a mapping's own, then those that merge keys add, of which the first counts."""
        own: dict[str, tuple[str, yaml.Node, yaml.Node]] = {}
        merges = []
        for key_node, value in node.value:
            if is_merge(key_node):
                merges.append((key_node, value))
            elif (key := self.text(key_node, f"a key of {what}")) is None:
                continue
            elif composed(key) in own:
                self.problem(key_node, f"{key!r} is given twice in {what}")
            else:
                own[composed(key)] = composed(key), key_node, value
        for key_node, value in merges:
            mappings = merged(value)
            if mappings is None or len(merges) > 1:
                self.problem(key_node, f"'<<' in {what} takes one alias of 'key: value' lines, or one list of such")
                continue
            for mapping in mappings:
                for pair in self._pairs(mapping, what):
                    own.setdefault(pair[0], pair)
        return list(own.values())

    def text(self, node: yaml.Node, what: str) -> str | None:
        """A text; a number counts as the text it is written as."""
        if not isinstance(node, yaml.ScalarNode) or is_null(node):
            self.problem(node, f"{what} must be a text")
            return None
        text = node.value.strip()
        if not text or not is_text(text):
            self.problem(node, f"{what} must be a text without control characters" if text else f"{what} is empty")
            return None
        return text

    def texts(self, node: yaml.Node, what: str) -> list[tuple[yaml.Node, str]]:
        """One text or a list of them, each with its node."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        if not nodes:
            self.problem(node, f"{what} is an empty list")
        read = [(one, self.text(one, what)) for one in nodes]
        return [(one, text) for one, text in read if text is not None]

    def number(self, node: yaml.Node, what: str, least: float, most: float) -> float | None:
        """A number from least to most."""
        try:
            value = float(node.value) if isinstance(node, yaml.ScalarNode) else math.nan
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            self.problem(node, f"{what} must be a number from {least:g} to {most:g}{_got(node)}")
            return None
        return value

    def whole(self, node: yaml.Node, what: str, least: int, most: int = 2**31 - 1) -> int | None:
        """A whole number from least to most."""
        digits = node.value if isinstance(node, yaml.ScalarNode) else ""
        value = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 20 else least - 1
        if not least <= value <= most:
            self.problem(node, f"{what} must be a whole number from {least} to {most}{_got(node)}")
            return None
        return value

    def range(self, node: yaml.Node, what: str, limits: tuple[float, float]) -> tuple[float, float] | None:
        """[least, most], or one number for both."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node, node]
        if len(nodes) != 2:
            self.problem(node, f"{what} must be one number or two, [least, most]")
            return None
        least, most = (self.number(one, what, *limits) for one in nodes)
        if least is None or most is None:
            return None
        if least > most:
            self.problem(node, f"{what} must have its least value first: [{most:g}, {least:g}]")
            return None
        return least, most

    def counts(self, node: yaml.Node, what: str, limits: tuple[int, int]) -> tuple[int, int] | None:
        """[least, most] whole numbers, or one for both."""
        found = self.range(node, what, limits)
        if found is None:
            return None
        least, most = (int(value) for value in found)
        if (least, most) != found:
            self.problem(node, f"{what} must be whole")
            return None
        return least, most


def is_text(text: str) -> bool:
    """Whether a plan can hold it: no control characters or breaks of lines, no half letters, as in names of another encoding."""
    return not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in text)


def _got(node: yaml.Node) -> str:
    return f", got {node.value[:40]!r}" if isinstance(node, yaml.ScalarNode) else ""
