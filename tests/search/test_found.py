"""Found: the array that hits are, against the list of tuples that it is made of."""

from __future__ import annotations

from array import array
from random import Random

import pytest

import searchkit as sk
from searchkit.search.found import Found


def test_in_and_out() -> None:
    random = Random(3)
    rows = [(random.random() * 9, random.randrange(1 << 40), 3, 1 << 30) for _ in range(50)]
    found = Found()
    assert (len(found), found._found, found.scores) == (0, [], array("f"))
    found._found = rows
    assert len(found) == 50
    assert found._found == rows
    assert found.scores == array("f", [row[0] for row in rows])
    with pytest.raises(ValueError):
        found._found = rows
    with pytest.raises(TypeError):
        Found()._found = None  # type: ignore[assignment]
    with pytest.raises(OverflowError):
        Found()._found = [(1.0, -1, 0, 0)]


@pytest.mark.parametrize("segments", [1, 2, 8, 9, 12])
def test_the_best_of_all_segments(segments: int) -> None:
    """Pages and limits of any size are parts of the whole, ranked by score, then by age."""
    random = Random(segments)
    index = sk.Index.in_memory(
        sk.Schema(id=sk.Keyword(key=True), number=sk.Integer(), text=sk.Text())
    )
    number = 0
    with index.writer() as writer:
        for _ in range(segments):
            for _ in range(random.randint(5, 60)):
                text = " ".join(random.choices("abcd", k=random.randint(1, 6)))
                writer.add({"id": str(number), "number": number, "text": text})
                number += 1
            writer.commit()
        for at in range(0, number, 7):
            writer.delete(str(at))
    for text in ("a", "a b", "+a +b", "a -b", '"a b"', '+"a b" c'):
        whole = index.search(text, limit=None, total=True)
        ranks = [(-score, seq) for score, seq, _, _ in whole._found]
        assert ranks == sorted(ranks)
        assert len(whole) == whole.total == index.count(text) > 0
        assert whole.column("number") == [int(one) for one in whole.column("id")]
        assert whole.column("id") == [hit.id for hit in whole]
        for limit, offset in (
            (0, 0),
            (1, 0),
            (3, 2),
            (10, len(whole) - 1),
            (5, 10**6),
            (10**30, 1),
        ):
            page = index.search(text, limit, offset)
            assert page._found == whole._found[offset : offset + limit]
            assert page.scores == whole.scores[offset : offset + limit]
            assert [hit.id for hit in page] == whole.column("id")[offset : offset + limit]
            assert page.total == whole.total
