"""Plans: keys without a value, merge keys and anchors, aliases that come to too much, and one name in several forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.production.plan_file import read_plan

PLAN = """\
output: out
seed: 1
threshold: 5
models: {policy: scripted}
knowledge: notes
items:
  nut:
    images: photos/hex_nut
    region: region.png
    size: 0.2
    types:
      crack: {count: 2, severity: 0.5}
      scratch: 2
  slab:
    images: photos/concrete
    types: {dent: 1}
"""


@pytest.fixture
def read(normals, tmp_path):
    (normals / "notes").mkdir(exist_ok=True)
    (normals / "notes" / "a.md").write_text("# nut\n\n## crack\nFine lines.\n")

    def read_text(text):
        path = normals / f"{tmp_path.name}.yaml"
        path.write_text(text, encoding="utf-8")
        return read_plan(path)

    return read_text


@pytest.mark.parametrize("null", ["", " ~", " null", " # nothing"])
@pytest.mark.parametrize(
    ("line", "key"),
    [(1, "output"), (2, "seed"), (3, "threshold"), (4, "models"), (5, "knowledge"), (6, "items"), (7, "nut"), (8, "images"),
     (9, "region"), (10, "size"), (11, "types"), (12, "crack"), (13, "scratch"), (14, "slab")],
)  # fmt: skip
def test_a_key_without_a_value_is_one_line_with_the_cure(read, line, key, null):
    lines = PLAN.splitlines()
    indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
    kept = [text for n, text in enumerate(lines, 1) if n <= line or len(text) - len(text.lstrip()) <= indent]
    if key in ("items", "types", "nut", "slab", "images"):  # their inner lines go with them
        following = next((n for n in range(line, len(lines)) if len(lines[n]) - len(lines[n].lstrip()) <= indent), None)
        kept = lines[:line] + (lines[following:] if following is not None else [])
    else:
        kept = list(lines)
    kept[line - 1] = " " * indent + f"{key}:{null}"
    with pytest.raises(InputError) as caught:
        read("\n".join(kept) + "\n")
    (said,) = [one for one in str(caught.value).splitlines() if f"{key!r} in " in one]
    assert f".yaml:{line}: {key!r} in " in said and "has no value; give it" in said
    assert str(caught.value) == said.strip()  # nothing else is wrong, and nothing is told twice


@pytest.mark.parametrize(
    "types", ["{crack, scratch}", "{crack, scratch: 5}", "{crack: 5, scratch}", "{crack: 50%, scratch: }"]
)
@pytest.mark.parametrize("count", ["", "    count: 10\n"])
def test_types_without_a_value_are_refused_whatever_else_is_given(read, types, count):
    with pytest.raises(InputError) as caught:
        read(f"output: out\nitems:\n  nut:\n    images: photos/hex_nut\n{count}    types: {types}\n")
    assert "in types has no value; give it a count, such as 50, or a share, such as 40%" in str(caught.value)


@pytest.mark.parametrize("key", ["size", "severity", "region", "share", "count", "defects"])
def test_a_key_of_a_type_without_a_value(read, key):
    with pytest.raises(InputError, match=rf":6: '{key}' in type 'crack' has no value"):
        more = "" if key in ("count", "share") else "count: 2, "
        read(f"output: out\nitems:\n  nut:\n    images: photos/hex_nut\n    types:\n      crack: {{{more}{key}: }}\n")


MERGED = """\
output: out
x-nut: &nut {images: photos/hex_nut, size: 0.2}
x-more:
  - &strong {severity: 0.9, size: 0.3}
  - &types {crack: 2, dent: 3}
x-empty:
x-note: {any: [thing, {at: all}], 1: 2}
items:
  first: {<<: *nut, types: *types}
  second: {<<: [*strong, *nut], types: {<<: *types, crack: 7}}
  third:
    <<: {<<: *nut, severity: 0.1}
    size: 0.4
    types: {scratch: {<<: *strong, count: 1}}
