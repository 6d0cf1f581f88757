"""The filter chain: a batch of raw tokens in, their terms out.

A *per-term* filter is a pure function of a token. ``filter.apply(terms)`` takes a list
and returns a list as long, of outputs: ``None`` or ``""`` (dropped, leaves a gap), a
``str``, or a list of ``str`` (stacked at one position) or of ``(str, increment)`` pairs,
each increment relative to the token before; the first is at least 1.

Batches are long (an index hands over every token it hasn't seen before), so as long as
each output is one string, the work is done list by list.
"""

from __future__ import annotations

from itertools import compress, repeat

from searchkit.errors import SchemaError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Protocol

    _Expansion = tuple[tuple[str, int], ...]

    class _TermFilter(Protocol):
        """A per-term filter; ``trusted`` ones are ours: their outputs aren't checked;
        ``total`` ones give a ``str``, not empty, for every term."""

        trusted: bool
        total: bool

        def apply(self, terms: list[str]) -> list[Any]: ...


__all__ = ["TERM_LIMIT", "expand", "fits"]

TERM_LIMIT = 32_766
"""The longest token or term, in bytes of UTF-8; longer ones leave a gap."""

INCREMENT_LIMIT = 1_000


def expand(filters: Sequence[_TermFilter], raws: list[str]) -> list[_Expansion]:
    """For each raw token its ``(term, increment)`` pairs; ``()`` is a gap of one position.

    The empty term stands for no term, only its increment counts: that is how several
    positions dropped together, or after a term, are said. SchemaError, naming filter and
    token, if a filter raises or returns what no filter may.
    """
    if not raws:
        return []
    if max(map(len, raws)) > TERM_LIMIT // 4:
        flow = _Flow(raws)
        flow.replace(_short(raws))
        return _general(filters, flow)
    terms = raws
    for number, current in enumerate(filters):
        outputs = _apply(current, terms)
        if not current.total and (set(map(type, outputs)) != {str} or not all(outputs)):
            flow = _Flow(terms)
            flow.replace(outputs)
            return _general(filters[number + 1 :], flow)
        terms = outputs
    if max(map(len, terms)) > TERM_LIMIT // 4:
        return _general((), _Flow(terms))
    return list(zip(zip(terms, repeat(1))))


def _general(filters: Sequence[_TermFilter], flow: _Flow) -> list[_Expansion]:
    """The rest of the chain once something was dropped or stacked."""
    for current in filters:
        if not flow.terms:
            break
        flow.replace(_apply(current, flow.terms))
    if flow.terms and max(map(len, flow.terms)) > TERM_LIMIT // 4:
        flow.replace(_short(flow.terms))
    return flow.expansions()


class _Flow:
    """Terms on their way through a chain: each with the raw token it comes from (owner)
    and its increment (step); ``trailing`` has what was dropped behind an owner's last."""

    __slots__ = ("owners", "simple", "size", "steps", "terms", "trailing")

    def __init__(self, terms: list[str]) -> None:
        self.terms = terms
        self.size = len(terms)
        self.owners: Sequence[int] = range(self.size)
        self.steps: list[int] = []
        self.trailing: dict[int, int] = {}
        self.simple = True  # at most one term an owner, each with step 1

    def replace(self, outputs: list[Any]) -> None:
        """Puts a filter's outputs in the place of the terms."""
        if self.simple:
            if set(map(type, outputs)) <= _SIMPLE:
                self.terms = list(compress(outputs, outputs))
                if len(self.terms) < len(outputs):
                    self.owners = list(compress(self.owners, outputs))
                return
            self._count_gaps()
        terms: list[str] = []
        owners: list[int] = []
        steps: list[int] = []
        gap, last = 0, -1
        for output, owner, step in zip(outputs, self.owners, self.steps):
            if owner != last:
                self._trail(last, gap)
                gap, last = 0, owner
            for term, increment in _pairs(output):
                gap += step + increment - 1
                step = 1
                if term:
                    terms.append(term)
                    owners.append(owner)
                    steps.append(gap)
                    gap = 0
        self._trail(last, gap)
        self.terms, self.owners, self.steps = terms, owners, steps

    def _count_gaps(self) -> None:
        self.simple = False
        self.steps = [1] * len(self.terms)
        kept = set(self.owners)
        self.trailing = {owner: 1 for owner in range(self.size) if owner not in kept}

    def _trail(self, owner: int, gap: int) -> None:
        if gap:
            self.trailing[owner] = self.trailing.get(owner, 0) + gap

    def expansions(self) -> list[_Expansion]:
        """One for each owner; a term twice at one position is kept once."""
        result: list[Any] = [()] * self.size
        if self.simple:
            for owner, single in zip(self.owners, zip(zip(self.terms, repeat(1)))):
                result[owner] = single
            return result
        last, seen = -1, set()
        for term, owner, step in zip(self.terms, self.owners, self.steps):
            if owner != last or step:
                seen = {term}
            elif term in seen:
                continue
            else:
                seen.add(term)
            result[owner] += ((term, step),)
            last = owner
        for owner, gap in self.trailing.items():
            if result[owner] or gap > 1:
                result[owner] += (("", gap),)
        return result


