"""Texts that make careless readers slow, by length, and how the cost of reading them is measured."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from anomaly_agent.agent.core.errors import InputError

_WORDS = "crack scratch dent hole stain chip thread rust bend cut "


def _repeated(unit: str) -> Callable[[int], str]:
    return lambda length: (unit * (length // len(unit) + 1))[:length]


def _led(head: str, unit: str, tail: str = "") -> Callable[[int], str]:
    return lambda length: head + _repeated(unit)(max(0, length - len(head) - len(tail))) + tail


#: Name -> a text of so many characters.
NASTY: dict[str, Callable[[int], str]] = {
    "blanks": _repeated(" "),
    "digit_and_blanks": _led("5", " ", "x"),
    "digits_and_blanks": _repeated("5 "),
    "digits_far_apart": _repeated("5" + " " * 400),
    "digits": _repeated("7"),
    "number": _led("0.", "7"),
    "points": _repeated("1."),
    "numbers": _repeated("0.1, "),
    "three_numbers": _repeated("1, 2, 3; "),
    "percents": _repeated("12 % "),
    "pixels": _repeated("12 px"),
    "percent_signs": _repeated("%"),
    "commas": _repeated(","),
    "quotes": _repeated("'"),
    "double_quotes": _repeated('"'),
    "nothing_found": _led("Nothing found on '", "' of '", "'"),
    "brackets": _repeated("("),
    "closed_brackets": _repeated("()"),
    "types": _repeated("(scratch): "),
    "heads": _repeated("\non the nut, add "),
    "heads_and_types": _repeated("On the nut, add x (dent): "),
    "bullets": _repeated("\n(*-"),
    "lists": _repeated("["),
    "closed_lists": lambda length: "[" * (length // 2) + "]" * (length // 2),
    "objects": _repeated('{"a":'),
    "flat_list": _led("[", "[],", "[]]"),
    "open_braces": _repeated("{"),
    "open_string": _led('{"name": "', "x"),
    "backslashes": _repeated("\\"),
    "escapes": _led('"', "\\u0041", '"'),
    "half_characters": _repeated("\ud800"),
    "new_lines": _repeated("\n"),
    "lines_of_blanks": _repeated("\n  "),
    "returns": _repeated("\r\n"),
    "tabs": _repeated("\t"),
    "a_a_a": _repeated("a "),
    "letters": _repeated("a"),
    "and_and": _repeated("and "),
    "soft_and": _repeated("soft and "),
    "soft_words": _led("soft ", "edg"),
    "hyphens": _repeated("-"),
    "top_hyphens": _led("top", "-", "x"),
    "left_left": _repeated("left-"),
    "underscores": _led("hair", "_", "x"),
    "families": _repeated(_WORDS),
    "one_family": _repeated("scratch "),
    "almost_a_type": _repeated("scratchh"),
    "words_misspelled": _repeated("skratch "),
    "on_the": _repeated("on the "),
    "severity": _repeated("severity "),
    "sentences": _repeated("Keep it. "),
    "stops": _repeated("e.g. "),
    "tool_calls": _repeated("<tool_call>"),
    "closed_calls": _repeated("<tool_call></tool_call>"),
    "call_ends": _repeated("</tool_call>"),
    "thoughts": _repeated("<think>"),
    "thought_ends": _repeated("</think>"),
    "closed_thoughts": _repeated("<think></think>"),
    "answers": _repeated("<answer>"),
    "less_than": _repeated("<"),
    "fences": _repeated("```"),
    "fence_and_blanks": _led("```json", " ", "x"),
    "back_ticks_apart": _repeated("``` "),
    "explained": _repeated("Such a defect looks like this: "),
    "combining_marks": _repeated("\u0301\u0316"),
    "falling_marks": _led("a", "\u0345\u0301\u0316\u0334"),
    "letters_that_grow": _repeated("\ufdfa"),
    "capital_dotted_i": _repeated("\u0130"),
    "no_width": _repeated("\u200b"),
    "wide_blanks": _repeated("\u3000"),
    "line_separators": _repeated("\u2028"),
    "hash_signs": _repeated("#"),
    "headings": _repeated("# a\n"),
    "synonyms": _led("# a\n## b\nAlso called: ", "c,", "\ntext"),
    "anchors": _repeated("&a *a "),
    "pairs": _repeated("a: "),
    "questions": _repeated("? "),
    "slashes": _repeated("/"),
    "steps": _repeated("size+2 "),
    "bars": _repeated("|"),
    "stars": _repeated("*"),
    "dots": _repeated("."),
    "nul": _repeated("\0"),
}

#: Lengths, each four times the one before, up to a million characters.
LENGTHS = (3_907, 15_625, 62_500, 250_000, 1_000_000)
# Linear work takes four times as long on four times as much; quadratic work sixteen times, cubic work 64 times. What takes less
# seconds than the floor says nothing of how it grows.
_GROWS, _FLOOR = 10.0, 0.03
_TRIES = 3


def grows_too_fast(
    read: Callable[[str], object], text: Callable[[int], str], lengths: tuple[int, ...] = LENGTHS
) -> str:
    """Why reading is worse than linear, "" where it is not. It stops at the first length that is too much, so that nothing
    hangs, and passes over one between that would be let pass even if it took the square of the time. What refuses a text with
    InputError has read it; any other error goes on to the caller."""
    before = _seconds(read, text(lengths[0]))
    for length in lengths[1:]:
        if 16 * before < _GROWS * _FLOOR and length < lengths[-1]:
            before *= 4
            continue
        given = text(length)
        allowed = _GROWS * max(before, _FLOOR)
        taken = [_seconds(read, given)]
        while min(taken) > allowed and len(taken) < _TRIES:
            taken.append(_seconds(read, given))
        if min(taken) > allowed:
            return f"{length} characters take {min(taken) / max(before, _FLOOR):.0f} times as long as a quarter of them"
        before = min(taken)
    return ""


def _seconds(read: Callable[[str], object], text: str) -> float:
    gc.disable()  # its passes are over everything that the tests hold
    started = time.thread_time()
    try:
        read(text)
    except InputError as error:
        assert len(str(error)) < 2000, "a refusal is one line that a person reads"
    finally:
        taken = time.thread_time() - started
        gc.enable()
    return taken
