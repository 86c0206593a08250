"""Runs a plan in processes of its own that are killed, again and again, until it is done; says what was left each time.

    python killed_runs.py PLAN OUTPUT moments|writes SEED KILLS

moments: each process is killed at a random moment. writes: each is killed at one of its calls that change the disk, the next
time at the next one. Once a plan is done, it begins anew in another folder below OUTPUT. Prints one line of JSON: the folders of
all runs, and for each kill [samples that were finished, bytes of the records afterwards].
"""

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from anomaly_agent.agent.dataset.writer import DatasetWriter
from anomaly_agent.agent.production.engine import ProcessEngine
from anomaly_agent.agent.production.plan_file import read_plan
from anomaly_agent.agent.production.run import run_plan


def child(plan, told, deadly_call):
    """Runs the plan; in a process that the parent has forked."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    put, calls = DatasetWriter.put, 0

    def telling(writer, sample):
        record = put(writer, sample)
        os.write(told, b".")
        return record

    def deadly(call):
        def called(*given, **named):
            nonlocal calls
            calls += 1
            if calls == deadly_call:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)

        return called

    DatasetWriter.put = telling
    if deadly_call:
        for name in ("replace", "fsync", "truncate"):
            setattr(os, name, deadly(getattr(os, name)))
    run_plan(plan, ProcessEngine())
    os._exit(0)


def run(plan, deadly_call=0, moment=None):
    """(samples that the process said were finished, whether the plan is done)."""
    reading, told = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        try:
            child(plan, told, deadly_call)
        finally:
            os._exit(1)
    os.close(told)
    if moment is not None:
        time.sleep(moment)
        os.kill(process, signal.SIGKILL)
    status = os.waitpid(process, 0)[1]
    finished = len(os.read(reading, 65536))
    os.close(reading)
    assert status in (0, signal.SIGKILL), status
    return finished, status == 0


def main():
    path, output, how, seed, kills = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], *map(int, sys.argv[4:])
    rng, folders, left = random.Random(seed), [], []
    started = time.perf_counter()
    assert run(replace(read_plan(path), output=output / "timed"))[1]
    whole = time.perf_counter() - started
    while len(left) < kills:
        plan, done = replace(read_plan(path), output=output / f"run{len(folders)}"), False
        folders.append(plan.output.name)
        before = 0
        while not done:
            last = len(left) >= kills
            if how == "moments":
                finished, done = run(plan, moment=None if last else rng.uniform(0.0, whole))
            else:
                finished, done = run(plan, deadly_call=0 if last else 1 + len(left) % 12)
            if not done:
                records = sorted(plan.output.glob("*/trajectories.jsonl"))
                left.append(
                    [before + finished, {str(one.relative_to(plan.output)): one.stat().st_size for one in records}]
                )
                before = sum(one.read_bytes().count(b"\n") for one in records)
    print(json.dumps({"folders": folders, "left": left}))


main()
