"""Which defects can occur, and how often: by the material's notes and what a picture shows, whatever a benchmark tests."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.defects.describing import resolve
from anomaly_agent.agent.defects.naming import default_families, default_types, forms_of
from anomaly_agent.agent.products.catalogue import EXAMPLE_PRODUCTS, render_normal
from anomaly_agent.agent.scene.scene import Scene, analyze_scene
from anomaly_agent.agent.tools.knowledge_retrieval.occurrence import plausible_types

PLAIN = analyze_scene(render_normal("concrete", 0, 96))
OBJECT = analyze_scene(render_normal("hex_nut", 0, 96))


def families(item: str, scene: Scene) -> set[str]:
    return {resolve(name).family for name in plausible_types(item, scene)}


@pytest.mark.parametrize("name", EXAMPLE_PRODUCTS)
def test_the_defects_of_the_demo_s_products_can_occur_on_them(name: str) -> None:
    product = EXAMPLE_PRODUCTS[name]
    found = plausible_types(product.item, analyze_scene(render_normal(name, 0, 96)))
    assert {resolve(anomaly).family for anomaly in product.anomalies} <= {resolve(name).family for name in found}
    assert sum(found.values()) == pytest.approx(1.0) and min(found.values()) > 0


def test_a_material_leaves_out_what_does_not_happen_to_it() -> None:
    glass = families("glass jar", OBJECT)
    assert "crack" in glass
    assert not {"thread", "corrosion", "bend", "print"} & glass
    assert "corrosion" not in families("rubber seal", OBJECT)
    assert "chip" not in families("cotton cloth", OBJECT)


def test_what_occurs_often_takes_four_turns_for_one() -> None:
    stone = plausible_types("granite wall", PLAIN)
    # The notes on stone call cracks frequent and holes not; either has one form.
    assert stone["crack"] == pytest.approx(4 * stone["hole"])
    # Both of a spall's forms share one turn.
    assert stone["chip"] + stone["broken"] == pytest.approx(stone["hole"])


def test_a_form_with_a_note_of_its_own_takes_its_own_turns() -> None:
    glass = plausible_types("glass jar", OBJECT)
    assert glass["broken"] == pytest.approx(4 * glass["chip"])
    assert glass["chip"] == pytest.approx(glass["scratch"])


def test_notes_that_follow_a_benchmark_are_not_asked() -> None:
    # MVTec AD's bottle has breakage and contamination alone; its material has more.
    assert plausible_types("bottle", OBJECT) == plausible_types("glass vial", OBJECT)
    assert plausible_types("magnetic_tile", PLAIN) == plausible_types("ceramic insulator", PLAIN)


def test_what_could_not_be_seen_is_left_out() -> None:
    board = np.full((96, 96, 3), 0, np.uint8)
    board[:, 10:30] = board[:, 60:75] = 255
    scene = analyze_scene(board)
    assert scene.bilevel
    assert not {"scratch", "dent", "discoloration", "corrosion"} & families("widget", scene)
    assert not {"bend", "print"} & families("widget", PLAIN)


def test_an_unknown_product_may_have_any_defect_every_family_as_often() -> None:
    shares = plausible_types("widget", OBJECT)
    assert set(shares) == set(default_types())
    for family in default_families():
        assert sum(shares[form] for form in forms_of(family)) == pytest.approx(1 / len(default_families()))


@pytest.mark.parametrize(
    ("item", "like"),
    [
        ("solar_cell", "silicon wafer"),
        ("lenses", "glass"),
        ("weld", "metal"),
        ("dowel", "wood"),
        ("rope", "cloth"),
        ("rice", "food"),
    ],
)
def test_products_are_known_by_what_they_are_made_of(item: str, like: str) -> None:
    assert plausible_types(item, OBJECT) == plausible_types(like, OBJECT)
