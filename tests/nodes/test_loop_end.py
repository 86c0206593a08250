"""Agent Loop End: what its judge sockets take, and what becomes of it in the attempt's verdict. Its rounds need a host."""

import types

import pytest
from host_stand_in import run

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.verdict import Fault, FaultKind
from anomaly_agent.agent.policies.scripted import ScriptedPolicy
from anomaly_agent.agent.products.catalogue import render_normal
from anomaly_agent.nodes.loop_begin import LoopBegin
from anomaly_agent.nodes.loop_end import LoopEnd
from anomaly_agent.nodes.tensors import image_tensor

NUT = image_tensor([render_normal("hex_nut", 3, 128)])
GRAPH = types.SimpleNamespace(
    get_node=lambda node: {"inputs": {"loop": ["2", 0]}}, get_display_node_id=lambda node: node
)
GIVEN = (Fault(FaultKind.TOO_LARGE, 0.4), Fault(FaultKind.SEAM, 0.2, "left"))


def ended(**judged):
    """The verdict on the only attempt, whose picture is the normal one."""
    names = {"item": ["hex nut"], "anomaly_type": ["scratch"], "seed": [5], "policy": [ScriptedPolicy()]}
    ((loop,), *_) = run(LoopBegin, image=[NUT], max_attempts=[1], threshold=[5.0], **names)
    *_, episode = run(LoopEnd, dynprompt=GRAPH, loop=loop, image=NUT, **judged)
    (attempt,) = episode.result.trajectory.attempts
    return attempt.verdict


@pytest.mark.parametrize("given", [GIVEN, list(GIVEN), ()])
def test_the_judges_faults_are_the_attempts(given):
    verdict = ended(score=3.0, review="Nothing to see.", faults=given)
    assert (verdict.score, verdict.review, verdict.faults) == (3.0, "Nothing to see.", tuple(given))


def test_unconnected_they_are_measured_where_the_score_does_not_pass():
    assert [fault.kind for fault in ended(score=3.0, review="Far too large.").faults] == [FaultKind.FAINT]
    assert ended(score=8.0, review="Far too large.").faults == ()


@pytest.mark.parametrize(
    ("judged", "says"),
    [
        ({"faults": GIVEN}, "faults: is connected without a score; connect the score too, or neither"),
        ({"review": "Faint."}, "review: is connected without a score; connect the score too, or neither"),
        (
            {"score": 3.0, "faults": "too_large"},
            "faults: got str, which is no fault; connect the faults output of Quality",
        ),
        ({"score": 3.0, "faults": NUT}, "faults: got Tensor, which is no fault; connect"),
        ({"score": 3.0, "faults": [GIVEN[0], None]}, "faults: got NoneType, which is no fault; connect"),
        ({"score": 3.0, "faults": ({"kind": "faint"},)}, "faults: got dict, which is no fault; connect"),
    ],
)
def test_what_does_not_fit_is_named_with_its_cure(judged, says):
    with pytest.raises(InputError) as caught:
        ended(**judged)
    assert str(caught.value).startswith(says) and "\n" not in str(caught.value)
