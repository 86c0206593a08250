"""Decisions: what is written comes back, stale writes are refused, and nobody's word is lost."""

import json

import pytest

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.dataset.decisions import (
    Decision,
    Decisions,
    SampleDecisions,
    StaleDecisionsError,
    read_decisions,
    write_decisions,
)

KEEP, DROP = Decision(True, "good"), Decision(False, 'ruß "x"\n')


def test_what_is_written_comes_back(tmp_path):
    assert read_decisions(tmp_path) == Decisions()
    given = {"test/a/0.png": SampleDecisions(KEEP, DROP, True), "test/a/1.png": SampleDecisions(curation=KEEP)}
    written = write_decisions(tmp_path, Decisions().changed({**given, "test/a/2.png": SampleDecisions()}))
    assert written.revision == 1
    assert read_decisions(tmp_path) == Decisions(1, given)


def test_a_reviewer_counts_before_curation_and_both_before_the_judge():
    for passed in (True, False):
        assert SampleDecisions().keeps(passed) is passed
        assert SampleDecisions(curation=KEEP).keeps(passed)
        assert not SampleDecisions(curation=DROP).keeps(passed)
        assert SampleDecisions(KEEP, DROP).keeps(passed)
        assert not SampleDecisions(DROP, KEEP).keeps(passed)


def test_a_stale_write_is_refused_and_changes_nothing(tmp_path):
    first = write_decisions(tmp_path, Decisions().changed({"test/a/0.png": SampleDecisions(KEEP)}))
    with pytest.raises(StaleDecisionsError, match="meanwhile"):
        write_decisions(tmp_path, Decisions().changed({"test/a/1.png": SampleDecisions(DROP)}))
    assert read_decisions(tmp_path) == first
    assert write_decisions(tmp_path, first).revision == 2


BROKEN = [
    "", "[]", "{", '{"version": 1}',
    '{"version": 2, "revision": 0, "decisions": {}}',
    '{"version": 1, "revision": -1, "decisions": {}}',
    '{"version": 1, "revision": true, "decisions": {}}', '{"version": 1, "revision": 0, "decisions": []}',
    '{"version": 1, "revision": 0, "decisions": {"../x.png": {}}}', '{"version": 1, "revision": 0, "decisions": {"a": []}}',
    '{"version": 1, "revision": 0, "decisions": {"a": {"review": {"kept": 1}}}}',
    '{"version": 1, "revision": 0, "decisions": {"a": {"review": null}}}', "[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_is_one_line_and_is_left_alone(tmp_path, text):
    (tmp_path / "decisions.json").write_text(text)
    with pytest.raises(InputError) as caught:
        read_decisions(tmp_path)
    assert "\n" not in str(caught.value) and "decisions.json" in str(caught.value)
    with pytest.raises(InputError):
        write_decisions(tmp_path, Decisions())
    assert (tmp_path / "decisions.json").read_text() == text


def test_the_file_can_be_read_by_others(tmp_path):
    write_decisions(tmp_path, Decisions().changed({"test/a/0.png": SampleDecisions(review=DROP)}))
    value = json.loads((tmp_path / "decisions.json").read_text(encoding="utf-8"))
    entry = {"test/a/0.png": {"review": {"kept": False, "why": 'ruß "x"\n'}}}
    assert value == {"version": 1, "revision": 1, "decisions": entry}
