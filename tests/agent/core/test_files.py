"""Files that are whole or not there."""

import os

import pytest

from anomaly_agent.agent.core.files import appearing, append_line, write_together


def test_files_appear_together_and_leave_nothing_beside(tmp_path):
    write_together({tmp_path / "a/one": b"1" * 5000, tmp_path / "two": b"2"})
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {"a/one", "two"}
    assert (tmp_path / "a/one").read_bytes() == b"1" * 5000


def test_none_appears_where_one_cannot_be_written(tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(OSError):
        write_together({tmp_path / "one": b"1", tmp_path / "taken" / "x": b"2"})
    assert not (tmp_path / "one").exists()


def test_a_file_appears_when_all_of_it_is_written(tmp_path):
    path = tmp_path / "a" / "page"
    with appearing(path) as beside:
        beside.write_text("first")
        assert not path.exists()
    with pytest.raises(KeyError), appearing(path) as beside:
        beside.write_text("half of the sec")
        raise KeyError
    assert [inner.name for inner in path.parent.iterdir()] == ["page"] and path.read_text() == "first"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits the size of files")
def test_a_line_is_appended_whole_or_not_at_all(tmp_path):
    import resource  # noqa: PLC0415
    import signal  # noqa: PLC0415

    path = tmp_path / "lines"
    append_line(path, b"first\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, before[0][1]))
    try:
        with pytest.raises(OSError):
            append_line(path, b"x" * 20_000 + b"\n")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before[0])
        signal.signal(signal.SIGXFSZ, before[1])
    assert path.read_bytes() == b"first\n"
    append_line(path, b"second\n")
    assert path.read_bytes() == b"first\nsecond\n"
