"""Lists with blocks that aren't full, anywhere, as merges that copy blocks leave them: every
kernel answers as the oracle does."""

from __future__ import annotations

from functools import cache, partial
from random import Random
from unittest.mock import patch

from hypothesis import given, strategies as st

import searchkit as sk
from helpers.agreement import Change, apply, check_search, check_statistics
from helpers.random_documents import SCHEMA, bulk
from helpers.random_queries import Search, searches
from oracle import Oracle
from searchkit.indexing import merge
from searchkit.storage import MemoryDirectory


@cache
def merged(seed: int) -> tuple[sk.Index, Oracle]:
    """A segment merged of several of different sizes, some deletions in the last, then again."""
    random = Random(seed)
    index, oracle = sk.Index.create(MemoryDirectory(), SCHEMA), Oracle(SCHEMA)
    always = partial(merge.merge_postings, least_full=1)
    with patch.object(merge, "merge_postings", always), index.writer(memory_mb=16) as writer:
        documents = iter(bulk(random, 900))
        for sizes in ((140, 260, 131), (139, 230)):
            for size in sizes:
                for _ in range(size):
                    apply(Change("add", next(documents)), writer, oracle)
                writer.flush()
            if seed % 2:
                for key in range(10 * len(sizes), 10 * len(sizes) + 7):
                    apply(Change("delete", str(key)), writer, oracle)
            writer.optimize()
    (view,) = index.snapshot.segments
    for name in ("title", "body"):
        kinds = view.segment.container.array(f"f{SCHEMA.ids[name]}.blocks.kinds")
        assert sum(kind < 128 for kind in kinds) > 3
    return index, oracle


@given(st.integers(0, 3), searches())
def test_every_answer_is_the_oracles(seed: int, search: Search) -> None:
    index, oracle = merged(seed)
    check_search(index, oracle, search, [(3, 0), (10, 0), (40, 2)])


def test_statistics() -> None:
    for seed in range(4):
        index, oracle = merged(seed)
        check_statistics(index, oracle, merged=True)
