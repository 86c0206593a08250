"""Data sets that were edited, linked or made up: exported without what is broken, with a word of it, or refused in a line."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bad_files import encoded, png, ramp, whole_png
from sandbox import Command, outcome_of, sandbox, synthesized, unchanged

from anomaly_agent.agent.dataset.stored import open_stored
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.training.policy.trajectories.load import load_trajectories

IMAGE = whole_png()
MASK = np.zeros((72, 72), np.uint8)
MASK[20:40, 20:40] = 255
GOOD_MASK = encoded(MASK, "PNG")
SAMPLE, NORMAL, ITS_MASK = "test/stain/000.png", "train/good/000.png", "ground_truth/stain/000_mask.png"
ANNOTATIONS = "image,label,mask\nData/Images/Anomaly/000.png,stain,Data/Masks/Anomaly/000.png\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set of one normal image and three samples, as a run writes it; read it only."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "photos").mkdir()
    write_png(folder / "photos" / "a.png", ramp())
    synthesized(folder, 3)
    return folder


def plain(root: Path, layout: str = "mvtec") -> Path:
    """A set of two normal images and two samples that somebody else made."""
    places = {
        "mvtec": ("train/good/{}.png", "test/stain/{}.png", "ground_truth/stain/{}_mask.png"),
        "visa": ("Data/Images/Normal/{}.png", "Data/Images/Anomaly/{}.png", "Data/Masks/Anomaly/{}.png"),
    }[layout]
    for number in ("000", "001"):
        for place, data in zip(places, (IMAGE, IMAGE, GOOD_MASK), strict=True):
            path = root / place.format(number)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    if layout == "visa":
        (root / "image_anno.csv").write_text(ANNOTATIONS)
    return root


def put(path: Path, what: bytes | str) -> None:
    """Puts something in a path's place: bytes, or one of THINGS."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(what, bytes):
        path.write_bytes(what)
    else:
        THINGS[what](path)


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path is short
    try:
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(path.name)
    finally:
        os.chdir(here)


