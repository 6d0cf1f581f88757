"""Which fragments of a text show best what was found in it, and where they are cut.

In go a text and the places of its matches; out come stretches of characters, and lines.
Everything here looks at a fragment's surroundings alone, or at all matches once.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    _Found = tuple[int, int, int]  # start, end, number of the thing

__all__ = ["cut", "densest", "fragment", "merged"]

_SENTENCE_ENDS = (". ", ".\n", "! ", "!\n", "? ", "?\n", "\n\n", "。", "！", "？")
_ELLIPSIS = "…"


def densest(found: list[_Found], size: int, shown: set[int]) -> tuple[int, int]:
    """Where the best stretch of at most ``size`` characters begins and ends: with the most
    different things, those in ``shown`` counting half, then the shortest, then the first."""
    best = (0, 0, 0)
    place = found[0][:2]
    held: dict[int, int] = {}
    weight = left = 0
    for start, end, thing in found:
        held[thing] = held.get(thing, 0) + 1
        if held[thing] == 1:
            weight += 1 if thing in shown else 2
        while True:
            first, _, oldest = found[left]
            if first == start and oldest == thing:
                break
            if held[oldest] == 1 and end - first <= size:
                break
            held[oldest] -= 1
            if not held[oldest]:
                weight -= 1 if oldest in shown else 2
            left += 1
        score = (weight, found[left][0] - end, -start)
        if score > best:
            best, place = score, (found[left][0], end)
    return place


def fragment(text: str, first: int, last: int, size: int, low: int, high: int) -> tuple[int, int]:
    """A stretch of about ``size`` characters around ``first`` to ``last``, within ``low``
    to ``high``, that begins and ends between sentences if it can, else between words."""
    room = max(size - (last - first), 0)
    # A fragment near the end of the text has room to begin earlier.
    lead = max(room // 2, room - max(high - last, 0))
    sentence = _first_sentence_end(text, last, min(last + room, high))
    earliest = max(low, sentence - size)
    start = _sentence_start(text, max(earliest, first - lead), first)
    if start < 0 and sentence >= 0:
        start = _sentence_start(text, earliest, first)
    if start < 0:
        start = _word_start(text, max(low, first - room // 3), first)
    limit = min(high, max(start + size, min(last, first + size)))
    if limit < high:
        floor = min(max(last, start + size // 2), limit)
        end = _sentence_end(text, floor, limit)
        limit = end if end > 0 else _word_end(text, floor, limit)
    return start, max(limit, min(first + 1, high))


def _sentence_start(text: str, low: int, high: int) -> int:
    """Where the first sentence that begins from ``low`` to ``high`` does; -1 without one."""
    if low == 0:
        return 0
    starts = []
    for mark in _SENTENCE_ENDS:
        at = text.find(mark, max(low - len(mark), 0), high)
        if at >= 0:
            starts.append(at + len(mark))
    return min(starts, default=-1)


def _first_sentence_end(text: str, low: int, high: int) -> int:
    """Where the first sentence that ends from ``low`` to ``high`` does; -1 without one."""
    ends = []
    for mark in _SENTENCE_ENDS:
        at = text.find(mark, max(low - 1, 0), high + 1)
        if at >= 0:
            ends.append(at + len(mark.rstrip()))
    if high == len(text):
        ends.append(high)
    return min(ends, default=-1)


def _sentence_end(text: str, low: int, high: int) -> int:
    """Where the last sentence that ends from ``low`` to ``high`` does; -1 without one."""
    ends = []
    for mark in _SENTENCE_ENDS:
        at = text.rfind(mark, max(low - 1, 0), high + 1)
        if at >= 0:
            ends.append(at + len(mark.rstrip()))
    return max(ends, default=-1)


def _word_start(text: str, low: int, high: int) -> int:
    """The first beginning of a word from ``low`` to ``high``."""
    if low == 0 or text[low - 1].isspace():
        return low
    for at in range(low, high):
        if text[at].isspace():
            return at + 1
    for at in range(low, min(low + 16, high)):  # scripts without spaces
        if text[at].isalnum():  # not in the middle of a character and its marks
            return at
    return high


def _word_end(text: str, low: int, high: int) -> int:
    """The last end of a word from ``low`` to ``high``."""
    if text[high].isspace():
        return high
    for at in range(high, low, -1):
        if text[at - 1].isspace():
            return at
    for at in range(high, max(high - 16, low), -1):
        if text[at].isalnum() or text[at].isascii():
            return at
    return high


def merged(found: list[_Found]) -> list[tuple[int, int]]:
    """The places of all matches, those that overlap as one."""
    spans: list[tuple[int, int]] = []
    for start, end, _ in found:
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def cut(
    text: str, start: int, end: int, spans: list[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    """``text[start:end]`` on one line, runs of space made one, with an ellipsis where a
    sentence was cut, and where the ``spans`` are in that."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    pieces = ["" if _begins_sentence(text, start) else _ELLIPSIS]
    length = len(pieces[0])
    marked = []
    at = start
    for one, two in spans:
        one, two = max(one, start), min(two, end)
        if one >= two:
            continue
        outside, inside = _squeezed(text[at:one]), _squeezed(text[one:two])
        pieces += [outside, inside]
        length += len(outside)
        marked.append((length, length + len(inside)))
        length += len(inside)
        at = two
    pieces.append(_squeezed(text[at:end]))
    if not _ends_sentence(text, end):
        pieces.append(_ELLIPSIS)
    return "".join(pieces), marked


def _squeezed(text: str) -> str:
    words = " ".join(text.split())
    if not words:
        return " " if text else ""
    return (" " if text[0].isspace() else "") + words + (" " if text[-1].isspace() else "")


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(start - 64, 0) : start]
    bare = before.rstrip()
    return not bare or bare[-1] in ".!?。！？" or "\n\n" in before[len(bare) :]


def _ends_sentence(text: str, end: int) -> bool:
    after = text[end : end + 64]
    bare = after.lstrip()
    if not bare or (end and text[end - 1] in "。！？"):
        return True
    space = after[: len(after) - len(bare)]
    return "\n\n" in space or (bool(space) and text[end - 1 : end] in (".", "!", "?"))
