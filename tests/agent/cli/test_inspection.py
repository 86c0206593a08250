"""The command that says and draws what products are made of, as a user runs it."""

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.products.catalogue import render_normal


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for index in range(3):
        Image.fromarray(render_normal("washer", index, 128)).save(folder / f"{index}.png")
    return folder


def test_a_line_for_each_picture_and_what_all_have(photos, capsys):
    assert main(["inspect", str(photos)]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["0.png", "1.png", "2.png"]
    assert all("object on a background; parts: rim, edge," in line and "opening" in line for line in lines)
    assert last.startswith("All 3 pictures have: rim, edge,")
    assert last.endswith("background")


def test_pictures_of_parts_are_written(photos, tmp_path):
    Image.fromarray(render_normal("washer", 1, 128)).save(photos / "2.bmp")
    assert main(["inspect", str(photos), "--output", str(tmp_path / "out")]) == 0
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == ["0_parts.png", "1_parts.png", "2.bmp_parts.png", "2.png_parts.png"]
    assert np.asarray(Image.open(tmp_path / "out" / "0_parts.png")).shape == (768, 768, 3)


def test_a_broken_picture_is_named_and_passed_over(photos, capsys):
    (photos / "1.png").write_bytes(b"none")
    assert main(["inspect", str(photos)]) == 0
    said = capsys.readouterr()
    assert said.err.count("\n") == 1 and "skipped: " in said.err and "1.png" in said.err
    assert said.out.splitlines()[-1].startswith("All 2 pictures have:")


def test_no_picture_at_all_is_one_line(photos, tmp_path, capsys):
    assert main(["inspect", str(tmp_path / "nowhere")]) == 2
    for path in photos.iterdir():
        path.write_bytes(b"none")
    assert main(["inspect", str(photos)]) == 2
    assert "no picture can be used" in capsys.readouterr().err.splitlines()[-1]


def test_an_output_that_is_a_file_is_one_line(photos, capsys):
    assert main(["inspect", str(photos), "--output", str(photos / "0.png")]) == 2
    assert "cannot be written" in capsys.readouterr().err
