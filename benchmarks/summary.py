"""Tables and ratios of what `crew.measure` took."""

from __future__ import annotations

import math
import statistics
from typing import Any

import forms
import measuring
from crew import Query, Taken

PEERS = ("tantivy", "pisa", "bm25s", "sqlite")  # called from Python
HEADS = {"searchkit-batch": "batch, mean", "lucene": "Lucene, mean"}
RATIOS = {
    "p50 ratio": "single calls to the best peer's, p50",
    "p99 ratio": "single calls to the best peer's, p99",
    "batch ratio": "batches to Lucene's mean",
    "count ratio": "batches of unions and intersections to the better mean of Lucene and tantivy",
}

GAME = "game's "  # what the parts of the game begin with: the game as a whole is the class

Row = dict[str, Any]


def rows(taken: Taken, queries: list[Query], mode: str) -> list[Row]:
    """A row a class: of every engine p50, p99 and mean; ratios; who was the best peer.

    The game is a class of its own, of engines that answer all of it, and its parts have rows, too.
    """
    found = []
    groups = {group: [group] for group in dict.fromkeys(group for group, _ in queries)}
    parts = [group for group in groups if group.startswith(GAME)]
    if parts:
        groups["the game"] = parts
    for group, own in groups.items():
        numbers = [i for i, (one, _) in enumerate(queries) if one in own]
        row: Row = {"class": group, "queries": len(numbers), "part": group in parts}
        for engine, medians in taken.medians.items():
            values = [medians[number] for number in numbers if number in medians]
            if values and (len(own) == 1 or len(values) == len(numbers)):
                row[engine] = {
                    "p50": statistics.median(values),
                    "p99": measuring.percentile(values, 0.99),
                    "mean": statistics.fmean(values),
                }
        _choose_pisa(row)
        _compare(row, {forms.kind(queries[number][1]) for number in numbers}, mode)
        found.append(row)
    return found


def _choose_pisa(row: Row) -> None:
    """Leave the algorithms that are better for the class, and say which they were."""
    other = row.pop("pisa-wand", None)
    if other:
        row["pisa by"] = "wand" if other["p50"] < row["pisa"]["p50"] else "maxscore"
        row["pisa"] = min(row["pisa"], other, key=lambda values: values["p50"])


def _compare(row: Row, kinds: set[str], mode: str) -> None:
    peers = [name for name in PEERS if name in row]
    if "searchkit" in row and peers:
        for figure in ("p50", "p99"):
            best = min(peers, key=lambda name: row[name][figure])
            row[f"{figure} ratio"] = row["searchkit"][figure] / row[best][figure]
            row[f"{figure} best"] = best
    if "searchkit-batch" in row:
        batch = row["searchkit-batch"]["mean"]
        if "lucene" in row:
            row["batch ratio"] = batch / row["lucene"]["mean"]
        if mode == "count" and kinds <= {"and", "or"} and "tantivy" in row and "lucene" in row:
            row["count ratio"] = batch / min(row["lucene"]["mean"], row["tantivy"]["mean"])


def table(found: list[Row]) -> str:
    """The classes with the p50 of every engine, and the means where batches are compared."""
    engines = [name for name in ("searchkit", *PEERS) if any(name in row for row in found)]
    means = [name for name in HEADS if any(name in row for row in found)]
    ratios = [name for name in RATIOS if any(name in row for row in found)]
    head = ["class", "queries", *engines, "best peer"]
    head += [HEADS[name] for name in means] + ratios
    cells = []
    for row in found:
        cells.append(
            [
                row["class"],
                row["queries"],
                *(row[name]["p50"] if name in row else None for name in engines),
                row.get("p50 best"),
                *(row[name]["mean"] if name in row else None for name in means),
                *(row.get(name) for name in ratios),
            ]
        )
    return measuring.table(head, cells)


def totals(found: list[tuple[str, Row]]) -> list[Row]:
    """Of each ratio the geometric mean and the worst, over rows that come with their mode; those of
    the game's parts apart."""
    lines = []
    for key in RATIOS:
        values, parts = [], []
        for mode, row in found:
            if key in row:
                (parts if row["part"] else values).append((row[key], f"{row['class']}, {mode}"))
        if values:
            mean = math.exp(statistics.fmean(math.log(value) for value, _ in values))
            worst, where = max(values)
            line = {"ratio": key, "mean": mean, "worst": worst, "where": where}
            if parts:
                line["part"], line["part where"] = max(parts)
            lines.append(line)
    return lines


def totals_text(lines: list[Row]) -> str:
    """Those as lines."""
    return "\n".join(
        f"{RATIOS[line['ratio']]}: geometric mean {line['mean']:.2f}, "
        f"worst {line['worst']:.2f} ({line['where']}){_part(line)}"
        for line in lines
    )


def _part(line: Row) -> str:
    if "part" not in line:
        return ""
    return f"; of the game's parts {line['part']:.2f} ({line['part where']})"
