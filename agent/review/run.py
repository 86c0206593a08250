"""anomaly-agent review: serves the page until Ctrl-C."""

from __future__ import annotations

import webbrowser
from pathlib import Path

from .server import ReviewServer
from .session import ReviewSession


def run_review(folder: Path, port: int = 0, browser: bool = True) -> None:
    """Serves the review page of a data set on 127.0.0.1 and opens it. port: 0 for any free one.

    Raises InputError for a set that cannot be read, or a port that is taken.
    """
    session = ReviewSession(folder)
    with ReviewServer(session, port) as server:
        print(f"{len(session.samples)} samples; open {server.address} in a browser, Ctrl-C ends", flush=True)
        if browser:
            webbrowser.open(server.address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nall decisions are in the data set")
