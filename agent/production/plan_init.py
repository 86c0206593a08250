"""Writes a plan to start from, with every key explained, for a folder of normal images."""

from __future__ import annotations

import os
from pathlib import Path
from string import Template

import yaml

from ..core.errors import InputError
from ..dataset.names import folder_name, safe_names, type_folder
from ..dataset.reader import GOOD, is_item
from ..defects.describing import is_known
from ..defects.families import FAMILIES
from ..defects.naming import forms_of
from ..imaging.io import read_image
from ..imaging.picture_files import folders_in, list_images
from ..scene.scene import analyze_scene
from ..tools.knowledge_retrieval.occurrence import is_of_known_material, plausible_types
from .plan_nodes import is_text

_COUNT = 50
# Samples of an item whose types have shares.
_WHOLE = 200
_TEXT = "tag:yaml.org,2002:str"

_PLAN = Template("""\
# A plan for: anomaly-agent synthesize --plan $plan
# Paths are relative to this file's folder. What stands behind a # is a comment, or a choice that is not taken.

output: $output            # each item's data set goes to a folder of its own in here
seed: 0                    # the same plan with the same seed gives the same files
threshold: 5               # a sample passes when its score, 0-10, is above this
attempts: 3                # images made for one sample at most
# knowledge: [notes]       # folders of your own notes on defects (.md, .json)

# models:                  # without this, everything is computed, with nothing to download
#   policy: trained        # who decides: trained, scripted, or model (the language model)
#   judge: embedded        # who scores: embedded or model
#   editor: models/Qwen-Image-Edit-2511
#   language_model: Qwen/Qwen3-VL-8B-Instruct
#   server: http://127.0.0.1:8000/v1

# How large and how severe defects may be, as [least, most]. Here for the whole plan; an item or a type can have its own.
# size: [0.1, 0.4]         # longest extent, as a fraction of the product's size
# severity: [0.3, 0.8]     # from 0 (at the limit of visibility) to 1 (gross)
# defects: [1, 4]          # of the type in one picture; a detector learns more from a picture that shows it more

items:
$items""")

_ITEM = Template("""\
  $name:
    images: $images
    # region: region.png   # a picture of the images' size, white where a defect may go
    types:                 # accepted samples of each; or shares such as 40%, with 'count: 200' beside 'images'
$types""")


def write_plan(folder: Path, plan: Path) -> int:
    """Writes a plan for the normal images of a folder: pictures in it, a data set in the MVTec AD layout, or a folder of such
    folders. Returns how many items it has.

    Raises InputError where there are no pictures, and where the plan's file is there already.
    """
    base = Path(os.path.abspath(plan)).parent
    _check_text(plan.name)
    sources = _sources(folder)
    called = [Path(os.path.abspath(inner)).name for inner, _ in sources]
    names = safe_names(called, f"{folder}: items")
    if len(set(names.values())) < len(called):
        raise InputError(f"{folder}: has two items of one name ({', '.join(sorted(called))}); rename a folder")
    items = [
        _item(inner, _spoken(names[name]), images, base) for (inner, images), name in zip(sources, called, strict=True)
    ]
    text = _PLAN.substitute(plan=plan.name, output="data", items="".join(items))
    try:
        with plan.open("xb") as file:
            file.write(text.encode())
    except FileExistsError:
        raise InputError(
            f"{plan}: is there already, and is not written over; choose another name with --plan"
        ) from None
    except OSError as error:
        raise InputError(f"{plan}: cannot be written ({error.strerror}); choose another place with --plan") from error
    return len(items)


def _check_text(name: str) -> None:
    if not is_text(name):
        raise InputError(f"{name}: a plan cannot hold this name; take control characters and half letters out of it")


def _sources(folder: Path) -> list[tuple[Path, Path]]:
    """(the item's folder, its normal images') of each item."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; give a folder of normal images")
    found = _normals(folder)
    if found is not None:
        return [(folder, found)]
    inner = [(path, _normals(path)) for path in folders_in(folder)]
    several = [(path, images) for path, images in inner if images is not None]
    if not several:
        list_images(folder)  # says that there are none
    return several


def _normals(folder: Path) -> Path | None:
    """Where an item's normal images lie, None where there are none."""
    images = folder / "train" / GOOD if is_item(folder) else folder
    try:
        list_images(images)
    except InputError:
        return None
    return images


def _item(folder: Path, name: str, images: Path, base: Path) -> str:
    types = "".join(f"      {_quoted(anomaly)}: {count}\n" for anomaly, count in _types(folder, name, images).items())
    shown = os.path.relpath(os.path.abspath(images), base)
    _check_text(shown)
    posix = Path(shown).as_posix()
    path = f"./{posix}" if posix.startswith("~") else posix  # no user's home
    return _ITEM.substitute(name=_quoted(name), images=_quoted(path), types=types)


def _types(folder: Path, item: str, images: Path) -> dict[str, int]:
    """Anomaly types and their samples: those that a data set has and the tools know, else those that can occur on the item's
    material, as often as its notes say, else some that many products have.
    """
    test = folder / "test"
    found = [path.name for path in folders_in(test) if path.name != GOOD]
    names = sorted(set(safe_names(found, f"{test}: anomaly types", (GOOD,)).values()))
    if there := [_spoken(name) for name in names if _known(name)]:
        return dict.fromkeys(there, _COUNT)
    if not is_of_known_material(item):
        return dict.fromkeys((forms_of(one.name)[0] for one in FAMILIES.values() if one.common), _COUNT)
    shares = plausible_types(item, analyze_scene(read_image(list_images(images)[0])))
    return {anomaly: max(1, round(_WHOLE * share)) for anomaly, share in shares.items()}


def _spoken(name: str) -> str:
    """A folder's name with spaces, where it stays the same folder's."""
    words = name.replace("_", " ")
    try:
        return words if folder_name(words, "name") == name else name
    except InputError:
        return name


def _known(name: str) -> bool:
    try:
        type_folder(name)
        return is_known(name)
    except InputError:
        return False


def _quoted(text: str) -> str:
    """As YAML, in quotes unless it is plain words and no word of YAML's own, such as null."""
    plain = text.replace(" ", "").replace("/", "").replace("_", "").replace("-", "")
    words = plain.isalnum() and text[0].isalpha() and text == text.strip() and yaml.compose(text).tag == _TEXT
    return text if words else "'" + text.replace("'", "''") + "'"
