"""A plan's file as YAML nodes: bounded in size, depth and what its aliases come to; merge keys as YAML means them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from ..core.errors import InputError
from ..core.foreign_files import read_whole

_MOST_BYTES = 1_000_000
# A plan needs six levels and, with every alias written out, far fewer values.
_MOST_LEVELS = 40
_MOST_VALUES = 200_000
_MERGE = "tag:yaml.org,2002:merge"
_NULL = "tag:yaml.org,2002:null"


def compose(path: Path) -> yaml.Node:
    """The root of a file. Raises InputError, in one line, for a file that is not there, no YAML, or no plan by its form."""
    try:
        data = read_whole(path, _MOST_BYTES)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); give a plan's file") from error
    try:
        node = yaml.compose(data, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(str(error.problem or error.context).split())
        raise InputError(f"{path}:{mark.line + 1 if mark else 1}: no YAML: {reason}") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:  # some escapes and numbers trip the parser itself
        raise InputError(f"{path}: no YAML: {(str(error).splitlines() or ['?'])[0]}") from error
    except RecursionError as error:
        raise InputError(f"{path}: is nested too deeply to be a plan") from error
    if node is None:
        raise InputError(f"{path}: is empty; 'anomaly-agent plan init DIR' writes a plan to start from")
    _values(node, path, {}, [])
    return node


def is_null(node: yaml.Node) -> bool:
    """Whether a value was left empty, or is null."""
    return bool(node.tag == _NULL)


def is_merge(key: yaml.Node) -> bool:
    """Whether a key is "<<", unquoted."""
    return bool(key.tag == _MERGE)


def merged(value: yaml.Node) -> Iterator[yaml.MappingNode] | None:
    """The mappings that a merge key names, the one that counts most first; None where it names something else."""
    nodes = value.value if isinstance(value, yaml.SequenceNode) else [value]
    return iter(nodes) if nodes and all(isinstance(node, yaml.MappingNode) for node in nodes) else None


def _values(node: yaml.Node, path: Path, known: dict[int, int], above: list[yaml.Node]) -> int:
    """How many values a node comes to with its aliases written out. known: those of nodes that were seen, by identity."""
    if id(node) in known:
        return known[id(node)]
    line = node.start_mark.line + 1
    if any(node is one for one in above):
        raise InputError(f"{path}:{line}: an alias (*) leads back into its own anchor (&); write the values out")
    if len(above) >= _MOST_LEVELS:
        raise InputError(f"{path}:{line}: is nested more than {_MOST_LEVELS} levels deep, which no plan is")
    inner = node.value if isinstance(node, yaml.CollectionNode) else []
    parts = [part for one in inner for part in (one if isinstance(one, tuple) else (one,))]
    count = 1 + sum(_values(part, path, known, [*above, node]) for part in parts)
    if count > _MOST_VALUES:
        raise InputError(f"{path}:{line}: its aliases (*) come to more than {_MOST_VALUES} values, which is no plan")
    known[id(node)] = count
    return count
