"""The filter chain against a naive one: a token at a time, every gap kept until the end."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from searchkit.analysis.chain import TERM_LIMIT, expand
from searchkit.analysis.filters import Function, as_filter, lowercase, stem, stop
from searchkit.errors import SchemaError


def naive(functions: list[Any], raw: str) -> tuple[tuple[str, int], ...]:
    """What a chain of plain functions makes of one raw token."""
    stream = [(raw, 1)]
    for function in functions:
        after: list[tuple[str, int]] = []
        for term, step in stream:
            made = [("", 1)] if not term else _normal(function(term))
            after.append((made[0][0], step + made[0][1] - 1))
            after.extend(made[1:])
        stream = after
    result: list[tuple[str, int]] = []
    position, last, at = 0, 0, {}
    for term, step in stream:
        position += step
        if term and term not in at.setdefault(position, set()):
            at[position].add(term)
            result.append((term, position - last))
            last = position
    if position > last and (result or position > 1):
        result.append(("", position - last))
    return tuple(result)


def _normal(output: Any) -> list[tuple[str, int]]:
    items = [output] if output is None or isinstance(output, str) else [i for i in output if i]
    pairs: list[tuple[str, int]] = []
    for item in items:
        pairs.append(item if isinstance(item, tuple) else (item or "", 0 if pairs else 1))
    return pairs or [("", 1)]


words = st.sampled_from(["", "a", "b", "c", "d", "ee"])
outputs = st.one_of(
    words,
    st.none(),
    st.lists(words, max_size=3),
    st.builds(
        lambda first, rest: [first, *rest],
        st.tuples(words, st.integers(1, 3)),
        st.lists(st.tuples(words, st.integers(0, 3)), max_size=3),
    ),
)
functions = st.dictionaries(words, outputs).map(lambda table: lambda term: table.get(term, term))


@given(st.lists(functions, max_size=4), st.lists(words.filter(bool), max_size=8))
def test_batch_equals_one_by_one(chain: list[Any], raws: list[str]) -> None:
    expected = [naive(chain, raw) for raw in raws]
    assert expand([Function(function) for function in chain], raws) == expected


def test_plain_chain() -> None:
    raws = ["The", "Running", "DOGS"]
    assert expand([lowercase, stop("english"), stem("english")], raws) == [
        (),
        (("run", 1),),
        (("dog", 1),),
    ]
    assert expand([], raws) == [(("The", 1),), (("Running", 1),), (("DOGS", 1),)]
    assert expand([lowercase], []) == []


def test_stacked_terms_are_kept_once() -> None:
    chain = [Function(lambda term: [term, term.lower(), "x"]), lowercase]
    assert expand(chain, ["Car", "x"]) == [(("car", 1), ("x", 0)), (("x", 1),)]


def test_what_is_dropped_behind_a_term_still_counts() -> None:
    split = Function(lambda term: [(part, 1) for part in term.split("_")])
    assert expand([split, stop(["of"])], ["end_of", "of_end", "of_of", "of"]) == [
        (("end", 1), ("", 1)),
        (("end", 2),),
        (("", 2),),
        (),
    ]


@pytest.mark.parametrize("character", ["x", "é", "日", "😀"])
def test_over_long_tokens_leave_a_gap(character: str) -> None:
    width = len(character.encode())
    fits = character * (TERM_LIMIT // width)
    over = fits + "xxxx"
    assert expand([], [fits, over, "b"]) == [((fits, 1),), (), (("b", 1),)]
    double = Function(lambda term: term * 2)
    assert expand([double], [fits, "b"]) == [(), (("bb", 1),)]
    stack = Function(lambda term: [term, term * 2])
    assert expand([stack], [fits, "b"]) == [((fits, 1),), (("b", 1), ("bb", 0))]


class _Sub(str):
    __slots__ = ()


def test_subclasses_of_str_become_plain() -> None:
    for made in (lambda term: _Sub(term), lambda term: [_Sub(term)]):
        ((pair,),) = expand([Function(made)], ["a"])
        assert pair == ("a", 1)
        assert type(pair[0]) is str


@pytest.mark.parametrize(
    "output",
    [
        1, 0, True, False, b"a", 1.5, {"a"}, {"a": 1}, ("a", 1), [1], [("a",)], [("a", 1, 2)],
        [("a", 1.0)], [("a", True)], [("a", 0)], [("a", -1)], [("a", 1), ("b", -1)],
        [("a", 1001)], [(None, 1)], [["a"]], "\ud800", ["a", "\ud800"], [("\ud800", 1)],
    ],
)  # fmt: skip
def test_a_wrong_output_names_filter_and_token(output: object) -> None:
    def my_filter(term: str) -> Any:
        return output if term == "bad" else term

    with pytest.raises(SchemaError, match=r"my_filter.*'bad'") as caught:
        expand([lowercase, Function(my_filter)], ["good", "bad", "also"])
    assert caught.value.hint


def test_generators_are_refused() -> None:
    def parts(term: str) -> Any:
        yield term

    with pytest.raises(SchemaError, match="generator"):
        expand([Function(parts)], ["a"])


def test_a_filter_that_raises_is_named_with_its_token() -> None:
    def fails(term: str) -> str:
        return str(1 // (len(term) - 3))

    with pytest.raises(SchemaError, match=r"fails.*'bad'.*ZeroDivisionError") as caught:
        expand([Function(fails)], ["good", "bad", "also"])
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


class _Batch:
    def __init__(self, function: Any) -> None:
        self.apply = function


@pytest.mark.parametrize(
    "function",
    [
        lambda terms: terms[:-1],
        lambda terms: [*terms, "a"],
        lambda terms: "".join(terms),
        lambda terms: None,
        lambda terms: iter(terms),
    ],
)
def test_apply_must_return_as_many(function: Any) -> None:
    with pytest.raises(SchemaError, match="one output a token"):
        expand([as_filter(_Batch(function))], ["a", "b"])


def test_a_batch_that_fails_only_together() -> None:
    def together(terms: list[str]) -> list[str]:
        if len(terms) > 1:
            raise ValueError("too many")
        return terms

    with pytest.raises(SchemaError, match="on none alone: ValueError: too many"):
        expand([as_filter(_Batch(together))], ["a", "b"])


def test_keyboard_interrupt_passes() -> None:
    def interrupted(term: str) -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        expand([Function(interrupted)], ["a"])


def test_our_own_errors_pass_unchanged() -> None:
    def refuses(term: str) -> str:
        raise SchemaError("mine")

    with pytest.raises(SchemaError, match=r"^mine$"):
        expand([Function(refuses)], ["a"])
