"""What an anomaly type means that no defect family has a word for: looked up before a run."""

from __future__ import annotations

from dataclasses import replace

from ...core.task import MAX_MEANING, Task
from ...defects.nearest import Note, meaning_of
from ...defects.understanding import check_meaning
from .base import KnowledgeBase


def with_meaning(task: Task, knowledge: object) -> Task:
    """The task with Task.meaning where its anomaly type is in no family's words and notes or word vectors know it. knowledge: the
    run's knowledge source; only a KnowledgeBase has notes.

    Raises InputError for a meaning of a person's that names no defect.
    """
    check_meaning(task.meaning)
    if task.meaning:
        return task
    meaning = meaning_of(task.anomaly, notes_of(knowledge))[:MAX_MEANING]
    return replace(task, meaning=meaning, looked_up=True) if meaning else task


def notes_of(knowledge: object) -> tuple[Note, ...]:
    """The notes of a knowledge source."""
    return knowledge.notes if isinstance(knowledge, KnowledgeBase) else ()
