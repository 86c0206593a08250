"""How many samples of each anomaly type: counts, or shares of an item's count."""

from __future__ import annotations

import math

import yaml

from .plan_nodes import NodeReader

#: Of a type: accepted samples, or their share of the item's.
SHARE_KEYS = ("count", "share")


def share_of(reader: NodeReader, node: yaml.Node, given: dict[str, yaml.Node], what: str) -> tuple[int, float] | None:
    """(count, 0) or (0, per cent) of a type. given: its keys' values, "" for a value that stands alone, such as 50 or 40%.
    what: what messages call the type."""
    value = given.get("")
    if value is None:
        if ("count" in given) == ("share" in given):
            reader.problem(node, f"{what}: give it either 'count' or 'share'")
            return None
        if "count" in given:
            count = reader.whole(given["count"], f"count of {what}", 1)
            return None if count is None else (count, 0.0)
        value = given["share"]
    text = value.value.strip() if isinstance(value, yaml.ScalarNode) else ""
    if not text.endswith("%"):
        if "share" in given:
            reader.problem(value, f"share of {what} must be per cent, such as 40%")
            return None
        count = reader.whole(value, f"count of {what}", 1)
        return None if count is None else (count, 0.0)
    try:
        share = float(text[:-1])
    except ValueError:
        share = math.nan
    if not 0 < share <= 100:
        reader.problem(value, f"share of {what} must be above 0% and at most 100%, got {text[:40]!r}")
        return None
    return 0, share


def split_count(
    reader: NodeReader,
    node: yaml.Node,
    wanted: dict[str, tuple[yaml.Node, tuple[int, float] | None]],
    whole: int | None,
) -> dict[str, int]:
    """Accepted samples by type. whole: the item's count, of which shares are taken: by the largest remainder, so that they add
    up. {} where there is a problem."""
    given = {anomaly: value for anomaly, (_, value) in wanted.items() if value is not None}
    if len(given) < len(wanted):
        return {}
    shares = {anomaly: share for anomaly, (_, share) in given.items() if share}
    if not shares:
        if whole is not None:
            reader.problem(node, "the item's 'count' is for shares, but its types have counts; leave it out")
        return {anomaly: count for anomaly, (count, _) in given.items()}
    for anomaly in given.keys() - shares.keys():
        reader.problem(wanted[anomaly][0], f"type {anomaly!r} has a count, others have shares; give all the same")
    total = math.fsum(shares.values())
    if abs(total - 100) > 0.1:
        reader.problem(node, f"the shares add up to {total:g}%, not to 100%")
    if whole is None:
        reader.problem(node, "shares need the item's 'count'")
        return {}
    exact = {anomaly: whole * share / total for anomaly, share in shares.items()}
    counts = {anomaly: math.floor(value) for anomaly, value in exact.items()}
    by_remainder = sorted(exact, key=lambda anomaly: (counts[anomaly] - exact[anomaly], list(exact).index(anomaly)))
    for anomaly in by_remainder[: whole - sum(counts.values())]:
        counts[anomaly] += 1
    for anomaly in (anomaly for anomaly, count in counts.items() if count == 0):
        reader.problem(wanted[anomaly][0], f"{shares[anomaly]:g}% of {whole} is less than one sample")
    return counts
