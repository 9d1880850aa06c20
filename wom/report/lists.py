"""Pages that list reports: all of a directory, the runs of one, the ranks of a batch, the variants of a sweep.

One template for all of them: a table in the reports' own style, one file, no network. Its rows lie in the page as
data, and a short script shows a hundred of them at a time, finds and sorts, so that 10,000 open at once.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from .. import __version__
from . import store
from .notebook import replace_text
from .summary import label, shown, thinned, why

INDEX, HISTORY, BATCH, PAGE = "index.html", "history.html", "batch.json", "report.html"
_TEMPLATES = Path(__file__).parent / "templates"
_AT_ONCE = 100  # rows
_BESIDE = {
    "ranking.html": "All variants",
    "slides.html": "Slides",
    "deck.pptx": "PowerPoint",
    "brief.html": "Brief",
}
"""Files that a row links to besides the report, where the run has them."""
_FIGURES = ("net", "against_today", "npv", "extra_revenue", "revenue", "customers_at_end")
_MOST_FIGURES = 4
_PREFERRED = ("net", "npv")


@dataclass(frozen=True)
class Row:
    """A row: its cells as HTML, what to sort each column by, and whether there is no report."""

    cells: Sequence[str]
    values: Sequence[float | str | None]
    bad: bool = False

    @property
    def html(self) -> str:
        """Of the whole row; the first cell without a number heads it."""
        head = next(place for place, value in enumerate(self.values) if isinstance(value, str))
        texts = []
        for place, (cell, value) in enumerate(zip(self.cells, self.values, strict=True)):
            number = ' class="number"' if isinstance(value, int | float) else ""
            heads = place == head
            texts.append(f'<th scope="row" class="name">{cell}</th>' if heads else f"<td{number}>{cell}</td>")
        return f"<tr>{''.join(texts)}</tr>"


def page(title: str, lead: str, columns: Sequence[str], rows: Sequence[Row], find: str = "Find a report") -> str:
    """A whole page; `lead` is HTML."""
    style, script, frame = (
        "".join((_TEMPLATES / name).read_text(encoding="utf-8") for name in names)
        for names in (("base.css", "list/style.css"), ("list/list.js",), ("list/list.html",))
    )
    kept = [[row.html, [html.escape(value) if isinstance(value, str) else value for value in row.values], row.bad]
            for row in rows]  # fmt: skip
    data = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    heads = ""
    for place, name in enumerate(columns):
        known = [row.values[place] for row in rows if row.values[place] is not None]
        css = ' data-up="1"' if known and isinstance(known[0], str) else ' class="number"' if known else ""
        text = f'<button type="button">{html.escape(name)}</button>' if known else html.escape(name)
        heads += f'<th scope="col"{css}>{text}</th>'
    whole, table = frame.split("<!-- table -->\n")
    inside = {
        "title": html.escape(title), "lead": lead, "find": html.escape(find), "version": __version__,
        "style": style, "script": script,
        "digest": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        "time": _unbroken(f"{store.now():%Y-%m-%d %H:%M} UTC"), "size": _AT_ONCE,
        "heads": heads,
        "rows": "".join(row.html for row in rows[:_AT_ONCE]),
        "few": "" if len(rows) > _AT_ONCE else " hidden",
        "data": data.replace("</", "<\\/"),  # which would end the script that holds it
    }  # fmt: skip
    return Template(whole).substitute(inside, table=Template(table).substitute(inside) if rows else "")


def _line(values: Sequence[float], what: str) -> str:
    """A small line chart as SVG, with a line at nought where it is crossed; empty for less than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    if low < 0 < high or low == high:
        low, high = min(low, 0.0), max(high, 0.0)
    heights = [f"{22 - 20 * (value - low) / ((high - low) or 1.0):.3g}" for value in (*values, 0.0)]
    points = " ".join(
        f"{round(100 * place / (len(values) - 1))},{height}" for place, height in enumerate(heights[:-1])
    )
    nought = f'<line x1="0" x2="100" y1="{heights[-1]}" y2="{heights[-1]}"/>' if low < 0 < high else ""
    says = html.escape(f"{what}: from {values[0]:.4g} to {values[-1]:.4g}")
    return (
        '<svg class="line" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" '
        f'aria-label="{says}">{nought}<polyline points="{points}"/></svg>'
    )


