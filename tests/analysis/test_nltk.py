"""The adapter against NLTK itself."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from searchkit.analysis import analyzer, lowercase, nltk
from searchkit.errors import SchemaError

pytest.importorskip("nltk")

WORDS = [
    "running",
    "flies",
    "generously",
    "aufeinanderschlügen",
    "häuser",
    "книгами",
    "يكتبون",
    "a",
]
TEXT = "Don't hesitate (really): e-mail @me, pay $3.50!\n\nGrüße aus Zürich :-)"
STEMMERS = {
    "arlstem": "nltk.stem.arlstem:ARLSTem",
    "arlstem2": "nltk.stem.arlstem2:ARLSTem2",
    "cistem": "nltk.stem.cistem:Cistem",
    "isri": "nltk.stem.isri:ISRIStemmer",
    "lancaster": "nltk.stem.lancaster:LancasterStemmer",
    "porter": "nltk.stem.porter:PorterStemmer",
}
TOKENIZERS = {
    "blankline": "nltk.tokenize:BlanklineTokenizer",
    "line": "nltk.tokenize:LineTokenizer",
    "nltkword": "nltk.tokenize:NLTKWordTokenizer",
    "sexpr": "nltk.tokenize:SExprTokenizer",
    "space": "nltk.tokenize:SpaceTokenizer",
    "tab": "nltk.tokenize:TabTokenizer",
    "toktok": "nltk.tokenize:ToktokTokenizer",
    "treebank": "nltk.tokenize:TreebankWordTokenizer",
    "tweet": "nltk.tokenize:TweetTokenizer",
    "whitespace": "nltk.tokenize:WhitespaceTokenizer",
    "wordpunct": "nltk.tokenize:WordPunctTokenizer",
}


def _theirs(path: str, *arguments: str) -> Any:
    module, _, name = path.partition(":")
    __import__(module)
    return getattr(sys.modules[module], name)(*arguments)


def _languages() -> tuple[str, ...]:
    from nltk.stem.snowball import SnowballStemmer

    languages: tuple[str, ...] = SnowballStemmer.languages
    return languages


@pytest.mark.parametrize("name", STEMMERS)
def test_stemmers(name: str) -> None:
    theirs = _theirs(STEMMERS[name])
    assert nltk(name).apply(WORDS) == [theirs.stem(word) for word in WORDS]


@pytest.mark.parametrize("language", _languages())
def test_snowball(language: str) -> None:
    theirs = _theirs("nltk.stem.snowball:SnowballStemmer", language)
    assert nltk(f"snowball:{language}").apply(WORDS) == [theirs.stem(word) for word in WORDS]


def test_regexp_stemmer() -> None:
    assert nltk("regexp:ing$|s$").apply(["running", "flies"]) == ["runn", "flie"]


@pytest.mark.parametrize("name", TOKENIZERS)
def test_tokenizers(name: str) -> None:
    if name == "sexpr":
        theirs = ["(a (b c))", "d", "( e"]
        text = "(a (b c)) d ( e"
    else:
        text, theirs = TEXT, _theirs(TOKENIZERS[name]).tokenize(TEXT)
    one = analyzer(nltk(f"tokenizer:{name}"))
    assert [term for term, _ in one.terms(text)] == [token for token in theirs if token]
    for token in one.tokens(text):
        assert text[token.start : token.end] in (token.text, "")


def test_regexp_tokenizer() -> None:
    assert analyzer(nltk(r"tokenizer:regexp:\w+-\w+|\w+")).terms("e-mail me") == [
        ("e-mail", 0), ("me", 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [*STEMMERS, *(f"snowball:{language}" for language in _languages())],
)
@settings(max_examples=30)
@given(words=st.lists(st.text(st.characters(categories=("L", "M", "N")), min_size=1), min_size=1))
def test_any_token_can_be_stemmed(name: str, words: list[str]) -> None:
    for expansion in (analyzer("standard") | nltk(name)).expand(words):
        assert all(isinstance(term, str) for term, _ in expansion)


@pytest.mark.parametrize(
    "name",
    ["", "nowhere", "snowball", "snowball:", "porter:x", "tokenizer:", "tokenizer:nowhere",
     "regexp:(", "tokenizer:regexp:(", None, 5],
)  # fmt: skip
def test_wrong_names(name: Any) -> None:
    with pytest.raises(SchemaError) as caught:
        nltk(name)
    assert caught.value.hint


def test_wrong_language() -> None:
    with pytest.raises(SchemaError, match="klingon"):
        (analyzer("standard") | nltk("snowball:klingon")).terms("word")


@pytest.mark.parametrize("name", ["rslp", "wordnet"])
def test_missing_data_packs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import nltk as package

    monkeypatch.setattr(package.data, "path", [])
    with pytest.raises(SchemaError, match=f"nltk.downloader {name}"):
        (analyzer("standard") | nltk(name)).terms("palavra")


def test_missing_data_pack_of_a_tokenizer(monkeypatch: pytest.MonkeyPatch) -> None:
    import nltk as package

    monkeypatch.setattr(package.data, "path", [])
    with pytest.raises(SchemaError, match="punkt_tab"):
        analyzer(nltk("tokenizer:punkt")).terms("One. Two.")


def test_without_nltk(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [m for m in sys.modules if m == "nltk" or m.startswith("nltk.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "nltk", None)
    for one in (analyzer("standard") | nltk("porter"), analyzer(nltk("tokenizer:tweet"))):
        with pytest.raises(SchemaError, match="pip install nltk"):
            one.terms("word")


def test_equality_and_pickling() -> None:
    for name in ("porter", "snowball:german", "tokenizer:tweet"):
        one = nltk(name)
        assert pickle.loads(pickle.dumps(one)) == one == nltk(name)
        assert repr(one) == f"nltk({name!r})"
    assert nltk("porter") != nltk("lancaster")


def test_heavy_packages_are_imported_only_when_used() -> None:
    code = (
        "import sys\n"
        "import searchkit.schema, searchkit.analysis as a\n"
        "a.analyzer('english') | a.nltk('porter') | a.stop('english')\n"
        "a.analyzer(a.nltk('tokenizer:tweet'))\n"
        "heavy = ['nltk', 'Stemmer', 'numpy', 'json', 're', 'typing', 'enum', 'datetime']\n"
        "bare = set(sys.argv[1].split(','))\n"
        "print([m for m in heavy if m in sys.modules and m not in bare])\n"
    )
    probe = "import sys; print(','.join(sys.modules))"
    bare = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=True
    ).stdout.strip()
    done = subprocess.run(
        [sys.executable, "-c", code, bare], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_lower_case_in_front() -> None:
    one = analyzer(nltk("tokenizer:wordpunct")) | lowercase | nltk("porter")
    assert one.terms("Running!") == [("run", 0), ("!", 1)]
