"""The text of a file to its title and its body: plain text, Markdown, HTML.

The title is taken from the text where that has one; what was taken from its very
beginning isn't repeated in the body.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

__all__ = ["read_html", "read_markdown", "read_plain", "title_and_body"]

_LONGEST_TITLE = 120


def title_and_body(kind: str, text: str, name: str) -> tuple[str, str]:
    """Title and body of the text of a file; the title is ``name`` where it has none."""
    reader = {"html": read_html, "markdown": read_markdown}.get(kind, read_plain)
    title, body = reader(text)
    return title or name, body


def read_plain(text: str) -> tuple[str, str]:
    """Title and body of plain text: a short first line with an empty one below is a title."""
    text = text.lstrip("\n")
    first, _, rest = text.partition("\n")
    below, _, body = rest.partition("\n")
    title = " ".join(first.split())
    if title and len(title) <= _LONGEST_TITLE and not below.strip() and body.strip():
        return title, body.strip("\n")
    return "", text


_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def read_markdown(text: str) -> tuple[str, str]:
    """Title and body of Markdown: the first heading that isn't in a block of code, or the
    ``title`` of the metadata at its top."""
    lines = text.split("\n")
    first = _after_front_matter(lines)
    fence = ""
    before = ""
    for number in range(first, len(lines)):
        line = lines[number]
        mark = _FENCE.match(line)
        if fence:
            if mark and mark[1].startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if mark:
            fence, before = mark[1], ""
            continue
        heading = _HEADING.fullmatch(line)
        if heading:
            title = _without_closing(heading[1])
            if title:
                return title, _without_heading(lines, number, number + 1)
        elif before and _UNDERLINE.fullmatch(line):
            return before, _without_heading(lines, number - 1, number + 1)
        before = "" if line.startswith(("    ", "\t", ">", "- ", "* ", "|")) else line.strip()
    for line in lines[:first]:
        if line.startswith("title:") and line[6:].strip():
            return line[6:].strip().strip("'\""), text
    return read_plain(text)


def _after_front_matter(lines: list[str]) -> int:
    """The number of the first line after a block of metadata between two ``---``."""
    if lines[0].rstrip() == "---":
        for number in range(1, min(len(lines), 200)):
            if lines[number].rstrip() in ("---", "..."):
                return number + 1
    return 0


def _without_closing(heading: str) -> str:
    """A heading without the ``#`` that may close it."""
    bare = heading.strip()
    opened = bare.rstrip("#")
    return opened.rstrip() if not opened or opened[-1] in " \t" else bare


def _without_heading(lines: list[str], start: int, end: int) -> str:
    """The text, without the heading if nothing stands before it."""
    if any(line.strip() for line in lines[:start]):
        return "\n".join(lines)
    return "\n".join(lines[end:]).strip("\n")


_BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog",
    "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li", "main", "menu", "nav",
    "ol", "optgroup", "option", "p", "pre", "search", "section", "summary", "table", "tbody",
    "tfoot", "thead", "title", "tr", "ul",
])  # fmt: skip
_LINES = frozenset(["dd", "dt", "li", "option", "tr"])
_HIDDEN = frozenset(["script", "style", "template", "noscript"])


def read_html(text: str) -> tuple[str, str]:
    """Title (or first heading) and visible text of HTML, however broken, in linear time."""
    page = _Page()
    page.feed(text)
    page.finish()
    title = page.titled("title") or page.titled("h1")
    body = page.visible()
    if title and body.startswith(title) and body[len(title) : len(title) + 1] in ("", "\n"):
        body = body[len(title) :].lstrip("\n")
    return title, body


class _Page(HTMLParser):
    """Collects what a browser would show.

    ``close()`` isn't called: it takes quadratic time for text that opens many tags or
    comments and closes none; ``finish()`` deals with the rest instead.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._titles: dict[str, list[str]] = {"title": [], "h1": []}
        self._collected: set[str] = set()
        self._within = ""
        self._hidden: list[str] = []
        self._unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in _HIDDEN:
            if tag not in self._hidden:
                self._hidden.append(tag)
        elif not self._hidden:
            self._break(tag)
            if tag in self._titles and tag not in self._collected:
                self._within = tag
                self._collected.add(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        if tag not in _HIDDEN:
            self.handle_starttag(tag, attrs)
            if tag == self._within:
                self._within = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
            if not self._hidden:
                self._unseen.clear()
        elif not self._hidden:
            self._break(tag)
            if tag == self._within:
                self._within = ""

    def handle_data(self, data: str) -> None:
        if self._hidden:
            if self._hidden[-1] not in ("script", "style"):
                self._unseen.append(data)
            return
        if self._within:
            self._titles[self._within].append(data)
        if self._within != "title":
            self._pieces.append(data.replace("\n", " "))

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """``<![…]>`` is a comment; Python's own raises for unknown ones."""
        return self.parse_bogus_comment(i, report)

    def finish(self) -> None:
        """Takes what is left of an unfinished tag as text, of a comment or script nothing."""
        rest = self.rawdata
        self.rawdata = ""
        if self._hidden and self._hidden[-1] in ("script", "style"):
            rest = ""
        self._pieces += self._unseen  # an element that hides, but was never closed
        if not rest.startswith(("<!", "<?")):
            self._within = ""
            self._hidden = []
            self.handle_data(unescape(re.sub(r"<[^<>]*>", " ", rest)))

    def _break(self, tag: str) -> None:
        if tag == "br" or tag in _LINES:
            self._pieces.append("\n")
        elif tag in _BLOCKS:
            self._pieces.append("\n\n")
        elif tag in ("td", "th"):
            self._pieces.append(" ")

    def titled(self, tag: str) -> str:
        """The text of the first element of that name, on one line."""
        return " ".join(_without_soft("".join(self._titles[tag])).split())

    def visible(self) -> str:
        """The text shown: paragraphs with an empty line between them."""
        lines = _without_soft("".join(self._pieces)).split("\n")
        text = "\n".join(" ".join(line.split()) for line in lines)
        return re.sub(r"\n{3,}", "\n\n", text).strip("\n")


def _without_soft(text: str) -> str:
    """``text`` without hyphens that show only where a line is broken."""
    return text.replace("\xad", "") if "\xad" in text else text
