"""The executed notebook as one HTML file that needs no network, no script and no other file."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from .. import __version__
from ..report.kernel import quick_imports
from ..report.notebook import ReportError
from . import maths
from .display import CHART, HEADLINE_STYLE, RESULT
from .offline import Headings, faults, with_scopes, without_web_links
from .tables import as_html, grid
from .values import joined

with quick_imports():
    import nbconvert
    import nbformat
    from nbconvert.filters.ansi import ansi2html
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

_NBFORMAT: Any = nbformat  # neither says anything about types
_NBCONVERT: Any = nbconvert
_COLOURED: Any = ansi2html
_Renderer: Any = IPythonRenderer
_Markdown: Any = MarkdownWithMath

_TEMPLATES = Path(__file__).with_name("templates")
_ANCHOR = re.compile(r'<a class="anchor-link".*?</a>')  # the ¶ behind a heading
_LONGEST_CHIP = 120  # letters of a parameter's value; the manifest has all of them
_MOST_ROWS = 200  # of a chart's numbers below it; more are in the CSV files
HIDDEN_TAGS = {"parameters", "injected-parameters", "papermill-error-cell-tag", "hide-output"}


def convert(notebook: Path, parameters: Mapping[str, Any] | None = None, *, run_id: str = "") -> str:
    """The report as HTML.

    Args:
        notebook: an executed notebook.
        parameters: what to show of the run's parameters below the title.
        run_id: stands in the footer.

    Returns:
        The whole page.

    Errors:
        ReportError: an image without text for who cannot see it, a formula that cannot be drawn, something
            that reaches outside; the cell is named.
    """
    executed = _NBFORMAT.read(notebook, as_version=4)
    headings = Headings()
    pieces: list[Any] = []
    number = 0
    for cell in executed.cells:
        if cell.cell_type == "code" and cell.source.strip():
            number = cell.execution_count or number + 1
        if HIDDEN_TAGS & set(cell.metadata.get("tags", [])):
            continue
        where = f"cell [{number}]" if cell.cell_type == "code" else f"the text after cell [{number}]"
        try:
            for kind, piece in _pieces(cell):
                problems = faults(piece)
                if problems:
                    raise ValueError(problems[0])
                pieces.append(_NBFORMAT.v4.new_markdown_cell(headings.ordered(piece), metadata={"wom": kind}))
        except ValueError as error:
            raise ReportError(
                f"no HTML from notebook {notebook.name}, {where}",
                cell=number,
                reason=str(error),
                notebook=notebook,
            ) from error
    title = headings.title or notebook.stem.replace("_", " ").capitalize()
    page = {
        "title": title,
        "needs_h1": not headings.title,
        "chips": [
            (_words(name), _chip(value)) for name, value in (parameters or {}).items() if value not in ({}, [], "")
        ],
        "version": __version__,
        "run_id": run_id,
        "style": (_TEMPLATES / "report" / "style.css").read_text(encoding="utf-8"),
    }
    body = _NBFORMAT.v4.new_notebook(cells=pieces)
    exporter = _NBCONVERT.TemplateExporter(
        template_name="report", template_file="index.html.j2", extra_template_basedirs=[str(_TEMPLATES)]
    )
    text, _ = exporter.from_notebook_node(body, resources={"page": page})
    return str(text)


def _pieces(cell: Any) -> list[tuple[str, str]]:
    """What a cell puts on the page, as kind and HTML. Code is left out."""
    if cell.cell_type == "markdown":
        return [("prose", markdown(cell.source))] if cell.source.strip() else []
    if cell.cell_type != "code":
        return []
    found = []
    text = "".join(out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout")
    if text.strip():
        found.append(("printed", f"<pre>{_COLOURED(text.rstrip())}</pre>"))
    # what a cell returns (execute_result) counts as much as what it displays
    shown = (out for out in cell.outputs if out.output_type in ("display_data", "execute_result"))
    return found + [_output(out.data, out.metadata) for out in shown if RESULT not in out.data]


def _output(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> tuple[str, str]:
    """The best form of an output."""
    for kind in ("image/svg+xml", "image/png", "image/jpeg"):
        if kind in data:
            return "figure", _figure(kind, data, metadata.get(kind, {}))
    if "text/html" in data:
        return "table" if "<table" in data["text/html"] else "block", _html(data["text/html"])
    if "text/markdown" in data:
        return "prose", markdown(data["text/markdown"], data_within=True)
    if "text/latex" in data:
        return "prose", f"<p>{maths.mathml(data['text/latex'].strip().strip('$'), block=True)}</p>"
    return "printed", f"<pre>{html.escape(data.get('text/plain', ''))}</pre>"


def _html(piece: str) -> str:
    # the style that headline figures bring along for JupyterLab is the page's own business here
    return with_scopes(without_web_links(piece.replace(HEADLINE_STYLE, "")))


def markdown(source: str, *, data_within: bool = False) -> str:
    """Markdown as HTML that needs nothing else, formulas as MathML.

    Args:
        source: the text.
        data_within: whether code made it, from titles and names that somebody else wrote: HTML in it is shown as
            it stands and never taken for HTML, and a link runs nothing.

    Errors:
        ValueError: a formula that cannot be drawn.

    Example:
        >>> markdown("It *pays*.").strip()
        '<p>It <em>pays</em>.</p>'
        >>> markdown("<b>It</b> pays.", data_within=True).strip()
        '<p>&lt;b&gt;It&lt;/b&gt; pays.</p>'
    """
    text, formulas = maths.extract(source)
    renderer = _Renderer(escape=data_within, allow_harmful_protocols=not data_within)
    page = _ANCHOR.sub("", str(_Markdown(renderer=renderer).render(text)))
    return with_scopes(without_web_links(maths.restore(page, formulas)))


def _figure(kind: str, data: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    """A picture with its text for who cannot see it, and its numbers folded away below."""
    alt = str(about.get("alt", "")).strip()
    if not alt:
        raise ValueError(f"an image ({kind}) has no text for who cannot see it; use reporting.show(…, alt='…')")
    if kind == "image/svg+xml":
        content = base64.b64encode("".join(data[kind]).encode()).decode("ascii")
    else:
        content = "".join(data[kind].split())
    width = f' width="{int(about["width"])}"' if "width" in about else ""
    image = f'<img src="data:{kind};base64,{content}" alt="{html.escape(alt)}"{width}>'
    box = f'<div class="picture" role="group" tabindex="0" aria-label="Chart">{image}</div>'  # a phone scrolls it
    return f"<figure>{box}{_numbers(data.get(CHART))}</figure>"


def _numbers(chart: Mapping[str, Any] | None) -> str:
    if not chart or not 0 < len(chart["data"]["data"]) <= _MOST_ROWS:
        return ""
    stored = chart["data"]
    names, index = stored["index_names"], stored["index"]
    frame = pd.DataFrame(stored["data"], columns=[joined(name) for name in stored["columns"]])
    if len(names) == 1:
        frame.index = pd.Index(index, name=names[0])
    elif names:
        frame.index = pd.MultiIndex.from_tuples([tuple(label) for label in index], names=names)
    caption = chart.get("title") or chart.get("takeaway") or chart.get("alt", "")
    source = f'<p class="source">Source: {html.escape(chart["source"])}</p>' if chart.get("source") else ""
    return (
        "<figcaption><details><summary>The numbers of this chart</summary>"
        f"{as_html(grid(frame), caption)}{source}</details></figcaption>"
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _said(value: Any) -> str:
    """A value in words: of a long path the file and its folder, of lists and mappings the entries."""
    if isinstance(value, str):
        return "/".join(Path(value).parts[-2:]) if Path(value).is_absolute() else value
    if isinstance(value, list | tuple):
        return ", ".join(map(_said, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_said(entry)}" for name, entry in value.items())
    return json.dumps(value, ensure_ascii=False)


def _chip(value: Any) -> str:
    text = _said(value)
    return text if len(text) <= _LONGEST_CHIP else f"{text[: _LONGEST_CHIP - 2]} …"
