"""A lane: lists in memory, and the analyzers' memos, of the documents that take it.

In go batches of texts, in the order of their documents' numbers. Their tokens are noted, and what
is noted is appended to the lists, at once or in parts: then one thread may note a batch while
another appends the one before. No more than one thread may note at a time, and one append, each in
the order of the batches.
"""

from __future__ import annotations

from searchkit.analysis.scan import Vocabulary, cut
from searchkit.analysis.words import native
from searchkit.errors import SchemaError
from searchkit.indexing.chains import Slabs
from searchkit.indexing.invert import FieldBuffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Iterable, Sequence

    from searchkit.analysis import Analyzer
    from searchkit.analysis.turn import Turn
    from searchkit.indexing.occurrences import Occurrences

    _Texts = tuple[int, Analyzer, array[int], list[str]]
    """A field's number and analyzer; its values, and the document of each."""
    _Failure = tuple[int, SchemaError]
    """A document that an analyzer failed on, and how."""
    _Exchange = Callable[["Part"], Occurrences]
    """Takes a part that is full, and gives what to note further tokens in."""

__all__ = ["NOTED", "Lane", "Part"]

NOTED = 1 << 18  # tokens a part: those of a batch of English text and of half as much again


class Part:
    """Tokens noted, and whose they are."""

    __slots__ = ("noted", "runs")

    def __init__(self, noted: Occurrences) -> None:
        self.noted = noted
        self.runs: list[tuple[FieldBuffer, int, int, int]] = []
        """For each field in turn: where its tokens begin and end, and how many terms it had."""

    def end_run(self, lists: FieldBuffer) -> None:
        """What was noted since the last run is this field's."""
        start = self.runs[-1][2] if self.runs else 0
        self.runs.append((lists, start, len(self.noted), len(lists)))


class _Noting:
    """The part that tokens are noted in, and how to come by the next."""

    def __init__(self, part: Part, exchange: _Exchange) -> None:
        self.part = part
        self._exchange = exchange

    def next_part(self, lists: FieldBuffer) -> None:
        """The part is full, in the middle of this field's tokens."""
        self.part.end_run(lists)
        self.part = Part(self._exchange(self.part))