_SIMPLE = {str, type(None)}


def _pairs(output: Any) -> Sequence[tuple[str, int]]:
    """An output of any form as pairs; a dropped one as an empty term."""
    if not output:
        return (("", 1),)
    if type(output) is str:
        return ((output, 1),)
    pairs = []
    for item in output:
        if type(item) is tuple:
            pairs.append(item)
        elif item:
            pairs.append((item, 0 if pairs else 1))
    return pairs or (("", 1),)


def fits(term: str) -> bool:
    """Whether ``term`` is neither empty nor over the limit."""
    size = len(term)  # a character has 4 bytes at most
    return 0 < size <= TERM_LIMIT // 4 or 0 < size <= TERM_LIMIT >= len(term.encode())


def _short(terms: list[str]) -> list[str | None]:
    """Terms over the limit replaced by None."""
    return [t if fits(t) else None for t in terms]


def _apply(current: _TermFilter, terms: list[str]) -> list[Any]:
    """The filter's outputs, checked; SchemaError naming filter and token."""
    if current.trusted:
        return current.apply(terms)
    try:
        outputs: Any = current.apply(terms)
    except SchemaError:
        raise
    except Exception as error:
        raise _blamed(current, terms, error) from error
    if not isinstance(outputs, list) or len(outputs) != len(terms):
        raise SchemaError(
            f"filter {current!r}: apply() must return a list with one output a token",
            hint=f"{len(terms)} tokens went in, {_size(outputs)} came out",
        )
    checked: list[Any] = outputs
    if not set(map(type, outputs)) <= _SIMPLE:
        checked = [
            output if type(output) in _SIMPLE else _checked(current, term, output)
            for term, output in zip(terms, outputs)
        ]
    _check_characters(current, terms, checked)
    return checked


def _checked(current: _TermFilter, term: str, output: Any) -> Any:
    """An output that is no plain str or None: lists of str or pairs, or a SchemaError."""
    if isinstance(output, str):
        return str.__str__(output)
    if not isinstance(output, (list, tuple)):
        raise _wrong(current, term, output)
    items: list[Any] = []
    for item in output:
        if isinstance(item, str):
            items.append(str.__str__(item))
            continue
        if item is None:
            continue
        fits = isinstance(item, (list, tuple)) and len(item) == 2
        if not fits or not isinstance(item[0], str) or type(item[1]) is not int:
            raise _wrong(current, term, output)
        first = not items
        if not (1 if first else 0) <= item[1] <= INCREMENT_LIMIT:
            raise SchemaError(
                f"filter {current!r} gave token {term[:60]!r} the position increment {item[1]}",
                hint=f"the first is 1 or more, the others 0 or more, all up to {INCREMENT_LIMIT:,}",
            )
        items.append((str.__str__(item[0]), item[1]))
    return items


def _check_characters(current: _TermFilter, terms: list[str], outputs: list[Any]) -> None:
    """SchemaError if an output has lone surrogates, which UTF-8 can't hold."""
    try:
        "".join([o for o in outputs if type(o) is str]).encode()
        for output in outputs:
            if type(output) is list:
                "".join([i if type(i) is str else i[0] for i in output]).encode()
    except UnicodeEncodeError:
        for term, output in zip(terms, outputs):
            if any("\ud800" <= c <= "\udfff" for text, _ in _pairs(output) for c in text):
                raise SchemaError(
                    f"filter {current!r} made a term with a lone surrogate of {term[:60]!r}",
                    hint="terms are valid Unicode",
                ) from None


def _blamed(current: _TermFilter, terms: list[str], error: Exception) -> SchemaError:
    """The error for a filter that raised on a batch: finds the token."""
    for term in terms:
        try:
            current.apply([term])
        except Exception as own:
            message = f"filter {current!r} raised on token {term[:60]!r}: "
            return SchemaError(
                message + f"{type(own).__name__}: {own}",
                hint="a filter must take any token: letters, marks and digits of all scripts",
            )
    return SchemaError(
        f"filter {current!r} raised on a batch of {len(terms)} tokens, but on none alone: "
        f"{type(error).__name__}: {error}",
        hint="a filter must be a pure function of each token",
    )


def _wrong(current: _TermFilter, term: str, output: object) -> SchemaError:
    return SchemaError(
        f"filter {current!r} returned a {type(output).__name__} for token {term[:60]!r}",
        hint="return a str, None to drop it, or a list of str or of (str, increment) pairs",
    )


def _size(outputs: object) -> str:
    return str(len(outputs)) if isinstance(outputs, list) else f"a {type(outputs).__name__}"