"""


def test_merge_keys_mean_what_yaml_says(read):
    first, second, third = read(MERGED).items
    assert [(one.anomaly, one.count, one.size, one.severity) for one in first.types] == [
        ("crack", 2, (0.2, 0.2), None), ("dent", 3, (0.2, 0.2), None)
    ]  # fmt: skip
    # The first of a list counts, and a key of one's own before all.
    assert {one.anomaly: (one.count, one.size, one.severity) for one in second.types} == {
        "crack": (7, (0.3, 0.3), (0.9, 0.9)), "dent": (3, (0.3, 0.3), (0.9, 0.9))
    }  # fmt: skip
    (scratch,) = third.types
    assert (scratch.count, scratch.size, scratch.severity) == (1, (0.3, 0.3), (0.9, 0.9))
    assert len(first.images) == len(second.images) == len(third.images) == 3


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("items: {a: {<<: photos}}", "'<<' in item 'a' takes"),
        ("items: {a: {<<: [photos]}}", "'<<' in item 'a' takes"),
        ("items: {a: {<<: }}", "'<<' in item 'a' takes"),
        ("items: {a: {<<: {size: 0.1}, <<: {size: 0.2}}}", "'<<' in item 'a' takes"),
        ("items: {a: {<<: {sise: 0.1}}}", "unknown key 'sise' in item 'a'; did you mean 'size'?"),
        ("items: {a: {<<: {size: }}}", "'size' in item 'a' has no value"),
        ("items: {a: {size: 0.1, size: 0.2}}", "'size' is given twice in item 'a'"),
        ("y-own: 1\nitems: {}", "unknown key 'y-own'"),
        ("items: {a: {x-own: 1}}", "unknown key 'x-own'"),
        ("items: {a: {'<<': {size: 0.1}}}", "unknown key '<<'"),
        ("items: {Nut: {}, nut: {}}", "item 'nut' has the same folder as 'Nut' on other systems"),
        ("items: {Öl: {}, o\u0308l: {}}", "item 'öl' has the same folder as 'Öl' on other systems"),
        ("items: {Öl: {}, O\u0308l: {}}", "given twice in items"),
        ("items: {Öl kanne: {}, O\u0308l_kanne: {}}", "has the same folder as another"),
        (
            "items: {a: {images: photos/hex_nut, types: {crack: 1, Crack: 1}}}",
            "type 'Crack' has the same folder as 'crack'",
        ),
        ("items: {a: {images: photos/hex_nut, types: {good: 1}}}", "the folder of images without a defect"),
        ("items: {bot\u200dtle: {}}", "cannot be a folder name: it has ZERO WIDTH JOINER"),
        ("items: {🙂: {}}", "(U+1F642)"),
    ],
)
def test_what_is_wrong_with_keys_and_names(read, text, says):
    with pytest.raises(InputError) as caught:
        read(f"output: out\n{text}\n")
    assert says in str(caught.value)


LAUGHS = "x-a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"x-{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LAUGHS, "aliases (*) come to more than"),
        (LAUGHS.replace("[", "{k1: ").replace("x-", "y"), ""),
        ("items: &a {x: *a}", "leads back into its own anchor"),
        ("items: &a [*a]", "leads back into its own anchor"),
        ("items: &a {<<: *a}", "leads back into its own anchor"),
        ("x-a: &a {<<: [{b: *a}]}", "leads back into its own anchor"),
        ("items: " + "[" * 60 + "]" * 60, "nested more than 40 levels"),
        ("items: " + "{a: " * 300 + "1" + "}" * 300, "nested"),
        ("items: " + "[" * 100_000, "nested too deeply"),
        ("items:\n" + "".join(" " * n + "- \n" for n in range(1, 3)) + "- " * 20_000, ""),
    ],
)
def test_aliases_and_depth_are_bounded(read, text, says):
    with pytest.raises(InputError) as caught:
        read(f"output: out\n{text}\n")
    assert says in str(caught.value) and len(str(caught.value).splitlines()[0]) < 400


def test_a_plan_of_a_thousand_items_by_one_anchor_is_fine(read):
    items = "".join(f"  item {n}: *a\n" for n in range(1000))
    plan = read(f"output: out\nx-a: &a {{images: photos/hex_nut, types: {{crack: 1}}}}\nitems:\n{items}")
    assert len(plan.items) == 1000


@given(st.lists(st.sampled_from(["<<: *a", "<<: [*a, *b]", "<<: [*b, *a]", "size: 0.5", "severity: 0.1"]), unique=True))
@settings(max_examples=40, deadline=None)
def test_of_merged_keys_ones_own_counts_then_the_first_mappings(normals, keys):
    given_ = {"a": {"size": 0.1, "severity": 0.2}, "b": {"size": 0.3, "defects": 2}}
    text = "x-a: &a {size: 0.1, severity: 0.2}\nx-b: &b {size: 0.3, defects: 2}\noutput: out\n" + (
        f"items:\n  nut: {{{', '.join([*keys, 'images: photos/hex_nut', 'types: {crack: 1}'])}}}\n"
    )
    path = normals / "merged.yaml"
    path.write_text(text)
    merges = [key for key in keys if key.startswith("<<")]
    if len(merges) > 1:
        with pytest.raises(InputError, match="one list of such"):
            read_plan(path)
        return
    meant = {}
    for name in reversed([letter for key in merges for letter in key if letter in "ab"]):
        meant.update(given_[name])
    meant.update({name: float(value) for name, value in (key.split(": ") for key in keys if key not in merges)})
    (one,) = read_plan(path).items[0].types
    for name in ("size", "severity", "defects"):
        assert getattr(one, name) == (None if name not in meant else (meant[name],) * 2)
