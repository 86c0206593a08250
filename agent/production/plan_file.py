"""Reads a plan's file, and checks all of it before anything is made: docs/production.md describes the keys."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from ..assembly.choice import ChosenModels, ModelChoice
from ..core.errors import InputError
from ..core.names import composed, name_key
from ..core.task import COUNTS, SEVERITIES, SIZES, Counts, Range
from ..core.verdict import MAX_SCORE, PASS_THRESHOLD
from ..dataset.names import folder_name
from ..defects.understanding import check_meaning
from ..imaging.deep import BIT_DEPTHS
from ..imaging.tone import WHITE_LEVELS
from ..tools.knowledge_retrieval.loading import load_folder
from .plan import ItemPlan, Plan, TypePlan, check_anomaly, check_region_file
from .plan_models import read_models
from .plan_nodes import NodeReader
from .plan_pictures import distinct, find_path, find_pictures
from .quotas import SHARE_KEYS, share_of, split_count

#: Keys of a plan, of an item, and of an anomaly type.
PLAN_KEYS = (
    "output", "seed", "threshold", "attempts", "knowledge", "models", "size", "severity", "defects", "white_level", "bit_depth",
    "items",
)  # fmt: skip
ITEM_KEYS = ("images", "count", "region", "size", "severity", "defects", "white_level", "types")
TYPE_KEYS = (*SHARE_KEYS, "region", "size", "severity", "defects", "meaning")
#: What begins a key of a plan that is left alone: a place for anchors.
OWN_KEYS = "x-"
_ITEM_CURE = "give it 'images' and 'types' below its name, or take the line away"
_TYPE_CURE = "give it a count, such as 50, or a share, such as 40%, or take it away"
_MOST_ATTEMPTS = 20


@dataclass(frozen=True)
class _Ranges:
    """What holds for a type unless it says otherwise. region: with the node that named it."""

    size: Range | None = None
    severity: Range | None = None
    defects: Counts | None = None
    region: tuple[yaml.Node, Path] | None = None


def read_plan(path: Path) -> Plan:
    """The plan of a file; paths in it are relative to its folder.

    Raises InputError with all that is wrong, a line each with the file's line.
    """
    reader = NodeReader(path)
    plan = _PlanReader(reader).read()
    reader.check()
    assert plan is not None
    return plan


class _PlanReader:
    def __init__(self, reader: NodeReader) -> None:
        self._reader = reader
        self._folder = reader.path.absolute().parent
        self._models = ModelChoice()

    def read(self) -> Plan | None:
        """None where there is a problem."""
        reader, root = self._reader, self._reader.root
        keys = reader.mapping(root, "the plan", PLAN_KEYS, ("output", "items"), own=OWN_KEYS)
        if "models" in keys:
            self._models = read_models(reader, keys["models"], self._folder)
        knowledge = self._knowledge(keys)
        self._try(keys.get("models", root), lambda: ChosenModels(self._models))
        seed = reader.whole(keys["seed"], "seed", 0) if "seed" in keys else 0
        threshold = self._threshold(keys)
        attempts = reader.whole(keys["attempts"], "attempts", 1, _MOST_ATTEMPTS) if "attempts" in keys else 3
        output = reader.text(keys["output"], "output") if "output" in keys else None
        bit_depth = self._bit_depth(keys)
        white = self._white_level(keys, None)
        ranges = self._ranges(keys, _Ranges())
        items = self._items(keys["items"], ranges, white) if "items" in keys else []
        if output is None or seed is None or attempts is None or threshold is None or not items:
            return None
        return Plan(
            items=tuple(items),
            output=self._path(output),
            seed=seed,
            models=self._models,
            threshold=threshold,
            max_attempts=attempts,
            knowledge=knowledge,
            bit_depth=bit_depth,
            whole_output=True,
        )

    def _threshold(self, keys: dict[str, yaml.Node]) -> float | None:
        if "threshold" not in keys:
            return PASS_THRESHOLD
        return self._reader.number(keys["threshold"], "threshold", 0, MAX_SCORE)

    def _bit_depth(self, keys: dict[str, yaml.Node]) -> int:
        value = self._reader.whole(keys["bit_depth"], "bit_depth", 8, 16) if "bit_depth" in keys else 8
        if value is not None and value not in BIT_DEPTHS:
            self._reader.problem(keys["bit_depth"], f"bit_depth must be {' or '.join(map(str, BIT_DEPTHS))}")
        return value or 8

    def _white_level(self, keys: dict[str, yaml.Node], outer: float | None) -> float | None:
        return (
            self._reader.number(keys["white_level"], "white_level", *WHITE_LEVELS) if "white_level" in keys else outer
        )

    def _knowledge(self, keys: dict[str, yaml.Node]) -> tuple[Path, ...]:
        found = []
        for node, text in self._reader.texts(keys["knowledge"], "knowledge") if "knowledge" in keys else []:
            folder = self._path(text)
            self._try(node, lambda folder=folder: load_folder(folder))
            found.append(folder)
        return tuple(found)

    def _ranges(self, keys: dict[str, yaml.Node], outer: _Ranges) -> _Ranges:
        reader, region = self._reader, outer.region
        size = reader.range(keys["size"], "size", SIZES) if "size" in keys else outer.size
        severity = reader.range(keys["severity"], "severity", SEVERITIES) if "severity" in keys else outer.severity
        defects = reader.counts(keys["defects"], "defects", COUNTS) if "defects" in keys else outer.defects
        if "region" in keys and (text := reader.text(keys["region"], "region")) is not None:
            region = keys["region"], self._path(text)
        return _Ranges(size, severity, defects, region)

    def _items(self, node: yaml.Node, ranges: _Ranges, white: float | None) -> list[ItemPlan]:
        values = self._reader.mapping(node, "items", cure=_ITEM_CURE)
        if not node.value and isinstance(node, yaml.MappingNode):
            self._reader.problem(node, "items is empty; give at least one item with its settings below its name")
        items: list[ItemPlan] = []
        folders: dict[str, str] = {}
        for name, value in values.items():
            folder = self._try(value, lambda name=name: folder_name(name, "item"))
            self._check_distinct(value, f"item {name!r}", folder, folders)
            if (item := self._item(name, value, ranges, white)) is not None:
                items.append(item)
        return items

    def _item(self, name: str, node: yaml.Node, ranges: _Ranges, white: float | None) -> ItemPlan | None:
        keys = self._reader.mapping(node, f"item {name!r}", ITEM_KEYS, ("images", "types"))
        images, called = self._images(keys["images"]) if "images" in keys else ((), "")
        item = ItemPlan(name, images, (), called)
        if images and self._try(keys["images"], lambda: item.first_size) is None:
            images = ()  # the regions' sizes cannot be checked
        inner, white = self._ranges(keys, ranges), self._white_level(keys, white)
        types = self._types(keys, item if images else None, inner) if "types" in keys else ()
        return ItemPlan(name, images, types, called, white) if images and types else None

    def _images(self, node: yaml.Node) -> tuple[tuple[Path, ...], str]:
        found: list[Path] = []
        names = []
        for one, plain in self._reader.texts(node, "images"):
            text = plain if one.style is None else one.value  # in quotes, a folder's name may end with a blank
            found += self._try(one, lambda text=text: find_pictures(self._folder, text)) or []
            names.append(composed(Path(text).name))
        return distinct(found), ", ".join(names)

    def _types(self, keys: dict[str, yaml.Node], item: ItemPlan | None, ranges: _Ranges) -> tuple[TypePlan, ...]:
        """item: with its images, None where they cannot be used."""
        reader, node = self._reader, keys["types"]
        whole = reader.whole(keys["count"], "count", 1) if "count" in keys else None
        values = reader.mapping(node, "types", cure=_TYPE_CURE)
        if not node.value and isinstance(node, yaml.MappingNode):
            reader.problem(node, "types is empty; give at least one anomaly type")
        wanted, made, meanings = {}, {}, {}
        folders: dict[str, str] = {}
        for anomaly, value in values.items():
            folder = self._try(value, lambda anomaly=anomaly: check_anomaly(anomaly))
            self._check_distinct(value, f"type {anomaly!r}", folder, folders)
            given = {"": value} if isinstance(value, yaml.ScalarNode) else {}
            given = given or reader.mapping(value, f"type {anomaly!r}", TYPE_KEYS)
            wanted[anomaly] = value, share_of(reader, value, given, f"type {anomaly!r}")
            made[anomaly], meanings[anomaly] = self._ranges(given, ranges), self._meaning(given, anomaly)
            region = made[anomaly].region
            if region is not None and item is not None:
                self._try(region[0], lambda region=region[1]: check_region_file(region, item))
        counts = split_count(reader, node, wanted, whole)
        return tuple(
            TypePlan(
                anomaly,
                counts[anomaly],
                of.region and of.region[1],
                of.size,
                of.severity,
                of.defects,
                meanings[anomaly],
            )
            for anomaly, of in made.items()
            if anomaly in counts
        )

    def _meaning(self, given: dict[str, yaml.Node], anomaly: str) -> str:
        meaning = self._reader.text(given["meaning"], f"meaning of type {anomaly!r}") if "meaning" in given else None
        if meaning is not None:
            self._try(given["meaning"], lambda: check_meaning(meaning))
        return meaning or ""

    def _path(self, text: str) -> Path:
        return find_path(self._folder, text)

    def _check_distinct(self, node: yaml.Node, what: str, folder: str | None, folders: dict[str, str]) -> None:
        """Notes a folder that another has, here or on other systems. folders: those so far, by key; this one is added."""
        if folder is None:
            return
        other = folders.setdefault(name_key(folder), "")
        if other == folder:
            self._reader.problem(node, f"{what} has the same folder as another: {folder}")
        elif other:
            self._reader.problem(
                node,
                f"{what} has the same folder as {other!r} on other systems (macOS, Windows) or to the eye; rename one",
            )
        folders[name_key(folder)] = folder

    def _try(self, node: yaml.Node, check):  # type: ignore[no-untyped-def]
        """What `check` returns, or None with the problem noted."""
        try:
            return check()
        except InputError as error:
            self._reader.problem(node, str(error))
        except OSError as error:
            self._reader.problem(node, f"{node.value[:60]!r} cannot be used ({error.strerror or type(error).__name__})")
        except (ValueError, RuntimeError) as error:
            self._reader.problem(node, f"cannot be used ({error})")
        return None
