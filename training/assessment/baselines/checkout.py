"""Imports a module of a repository that the user has checked out, and leaves nothing of it behind."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from ....agent.core.errors import InputError


def import_from(checkout: Path, name: str, option: str, needs: str) -> ModuleType:
    """The module `name` of a folder. option: that gave the folder; needs: what to install, both for the error.

    Such repositories call their modules `model` or `loss`: they are taken out of sys.modules again, and no bytecode is
    written into the checkout. Raises InputError where the module is not there or cannot be imported.
    """
    file = f"{name.replace('.', '/')}.py"
    if not (checkout / file).is_file():
        raise InputError(f"{option} {checkout}: holds no {file}; give the folder of the repository's checkout")
    modules, no_bytecode = set(sys.modules), sys.dont_write_bytecode
    sys.path.insert(0, str(checkout.resolve()))
    sys.dont_write_bytecode = True
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InputError(f"{option} {checkout}: {file} cannot be imported ({error}); {needs}") from error
    finally:
        sys.path.remove(str(checkout.resolve()))
        sys.dont_write_bytecode = no_bytecode
        for added in set(sys.modules) - modules:
            if _lies_in(sys.modules[added], checkout):
                del sys.modules[added]


def commit_of(folder: Path) -> str:
    """The commit of a checkout, abbreviated, with "+" for changed files; "unknown" where the folder is none of git's."""
    try:
        # A copy without history may lie in a repository that is not its own.
        if Path(_git(folder, "rev-parse", "--show-toplevel")).resolve() != folder.resolve():
            return "unknown"
        return _git(folder, "describe", "--always", "--abbrev=10", "--exclude=*", "--dirty=+")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).resolve().is_relative_to(folder.resolve())
