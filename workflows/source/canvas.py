"""Writes a graph in the host's UI format from nodes placed in code."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

# Inside a paragraph or an item of a list: the page joins broken lines without a space between.
_BROKEN_LINE = re.compile(r"(?<=\S)\n *(?![\n ]|- |\d+\. )")

# Widgets' types, as opposed to sockets'.
_WIDGETS = ("INT", "FLOAT", "STRING", "BOOLEAN", "COMBO")
_NOTE = "MarkdownNote"
_GROUP_ROOM, _GROUP_TITLE = 20, 60


@dataclass(eq=False)
class Node:
    """A node that was placed; `node["image"]` names one of its outputs."""

    data: dict[str, Any]

    def __getitem__(self, output: str) -> tuple[Node, int]:
        names = [one["name"] for one in self.data["outputs"]]
        return self, names.index(output)


@dataclass
class Canvas:
    """A graph in the making. schemas: the host's answer at /object_info."""

    schemas: dict[str, Any]
    nodes: list[Node] = field(default_factory=list)
    links: list[list[Any]] = field(default_factory=list)
    groups: list[dict[str, Any]] = field(default_factory=list)

    def add(self, kind: str, at: tuple[int, int], size: tuple[int, int], title: str = "", /, **inputs: Any) -> Node:
        """Places a node. inputs: values of widgets, and outputs of other nodes for sockets; the rest is as by default."""
        schema = self.schemas[kind]
        node = Node(
            {
                "id": len(self.nodes) + 1,
                "type": kind,
                "pos": list(at),
                "size": list(size),
                "flags": {},
                "order": len(self.nodes),
                "mode": 0,
                "inputs": [],
                "outputs": [
                    {"name": name, "type": socket, "links": []}
                    for name, socket in zip(schema["output_name"], schema["output"], strict=True)
                ],
                "properties": {"Node name for S&R": kind},
                "widgets_values": [],
            }
        )
        if title:
            node.data["title"] = title
        for name, spec in {**schema["input"].get("required", {}), **schema["input"].get("optional", {})}.items():
            self._add_input(node.data, name, spec, inputs)
        if inputs:
            raise ValueError(f"{kind} has no inputs {sorted(inputs)}")
        self.nodes.append(node)
        return node

    def note(self, at: tuple[int, int], size: tuple[int, int], text: str, title: str = "Read me") -> None:
        """Places a note in Markdown; its first line is its heading."""
        heading, body = text.strip().split("\n", 1)
        data = {
            "id": len(self.nodes) + 1,
            "type": _NOTE,
            "title": title,
            "pos": list(at),
            "size": list(size),
            "flags": {},
            "order": len(self.nodes),
            "mode": 0,
            "inputs": [],
            "outputs": [],
            "properties": {},
            "widgets_values": [f"{heading}\n{_BROKEN_LINE.sub(' ', body)}"],
            "color": "#2a3a33",
            "bgcolor": "#1f2b26",
        }
        self.nodes.append(Node(data))

    def group(self, title: str, members: list[Node], color: str = "#3f5159") -> None:
        """Draws a titled frame around nodes."""
        left = min(node.data["pos"][0] for node in members) - _GROUP_ROOM
        top = min(node.data["pos"][1] for node in members) - _GROUP_TITLE - _GROUP_ROOM
        right = max(node.data["pos"][0] + node.data["size"][0] for node in members) + _GROUP_ROOM
        bottom = max(node.data["pos"][1] + node.data["size"][1] for node in members) + _GROUP_ROOM
        bounding = [left, top, right - left, bottom - top]
        number = len(self.groups) + 1
        self.groups.append(
            {"id": number, "title": title, "bounding": bounding, "color": color, "font_size": 24, "flags": {}}
        )

    def workflow(self) -> dict[str, Any]:
        """The graph, as the host saves and opens it."""
        return {
            "last_node_id": len(self.nodes),
            "last_link_id": len(self.links),
            "nodes": [node.data for node in self.nodes],
            "links": self.links,
            "groups": self.groups,
            "config": {},
            "extra": {},
            "version": 0.4,
        }

    def _add_input(self, node: dict[str, Any], name: str, spec: list[Any], inputs: dict[str, Any]) -> None:
        kind, options = spec[0], spec[1] if len(spec) > 1 else {}
        kind = "COMBO" if isinstance(kind, list) else kind
        is_widget = kind in _WIDGETS and not options.get("forceInput")
        given = inputs.pop(name, None)
        linked = isinstance(given, tuple) and isinstance(given[0], Node)
        slot = {"name": name, "type": kind, "link": None}
        if is_widget:
            slot["widget"] = {"name": name}
        if linked:
            slot["link"] = self._link(given, node, len(node["inputs"]), kind)
        node["inputs"].append(slot)
        if is_widget:
            choices = (spec[0] if isinstance(spec[0], list) else options.get("options")) or [""]
            first = {"INT": 0, "FLOAT": 0.0, "STRING": "", "BOOLEAN": False, "COMBO": choices[0]}[kind]
            value = options.get("default", first) if linked or given is None else given
            node["widgets_values"].append(value)
            if options.get("control_after_generate"):
                node["widgets_values"].append("fixed")

    def _link(self, source: tuple[Node, int], target: dict[str, Any], slot: int, kind: str) -> int:
        node, output = source
        number = len(self.links) + 1
        out = node.data["outputs"][output]
        out["links"].append(number)
        self.links.append([number, node.data["id"], output, target["id"], slot, out["type"] if kind == "*" else kind])
        return number
