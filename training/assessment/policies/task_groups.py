"""What policies are compared on: groups of tasks that no training has drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from ....agent.core.errors import InputError
from ....agent.dataset.reader import GOOD
from ....agent.defects.describing import check_known
from ....agent.imaging.picture_files import folders_in, list_images
from ...policy.tasks import HELD_OUT, TRAINED_ON, FolderTasks, RenderedTasks, TaskSource

#: Editors: the embedded renderer, that draws what it is told; or one with a bias of its own in every task.
Setting = Literal["faithful", "unfaithful"]
SETTINGS: tuple[Setting, ...] = get_args(Setting)


@dataclass(frozen=True, eq=False)
class TaskGroup:
    """name: as in tables. count: tasks a seed and setting. source: (seed, share of unfaithful editors) -> tasks. facts: what
    the tasks are drawn from, for the settings. real: photographs, not renderings.
    """

    name: str
    count: int
    source: Callable[[int, float], TaskSource]
    facts: dict[str, Any]
    real: bool = False


def rendered_groups(count: int, side: int) -> list[TaskGroup]:
    """Products that training never sees, and unseen photographs of those that it does. side: px."""

    def group(name: str, products: tuple[str, ...]) -> TaskGroup:
        def source(seed: int, unfaithful: float) -> TaskSource:
            return RenderedTasks(products, side, unfaithful, seed, unseen=True)

        return TaskGroup(name, count, source, {"products": list(products), "side": side, "count": count})

    return [group("held-out products", HELD_OUT), group("unseen photographs", TRAINED_ON)]


@dataclass(frozen=True)
class Category:
    """One item's set in the MVTec AD layout. train, test: its normal images. anomalies: folder names below test/."""

    folder: Path
    train: tuple[Path, ...]
    test: tuple[Path, ...]
    anomalies: tuple[str, ...]

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    @property
    def facts(self) -> dict[str, Any]:
        """What changes when the set does; no path."""
        names = "\n".join(path.name for path in (*self.train, *self.test))
        return {
            "images": len(self.train) + len(self.test),
            "names": hashlib.sha256(names.encode()).hexdigest()[:16],
            "anomalies": list(self.anomalies),
        }

    def tasks(self, seed: int, unfaithful: float, with_test: bool = True) -> FolderTasks:
        """Tasks on its normal images. with_test: those of test/ too."""
        images = (*self.train, *self.test) if with_test else self.train
        return FolderTasks(images, spoken(self.name), tuple(map(spoken, self.anomalies)), unfaithful, seed)


def spoken(folder: str) -> str:
    """A folder's name in words."""
    return folder.replace("_", " ").strip()


def list_categories(folder: Path, tell: Callable[[str], None]) -> list[Category]:
    """The sets below a folder, or the folder itself where it is one. tell: hears of anomaly types, and of sets, that are
    left out because the embedded tools know no such defect. Raises InputError where nothing is left, or an image folder is
    empty.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give a folder of data sets in the MVTec AD layout")
    inner = [folder] if _is_set(folder) else [path for path in folders_in(folder) if _is_set(path)]
    found = [category for path in inner if (category := _category(path, tell)) is not None]
    if not found:
        raise InputError(f"{folder}: no data set in the MVTec AD layout (NAME/train/good, NAME/test/TYPE)")
    return found


def category_groups(categories: list[Category], count: int) -> list[TaskGroup]:
    """A group a category."""
    return [
        TaskGroup(category.name, count, category.tasks, {**category.facts, "count": count}, real=True)
        for category in categories
    ]


def _is_set(path: Path) -> bool:
    return (path / "train" / GOOD).is_dir() and (path / "test").is_dir()


def _category(path: Path, tell: Callable[[str], None]) -> Category | None:
    kinds = []
    for kind in (inner.name for inner in folders_in(path / "test") if inner.name != GOOD):
        try:
            check_known(spoken(kind))
        except InputError as error:
            tell(f"left out: {path.name}/{kind}: {error}")
        else:
            kinds.append(kind)
    if not kinds:
        tell(f"left out: {path.name}: no anomaly type that is known")
        return None
    good = path / "test" / GOOD
    test = tuple(list_images(good)) if good.is_dir() else ()
    return Category(path, tuple(list_images(path / "train" / GOOD)), test, tuple(kinds))
