"""No engine: only the reading of the documents, a share of every build's time."""

from __future__ import annotations

from collections import deque

from corpus import Corpus
from engines.protocol import OpenIndex
from layout import Layout


class Reading:
    """Reads and parses the lines and drops the documents."""

    name = "reading"
    version = "-"

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Parse every line."""
        deque(corpus.read(), maxlen=0)

    def open(self, folder: str) -> OpenIndex:
        """There is nothing to open."""
        raise SystemExit("'reading' builds no index")
