"""The page of a comparison: its variants in order, to search and to sort, beside the report that explains them."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

from . import pages, places
from .ranking import cells, course, table
from .summary import label, thinned

_FIGURES = ("net", "against_today", "npv", "extra_revenue", "revenue", "customers_at_end")
_MOST_FIGURES = 4


def page(results: Mapping[str, Any]) -> str:
    """The page as HTML; empty for results of a notebook that compares no variants.

    Args:
        results: as a notebook publishes them: a table `points` by rank, a table `courses`, `problems`.

    Example:
        >>> page({"title": "Shop"})
        ''
    """
    points = results.get("points")
    if not isinstance(points, Mapping) or points.get("index_names") != ["point"]:
        return ""
    by = str(results.get("ranked_by") or "")
    currency = str((results.get("scenario") or {}).get("currency") or "")
    figures = _figures(points, by)
    places_of = [points["columns"].index(name) for name in figures]
    courses = _courses(results)
    rows = []
    for place, (name, values) in enumerate(zip(points["index"], points["data"], strict=True), start=1):
        numbers = dict(zip(figures, (values[column] for column in places_of), strict=True))
        line = courses.get(name, [])
        says = f"{name}: from {line[0]:.4g} to {line[-1]:.4g}" if line else ""
        row = cells(place, html.escape(str(name)), numbers, currency, pages.sparkline(line, says))
        rows.append(f'<tr data-row="{html.escape(str(name))}">{row}</tr>')
    for name, reason in problems(results).items():
        text = html.escape(name)
        rows.append(
            f'<tr data-row="{text}"><td></td><th scope="row" class="name">{text}</th>'
            f'<td class="wrong" colspan="{len(figures) + 1}">{html.escape(reason)}</td></tr>'
        )
    count = pages.counted(len(points["index"]), "variant")
    report = pages.link("report.html", "The report")
    lead = (
        f'<p class="lead">{count}, ranked by {html.escape(label(by).lower())}. {report} explains them. '
        f"As of {places.now():%Y-%m-%d %H:%M} UTC.</p>"
    )
    body = lead + table(figures, rows, course(by))
    return pages.page(str(results.get("title") or "Variants"), body, search="Find a variant")


def problems(results: Mapping[str, Any]) -> dict[str, str]:
    """Variants that were refused, with the reason.

    Example:
        >>> problems({"problems": {"index": ["a"], "data": [["must be from 0 to 1, is 2"]]}})
        {'a': 'must be from 0 to 1, is 2'}
    """
    found = results.get("problems") or {}
    pairs = zip(found.get("index", []), found.get("data", []), strict=False)
    return {str(name): str(reason[0]) for name, reason in pairs}


def _figures(points: Mapping[str, Any], by: str) -> list[str]:
    """The figures worth a column: those of a plan only where there is one."""
    columns = points["columns"]
    known = [name for name in dict.fromkeys((by, *_FIGURES)) if name in columns]
    told = [name for name in known if any(row[columns.index(name)] for row in points["data"])]
    return (told or known)[:_MOST_FIGURES]


def _courses(results: Mapping[str, Any]) -> dict[Any, list[float]]:
    found = results.get("courses") or {}
    pairs = zip(found.get("index", []), found.get("data", []), strict=False)
    return {name: thinned(line) for name, line in pairs if all(isinstance(value, int | float) for value in line)}
