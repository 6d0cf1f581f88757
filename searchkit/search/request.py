"""What a search says beside its query, and the way from a query to its plan."""

from __future__ import annotations

from searchkit.errors import OptionError
from searchkit.query import Query, parse
from searchkit.search.filtered import Allowed, Filtered, allow
from searchkit.search.options import SearchOptions
from searchkit.search.plan import Planner, prepare
from searchkit.search.scoring import BM25, BM25Plus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from searchkit.query import Diagnostic
    from searchkit.search.scoring import Scoring
    from searchkit.segment.snapshot import Snapshot

    _Fields = Mapping[str, float] | Iterable[str] | None

__all__ = ["Request"]


class Request:
    """The options of a search that its plan depends on. OptionError for wrong ones."""

    __slots__ = ("fields", "filter", "operator", "options", "scoring", "strict")

    def __init__(
        self,
        fields: _Fields = None,
        operator: str = "or",
        strict: bool = False,
        scoring: Scoring | None = None,
        filter: Any = None,
        combine: str = "sum",
        expansions: str | None = None,
        max_expansions: int | None = None,
    ) -> None:
        if operator not in ("or", "and"):
            raise OptionError(
                f"there is no operator {operator!r}", hint='operator="or" or operator="and"'
            )
        if fields is not None and not hasattr(fields, "items") and not isinstance(fields, str):
            fields = list(fields)
        self.fields = fields
        self.operator = operator
        self.strict = strict
        self.scoring = scoring
        self.filter = filter
        self.options = SearchOptions(combine, expansions, max_expansions)
        if (
            combine == "bm25f"
            and scoring is not None
            and (not isinstance(scoring, BM25) or isinstance(scoring, BM25Plus))
        ):
            raise OptionError(
                f'combine="bm25f" with scoring={scoring!r}', hint="it goes with BM25(k1, b) alone"
            )

    @property
    def is_plain(self) -> bool:
        """Whether queries may go the shorter way (see answers.pyx), if a filter may."""
        options = self.options
        bounded = options.expansions is None and options.max_expansions is None
        summed = options.combine == "sum"
        return self.fields is None and self.scoring is None and bounded and summed

    def plan(
        self, snapshot: Snapshot, query: str | Query, scored: bool = True
    ) -> tuple[Query, Query | Filtered, list[Diagnostic]]:
        """The tree of a query, its plan, and what there is to say about it; where only matches
        are wanted, it isn't ``scored``."""
        tree, planned, diagnostics = self._read(snapshot, query, scored)
        if self.filter is None:
            return tree, planned, diagnostics
        return tree, self._allowed(snapshot).of(planned), diagnostics

    def settle(self, snapshot: Snapshot) -> None:
        """Works the filter out, for queries over this snapshot alone."""
        if self.filter is not None:
            self.filter = self._allowed(snapshot)

    def _allowed(self, snapshot: Snapshot) -> Allowed:
        if isinstance(self.filter, Allowed):
            return self.filter
        if type(self.filter) is str:
            quickly = allow(snapshot.prepared or prepare(snapshot), self.filter)
            if quickly is not None:
                return quickly
        from searchkit.search.filters import allowed  # only searches with filters pay for it

        reader = Request(strict=True)  # a filter means the same beside whatever query
        return allowed(snapshot, self.filter, lambda given: reader._read(snapshot, given, False)[1])

    def _read(
        self, snapshot: Snapshot, query: str | Query, scored: bool
    ) -> tuple[Query, Query, list[Diagnostic]]:
        text, tree, diagnostics = "", query, []
        if isinstance(query, str):
            parsed = parse(
                query, snapshot.schema.fields, operator=self.operator, strict=self.strict
            )
            text, tree, diagnostics = query, parsed.query, list(parsed.diagnostics)
        if not isinstance(tree, Query):
            raise OptionError(
                f"a query is a str or a Query, not {type(query).__name__}",
                hint='such as "words", or sk.F.title.match("words")',
            )
        planner = Planner(
            snapshot,
            fields=self.fields,
            operator=self.operator,
            strict=self.strict,
            query=text,
            scoring=self.scoring,
            options=self.options,
        )
        planned = planner.plan(tree, scored)
        return tree, planned, diagnostics + planner.diagnostics
