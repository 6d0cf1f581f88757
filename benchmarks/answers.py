"""Whether the engines answered alike: numbers of hits, and the ten best."""

from __future__ import annotations

import statistics
from typing import Any

from crew import Query, Taken

SAME_WORDS = {"searchkit-batch", "tantivy"}  # cut and stem ASCII as searchkit does


def compare(taken: dict[str, Taken], queries: list[Query]) -> dict[str, Any]:
    """Beside searchkit's: by engine how many queries have the same number of hits, which don't,
    and the share of the ten best that both have."""
    counts: dict[str, dict[str, Any]] = {}
    tops: dict[str, float] = {}
    for mode, found in taken.items():
        own = found.answers.get("searchkit")
        if own is None:
            continue
        for name, theirs in found.answers.items():
            if name == "searchkit":
                continue
            if mode == "top10":
                shares = [_shared(own[i], theirs[i]) for i in theirs]
                tops[name] = statistics.fmean(shares)
                continue
            differ = [i for i in sorted(theirs) if own[i] != theirs[i]]
            counts[f"{name}, {mode}"] = {
                "engine": name,
                "queries": len(theirs),
                "differ": [[*queries[i], own[i], theirs[i]] for i in differ],
            }
    return {"counts": counts, "top10": tops}


def _shared(own: list[str], theirs: list[str]) -> float:
    longest = max(len(own), len(theirs))
    return len(set(own) & set(theirs)) / longest if longest else 1.0


def text(found: dict[str, Any], examples: int = 3) -> str:
    """That as lines, with the first queries that differ."""
    lines = ["hit counts that are searchkit's:"]
    for name, entry in found["counts"].items():
        lines.append(f"  {name}: {entry['queries'] - len(entry['differ'])} of {entry['queries']}")
        for group, query, own, theirs in entry["differ"][:examples]:
            lines.append(f"    {group}: {query}  {own:,} here, {theirs:,} there")
    if found["top10"]:
        shares = ", ".join(f"{name} {share:.1%}" for name, share in found["top10"].items())
        lines.append(f"of the ten best are searchkit's, on average: {shares}")
    return "\n".join(lines)


def same(found: dict[str, Any]) -> bool:
    """Whether those count alike that cut and stem ASCII alike."""
    return not any(
        entry["differ"] for entry in found["counts"].values() if entry["engine"] in SAME_WORDS
    )
