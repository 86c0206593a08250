"""The routes through which a paused run is answered: a real server of the host's kind, and bodies as strangers send them."""

from __future__ import annotations

import base64
import io
import struct
import threading
import time
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
from host_stand_in import HOST, PAGE
from PIL import Image
from routes_server import SIZE, answer_to, get, paused, post, send, serving

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.nodes import pause

web = pytest.importorskip("aiohttp.web", reason="needs the host's server library")
routes = pytest.importorskip("anomaly_agent.nodes.routes")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """A server with the pack's routes."""
    with serving() as number:
        yield number


def url_of(file: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(file).decode()


def encoded(form: str, size: tuple[int, int] = SIZE, **options: object) -> bytes:
    mask = np.zeros(size, np.uint8)
    mask[10:50, 20:60] = 255
    target = io.BytesIO()
    picture = Image.fromarray(mask)
    (picture.convert("RGB") if form in ("EPS", "PDF") else picture).save(target, form, **options)
    return target.getvalue()


def png_of(width: int, height: int, *more: tuple[bytes, bytes], rows: bytes = b"") -> bytes:
    """A PNG by its chunks, with whatever size it says."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    middle = b"".join(chunk(*one) for one in more)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + middle
        + chunk(b"IDAT", zlib.compress(rows or b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def test_the_client_that_queued_the_run_answers_it(port: int) -> None:
    with paused() as (question, decisions):
        assert HOST.told == [(PAGE, pause.EVENT)]
        assert post(port, answer_to(question, prompt="Mine.", region=url_of(encoded("PNG")))) == (200, {})
    (decision,) = decisions
    assert (decision.action, decision.prompt) == ("continue", "Mine.")
    assert decision.region is not None and decision.region.sum() == 40 * 40 and decision.region[10:50, 20:60].all()


def test_another_client_can_neither_read_nor_answer(port: int) -> None:
    with paused() as (question, decisions):
        for client in ("other", "", None, 7, [PAGE], {"a": 1}):
            status, said = post(port, {"client_id": client, "run": question["run"], "action": "finish"})
            assert status == 400 and "no run of this page waits" in said["error"]
        assert post(port, {"run": question["run"], "action": "finish"})[0] == 400
        for run in ("", "7", None, PAGE, question["run"][:-1], ["x"]):
            assert post(port, {"client_id": PAGE, "run": run, "action": "finish"})[0] == 400
        assert get(port, "/waiting") == [] and get(port, "/waiting?client_id=other") == []
        assert HOST.told == [(PAGE, pause.EVENT)] and not decisions


def test_a_page_that_was_loaded_anew_is_asked_again_over_its_own_socket(port: int) -> None:
    with paused() as (question, _), paused("other", "9") as (theirs, _):
        HOST.sent.clear()
        HOST.told.clear()
        answer = get(port, f"/waiting?client_id={PAGE}")
        assert answer == ["7"], "the answer itself has no prompt, no picture and no word to answer with"
        assert HOST.told == [(PAGE, pause.EVENT)] and HOST.sent == [(pause.EVENT, question)]
        assert theirs["run"] != question["run"]


def test_each_question_is_answered_once_and_by_its_own_word(port: int) -> None:
    words = set()
    for _ in range(3):
        with paused() as (question, decisions):
            words.add(question["run"])
            assert len(question["run"]) >= 32
            answers = [post(port, {"client_id": PAGE, "run": question["run"], "action": "finish"})[0] for _ in range(3)]
            assert answers == [200, 400, 400]
    assert len(words) == 3 and decisions[0].action == "finish"


def test_a_run_that_was_queued_without_a_client_says_so_before_any_work() -> None:
    HOST.client = None
    with pytest.raises(InputError, match="queued without a client_id"):
        pause.asking_client()
    assert HOST.sent == []


GOOD = encoded("PNG")
DEEP = b"[" * 200_000
REGIONS = {
    "gif": url_of(encoded("GIF")),
    "bmp": url_of(encoded("BMP")),
    "tiff": url_of(encoded("TIFF")),
    "ico": url_of(encoded("ICO", (64, 64))),
    "eps": url_of(encoded("EPS")),
    "pdf": url_of(encoded("PDF")),
    "jpeg": url_of(encoded("JPEG")),
    "pcx": url_of(encoded("PCX")),
    "eps_under_a_png_head": url_of(GOOD[:8] + encoded("EPS")),
    "postscript": url_of(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\n"),
    "text": url_of(b"hello"),
    "nothing": url_of(b""),
    "head_only": url_of(GOOD[:8]),
    "header_only": url_of(GOOD[:33]),
    "cut_off": url_of(GOOD[:-30]),
    "no_checksum": url_of(GOOD.replace(b"IDAT", b"IDAU")),
    "bomb": url_of(png_of(100_000, 100_000)),
    "large_bomb": url_of(png_of(2**31 - 1, 2**31 - 1)),
    "long_bomb": url_of(png_of(1, 2**31 - 1)),
    "past_the_limit": url_of(png_of(4097, 64)),
    "no_width": url_of(png_of(0, 64)),
    "text_bomb": url_of(png_of(80, 96, (b"zTXt", b"a\0\0" + zlib.compress(b"x" * 50_000_000)))),
    "profile_bomb": url_of(png_of(80, 96, (b"iCCP", b"a\0\0" + zlib.compress(b"x" * 50_000_000)))),
    "short_palette": url_of(png_of(80, 96, (b"tRNS", b""), (b"PLTE", b"\1\2"))),
    "short_chunks": url_of(png_of(80, 96, (b"pHYs", b"\1"), (b"gAMA", b""), (b"cHRM", b"\1"), (b"acTL", b""))),
    "another_kind": "data:image/svg+xml;base64,AAAA",
    "no_base64": "data:image/png;base64,????",
    "address": "file:///etc/passwd",
    "half_a_character": "data:image/png;base64,\ud800",
    "empty_mask": url_of(png_of(80, 96, rows=(b"\0" + b"\0" * 80) * 96)),
}  # fmt: skip


@pytest.mark.parametrize("name", REGIONS)
def test_a_region_that_is_no_mask_is_refused_in_one_line(port: int, name: str) -> None:
    with paused() as (question, decisions):
        status, said = post(port, answer_to(question, region=REGIONS[name]))
        assert status == 400 and said["error"].startswith("region ") and "\n" not in said["error"]
        assert len(said["error"]) < 400 and not decisions


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"3",
        b"NaN",
        b"[]",
        b'"x"',
        b"\xff\xfe\xfd",
        b"\x00" * 100,
        DEEP,
        b'{"a":' * 100_000,
        b'{"run": ' + DEEP[:40_000] + b"}",
        b'{"run": ' + b"9" * 100_000 + b"}",
        b'{"client_id": "page", "run": {"a": 1}}',
        b"[" * 900 + b"]" * 900,
        b'{"client_id": ' + b"[" * 900 + b"]" * 900 + b"}",
        b"x" * 31_000_001,
    ],
    ids=lambda body: f"{body[:12]!r}x{len(body)}",
)
def test_a_body_that_is_no_answer_is_refused_in_one_line(port: int, body: bytes) -> None:
    status, said = send(port, body)
    assert status == 400 and said["error"] and "\n" not in said["error"] and len(said["error"]) < 300


def test_bodies_are_taken_as_json_and_as_long_as_they_are(port: int) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        status, said = send(port, b"{}", **{"Content-Type": kind})
        assert status == 400 and "application/json" in said["error"]
    bomb = zlib.compress(b" " * 60_000_000)
    assert send(port, bomb, **{"Content-Encoding": "deflate"}) == (400, {"error": "the body is larger than 31 MB"})
    status, said = send(port, b"no deflate at all", **{"Content-Encoding": "deflate"})
    assert status == 400 and said["error"]


def test_a_large_region_leaves_the_servers_loop_free(port: int) -> None:
    """Another request is answered while a large region is decoded."""
    rng = np.random.default_rng(0)
    target = io.BytesIO()
    Image.fromarray(rng.integers(0, 256, (4096, 4096), np.uint8)).save(target, "PNG", compress_level=1)
    served = []
    with paused() as (question, decisions):
        body = answer_to(question, region=url_of(target.getvalue()))
        sent = threading.Thread(target=lambda: served.append(("region", post(port, body)[0])))
        decoding = threading.Event()
        real = pause.read_region

        def slow(*given: object) -> np.ndarray:
            decoding.set()
            while ("other", []) not in served:  # decoding ends only after the other request was answered
                time.sleep(0.005)
            return real(*given)  # type: ignore[arg-type]

        pause.read_region = slow
        try:
            sent.start()
            assert decoding.wait(30)
            served.append(("other", get(port, "/waiting")))
            sent.join(30)
        finally:
            pause.read_region = real
    assert served == [("other", []), ("region", 200)] and decisions[0].region is not None


def test_pillow_could_have_read_more_kinds() -> None:
    """The formats above are ones that this Pillow reads: that they are refused is the routes' doing."""
    for form in ("GIF", "BMP", "TIFF", "JPEG", "PCX"):
        assert Image.open(io.BytesIO(encoded(form))).format == form
