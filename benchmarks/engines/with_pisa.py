"""PISA, through the native module of its Python binding `pyterrier_pisa`.

It finds the best of terms, unions and intersections; it counts nothing and has no positions. How a
query is run is the caller's choice, so the engine is there twice: with the algorithms of the
MAXSCORE family and with those of WAND. The better one of a class is compared.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

import numpy as np
from pyterrier_pisa import _pisathon

import forms
from corpus import Corpus
from engines.protocol import Answer
from layout import Layout

ENCODING = "block_simdbp"  # the binding's default
STEMMER = "porter2"
MOST = 100  # hits a call
# documents inverted at a time: with one thread the binding waits for ever after the first batch
BATCH = 1_000_000

MAXSCORE = {
    "term": "block_max_maxscore",
    "or": "block_max_maxscore",
    "and": "block_max_ranked_and",
}
WAND = {"term": "block_max_wand", "or": "block_max_wand", "and": "ranked_and"}


class Pisa:
    """A Porter2-stemmed index without stop words, asked by `block_max_maxscore`."""

    name = "pisa"
    algorithms = MAXSCORE

    @property
    def version(self) -> str:
        """The version of the binding."""
        return metadata.version("pyterrier_pisa")

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Write the lines as PISA reads them, index, compress."""
        lines = Path(folder, "lines.txt")
        with lines.open("w") as out:
            for document in corpus.read():
                text = document["text"].replace("\n", " ").replace("\r", " ")
                out.write(f"{document['id']} {text}\n")
        with _quiet():
            _pisathon.index(str(lines), folder, STEMMER, BATCH, threads or 1)
            _context(folder)
        lines.unlink()

    def open(self, folder: str) -> OpenPisa:
        """Open the index for searching."""
        return OpenPisa(folder, self.algorithms)


class PisaWand(Pisa):
    """The same, asked by `block_max_wand`."""

    name = "pisa-wand"
    algorithms = WAND


class OpenPisa:
    """An open PISA index."""

    counts = False
    segments = 1

    def __init__(self, folder: str, algorithms: dict[str, str]) -> None:
        self._context = _context(folder)
        self._algorithms = algorithms
        self._numbers = np.empty(MOST, np.int32)
        self._ids = np.empty(MOST, object)
        self._ranks = np.empty(MOST, np.int32)
        self._scores = np.empty(MOST, np.float32)

    def prepare(self, text: str) -> tuple[str, str] | None:
        """The algorithm and the text; the tokenizer passes over a `+`."""
        algorithm = self._algorithms.get(forms.kind(text))
        return (algorithm, text) if algorithm else None

    def top(self, query: tuple[str, str], limit: int) -> Answer:
        """Ids and scores of the best hits."""
        algorithm, text = query
        found = _pisathon.retrieve(
            self._context,
            algorithm,
            [(0, text)],
            k=limit,
            threads=1,
            pretokenised=False,
            query_weighted=0,
            result_qidxs=self._numbers,
            result_docnos=self._ids,
            result_ranks=self._ranks,
            result_scores=self._scores,
        )
        return self._ids[:found].tolist(), self._scores[:found].tolist()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the progress that the native module writes to standard error."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _context(folder: str) -> object:
    context = _pisathon.RetrievalContext()
    _pisathon.prepare_index(
        context, folder, ENCODING, "bm25", STEMMER, bm25_k1=1.2, bm25_b=0.75, stop_fname=""
    )
    return context
