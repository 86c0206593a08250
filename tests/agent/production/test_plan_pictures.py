"""Which pictures a plan means: patterns, links in circles, the same picture by several paths, names in two forms."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.production.plan_pictures import distinct, find_path, find_pictures


def make(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())


def found(folder, *texts):
    paths = distinct(path for text in texts for path in find_pictures(folder, text))
    return [path.relative_to(folder).as_posix() for path in paths]


@pytest.mark.parametrize("name", ["job [2024]", "a*b", "what?", "[!a]", "[", "{x}", "Flo\u0308te [1]", "**"])
def test_the_plans_own_folder_is_no_pattern(tmp_path, name):
    make(tmp_path / name, "line1/0.png", "line1/1.jpg", "line1/note.txt")
    make(tmp_path, "job 2/line1/9.png", "aXb/line1/9.png", "what!/line1/9.png", "b/line1/9.png")
    assert found(tmp_path / name, "line1/*") == found(tmp_path / name, "**/*") == ["line1/0.png", "line1/1.jpg"]
    assert [path.name for path in find_pictures(tmp_path / name, "../b/line1/*.png")] == ["9.png"]
    assert found(tmp_path, f"{name}/line1") == [f"{name}/line1/0.png", f"{name}/line1/1.jpg"]  # a folder that exists


def test_what_patterns_mean(tmp_path):
    make(
        tmp_path, "a/0.png", "a/b/1.png", "a/b/c/2.png", "a/.hidden/3.png", "a/.4.png", "d/5.PNG", "d/6.gif", "e1/7.png"
    )
    (tmp_path / "a" / "folder.png").mkdir()
    cases = {
        "a/*.png": ["a/0.png"],
        "a/**/*.png": ["a/0.png", "a/b/1.png", "a/b/c/2.png"],
        "a/**": ["a/0.png", "a/b/1.png", "a/b/c/2.png"],
        "**/b/**/*.png": ["a/b/1.png", "a/b/c/2.png"],
        "**/**/**/2.png": ["a/b/c/2.png"],
        "*/*": ["a/0.png", "d/5.PNG", "e1/7.png"],
        "[de]*/*": ["d/5.PNG", "e1/7.png"],
        "?/?.*": ["a/0.png", "d/5.PNG"],
        "a/.*/*.png": ["a/.hidden/3.png"],
        "a/../d/*": ["d/5.PNG"],
        "./a/./*.png": ["a/0.png"],
        str(tmp_path) + "/e*/*.png": ["e1/7.png"],
    }
    for text, names in cases.items():
        assert found(tmp_path, text) == names, text
    for text in ("z*/*.png", "a/*.tif", "[", "**/nothing.png", "e1/7.png/*"):
        with pytest.raises(InputError):
            find_pictures(tmp_path, text)


def test_links_in_circles_give_each_picture_once(tmp_path):
    make(tmp_path, "loop/sub/0.png", "loop/sub/deep/1.png")
    for number, (where, target) in enumerate(
        [("loop/sub", ".."), ("loop/sub", "."), ("loop/sub/deep", "../.."), ("loop", "sub")]
    ):
        (tmp_path / where / f"link{number}").symlink_to(target)
    (tmp_path / "loop/self").symlink_to("self")
    (tmp_path / "loop/gone.png").symlink_to("nowhere.png")
    for text in ("loop/**/*.png", "**", "loop/*/*.png", "loop/*/*/*.png"):
        names = found(tmp_path, text)
        assert len(names) == len({os.path.realpath(tmp_path / name) for name in names}) <= 2, text
    assert found(tmp_path, "loop/**/*.png") == ["loop/sub/0.png", "loop/sub/deep/1.png"]


def test_one_picture_by_several_paths_is_one(tmp_path):
    make(tmp_path, "a/z.png", "a/y.png")
    (tmp_path / "a/b.png").symlink_to("z.png")
    (tmp_path / "b").symlink_to("a")
    os.link(tmp_path / "a/y.png", tmp_path / "a/hard.png")
    assert found(tmp_path, "a", "a/*.png", "b/*.png", "a/../a/z.png", "**/*.png") == ["a/hard.png", "a/z.png"]
    make(tmp_path, "c/same.png", "d/same.png")  # equal names, other files
    assert found(tmp_path, "[cd]/*") == ["c/same.png", "d/same.png"]


def test_names_on_the_disk_in_the_other_form(tmp_path):
    make(tmp_path, "Flo\u0308te/gru\u0308n.png", "Flo\u0308te/rot.png")
    for text in ("Flöte", "Flöte/*.png", "Fl?te/gr*n.png", "**/grün.png", "Flöte/grün.png", "Flo\u0308te/*"):
        assert found(tmp_path, text)[0] == "Flo\u0308te/gru\u0308n.png"
    assert find_path(tmp_path, "Flöte/neu.png") == tmp_path / "Flo\u0308te/neu.png"
    assert find_path(tmp_path, "~nobody-there/x") == tmp_path / "~nobody-there/x"


@given(st.lists(st.sampled_from(["a", "b", "*", "**", "?", "[ab]"]), min_size=1, max_size=5).map("/".join))
@settings(max_examples=150, deadline=None)
def test_as_the_library_has_it_where_there_are_no_links(tmp_path_factory, pattern):
    folder = tmp_path_factory.getbasetemp() / "library"
    if not folder.is_dir():
        make(folder, "a/a/a.png", "a/b/a/b.png", "b/a.png", "b/b/b/a.png", "a.png", "b/a/a/a/a.png")
    text = f"{pattern}/*.png"
    meant = sorted({path for path in folder.glob(text)})
    try:
        assert sorted(set(find_pictures(folder, text))) == meant
    except InputError:
        assert not meant


def test_a_pattern_of_many_stars_ends(tmp_path):
    deep = Path(*"abcdefghij")
    make(tmp_path, str(deep / "0.png"))
    assert found(tmp_path, "**/*/**/*/**/*/**/*.png") == [f"{deep.as_posix()}/0.png"]
