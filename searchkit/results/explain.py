"""How a query is searched: the tree as it was planned, and each segment's kernel."""

from __future__ import annotations

from searchkit.query import Query
from searchkit.search import searcher
from searchkit.search.describe import Describer, alternatives
from searchkit.search.filtered import Filtered
from searchkit.search.kernels import kernels_of, size_of
from searchkit.search.plan import prepare
from searchkit.search.quick import quick_plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from searchkit.query import Diagnostic
    from searchkit.results.answer import Page
    from searchkit.search.request import Request
    from searchkit.search.searcher import _Plan
    from searchkit.segment.snapshot import SegmentView, Snapshot

    _Node = dict[str, Any]

__all__ = ["Plan", "explain"]

_LINES = 200  # nodes that str() shows
_INDENT = 30  # levels that it tells apart

KERNELS = {
    "nothing": "nothing can match",
    "windows": "windows of 4,096 documents (windows.pyx)",
    "arrays": "all matches by windows, scored by arrays (arrays.py)",
    "phrase": "phrase, bounded before positions are read (phrases.pyx, phrase_union.pyx)",
    "first": "documents that score alike, in their order (alike.pyx)",
    "spans": "spans, bounded before positions are read (closest.pyx)",
    "merge": "union of short lists, merged (few.pyx)",
    "list": "lone list, its best blocks first (lone.pyx)",
    "maxscore": "union by MAXSCORE (maxscore.pyx)",
    "blocks": "conjunction led by the rarest clause (conjunction.pyx)",
    "bits": "conjunction, matches by bit sets first (conjunction.pyx)",
    "among": "the documents that the filter leaves, one by one (among.pyx)",
    "known": "the length of the list",
    "led": "the documents of the rarest list, looked for in the others (counting.pyx)",
    "sets": "bit sets (counting.pyx)",
}


class Plan:
    """How a query is searched. ``str()`` is for reading; as data there are

    - ``query``, the tree as parsed, and ``diagnostics``;
    - ``nodes``: the tree as planned, a dict a node, each before its clauses (describe.py);
    - ``scoring``, the model; ``plain``: whether the query goes the shorter way (answers.pyx), to
      the same kernels;
    - ``segments``, a dict each: ``documents``, ``deleted``, ``allowed`` (by the filter, None
      without), ``sparse`` (so few that these are looked at one by one), ``select`` and ``count``
      (the kernels, as in ``KERNELS``; None: not asked for, ``count`` as ``select``: in one pass),
      ``lists`` and their ``postings``, those that are joined to sets beforehand (``joined``,
      ``joined_postings``), and ``candidates``, which may match at most;
    - ``filter``, as text, "" without one.
    """

    __slots__ = ("diagnostics", "filter", "nodes", "plain", "query", "scoring", "segments")

    def __init__(
        self,
        query: Query,
        diagnostics: list[Diagnostic],
        nodes: list[_Node],
        scoring: str,
        filter: str,
        plain: bool,
        segments: list[_Node],
    ) -> None:
        self.query = query
        self.diagnostics = diagnostics
        self.nodes = nodes
        self.scoring = scoring
        self.filter = filter
        self.plain = plain
        self.segments = segments

    def __repr__(self) -> str:
        return f"<Plan of {self.query!s:.60}>"

    def __str__(self) -> str:
        lines = [f"query: {self.query!s:.500}", f"scoring: {self.scoring}"]
        if self.filter:
            lines.append(f"filter: {self.filter}")
        if self.plain:
            lines.append("plain: answered in one compiled call (answers.pyx)")
        lines += [f"note: {one}" for one in self.diagnostics[:10]]
        lines.append("tree:")
        for node in self.nodes[:_LINES]:
            indent = "  " * (1 + min(node["depth"], _INDENT))
            role = f"{node['role'].replace('_', ' ')}: " if node["role"] else ""
            lines.append(f"{indent}{role}{_describe(node)}")
        if len(self.nodes) > _LINES:
            lines.append(f"  … and {len(self.nodes) - _LINES:,} nodes more")
        for number, segment in enumerate(self.segments):
            lines += _describe_segment(number, segment)
        return "\n".join(lines)


def explain(snapshot: Snapshot, query: str | Query, request: Request, page: Page) -> Plan:
    """The plan of a query, as ``answer`` (answer.py) runs it."""
    tree, planned, diagnostics = request.plan(snapshot, query)
    run: _Plan = planned
    plain = None
    if request.is_plain and request.filter is None and page.functions is None:
        plain = quick_plan(snapshot.prepared or prepare(snapshot), query, request.operator)
        run = planned if plain is None else plain
    k = min(page.offset, snapshot.docs)
    k += snapshot.docs if page.limit is None else min(page.limit, snapshot.docs)
    described = planned.tree if isinstance(planned, Filtered) else planned
    describer = Describer(snapshot)
    segments = []
    for at, view in enumerate(snapshot.segments):
        segments.append(_segment(run, at, view, k, page))
        joined, postings = describer.sets(described, at)
        segments[-1].update(joined=joined, joined_postings=postings)
    scoring = repr(request.scoring) if request.scoring is not None else "BM25(k1=1.2, b=0.75)"
    nodes = describer.nodes(described)
    filter = "" if request.filter is None else _filter(request.filter)
    return Plan(tree, diagnostics, nodes, scoring, filter, plain is not None, segments)


