"""`index.html` over directories of runs: every run, its figures, and what moved them since the run before."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import manifest, places
from .lock import locked
from .pages import counted, link, page, sparkline, unbroken
from .since import why
from .summary import label, shown

INDEX, BATCH = "index.html", "batch.json"
_LOCK_WAIT = 30.0
_INDEX_LOCK = ".index.lock"
_MOST_RUNS = 200  # of one report on the page; the directory may hold more
_HIDDEN = (".", "_")
_BESIDE = {"ranking.html": "All variants, to search and sort", "slides.html": "Slides", "deck.pptx": "PowerPoint"}
"""Files that a card links to besides the report, where the run has them."""
_HEADS = "".join(f'<th scope="col">{head}</th>' for head in ("Run", "Figures", "Why"))


@dataclass(frozen=True)
class Job:
    """A directory of runs: manifests of the whole ones and of the failed ones, the oldest first."""

    path: Path
    done: tuple[Mapping[str, Any], ...]
    failed: tuple[Mapping[str, Any], ...]

    @property
    def title(self) -> str:
        """Of the newest run, or the directory's name."""
        return str((self.done[-1].get("summary", {}).get("title") if self.done else "") or self.path.name)


def jobs(root: Path) -> list[Job]:
    """All reports that run into a directory or right below it, by name. Links are not followed.

    Args:
        root: such as `reports`; it may be the directory of one report's runs.
    """
    folders = [root, *sorted(path for path in _folders(root) if not path.is_symlink())]
    found = (_job(folder) for folder in folders)
    return [job for job in found if job.done or job.failed]


def batches(root: Path) -> list[Path]:
    """Directories of batches: the root itself, or right below it. Links are not followed.

    Args:
        root: such as `reports`.
    """
    return [path for path in (root, *_folders(root)) if (path / BATCH).is_file() and not path.is_symlink()]


def write_index(root: Path) -> Path:
    """Write `index.html` anew, from the manifests alone.

    Args:
        root: such as `reports`.

    Returns:
        The page.

    Errors:
        BusyError: another run has been writing it for half a minute.
        OSError: it cannot be written.
    """
    if (root / BATCH).is_file():
        return root / INDEX  # a batch's page of ranks has that name
    with locked(root, _LOCK_WAIT, _INDEX_LOCK):
        manifest.replace_text(root / INDEX, index(jobs(root), batches(root), root))
    return root / INDEX


def index(found: Sequence[Job], several: Sequence[Path], root: Path) -> str:
    """The page as HTML.

    Args:
        found: from `jobs`.
        several: directories of batches, each with a page of its own.
        root: where the page is to lie.
    """
    newest = sorted(found, key=lambda job: str((job.done or job.failed)[-1].get("finished")), reverse=True)
    cards = [_batch(path, root) for path in several] + [_card(job, root) for job in newest]
    troubled = [job for job in found if failing(job)]
    said = counted(len(found), "report")
    if several:
        said += f" and {counted(len(several), 'batch', 'batches')}"
    trouble = f'; <span class="bad">{counted(len(troubled), "report")} failed last time</span>' if troubled else ""
    lead = f'<p class="lead">{said}{trouble}. As of {unbroken(f"{places.now():%Y-%m-%d %H:%M} UTC")}.</p>'
    nothing = "" if cards else "<p>No report has been made here yet: <code>wom run FILE</code> makes one.</p>"
    return page("Reports", lead + nothing + "\n".join(cards), search="Find a report" if len(cards) > 3 else "")


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if path.is_dir() and not path.name.startswith(_HIDDEN))
    except OSError:
        return []


def _job(folder: Path) -> Job:
    whole, failed = (
        tuple(manifest.read(run) | {"folder": run.name} for run in places.runs(folder, failed=each))
        for each in (False, True)
    )
    return Job(folder, whole, failed)


def failing(job: Job) -> bool:
    """Whether the newest run of a report is a failed one."""
    last = job.done[-1].get("finished", "") if job.done else ""
    return bool(job.failed) and str(job.failed[-1].get("finished", "")) > str(last)


def _place(job: Job, root: Path) -> str:
    return "" if job.path == root else f"{job.path.relative_to(root).as_posix()}/"


