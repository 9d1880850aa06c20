"""Pages that list reports, in the reports' own style: one file, no network; a short script finds and sorts."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Sequence
from pathlib import Path

from .. import __version__

_TEMPLATES = Path(__file__).with_name("templates")


def page(title: str, body: str, *, search: str = "") -> str:
    """A whole page.

    Args:
        title: in words; the heading as well.
        body: HTML below the heading; what can be found has an attribute `data-row` with its text.
        search: label of the field to search with; empty for a page without a script.

    Example:
        >>> "default-src 'none'" in page("Reports", "<p>None yet.</p>")
        True
    """
    style = "".join(
        (_TEMPLATES / folder / "style.css").read_text(encoding="utf-8") for folder in ("report", "list")
    )
    script = (_TEMPLATES / "list" / "list.js").read_text(encoding="utf-8") if search else ""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    allowed = f" script-src 'sha256-{digest}';" if script else ""
    find = (
        f'<p class="find" hidden><label for="find">{html.escape(search)}</label> '
        '<input id="find" type="search" autocomplete="off"> <output for="find" aria-live="polite"></output></p>'
        if search
        else ""
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\';{allowed} '
        "img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
        f'<meta name="generator" content="wom {__version__}">\n<title>{html.escape(title)}</title>\n'
        f'<style>\n{style}</style>\n</head>\n<body>\n<a class="skip" href="#content">Skip to the list</a>\n'
        f'<main id="content">\n<header class="prose"><h1>{html.escape(title)}</h1></header>\n'
        f"{find}\n{body}\n</main>\n"
        f"<footer><p>Made with wom {__version__}.</p></footer>\n"
        f"{f'<script>{script}</script>' if script else ''}\n</body>\n</html>\n"
    )


def sparkline(values: Sequence[float], says: str) -> str:
    """A small line chart as SVG, with a line at nought where it is crossed; empty for less than two values.

    Args:
        values: in order.
        says: what it shows, for who cannot see it.

    Example:
        >>> sparkline([1.0, 3.0, 2.0], "from 1 to 2").count("polyline")
        1
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    if low < 0 < high or low == high:
        low, high = min(low, 0.0), max(high, 0.0)
    span = (high - low) or 1.0

    def height(value: float) -> str:
        return f"{22 - 20 * (value - low) / span:.3g}"

    points = " ".join(f"{100 * i / (len(values) - 1):.3g},{height(value)}" for i, value in enumerate(values))
    nought = f'<line x1="0" x2="100" y1="{height(0)}" y2="{height(0)}"/>' if low < 0 < high else ""
    return (
        f'<svg class="line" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" '
        f'aria-label="{html.escape(says)}">{nought}<polyline points="{points}"/></svg>'
    )


def link(address: str, text: str) -> str:
    """A link to a file beside or below the page; its address is escaped for both URL and HTML.

    Example:
        >>> link("Köln 1/report.html", "Köln & 1")
        '<a href="K%C3%B6ln%201/report.html">Köln &amp; 1</a>'
    """
    from urllib.parse import quote

    return f'<a href="{html.escape(quote(address))}">{html.escape(text)}</a>'


def unbroken(text: str) -> str:
    """HTML that stays on one line, such as a date, which a browser would break at its dashes.

    Example:
        >>> unbroken("2026-11-22 08:00 UTC")
        '<span class="unbroken">2026-11-22 08:00 UTC</span>'
    """
    return f'<span class="unbroken">{text}</span>' if text else ""


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    Example:
        >>> counted(1, "report"), counted(2, "branch", "branches")
        ('1 report', '2 branches')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
