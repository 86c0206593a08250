"""Every word of the small policy's language: what it reads, what it writes, and how numbers become levels."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable

from ...core.protocol import TOOL_NAMES
from ...core.verdict import Fault, FaultKind
from ...defects.families import FAMILIES
from ...defects.naming import kin_of

#: Stand for the task's names, which the toolbox knows: the model never has to copy one.
ITEM, ANOMALY = "@item", "@anomaly"

PAD, START, END = "<|pad|>", "<|im_start|>", "<|im_end|>"
ROLES = ("user", "assistant", "tool")
UNKNOWN = "<|unknown|>"
#: Stands for a family that the vocabulary has no word for.
OTHER = "other"

#: Sentences that it reasons in, one token each.
PHRASES: dict[str, str] = {
    "look": "I look at the product first.",
    "render": "I render the plan.",
    "adapt": "I render the plan with changes.",
    "judge": "I have it judged.",
    "failed": "It does not pass.",
    "faint": "It is too faint.",
    "small": "It is too small.",
    "large": "It is too large.",
    "seam": "Its edge is too hard.",
    "astray": "It is in the wrong place.",
    "unlike": "It does not look like the defect.",
    "refused": "The call was refused.",
    "search": "I look up how it should look.",
    "change": "I change the prompt.",
    "user": "The user asks for this.",
    "passed": "It passes, so I make the mask.",
    "spent": "The budget is spent.",
    "done": "The mask is made.",
}

#: What can be wrong with an attempt -> the word for it, in the order in which an observation has them.
FAULTS: dict[FaultKind, str] = {
    FaultKind.FAINT: "faint",
    FaultKind.TOO_SMALL: "small",
    FaultKind.TOO_LARGE: "large",
    FaultKind.SEAM: "seam",
    FaultKind.OFF_TARGET: "astray",
    FaultKind.UNLIKE: "unlike",
    FaultKind.TOO_BRIGHT: "bright",
    FaultKind.TOO_DARK: "dark",
    FaultKind.REST_CHANGED: "rest",
}


#: Kinds of fault that the vocabulary has no word of their own for -> the nearest that it has; all others are "unlike".
_NEAREST: dict[FaultKind, str] = {FaultKind.WRONG_PLACE: FAULTS[FaultKind.OFF_TARGET]}


def fault_words(faults: Iterable[Fault]) -> list[str]:
    """The words for what is wrong, in the vocabulary's order, each once. A kind without a word is told by the nearest one."""
    unlike = FAULTS[FaultKind.UNLIKE]
    found = {FAULTS.get(fault.kind) or _NEAREST.get(fault.kind, unlike) for fault in faults}
    return [word for word in FAULTS.values() if word in found]


#: Changes of a prompt that are counted: the most steps either way. One step: see `levels`.
STEPS: dict[str, int] = {"size": 8, "severity": 8, "soft": 4, "x": 6, "y": 6}
#: Changes that are not: another tone, one defect alone, another direction, and the knowledge told in the prompt.
MARKS = ("dark", "bright", "one", "turned", "explained")
#: Names of levels in observations.
FACTS = (
    "task", "family", "region", "kind", "texture", "object", "smooth", "fine-grained", "coarse", "glossy", "matt",
    "two-tone", "tone", "contrast", "budget", "threshold", "yes", "no", "plan", "size", "severity", "soft", "count",
    "none", "attempt", "of", "image", "seen", "nothing", "strength", "dx", "dy", "sides", "location", "quality",
    "passed", "failed", "review", "fine", "knowledge", "mask", "empty", "error", "last", "many",
)  # fmt: skip
MOST = 24

CALL_OPEN, CALL_MIDDLE, CALL_CLOSE = '<tool_call>{"name": "', '", "arguments": {', "}}</tool_call>"
NAMES = f'"item": "{ITEM}", "anomaly_type": "{ANOMALY}"'
NORMAL, EDITED, PROMPT, QUOTE = '"image": 1', '"original": 1, "edited": ', ', "prompt": "', '"'
ANSWER_OPEN, ANSWER_PASSED, ANSWER_CLOSE = '<answer>{"image": ', ', "passed": ', ', "summary": "done"}</answer>'
THINK, UNTHINK = "<think>", "</think>"


def step(name: str, count: int) -> str:
    """A counted change as it is written: " size+2"."""
    return f" {name}{count:+d}"


def vocabulary(families: Iterable[str] | None = None) -> list[str]:
    """Every token, in the order of its number; the first is padding. families: that it has words for, by default those that
    are registered now and "other"."""
    tokens = [PAD, END, UNKNOWN, *(f"{START}{role}\n" for role in ROLES)]
    tokens += [THINK, UNTHINK, CALL_OPEN, CALL_MIDDLE, CALL_CLOSE, NAMES, f", {NAMES}", NORMAL, EDITED, PROMPT, QUOTE]
    tokens += [ANSWER_OPEN, ANSWER_PASSED, ANSWER_CLOSE, "true", "false"]
    tokens += TOOL_NAMES
    tokens += [f" {phrase}" for phrase in PHRASES.values()]
    tokens += [str(number) for number in range(MOST + 1)]
    tokens += [f" {number}" for number in range(-MOST // 2, MOST + 1)]
    named = known_families() if families is None else families
    tokens += [f" {word}" for word in dict.fromkeys((*FACTS, *named, *FAULTS.values(), *MARKS))]
    tokens += [step(name, count) for name, most in STEPS.items() for count in range(-most, most + 1) if count]
    return list(dict.fromkeys(tokens))


def known_families() -> tuple[str, ...]:
    """The families that a new vocabulary has words for."""
    return tuple(dict.fromkeys((*FAMILIES, OTHER)))


def families_in(tokens: Iterable[str]) -> frozenset[str]:
    """The words among a checkpoint's tokens that may be families."""
    return frozenset(token.strip() for token in tokens).difference(FACTS, FAULTS.values(), MARKS)


def word_of(family: str, known: Collection[str]) -> str:
    """The word by which a policy is told of a family: its own where it is one of those that the policy's vocabulary has,
    else "other", else that of its nearest kin, else its own all the same, which the policy reads as an unknown word."""
    return next((name for name in (family, OTHER, *kin_of(family)) if name in known), family)


# Ratio of one size level to the next, and the size of level 0; a step of size is one level.
_SIZE_RATIO, _SIZE_LEAST = 1.35, 0.02
_STRENGTH_RATIO, _STRENGTH_LEAST = 1.6, 0.1
#: One step of place, as a fraction of the image; of severity; of softness.
SHIFT, SEVERITY_STEP, SOFT_STEP = 1 / 12, 0.1, 0.2


def size_level(size: float) -> int:
    """0-15: the level of Edit.size, 0.02 and less to 1.5, in ratios of 1.35."""
    return _log_level(size, _SIZE_LEAST, _SIZE_RATIO, 15)


def size_after(size: float, steps: int) -> float:
    """A size so many levels larger, within what may be asked for (0.01-1.5)."""
    return min(max(size * _SIZE_RATIO**steps, 0.01), 1.5)


def strength_level(visibility: float) -> int:
    """0-9: the level of a change's strength against the texture around it, in ratios of 1.6."""
    return _log_level(visibility, _STRENGTH_LEAST, _STRENGTH_RATIO, 9)


def clamp(value: int, least: int, most: int) -> int:
    """value within least..most."""
    return min(max(value, least), most)


def _log_level(value: float, least: float, ratio: float, most: int) -> int:
    return clamp(round(math.log(max(value, 1e-6) / least) / math.log(ratio)), 0, most)
