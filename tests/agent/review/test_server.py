"""The review server: who may talk to it, what a write changes on the disk, and what a stale one does not."""

import http.client
import io
import json
import socket

import numpy as np
import pytest
from PIL import Image

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.dataset.decisions import Decision, read_decisions
from anomaly_agent.agent.dataset.stored import open_stored
from anomaly_agent.agent.review.guard import Guard


def ask(server, path, method="GET", body=None, token=None, **headers):
    """(status, body) of a request; headers replace those of the page itself, None leaves one out."""
    host = f"127.0.0.1:{server.server_address[1]}"
    given = {"Host": host, **({"Origin": f"http://{host}"} if method == "POST" else {})}
    given.update({name.replace("_", "-"): value for name, value in headers.items()})
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    connection.putrequest(method, f"/{server.guard.token if token is None else token}/{path}", skip_host=True)
    for name, value in {**given, **({"Content-Length": str(len(body or b""))} if method == "POST" else {})}.items():
        if value is not None:
            connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    return answer.status, answer.read()


def png(array):
    target = io.BytesIO()
    Image.fromarray(array).save(target, format="PNG")
    return target.getvalue()


def drawn(root, number=0):
    """A mask of the sample's size with a box in it."""
    sample = open_stored(root)[0].samples[number]
    mask = np.zeros(sample.read()[1].shape, np.uint8)
    mask[10:30, 20:50] = 255
    return sample, mask


def tree(root):
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_it_listens_on_this_machine_alone(server):
    assert server.socket.getsockname()[0] == "127.0.0.1"
    assert (
        ask(server, "state")[0] == 200 and ask(server, "state", Host=f"localhost:{server.server_address[1]}")[0] == 200
    )


OTHERS = [
    {"Host": "evil.example"}, {"Host": "evil.example:80"}, {"Host": None}, {"Host": "127.0.0.1"}, {"token": ""},
    {"token": "a" * 32}, {"token": "é"}, {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "https://127.0.0.1"},
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
]  # fmt: skip


@pytest.mark.parametrize("other", OTHERS, ids=str)
@pytest.mark.parametrize("request_line", ["GET state", "GET image?sample=0", "POST decision?sample=0&revision=0"])
def test_others_are_refused(server, data_set, request_line, other):
    method, path = request_line.split()
    before = tree(data_set)
    if "é" in str(other.get("token")):
        with socket.create_connection(server.server_address) as wire:
            host = f"127.0.0.1:{server.server_address[1]}"
            wire.sendall(f"{method} /é/{path} HTTP/1.0\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n".encode())
            assert b" 403 " in wire.makefile("rb").readline()
    else:
        status, body = ask(server, path, method, b"reject", **other)
        assert status == 403 and json.loads(body)["error"]
    assert tree(data_set) == before


def test_a_write_without_origin_is_refused(server, data_set):
    before = tree(data_set)
    assert ask(server, "decision?sample=0&revision=0", "POST", b"reject", Origin=None)[0] == 403
    assert tree(data_set) == before


def test_a_token_is_of_one_run(server, data_set):
    assert len({Guard(1).token for _ in range(20)}) == 20 and len(server.guard.token) >= 32


def test_a_decision_is_on_the_disk(server, data_set):
    state = json.loads(ask(server, "state")[1])
    assert state["revisions"] == {"part": 0} and all(sample["review"] is None for sample in state["samples"])
    name = state["samples"][2]["name"]
    status, body = ask(server, "decision?sample=2&revision=0", "POST", b"reject")
    answer = json.loads(body)
    assert status == 200 and answer["revision"] == 1 and answer["sample"]["review"] == "reject"
    assert read_decisions(data_set).of(name).review == Decision(False, "by hand")
    assert ask(server, "decision?sample=2&revision=1", "POST", b"undecided")[0] == 200
    assert read_decisions(data_set).samples == {}


@pytest.mark.parametrize("path", ["decision", "mask", "restore"])
def test_a_stale_write_is_refused_with_the_newer_state(server, data_set, path):
    _, mask = drawn(data_set)
    assert ask(server, "mask?sample=0&revision=0", "POST", png(mask))[0] == 200
    before = tree(data_set)
    body = {"decision": b"accept", "mask": png(255 - mask), "restore": b""}[path]
    status, answer = ask(server, f"{path}?sample=0&revision=0", "POST", body)
    answer = json.loads(answer)
    assert status == 409 and "meanwhile" in answer["error"] and answer["state"]["revisions"] == {"part": 1}
    assert tree(data_set) == before


