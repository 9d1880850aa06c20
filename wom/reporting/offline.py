"""HTML that needs nothing but itself: what reaches outside is refused, headers and headings are put right."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

_ADDRESSES = {"src", "srcset", "href", "xlink:href", "data", "poster", "action", "formaction", "background"}
_FORBIDDEN = {"script", "iframe", "object", "embed", "link", "base", "meta", "form"}
_STYLE_REACHES_OUT = re.compile(r"@import|url\(\s*[\"']?(?!data:|#)", re.IGNORECASE)
_WEB_LINK = re.compile(
    r"<a\b[^>]*?\bhref\s*=\s*([\"'])(?P<url>https?://.*?)\1[^>]*>(?P<text>.*?)</a>", re.DOTALL | re.IGNORECASE
)
_HEADING = re.compile(r"<h([1-6])\b([^>]*)>(.*?)</h\1>", re.DOTALL | re.IGNORECASE)
_TAG = re.compile(r"<[^>]+>")


class _Inspector(HTMLParser):
    """Notes everything in a piece of HTML that must not be in a report."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        given = {name: value or "" for name, value in attrs}
        if tag in _FORBIDDEN:
            self.faults.append(f"<{tag}> is not possible in a report that opens offline")
        if tag == "img" and not given.get("alt", "").strip():
            self.faults.append("an image has no text for who cannot see it; use reporting.show(…, alt='…')")
        for name, value in given.items():
            if name.startswith("on"):
                self.faults.append(f"{name}=… is a script, not possible in a report")
            elif name in _ADDRESSES and not self._within(tag, value.strip()):
                self.faults.append(f"<{tag} {name}> refers to {value.strip()[:80]!r}, outside the report")
            elif name == "style" and _STYLE_REACHES_OUT.search(value):
                self.faults.append("a style refers to something outside the report")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  (the parser's signature)
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style and _STYLE_REACHES_OUT.search(data):
            self.faults.append("a style refers to something outside the report")

    @staticmethod
    def _within(tag: str, address: str) -> bool:
        if address.startswith(("#", "data:image/", "data:font/")):
            return True
        # a file beside the report, or a mail; a picture must be inside
        return tag == "a" and (address.startswith("mailto:") or not re.match(r"[\w+.-]*:|//|\\", address))


def faults(piece: str) -> list[str]:
    """What in a piece of HTML reaches outside, runs, or cannot be read aloud.

    Example:
        >>> faults('<img src="data:image/png;base64,AA" alt="A line">')
        []
        >>> faults('<img src="//example.org/a.png" alt="A line">')
        ["<img src> refers to '//example.org/a.png', outside the report"]
    """
    inspector = _Inspector()
    inspector.feed(piece)
    inspector.close()
    return inspector.faults


def without_web_links(piece: str) -> str:
    """Links to the web as text with their address behind it, as in print.

    Example:
        >>> without_web_links('<a href="https://example.org">a source</a>')
        'a source (https://example.org)'
    """

    def in_words(link: re.Match[str]) -> str:
        plain = html.unescape(_TAG.sub("", link["text"])).strip()
        return link["text"] if plain == html.unescape(link["url"]) else f"{link['text']} ({link['url']})"

    return _WEB_LINK.sub(in_words, piece)


def with_scopes(piece: str) -> str:
    """Table headers, such as pandas writes, with their scope; layout attributes of old are dropped.

    Example:
        >>> with_scopes("<table border='1'><thead><tr><th>a</th></tr></thead></table>")
        '<table><thead><tr><th scope="col">a</th></tr></thead></table>'
    """

    def scoped(part: re.Match[str]) -> str:
        scope = "row" if part[0].lower().startswith("<tbody") else "col"
        return re.sub(r"<th\b(?![^>]*\bscope=)", f'<th scope="{scope}"', part[0])

    piece = re.sub(r"<style scoped>.*?</style>", "", piece, flags=re.DOTALL)
    piece = re.sub(r"<table\s+border=([\"'])\d+\1", "<table", piece)
    return re.sub(r"<(thead|tbody)\b.*?</\1>", scoped, piece, flags=re.DOTALL | re.IGNORECASE)


class Headings:
    """Puts the headings of a document in order as its pieces come by: one of level 1, then no level left out.

    Example:
        >>> headings = Headings()
        >>> headings.ordered("<h2>Report</h2> <h1>Part</h1> <h4>Detail</h4>")
        '<h1>Report</h1> <h2>Part</h2> <h3>Detail</h3>'
        >>> headings.title
        'Report'
    """

    def __init__(self) -> None:
        self.title = ""
        self._levels: list[int] = []  # as written, of the headings that the next one may stand under

    def ordered(self, piece: str) -> str:
        """The piece with its headings at the levels that they have in the document."""
        return _HEADING.sub(self._place, piece)

    def _place(self, heading: re.Match[str]) -> str:
        _, attributes, inner = heading.groups()
        if not self.title:
            self.title = html.unescape(_TAG.sub("", inner)).strip() or "Report"
            return f"<h1{attributes}>{inner}</h1>"
        written = int(heading[1])
        while self._levels and self._levels[-1] >= written:
            self._levels.pop()
        self._levels.append(written)
        level = min(1 + len(self._levels), 6)
        return f"<h{level}{attributes}>{inner}</h{level}>"
