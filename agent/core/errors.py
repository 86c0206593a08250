"""Errors that a user can act on: one line, with the cause and the cure."""


class InputError(ValueError):
    """Input that cannot be used. The message is one line and says what to do next; the command line exits with 2."""


class InputProblems(InputError):
    """Several things about one input. lines: the first says of what, each of the others is one problem."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n  ".join(lines))
        self.lines = lines


class NotVisibleError(InputError):
    """A defect that would leave no visible trace where it was asked for; more size, severity or room helps."""


class RunFailedError(RuntimeError):
    """A run that ended without what it was for. lines: the first says what, with the cause and the cure; each of the others is
    one thing that it names. The command line exits with 3."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n  ".join(lines))
        self.lines = lines


class LostFilesError(RunFailedError):
    """Files of a data set that were taken away or changed while a run wrote it."""


class NothingPassedError(RunFailedError):
    """Anomaly types of which no sample passed; all samples are written, below rejected/."""


class BackendError(RuntimeError):
    """A model or server that failed while it worked. The message is one line with the cause and the cure; what was made
    before stays; the command line exits with 3."""
