"""bm25s, which keeps every term's scores in a sparse matrix: terms and unions, the best hits."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

import bm25s
import numpy as np
import Stemmer
from bm25s.tokenization import Tokenizer

import forms
from corpus import Corpus
from engines.protocol import Answer
from layout import Layout


class Bm25s:
    """Lucene's variant of BM25, English stemming, no stop words, the Numba backend."""

    name = "bm25s"

    @property
    def version(self) -> str:
        """The version of the package."""
        return metadata.version("bm25s")

    def build(self, corpus: Corpus, folder: str, threads: int | None, layout: Layout) -> None:
        """Tokenize, score, save."""
        ids: list[str] = []

        def texts() -> object:
            for document in corpus.read():
                ids.append(document["id"])
                yield document["text"]

        tokenizer = _tokenizer()
        tokens = tokenizer.tokenize(
            texts(), update_vocab=True, length=corpus.documents, show_progress=False
        )
        matrix = bm25s.BM25(k1=1.2, b=0.75, method="lucene", backend="numba")
        matrix.index((tokens, tokenizer.get_vocab_dict()), show_progress=False)
        matrix.save(folder)
        tokenizer.save_vocab(folder)
        np.save(Path(folder, "ids.npy"), np.array(ids))

    def open(self, folder: str) -> OpenBm25s:
        """Load the index into memory."""
        return OpenBm25s(folder)


class OpenBm25s:
    """A loaded bm25s index."""

    counts = False
    segments = 1

    def __init__(self, folder: str) -> None:
        self._matrix = bm25s.BM25.load(folder, backend="numba")
        self._tokenizer = _tokenizer()
        self._tokenizer.load_vocab(folder)
        self._ids = np.load(Path(folder, "ids.npy"))

    def prepare(self, text: str) -> str | None:
        """The text as it is, of a term or a union."""
        return text if forms.kind(text) in ("term", "or") else None

    def top(self, query: str, limit: int) -> Answer:
        """Ids and scores of the best documents, of which the last may not match: they score 0."""
        tokens = self._tokenizer.tokenize([query], update_vocab=False, show_progress=False)
        ids, scores = self._matrix.retrieve(
            tokens, corpus=self._ids, k=limit, n_threads=1, show_progress=False
        )
        return ids[0].tolist(), scores[0].tolist()


def _tokenizer() -> Tokenizer:
    stemmer = Stemmer.Stemmer("english")
    return Tokenizer(splitter=r"\w+", stopwords=None, stemmer=stemmer)