def _link(address: str, text: str) -> str:
    """A link to a file beside or below the page; its address is escaped for both URL and HTML."""
    return f'<a href="{html.escape(quote(address))}">{html.escape(text)}</a>'


def _unbroken(text: str) -> str:
    """HTML that stays on one line, such as a date, which a browser would break at its dashes."""
    return f'<span class="unbroken">{text}</span>' if text else ""


def _counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _when(run: Mapping[str, Any]) -> str:
    moment = str(run.get("finished") or run.get("started") or "")
    return html.escape(f"{moment[:10]} {moment[11:16]} UTC") if len(moment) > 16 else ""


# --- All reports of a directory, and all runs of one ---


def refresh(root: Path, *outputs: Path) -> Path:
    """Write `index.html` over all reports anew, from the manifests alone, and `history.html` of some of them."""
    if (root / BATCH).is_file():
        return root / INDEX  # a batch's page of ranks has that name
    with store.locked(root, 30.0, ".index.lock"):
        found = store.jobs(root)
        for job in found:
            if job.path in outputs or not outputs:
                replace_text(job.path / HISTORY, history(job))
        replace_text(root / INDEX, index(found, batches(root), root))
    return root / INDEX


def batches(root: Path) -> list[Path]:
    """Directories of batches: the root itself, or right below it."""
    return [path for path in store.folders(root) if (path / BATCH).is_file()]


def index(found: Sequence[store.Job], several: Sequence[Path], root: Path) -> str:
    """The page over all reports, as HTML: the newest first, batches at the top."""
    newest = sorted(found, key=lambda job: str((job.done or job.failed)[-1].get("finished")), reverse=True)
    rows = []
    for folder in several:
        about = store.read_json(folder / BATCH)
        bad = sum(item.get("status") not in ("done", "same") for item in about.get("items", []))
        place, title = folder.relative_to(root).as_posix(), str(about.get("title") or folder.name)
        trouble = f', <span class="bad">{bad} without a report</span>' if bad else ""
        name = f'{_link(f"{place}/{INDEX}", title)}<br><span class="change">{html.escape(place)}</span>'
        text = f"A batch of {_counted(about.get('total', 0), 'report')}{trouble}."
        rows.append(Row((name, "", "", _unbroken(_when(about)), text), (title, None, None, _when(about), None)))
    rows += [_job(job, root) for job in newest]
    said = _counted(len(found), "report")
    if several:
        said += f" and {_counted(len(several), 'batch', 'batches')}"
    if troubled := sum(job.failing for job in found):
        said += f'; <span class="bad">{_counted(troubled, "report")} failed last time</span>'
    nothing = "" if rows else " No report has been made here yet: <code>wom run FILE</code> makes one."
    return page("Reports", f"{said}.{nothing}", ("Report", "Figures", "Over the runs", "Made", "Why"), rows)


