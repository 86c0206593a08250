"""A real server of the host's kind with the pack's routes, and a run that waits for an answer through them."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import numpy as np
from host_stand_in import HOST, PAGE

from anomaly_agent.agent.core.errors import InputError
from anomaly_agent.agent.core.trajectory import Attempt
from anomaly_agent.agent.loop.human_in_the_loop import Decision, Proposal
from anomaly_agent.nodes import pause

#: Height and width of the picture that a run waits with.
SIZE = (96, 80)


@contextmanager
def serving() -> Iterator[int]:
    """The port of a server with the pack's routes, in a thread, as the host's is."""
    from aiohttp import web

    from anomaly_agent.nodes import routes

    loop = asyncio.new_event_loop()
    application = web.Application(client_max_size=100 * 2**20)
    application.router.add_get("/waiting", routes.waiting)
    application.router.add_post("/resume", routes.resume)
    application.router.add_post("/understand", routes.understand)
    runner = web.AppRunner(application, access_log=None)
    ready: list[int] = []
    began = threading.Event()

    async def serve() -> None:
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        ready.append(site._server.sockets[0].getsockname()[1])
        began.set()

    def work() -> None:
        loop.run_until_complete(serve())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    assert began.wait(20)
    yield ready[0]
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)


def send(port: int, body: bytes, path: str = "/resume", **headers: str) -> tuple[int, dict]:
    """(status, JSON) of a body that is posted as an answer, or to another path."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def post(port: int, value: object, **headers: str) -> tuple[int, dict]:
    return send(port, json.dumps(value).encode(), **headers)


def answer_to(question: dict, **fields: object) -> dict[str, object]:
    """The body of an answer by the page that queued the run. fields: those that differ."""
    return {"client_id": PAGE, "run": question["run"], "action": "continue", "prompt": "", "region": "", **fields}


def get(port: int, path: str) -> object:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@contextmanager
def paused(client: str = PAGE, node: str = "7") -> Iterator[tuple[dict, list[Decision]]]:
    """A run that waits: its question, and where its decision comes."""
    image = np.full((*SIZE, 3), 128, np.uint8)
    mask = np.zeros(SIZE, bool)
    mask[20:40, 30:50] = True
    proposal = Proposal("Add a scratch.", False, Attempt("Add a dent.", image, 2), 2, None)
    decisions: list[Decision] = []
    HOST.client = client
    before = len(HOST.sent)
    thread = threading.Thread(target=lambda: decisions.append(pause.ask_user(node, proposal, mask)), daemon=True)
    thread.start()
    for _ in range(500):
        if len(HOST.sent) > before:
            break
        time.sleep(0.01)
    question = HOST.sent[before][1]
    try:
        yield question, decisions
    finally:
        # Refused where the test answered, which the run may not have seen yet.
        with suppress(InputError):
            pause.answer(client, question["run"], "finish")
        thread.join(20)
        assert not thread.is_alive()
