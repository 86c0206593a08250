"""The route through which the panel has a correction read before it stands in the node."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from routes_server import send, serving

pytest.importorskip("aiohttp.web", reason="needs the host's server library")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with serving() as number:
        yield number


def understand(port: int, value: object) -> tuple[int, dict]:
    return send(port, json.dumps(value).encode(), "/understand")


def test_a_correction_is_read(port: int) -> None:
    status, told = understand(port, {"anomaly_type": "Riss", "meaning": " zwei dunkle Kratzer oben links "})
    assert status == 200 and told["understood"] == "2 dark scratches in the upper left"
    assert told["remarks"] == ["corrected: 'Riss' by itself is read as crack"]


def test_none_leaves_the_type_as_it_is_read(port: int) -> None:
    assert understand(port, {"anomaly_type": "three dents"}) == (200, {"understood": "3 dents", "remarks": []})


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"anomaly_type": "scratch", "meaning": "zorblax"}, "meaning 'zorblax' names no defect that is known: name one"),
        ({"anomaly_type": "scratch", "meaning": "dark, upper left"}, "names no defect that is known"),
        ({"anomaly_type": "scratch", "meaning": "scratch " * 100}, "meaning has 799 characters, but 600 is the most"),
        ({"anomaly_type": "x" * 201, "meaning": ""}, "anomaly type has 201 characters, but 200 is the most"),
        ({"anomaly_type": "scratch", "meaning": "\ud800"}, "meaning holds half a character"),
        ({"anomaly_type": "scratch", "meaning": ["dent"]}, "meaning a text"),
        ({"anomaly_type": " ", "meaning": "dent"}, "must be a text that is not empty"),
        ({}, "must be a text that is not empty"),
        (["scratch"], "the body must be a JSON object"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_in_a_line(port: int, body: object, told: str) -> None:
    status, answer = understand(port, body)
    assert status == 400 and told in answer["error"] and "\n" not in answer["error"]


def test_a_page_of_another_site_cannot_send_it(port: int) -> None:
    status, answer = send(port, b"{}", "/understand", **{"Content-Type": "text/plain"})
    assert status == 400 and "application/json" in answer["error"]
