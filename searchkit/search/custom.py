"""Custom scorers: a user's function over arrays in the place of a scoring model.

Every match is scored, nothing is pruned. A term's or phrase's scores are asked for all
documents of a part of a segment at once, and added up as the query's tree says.
"""

from __future__ import annotations

from searchkit.errors import OptionError
from searchkit.query.nodes import Boolean, Query
from searchkit.search import windows
from searchkit.search.compile import compile_program
from searchkit.search.planned import Best, TextLeaf
from searchkit.search.scoring import BM25, Scoring
from searchkit.search.statistics import collection_frequency

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable
    from typing import Any

    from searchkit.search.program import Program
    from searchkit.segment.snapshot import SegmentView

    #: (frequencies, lengths, statistics) -> scores
    _Scorer = Callable[[Any, Any, "Statistics"], Any]

__all__ = ["Custom", "Statistics", "called", "score_tree"]


class Statistics:
    """What a custom scorer is told of a term or phrase, over the whole index.

    As everywhere, deleted documents count until their segment merges.
    """

    __slots__ = ("df", "docs", "field", "frequency", "idf", "terms", "tokens")

    def __init__(
        self,
        field: str,
        docs: int,
        tokens: int,
        terms: tuple[str, ...],
        df: tuple[int, ...],
        frequency: tuple[int, ...],
    ) -> None:
        self.field = field
        """The field's name."""
        self.docs = docs
        """How many documents have the field."""
        self.tokens = tokens
        """The sum of their lengths."""
        self.terms = terms
        """The term as indexed; of a phrase, all its terms."""
        self.df = df
        """For each term, how many documents have it."""
        self.frequency = frequency
        """For each term, how often it is in all documents together."""
        self.idf = sum(BM25.idf(_MODEL, one, docs) for one in df)
        """BM25's weight of the term; of a phrase, the sum of its terms'."""

    @property
    def average_length(self) -> float:
        """Tokens a document that has the field."""
        return self.tokens / max(self.docs, 1)

    def __repr__(self) -> str:
        return f"<Statistics of {' '.join(self.terms)!r} in {self.field!r}>"


_MODEL = BM25()


class Custom(Scoring):
    """A function as a scoring model: the kernels give frequencies, the function scores."""

    __slots__ = ("function",)
    kind = 3

    def __init__(self, function: _Scorer) -> None:
        self._identity = (Custom, (("function", function),))  # type: ignore[assignment]
        self.function = function

    def idf(self, df: int, docs: int) -> float:
        return 1.0


def called(function: Callable[..., Any], shape: int, *arguments: Any) -> Any:
    """A user's function called for ``shape`` documents; OptionError for what isn't a finite
    number for each."""
    import numpy as np

    name = getattr(function, "__qualname__", None) or repr(function)
    answer = function(*arguments)
    try:
        scores = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OptionError(
            f"{name} returned {type(answer).__name__}, no array of numbers: {error}",
            hint="a score for each document: an array as long as those it is given",
        ) from error
    if scores.shape != (shape,):
        raise OptionError(
            f"{name} returned an array of shape {scores.shape} for {shape} documents",
            hint="a score for each document: an array as long as those it is given",
        )
    if not np.isfinite(scores).all():
        raise OptionError(
            f"{name} returned scores that are no finite numbers",
            hint="replace them, as with numpy.nan_to_num",
        )
    return scores


class _Frame:
    """A Boolean whose clauses are being evaluated."""

    __slots__ = ("clauses", "count", "node", "scores", "standing")

    def __init__(self, node: Boolean, size: int) -> None:
        import numpy as np

        self.node = node
        self.clauses = [("not", one) for one in reversed(node.must_not)]
        self.clauses += [("should", one) for one in reversed(node.should)]
        self.clauses += [("must", one) for one in reversed(node.must)]
        self.standing = np.ones(size, dtype=bool)
        self.count = np.zeros(size, dtype=np.int32)
        self.scores = np.zeros(size)

    def add(self, role: str, matched: Any, scores: Any) -> None:
        """Takes in a clause: which documents match it, and their scores, 0 for others."""
        if role == "not":
            self.standing &= ~matched
            return
        if role == "must":
            self.standing &= matched
        else:
            self.count += matched
        self.scores += scores

    def result(self) -> tuple[Any, Any]:
        """Which documents match, and their scores."""
        matched = self.standing & (self.count >= self.node.needed)
        if not self.node.must and not self.node.should:
            self.scores += 1.0
        return matched, self.scores * matched


