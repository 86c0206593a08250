"""A ComfyUI process and what tests ask of it over HTTP."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

_START_SECONDS, _RUN_SECONDS = 180, 240


class ComfyUI:
    """Starts with `with`, ends after it."""

    def __init__(self, comfyui: Path, base: Path, **environment: str) -> None:
        """comfyui: the host's folder. base: where its custom_nodes, models, input and output are, and extra.yaml with more
        folders of models. environment: variables for the process.
        """
        self.environment = environment
        self.comfyui = comfyui
        self.base = base
        self.log = base / "host.log"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._command = [
            *(sys.executable, "-u", "main.py", "--cpu", "--listen", "127.0.0.1", "--port", str(port)),
            *("--base-directory", str(base), "--database-url", "sqlite:///:memory:"),
            *("--extra-model-paths-config", str(base / "extra.yaml")),
        ]

    def __enter__(self) -> ComfyUI:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **self.environment}
        with self.log.open("w") as log:
            self._process = subprocess.Popen(
                self._command, cwd=self.comfyui, stdout=log, stderr=subprocess.STDOUT, env=environment
            )
        end = time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            try:
                self.get("/system_stats")
                return self
            except OSError:
                if not self.is_alive():
                    break
                time.sleep(0.25)
        self.__exit__()
        raise RuntimeError(f"ComfyUI did not start:\n{self.log.read_text()[-3000:]}")

    def __exit__(self, *_: Any) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return json.loads(self.read(path))

    def read(self, path: str) -> bytes:
        """The bytes at a path."""
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return answer.read()

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """(status, JSON or text)."""
        request = urllib.request.Request(
            self.address + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, data = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, data = error.code, error.read()
        try:
            return status, json.loads(data or "null")
        except ValueError:
            return status, data.decode()

    def queue(self, prompt: dict[str, Any], extra: dict[str, Any] | None = None) -> str:
        """Queues a prompt in API format; returns its id."""
        status, answer = self.post("/prompt", {"prompt": prompt, **({"extra_data": extra} if extra else {})})
        assert status == 200, f"the prompt was refused: {json.dumps(answer)[:1500]}"
        return answer["prompt_id"]

    def wait(self, prompt_id: str, seconds: float = _RUN_SECONDS) -> Run:
        """The finished run of a queued prompt."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            history = self.get(f"/history/{prompt_id}")
            if prompt_id in history:
                return Run(self, history[prompt_id])
            time.sleep(0.1)
        raise TimeoutError(f"the run took more than {seconds} s:\n{self.log.read_text()[-2000:]}")

    def run(self, prompt: dict[str, Any], extra: dict[str, Any] | None = None) -> Run:
        """Queues a prompt and waits for its end."""
        return self.wait(self.queue(prompt, extra))


class Run:
    """What a run gave."""

    def __init__(self, host: ComfyUI, history: dict[str, Any]) -> None:
        self._host = host
        self._history = history
        self.status = history["status"]["status_str"]
        self.messages = dict(history["status"]["messages"])

    @property
    def error(self) -> str:
        """The message of the node that failed; "" where none did."""
        return self.messages.get("execution_error", {}).get("exception_message", "").strip()

    @property
    def cached(self) -> set[str]:
        """Nodes whose outputs came from the cache."""
        return set(self.messages.get("execution_cached", {}).get("nodes", ()))

    def shown(self, node: str) -> list[dict[str, Any]]:
        """What a node of the page showed, run by run: those of its copies in a loop's rounds too."""
        meta = self._history["meta"]
        return [output for key, output in self._history["outputs"].items() if meta[key]["display_node"] == node]

    def images(self, node: str) -> list[np.ndarray]:
        """Every image that a node of the page showed, (H, W, C) uint8."""
        return [np.asarray(Image.open(io.BytesIO(data))) for data in self.files(node)]

    def files(self, node: str) -> list[bytes]:
        """Their files."""
        named = [image for output in self.shown(node) for image in output.get("images", ())]
        return [self._host.read("/view?" + urllib.parse.urlencode(image)) for image in named]

    def texts(self, node: str) -> list[str]:
        """Every text that a node of the page showed."""
        return [text for output in self.shown(node) for text in output.get("text", ())]
