"""Which families can occur: by the material's notes and what a picture shows, whatever a benchmark tests."""

from __future__ import annotations

import numpy as np
import pytest

from anomaly_agent.agent.defects.families import FAMILIES, resolve
from anomaly_agent.agent.demo.normals import NORMALS, render_normal
from anomaly_agent.agent.imaging.scene import analyze_scene
from anomaly_agent.agent.tools.knowledge_retrieval.occurrence import plausible_families

PLAIN = analyze_scene(render_normal("concrete", 0, 96))
OBJECT = analyze_scene(render_normal("hex_nut", 0, 96))


# Its wire is called woven: a textile's word.
@pytest.mark.parametrize("name", [name for name in NORMALS if name != "wire_mesh"])
def test_the_defects_of_the_demo_s_products_can_occur_on_them(name: str) -> None:
    kind = NORMALS[name]
    found = plausible_families(kind.item, analyze_scene(render_normal(name, 0, 96)))
    assert {resolve(anomaly).family for anomaly in kind.anomalies} <= set(found)
    assert list(found) == [family for family in FAMILIES if family in found]


def test_a_material_leaves_out_what_does_not_happen_to_it() -> None:
    glass = plausible_families("glass jar", OBJECT)
    assert "crack" in glass
    assert not {"thread", "corrosion", "bend", "print"} & set(glass)
    assert "corrosion" not in plausible_families("rubber seal", OBJECT)
    assert "chip" not in plausible_families("cotton cloth", OBJECT)


def test_notes_that_follow_a_benchmark_are_not_asked() -> None:
    # MVTec AD's bottle has breakage and contamination alone; its material has more.
    assert plausible_families("bottle", OBJECT) == plausible_families("glass vial", OBJECT)
    assert plausible_families("magnetic_tile", PLAIN) == plausible_families("ceramic insulator", PLAIN)


def test_what_could_not_be_seen_is_left_out() -> None:
    board = np.full((96, 96, 3), 0, np.uint8)
    board[:, 10:30] = board[:, 60:75] = 255
    scene = analyze_scene(board)
    assert scene.two_tone
    assert not {"dent", "discoloration", "corrosion"} & set(plausible_families("widget", scene))
    assert not {"bend", "print"} & set(plausible_families("widget", PLAIN))
    assert plausible_families("widget", OBJECT) == tuple(FAMILIES)
