"""The server routes through which the page answers a run that waits, and has a correction read.

The host refuses requests that a browser sends for another site. What is read here is bounded before it is understood, and
understood in a thread: the host's one loop serves everybody.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from ..agent.core.errors import InputError
from ..agent.core.json_reading import read_json
from ..agent.core.task import MAX_NAME, check_text
from ..agent.defects.understanding import check_meaning, understood_as
from . import pause

#: All routes of the pack begin so.
PREFIX = "/anomaly_agent"
# A region is the most of it, see region_url.
_MOST_BYTES = 31_000_000
_FIELDS = ("run", "action", "prompt", "region")


def add_routes() -> None:
    """Adds the routes to the host's server; nothing where no server runs."""
    from server import PromptServer

    if getattr(PromptServer, "instance", None) is None:
        return
    routes = PromptServer.instance.routes
    routes.get(f"{PREFIX}/waiting")(waiting)
    routes.post(f"{PREFIX}/resume")(resume)
    routes.post(f"{PREFIX}/understand")(understand)


async def waiting(request: web.Request) -> web.Response:
    """GET ?client_id=...: the nodes that wait for this client, whose questions are sent to it again, over its socket."""
    return web.json_response(pause.ask_again(request.query.get("client_id", "")))


async def resume(request: web.Request) -> web.Response:
    """POST {"client_id", "run", "action", "prompt", "region"}: the user's decision. 400 with {"error"} where it is no use."""
    return await _answered(request, _answer)


async def understand(request: web.Request) -> web.Response:
    """POST {"anomaly_type", "meaning"}: how a run with them would understand the type. 400 with {"error"} where a meaning cannot
    be read."""
    return await _answered(request, _understand)


async def _answered(request: web.Request, answer: Callable[[dict[str, Any]], dict[str, Any]]) -> web.Response:
    """What a JSON body is answered with, in JSON; 400 with {"error"} where it is no use."""
    try:
        # A page of another site cannot send this type unasked.
        if request.content_type != "application/json":
            raise InputError("the body must be JSON, sent as application/json")
        data = await _body(request)
        told = await asyncio.to_thread(lambda: answer(_object(data)))
    except InputError as error:
        return web.json_response({"error": str(error)}, status=400)
    return web.json_response(told)


async def _body(request: web.Request) -> bytes:
    data = bytearray()
    try:
        async for part in request.content.iter_any():
            data += part
            if len(data) > _MOST_BYTES:
                raise InputError(f"the body is larger than {_MOST_BYTES // 10**6} MB")
    except (web.RequestPayloadError, OSError) as error:
        raise InputError("the body broke off, or is packed wrongly; send it again") from error
    return bytes(data)


def _object(data: bytes) -> dict[str, Any]:
    try:
        body = read_json(data)
    except ValueError as error:
        raise InputError(f"the body is no JSON that can be used ({str(error)[:120]})") from error
    if not isinstance(body, dict):
        raise InputError("the body must be a JSON object")
    return body


def _answer(body: dict[str, Any]) -> dict[str, Any]:
    pause.answer(body.get("client_id"), **{name: body[name] for name in _FIELDS if name in body})
    return {}


def _understand(body: dict[str, Any]) -> dict[str, Any]:
    anomaly, meaning = body.get("anomaly_type"), body.get("meaning", "")
    if not isinstance(anomaly, str) or not anomaly.strip() or not isinstance(meaning, str):
        raise InputError("anomaly_type must be a text that is not empty, and meaning a text")
    check_text(anomaly, MAX_NAME, "anomaly type")
    check_meaning(meaning.strip())
    understanding = understood_as(anomaly, meaning.strip(), True)
    return {"understood": understanding.sentence, "remarks": understanding.remarks}
