"""Plans: read whole, every problem with its line, and never a traceback."""

import math

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image
from plan_texts import FULL, mutated_plan

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.run import notices_of_meaning


@pytest.fixture
def read(normals, tmp_path):
    def read_text(text):
        path = normals / f"{tmp_path.name}.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_plan(path)

    return read_text


def test_a_plan_is_read(read, normals):
    plan = read(FULL)
    nut, concrete = plan.items
    assert (plan.seed, plan.threshold, plan.max_attempts, plan.output) == (7, 6.5, 2, normals / "out")
    assert plan.models.policy == "trained" and plan.wanted == 17
    assert [path.name for path in nut.images] == ["0.png", "1.png"] and len(concrete.images) == 3
    scratch, stain = nut.types
    assert (scratch.count, scratch.size, scratch.severity, scratch.region) == (5, (0.1, 0.4), (0.5, 0.5), None)
    assert (stain.count, stain.size, stain.severity) == (2, (0.2, 0.2), (0.1, 0.9))
    assert (scratch.defects, stain.defects) == (None, (2, 5))
    assert [one.count for one in concrete.types] == [4, 3, 3]
    assert {one.region for one in concrete.types} == {normals / "region.png"}
    assert {one.size for one in concrete.types} == {(0.2, 0.3)}


@given(shares=st.lists(st.integers(1, 60), min_size=1, max_size=8), count=st.integers(200, 5000))
@settings(max_examples=50, deadline=None)
def test_shares_add_up_to_the_count(normals, shares, count):
    parts = [100 * share / sum(shares) for share in shares]
    kinds = ["crack", "dent", "hole", "scratch", "stain", "chip", "cut", "corrosion"]
    types = "".join(f"      {kind}: {part!r}%\n" for kind, part in zip(kinds, parts, strict=False))
    path = normals / "shares.yaml"
    path.write_text(f"output: o\nitems:\n  nut:\n    images: photos/hex_nut\n    count: {count}\n    types:\n{types}")
    made = [one.count for one in read_plan(path).items[0].types]
    assert sum(made) == count
    assert all(abs(got - count * part / 100) < 1 for got, part in zip(made, parts, strict=True))


WRONG = [
    ("seed: 7", "sed: 7", 2, "unknown key 'sed' in the plan; did you mean 'seed'?"),
    ("seed: 7", "seed: 7\nseed: 8", 3, "'seed' is given twice"),
    ("seed: 7", "seed: -1", 2, "seed must be a whole number from 0"),
    ("seed: 7", "seed: 1.5", 2, "got '1.5'"),
    ("seed: 7", "seed: {a: b}", 2, "seed must be a whole number"),
    ("6.5", "10.1", 3, "threshold must be a number from 0 to 10"),
    ("6.5", ".nan", 3, "threshold must be a number from 0 to 10"),
    ("attempts: 2", "attempts: 21", 4, "from 1 to 20"),
    ("policy: trained", "policy: oracle", 6, "policy must be one of scripted, trained, model"),
    ("policy: trained", "policy: model", 6, "no language model: name one"),
    ("policy: trained", "polcy: trained", 6, "did you mean 'policy'?"),
    ("judge: embedded", "steps: none", 7, "steps must be a number above 0"),
    ("judge: embedded", "judge: model\n  language_model: m\n  server: ftp://x", 9, "is no server's address"),
    ("judge: embedded", "judge: model\n  language_model: m\n  server: 'http://['", 9, "server: "),
    ("judge: embedded", "segmenter: sam.pth", 7, "segmenter: no such file"),
    ("judge: embedded", f"segmenter: {'x' * 300}", 7, "segmenter: no such file"),
    ("[0.1, 0.4]", "[0.4, 0.1]", 8, "least value first: [0.1, 0.4]"),
    ("[0.1, 0.4]", "[0.1, 0.4, 1]", 8, "one number or two"),
    ("[0.1, 0.4]", "3", 8, "size must be a number from 0.01 to 1.5"),
    ("severity: 0.5", "severity: strong", 9, "severity must be a number from 0 to 1, got 'strong'"),
    ("[2, 5]", "[2, 13]", 15, "defects must be a number from 1 to 12"),
    ("[2, 5]", "[2, 2.5]", 15, "defects must be whole"),
    ("hex nut:", "../nut:", 12, "cannot be a folder name"),
    ("concrete:", "hex_nut:", 17, "has the same folder as another"),
    ("photos/concrete", "photos/gone", 17, "no such file or folder"),
    ("photos/concrete", "photos/*.png", 17, "no picture matches"),
    ("photos/concrete", '"a\\0b"', 17, "without control characters"),
    ("    images: photos/concrete\n", "", 17, "'images' is missing in item 'concrete'"),
    ("region: region.png\n", "region: gone.png\n", 19, "no such file"),
    ("region: region.png\n", "region: small.png\n", 19, "the mask is 96x64 px but the image is 64x64 px"),
    ("scratch: 5", "scratch: 0", 14, "whole number from 1"),
    ("scratch: 5", "oil_stain: 5", 15, "has the same folder as another"),
    ("scratch: 5", "scratch: {count: 5, share: 5%}", 14, "either 'count' or 'share'"),
    ("scratch: 5", "scratch: 5%", 14, "shares need the item's 'count'"),
    ("33.4%", "43.4%", 21, "the shares add up to 110%, not to 100%"),
    ("33.4%", "0%", 21, "must be above 0% and at most 100%, got '0%'"),
    ("count: 10", "count: 1", 21, "is less than one sample"),
    ("output: out\n", "", 1, "'output' is missing"),
    ("items:", "item:", 10, "did you mean 'items'?"),
    ("seed: 7", "seed: [", 4, "no YAML: expected"),
    ("seed: 7", "seed: &a *b", 2, "no YAML"),
]