#: What is no file.
THINGS: dict[str, Callable[[Path], object]] = {
    "folder": Path.mkdir,
    "pipe": os.mkfifo,
    "socket": _socket,
    "link to nothing": lambda path: path.symlink_to("gone"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "link to an empty device": lambda path: path.symlink_to("/dev/null"),
    "link to a folder": lambda path: path.symlink_to("/"),
}


def export(command: Command, root: Path, codes: tuple[int, ...] = (0, 2)) -> Any:
    with unchanged(root.parent, "out"):
        return command.outcome(
            "export", root, "--format", "mvtec", "--validation", 0, "--output", root.parent / "out", codes=codes
        )


def exported(root: Path) -> list[str]:
    """The samples of an export, by name."""
    return sorted(path.name for path in (root.parent / "out").glob("*/test/stain/*.png"))


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(capsys)


@pytest.mark.parametrize("file", ["settings.json", "trajectories.jsonl", "decisions.json"])
@pytest.mark.parametrize("thing", THINGS)
def test_a_record_that_is_no_file_is_refused(command: Command, made: Path, file: str, thing: str) -> None:
    with sandbox() as folder:
        root = shutil.copytree(made / "out" / "plate", folder / "plate")
        put(root / file, thing)
        export(command, root, (2,)).is_refused(file)
        with unchanged(folder, "none"):
            command.outcome("curate", root, codes=(2,)).is_refused(file)
            asked = ["--item", "plate", "--anomaly", "stain", "--count", 4, "--output", folder]
            command.outcome("synthesize", "--images", made / "photos", *asked, codes=(2,)).is_refused("plate")


@pytest.mark.parametrize("thing", THINGS)
def test_a_table_of_types_that_is_no_file_is_refused(command: Command, thing: str) -> None:
    with sandbox() as folder:
        root = plain(folder / "set", "visa")
        put(root / "image_anno.csv", thing)
        export(command, root, (2,)).is_refused("image_anno.csv")


@pytest.mark.parametrize("thing", THINGS)
def test_a_mask_that_is_no_file_is_missed(command: Command, thing: str) -> None:
    with sandbox() as folder:
        root = plain(folder / "set")
        put(root / ITS_MASK, thing)
        export(command, root, (2,)).is_refused("000.png", "has no mask", ITS_MASK)


@pytest.mark.parametrize("thing", THINGS)
def test_a_picture_that_is_no_file_is_none_of_the_set(command: Command, thing: str) -> None:
    with sandbox() as folder:
        root = plain(folder / "set")
        put(root / SAMPLE, thing)
        put(root / "train/good/001.png", thing)
        assert "1 anomalous and 1 normal" in export(command, root, (0,)).is_taken()


#: What is written into a picture: the run leaves it out and names it, or takes it as it is.
BROKEN_PICTURES: dict[str, bytes] = {
    "empty": b"",
    "text": b"hello",
    "cut off": IMAGE[:200],
    "of another size": encoded(ramp(64), "PNG"),
    "too small": encoded(ramp(32), "PNG"),
    "a head alone": png(end=b""),
    "a gif": encoded(ramp(), "GIF"),
}


@pytest.mark.parametrize("name", BROKEN_PICTURES)
@pytest.mark.parametrize("file", [SAMPLE, ITS_MASK])
def test_a_broken_file_costs_itself_and_is_named(command: Command, file: str, name: str) -> None:
    with sandbox() as folder:
        root = plain(folder / "set")
        put(root / file, BROKEN_PICTURES[name])
        outcome = export(command, root, (0,))
        outcome.is_noticed("left out: ", ITS_MASK if name == "of another size" else file)
        assert "1 anomalous and 2 normal" in outcome.value and len(exported(root)) == 1


@pytest.mark.parametrize("name", [name for name in BROKEN_PICTURES if name != "of another size"])
def test_a_broken_normal_image_costs_itself_and_is_named(command: Command, name: str) -> None:
    with sandbox() as folder:
        root = plain(folder / "set")
        put(root / NORMAL, BROKEN_PICTURES[name])
        outcome = export(command, root, (0,))
        outcome.is_noticed("left out: ", NORMAL)
        assert "2 anomalous and 1 normal" in outcome.value


def _all_broken(root: Path) -> None:
    for path in (root / "test" / "stain").iterdir():
        path.write_bytes(b"hello")


#: Changes to a set that somebody else made -> words of the refusal.
FOLDERS: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "nothing in it": (shutil.rmtree, ("no such folder",)),
    "a file": (lambda root: (shutil.rmtree(root), root.write_bytes(b"x")), ("no such folder",)),
    "a pipe": (lambda root: (shutil.rmtree(root), os.mkfifo(root)), ("no such folder",)),
    "a link to itself": (lambda root: (shutil.rmtree(root), root.symlink_to(root.name)), ("no such folder",)),
    "no layout": (lambda root: (shutil.rmtree(root), root.mkdir()), ("no layout",)),
    "test as a file": (lambda root: put(root / "test", b"x"), ("no anomalous images",)),
    "test as a pipe": (lambda root: put(root / "test", "pipe"), ("no anomalous images",)),
    "test as a link to itself": (lambda root: put(root / "test", "link to itself"), ("cannot be read",)),
    "a type as a file": (lambda root: put(root / "test/stain", b"x"), ("no anomalous images",)),
    "masks as a file": (lambda root: put(root / "ground_truth", b"x"), ("has no mask",)),
    "masks as a link to itself": (lambda root: put(root / "ground_truth", "link to itself"), ("has no mask",)),
    "a type's masks as a file": (lambda root: put(root / "ground_truth/stain", b"x"), ("has no mask",)),
    "a mask missing": (lambda root: (root / ITS_MASK).unlink(), ("has no mask", ITS_MASK)),
    "good alone": (lambda root: shutil.rmtree(root / "test/stain"), ("no anomalous images",)),
    "no normal images": (lambda root: shutil.rmtree(root / "train"), ("no normal images",)),
    "types that differ in case": (
        lambda root: [
            shutil.copytree(root / part / "stain", root / part / "Stain") for part in ("test", "ground_truth")
        ],
        ("'Stain'", "'stain'", "other systems"),
    ),
    "every sample broken": (_all_broken, ("no sample can be read",)),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_set_that_is_none_is_refused(command: Command, name: str) -> None:
    change, words = FOLDERS[name]
    with sandbox() as folder:
        root = plain(folder / "set")
        change(root)
        export(command, root, (2,)).is_refused(*words)
        assert not (folder / "out").exists()


#: Things beside a set's own files, which change nothing.
STRAY: dict[str, Callable[[Path], object]] = {
    "macOS's twins": lambda root: put(root / "test/stain/._000.png", b"\0\5\x16\7"),
    "a notebook's folder": lambda root: put(root / "test/.ipynb_checkpoints/000-checkpoint.png", IMAGE),
    "macOS's folder": lambda root: put(root / "test/__MACOSX/000.png", IMAGE),
    "thumbnails of Windows": lambda root: put(root / "test/stain/Thumbs.db", b"x"),
    "a text": lambda root: put(root / "test/stain/notes.txt", b"x"),
    "a script named like a picture": lambda root: put(root / "test/stain/x.png.sh", b"touch /tmp/x"),
    "a pipe": lambda root: put(root / "test/stain/x.png", "pipe"),
    "a link out of the set in a circle": lambda root: (root / "test/stain/up").symlink_to("../.."),
    "a link to the root": lambda root: (root / "train/good/x").symlink_to("/"),
    "an empty type": lambda root: (root / "test/dent").mkdir(),
    "a mask without a picture": lambda root: put(root / "ground_truth/stain/777_mask.png", GOOD_MASK),
    "a label beside a picture": lambda root: put(root / "train/good/000_label.png", GOOD_MASK),
    "Python in the set": lambda root: put(root / "__init__.py", b"open('/tmp/sprung', 'w')"),
    "a folder that is hidden": lambda root: put(root / ".git/test/x/000.png", IMAGE),
}


def test_types_whose_folders_differ_in_a_blank_are_one(command: Command) -> None:
    with sandbox() as folder:
        root = plain(folder / "set")
        for part in ("test", "ground_truth"):
            shutil.copytree(root / part / "stain", root / part / "stain ")
        assert "4 anomalous and 2 normal" in export(command, root, (0,)).is_taken()
        assert len(exported(root)) == 4


@pytest.mark.parametrize("name", STRAY)
def test_stray_files_are_none_of_a_set(command: Command, name: str) -> None:
    with sandbox() as folder:
        root = plain(folder / "set")
        STRAY[name](root)
        outcome = export(command, root, (0,))
        assert "2 anomalous and 2 normal" in outcome.is_taken()


def record(made: Path) -> dict[str, Any]:
    """The first sample's record, without most of its conversation."""
    with (made / "out/plate/trajectories.jsonl").open(encoding="utf-8") as file:
        value: dict[str, Any] = json.loads(file.readline())
    return {**value, "messages": value["messages"][:2]}


#: Other values for a record's entries, as which the line is refused.
ENTRIES: dict[str, dict[str, object]] = {
    **{
        f"{name} {value!r}"[:60]: {name: value}
        for name in ("image", "mask")
        for value in (
            "../x.png",
            "/etc/passwd",
            "a/../../x.png",
            "..\\x.png",
            "C:\\x.png",
            "C:x.png",
            "\\\\server\\x",
            "//server/x",
            "a\0b.png",
            "",
            " ",
            None,
            7,
            ["x"],
            {"a": 1},
            True,
        )
    },
    **{f"item {value!r}"[:60]: {"item": value} for value in ("", None, 7, ["x"])},
    **{f"anomaly_type {value!r}"[:60]: {"anomaly_type": value} for value in ("", None, 7, {"a": 1})},
    "images that climb": {"images": ["../../x.png", SAMPLE]},
    "images at the root": {"images": ["/etc/passwd", SAMPLE]},
    "images with NUL": {"images": ["a\0.png", SAMPLE]},
}


@pytest.mark.parametrize("name", ENTRIES)
def test_a_record_that_leads_out_or_lacks_something_is_refused(command: Command, made: Path, name: str) -> None:
    with sandbox() as folder:
        root = shutil.copytree(made / "out" / "plate", folder / "plate")
        (root / "trajectories.jsonl").write_text(json.dumps({**record(made), **ENTRIES[name]}) + "\n")
        outcome_of(lambda: open_stored(root), folder, "none").is_refused("trajectories.jsonl, line 1")


#: A file of records in whole -> words of the refusal; None where it is taken, and three samples are exported.
LINES: dict[str, tuple[Callable[[bytes, bytes], bytes], tuple[str, ...] | None]] = {
    "empty": (lambda lines, one: b"", None),
    "blank lines": (lambda lines, one: b"\n \n" + lines, None),
    "a line twice": (lambda lines, one: lines + lines, None),
    "a last line cut off": (lambda lines, one: lines + one[: len(one) // 2], None),
    "lines of Windows": (lambda lines, one: lines.replace(b"\n", b"\r\n"), None),
    "other entries of any kind": (
        lambda lines, one: (
            json.dumps({**json.loads(one), "seed": 10**40, "passed": True, "x": [None]}).encode() + b"\n"
        ),
        None,
    ),
    "attempts that are none": (
        lambda lines, one: (
            json.dumps({**json.loads(one), "attempts": [1, None, "x", {"image": 10**30}]}).encode() + b"\n"
        ),
        None,
    ),
    "attempts of NaN": (
        lambda lines, one: (
            json.dumps({**json.loads(one), "attempts": [{"image": 2, "score": float("nan")}]}).encode() + b"\n"
        ),
        None,
    ),
    "attempts of 1e400": (lambda lines, one: one.replace(b'"score": ', b'"score": 1e400, "x": ', 1) + b"\n", None),
    "a mark of byte order": (lambda lines, one: b"\xef\xbb\xbf" + lines, ("line 1",)),
    "a first line cut off": (lambda lines, one: one[: len(one) // 2] + b"\n" + lines, ("line 1", "take it away")),
    "UTF-16": (lambda lines, one: lines.decode().encode("utf-16"), ("not UTF-8",)),
    "bytes of no UTF-8": (lambda lines, one: lines + b'{"a": "\xff\xfe"}\n', ("not UTF-8",)),
    "zeros": (lambda lines, one: b"\0" * 5000 + b"\n", ("line 1",)),
    "a picture": (lambda lines, one: IMAGE, ("not UTF-8",)),
    "a list": (lambda lines, one: b"[1]\n", ("line 1", "not a sample")),
    "null": (lambda lines, one: b"null\n", ("line 1",)),
    "a number of 100000 digits": (lambda lines, one: b"9" * 100_000 + b"\n", ("line 1",)),
    "100000 lists": (lambda lines, one: b"[" * 100_000 + b"\n", ("line 1",)),
    "an entry nested 200 deep": (lambda lines, one: b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}\n", ("line 1",)),
    "two records in a line": (lambda lines, one: one + one + b"\n", ("line 1",)),
    "one list of all records": (lambda lines, one: b"[" + one + b"]\n", ("line 1",)),
    "a line of 20 MB": (lambda lines, one: b'"' + b"x" * 20_000_000 + b'"\n', ("line 1",)),
}


@pytest.mark.parametrize("name", LINES)
def test_records_of_any_form_are_read_or_refused_by_their_line(command: Command, made: Path, name: str) -> None:
    change, words = LINES[name]
    with sandbox() as folder:
        root = shutil.copytree(made / "out" / "plate", folder / "plate")
        lines = (root / "trajectories.jsonl").read_bytes()
        (root / "trajectories.jsonl").write_bytes(change(lines, json.dumps(record(made)).encode()))
        if words is None:
            samples = outcome_of(lambda: open_stored(root)[0].samples, folder, "none").is_taken()
            assert {sample.image for sample in samples} <= {f"test/stain/00{n}.png" for n in range(3)} and samples
        else:
            export(command, root, (2,)).is_refused("trajectories.jsonl", *words)
        with unchanged(folder, "none"):
            outcome_of(lambda: load_trajectories(root / "trajectories.jsonl"), folder, "none")


#: Contents of settings.json and of decisions.json that are none of ours.
OTHER_JSON: dict[str, bytes] = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "a number": b"7",
    "zeros": b"\0" * 100,
    "no UTF-8": b"\xff\xfe\xfd",
    "100000 lists": b"[" * 100_000,
    "objects 200 deep": b'{"a":' * 200 + b"1" + b"}" * 200,
    "a number of 100000 digits": b'{"version": ' + b"9" * 100_000 + b"}",
    "a picture": IMAGE,
}
DECISIONS: dict[str, object] = {
    "no version": {"revision": 1, "decisions": {}},
    "another version": {"version": 2, "revision": 1, "decisions": {}},
    "a version of a text": {"version": "1", "revision": 1, "decisions": {}},
    "no revision": {"version": 1, "decisions": {}},
    "a revision below 0": {"version": 1, "revision": -1, "decisions": {}},
    "a revision of true": {"version": 1, "revision": True, "decisions": {}},
    "a revision of 1.5": {"version": 1, "revision": 1.5, "decisions": {}},
    "decisions that are a list": {"version": 1, "revision": 1, "decisions": [1]},
    "decisions that are null": {"version": 1, "revision": 1, "decisions": None},
    "a decision that is a text": {"version": 1, "revision": 1, "decisions": {SAMPLE: "keep"}},
    "a decision that is null": {"version": 1, "revision": 1, "decisions": {SAMPLE: None}},
    "a word that is a list": {"version": 1, "revision": 1, "decisions": {SAMPLE: {"review": [1]}}},
    "kept as a text": {"version": 1, "revision": 1, "decisions": {SAMPLE: {"review": {"kept": "yes"}}}},
    "kept as a number": {"version": 1, "revision": 1, "decisions": {SAMPLE: {"review": {"kept": 1}}}},
    "why as a number": {"version": 1, "revision": 1, "decisions": {SAMPLE: {"review": {"kept": True, "why": 7}}}},
    "a sample that climbs": {"version": 1, "revision": 1, "decisions": {"../../x.png": {}}},
    "a sample at the root": {"version": 1, "revision": 1, "decisions": {"/etc/passwd": {}}},
    "a sample with NUL": {"version": 1, "revision": 1, "decisions": {"a\0.png": {}}},
    "a sample of no name": {"version": 1, "revision": 1, "decisions": {"": {}}},
}
JSON_FILES = {
    **{("settings.json", name): data for name, data in OTHER_JSON.items()},
    **{("decisions.json", name): data for name, data in OTHER_JSON.items()},
    **{("decisions.json", name): json.dumps(value).encode() for name, value in DECISIONS.items()},
}


@pytest.mark.parametrize("case", JSON_FILES, ids=" ".join)
def test_settings_and_decisions_of_another_form_are_refused(made: Path, case: tuple[str, str]) -> None:
    with sandbox() as folder:
        root = shutil.copytree(made / "out" / "plate", folder / "plate")
        (root / case[0]).write_bytes(JSON_FILES[case])
        outcome_of(lambda: open_stored(root), folder, "none").is_refused(case[0])


#: Tables of VisA -> the types that are read, or words of the refusal.
TABLES: dict[str, tuple[bytes, set[str] | str]] = {
    "empty": (b"", "image_anno.csv"),
    "a head alone": (b"image,label,mask\n", {"anomaly"}),
    "a mark of byte order": (b"\xef\xbb\xbf" + ANNOTATIONS.encode(), {"stain", "anomaly"}),
    "lines of Windows": (ANNOTATIONS.replace("\n", "\r\n").encode(), {"stain", "anomaly"}),
    "backslashes": (ANNOTATIONS.replace("/", "\\").encode(), {"stain", "anomaly"}),
    "columns in another order": (b"mask,label,image\nx,stain,Data/Images/Anomaly/000.png\n", {"stain", "anomaly"}),
    "several labels": (b'image,label,mask\nData/Images/Anomaly/000.png,"stain,dent",x\n', {"stain", "anomaly"}),
    "a label of blanks": (b'image,label,mask\nData/Images/Anomaly/000.png,"  ",x\n', {"anomaly"}),
    "paths that climb": (b"image,label,mask\n../../../etc/anomaly/passwd,stain,../x\n", {"anomaly"}),
    "columns too many": (b"image,label,mask\nData/Images/Anomaly/000.png,stain,x,y,z\n", {"stain", "anomaly"}),
    "no such columns": (b"a,b\n1,2\n", "image_anno.csv"),
    "semicolons": (ANNOTATIONS.replace(",", ";").encode(), "image_anno.csv"),
    "columns too few": (b"image,label,mask\nData/Images/Anomaly/000.png\n", "image_anno.csv"),
    "UTF-16": (ANNOTATIONS.encode("utf-16"), "image_anno.csv"),
    "bytes of no UTF-8": (b"image,label,mask\n\xff\xfe,x,y\n", "image_anno.csv"),
    "a field of 200000 letters": (b"image,label,mask\n" + b"x" * 200_000 + b",a,b\n", "image_anno.csv"),
    "a picture": (IMAGE, "image_anno.csv"),
    "JSON": (b'[{"image": "000.png"}]', "image_anno.csv"),
    "a quote that never ends": (b'image,label,mask\n"Data/Images/Anomaly/000.png,stain,x\n', "image_anno.csv"),
    "a label that climbs": (b"image,label,mask\nData/Images/Anomaly/000.png,../../x,y\n", {"_.._.._x", "anomaly"}),
    "a label that is a device": (b"image,label,mask\nData/Images/Anomaly/000.png,con,y\n", {"_con", "anomaly"}),
    "a label that is a script": (b"image,label,mask\nData/Images/Anomaly/000.png,<script>,y\n", {"script", "anomaly"}),
    "a label with NUL": (b"image,label,mask\nData/Images/Anomaly/000.png,a\0b,y\n", {"a_b", "anomaly"}),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_types_is_read_or_refused_by_its_name(command: Command, name: str) -> None:
    data, wanted = TABLES[name]
    with sandbox() as folder:
        root = plain(folder / "set", "visa")
        (root / "image_anno.csv").write_bytes(data)
        if isinstance(wanted, str):
            export(command, root, (2,)).is_refused(wanted)
        else:
            items = outcome_of(lambda: open_stored(root), folder, "none").is_taken()
            assert {sample.anomaly for item in items for sample in item.samples} == wanted
            assert "2 anomalous" in export(command, root, (0,)).is_taken()


#: Links in a run's own folder, which lead out of it: (the file, where to).
LINKS = [
    ("trajectories.jsonl", "../../neighbour.txt"),
    ("settings.json", "../../neighbour.txt"),
    ("summary.json", "../../neighbour.txt"),
    ("report.html", "../../neighbour.txt"),
    (".lock", "../../created"),
    (".decisions.json.lock", "../../created"),
    ("decisions.json", "../../neighbour.txt"),
    ("test/stain/000.png", "../../../../neighbour.txt"),
    ("trajectories.jsonl", "../../created"),
    ("settings.json", "../../created"),
    ("report.html", "../../created"),
]


@pytest.mark.parametrize(("file", "target"), LINKS)
def test_nothing_is_written_through_a_link_out_of_a_set(command: Command, made: Path, file: str, target: str) -> None:
    with sandbox() as folder:
        root = shutil.copytree(made / "out", folder / "x" / "out") / "plate"
        neighbour = folder / "neighbour.txt"
        neighbour.write_text("mine")
        put(root / file, b"")
        (root / file).unlink()
        (root / file).symlink_to(Path("../") / target)
        asked = ["--item", "plate", "--anomaly", "stain", "--count", 4, "--output", folder / "x" / "out"]
        with unchanged(folder, "x"):
            command.outcome("synthesize", "--images", made / "photos", *asked)
            command.outcome("curate", root)
        assert neighbour.read_text() == "mine" and not (folder / "created").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads all")
@pytest.mark.parametrize(
    "file", ["settings.json", "trajectories.jsonl", "decisions.json", "test", "test/stain", SAMPLE]
)
def test_what_may_not_be_read_is_named(command: Command, made: Path, file: str) -> None:
    with sandbox() as folder:
        root = shutil.copytree(made / "out" / "plate", folder / "plate")
        (root / "decisions.json").write_text('{"version": 1, "revision": 0, "decisions": {}}')
        mode = (root / file).stat().st_mode
        (root / file).chmod(0)
        outcome = command.outcome("export", root, "--format", "mvtec", "--output", folder / "out")
        (root / file).chmod(mode)
        assert file.rsplit("/", maxsplit=1)[-1] in "".join((*outcome.refusal, *outcome.notices))
