"""Optional libraries: a missing one disables one backend, with a line that says what to install."""

from __future__ import annotations

import importlib
from types import ModuleType

from ..core.errors import InputError


def require(name: str, needed_for: str, package: str = "") -> ModuleType:
    """The module of that name. package: what to install, where it is called otherwise.

    Raises InputError where it is missing or does not load.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if isinstance(error, ModuleNotFoundError) and error.name == name.split(".", maxsplit=1)[0]:
            reason = f"needs {package or name}, which is not installed: pip install {package or name}"
        else:
            reason = f"needs {package or name}, which does not load ({str(error).splitlines()[0]}): reinstall it"
        raise InputError(f"{needed_for} {reason}") from error
