"""The schedule: however many work, however they finish, exactly the samples are made that one would make."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from anomaly_agent.agent.dataset.samples import most_episodes
from anomaly_agent.agent.production.plan import ItemPlan, Plan, TypePlan
from anomaly_agent.agent.production.schedule import Job, Schedule

COUNTS = ((3, 1), (4,))
PLAN = Plan(
    tuple(
        ItemPlan(
            f"item{number}",
            (Path("a.png"),),
            tuple(TypePlan(f"type{kind}", count) for kind, count in enumerate(counts)),
        )
        for number, counts in enumerate(COUNTS)
    ),
    Path("out"),
)


def serial(passes):
    """Jobs that are needed, in order: a type's episodes until enough pass."""
    jobs = []
    for item, counts in enumerate(COUNTS):
        for kind, count in enumerate(counts):
            passed = 0
            for episode in range(most_episodes(count)):
                if passed == count:
                    break
                jobs.append(Job(item, kind, episode))
                passed += passes(jobs[-1])
    return jobs


@given(failing=st.sets(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 12))), data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_number_of_workers_makes_what_one_makes(failing, data):
    def passes(job):
        return (job.item, job.type, job.episode) not in failing

    workers = data.draw(st.integers(1, 6))
    done, published, held = [], [], set()
    schedule, in_hand = Schedule(PLAN), []
    while True:
        while len(in_hand) < workers and (job := schedule.take()) is not None:
            in_hand.append(job)
        if not in_hand:
            break
        job = in_hand.pop(data.draw(st.integers(0, len(in_hand) - 1)))
        end = data.draw(st.sampled_from(["done", "done", "done", "lost", "killed"]))
        if end == "lost":
            schedule.give_back(job)
            continue
        if end == "killed":  # a new run takes up what is on the disk
            in_hand, old = [], schedule
            schedule = Schedule(PLAN)
            for item, counts in enumerate(COUNTS):
                for kind in range(len(counts)):
                    schedule.restore(item, kind, *old.counts(item, kind))
            for one in sorted(held):
                schedule.restore_ahead(one, passes(one))
            continue
        done.append(job)
        held.add(job)
        schedule.finish(job, passes(job))
        while (turn := schedule.turn(job.item)) in held:
            held.remove(turn)
            published.append(turn)
            schedule.publish(turn, passes(turn))
    wanted = serial(passes)
    assert sorted(done) == sorted(wanted) and len(set(done)) == len(done)
    assert [[job for job in published if job.item == item] for item in (0, 1)] == [
        [job for job in wanted if job.item == item] for item in (0, 1)
    ]
    assert schedule.done and not held
    assert (schedule.tried, schedule.passed) == (len(wanted), sum(map(passes, wanted)))
