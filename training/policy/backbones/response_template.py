"""How TRL takes a turn apart while it rolls out: transformers' response template for the format of agent/core/protocol.py."""

from __future__ import annotations

from typing import Any

#: For `tokenizer.response_template`. Two calls in one turn are no call, as at inference: only the last end of a call closes
#: it, and what stands between is no JSON.
RESPONSE_TEMPLATE: dict[str, Any] = {
    "defaults": {"role": "assistant"},
    "start_anchor": "<|im_start|>assistant\n",
    "fields": {
        "reasoning_content": {"open": "<think>", "close_pattern": r"</think>\s*", "content": "text"},
        "tool_calls": {
            "open": "<tool_call>",
            "close_pattern": r"</tool_call>\s*(?!.*<tool_call>)",
            "repeats": True,
            "content": "json",
            "transform": {"type": "function", "function": "{content}"},
        },
        "content": {"close_pattern": r"<\|im_end\|>\s*", "content": "text"},
    },
}
