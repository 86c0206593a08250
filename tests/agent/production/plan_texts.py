"""A plan with every key, and plans made bad. Paths are those of the `normals` fixture."""

from hypothesis import strategies as st

FULL = """\
output: out
seed: 7
threshold: 6.5
attempts: 2
models:
  policy: trained
  judge: embedded
size: [0.1, 0.4]
severity: 0.5
items:
  hex nut:
    images: [photos/hex_nut/0.png, photos/hex_nut/1.png]
    types:
      scratch: 5
      oil stain: {count: 2, size: 0.2, severity: [0.1, 0.9], defects: [2, 5]}
  concrete:
    images: photos/concrete
    count: 10
    region: region.png
    size: [0.2, 0.3]
    types: {crack: 33.4%, dent: 33.3%, hole: {share: 33.3%, region: region.png}}
"""

PIECES = [
    *(
        "[",
        "]",
        "{",
        "}",
        ":",
        "- ",
        "&a ",
        "*a",
        "!!int ",
        "!x",
        "|",
        ">",
        "%",
        "#",
        "'",
        '"',
        "?",
        "<<",
        "\\",
        "---\n",
        "...",
    ),
    *("\t", "\n", "\n  ", "  ", "\x07", "\ufeff", "\ud7ff", "null", "~", "-1", "1e999", ".inf", "nan", "0x10", "1_000"),
    *("50%", "-5%", "size", "region", "share", "../x", "~nobody-there", "**", "[a-", "9" * 4400, "é", "x" * 300),
]
LINES = FULL.splitlines(keepends=True)


@st.composite
def mutated_plan(draw):
    """The full plan with characters cut, pieces put in, and lines moved, dropped or indented otherwise."""
    lines = list(LINES)
    for _ in range(draw(st.integers(0, 2))):
        index = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["drop", "double", "indent", "swap"]))
        line = lines.pop(index)
        if how == "double":
            lines[index:index] = [line, line]
        elif how == "indent":
            lines.insert(index, " " * draw(st.integers(0, 8)) + line.lstrip())
        elif how == "swap":
            lines.insert(draw(st.integers(0, len(lines))), line)
    text = "".join(lines)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from(PIECES) | st.text(max_size=4)) + text[end:]
    return text
