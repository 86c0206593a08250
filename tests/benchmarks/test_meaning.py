"""The benchmark's measures, on drawn pictures of which a person says at once what they show."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from anomaly_agent.benchmarks.meaning import facts, lines, pixels, report, shapes, tamper
from anomaly_agent.benchmarks.meaning.command import main
from anomaly_agent.benchmarks.meaning.descriptions import KINDS, read_descriptions
from anomaly_agent.benchmarks.meaning.pictures import names_of, read_picture, silhouette
from anomaly_agent.benchmarks.meaning.pieces import pieces_of
from anomaly_agent.benchmarks.meaning.relations import trace_fault

SIDE = 256


def blank() -> np.ndarray:
    return np.zeros((SIDE, SIDE), np.uint8)


def change(
    mask: np.ndarray, after: tuple[int, int, int] = (60, 60, 60), before: tuple[int, int, int] = (140, 140, 140)
) -> pixels.Change:
    """A flat surface with a flat mark on it."""
    normal = np.full((SIDE, SIDE, 3), before, np.uint8)
    edited = np.where(mask[..., None] > 0, np.array(after, np.uint8), normal)
    return pixels.Change(normal, edited, mask > 0, np.ones((SIDE, SIDE), bool))


def line(start: tuple[int, int], end: tuple[int, int], width: int = 2, on: np.ndarray | None = None) -> np.ndarray:
    return cv2.line(blank() if on is None else on, start, end, 1, width)


def dot(centre: tuple[int, int], radius: int, on: np.ndarray | None = None) -> np.ndarray:
    return cv2.circle(blank() if on is None else on, centre, radius, 1, -1)


def kept(kind: str, asked: object, made: pixels.Change) -> bool | None:
    (fact,) = facts.facts_of({kind: asked}, made)
    return fact.kept


def test_tone_and_colour() -> None:
    spot = dot((100, 100), 12)
    assert kept("tone", "dark", change(spot)) and not kept("tone", "bright", change(spot))
    assert kept("tone", "bright", change(spot, (220, 220, 220)))
    named = {
        "red": (190, 40, 40), "blue": (40, 60, 190), "green": (40, 150, 50), "brown": (110, 70, 40), "yellow": (215, 195, 60),
        "purple": (120, 50, 150), "orange": (225, 130, 40), "white": (240, 240, 238), "black": (20, 20, 20),
    }  # fmt: skip
    for name, rgb in named.items():
        made = change(spot, rgb)
        assert kept("colour", name, made), name
        others = set(named) - {name} - ({"brown", "red", "orange"} if name in ("brown", "red", "orange") else set())
        assert [other for other in others if kept("colour", other, made)] == [], name


def test_a_pink_mark_on_orange_paint_is_pink_and_no_mark_is_the_paints_own_colour() -> None:
    paint = (212, 160, 80)
    assert kept("colour", "pink", change(dot((100, 100), 12), (228, 160, 150), paint))
    assert not kept("colour", "orange", change(dot((100, 100), 12), (214, 161, 80), paint))


def test_count_joins_what_is_one_and_leaves_out_specks() -> None:
    assert len(pieces_of(line((40, 60), (180, 90)) > 0)) == 1
    broken = line((40, 60), (90, 80), on=line((105, 86), (160, 108)))
    assert len(pieces_of(broken > 0)) == 1
    strand = line((40, 64), (150, 64), on=line((40, 60), (160, 60), 1))
    assert len(pieces_of(strand > 0)) == 1
    assert len(pieces_of(line((40, 110), (150, 110), on=line((40, 60), (160, 60))) > 0)) == 2
    three = dot((40, 40), 5, dot((120, 60), 6, dot((90, 180), 4)))
    three[10, 10:12] = 1
    assert len(pieces_of(three > 0)) == 3
    assert (
        kept("count", 3, change(three))
        and kept("count", [3, 12], change(three))
        and not kept("count", 2, change(three))
    )


@pytest.mark.parametrize(
    ("place", "centre"),
    [
        ("upper left", (60, 60)),
        ("lower right", (200, 190)),
        ("top", (128, 40)),
        ("right", (220, 128)),
        ("centre", (125, 135)),
        ("edge", (15, 120)),
    ],
)
def test_place(place: str, centre: tuple[int, int]) -> None:
    assert kept("place", place, change(dot(centre, 8)))
    assert not kept(
        "place",
        place,
        change(dot((256 - centre[0], 256 - centre[1]) if place not in ("centre", "edge") else (80, 190), 8)),
    )


@pytest.mark.parametrize(
    ("angle", "word"),
    [(0, "horizontal"), (12, "horizontal"), (90, "vertical"), (100, "vertical"), (45, "diagonal"), (130, "diagonal")],
)
def test_direction(angle: float, word: str) -> None:
    step = 60 * np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    start, end = (tuple(int(v) for v in np.rint(128 + sign * step)) for sign in (-1, 1))
    made = change(line(start, end))  # type: ignore[arg-type]
    assert [name for name in ("horizontal", "vertical", "diagonal") if kept("direction", name, made)] == [word]
    assert pixels.apart(pixels.axis_of(made.mask).angle, angle) < 2


def test_grain_is_the_direction_of_stripes() -> None:
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    for angle in (0, 30, 90, 140):
        across = x * -np.sin(np.radians(angle)) + y * np.cos(np.radians(angle))
        picture = np.repeat((128 + 60 * np.sin(across / 3)).astype(np.uint8)[..., None], 3, axis=2)
        assert pixels.apart(lines.grain(picture), angle) < 3


def test_length_and_width() -> None:
    across = change(line((0, 120), (255, 140)))
    assert kept("length", "across", across) and kept("length", "long", across) and not kept("length", "short", across)
    short = change(line((100, 100), (140, 110)))
    assert kept("length", "short", short) and not kept("length", "long", short) and not kept("length", "across", short)
    for px in (1, 3, 5, 9):
        bar = blank()
        bar[100 : 100 + px, 30:200] = 1
        assert abs(lines.width_of(bar > 0) - px) < 0.7
    assert kept("width", "hairline", change(line((30, 60), (200, 90), 1))) and kept(
        "width", "wide", change(line((30, 60), (200, 90), 7))
    )
    assert not kept("width", "hairline", change(line((30, 60), (200, 90), 6)))


def test_size_is_the_extent() -> None:
    assert pixels.extent(dot((100, 100), 20) > 0) == pytest.approx(41, abs=1)
    assert kept("size", "tiny", change(dot((90, 90), 6))) and not kept("size", "small", change(dot((90, 90), 60)))
    assert kept("size", "huge", change(dot((120, 120), 60))) and not kept("size", "large", change(dot((90, 90), 10)))


def test_shapes() -> None:
    ring = cv2.circle(blank(), (120, 120), 30, 1, 5)
    disk = dot((120, 120), 30)
    assert kept("shape", "ring", change(ring)) and not kept("shape", "ring", change(disk))
    assert kept("shape", "round", change(disk)) and not kept("shape", "round", change(line((40, 60), (180, 90), 8)))
    assert kept("shape", "streak", change(line((40, 60), (180, 90), 8))) and not kept("shape", "streak", change(disk))
    specks = blank()
    for x, y in np.random.default_rng(0).integers(60, 160, (14, 2)):
        cv2.circle(specks, (int(x), int(y)), 2, 1, -1)
    assert kept("shape", "speckles", change(specks)) and not kept("shape", "speckles", change(disk))
    single = line((60, 40), (120, 200), 3)
    forked = line((90, 120), (170, 150), 3, single.copy())
    assert shapes.branch_tips(single > 0) == 2 and shapes.branch_tips(forked > 0) == 3
    assert kept("shape", "branching", change(forked)) and not kept("shape", "branching", change(single))


def test_edges() -> None:
    spot = dot((128, 128), 28)
    soft = cv2.GaussianBlur(spot.astype(np.float32), (0, 0), 7)[..., None]
    normal = np.full((SIDE, SIDE, 3), 140, np.uint8)
    blurred = pixels.Change(
        normal, np.rint(140 - 80 * soft).repeat(3, 2).astype(np.uint8), soft[..., 0] > 0.1, np.ones((SIDE, SIDE), bool)
    )
    assert kept("edge", "sharp", change(spot)) and not kept("edge", "soft", change(spot))
    assert kept("edge", "soft", blurred) and not kept("edge", "sharp", blurred)
    halo = np.where(dot((128, 128), 44) > 0, 115, 140)
    both = np.repeat(np.where(spot > 0, 60, halo).astype(np.uint8)[..., None], 3, axis=2)
    assert kept("edge", "halo", pixels.Change(normal, both, dot((128, 128), 44) > 0, np.ones((SIDE, SIDE), bool)))
    assert not kept("edge", "halo", change(spot))


def lit_ball(raised: bool) -> pixels.Change:
    """An object with its shadow at the lower right, and on it a ball or a hollow, lit from the upper left."""
    product = dot((110, 110), 60) > 0
    shadow = dot((124, 124), 60) > 0
    normal = np.where(product, 150, np.where(shadow, 60, 190)).astype(np.uint8)
    y, x = np.mgrid[:SIDE, :SIDE]
    spot = dot((110, 110), 15) > 0
    ramp = -((x - 110) + (y - 110)) * (1.5 if raised else -1.5)
    edited = np.clip(normal + ramp * spot, 0, 255).astype(np.uint8)
    return pixels.Change(normal[..., None].repeat(3, 2), edited[..., None].repeat(3, 2), spot, product)


def test_relief_by_the_lamp_that_the_shadow_tells() -> None:
    assert kept("relief", "raised", lit_ball(True)) and not kept("relief", "sunken", lit_ball(True))
    assert kept("relief", "sunken", lit_ball(False)) and not kept("relief", "raised", lit_ball(False))
    assert kept("relief", "raised", change(dot((110, 110), 15))) is None  # nothing casts a shadow


def test_visibility_severity_and_gloss() -> None:
    spot = dot((100, 100), 12)
    assert facts.visibility(change(spot)) > 3
    assert facts.visibility(change(spot, (136, 136, 136))) < 1
    assert kept("severity", "severe", change(spot)) and not kept("severity", "faint", change(spot))
    assert kept("severity", "faint", change(spot, (122, 122, 122)))
    shiny = change(spot, (110, 110, 110))
    shiny.edited[dot((96, 96), 4) > 0] = 240
    assert kept("gloss", "glossy", shiny) and not kept("gloss", "matte", shiny)
    assert kept("gloss", "matte", change(spot)) and not kept("gloss", "glossy", change(spot))


def test_noise_hides_what_a_flat_surface_shows() -> None:
    rng = np.random.default_rng(1)
    noisy = np.clip(140 + rng.normal(0, 45, (SIDE, SIDE, 1)), 0, 255).astype(np.uint8).repeat(3, 2)
    spot = dot((100, 100), 8) > 0
    edited = np.where(spot[..., None], np.clip(noisy.astype(int) - 18, 0, 255), noisy).astype(np.uint8)
    assert facts.visibility(pixels.Change(noisy, edited, spot, np.ones((SIDE, SIDE), bool))) < 1
    assert facts.visibility(change(spot.astype(np.uint8), (122, 122, 122))) > 1


def test_spill_is_what_lies_off_the_product() -> None:
    product = dot((128, 128), 60) > 0
    normal = np.where(product[..., None], 140, 250).astype(np.uint8).repeat(3, 2)
    for x, spilt in ((128, False), (188, True)):
        mark = dot((x, 128), 10) > 0
        made = pixels.Change(normal, np.where(mark[..., None], 60, normal).astype(np.uint8), mark, product)
        assert (facts.spill(made) > 0) is spilt


def test_families_of_one_text() -> None:
    both = line((40, 60), (180, 90), 2, dot((120, 160), 14))
    assert kept("families", ["line", "area"], change(both))
    assert kept(
        "families", ["line", "area"], change(line((40, 160), (200, 160), 2, dot((120, 160), 14)))
    )  # the line crosses it
    assert not kept("families", ["line", "area"], change(dot((120, 160), 14)))
    assert not kept("families", ["line", "area"], change(line((40, 60), (180, 90), 2)))
    assert kept("families", ["area", "area"], change(dot((60, 60), 9, dot((160, 60), 12))))


def board() -> np.ndarray:
    """Two upright traces 10 px wide, dark on light, and a thin one."""
    picture = np.full((SIDE, SIDE), 255, np.uint8)
    picture[:, 80:90] = picture[:, 120:130] = picture[:, 200:204] = 0
    return picture


@pytest.mark.parametrize(
    ("rows", "columns", "tone", "fault"),
    [
        ((100, 106), (90, 120), 0, "bridge"), ((100, 108), (80, 90), 255, "open"), ((100, 108), (80, 85), 255, "bite"),
        ((100, 106), (90, 102), 0, "spur"), ((100, 106), (150, 160), 0, "extra copper"), ((100, 104), (83, 87), 255, "pinhole"),
        ((60, 160), (120, 130), 255, "missing trace"),
    ],
)  # fmt: skip
def test_faults_of_traces(rows: tuple[int, int], columns: tuple[int, int], tone: int, fault: str) -> None:
    before, after = board(), board()
    after[slice(*rows), slice(*columns)] = tone
    made = pixels.Change(
        before[..., None].repeat(3, 2), after[..., None].repeat(3, 2), before != after, np.ones_like(before, bool)
    )
    found = trace_fault(made)
    assert fault in found and set(found) <= {fault, "open"}


def test_relations_to_rim_opening_and_corner() -> None:
    washer = (dot((128, 128), 80) > 0) & (dot((128, 128), 30) == 0)
    normal = np.where(washer[..., None], 150, 30).astype(np.uint8).repeat(3, 2)

    def marked(
        mark: np.ndarray, tone: int = 60, product: np.ndarray = washer, base: np.ndarray = normal
    ) -> pixels.Change:
        mark = (mark > 0) & product
        return pixels.Change(base, np.where(mark[..., None], tone, base).astype(np.uint8), mark, product)

    rim, inner = cv2.ellipse(blank(), (128, 128), (76, 76), 0, 0, 80, 1, 5), cv2.circle(blank(), (128, 128), 36, 1, 5)
    assert kept("relation", "along rim", marked(rim)) and not kept("relation", "along rim", marked(inner))
    assert kept("relation", "around opening", marked(inner)) and not kept("relation", "around opening", marked(rim))
    square = np.zeros((SIDE, SIDE), bool)
    square[60:200, 60:200] = True
    base = np.where(square[..., None], 150, 30).astype(np.uint8).repeat(3, 2)
    bite = dot((60, 60), 30)
    assert kept("relation", "missing corner", marked(bite, 30, square, base))
    assert not kept("relation", "missing corner", marked(bite, 230, square, base))  # a bright spot is no missing corner
    assert not kept("relation", "missing corner", marked(dot((130, 60), 30), 30, square, base))
    assert kept("place", "corner", marked(bite, 60, square, base)) and not kept(
        "place", "corner", marked(dot((130, 130), 9), 60, square, base)
    )


def test_silhouette_of_an_object_on_a_plain_ground() -> None:
    picture = np.full((SIDE, SIDE, 3), (40, 42, 45), np.uint8)
    disk = dot((120, 130), 70) > 0
    picture[disk] = (190, 150, 90)
    picture[dot((120, 130), 20) > 0] = (60, 40, 30)
    found = silhouette(picture)
    assert (found & disk).sum() / (found | disk).sum() > 0.97


def test_tampering_breaks_what_it_says() -> None:
    mark = dot((70, 70), 8, dot((100, 60), 8))
    made = change(mark)

    def spoiled(name: str) -> pixels.Change:
        result = tamper.TAMPERINGS[name](made)
        assert result is not None
        return pixels.Change(made.normal, *result, made.product)

    assert kept("tone", "bright", spoiled("tone turned"))
    assert kept("place", "upper left", made) and kept("place", "lower right", spoiled("moved"))
    assert (
        kept("count", 2, made) and kept("count", 1, spoiled("piece removed")) and kept("count", 4, spoiled("doubled"))
    )
    assert facts.visibility(spoiled("faded")) < 1
    assert kept("direction", "horizontal", change(line((40, 100), (150, 100))))
    turned = tamper.turned(change(line((60, 128), (190, 128))))
    assert turned is not None and abs(pixels.axis_of(turned[1]).angle - 120) < 3  # counter-clockwise as seen


def test_descriptions_ask_for_known_facts_of_pictures_that_there_are() -> None:
    worked, kept_back, unseen = map(read_descriptions, ("worked", "held-back", "unseen"))
    assert len(worked) >= 150 and len(kept_back) >= len(worked) / 2 - 1
    texts = [{row.text for row in rows} for rows in (worked, kept_back, unseen)]
    assert sum(map(len, texts)) == len(set.union(*texts)) == len(worked + kept_back + unseen)
    tags = [read_picture(name, None).tags for name in names_of(None, 1)]
    board_tags = frozenset({"texture", "traces", "strips", "bilevel", "grey"})
    for row in worked + kept_back + unseen:
        assert set(row.asks) <= set(KINDS)
        assert any(row.fits(some) for some in [*tags, board_tags]), row.text
        assert {fact.kind for fact in facts.facts_of(row.asks, change(dot((60, 60), 9)))} == set(row.asks)


def test_a_run_writes_rows_that_the_tables_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"text": "dark scratch", "picture": "wood/0", "seed": 1, "passed": True, "score": 10.0, "attempts": 1,
         "facts": {"tone": [True, -12.0]}, "visible": 2.0, "spill": 0},
        {"text": "dark scratch", "picture": "wood/1", "seed": 2, "passed": True, "score": 7.5, "attempts": 2,
         "facts": {"tone": [False, 9.0]}, "visible": 0.5, "spill": 3},
        {"text": "dark scratch", "picture": "wood/2", "seed": 3, "passed": False, "stopped": "no such defect"},
    ]  # fmt: skip
    found = report.figures(rows)
    assert (
        found["tone"] == (1, 2)
        and found["visible"] == (1, 2)
        and found["accepted"] == (2, 3)
        and found["all of it"] == (1, 2)
    )
    file = tmp_path / "run.json"
    file.write_text(report.to_json({"what": "run", "policy": "scripted"}, rows))
    assert json.loads(file.read_text())["rows"] == rows
    main(["table", str(file)])
    assert "| tone | 2 | 1 | 50 % |" in capsys.readouterr().out
    main(["compare", str(file), str(file)])
    assert "| tone | 50 % of 2 | 50 % of 2 |" in capsys.readouterr().out
