"""The server routes through which the page answers a run that waits."""

from __future__ import annotations

from aiohttp import web

from ..agent.core.errors import InputError
from . import pause

#: All routes of the pack begin so.
PREFIX = "/anomaly_agent"


def add_routes() -> None:
    """Adds the routes to the host's server; nothing where no server runs."""
    from server import PromptServer

    if getattr(PromptServer, "instance", None) is None:
        return
    routes = PromptServer.instance.routes
    routes.get(f"{PREFIX}/waiting")(waiting)
    routes.post(f"{PREFIX}/resume")(resume)


async def waiting(request: web.Request) -> web.Response:
    """GET: the questions of the runs that wait."""
    return web.json_response(pause.questions())


async def resume(request: web.Request) -> web.Response:
    """POST {"run", "action", "prompt", "region"}: the user's decision. 400 with {"error"} where it cannot be used."""
    try:
        body = await request.json()
        if not isinstance(body, dict):
            raise InputError("the body must be a JSON object")
        pause.answer(**{name: body[name] for name in ("run", "action", "prompt", "region") if name in body})
    except (InputError, UnicodeDecodeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    except (ValueError, TypeError) as error:
        return web.json_response({"error": f"the body is no JSON that can be used ({error})"}, status=400)
    return web.json_response({})
