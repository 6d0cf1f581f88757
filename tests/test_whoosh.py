"""Whoosh as a second oracle: which documents match terms, Boolean trees, exact phrases, patterns,
ranges, and words near each other.

Its tokens are made the same as ours (runs of ASCII letters and digits, in lower case). Scores,
slop and minimums are another matter, so they are left to our own oracle.
"""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings, strategies as st
from whoosh import query as whoosh
from whoosh.analysis import LowercaseFilter, RegexTokenizer
from whoosh.fields import ID, KEYWORD, NUMERIC, TEXT, Schema as WhooshSchema
from whoosh.filedb.filestore import RamStorage
from whoosh.query.spans import SpanNear

import searchkit as sk
from oracle import Oracle
from searchkit.query import (
    All,
    Boolean,
    Boost,
    Constant,
    DisMax,
    Exists,
    Fuzzy,
    Near,
    Nothing,
    Phrase,
    Prefix,
    Query,
    Range,
    Regex,
    Term,
    Wildcard,
    Word,
    parse,
)

SCHEMA = sk.Schema(
    id=sk.Keyword(key=True),
    title=sk.Text(),
    body=sk.Text(),
    tags=sk.Keyword(many=True),
    stars=sk.Integer(),
)
WORDS = ["a", "b", "c", "dd", "e5", "Ff", "abc", "abd"]
TAGS = ["red", "Red", "blue"]