def _card(job: Job, root: Path) -> str:
    """One report: its newest figures, what moved them, and the runs before."""
    place = _place(job, root)
    parts = []
    if job.done:
        last = job.done[-1]
        about = last.get("summary", {})
        currency = str(about.get("currency", ""))
        heading = link(f"{place}{last['folder']}/report.html", job.title)
        kind = html.escape(str(about.get("basis") or "")).replace("failed", '<span class="bad">failed</span>')
        parts.append(f'<p class="when">{html.escape(place.strip("/"))} {unbroken(_when(last))} {kind}</p>')
        parts.append(f'<div class="figures">{_figures(last, currency)}{_history(job)}</div>')
        found = [
            link(f"{place}{last['folder']}/{name}", words)
            for name, words in _BESIDE.items()
            if name in last.get("outputs", {})
        ]
        listed = f" {', '.join(found)}." if found else ""
        parts.append(f'<p class="why">{why(last.get("since"), currency)}{listed}</p>')
    else:
        heading = html.escape(job.title)
    if failing(job):
        last_failed = job.failed[-1]
        parts.append(
            f'<p class="wrong"><span class="bad">Failed {unbroken(_when(last_failed))}:</span> '
            f"{html.escape(str(last_failed.get('error')))}</p>"
        )
    before = [(run, True) for run in job.done[:-1]] + [(run, False) for run in job.failed]
    before.sort(key=lambda entry: str(entry[0].get("finished")), reverse=True)
    if before:
        rows = "".join(_row(run, good, place) for run, good in before[:_MOST_RUNS])
        parts.append(
            f"<details><summary>{counted(len(before), 'other run')}</summary>"
            f'<div class="wom-table" role="region" tabindex="0" aria-label="Runs of {html.escape(job.title)}">'
            f"<table><thead><tr>{_HEADS}</tr></thead>"
            f"<tbody>{rows}</tbody></table></div></details>"
        )
    text = html.escape(f"{job.title} {place}")
    return f'<section class="job" data-row="{text}"><h2>{heading}</h2>{"".join(parts)}</section>'


def _batch(folder: Path, root: Path) -> str:
    try:
        record = json.loads((folder / BATCH).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        record = {}
    items = record.get("items", [])
    bad = [item for item in items if item.get("status") not in ("done", "same")]
    place = folder.relative_to(root).as_posix()
    title = str(record.get("title") or folder.name)
    trouble = f', <span class="bad">{len(bad)} without a report</span>' if bad else ""
    heading = link(f"{place}/{INDEX}", title)
    return (
        f'<section class="job" data-row="{html.escape(f"{title} {place}")}"><h2>{heading}</h2>'
        f'<p class="when">{html.escape(place)} {unbroken(_when(record))}</p><p class="why">A batch of '
        f"{counted(len(items), 'report')}{trouble}.</p></section>"
    )


def _when(run: Mapping[str, Any]) -> str:
    moment = str(run.get("finished") or run.get("started") or "")
    return html.escape(f"{moment[:10]} {moment[11:16]} UTC") if len(moment) > 16 else ""


def _figures(run: Mapping[str, Any], currency: str) -> str:
    since = (run.get("since") or {}).get("figures", {})
    figures, texts = (run.get("summary", {}).get(part, {}) for part in ("figures", "texts"))
    plan = "net" in figures
    cells = []
    for name, value in figures.items():
        moved = since.get(name)
        change = ""
        if moved:
            size = moved["after"] - moved["before"]
            text = "as before" if abs(size) < 1e-9 * max(abs(value), 1.0) else _changed(name, size, currency)
            change = f'<dd class="change">{html.escape(text)}</dd>'
        big = html.escape(texts.get(name) or shown(name, value, currency, sign=plan))
        cells.append(f'<dl><dt>{html.escape(label(name))}</dt><dd class="value">{big}</dd>{change}</dl>')
    return "".join(cells)


def _changed(name: str, size: float, currency: str) -> str:
    return f"{shown(name, size, currency, sign=True)} since the run before"


def _history(job: Job) -> str:
    """The first figure of today's money over the runs."""
    for name in ("net", "npv"):
        values = [run["summary"]["figures"][name] for run in job.done if name in run["summary"].get("figures", {})]
        if len(values) > 1:
            says = f"{label(name)} over {len(values)} runs, from {values[0]:.4g} to {values[-1]:.4g}"
            return sparkline(values, says)
    return ""


def _row(run: Mapping[str, Any], good: bool, place: str) -> str:
    about = run.get("summary", {})
    currency = str(about.get("currency", ""))
    if good:
        figures, texts = (about.get(part, {}) for part in ("figures", "texts"))
        plan = "net" in figures
        said = [
            f"{label(name)} {texts.get(name) or shown(name, value, currency, sign=plan)}"
            for name, value in figures.items()
        ]
        told, reason = html.escape("; ".join(said)), why(run.get("since"), currency)
        name = link(f"{place}{run['folder']}/report.html", _when(run) or run["folder"])
    else:
        told, reason = '<span class="bad">failed</span>', html.escape(str(run.get("error")))
        name = link(f"{place}{run['folder']}/", _when(run) or run["folder"])
    return f'<tr><th scope="row">{unbroken(name)}</th><td>{told}</td><td class="name">{reason}</td></tr>'
