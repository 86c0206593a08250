"""What strangers may send to the pack's routes and to the review page: refused with a status and one line, never with a 500."""

from __future__ import annotations

import base64
import http.client
import json
import threading
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import host_stand_in
import numpy as np
import pytest
from bad_files import chunk, data_of, encoded, head, packed, png, ramp
from pictures_catalogue import JPEG_REFUSED, OTHER_REFUSED, PNG_REFUSED, TIFF_REFUSED
from routes_server import SIZE, answer_to, get, paused, post, send, serving
from sandbox import synthesized, unchanged

from anomaly_agent.agent.imaging.io import write_png
from anomaly_agent.agent.review.server import ReviewServer
from anomaly_agent.agent.review.session import ReviewSession

pytest.importorskip("aiohttp.web", reason="needs the host's server library")
PAGE = host_stand_in.PAGE


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The pack's routes on a real server."""
    with serving() as number:
        yield number


@pytest.fixture(autouse=True)
def host(tmp_path: Path) -> None:
    for name in ("input", "output"):
        (tmp_path / name).mkdir()
    host_stand_in.HOST.__init__(folder=tmp_path)  # type: ignore[misc]


def url(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def mask(value: int = 255, size: tuple[int, int] = SIZE) -> np.ndarray:
    found = np.zeros(size, np.uint8)
    found[10:50, 20:60] = value
    return found


GOOD = url(encoded(mask(), "PNG"))

#: What takes the place of some fields of a good answer.
FIELDS: dict[str, dict[str, object]] = {
    "an action that is none": {"action": "delete"},
    "an action of Python's": {"action": "__class__"},
    "an action that is null": {"action": None},
    "an action that is a list": {"action": ["continue"]},
    "an action of a million letters": {"action": "x" * 1_000_000},
    "an action of half a character": {"action": "\ud800"},
    "a prompt that is null": {"prompt": None},
    "a prompt that is a number": {"prompt": 7},
    "a prompt of a million letters": {"prompt": "x" * 1_000_000},
    "a prompt of half a character": {"prompt": "\ud800"},
    "a client that is another": {"client_id": "other"},
    "a client that is null": {"client_id": None},
    "a client that is a list": {"client_id": [PAGE]},
    "a client that is an object": {"client_id": {"a": PAGE}},
    "a client of a path": {"client_id": "../page"},
    "a run that is another": {"run": "0" * 32},
    "a run that is null": {"run": None},
    "a run that is an object": {"run": {"a": 1}},
    "a run of a path": {"run": "../../x"},
    "a region that is null": {"region": None},
    "a region that is a number": {"region": 7},
    "a region that is a list": {"region": [GOOD]},
    "a region at a file": {"region": "file:///etc/passwd"},
    "a region at an address": {"region": "http://127.0.0.1:1/x.png"},
    "a region at a path": {"region": "/etc/passwd"},
    "a region without its head": {"region": GOOD.partition(",")[2]},
    "a region of no data": {"region": "data:image/png;base64,"},
    "a region of no base64": {"region": "data:image/png;base64,????"},
    "a region cut in its base64": {"region": GOOD[:-3]},
    "a region in base64 for addresses": {"region": "data:image/png;base64,iVBORw0KGgo-_w=="},
    "a region with blanks in its base64": {"region": GOOD[:40] + " \n" + GOOD[40:]},
    "a region per cent": {"region": "data:image/png,%89PNG"},
    "a region with a character set": {"region": GOOD.replace(";base64", ";charset=x;base64")},
    "a region in capitals": {"region": GOOD.replace("data:image/png", "DATA:IMAGE/PNG")},
    "a region of half a character": {"region": "data:image/png;base64,\ud800"},
    "a region of another kind": {"region": GOOD.replace("image/png", "image/svg+xml")},
    "a region of nothing white": {"region": url(encoded(mask(0), "PNG"))},
    "a region of 2^31 - 1": {"region": url(png(head(2**31 - 1, 2**31 - 1), data_of(b"\0" * 99)))},
    "a region of 4097": {"region": url(png(head(4097, 64), data_of(b"\0" * 99)))},
    "a region of 0": {"region": url(png(head(0, 64), data_of(b"\0" * 99)))},
    "a region with a text of 50 MB": {
        "region": url(png(head(), chunk(b"zTXt", b"a\0\0" + packed(50)), data_of(b"\0" * 99)))
    },
    "a region with a profile of 50 MB": {
        "region": url(png(head(), chunk(b"iCCP", b"a\0\0" + packed(50)), data_of(b"\0" * 99)))
    },
}
# A region may have another size than the picture: what is wrong with these is its size alone.
_OF_SIZE = ("width 1", "sides of 63", "fully transparent, of one colour", "head longer than the file")
#: Every tenth of the pictures that are none, under the head of a PNG.
PICTURES: dict[str, Callable[[], bytes]] = {
    name: make
    for number, (name, make) in enumerate({**PNG_REFUSED, **JPEG_REFUSED, **TIFF_REFUSED, **OTHER_REFUSED}.items())
    if number % 7 == 0 and name not in _OF_SIZE and "half the rows" not in name
}


def is_one_line(text: object) -> bool:
    return isinstance(text, str) and bool(text) and "\n" not in text and len(text) < 600


@pytest.mark.parametrize("name", FIELDS)
def test_an_answer_of_no_use_is_refused_and_the_run_waits_on(port: int, name: str) -> None:
    with paused() as (question, decisions):
        status, said = post(port, answer_to(question, **{"region": GOOD, **FIELDS[name]}))
        assert status == 400 and is_one_line(said["error"]) and not decisions


@pytest.mark.parametrize("name", PICTURES)
def test_a_region_of_any_other_file_is_refused(port: int, name: str) -> None:
    with paused() as (question, decisions):
        status, said = post(port, answer_to(question, region=url(PICTURES[name]())))
        assert status == 400 and said["error"].startswith("region ") and is_one_line(said["error"]) and not decisions


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "true": b"true",
    "a number": b"7",
    "NaN": b"NaN",
    "infinity": b"-Infinity",
    "1e999": b"1e999",
    "a text": b'"x"',
    "a list": b"[]",
    "a list of good answers": json.dumps([{"client_id": PAGE}]).encode(),
    "no JSON": b"{",
    "Python": b"{'client_id': 'page'}",
    "a form": b"client_id=page&action=finish",
    "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
    "UTF-16": json.dumps({"client_id": PAGE, "run": "x"}).encode("utf-16"),
    "UTF-32": json.dumps({"client_id": PAGE, "run": "x"}).encode("utf-32"),
    "a mark of byte order": b"\xef\xbb\xbf{}",
    "bytes of no UTF-8": b"\xff\xfe\xfd",
    "zeros": b"\0" * 1000,
    "100000 lists": b"[" * 100_000,
    "100000 objects": b'{"a":' * 100_000,
    "a closed list, 500 deep": b"[" * 500 + b"]" * 500,
    "a run of 100000 digits": b'{"run": ' + b"9" * 100_000 + b"}",
    "a thousand fields": json.dumps({f"f{n}": n for n in range(1000)}).encode(),
    "a field twice": b'{"client_id": "page", "client_id": "other"}',
    "fields of the function's": json.dumps({"client_id": PAGE, "self": 1, "waiting": 2}).encode(),
    "32 MB": b" " * 31_500_000,
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_of_no_use_is_refused(port: int, name: str) -> None:
    status, said = send(port, BODIES[name])
    assert status == 400 and is_one_line(said["error"])


HEADERS: dict[str, tuple[dict[str, str], bytes]] = {
    "text/plain": ({"Content-Type": "text/plain"}, b"{}"),
    "a form's type": ({"Content-Type": "application/x-www-form-urlencoded"}, b"a=b"),
    "a form of parts": ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--"),
    "no type": ({"Content-Type": ""}, b"{}"),
    "a type of garbage": ({"Content-Type": "/;;;=,"}, b"{}"),
    "an unknown character set": ({"Content-Type": "application/json; charset=evil"}, b"[]"),
    "a coding of garbage": ({"Content-Encoding": "deflate"}, b"no deflate"),
    "a coding of 60 MB": ({"Content-Encoding": "deflate"}, zlib.compress(b" " * 60_000_000)),
    "gzip of garbage": ({"Content-Encoding": "gzip"}, b"\x1f\x8b\x08" + b"\xa5" * 99),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_body_under_odd_headers_is_refused(port: int, name: str) -> None:
    headers, body = HEADERS[name]
    status, said = send(port, body, **headers)
    assert status == 400 and is_one_line(said["error"])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?client_id",
        "?client_id=",
        "?client_id=a&client_id=b",
        "?client_id=%00",
        "?client_id=%ff%fe",
        "?client_id=" + "x" * 5000,
        "?client_id=..%2f..",
        "?client_id[]=page",
        "?x=%zz",
    ],
)
def test_whoever_asks_learns_nothing(port: int, query: str) -> None:
    with paused():
        assert get(port, f"/waiting{query}") == []


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ReviewServer, Path]]:
    """The review page of a set of two samples, and the set's folder."""
    folder = tmp_path_factory.mktemp("a") / "b" / "c"
    (folder / "photos").mkdir(parents=True)
    write_png(folder / "photos" / "a.png", ramp())
    with ReviewServer(ReviewSession(synthesized(folder, 2))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server, folder
        server.shutdown()


def asked(server: ReviewServer, method: str, what: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """(status, body) of a request of the page's own; a header of "" is left out."""
    number = server.server_address[1]
    own = {"Host": f"127.0.0.1:{number}", "Origin": f"http://127.0.0.1:{number}"}
    connection = http.client.HTTPConnection("127.0.0.1", number, timeout=20)
    try:
        path = what if what.startswith("/") else f"/{server.guard.token}/{what}"
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        sent = {"Content-Length": str(len(body))} if body is not None else {}
        for name, value in {**own, **sent, **{name.replace("_", "-"): one for name, one in headers.items()}}.items():
            if value:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


#: Requests of the review page: (method, path below the token or a whole one, body, headers).
REVIEW: dict[str, tuple[str, str, bytes | None, dict[str, str]]] = {
    "no token": ("GET", "/state", None, {}),
    "another token": ("GET", "/0000/state", None, {}),
    "a token of half": ("GET", "/%ff/state", None, {}),
    "the root": ("GET", "/", None, {}),
    "a path that climbs": ("GET", "../../../../etc/passwd", None, {}),
    "a path that climbs, written otherwise": ("GET", "..%2f..%2fetc%2fpasswd", None, {}),
    "a file of the code": ("GET", "server.py", None, {}),
    "a file of the set": ("GET", "settings.json", None, {}),
    "a page that is none": ("GET", "x" * 5000, None, {}),
    "a picture of no number": ("GET", "image", None, {}),
    "a picture of a text": ("GET", "image?sample=x", None, {}),
    "a picture below 0": ("GET", "image?sample=-1", None, {}),
    "a picture beyond the end": ("GET", "image?sample=99", None, {}),
    "a picture of 5000 digits": ("GET", "image?sample=" + "9" * 5000, None, {}),
    "a picture of a digit of another script": ("GET", "image?sample=%D9%A3", None, {}),
    "a picture of a superscript": ("GET", "image?sample=%C2%B2", None, {}),
    "another host": ("GET", "state", None, {"Host": "evil.example"}),
    "no host": ("GET", "state", None, {"Host": ""}),
    "another origin": ("GET", "state", None, {"Origin": "http://evil.example"}),
    "an origin of null": ("GET", "state", None, {"Origin": "null"}),
    "another site": ("GET", "state", None, {"Sec_Fetch_Site": "cross-site"}),
    "a decision without an origin": ("POST", "decision?sample=0&revision=0", b"accept", {"Origin": ""}),
    "a decision of another origin": (
        "POST",
        "decision?sample=0&revision=0",
        b"accept",
        {"Origin": "http://evil.example"},
    ),
    "a decision that is none": ("POST", "decision?sample=0&revision=0", b"delete", {}),
    "a decision of zeros": ("POST", "decision?sample=0&revision=0", b"\0" * 99, {}),
    "a decision of no UTF-8": ("POST", "decision?sample=0&revision=0", b"\xff\xfe", {}),
    "a decision on no sample": ("POST", "decision?revision=0", b"accept", {}),
    "a decision on sample 99": ("POST", "decision?sample=99&revision=0", b"accept", {}),
    "a decision on no revision": ("POST", "decision?sample=0", b"accept", {}),
    "a decision on a revision of 5000 digits": ("POST", "decision?sample=0&revision=" + "9" * 5000, b"accept", {}),
    "a decision on another revision": ("POST", "decision?sample=0&revision=7", b"accept", {}),
    "an action that is none": ("POST", "delete?sample=0&revision=0", b"", {}),
    "a body of no length": ("POST", "decision?sample=0&revision=0", None, {}),
    "a body of a length of text": ("POST", "decision?sample=0&revision=0", b"accept", {"Content_Length": "many"}),
    "a body of a length below 0": ("POST", "decision?sample=0&revision=0", b"accept", {"Content_Length": "-1"}),
    "a body of a length of 10^11": (
        "POST",
        "decision?sample=0&revision=0",
        b"accept",
        {"Content_Length": "99999999999"},
    ),
    "a mask of nothing": ("POST", "mask?sample=0&revision=0", b"", {}),
    "a mask of text": ("POST", "mask?sample=0&revision=0", b"hello", {}),
    "a mask of another size": ("POST", "mask?sample=0&revision=0", encoded(mask(size=(96, 96)), "PNG"), {}),
    "a mask of nothing white": ("POST", "mask?sample=0&revision=0", encoded(np.zeros((72, 72), np.uint8), "PNG"), {}),
    "a mask that is a bomb": ("POST", "mask?sample=0&revision=0", png(head(60_000, 60_000), data_of(b"\0" * 99)), {}),
    "a mask in PostScript": ("POST", "mask?sample=0&revision=0", encoded(ramp(), "EPS"), {}),
    "a mask in GIF": ("POST", "mask?sample=0&revision=0", encoded(mask(size=(72, 72)), "GIF"), {}),
    "a mask back that was not touched": ("POST", "restore?sample=0&revision=0", b"", {}),
    "a method that is none": ("DELETE", "decision?sample=0&revision=0", b"", {}),
}


@pytest.mark.parametrize("name", REVIEW)
def test_the_review_page_refuses_and_writes_nothing(reviewed: tuple[ReviewServer, Path], name: str) -> None:
    server, folder = reviewed
    method, what, body, headers = REVIEW[name]
    with unchanged(folder, "none"):
        status, said = asked(server, method, what, body, **headers)
    assert status in (400, 403, 404, 409, 501), said
    if status not in (404, 501):
        assert is_one_line(json.loads(said)["error"])
