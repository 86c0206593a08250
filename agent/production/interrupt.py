"""Ctrl-C that stops a run where stopping is safe."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Interrupted(Exception):
    """Ctrl-C came; raised between two turns, when all that is on the disk is whole."""


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Gives a check to call where stopping is safe; it raises Interrupted once Ctrl-C was pressed."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def check() -> None:
        if pressed.is_set():
            raise Interrupted

    before = signal.signal(signal.SIGINT, lambda *_: pressed.set())
    try:
        yield check
    finally:
        signal.signal(signal.SIGINT, before)
