"""The Ray engine: the same bytes as one process, also when a worker is killed; and one line for what it cannot do."""

import json
import threading
import time
from dataclasses import replace

import pytest
from faulty_server import FaultyServer, says, status

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import BackendError, InputError
from anomaly_agent.agent.production.engine import ProcessEngine
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.ray_engine import RayEngine, _start
from anomaly_agent.agent.production.run import run_plan

ray = pytest.importorskip("ray")
psutil = pytest.importorskip("psutil")


@pytest.fixture(scope="module", autouse=True)
def cluster():
    """One for all tests: it takes seconds to start."""
    ray.init("local", num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=128 * 2**20)
    yield
    ray.shutdown()


def tree(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def workers():
    """Processes of this test's own workers."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            found += [process] if process.cmdline()[0].startswith("ray::RayWorker") else []
        except (psutil.Error, IndexError):
            continue
    return found


def test_two_workers_make_the_bytes_of_one_process(plan_file, tmp_path, undisturbed):
    assert main(["synthesize", "--plan", str(plan_file()), "--engine", "ray", "--workers", "2"]) == 0
    assert tree(tmp_path / "data") == undisturbed


def test_a_worker_that_is_killed_costs_nothing(plan_file, tmp_path):
    plan = read_plan(plan_file(first=40))
    killed = []

    def kill():
        records = tmp_path / "data/hex_nut/trajectories.jsonl"
        deadline = time.monotonic() + 60
        for samples in (2, 12, 22):
            while time.monotonic() < deadline and not (
                records.is_file() and records.read_bytes().count(b"\n") >= samples and workers()
            ):
                time.sleep(0.005)
            process = workers()[0]
            process.kill()
            process.wait(30)  # else a busy machine still lists it, and it is killed twice
            killed.append(process.pid)

    killer = threading.Thread(target=kill)
    killer.start()
    run_plan(plan, RayEngine(2))
    killer.join()
    assert len(set(killed)) == 3
    run_plan(replace(plan, output=tmp_path / "serial"), ProcessEngine())
    assert tree(tmp_path / "data") == tree(tmp_path / "serial")


def test_a_server_that_is_down_stops_the_run_and_it_goes_on(plan_file, tmp_path, monkeypatch):
    for name in ("BASE_URL", "API_KEY"):
        monkeypatch.delenv(f"ANOMALY_AGENT_{name}", raising=False)
    plan = read_plan(plan_file())
    good = says(json.dumps({"location": 4, "quality": 4, "review": "Fine."}))
    server = FaultyServer()
    models = replace(plan.models, judge="model", language_model="qwen", server=server.url)
    plans = {name: replace(plan, models=models, output=tmp_path / name) for name in ("down", "steady")}
    server.replies = [good, good, status(401, "no")]
    with pytest.raises(BackendError, match="tried 3 times, on a new worker each time"):
        run_plan(plans["down"], RayEngine(2))
    server.replies = [good]
    run_plan(plans["down"], RayEngine(2))
    run_plan(plans["steady"], ProcessEngine())
    server.close()
    assert tree(tmp_path / "down") == tree(tmp_path / "steady")


def test_what_a_worker_cannot_use_is_refused_before_anything_is_written(plan_file, tmp_path):
    plan = replace(read_plan(plan_file()), knowledge=(tmp_path / "away",))
    with pytest.raises(InputError, match="no such knowledge folder"):
        run_plan(plan, RayEngine(2))
    assert not (tmp_path / "data").exists()


def test_a_cluster_that_is_not_there_is_named_at_once():
    with pytest.raises(InputError, match=r"--address 127\.0\.0\.1:9: no Ray cluster that can be joined"):
        _start(ray, None, "127.0.0.1:9")


def test_more_workers_than_cpus_are_refused_at_once(plan_file, tmp_path):
    with pytest.raises(
        InputError, match="CPUs of the Ray cluster: 2, workers asked for: 5, and each takes one; lower --workers"
    ):
        run_plan(read_plan(plan_file()), RayEngine(5))
    assert not (tmp_path / "data").exists()


def test_options_of_ray_without_ray_are_refused(plan_file, capsys):
    assert main(["synthesize", "--plan", str(plan_file()), "--workers", "2"]) == 2
    assert "are for --engine ray" in capsys.readouterr().err
