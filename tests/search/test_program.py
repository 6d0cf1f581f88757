"""Programs: what may be put together, and that all of it is checked."""

from __future__ import annotations

from array import array

import pytest

from helpers.twins_search import Corpus, Node
from searchkit.errors import CorruptIndexError
from searchkit.search import windows
from searchkit.search.program import MUST, MUST_NOT, SHOULD, Program


def corpus() -> Corpus:
    texts = {b"a": [(1, 1, [0]), (3, 1, [0])], b"b": [(3, 1, [1])]}
    exact = {b"k": [(0, 1, None), (3, 1, None)]}
    return Corpus(texts, [0, 1, 0, 2], exact, {"Bs": [[1], [2], [], [3]]}, set())  # type: ignore[arg-type]


def test_an_incomplete_program_does_not_run() -> None:
    program = Program(4, None, None, "x")
    with pytest.raises(ValueError, match="isn't complete"):
        windows.count(program)
    program.begin_boolean(MUST, 0)
    program.add_all(MUST)
    with pytest.raises(ValueError, match="isn't complete"):
        windows.count(program)
    program.end_boolean()
    assert windows.count(program) == 4


def test_one_root() -> None:
    program = Program(4, None, None, "x")
    program.add_all(MUST)
    with pytest.raises(ValueError, match="one root"):
        program.add_all(MUST)
    with pytest.raises(ValueError, match="no Boolean node is open"):
        program.end_boolean()


def test_a_running_program_takes_no_more() -> None:
    program = Program(4, None, None, "x")
    program.begin_boolean(MUST, 0)
    program.add_none(SHOULD)
    program.end_boolean()
    assert windows.count(program) == 0
    with pytest.raises(ValueError, match="running already"):
        program.begin_boolean(MUST, 0)


def test_a_program_runs_again() -> None:
    one = corpus()
    node = Node("boolean", should=[Node("term", terms=[b"a"], a=1.0), Node("exact", terms=[b"k"])])
    program = one.program(node)
    for _ in range(2):
        assert windows.count(program) == 3
        assert list(windows.matches(program)) == [0, 1, 3]
        assert windows.top(program, 1, 0.0)[0] == [(1.5, 3)]
        assert list(windows.score(program, array("I", [0, 3]))) == [1.0, 1.5]


def test_roles() -> None:
    one = corpus()
    a, k = Node("term", terms=[b"a"]), Node("exact", terms=[b"k"])
    for node, wanted in (
        (Node("boolean", must=[a, k]), [3]),
        (Node("boolean", must=[a], should=[k]), [1, 3]),
        (Node("boolean", must=[a], should=[k], minimum=1), [3]),
        (Node("boolean", must=[a], must_not=[k]), [1]),
        (Node("boolean", should=[a, k], minimum=2), [3]),
        (Node("boolean", must_not=[a]), []),  # a planner puts all documents beside it
    ):
        assert list(windows.matches(one.program(node))) == wanted


def test_ordinals_are_checked() -> None:
    one = corpus()
    text, keys = one.text, one.keys
    for ordinal in (-1, 2, 2**40):
        program = Program(4, None, None, "x")
        with pytest.raises(IndexError):
            program.add_term(MUST, text.postings, text.terms, ordinal, 1.0, 0.0, 0.0)
        with pytest.raises(IndexError):
            Program(4, None, None, "x").add_exact(MUST, keys.postings, keys.terms, ordinal)
        with pytest.raises(IndexError):
            slots = [(0, [0]), (1, [ordinal])]
            Program(4, None, None, "x").add_phrase(
                MUST, text.postings, text.terms, slots, 0, 1.0, 0.0, 0.0
            )


def test_postings_of_another_segment() -> None:
    one = corpus()
    with pytest.raises(ValueError, match="another segment"):
        Program(5, None, None, "x").add_exact(MUST, one.keys.postings, one.keys.terms, 0)


def test_sizes_are_checked() -> None:
    one = corpus()
    with pytest.raises(ValueError, match="deleted documents is too small"):
        Program(65, bytes(8), None, "x")
    with pytest.raises(ValueError, match="one sequence number a document"):
        Program(4, None, memoryview(array("Q", [1, 2, 3])), "x")
    values = memoryview(array("B", [1, 2, 3]))
    with pytest.raises(ValueError, match="one value a document"):
        Program(4, None, None, "x").add_column(MUST, values, None, None, 0, 1)
    offsets = memoryview(array("I", [0, 1, 2, 3]))
    with pytest.raises(ValueError, match="one offset a document and one more"):
        Program(4, None, None, "x").add_column(MUST, values, offsets, None, 0, 1)
    values = memoryview(array("B", bytes(100)))
    with pytest.raises(ValueError, match="documents with a value is too small"):
        Program(100, None, None, "x").add_column(MUST, values, None, bytes(8), 0, 1)
    floats = memoryview(array("f", bytes(16)))
    with pytest.raises(ValueError, match="no column has values of type f"):
        Program(4, None, None, "x").add_column(MUST, floats, None, None, 0, 1)
    assert one.docs == 4


@pytest.mark.parametrize("offsets", [[0, 1, 2, 9], [2, 1, 2, 3], [2**32 - 1, 0, 1, 2]])
@pytest.mark.parametrize("typecode", "IQ")
def test_offsets_outside_a_column(offsets: list[int], typecode: str) -> None:
    program = Program(3, None, None, "the file")
    views = memoryview(array("B", [1, 2, 3])), memoryview(array(typecode, offsets))
    program.add_column(MUST, *views, None, 0, 9)
    with pytest.raises(CorruptIndexError, match="the file"):
        windows.count(program)


def test_sequence_numbers_order_ties() -> None:
    for typecode in "IQ":
        seq = memoryview(array(typecode, [5, 3, 9, 1]))
        program = Program(4, None, seq, "x")
        program.add_all(MUST_NOT)  # a root's role says nothing
        found, _ = windows.top(program, 2, 0.0)
        assert sorted(found) == [(1.0, 1), (1.0, 3)]
