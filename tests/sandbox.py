"""What must hold whatever is given: bounded in time and memory, nothing written outside, an end that the product chose.

The one definition of it, for generated bad input (tests/fuzz) and for the catalogues of hostile input (tests/hostile).
"""

from __future__ import annotations

import faulthandler
import hashlib
import os
import resource
import signal
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anomaly_agent.agent.cli import main
from anomaly_agent.agent.core.errors import BackendError, InputError, InputProblems, RunFailedError

# No input may keep a command longer, nor make it take more memory than this beyond what the process has.
_SECONDS, _BYTES = 20, 2 << 30
# A refusal is a line that a person reads.
_LONGEST_LINE = 1000
#: What begins the lines that tell of something that was passed over, or read otherwise than its user may expect.
NOTICES = ("skipped: ", "noted: ", "left out: ")


@contextmanager
def bounded(seconds: int = _SECONDS) -> Iterator[None]:
    """Ends what hangs, and refuses memory beyond the limit. What cannot be interrupted ends the tests, with its place."""

    def late(*_: object) -> None:
        raise TimeoutError(f"not done after {seconds} s")

    with open("/proc/self/statm", encoding="ascii") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    faulthandler.dump_traceback_later(4 * seconds, exit=True, file=sys.__stderr__)
    resource.setrlimit(resource.RLIMIT_AS, (taken + _BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def sandbox() -> Iterator[Path]:
    """A folder some levels down in one of its own, so that a path that climbs out of it is seen; the working folder too.

    Fails where anything appeared, changed or went outside of the folder that is given.
    """
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        inner = Path(name).resolve() / "a" / "b" / "c"
        inner.mkdir(parents=True)
        (inner.parent.parent / "neighbour.txt").write_text("mine")
        os.chdir(inner)
        try:
            with unchanged(inner):
                yield inner
        finally:
            os.chdir(here)


@contextmanager
def unchanged(folder: Path, *outputs: str) -> Iterator[None]:
    """Fails where anything in a sandbox, or what its links lead to, was made, changed or taken away. folder: the sandbox's.
    outputs: names in it that may be written; where there are none, everything in it."""
    top = folder.parent.parent.parent
    free = {folder / name for name in outputs} or {folder}
    before = _state(top, free)
    yield
    after = _state(top, free)
    found = [str(path) for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path)]
    assert not found, f"made, changed or taken away: {', '.join(found)}"


def _state(top: Path, free: set[Path]) -> dict[Path, tuple[object, ...]]:
    """Everything in a folder, links not followed, but for what is free; and what links to files outside lead to."""
    found: dict[Path, tuple[object, ...]] = {}
    for parent, folders, files in os.walk(top):
        folders[:] = [name for name in folders if Path(parent, name) not in free]
        for name in [*folders, *files]:
            path = Path(parent, name)
            if path in free:
                continue
            facts = path.lstat()
            if stat.S_ISLNK(facts.st_mode):
                found[path] = ("link", os.readlink(path), _content(path))
            elif stat.S_ISREG(facts.st_mode):
                found[path] = ("file", facts.st_mode, _content(path))
            else:
                found[path] = ("other", facts.st_mode)
    return found


def _content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    except OSError:
        return ""


def synthesized(folder: Path, count: int) -> Path:
    """Makes so many stains on the pictures in folder/photos by the command line, in folder/out; the item's folder."""
    asked = ["--images", folder / "photos", "--item", "plate", "--anomaly", "stain", "--count", count]
    assert main(["synthesize", *map(str, asked), "--output", str(folder / "out")]) == 0
    return folder / "out" / "plate"


@dataclass(frozen=True)
class Outcome:
    """What came of an input. refusal: the product's own lines, empty where the input was taken. code: of the command line; 0 or
    2 for a call. notices: what was told besides. value: what the call returned, what the command printed."""

    refusal: tuple[str, ...]
    code: int
    notices: tuple[str, ...] = ()
    value: Any = None

    def is_refused(self, *words: str) -> None:
        """Fails unless it was refused, with all these words, in lines that each name a cause."""
        assert self.refusal, f"taken in silence: {self.value!r:.300}, notices {self.notices}"
        text = "\n".join(self.refusal)
        assert all(word in text for word in words), f"{words} are not all in: {text}"

    def is_noticed(self, *words: str) -> None:
        """Fails unless it was taken, and a notice has all these words."""
        assert not self.refusal, self.refusal
        assert any(all(word in line for word in words) for line in self.notices), f"{words}: none of {self.notices}"

    def is_taken(self) -> Any:
        """What it came to; fails where it was refused."""
        assert not self.refusal, self.refusal
        return self.value


def outcome_of(call: Callable[[], Any], folder: Path, *outputs: str) -> Outcome:
    """What comes of a call in a sandbox; its own errors are refusals, any other goes on to the caller. See `unchanged`."""
    try:
        with unchanged(folder, *outputs), bounded():
            value = call()
    except (InputError, BackendError, RunFailedError) as error:
        several = isinstance(error, InputProblems | RunFailedError)
        lines = error.lines if several else (str(error),)  # type: ignore[union-attr]
        _check_lines(lines)
        return Outcome(tuple(lines), 2 if isinstance(error, InputError) else 3)
    return Outcome((), 0, value=value)


def _check_lines(lines: tuple[str, ...]) -> None:
    for line in lines:
        assert line.strip() and "\n" not in line, f"no one line: {line!r}"
        assert len(line) <= _LONGEST_LINE, f"{len(line)} characters: {line[:200]!r}..."
        assert line.strip().startswith("and ") or any(mark in line for mark in ";:,("), (
            f"a cause alone, or a cure alone: {line!r}"
        )


class Command:
    """Runs the command line in this process and holds it to what it promises."""

    def __init__(self, capsys: Any) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object, codes: tuple[int, ...] = (0, 2, 3)) -> int:
        return self.outcome(*arguments, codes=codes).code

    def outcome(self, *arguments: object, codes: tuple[int, ...] = (0, 2, 3)) -> Outcome:
        """What came of a command line."""
        self._capsys.readouterr()
        try:
            with bounded():
                code = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            code = stop.code
        printed, said = self._capsys.readouterr()
        assert code in codes, said
        assert "Traceback" not in said
        lines = said.rstrip("\n").split("\n")
        notices = tuple(line for line in lines if line.startswith(NOTICES))
        if code == 0:
            return Outcome((), 0, notices, printed)
        # The last line, but for a plan's problems below it.
        ends = [number for number, line in enumerate(lines) if not line.startswith("  ")]
        assert lines[ends[-1]].startswith("anomaly-agent") and "error: " in lines[ends[-1]], said
        _check_lines(tuple(lines[ends[-1] :]))
        return Outcome(tuple(lines[ends[-1] :]), code, notices, printed)