def _job(job: store.Job, root: Path) -> Row:
    """One report: its newest figures, what moved them, and the way to the runs before."""
    place = "" if job.path == root else f"{job.path.relative_to(root).as_posix()}/"
    name, figures, reason, line = html.escape(job.title), "", "", ""
    last: Mapping[str, Any] = (job.done or job.failed)[-1]
    if job.done:
        about, folder = last.get("summary", {}), f"{place}{last['folder']}"
        kind = html.escape(str(about.get("basis") or "")).replace("failed", '<span class="bad">failed</span>')
        there = [file for file in _BESIDE if file in last.get("outputs", {})]
        beside = [
            html.escape(place.strip("/")),
            kind,
            *(_link(f"{folder}/{file}", _BESIDE[file]) for file in there),
        ]
        name = f'{_link(f"{folder}/{PAGE}", job.title)}<br><span class="change">{" · ".join(beside)}</span>'
        figures, reason = _figures(last), why(last.get("since"))
        for figure in _PREFERRED:  # the first of them in today's money, over the runs
            known = [run["summary"].get("figures", {}) for run in job.done]
            values = [one[figure] for one in known if figure in one]
            line = line or _line(values, f"{label(figure)} over {len(values)} runs")
    if job.failing:
        failed = job.failed[-1]
        error, kept = html.escape(str(failed.get("error"))), _link(f"{place}{failed['folder']}/", "What is kept")
        reason = f'<span class="bad">Failed {_unbroken(_when(failed))}:</span> {error} {kept}<br>{reason}'
    count = len(job.done) + len(job.failed)
    made = f"{_unbroken(_when(last))}<br>{_link(f'{place}{HISTORY}', _counted(count, 'run'))}"
    return Row((name, figures, line, made, reason), (job.title, None, None, _when(last), None), not job.done)


def _figures(run: Mapping[str, Any]) -> str:
    """The figures that a report opens with, and by how much they moved."""
    about = run.get("summary", {})
    figures, texts, currency = about.get("figures", {}), about.get("texts", {}), str(about.get("currency", ""))
    since = (run.get("since") or {}).get("figures", {})
    cells = []
    for name, value in figures.items():
        change = ""
        if moved := since.get(name):
            size = moved["after"] - moved["before"]
            same = abs(size) < 1e-9 * max(abs(value), 1.0)
            change = "as before" if same else f"{shown(name, size, currency, sign=True)} since the run before"
            change = f'<dd class="change">{html.escape(change)}</dd>'
        big = html.escape(texts.get(name) or shown(name, value, currency, sign="net" in figures))
        cells.append(f'<dt>{html.escape(label(name))}</dt><dd class="value">{big}</dd>{change}')
    return f"<dl>{''.join(cells)}</dl>" if cells else ""


def history(job: store.Job) -> str:
    """All runs of one report as a page, the newest first."""
    runs = sorted((*job.done, *job.failed), key=lambda run: str(run.get("finished")), reverse=True)
    rows = []
    for run in runs:
        good, when = run["status"] == "done", _when(run) or str(run["folder"])
        name = _unbroken(_link(f"{run['folder']}/{PAGE if good else ''}", when))
        figures = _figures(run) if good else '<span class="bad">failed</span>'
        reason = why(run.get("since")) if good else html.escape(str(run.get("error")))
        rows.append(Row((name, figures, reason), (when, None, None), not good))
    failed = f', <span class="bad">{len(job.failed)} of them failed</span>' if job.failed else ""
    return page(f"Runs of {job.title}", f"{_counted(len(runs), 'run')}{failed}.", ("Run", "Figures", "Why"), rows)


# --- Ranks: of a batch's reports, of a sweep's variants ---


def rank(outcomes: Sequence[Any], by: str = "") -> tuple[list[Any], str]:
    """Outcomes with the highest figure first; those without it, then those without a report, at the end."""
    names = list(dict.fromkeys(name for outcome in outcomes for name in outcome.figures))
    chosen = next((name for name in (by, *_PREFERRED, *names) if name in names), "")

    def order(outcome: Any) -> tuple[bool, bool, float]:
        value = outcome.figures.get(chosen)
        return not outcome.good, value is None, -(value or 0.0)

    return sorted(outcomes, key=order), chosen


