"""Plans as attackers, editors and other programs leave them: each is refused by its lines, or makes what it says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from bad_files import encoded, whole_png
from sandbox import Command, outcome_of, sandbox

from anomaly_agent.agent.production.plan import Plan
from anomaly_agent.agent.production.plan_file import read_plan

GOOD = "output: out\nitems:\n  nut:\n    images: photos\n    types: {scratch: 2}\n"


def plan(item: str = "images: photos, types: {scratch: 2}", head: str = "output: out", name: str = "nut") -> str:
    """A plan of one item."""
    return f"{head}\nitems:\n  {name}: {{{item}}}\n"


def types(text: str, more: str = "") -> str:
    return plan(f"images: photos, types: {text}{more}")


def laughs(levels: int, width: int = 9) -> str:
    lines = ["x-0: &a0 [lol]"]
    lines += [f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines) + "\n" + GOOD


def merged_laughs(levels: int) -> str:
    lines = ["x-0: &a0 {scratch: 1}"]
    lines += [f"x-{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, levels)]
    return "\n".join(lines) + "\n" + types(f"*a{levels - 1}")


def tagged(tag: str, value: str = "x") -> str:
    return types(f"{{scratch: !!{tag} {value}}}")


#: Name -> (the file, words of what is said).
REFUSED: dict[str, tuple[str | bytes, tuple[str, ...]]] = {
    # the file
    "empty": ("", ("is empty",)),
    "blanks alone": (" \n\n  \n", ("is empty",)),
    "comments alone": ("# a plan\n# to be\n", ("is empty",)),
    "document marks alone": ("---\n...\n", ()),
    "null": ("null", ()),
    "a text": ("hello", ("key: value",)),
    "a number": ("7", ("key: value",)),
    "a list": ("- a\n- b\n", ("key: value",)),
    "two documents": (GOOD + "---\n" + GOOD, ("plan.yaml:6",)),
    "a picture": (whole_png(), ("no YAML",)),
    "zeros": (b"\0" * 100, ("no YAML",)),
    "UTF-16": (GOOD.encode("utf-16") + b"\0", ("no YAML",)),
    "UTF-32": (GOOD.encode("utf-32"), ("no YAML",)),
    "Latin-1": ("output: Größe\n".encode("latin-1") + GOOD.encode(), ("no YAML",)),
    "cut in a character": (GOOD.encode() + "é".encode()[:1], ("no YAML",)),
    "surrogates as bytes": (b"output: \xed\xa0\x80\n" + GOOD.encode(), ("no YAML",)),
    "larger than a megabyte": (GOOD + "#" * 1_100_000, ("larger than",)),
    "JSON of lists": ("[" * 30_000, ("deep",)),
    "objects in one another": ("{a: " * 30_000, ("deep",)),
    "lists in one another by lines": ("- " * 5000, ("deep",)),
    "41 levels": ("output: out\nx-a: " + "[" * 45 + "]" * 45 + "\nitems: {}", ("deep",)),
    "tabs as indents": ("output: out\nitems:\n\tnut:\n\t\timages: photos\n", ("plan.yaml:3",)),
    "unclosed bracket": ("output: [out\n", ("no YAML",)),
    "unclosed quote": ("output: 'out\n", ("no YAML",)),
    "unclosed braces": (GOOD.rstrip()[:-1], ("no YAML",)),
    "an escape of no character": ('output: "\\U7FFFFFFF"\n', ("no YAML",)),
    "an escape of half a character": ('output: "a\\ud800"\n' + plan(head="x-a: 1"), ("output",)),
    "an escape that breaks off": ('output: "\\x"\n', ("no YAML",)),
    "NUL by an escape": (plan(head='output: "a\\0b"'), ("control",)),
    "a bell in the output": (plan(head='output: "a\\ab"'), ("control",)),
    "a line's end in the output": (plan(head='output: "a\\nb"'), ("control",)),
    "a directive of version 9": ("%YAML 9.9\n---\n" + GOOD, ("no YAML",)),
    "an unknown handle": ("a: !u!x y\n" + GOOD, ("no YAML",)),
    "a reserved character": ("output: @out\n", ("no YAML",)),
    "a key of a list": ("? [a, b]\n: 1\n" + GOOD, ("must be a text",)),
    "a key of a mapping": ("? {a: b}\n: 1\n" + GOOD, ("must be a text",)),
    "an empty key": ("? \n: 1\n" + GOOD, ("must be a text",)),
    "a key of 100000 letters": (f"{'k' * 900}: 1\n" + GOOD, ("unknown key",)),
    "100000 keys": ("\n".join(f"k{n}: 1" for n in range(20_000)) + "\n" + GOOD, ("problems", "and 19980 more")),
    # anchors, aliases, merges, tags
    "an alias of nothing": ("output: *gone\n" + plan(head="x-a: 1"), ("plan.yaml:1",)),
    "an anchor in itself": ("x-a: &a [*a]\n" + GOOD, ("its own anchor",)),
    "a plan that is itself": ("&a\noutput: out\nitems: *a\n", ("its own anchor",)),
    "an item that holds itself": ("output: out\nitems: &a\n  nut: *a\n", ("its own anchor",)),
    "a merge with itself": ("output: out\nitems:\n  nut: &a\n    <<: *a\n    images: photos\n", ("its own anchor",)),
    "ten levels of nine aliases": (laughs(10), ("aliases",)),
    "thirty levels of nine aliases": (laughs(30), ("aliases",)),
    "thirty levels of two aliases": (laughs(30, 2), ("aliases",)),
    "ten levels of merges": (merged_laughs(10), ("aliases",)),
    "a merge of a text": (types("{<<: scratch, dent: 1}"), ("<<",)),
    "a merge of a number": (types("{<<: 7, dent: 1}"), ("<<",)),
    "a merge of nothing": (types("{<<: , dent: 1}"), ("<<",)),
    "a merge of an empty list": (types("{<<: [], dent: 1}"), ("<<",)),
    "two merges": ("x-a: &a {dent: 1}\nx-b: &b {chip: 1}\n" + types("{<<: *a, <<: *b}"), ("<<",)),
    "Python's objects": (
        "output: !!python/object/apply:os.system ['touch sprung']\n" + plan(head="x-a: 1"),
        ("output",),
    ),
    "Python's new objects": (
        "output: !!python/object/new:subprocess.Popen [['touch', 'sprung']]\n" + plan(head="x-a: 1"),
        ("output",),
    ),
    "Python's modules as an item": ("output: out\nitems: !!python/module:os {}\n", ("items",)),
    "Python's tuples": (tagged("python/tuple", "[1, 2]"), ("scratch",)),
    "a set as types": (types("!!set {scratch, dent}"), ("no value",)),
    "pairs as types": (types("!!pairs [scratch: 1]"), ("types",)),
    "binary as a count": (tagged("binary", "Mg=="), ("scratch",)),
    "binary as a list": (types("{scratch: !!binary [a]}"), ("scratch",)),
    "a date as a count": (types("{scratch: 2001-12-14}"), ("scratch",)),
    "a time as a count": (types("{scratch: 12:30:45}"), ("scratch",)),
    # keys
    "no output": (plan(head="seed: 1"), ("'output' is missing",)),
    "no items": ("output: out\n", ("'items' is missing",)),
    "output of nothing": (plan(head="output:"), ("has no value",)),
    "output as a list": (plan(head="output: [a, b]"), ("output must be a text",)),
    "output as an object": (plan(head="output: {a: b}"), ("output must be a text",)),
    "output of blanks": (plan(head='output: "  "'), ("output is empty",)),
    "items of nothing": ("output: out\nitems:\n", ("has no value",)),
    "items as a list": ("output: out\nitems: [nut]\n", ("items must be",)),
    "items of none": ("output: out\nitems: {}\n", ("items is empty",)),
    "an item of nothing": ("output: out\nitems: {nut: }\n", ("has no value",)),
    "an item as a text": ("output: out\nitems: {nut: photos}\n", ("item 'nut'",)),
    "an item twice": (
        "output: out\nitems:\n  nut: {images: photos, types: {dent: 1}}\n  nut: {images: photos, types: {dent: 1}}\n",
        ("given twice",),
    ),
    "an item twice by its accents": (
        "output: out\nitems:\n  é: {images: photos, types: {dent: 1}}\n  é: {images: photos, types: {dent: 1}}\n",
        ("given twice",),
    ),
    "items that differ in case": (
        "output: out\nitems:\n  Nut: {images: photos, types: {dent: 1}}\n  nut: {images: photos, types: {dent: 1}}\n",
        ("other systems",),
    ),
    "items that differ in blanks": (
        "output: out\nitems:\n  a b: {images: photos, types: {dent: 1}}\n  a_b: {images: photos, types: {dent: 1}}\n",
        ("same folder",),
    ),
    "items that differ in what is not seen": (
        "output: out\nitems:\n  ab: {images: photos, types: {dent: 1}}\n  a\u200bb: {images: photos, types: {dent: 1}}\n",
        ("item",),
    ),
    "an unknown key": (plan(head="output: out\nsead: 7"), ("did you mean 'seed'",)),
    "a key in another case": (plan(head="Output: out"), ("unknown key 'Output'",)),
    "a key with a blank of no width": (plan(head="out\u200bput: out"), ("unknown key",)),
    "no images": (plan("types: {scratch: 1}"), ("'images' is missing",)),
    "no types": (plan("images: photos"), ("'types' is missing",)),
    "types of nothing": (plan("images: photos, types: "), ("has no value",)),
    "types of none": (types("{}"), ("types is empty",)),
    "types as a list": (types("[scratch]"), ("types must be",)),
    "types as a text": (types("scratch"), ("types must be",)),
    "a type of nothing": (types("{scratch: }"), ("has no value",)),
    "a type twice": (types("{scratch: 1, scratch: 2}"), ("given twice",)),
    "a type that differs in case": (types("{scratch: 1, Scratch: 2}"), ("other systems",)),
    "the folder of good images as a type": (types("{good: 1}"), ("good",)),
    "a type that climbs": (types("{../../scratch: 1}"), ("scratch",)),
    "a type at the root": (types("{/scratch: 1}"), ("scratch",)),
    "a type with NUL": (types('{"scratch\\0": 1}'), ("control",)),
    "a type that runs backwards": (types('{"scratch\\u202e": 1}'), ("scratch",)),
    "on as an item": (plan(name="on", item="images: photos, types: {}"), ("types is empty",)),
    # numbers
    **{
        f"a count of {value or 'an empty text'}": (
            types(f"{{scratch: {value or repr('')}}}"),
            ("plan.yaml:3",) if value == "%" else ("scratch",),
        )
        for value in (
            "0",
            "-1",
            "1.5",
            "1e3",
            "0x10",
            "0b1",
            "0o17",
            "1_000",
            "+5",
            "~5",
            "nan",
            ".nan",
            ".inf",
            "-.inf",
            "inf",
            "yes",
            "no",
            "true",
            "9" * 30,
            "9" * 500,
            "1e999",
            "²",
            "１２",
            "٣",
            "",
            "ten",
            "[1, 2]",
            "0%",
            "-5%",
            "101%",
            "nan%",
            "1e9%",
            "%",
            "5 %%",
            "{count: 0}",
            "{share: 5}",
            "{count: 1, share: 5%}",
            "{size: 0.2}",
        )
    },
    **{
        f"a {key} of {value}": (plan(head=f"output: out\n{key}: {value}"), (key,))
        for key, values in {
            "seed": ("-1", "1.5", "nan", "9" * 40, "true", "[1]", "0x7", "", "2147483648"),
            "threshold": ("-1", "10.5", "11", "nan", "inf", "-.inf", "yes", "[6]", "1e999", ""),
            "attempts": ("0", "21", "-1", "1.0", "many", "{}", ""),
            "size": (
                "0",
                "2",
                "nan",
                "[0.1]",
                "[0.4, 0.1]",
                "[0.1, 0.2, 0.3]",
                "[nan, nan]",
                "[a, b]",
                "{}",
                "[]",
                "-0.1",
            ),
            "severity": ("-0.1", "1.1", "nan", "[1, 0]", "inf", "high"),
            "defects": ("0", "13", "1.5", "[1.5, 2]", "[5, 1]", "nan", "1e400"),
            "bit_depth": ("0", "7", "12", "64", "sixteen", "nan", "-8"),
            "white_level": ("0", "-1", "nan", "inf", "1e40", "white"),
            "models": ("[]", "text", "{wrong: x}", "{seed: 1}"),
            "knowledge": ("gone", "photos", "plan.yaml", "/dev/zero", "[]", "[gone, gone]", "{a: b}", "~nobody-there"),
        }.items()
        for value in values
    },
    "models of a number": (plan(head="output: out\nmodels: {policy: 7}"), ("policy",)),
    "models of nobody": (plan(head="output: out\nmodels: {judge: nobody}"), ("judge",)),
    # places
    **{
        f"images at {text}": (plan(f"images: {text!r}, types: {{scratch: 1}}"), ("plan.yaml:3",))
        for text in (
            "gone",
            "photos/gone.png",
            "photos/*.gone",
            "/dev/zero",
            "/dev/null",
            "/dev/stdin",
            "/proc/self/mem",
            "pipe.png",
            "pipes",
            "/etc/passwd",
            "plan.yaml",
            "empty",
            "~nobody-there/x",
            "photos/a.png/b.png",
            "x" * 5000,
            "[",
            "**/gone/**",
            "circle",
            "$HOME",
            "file:///etc/passwd",
            "https://example.com/a.png",
            "\\\\server\\share",
            "C:\\photos",
            "photos\\a.png",
            "-",
        )
    },
    **{
        f"a region at {text}": (plan(f"images: photos, region: {text!r}, types: {{scratch: 1}}"), ("plan.yaml:3",))
        for text in (
            "gone.png",
            "photos",
            "/dev/zero",
            "/dev/null",
            "pipe.png",
            "plan.yaml",
            "circle",
            "photos/*.png",
            "/etc/passwd",
            "small.png",
            "empty.png",
            "x" * 300,
            "~nobody-there/x.png",
        )
    },
    "an item's name of 100 letters": (plan(name="n" * 100), ("longer",)),
    "an item's name that climbs": (plan(name="../nut"), ("nut",)),
    "an item's name that is a device": (plan(name="con"), ("con",)),
    "an item's name of dots": (plan(name="'..'"), ("..",)),
    "an item's name that is hidden": (plan(name=".nut"), (".nut",)),
    "an item's name of marks": (plan(name="'<script>'"), ("<",)),
    "an item's name that runs backwards": (plan(name='"a\\u202eb"'), ("RIGHT-TO-LEFT",)),
    "an item's name without a width": (plan(name='"\\u200b"'), ("ZERO WIDTH",)),
}

#: Name -> (the file, what it comes to).
READ: dict[str, tuple[str | bytes, Callable[[Plan], object], object]] = {
    "plain": (GOOD, lambda p: p.wanted, 2),
    "with a byte order mark": ("\ufeff" + GOOD, lambda p: p.wanted, 2),
    "UTF-16 with its mark": (GOOD.encode("utf-16"), lambda p: p.wanted, 2),
    "lines of Windows": (GOOD.replace("\n", "\r\n"), lambda p: p.wanted, 2),
    "lines of an old Mac": (GOOD.replace("\n", "\r"), lambda p: p.wanted, 2),
    "no last line's end": (GOOD.rstrip(), lambda p: p.wanted, 2),
    "JSON": (
        '{"output": "out", "items": {"nut": {"images": "photos", "types": {"scratch": 2}}}}',
        lambda p: p.wanted,
        2,
    ),
    "no as an item": (plan(name="no"), lambda p: p.items[0].name, "no"),
    "yes as an item": (plan(name="Yes"), lambda p: p.items[0].name, "Yes"),
    "on as an item, taken": (plan(name="on"), lambda p: p.items[0].name, "on"),
    "no as a type": (types("{no: 1}"), lambda p: p.items[0].types[0].anomaly, "no"),
    "a type of no family": (types("{wobbliness: 1}"), lambda p: p.items[0].types[0].anomaly, "wobbliness"),
    "the highest threshold": (plan(head="output: out\nthreshold: 10"), lambda p: p.threshold, 10.0),
    "a number as an item": (plan(name="0017"), lambda p: p.items[0].name, "0017"),
    "a date as an item": (plan(name="2001-12-14"), lambda p: p.items[0].name, "2001-12-14"),
    "a version as an item": (plan(name="1.10"), lambda p: p.items[0].name, "1.10"),
    "sixty as an item": (
        plan(name="'12:30'", item="images: photos, types: {dent: 1}").replace("'12:30'", "1_2"),
        lambda p: p.items[0].name,
        "1_2",
    ),
    "an item decomposed": (plan(name="e\u0301crou"), lambda p: p.items[0].name, "\u00e9crou"),
    "Thai": (plan(name="น็อต"), lambda p: p.items[0].name, "น็อต"),
    "a count with zeros before": (types("{scratch: 007}"), lambda p: p.wanted, 7),
    "a count as a text": (types("{scratch: '3'}"), lambda p: p.wanted, 3),
    "a count tagged as a text": (types("{scratch: !!str 3}"), lambda p: p.wanted, 3),
    "an alias of a type": ("x-many: &many 4\n" + types("{scratch: *many, dent: *many}"), lambda p: p.wanted, 8),
    "a merge that is overridden": (
        "x-all: &all {scratch: 1, dent: 1}\n" + types("{<<: *all, dent: 5}"),
        lambda p: p.wanted,
        6,
    ),
    "a merge of a list": (
        "x-a: &a {scratch: 1}\nx-b: &b {scratch: 9, dent: 2}\n" + types("{<<: [*a, *b]}"),
        lambda p: p.wanted,
        3,
    ),
    "the largest seed": (plan(head="output: out\nseed: 2147483647"), lambda p: p.seed, 2**31 - 1),
    "images twice": (
        plan("images: [photos, photos, ./photos], types: {scratch: 1}"),
        lambda p: len(p.items[0].images),
        2,
    ),
    "images by a pattern and by name": (
        plan("images: [photos/*.png, photos/a.png], types: {scratch: 1}"),
        lambda p: len(p.items[0].images),
        2,
    ),
    "images through links in a circle": (
        plan("images: '**/*.png', region: , types: {scratch: 1}").replace("region: , ", "").replace("**", "photos/**"),
        lambda p: len(p.items[0].images),
        2,
    ),
    "a folder that is hidden among images": (
        plan("images: hidden, types: {scratch: 1}"),
        lambda p: [i.name for i in p.items[0].images],
        ["a.png"],
    ),
}


def furnish(folder: Path) -> None:
    """What plans speak of."""
    for name in ("photos", "empty", "pipes", "hidden/.git"):
        (folder / name).mkdir(parents=True)
    for name in ("photos/a.png", "photos/b.png", "hidden/a.png", "hidden/.git/b.png", "hidden/._a.png"):
        (folder / name).write_bytes(whole_png())
    (folder / "photos" / "again").symlink_to(".")
    (folder / "photos" / "up").symlink_to("..")
    (folder / "small.png").write_bytes(MASKS["small"])
    (folder / "empty.png").write_bytes(MASKS["empty"])
    os.mkfifo(folder / "pipe.png")
    os.mkfifo(folder / "pipes" / "a.png")
    (folder / "circle").symlink_to("circle")


MASKS = {
    "small": encoded(np.full((64, 64), 255, np.uint8), "PNG"),
    "empty": encoded(np.zeros((72, 72), np.uint8), "PNG"),
}


def data_of(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("name", REFUSED)
def test_a_plan_that_cannot_be_used_is_refused_by_its_lines(name: str) -> None:
    text, words = REFUSED[name]
    with sandbox() as folder:
        furnish(folder)
        path = folder / "plan.yaml"
        path.write_bytes(data_of(text))
        outcome_of(lambda: read_plan(path), folder, "none").is_refused("plan.yaml", *words)


@pytest.mark.parametrize("name", READ)
def test_a_plan_of_an_odd_form_makes_what_it_says(name: str) -> None:
    text, read, value = READ[name]
    with sandbox() as folder:
        furnish(folder)
        path = folder / "plan.yaml"
        path.write_bytes(data_of(text))
        assert read(outcome_of(lambda: read_plan(path), folder, "none").is_taken()) == value


NO_FILES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "folder": lambda path: path.mkdir(),
    "pipe": os.mkfifo,
    "link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "link to random numbers": lambda path: path.symlink_to("/dev/urandom"),
    "link to an empty device": lambda path: path.symlink_to("/dev/null"),
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to nothing": lambda path: path.symlink_to("gone"),
    "link to what is read": lambda path: path.symlink_to("/dev/stdin"),
}


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_is_refused_and_not_waited_for(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with sandbox() as folder:
        NO_FILES[name](folder / "plan.yaml")
        Command(capsys).outcome("plan", "check", folder / "plan.yaml", codes=(2,)).is_refused("plan.yaml")
        Command(capsys).outcome("synthesize", "--plan", folder / "plan.yaml", codes=(2,)).is_refused("plan.yaml")