@pytest.mark.parametrize(("before", "after", "line", "says"), WRONG)
def test_what_is_wrong_is_named_with_its_line(read, normals, before, after, line, says):
    Image.new("L", (96, 64), 255).save(normals / "small.png")
    assert before in FULL
    with pytest.raises(InputError) as caught:
        read(FULL.replace(before, after, 1))
    found = [one for one in str(caught.value).splitlines() if says in one]
    assert found and f".yaml:{line}: " in found[0], str(caught.value)


def test_all_problems_are_told_at_once(read):
    text = FULL.replace("seed", "sed").replace("6.5", "x").replace("photos/hex_nut/0", "gone")
    with pytest.raises(InputError) as caught:
        read(text)
    first, *lines = str(caught.value).splitlines()
    assert first.endswith("3 problems")
    assert [int(line.split(".yaml:")[1].split(":")[0]) for line in lines] == [2, 3, 12]


@pytest.mark.parametrize(
    "text",
    ["", "# nothing", "just text", "[1, 2]", "a: 1\n---\nb: 2", "output: out\nitems: {}", "[" * 5000, '"\\UFFFFFFFF"',
     b"\xff\xfe\xfa", b"\x00", "output: !!python/object:os.system x", "a: &a [*a]\nitems: {x: {types: &b {y: *b}}}"],
)  # fmt: skip
def test_what_is_no_plan_is_refused(read, text):
    with pytest.raises(InputError):
        read(text)


@given(text=mutated_plan() | st.text(max_size=60))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example(text=FULL)
def test_no_text_gives_a_traceback(normals, text):
    path = normals / "mutated.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        plan = read_plan(path)
    except InputError as error:
        assert str(error).startswith(str(path))
    else:
        assert plan.wanted >= 1 and all(
            math.isfinite(one) for item in plan.items for t in item.types for one in t.size or ()
        )


def test_the_command_line_says_it_and_ends_with_2(normals, tmp_path, capsys):
    path = normals / "wrong.yaml"
    path.write_text(FULL.replace("seed", "sed").replace("output: out", f"output: {tmp_path / 'out'}"))
    assert main(["synthesize", "--plan", str(path)]) == 2
    assert capsys.readouterr().err == (
        f"anomaly-agent: error: {path}:2: unknown key 'sed' in the plan; did you mean 'seed'?\n"
    )
    path.write_text(path.read_text().replace("6.5", "x"))
    assert main(["plan", "check", str(path)]) == 2
    first, *lines = capsys.readouterr().err.splitlines()
    assert first == f"anomaly-agent: error: {path}: 2 problems"
    assert [line.startswith(f"  {path}:{number}: ") for line, number in zip(lines, (2, 3), strict=True)] == [True, True]
    assert not (tmp_path / "out").exists()
    with pytest.raises(SystemExit) as stop:
        main(["synthesize", "--plan", str(path), "--count", "3", "--images", "x"])
    assert stop.value.code == 2
    assert "leave out --images, --count" in capsys.readouterr().err


def test_a_type_that_no_family_knows_is_told_and_made(read):
    plan = read(FULL.replace("crack", "zorblax"))
    told = notices_of_meaning(plan)
    assert any("zorblax" in line and "no family knows" in line for line in told)
    assert not any(line.startswith("scratch:") for line in told)
