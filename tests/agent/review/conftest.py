"""A review server on a data set of its own."""

import threading

import pytest

from anomaly_agent.agent.review.server import ReviewServer
from anomaly_agent.agent.review.session import ReviewSession


@pytest.fixture
def server(data_set):
    with ReviewServer(ReviewSession(data_set)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
