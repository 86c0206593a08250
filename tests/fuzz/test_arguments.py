"""Command lines of any words: done, or refused in one line, and nothing lands outside of the output folder."""

from __future__ import annotations

from fuzz_helpers import fuzz, sandbox
from fuzz_mutations import NAMES
from hypothesis import given
from hypothesis import strategies as st

WORDS = st.one_of(NAMES, st.sampled_from(["0", "-1", "1e9", "nan", "inf", "²", "0x10", "1" * 400]))
OPTIONS = st.dictionaries(
    st.sampled_from(["--seed", "--threshold", "--max-attempts", "--region", "--knowledge", "--policy", "--checkpoint", "--count",
                     "--steps", "--editor", "--segmenter", "--judge", "--time-limit", "--precision"]),
    WORDS, max_size=2,
)  # fmt: skip


@fuzz(0.04)
@given(NAMES, NAMES, OPTIONS)
def test_synthesize(command, photo, item, anomaly, options):
    with sandbox() as folder:
        words = [f"{name}={value}" for name, value in {"--count": "1", "--max-attempts": "1", **options}.items()]
        if options.get("--count", "1") in ("1e9", "1" * 400) or len(options.get("--count", "1")) > 2:
            return
        command(
            "synthesize",
            "--images",
            photo,
            f"--item={item}",
            f"--anomaly={anomaly}",
            "--output",
            folder / "out",
            *words,
        )


@fuzz(0.05)
@given(st.sampled_from(["export", "curate"]), NAMES, WORDS, WORDS, WORDS)
def test_commands_on_sets(command, small_set, name, folder_name, output, share, seed):
    with sandbox() as folder:
        target = small_set if len(folder_name) % 2 else folder_name
        more = [
            "--format=mvtec",
            f"--output={folder / 'out'}",
            f"--licence={output}",
            f"--validation={share}",
            f"--seed={seed}",
        ]
        command(
            name,
            *(more if name == "export" else [f"--ratio={share}", f"--hard={seed}"]),
            "--",
            target if name == "export" else folder_name,
        )
        assert not (small_set / "decisions.json").exists()


@fuzz(0.02)
@given(
    st.lists(
        st.one_of(
            WORDS, st.sampled_from(["export", "curate", "--format", "mvtec", "--output", "--images", "-h", "--"])
        ),
        max_size=6,
    )
)
def test_any_words(command, words):
    with sandbox():
        if words[:1] != ["demo"]:
            command(*words, codes=(0, 2))