def _filter(given: Any) -> str:
    """What a search is restricted to, in words."""
    if isinstance(given, (str, Query)):
        return f"{given!s:.200}"
    return f"{len(given):,} keys" if not hasattr(given, "dtype") else "an array of bool"


def _segment(plan: _Plan, at: int, view: SegmentView, k: int, page: Page) -> _Node:
    """How one segment is searched: the choices of ``searcher.search`` and of best.pyx."""
    segment = view.segment
    filtered = plan if isinstance(plan, Filtered) else None
    made: _Node = {
        "name": segment.name,
        "documents": segment.docs,
        "deleted": segment.docs - view.live,
        "allowed": filtered.found[at] if filtered is not None else None,
        "sparse": False,
    }
    select: str | None
    count: str | None
    if searcher._is_empty(plan) or (filtered is not None and not filtered.found[at]):
        select, count = ("nothing" if k else None), ("nothing" if page.total else None)
        return {**made, "select": select, "count": count, "lists": 0, "postings": 0,
                "candidates": 0}  # fmt: skip
    program = searcher._program(plan, at, view)
    if page.functions is not None:
        select = "arrays"
        count = "arrays" if page.total else None
    else:
        select, count = kernels_of(program, k, page.total)
        made["sparse"] = select == "among"
    _, lists, postings, candidates = size_of(program)
    if filtered is not None:
        candidates = min(candidates, filtered.found[at])
    return {**made, "select": select, "count": count, "lists": lists, "postings": postings,
            "candidates": candidates}  # fmt: skip


def _describe(node: _Node) -> str:
    """A node on one line."""
    kind, name = node["kind"], node.get("field", "")
    weight = f"weight {node['weight']:.4g}" if "weight" in node else ""
    documents = _number(node["documents"], "document") if "documents" in node else ""
    idf = f"idf {node['idf']:.4g}" if "idf" in node else ""
    if kind == "boolean":
        some = f"at least {node['minimum']} of" if node["minimum"] else ""
        if node["must"] and some:
            return f"all must, and {some} should"
        return some or "all must"
    if kind in ("term", "value"):
        what = f"{kind} {name}:{node['term']}" if node["term"] is not None else f"no {kind}"
        return _joined(what, documents, idf, weight)
    if kind == "phrase":
        slop = f"~{node['slop']}" if node["slop"] else ""
        words = [alternatives(slot["terms"]) for slot in node["slots"][:50]]
        return _joined(f'phrase {name}:"{" ".join(words)}"{slop}', idf, weight)
    if kind == "spans":
        return _joined(f"spans {name}:{node['spans']}", idf, weight)
    if kind == "set":
        more = ", …" if node["terms"] > len(node["first"]) else ""
        terms = f"{_number(node['terms'], 'term')} of {name} ({', '.join(node['first'])}{more})"
        return _joined(terms, _number(node["postings"], "posting"), f"{weight} each")
    if kind == "range" and "values" in node:
        return _joined(f"range {name}: {_number(sum(node['values']), 'value')}", f"{weight} each")
    if kind == "range":
        low, high = ("*" if one is None else one for one in (node["low"], node["high"]))
        what = f"value {name}:{low}" if low == high != "*" else f"range {name}:[{low} TO {high}]"
        return _joined(what, f"{weight} each")
    if kind == "exists":
        return _joined(f"any value of {name}", documents, f"{weight} each")
    if kind == "best":
        return _joined("the best of", f"{node['tie']:.4g} times the others", weight)
    if kind == "fields":
        return _joined("frequencies together of (BM25F)", weight, f"saturation {node['a']:.4g}")
    if kind == "constant":
        return _joined("alike, whatever matches", f"{weight} each")
    return _joined("all documents" if kind == "all" else str(kind), weight and f"{weight} each")


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def _describe_segment(number: int, segment: _Node) -> list[str]:
    """A segment on a few lines."""
    deleted = f", {segment['deleted']:,} deleted" if segment["deleted"] else ""
    documents = _number(segment["documents"], "document")
    lists, postings = _number(segment["lists"], "list"), _number(segment["postings"], "posting")
    lines = [
        f"segment {number + 1} ({segment['name']}): {documents}{deleted}",
        f"  {lists} of {postings}; {segment['candidates']:,} documents or less can match",
    ]
    if segment["joined"]:
        lists = _number(segment["joined"], "list")
        postings = _number(segment["joined_postings"], "posting")
        lines.append(f"  made sets of before: {lists} of {postings}")
    if segment["allowed"] is not None:
        how = "so few that only these are looked at" if segment["sparse"] else "the others hidden"
        lines.append(f"  filtered: {_number(segment['allowed'], 'document')}, {how}")
    select, count = segment["select"], segment["count"]
    if select is not None:
        lines.append(f"  best: {KERNELS[select]}")
    if count is not None:
        same = "in the same pass" if count == select else KERNELS[count]
        lines.append(f"  count: {same}")
    return lines
