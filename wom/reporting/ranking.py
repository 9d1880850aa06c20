"""The page of a batch: its reports in order of a figure, to search, to sort and to open."""

from __future__ import annotations

import html
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import pages, places
from .summary import label, shown
from .work import Outcome

_PREFERRED = ("net", "npv")


def rank(outcomes: Sequence[Outcome], by: str = "") -> tuple[list[Outcome], str]:
    """Outcomes with the highest figure first; those without it, then those without a report, at the end.

    Args:
        outcomes: of a batch.
        by: a figure; where no report has it, the plan's net, or the worth, or the first that there is.

    Returns:
        The order, and the figure; empty where there are no figures at all.

    Example:
        >>> low, high = (Outcome(name, "done", 0, summary={"figures": {"npv": ord(name)}}) for name in "ab")
        >>> [outcome.name for outcome in rank([low, high])[0]]
        ['b', 'a']
    """
    names = list(dict.fromkeys(name for outcome in outcomes for name in _figures(outcome)))
    wanted = next((name for name in (by, *_PREFERRED) if name in names), None)
    chosen = wanted or (names[0] if names else "")

    def order(outcome: Outcome) -> tuple[bool, bool, float]:
        value = _figures(outcome).get(chosen)
        return not outcome.good, value is None, -(value or 0.0)

    return sorted(outcomes, key=order), chosen


def page(title: str, ranked: Sequence[Outcome], by: str, output: Path) -> str:
    """The page as HTML.

    Args:
        title: of the batch.
        ranked: in order.
        by: the figure that they are ranked by.
        output: where the page is to lie.
    """
    figures = list(dict.fromkeys([*([by] if by else []), *(name for item in ranked for name in _figures(item))]))[
        :4
    ]
    bad = [outcome for outcome in ranked if not outcome.good]
    trouble = f'; <span class="bad">{len(bad)} without a report, at the end</span>' if bad else ""
    by_what = f", ranked by {html.escape(label(by).lower())}" if by else ""
    lead = (
        f'<p class="lead">{pages.counted(len(ranked), "report")}{by_what}{trouble}. '
        f"As of {pages.unbroken(f'{places.now():%Y-%m-%d %H:%M} UTC')}.</p>"
    )
    rows = [_row(place, outcome, figures, output) for place, outcome in enumerate(ranked, start=1)]
    return pages.page(title, lead + table(figures, rows, course(by)), search="Find a report")


def course(by: str) -> str:
    """Header of the column of small charts: what they show where reports are ranked by this figure.

    Example:
        >>> course("net"), course("npv")
        ('Net so far', 'Revenue by month')
    """
    return "Net so far" if by in ("net", "extra_revenue", "extra_customers_at_end") else "Revenue by month"


def table(figures: Sequence[str], rows: Sequence[str], last: str) -> str:
    """The table around rows, with headers that sort.

    Args:
        figures: names of the columns of figures.
        rows: HTML.
        last: header of the column of small charts.
    """

    def head(text: str, css: str = "") -> str:
        return f'<th scope="col"{css}><button type="button">{html.escape(text)}</button></th>'

    right = ' class="number"'
    heads = head("Rank", right) + head("Report") + "".join(head(label(name), right) for name in figures)
    return (
        '<div class="wom-table" role="region" tabindex="0" aria-label="The ranking"><table>'
        f'<thead><tr>{heads}<th scope="col">{html.escape(last)}</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def cells(place: int, name: str, figures: Mapping[str, float | None], currency: str, line: str) -> str:
    """The cells of a row: rank, name as HTML, figures, small chart."""
    numbers = "".join(
        f'<td class="number" data-value="{value if value is not None else ""}">'
        f"{html.escape(shown(figure, value, currency)) if value is not None else '–'}</td>"
        for figure, value in figures.items()
    )
    first = f'<td class="number" data-value="{place}">{place}</td><th scope="row" class="name">{name}</th>'
    return f"{first}{numbers}<td>{line}</td>"


def _figures(outcome: Outcome) -> Mapping[str, float]:
    found: Mapping[str, float] = outcome.summary.get("figures", {})
    return found


def below(run: Path, output: Path) -> str:
    """The way from a page's directory to a run."""
    return Path(os.path.relpath(run, output)).as_posix()


def _row(place: int, outcome: Outcome, figures: Sequence[str], output: Path) -> str:
    about: Mapping[str, Any] = outcome.summary
    title = str(about.get("title") or "")
    text = html.escape(f"{outcome.name} {title} {outcome.status}")
    folder = below(outcome.run, output) if outcome.run else ""
    if not outcome.good:
        name = pages.link(f"{folder}/", outcome.name) if folder else html.escape(outcome.name)
        wide = len(figures) + 1
        return (
            f'<tr data-row="{text}"><td></td><th scope="row" class="name">{name}</th>'
            f'<td class="wrong" colspan="{wide}"><span class="bad">{html.escape(outcome.status)}</span> '
            f"{html.escape(outcome.message)}</td></tr>"
        )
    name = pages.link(f"{folder}/report.html", outcome.name)
    if title and title != outcome.name:
        name += f'<br><span class="change">{html.escape(title)}</span>'
    trend = about.get("trend", [])
    says = f"{outcome.name}: from {trend[0]:.4g} to {trend[-1]:.4g}" if trend else ""
    given = {figure: _figures(outcome).get(figure) for figure in figures}
    rest = cells(place, name, given, str(about.get("currency", "")), pages.sparkline(trend, says))
    return f'<tr data-row="{text}">{rest}</tr>'