def ranking(title: str, ranked: Sequence[Any], by: str, output: Path) -> str:
    """The page of a batch as HTML: its outcomes in order of a figure, to search, to sort and to open."""
    named = [by] * bool(by) + [name for outcome in ranked for name in outcome.figures]
    rows = []
    for outcome in ranked:
        about, name = outcome.summary, html.escape(outcome.name)
        if outcome.run:
            name = _link(f"{below(outcome.run, output)}/{PAGE if outcome.good else ''}", outcome.name)
        if outcome.good and about.get("title") not in (None, "", outcome.name):
            name += f'<br><span class="change">{html.escape(str(about["title"]))}</span>'
        wrong = "" if outcome.good else f"{outcome.status} {outcome.message}"
        currency = str(about.get("currency", ""))
        rows.append((outcome.name, name, outcome.figures, about.get("trend", []), currency, wrong))
    bad = sum(not outcome.good for outcome in ranked)
    trouble = f'; <span class="bad">{bad} without a report, at the end</span>' if bad else ""
    lead = f"{_counted(len(ranked), 'report')}{_by(by)}{trouble}."
    return _ranked(title, lead, list(dict.fromkeys(named)), by, rows, "Find a report")


def variants(results: Mapping[str, Any]) -> str:
    """The page of a comparison as HTML, beside the report that explains it; empty for other notebooks' results."""
    points = results.get("points")
    if not isinstance(points, Mapping) or points.get("index_names") != ["point"]:
        return ""
    by = str(results.get("ranked_by") or "")
    currency = str((results.get("scenario") or {}).get("currency") or "")
    known = [name for name in dict.fromkeys((by, *_FIGURES)) if name in points["columns"]]
    lines = [dict(zip(points["columns"], line, strict=True)) for line in points["data"]]
    figures = [name for name in known if any(line[name] for line in lines)] or known
    courses = _column_pairs(results.get("courses"))
    rows = []
    for name, line in zip(map(str, points["index"]), lines, strict=True):
        course = [value for value in courses.get(name, []) if isinstance(value, int | float)]
        rows.append((name, html.escape(name), line, course, currency, ""))
    rows += [(name, html.escape(name), {}, [], currency, reason) for name, reason in problems(results).items()]
    lead = f"{_counted(len(lines), 'variant')}{_by(by)}. {_link(PAGE, 'The report')} explains them."
    return _ranked(str(results.get("title") or "Variants"), lead, figures, by, rows, "Find a variant")


def problems(results: Mapping[str, Any]) -> dict[str, str]:
    """Variants that were refused, with the reason."""
    return {name: str(reason[0]) for name, reason in _column_pairs(results.get("problems")).items()}


def _column_pairs(table: Any) -> dict[str, list[Any]]:
    found = table or {}
    return dict(zip(map(str, found.get("index", [])), found.get("data", []), strict=False))


def _by(name: str) -> str:
    return f", ranked by {html.escape(label(name).lower())}" if name else ""


def _ranked(
    title: str, lead: str, figures: Sequence[str], by: str, ranked: Sequence[tuple[Any, ...]], find: str
) -> str:
    """A page of ranks: of each the name as text and as HTML, figures, course, currency, and what is wrong."""
    figures = figures[:_MOST_FIGURES]
    course = "Net so far" if by in ("net", "extra_revenue", "extra_customers_at_end") else "Revenue by month"
    rows = []
    for place, (plain, name, values, trend, currency, wrong) in enumerate(ranked, start=1):
        if wrong:
            said = f'{name}<br><span class="wrong">{html.escape(wrong)}</span>'
            empty = [""] * (len(figures) + 1)
            rows.append(Row(("", said, *empty), (None, plain, *[None] * len(empty)), bad=True))
            continue
        given = {figure: values.get(figure) for figure in figures}
        texts = ["–" if value is None else html.escape(shown(figure, value, currency))
                 for figure, value in given.items()]  # fmt: skip
        line = _line(thinned(trend, 20), plain)
        rows.append(Row((str(place), name, *texts, line), (place, plain, *given.values(), None)))
    return page(title, lead, ["Rank", "Report", *map(label, figures), course], rows, find)


def below(run: Path, output: Path) -> str:
    """The way from a page's directory to a run."""
    return Path(os.path.relpath(run, output)).as_posix()
