"""The body of a loop on the canvas, and its copy for another round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def is_link(value: Any) -> bool:
    """Whether an input's value is a link, [node id, output index]."""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)


def find_body(inputs: Mapping[str, Mapping[str, Any]], opener: str, closer: str) -> set[str]:
    """Nodes to run again: what the opener's outputs reach, previews on the side too, less what the closer's reach.

    inputs: the inputs of every node of the graph by its id. opener, closer: ids, neither of them in the result.
    """
    users: dict[str, set[str]] = {}
    for node, values in inputs.items():
        for value in values.values():
            if is_link(value):
                users.setdefault(value[0], set()).add(node)
    return _reached(users, opener) - _reached(users, closer) - {opener, closer}


def _reached(users: Mapping[str, Iterable[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for user in users.get(waiting.pop(), ()):
            if user not in found:
                found.add(user)
                waiting.append(user)
    return found


def copy_round(dynprompt: Any, opener: str, closer: str, next_opener: str, state: Any) -> tuple[Any, dict[str, Any]]:
    """A copy of the loop's body and closer behind a new opener; returns (the closer's copy, the graph to expand to).

    dynprompt: the host's. next_opener: class of the node that opens the next round, with the outputs of the first opener
    and `state` as its only input. The copies show on the page as the nodes they were copied from.
    """
    from comfy_execution.graph_utils import GraphBuilder

    # Only what was placed together with the closer: rounds of a loop within this one are made anew by its own closer.
    parent = dynprompt.get_parent_node_id(closer)
    siblings = [node for node in dynprompt.all_node_ids() if dynprompt.get_parent_node_id(node) == parent]
    inputs = {node: dynprompt.get_node(node)["inputs"] for node in siblings}
    body = find_body(inputs, opener, closer)
    graph = GraphBuilder()
    copies = {}
    for node in (opener, *sorted(body), closer):
        display = dynprompt.get_display_node_id(node)
        kind = next_opener if node == opener else dynprompt.get_node(node)["class_type"]
        # Ids of copies of copies would grow with every round; the display id is unique within a round.
        copies[node] = graph.node(kind, display)
        copies[node].set_override_display_id(display)
    for node, copy in copies.items():
        if node == opener:
            copy.set_input("state", state)
            continue
        for name, value in inputs[node].items():
            linked = is_link(value) and value[0] in copies
            copy.set_input(name, copies[value[0]].out(value[1]) if linked else value)
    return copies[closer], graph.finalize()
