"""Names of items, types, files and folders that leave their place, pass for another, or are none on some system."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path

import pytest
from bad_files import whole_png
from sandbox import Command, outcome_of, sandbox

from anomaly_agent.agent.dataset.names import folder_name, safe_names

#: Names that are no folder's.
REFUSED: dict[str, str] = {
    "nothing": "",
    "blanks": " \t\n ",
    "a dot": ".",
    "two dots": "..",
    "three dots": "...",
    "hidden": ".git",
    "up": "../x",
    "far up": "../" * 30 + "x",
    "up within": "a/../../x",
    "from the root": "/etc/passwd",
    "a part": "a/b",
    "a part of Windows": "a\\b",
    "a drive": "C:",
    "a place on a drive": "C:x",
    "a server's": "\\\\server\\share",
    "a stream": "a:b",
    "NUL": "a\0b",
    "a bell": "a\ab",
    "an escape": "a\x1b[31mb",
    "deleted": "a\x7fb",
    "C1": "a\x9bb",
    "half a character": "a\ud800b",
    "the other half": "a\udfffb",
    "raw bytes": "a\udcffb",
    "backwards": "a\u202eb",
    "isolated": "a\u2066b",
    "no width": "a\u200bb",
    "a mark of byte order": "\ufeffa",
    "a soft hyphen": "a\u00adb",
    "a filler": "a\u3164b",
    "a selector": "a\ufe0fb",
    "a tag": "a\U000e0041b",
    "of private use": "a\ue000b",
    "unassigned": "a\U000e1000b",
    "no character": "a\uffffb",
    "an emoji": "\U0001f525",
    "a keycap": "1\ufe0f\u20e3",
    "a device": "con",
    "a device in capitals": "NUL",
    "a device with an ending": "aux.txt",
    "a numbered device": "com1",
    "a device by a superscript": "lpt\u00b9",
    "a dot at its end": "a.",
    "an option": "-rf",
    "a long option": "--output",
    "a star": "a*b",
    "a question": "a?b",
    "a pipe": "a|b",
    "quotes": 'a"b',
    "a tick": "a`b",
    "less than": "<b>",
    "a dollar": "$(x)",
    "per cent": "%2e%2e",
    "a tilde": "~",
    "a home": "~root",
    "an exclamation": "a!b",
    "a hash": "#x",
    "an ampersand": "a&b",
    "braces": "{{x}}",
    "a semicolon": "a;b",
    "too long": "x" * 300,
    "too long in bytes": "é" * 200,
    "too many marks": "a" + "\u0301" * 200,
    "fullwidth dots": "．．／x",
    "a slash that looks so": "a\u2215b",
}

#: Names -> the folder's.
TAKEN: dict[str, tuple[str, str]] = {
    "plain": ("nut", "nut"),
    "blanks": ("hex  nut ", "hex_nut"),
    "a tab": ("hex\tnut", "hex_nut"),
    "decomposed": ("e\u0301crou", "\u00e9crou"),
    "Thai": ("น็อต", "น็อต"),
    "Hindi": ("पेंच", "पेंच"),
    "Arabic with vowels": ("بُرْغِي", "بُرْغِي"),
    "Hebrew": ("בורג", "בורג"),
    "Chinese": ("螺母", "螺母"),
    "Japanese": ("ナット", "ナット"),
    "Korean": (unicodedata.normalize("NFD", "너트"), "너트"),
    "Greek": ("παξιμάδι", "παξιμάδι"),
    "digits": ("0017", "0017"),
    "a version": ("M8-1.25", "M8-1.25"),
    "almost a device": ("console", "console"),
    "a joiner where it belongs": ("नुक़्\u200dता", unicodedata.normalize("NFC", "नुक़्\u200dता")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_name_that_is_no_folders_is_refused(name: str) -> None:
    with sandbox() as folder:
        outcome_of(lambda: folder_name(REFUSED[name], "item"), folder, "none").is_refused("item")


@pytest.mark.parametrize("name", TAKEN)
def test_a_name_of_any_script_is_a_folders(name: str) -> None:
    given, wanted = TAKEN[name]
    with sandbox() as folder:
        assert outcome_of(lambda: folder_name(given, "item"), folder, "none").is_taken() == wanted


@pytest.mark.parametrize("name", REFUSED)
def test_a_folder_of_any_name_becomes_a_safe_one(name: str) -> None:
    with sandbox() as folder:
        safe = outcome_of(lambda: safe_names([REFUSED[name], "plain"], "items"), folder, "none").is_taken()
        assert safe["plain"] == "plain"
        assert folder_name(safe[REFUSED[name]], "item") == safe[REFUSED[name]]


#: Two names that are one to somebody.
TWINS = {
    "case": ("Nut", "nut"),
    "capital sharp s": ("STRASSE", "straße"),
    "blanks": ("a b", "A_b"),
    "joiners": ("a\u200db", "A\u200cb"),
    "Greek sigma": ("ΣΑΣ", "σας"),
    "case and accents": ("E\u0301", "\u00e9"),
}


@pytest.mark.parametrize("name", TWINS)
def test_names_that_are_one_on_other_systems_are_refused(name: str) -> None:
    with sandbox() as folder:
        outcome_of(lambda: safe_names(TWINS[name], "items"), folder, "none").is_refused("items", "one name")


@pytest.mark.parametrize("name", [name for number, name in enumerate(REFUSED) if number % 6 == 0])
@pytest.mark.parametrize("option", ["--item", "--anomaly"])
def test_a_run_under_such_a_name_writes_nothing(name: str, option: str, capsys: pytest.CaptureFixture[str]) -> None:
    with sandbox() as folder:
        (folder / "a.png").write_bytes(whole_png())
        names = {"--item": "plate", "--anomaly": "stain", option: REFUSED[name]}
        words = [f"{key}={value}" for key, value in names.items()]
        outcome = Command(capsys).outcome(
            "synthesize", "--images", "a.png", *words, "--count", 1, "--output", folder / "out", codes=(2,)
        )
        outcome.is_refused()
        assert not (folder / "out").exists()


#: Names of files and folders that a system takes.
FILES: dict[str, bytes] = {
    "blank": b" ",
    "an option": b"-rf",
    "a new line": b"a\nb",
    "an escape": b"a\x1b[31mb",
    "raw bytes": b"\xff\xfe",
    "Latin-1": b"Gr\xf6\xdfe",
    "cut UTF-8": b"\xe2\x82",
    "half a character": b"\xed\xa0\x80",
    "backwards": "\u202egnp.x".encode(),
    "no width": "\u200b".encode(),
    "a device": b"con",
    "a star": b"*",
    "brackets": b"[a]",
    "braces": b"{a,b}",
    "a dollar": b"$(touch sprung)",
    "ticks": b"`touch sprung`",
    "a script": b"<script>",
    "quotes": b"'\"",
    "a backslash": b"a\\b",
    "a drive": b"C:x",
    "per cent": b"%2e%2e%2f",
    "a hash": b"#x?y",
    "a tilde": b"~",
    "long": b"x" * 200,
    "emoji": "\U0001f525".encode(),
    "decomposed": "e\u0301".encode(),
    "a glob": b"**",
    "a template": b"{{7*7}}",
    "a formula": b"=1+1",
}


@pytest.mark.parametrize("name", FILES)
def test_pictures_and_types_of_any_name_are_read(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = Command(capsys)
    with sandbox() as folder:
        root = os.fsencode(folder / "set")
        for part, file in (
            (b"train/good", FILES[name] + b".png"),
            (b"test/" + FILES[name], b"000.png"),
            (b"ground_truth/" + FILES[name], b"000_mask.png"),
        ):
            os.makedirs(os.path.join(root, part), exist_ok=True)
            Path(os.fsdecode(os.path.join(root, part, file))).write_bytes(whole_png())
        outcome = command.outcome(
            "export", folder / "set", "--format", "mvtec", "--validation", 0, "--output", folder / "out", codes=(0,)
        )
        assert "1 anomalous and 1 normal" in outcome.value
        (kind,) = [path.name for path in (folder / "out" / "set" / "test").iterdir() if path.name != "good"]
        assert folder_name(kind, "type") == kind
        assert {path.name for path in folder.iterdir()} == {"set", "out"}


@pytest.mark.parametrize("name", [name for number, name in enumerate(FILES) if number % 3 == 0])
def test_a_run_over_pictures_of_any_name_is_written(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with sandbox() as folder:
        photos = os.path.join(os.fsencode(folder), b"photos", FILES[name])
        os.makedirs(photos)
        shutil.copyfile(_picture(folder), os.path.join(photos, FILES[name] + b".png"))
        asked = ["--item", "plate", "--anomaly", "stain", "--count", 1, "--output", folder / "out"]
        Command(capsys).outcome("synthesize", f"--images={os.fsdecode(photos)}", *asked, codes=(0,))
        assert [path.name for path in (folder / "out/plate/test/stain").iterdir()] == ["000.png"]
        assert {path.name for path in folder.iterdir()} == {"photos", "out", "a.png"}


def _picture(folder: Path) -> Path:
    (folder / "a.png").write_bytes(whole_png())
    return folder / "a.png"