def whoosh_index(documents: list[dict[str, Any]], commits: int) -> Any:
    """A Whoosh index of the documents, in several segments."""
    analyzer = RegexTokenizer("[A-Za-z0-9]+") | LowercaseFilter()
    text = TEXT(analyzer=analyzer, phrase=True)
    schema = WhooshSchema(
        id=ID(stored=True),
        title=text,
        body=text,
        tags=KEYWORD(commas=True),
        stars=NUMERIC(int, signed=True),
    )
    index = RamStorage().create_index(schema)
    share = max(1, -(-len(documents) // commits))
    for start in range(0, len(documents), share):
        writer = index.writer()
        for document in documents[start : start + share]:
            writer.add_document(**{**document, "tags": ",".join(document["tags"])})
        writer.commit(merge=False)
    return index


class _Near(SpanNear):  # type: ignore[misc]
    """Whoosh's, which within an Or or a DisjunctionMax is asked for what it lacks."""

    def estimate_size(self, reader: Any) -> int:
        return int(reader.doc_count())


def translated(query: Query) -> Any:
    """Our tree as Whoosh's."""
    if isinstance(query, All):
        return whoosh.Every()
    if isinstance(query, Nothing):
        return whoosh.NullQuery
    if isinstance(query, Term):
        return whoosh.Term(query.field, query.value)
    if isinstance(query, (Word, Phrase)):
        if query.field is None:
            return whoosh.Or(
                [translated(type(query)(name, query.text)) for name in SCHEMA.text_fields]
            )
        words = [query.text] if query.field == "tags" else query.text.lower().split()
        if len(words) == 1:
            return whoosh.Term(query.field, words[0])
        return whoosh.Phrase(query.field, words)
    if isinstance(query, (Prefix, Wildcard, Regex, Fuzzy)):
        names = [query.field] if query.field else SCHEMA.text_fields
        return whoosh.Or([_pattern(query, name) for name in names])
    if isinstance(query, Range):
        ends = not query.include_low, not query.include_high
        if query.field == "stars":
            low, high = (None if end is None else int(end) for end in (query.low, query.high))
            return whoosh.NumericRange("stars", low, high, *ends)
        return whoosh.TermRange(query.field, query.low, query.high, *ends)
    if isinstance(query, Exists):
        return whoosh.Every(query.field)
    if isinstance(query, (Boost, Constant)):
        return translated(query.query)
    if isinstance(query, DisMax):
        return whoosh.DisjunctionMax([translated(clause) for clause in query.clauses])
    if isinstance(query, Near):
        left, right = translated(query.left), translated(query.right)
        return _Near(left, right, slop=query.distance, ordered=query.ordered)
    assert isinstance(query, Boolean) and query.minimum is None
    required = [translated(clause) for clause in query.must]
    if not query.must:
        required.append(whoosh.Or([translated(clause) for clause in query.should]))
        if not query.should:
            required = [whoosh.Every()] if query.must_not else [whoosh.NullQuery]
    return whoosh.And(required + [whoosh.Not(translated(clause)) for clause in query.must_not])


def _pattern(query: Query, name: str) -> Any:
    if isinstance(query, Prefix):
        return whoosh.Prefix(name, query.text)
    if isinstance(query, Wildcard):
        return whoosh.Wildcard(name, query.pattern)
    if isinstance(query, Regex):
        return whoosh.Regex(name, f"(?:{query.pattern})$")  # Whoosh matches beginnings
    assert isinstance(query, Fuzzy)
    return whoosh.FuzzyTerm(name, query.text, maxdist=query.edits, prefixlength=0)


def found_by_whoosh(index: Any, query: Query) -> set[str]:
    """The ids of all matches."""
    with index.searcher() as searcher:
        hits = searcher.search(translated(query), limit=None, optimize=False)
        return {hit["id"] for hit in hits}


def leaves() -> st.SearchStrategy[Query]:
    field = st.sampled_from([None, "title", "body"])
    word = st.sampled_from(WORDS)
    phrase = st.lists(word, min_size=1, max_size=3).map(" ".join)
    ends = st.sampled_from(["0", "2", "3"])
    terms = st.sampled_from(["a", "abc", "c", "dd"])
    single = word.map(lambda text: Word("body", text))
    return st.one_of(
        st.builds(Word, field, word),
        st.builds(Word, field, word),
        st.builds(Phrase, field, phrase),
        st.builds(Term, st.just("tags"), st.sampled_from(TAGS)),
        st.builds(Term, st.sampled_from(["title", "body"]), st.sampled_from(["a", "dd", "Ff"])),
        st.builds(All),
        st.builds(Prefix, field, st.sampled_from(["a", "ab", "d", "f", "x"])),
        st.builds(Prefix, st.just("tags"), st.sampled_from(["r", "R", "b"])),
        st.builds(Wildcard, field, st.sampled_from(["?", "a*", "?b?", "*d", "e?", "*"])),
        st.builds(Regex, field, st.sampled_from(["a|b", "ab[cd]", "d+", ".*5", "x"])),
        st.builds(Fuzzy, field, st.sampled_from(["abc", "dd", "abx"]), st.sampled_from([1, 2])),
        st.builds(Range, st.just("stars"), ends, ends, st.booleans(), st.booleans()),
        st.builds(Range, st.just("title"), terms, terms, st.booleans(), st.booleans()),
        st.builds(Range, st.just("tags"), st.just("R"), st.just("r"), st.booleans()),
        st.just(Exists("tags")),
        st.tuples(single, single, st.integers(1, 4), st.booleans())
        .filter(lambda parts: parts[0] != parts[1])
        .map(lambda parts: Near(*parts)),
    )


def trees() -> st.SearchStrategy[Query]:
    def booleans(clauses: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
        some = st.lists(clauses, max_size=3)
        return st.one_of(
            st.builds(Boolean, some, some, st.lists(clauses, max_size=2)),
            st.builds(Boost, clauses, st.just(2.0)),
            st.builds(Constant, clauses),
            st.lists(clauses, min_size=1, max_size=3).map(DisMax),
        )

    return leaves() | st.recursive(leaves(), booleans, max_leaves=6)


def documents_of(random: Random, number: int) -> list[dict[str, Any]]:
    """Documents with the keys "0", "1", …; early words are common, late ones rare."""

    def text(longest: int) -> str:
        words = [WORDS[int(random.random() ** 2 * len(WORDS))] for _ in range(longest)]
        return random.choice([" ", ", ", "-"]).join(words[: random.randint(0, longest)])

    return [
        {"id": str(key), "title": text(3), "body": text(12),
         "tags": random.sample(TAGS, random.randint(0, 2)), "stars": random.randint(-1, 4)}
        for key in range(number)
    ]  # fmt: skip


@settings(max_examples=30)
@given(
    st.integers(0, 10**6), st.integers(0, 40), st.integers(1, 3),
    st.lists(trees(), min_size=1, max_size=8),
)  # fmt: skip
def test_matches_are_those_of_whoosh(seed: int, number: int, segments: int, queries: list[Query]):
    documents = documents_of(Random(seed), number)
    theirs = whoosh_index(documents, segments)
    oracle = Oracle(SCHEMA)
    with sk.Index.in_memory(SCHEMA) as index:
        with index.writer() as writer:
            for document in documents:
                writer.add(document)
                oracle.add(document)
                if int(document["id"]) % 9 == 0:
                    writer.flush()
        for query in queries:
            wanted = found_by_whoosh(theirs, query)
            hits = index.search(query, limit=number + 1)
            assert set(hits.column("id")) == wanted
            assert index.count(query) == len(hits) == len(wanted)
            assert {key for key, _ in oracle.search(query)} == wanted


def test_matches_in_a_larger_collection():
    random = Random(3)
    documents = documents_of(random, 1500)
    theirs = whoosh_index(documents, 2)
    with sk.Index.in_memory(SCHEMA) as index:
        with index.writer() as writer:
            writer.add_many(documents)
        for text in (
            "a", "ff", "a b", "+a +ff", "+a b -c", "a OR NOT dd", "-a", '"a b"', '"b b a"',
            'title:"a a" body:dd', "(a b) AND (c ff) AND NOT dd", "tags:red -a", "*:* -tags:Red",
            "ab* -c", "a?c OR f*", "/ab[cd]/ AND dd", "abx~1", "stars:[1 TO 3} dd", "stars:>2",
            "body:a NEAR/2 body:dd", "body:a ONEAR/1 body:abc", "a | dd", "tags:* -stars:<=0",
        ):  # fmt: skip
            query = parse(text, SCHEMA.fields).query
            hits = index.search(text, limit=len(documents))
            assert set(hits.column("id")) == found_by_whoosh(theirs, query), text
            assert index.count(text) == len(hits)
