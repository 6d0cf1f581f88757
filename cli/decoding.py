"""Bytes of a file to text: UTF-8 where they are that, a guess where not, None for binary.

Only what isn't UTF-8 is given to charset-normalizer, and of that a sample.
"""

from __future__ import annotations

import codecs
import re

__all__ = ["decode", "guess_encoding"]

_SAMPLE = 1 << 16
# UTF-32's first, since it begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE_OF_HEAD = 2048
_DECLARATION = re.compile(
    rb"<(?:meta[^>]{1,300}?charset|\?xml[^>]{1,100}?encoding)\s*=\s*[\"']?([\w-]+)", re.IGNORECASE
)
_SINGLE = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
           "cp1258", "cp874", "koi8_r"]  # fmt: skip
_MULTIPLE = ["cp932", "euc_jp", "gb18030", "big5", "cp949"]
_CONTROLS = bytes({*range(32), 127} - set(b"\b\t\n\v\f\r\x1b"))


def decode(data: bytes) -> str | None:
    """The text of a file, line ends as ``\\n``; None if it is no text.

    Text is UTF-8 of which less than 30% are control characters, what begins with a byte
    order mark, and other bytes of which less than 2% are control characters.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _with_plain_ends(data[len(mark) if encoding == "utf-8" else 0 :], encoding)
    sample = data[:_SAMPLE]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    try:
        text = _with_plain_ends(data, "utf-8", "strict")
    except UnicodeDecodeError as error:
        if controls > 0.02 * len(sample):
            return None
        return _with_plain_ends(data, guess_encoding(data, error.start))
    return None if controls > 0.3 * len(sample) else text


def guess_encoding(data: bytes, first_fault: int) -> str:
    """The encoding of text that isn't UTF-8 at byte ``first_fault``.

    It is what HTML or XML say at their beginning. It is UTF-8 after all if far more of the
    characters beyond ASCII are right than wrong. Else charset-normalizer chooses among the
    encodings that files have, only those of one byte a character where such bytes stand
    singly, as accented letters do. (Unrestricted it reads "für" as Chinese.) The Western
    one wins a draw.
    """
    declared = _DECLARATION.search(data[:_SAMPLE_OF_HEAD])
    if declared:
        try:
            name = codecs.lookup(declared[1].decode()).name
            return {"iso8859-1": "cp1252", "ascii": "cp1252"}.get(name, name)  # as browsers do
        except (LookupError, UnicodeDecodeError):
            pass
    start = max(first_fault - _SAMPLE // 4, 0)
    sample = data[start : start + _SAMPLE]
    text = sample.decode("utf-8", "replace")
    if sum(not c.isascii() for c in text) > 2 * text.count("\ufffd"):
        return "utf-8"
    from charset_normalizer import from_bytes

    runs = re.findall(rb"[\x80-\xff]+", sample)
    several = sum(len(run) > 1 for run in runs)
    single = sum(len(run) == 1 and run >= b"\xa0" for run in runs) >= several
    matches = from_bytes(sample, cp_isolation=_SINGLE if single else _SINGLE + _MULTIPLE)
    best = matches.best()
    if best is None:
        return "cp1252" if single else "utf-8"
    western = next((match for match in matches if match.encoding == "cp1252"), best)
    if (western.chaos, -western.coherence) <= (best.chaos, -best.coherence):
        return western.encoding
    return best.encoding


def _with_plain_ends(data: bytes, encoding: str, errors: str = "replace") -> str:
    text = data.decode(encoding, errors)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
