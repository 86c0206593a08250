"""Command lines of any words: done, or refused in one line, and nothing lands outside of the output folder."""

from __future__ import annotations

import shutil

from fuzz_helpers import fuzz
from fuzz_mutations import NAMES
from hypothesis import given
from hypothesis import strategies as st
from sandbox import sandbox

WORDS = st.one_of(NAMES, st.sampled_from(["0", "-1", "1e9", "nan", "inf", "²", "0x10", "1" * 400]))
OPTIONS = st.dictionaries(
    st.sampled_from(["--seed", "--threshold", "--max-attempts", "--region", "--knowledge", "--policy", "--checkpoint", "--count",
                     "--steps", "--editor", "--segmenter", "--judge", "--time-limit", "--precision"]),
    WORDS, max_size=2,
)  # fmt: skip


@fuzz(0.03)
@given(NAMES, NAMES, OPTIONS)
def test_synthesize(command, photo, item, anomaly, options):
    with sandbox() as folder:
        words = [f"{name}={value}" for name, value in {"--count": "1", "--max-attempts": "1", **options}.items()]
        if len(options.get("--count", "1")) > 2:  # a number that would be obeyed
            return
        names = [f"--item={item}", f"--anomaly={anomaly}", "--output", folder / "out"]
        command("synthesize", "--images", photo, *names, *words)


@fuzz(0.02)
@given(NAMES, NAMES, NAMES)
def test_synthesize_with_any_file_names(command, photo, parent, name, output):
    with sandbox() as folder:
        path = folder / "photos" / f"x{plain(parent)}" / f"{plain(name)}.png"
        try:
            path.parent.mkdir(parents=True)
            shutil.copyfile(photo, path)
        except (OSError, ValueError):  # longer than the system allows, or half a character
            return
        target = folder / "out" / plain(output)
        asked = ["--item", "plate", "--anomaly", "stain", "--count", "1", "--max-attempts", "1", "--output", target]
        if command("synthesize", "--images", path.parent, *asked) == 0:
            command("export", target / "plate", "--format", "yolo", "--validation", "0", "--output", folder / "yolo")
        assert {entry.name for entry in folder.iterdir()} <= {"photos", "out", "yolo"}


def plain(name):
    """A name without the marks that part a path."""
    return name.replace("/", "_").strip(".") or "x"


SHARES = st.one_of(st.sampled_from(["0", "0.3", "1"]), WORDS)


@fuzz(0.04)
@given(st.sampled_from(["mvtec", "visa", "yolo"]), NAMES, WORDS, SHARES, SHARES)
def test_export(command, small_set, form, output, licence, share, seed):
    with sandbox() as folder:
        # Paths that climb or start at the root are a user's own choice of a place: here they stay inside.
        target = folder / "out" / (output.replace("..", "_").lstrip("/") or "x")
        options = [f"--licence={licence}", f"--validation={share}", f"--seed={seed}", f"--output={target}"]
        code = command("export", small_set, f"--format={form}", *options)
        assert (target / "DATASHEET.md").is_file() if code == 0 else not target.exists() if len(output) < 90 else True
        assert {path.name for path in folder.iterdir()} <= {"out"}


@fuzz(0.02)
@given(st.sampled_from(["export", "curate"]), st.one_of(NAMES, WORDS), SHARES, SHARES)
def test_sets_that_are_not_there(command, name, target, share, hard):
    with sandbox() as folder:
        more = (
            ["--format=mvtec", f"--output={folder / 'out'}"]
            if name == "export"
            else [f"--ratio={share}", f"--hard={hard}"]
        )
        command(name, *more, "--", target, codes=(2,))
        assert not list(folder.iterdir())


@fuzz(0.01)
@given(
    st.lists(
        st.one_of(WORDS, st.sampled_from(["export", "curate", "--format", "mvtec", "--images", "-h", "--"])), max_size=6
    )
)
def test_any_words(command, words):
    with sandbox():
        command(*words)