def test_a_touched_up_mask_keeps_the_first_and_can_be_taken_back(server, data_set):
    sample, mask = drawn(data_set)
    first = sample.entry.mask.read_bytes()
    for revision, drawing in enumerate((mask, 255 - mask)):
        assert ask(server, f"mask?sample=0&revision={revision}", "POST", png(drawing))[0] == 200
        assert (np.asarray(Image.open(sample.entry.mask)) == drawing).all()
        beside = data_set / sample.entry.mask.relative_to(data_set).as_posix().replace(
            "ground_truth", "ground_truth_first"
        )
        assert beside.read_bytes() == first
    assert read_decisions(data_set).of(sample.image).touched_up
    served = np.asarray(Image.open(io.BytesIO(ask(server, "mask?sample=0")[1])))
    assert (served == 255 - mask).all()
    assert ask(server, "restore?sample=0&revision=2", "POST", b"")[0] == 200
    assert sample.entry.mask.read_bytes() == first and not beside.exists()
    assert read_decisions(data_set).samples == {}


def bomb():
    """A PNG header of 60000 x 60000."""
    small = bytearray(png(np.zeros((64, 64), np.uint8)))
    small[16:24] = (60000).to_bytes(4, "big") * 2
    return bytes(small)


BODIES = {
    "text": b"no picture", "nothing": b"", "bomb": bomb(), "empty mask": png(np.zeros((128, 128), np.uint8)),
    "other size": png(np.full((100, 100), 255, np.uint8)), "cut off": png(np.eye(128, dtype=np.uint8) * 255)[:80],
}  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_a_mask_that_cannot_be_used_changes_nothing(server, data_set, body):
    before = tree(data_set)
    status, answer = ask(server, "mask?sample=0&revision=0", "POST", BODIES[body])
    assert status == 400 and json.loads(answer)["error"]
    assert tree(data_set) == before


@pytest.mark.parametrize(
    "path",
    [
        "image",
        "image?sample=99",
        "image?sample=-1",
        "image?sample=../../x",
        "image?sample=²",
        "image?sample=" + "9" * 50,
    ],
)
def test_a_sample_that_is_not_there(server, path):
    status, answer = ask(server, path.replace("²", "%C2%B2"))
    assert status == 400 and json.loads(answer)["error"]


@pytest.mark.parametrize(
    "path", ["../state", "session.py", "page/review.css", "%2e%2e/session.py", "..%2fserver.py", "x"]
)
def test_no_other_file_is_served(server, path):
    assert ask(server, path)[0] == 404


def test_bodies_and_words_have_limits(server, data_set):
    assert ask(server, "decision?sample=0&revision=0", "POST", b"maybe")[0] == 400
    assert ask(server, "decision?sample=0", "POST", b"accept")[0] == 400
    assert ask(server, "delete?sample=0&revision=0", "POST", b"")[0] == 404
    host = f"127.0.0.1:{server.server_address[1]}"
    with socket.create_connection(server.server_address) as wire:
        head = (
            f"POST /{server.guard.token}/mask?sample=0&revision=0 HTTP/1.0\r\nHost: {host}\r\nOrigin: http://{host}\r\n"
        )
        wire.sendall(f"{head}Content-Length: 99999999999\r\n\r\n".encode())
        assert b" 400 " in wire.makefile("rb").readline()
    assert not (data_set / "decisions.json").exists()


def test_pages_forbid_foreign_content(server):
    connection = http.client.HTTPConnection(*server.server_address, timeout=10)
    connection.request("GET", f"/{server.guard.token}/")
    answer = connection.getresponse()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    page = answer.read().decode()
    assert "http://" not in page and "https://" not in page


def test_a_mask_that_is_a_link_out_is_not_written_through(server, data_set, tmp_path):
    sample, mask = drawn(data_set)
    outside = tmp_path / "outside.png"
    sample.entry.mask.rename(outside)
    sample.entry.mask.symlink_to(outside)
    before = outside.read_bytes()
    status, answer = ask(server, "mask?sample=0&revision=0", "POST", png(mask))
    assert status == 400 and "link out" in json.loads(answer)["error"]
    assert outside.read_bytes() == before


def test_a_taken_port_is_one_line(server, data_set, capsys):
    assert main(["review", str(data_set), "--no-browser", "--port", str(server.server_address[1])]) == 2
    assert capsys.readouterr().err.count("\n") == 1