class Lane:
    """Memos of analyzers, slabs of memory and, by a field's number, its lists."""

    def __init__(self, memo_limit: int, turn: Turn) -> None:
        self._turn = turn
        self.slabs = Slabs()
        self.fields: dict[int, FieldBuffer] = {}
        self._vocabularies: dict[Analyzer, Vocabulary] = {}
        self._memo_limit = memo_limit

    @property
    def nbytes(self) -> int:
        """Memory in use, memos included."""
        lists = sum(lists.nbytes for lists in [*self.fields.values()])
        memos = sum(vocabulary.nbytes for vocabulary in [*self._vocabularies.values()])
        return self.slabs.nbytes + lists + memos

    def reset(self, limit: int) -> None:
        """Empty, for the next segment; memos are kept, and of the lists' memory as much as was
        used, and makes ``limit`` bytes with them."""
        used = self.slabs.nbytes
        for lists in self.fields.values():
            lists.reset()
        self.slabs.reset()
        self.slabs.keep(min(used, max(limit - self.nbytes, 0)))

    def invert(self, batch: Iterable[_Texts]) -> list[_Failure]:
        """Scans values and appends their tokens; tells of documents that an analyzer failed on."""
        return self._scan_batch(batch, None)

    def note(
        self, batch: Iterable[_Texts], noted: Occurrences, exchange: _Exchange
    ) -> tuple[Part, list[_Failure]]:
        """Scans values and notes their tokens in ``noted``, and, when that is full, in what
        ``exchange`` gives for it; the last part, and as ``invert``."""
        noting = _Noting(Part(noted), exchange)
        failures = self._scan_batch(batch, noting)
        return noting.part, failures

    def append(self, part: Part) -> None:
        """Appends a part's tokens to their lists."""
        for lists, start, end, terms in part.runs:
            lists.append(part.noted, start, end, terms, self._turn)

    def _scan_batch(self, batch: Iterable[_Texts], noting: _Noting | None) -> list[_Failure]:
        self._trim()
        failures: list[_Failure] = []
        for number, analyzer, docs, values in batch:
            lists = self.fields.get(number)
            if lists is None:
                lists = self.fields[number] = FieldBuffer(self.slabs, True)
            if analyzer.scannable:
                failures += self._scan(lists, analyzer, docs, values, noting)
            else:
                failures += _analyse(lists, analyzer, docs, values, noting)
            if noting is not None:
                noting.part.end_run(lists)
        return failures

    def _trim(self) -> None:
        vocabularies = self._vocabularies.values()
        if sum(one.nbytes + one.growth for one in vocabularies) > self._memo_limit:
            for vocabulary in vocabularies:
                vocabulary.clear()

    def _scan(
        self,
        lists: FieldBuffer,
        analyzer: Analyzer,
        docs: array[int],
        values: list[str],
        noting: _Noting | None,
    ) -> list[_Failure]:
        """The compiled way: raw ids, whose terms the memo knows or learns."""
        vocabulary = self._vocabularies.get(analyzer)
        if vocabulary is None:
            vocabulary = Vocabulary(analyzer.folds, self._turn, *native(analyzer))
            self._vocabularies[analyzer] = vocabulary
        failed: dict[str, SchemaError] = {}

        def expand(raws: list[str]) -> Iterable[Sequence[tuple[str, int]]]:
            try:
                return analyzer.expand(raws)
            except SchemaError:
                return [_expand_one(analyzer, raw, failed) for raw in raws]

        try:
            vocabulary.begin(values)
            lists.begin(vocabulary)
            while vocabulary.step(expand):
                if noting is None:
                    lists.add_step(vocabulary, docs)
                else:
                    while lists.add_step(vocabulary, docs, noting.part.noted):
                        noting.next_part(lists)
        except BaseException:
            vocabulary.clear()  # or the next batch would ask for this one's tokens
            raise
        if not failed:
            return []
        vocabulary.clear()  # or the next document with such a token would go unnoticed
        found = ((doc, _failure(analyzer, value, failed)) for doc, value in zip(docs, values))
        return [(doc, error) for doc, error in found if error is not None]


def _expand_one(
    analyzer: Analyzer, raw: str, failed: dict[str, SchemaError]
) -> Sequence[tuple[str, int]]:
    try:
        return analyzer.expand([raw])[0]
    except SchemaError as error:
        failed[raw] = error
        return ()


def _failure(analyzer: Analyzer, value: str, failed: dict[str, SchemaError]) -> SchemaError | None:
    """What failed on a token of ``value``, if anything did."""
    data = value.encode()
    spans = cut(data)
    for start, end in zip(spans[::2], spans[1::2]):
        raw = data[start:end].decode()
        error = failed.get(raw) or (failed.get(_fold(raw)) if analyzer.folds else None)
        if error is not None:
            return error
    return None


def _fold(raw: str) -> str:
    """A raw token as the scanner spells it when it lower-cases ASCII."""
    return "".join(c.lower() if c < "\x80" else c for c in raw)


def _analyse(
    lists: FieldBuffer,
    analyzer: Analyzer,
    docs: array[int],
    values: list[str],
    noting: _Noting | None,
) -> list[_Failure]:
    """The way of analyzers with a tokenizer or a stream filter in Python."""
    failures: list[_Failure] = []
    for doc, value in zip(docs, values):
        try:
            tokens = analyzer.terms(value)
        except SchemaError as error:
            failures.append((doc, error))
            continue
        terms, places = [term for term, _ in tokens], [at for _, at in tokens]
        lists.add_tokens(doc, terms, places, noting.part.noted if noting else None)
        if noting is not None and len(noting.part.noted) >= NOTED:
            noting.next_part(lists)
    return failures
