"""The registry of defect families: one line each, the name of its module, in the order in which they are told and tried."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache, wraps
from importlib import import_module
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from ..family import Family

_PACKAGED: tuple[Family, ...] = tuple(
    import_module(f".{name}", __name__).FAMILY
    for name in (
        "scratch",
        "crack",
        "dent",
        "hole",
        "chip",
        "contamination",
        "discoloration",
        "thread",
        "cut",
        "bend",
        "corrosion",
        "print",
        "irregularity",
        "other",
    )
)

_registered: dict[str, Family] = {}
#: Name -> family, of all that are registered now.
FAMILIES: Mapping[str, Family] = MappingProxyType(_registered)

_P = ParamSpec("_P")
_R = TypeVar("_R")
_forgets: list[Callable[[], None]] = []
_changes: list[str] = []


def derived(size: int | None = 1) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Caches a function of the registry, size results at most, until a family comes or goes."""

    def decorate(function: Callable[_P, _R]) -> Callable[_P, _R]:
        # With the registry's state as a key: what was begun before a change, and is done after it, is not served later.
        cached = lru_cache(maxsize=size)(lambda _, *given, **named: function(*given, **named))
        _forgets.append(cached.cache_clear)
        call: Callable[..., _R] = cached

        @wraps(function)
        def current(*given: _P.args, **named: _P.kwargs) -> _R:
            return call(changes(), *given, **named)

        return current

    return decorate


def changes() -> int:
    """How often a family has come or gone: what was derived from the registry before it changed is no longer true."""
    return len(_changes)


def register(family: Family) -> None:
    """Adds a family, in this process, to everything that asks the registry; its phrases win over those of earlier ones.

    Not while an episode runs. Raises ValueError where a family of this name is there, or one that it refers to is not.
    """
    if family.name in _registered:
        raise ValueError(f"a family {family.name!r} is registered already; unregister it first")
    for field in ("kin", "confused_with"):
        named = getattr(family, field)
        if named is not None and named not in _registered:
            raise ValueError(f"family {family.name!r}: its {field} {named!r} is no registered family")
    _registered[family.name] = family
    _forget(family.name)


def unregister(name: str) -> None:
    """Takes a family out again. Raises ValueError where there is none of this name, or another refers to it."""
    if name not in _registered:
        raise ValueError(f"no family {name!r} is registered")
    others = [one.name for one in _registered.values() if name in (one.kin, one.confused_with) and one.name != name]
    if others:
        raise ValueError(f"family {name!r} is referred to by {', '.join(others)}; unregister these first")
    del _registered[name]
    _forget(name)


@contextmanager
def registered(family: Family) -> Iterator[Family]:
    """Registers a family within a `with` block."""
    register(family)
    try:
        yield family
    finally:
        unregister(family.name)


def check_phrases(families: Iterable[Family]) -> None:
    """Raises ValueError where two forms have a phrase in common, as a text could then mean either."""
    counts = Counter(phrase for family in families for form in family.forms for phrase in form.phrases)
    twice = sorted(phrase for phrase, count in counts.items() if count > 1)
    if twice:
        raise ValueError(f"more than one form is called {', '.join(map(repr, twice))}; leave one of each")


def _forget(name: str) -> None:
    _changes.append(name)
    for forget in _forgets:
        forget()


check_phrases(_PACKAGED)
_registered.update({family.name: family for family in _PACKAGED})
