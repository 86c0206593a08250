"""How an anomaly type is taken, for the reader: what stands behind "Understood as", and a person's correction of it."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import InputError
from ..core.task import MAX_MEANING, Task, check_text
from .describing import describe, is_known
from .description import Asked, Description
from .description_text import write_description
from .families import FAMILIES


@dataclass(frozen=True)
class Understanding:
    """sentence: a description in words; it reads back as the same description, so that a person can change it and send it
    back. remarks: how words were taken that no family has, what contradicts, what was corrected; a line each. corrected:
    whether a person said how the anomaly type is meant."""

    sentence: str
    remarks: tuple[str, ...] = ()
    corrected: bool = False

    def __str__(self) -> str:
        """One line."""
        return "; ".join([self.sentence, *self.remarks])


def understood(text: str | Description) -> Understanding:
    """How a text, or what was made of it, is taken."""
    description = describe(text) if isinstance(text, str) else text
    taken = [how for asked in description.defects if (how := _taken(asked))]
    return Understanding(write_description(description), tuple(dict.fromkeys([*taken, *description.remarks])))


def understood_as(anomaly: str, meaning: str, corrected: bool) -> Understanding:
    """How an anomaly type is taken for which Task.meaning is read, where it is not "". corrected: see Task."""
    if not meaning:
        return understood(anomaly)
    read = understood(meaning)
    how = (
        f"corrected: '{anomaly}' by itself is read as {understood(anomaly).sentence}"
        if corrected
        else f"no family has a word of '{anomaly}': it was looked up"
    )
    return Understanding(read.sentence, (how, *read.remarks), corrected)


def understood_task(task: Task) -> Understanding:
    """How a task's anomaly type is taken."""
    return understood_as(task.anomaly, task.meaning, task.corrected)


def check_meaning(meaning: str) -> None:
    """Raises InputError for a correction that is too long, or that no defect family has a word of; "" corrects nothing."""
    check_text(meaning, MAX_MEANING, "meaning")
    if meaning and not is_known(meaning):
        raise InputError(
            f"meaning {meaning[:60]!r} names no defect that is known: name one, and say how it is, "
            "e.g. '2 dark scratches in the upper left'"
        )


def _taken(asked: Asked) -> str | None:
    """How the words of a defect were taken, where its family does not have them."""
    noun = FAMILIES[asked.family].noun_of(asked.form)
    article = "an" if noun[0] in "aeiou" else "a"
    if asked.taken == "other":
        return f"no family knows '{asked.words}': it is drawn as another defect, from what else the text says"
    if asked.taken == "spelling":
        return f"a word is read as '{asked.words}' misspelled"
    by = {"notes": "by the notes", "vectors": "by word vectors"}.get(asked.taken)
    return None if by is None else f"'{asked.words}' is taken for {article} {noun} ({by})"
