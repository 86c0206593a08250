"""A small OpenAI-compatible server that fails in every way that servers do, or plays a policy and a judge."""

from __future__ import annotations

import asyncio
import json
import socket
import threading

import numpy as np
from aiohttp import web

from anomaly_agent.agent.core.trajectory import Trajectory

# Pictures are sent as files; the script needs a scene alone.
_SEEN = np.full((64, 64, 3), 128, np.uint8)


class FaultyServer:
    """Answers chat completions as `replies` says, in turn: each takes (request, body) and gives a response."""

    def __init__(self):
        self.replies = []
        self.requests = []
        self.keys = []
        self.loop = asyncio.new_event_loop()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        ready = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self.thread.start()
        assert ready.wait(10)

    def _run(self, ready):
        asyncio.set_event_loop(self.loop)
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1/chat/completions", self._answer)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        self.loop.run_until_complete(self.runner.setup())
        self.loop.run_until_complete(web.TCPSite(self.runner, "127.0.0.1", self.port).start())
        ready.set()
        self.loop.run_forever()
        self.loop.run_until_complete(self.runner.cleanup())

    async def _answer(self, request):
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await reply(request, body)

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


def chunk(**delta):
    finish = delta.pop("finish", None)
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    whole = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(whole)}\n\n"


def says(text, reasoning="", finish="stop", pause=0.0):
    """Streams a text, two characters at a time."""

    async def reply(request, body):
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        if reasoning:
            await response.write(chunk(reasoning_content=reasoning).encode())
        written = text(body) if callable(text) else text
        for start in range(0, len(written), 2):
            await response.write(chunk(content=written[start : start + 2]).encode())
            if pause:
                await asyncio.sleep(pause)
        if finish:
            await response.write(chunk(finish=finish).encode() + b"data: [DONE]\n\n")
        return response

    return reply


def status(code, message, headers=None):
    """Refuses with a status."""

    async def reply(request, body):
        return web.json_response({"error": {"message": message}}, status=code, headers=headers)

    return reply


def page(text):
    """Something that is no stream."""

    async def reply(request, body):
        return web.Response(text=text, content_type="text/event-stream")

    return reply


async def silent(request, body):
    """Never answers."""
    await asyncio.sleep(60)


async def breaks_off(request, body):
    """Closes the connection in the middle of an answer."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Content-Length": "100000"})
    await response.prepare(request)
    await response.write(chunk(content="half an ans").encode())
    request.transport.close()
    return response


def acting(script, verdicts):
    """What a model that plays the script and gives these verdicts answers to a request."""

    def text(body):
        role = body["messages"][0]["content"]
        if role.startswith("You write prompts"):
            return "Inside the box (0.4, 0.4, 0.6, 0.6), add a thin dark scratch, about 20% long."
        if role.startswith("You inspect"):
            asked = body["messages"][-1]["content"]
            words = asked if isinstance(asked, str) else asked[-1]["text"]
            return '["too_small"]' if words.startswith("Name the faults") else verdicts.pop(0)
        messages = []
        for turn in body["messages"]:
            parts = (
                turn["content"] if isinstance(turn["content"], list) else [{"type": "text", "text": turn["content"]}]
            )
            texts = [part["text"] for part in parts if part["type"] == "text"]
            for words in texts:
                said = words.removeprefix("<tool_response>\n").removesuffix("\n</tool_response>")
                role = "tool" if said != words else turn["role"]
                content = [{"type": "image"}, {"type": "text", "text": said}]
                messages.append({"role": role, "content": content})
        return script.next_turn(Trajectory(messages=messages, images=[_SEEN]))

    return text
