"""plan init: a plan that can be read and run as it is, and never one written over."""

import shutil

import pytest

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.production.plan_file import read_plan


def init(folder, plan):
    return main(["plan", "init", str(folder), "--plan", str(plan)])


def test_a_folder_of_pictures_is_one_item(normals, tmp_path, capsys):
    path = tmp_path / "plan.yaml"
    assert init(normals / "photos/hex_nut", path) == 0
    (item,) = read_plan(path).items
    assert item.name == "hex nut" and len(item.images) == 3
    counts = {one.anomaly: one.count for one in item.types}
    # The notes on metal: scratches occur often, cracks do not; a stain has further forms.
    assert counts["scratch"] == counts["dent"] == pytest.approx(4 * counts["crack"], abs=2)
    assert "thread" not in counts and abs(sum(counts.values()) - 200) < 10
    assert main(["plan", "check", str(path)]) == 0
    assert f"{sum(counts.values())} samples, to" in capsys.readouterr().out


def test_an_item_of_no_known_material_gets_what_many_products_have(normals, tmp_path):
    shutil.copytree(normals / "photos/hex_nut", tmp_path / "gizmo")
    assert init(tmp_path / "gizmo", tmp_path / "plan.yaml") == 0
    (item,) = read_plan(tmp_path / "plan.yaml").items
    assert [(one.anomaly, one.count) for one in item.types] == [("scratch", 50), ("dent", 50), ("contamination", 50)]


def test_a_folder_of_folders_is_an_item_each(normals, tmp_path):
    assert init(normals / "photos", tmp_path / "plan.yaml") == 0
    assert [item.name for item in read_plan(tmp_path / "plan.yaml").items] == ["concrete", "hex nut"]


def test_a_data_set_gives_its_normal_images_and_types(normals, tmp_path):
    root = tmp_path / "mvtec" / "metal_nut"
    shutil.copytree(normals / "photos/hex_nut", root / "train/good")
    for kind in ("bent", "good", "scratch", "zorblax"):
        (root / "test" / kind).mkdir(parents=True)
    for folder in (root, root.parent):
        path = tmp_path / f"{folder.name}.yaml"
        assert init(folder, path) == 0
        (item,) = read_plan(path).items
        assert item.name == "metal nut" and [one.anomaly for one in item.types] == ["bent", "scratch"]
        assert {path.parent for path in item.images} == {root / "train/good"}


@pytest.mark.parametrize(
    ("name", "item_name"),
    [("a b", "a b"), ("no", "no"), ("1", "1"), ("it's", "it s"), ("a: b#c", "a b c"), ("null", "null"), ("~", "unnamed"),
     ("bottle (1)", "bottle 1"), ("hex nut, M8", "hex nut M8"), ("part #3 [new]", "part 3 new"), ("con", "_con"),
     ("Flo\u0308te", "Flöte"), ("ขวดน้ำ", "ขวดน้ำ"), ("x" * 100, "x" * 72), (" a ", "a"), ("*", "unnamed"), ("-a", "_-a"),
     ("true", "true"), ("1e3", "1e3"), ("<<", "unnamed"), ("{a}", "a"), ('"q"', "q"), ("a\u2060b", "a b"), ("🙂", "unnamed")],
)  # fmt: skip
def test_any_folders_name_gives_an_item_that_a_plan_takes(normals, tmp_path, name, item_name):
    shutil.copytree(normals / "photos/hex_nut", tmp_path / name)
    assert init(tmp_path / name, tmp_path / "plan.yaml") == 0
    (item,) = read_plan(tmp_path / "plan.yaml").items
    assert item.name == item_name and len(item.images) == 3


def test_nothing_is_written_over(normals, tmp_path, capsys):
    path = tmp_path / "plan.yaml"
    path.write_text("mine")
    assert init(normals / "photos", path) == 2
    assert "is there already" in capsys.readouterr().err and path.read_text() == "mine"


def test_a_folder_without_pictures_is_refused(tmp_path, capsys):
    assert init(tmp_path, tmp_path / "plan.yaml") == 2
    assert "no image in this folder" in capsys.readouterr().err
    assert init(tmp_path / "gone", tmp_path / "plan.yaml") == 2
    assert not (tmp_path / "plan.yaml").exists()
