"""The report: made from what lies in a data set; large ones show the set's own pictures."""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from anomaly_agent.agent.cli.synthesize import one_item_plan
from anomaly_agent.agent.dataset import report as module
from anomaly_agent.agent.dataset.report import Report
from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.production.engine import ProcessEngine
from anomaly_agent.agent.production.run import run_plan
from anomaly_agent.agent.products.catalogue import render_normal


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    (folder / "photos").mkdir()
    for seed in range(2):
        write_png(folder / "photos" / f"a b#{seed}.png", render_normal("hex_nut", seed, 64))
    run_plan(one_item_plan(folder / "photos", "hex nut", ("scratch", "dent"), folder, count=3), ProcessEngine())
    return folder / "hex_nut"


def written(data, path):
    report = Report("Title")
    report.add_set(data)
    report.write(path)
    return path.read_text()


def sources(page):
    return re.findall(r'<img src="([^"]+)"', page)


def test_a_small_set_is_one_file(data, tmp_path):
    page = written(data, tmp_path / "report.html")
    records = [json.loads(line) for line in (data / "trajectories.jsonl").read_text().splitlines()]
    assert page.count('<details class="card">') == len(records)
    assert len(sources(page)) == sum(2 + len(record["attempts"]) for record in records)
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources(page))
    passed = sum(record["passed"] for record in records)
    assert f"{passed} of {len(records)} samples passed" in page
    assert page == (data / "report.html").read_text().replace("hex nut: synthesized anomalies", "Title")


def test_a_large_set_shows_its_own_pictures(data, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_EMBEDDED_SAMPLES", 5)
    monkeypatch.setattr(module, "_CARDS_A_TYPE", 2)
    page = written(data, data.parent / "report.html")
    assert page.count('<details class="card">') == 4 and page.count("the first 2 are shown") == 2
    shown = [data.parent / unquote(source) for source in sources(page)]
    assert shown and all(isinstance(path, Path) and path.is_file() for path in shown)
    assert any("#" not in source and "%20" not in source and "a_b_" in source for source in sources(page))


def test_no_sample_no_page(tmp_path):
    written_to = tmp_path / "report.html"
    report = Report("Nothing")
    report.add_set(tmp_path)
    report.write(written_to)
    assert not written_to.exists()