class LeafScorer:
    """Scores the leaves of one planned tree over one segment."""

    def __init__(self, scorer: Custom, at: int, view: SegmentView, known: dict[int, Any]) -> None:
        self._scorer = scorer
        self._at = at
        self._view = view
        self._known = known  # statistics by leaf, for all segments
        self._programs: dict[int, Program] = {}

    def __call__(self, leaf: Query, docs: array[int], scoring: bool) -> tuple[Any, Any]:
        """Which of ``docs`` match, and their scores (0 for the others, and unless scoring)."""
        import numpy as np

        if isinstance(leaf, Best):
            return self._best(leaf, docs, scoring)
        values = np.frombuffer(windows.score(self._program(leaf), docs))
        matched = ~np.isnan(values)
        scores = np.zeros(len(docs))
        if not scoring or not matched.any():
            return matched, scores
        if not isinstance(leaf, TextLeaf):
            scores[matched] = values[matched]
            return matched, scores
        places = np.frombuffer(docs, dtype=np.uint32)[matched]
        frequencies = values[matched]
        lengths = np.asarray(leaf.scope.fields[self._at].lengths)[places]  # type: ignore[union-attr]
        known = self._known.get(id(leaf))
        if known is None:
            known = self._known[id(leaf)] = statistics_of(leaf)
        function = self._scorer.function
        answer = called(function, len(places), frequencies, lengths.astype(np.float64), known)
        scores[matched] = leaf.weight / leaf.idf * answer
        return matched, scores

    def _best(self, node: Best, docs: array[int], scoring: bool) -> tuple[Any, Any]:
        """The same for what scores as the best of its clauses."""
        import numpy as np

        matched = np.zeros(len(docs), dtype=bool)
        best, total = np.zeros(len(docs)), np.zeros(len(docs))
        for clause in node.clauses:
            own, scores = evaluated(clause, docs, self, scoring)
            matched |= own
            best = np.maximum(best, scores)
            total += scores
        return matched, node.weight * (best + node.tie * (total - best))

    def _program(self, leaf: Query) -> Program:
        """The program that gives a leaf's frequencies; of one without words, its scores."""
        program = self._programs.get(id(leaf))
        if program is None:
            unweighted = (
                leaf.scored(1.0, leaf.a, leaf.b, leaf.kind) if isinstance(leaf, TextLeaf) else leaf
            )
            program = compile_program(unweighted, self._at, self._view)
            self._programs[id(leaf)] = program
        return program


def statistics_of(leaf: TextLeaf) -> Statistics:
    """The statistics of a leaf's terms."""
    scope = leaf.scope
    names, dfs, frequencies = [], [], []
    for ordinals in leaf.terms():
        name, df, frequency = "", 0, 0
        for field, ordinal in zip(scope.fields, ordinals):
            if field is not None and ordinal >= 0:
                name = field.terms[ordinal].decode()
                df += field.terms.df(ordinal)
                frequency += collection_frequency(field.postings, field.terms, ordinal)
        names.append(name)
        dfs.append(df)
        frequencies.append(frequency)
    return Statistics(
        scope.name, scope.docs, scope.total, tuple(names), tuple(dfs), tuple(frequencies)
    )


def score_tree(tree: Query, docs: array[int], leaf: LeafScorer) -> Any:
    """The scores of ``docs`` (ascending, all of them matches) under a planned tree."""
    return evaluated(tree, docs, leaf, True)[1]


def evaluated(tree: Query, docs: array[int], leaf: LeafScorer, scoring: bool) -> tuple[Any, Any]:
    """Which of ``docs`` match a planned tree, and their scores (0 for others)."""
    if not isinstance(tree, Boolean):
        return leaf(tree, docs, scoring)
    size = len(docs)
    stack = [_Frame(tree, size)]
    roles = ["must"]
    hidden = 0 if scoring else 1  # how many of the roles are negations
    while True:
        frame = stack[-1]
        if not frame.clauses:
            matched, scores = frame.result()
            stack.pop()
            role = roles.pop()
            hidden -= role == "not"
            if not stack:
                return matched, scores
            stack[-1].add(role, matched, scores)
            continue
        role, clause = frame.clauses.pop()
        if isinstance(clause, Boolean):
            stack.append(_Frame(clause, size))
            roles.append(role)
            hidden += role == "not"
        else:
            frame.add(role, *leaf(clause, docs, not hidden and role != "not"))
