"""report.html and brief.html: an executed notebook as a page that needs no network, no other file, and no script.

The decision first, then a section for each question with its text at the left and its figures at the right, the
appendix folded. Each chart is there twice, drawn for a wide screen and for a phone; style shows the one that fits.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from .. import __version__
from ..exhibits import live as engine
from ..exhibits.drawing import svg
from ..exhibits.exhibit import Exhibit
from ..exhibits.tables import as_html, grid
from .story import Live, Passage, Picture, Section, story

TEMPLATES = Path(__file__).with_name("templates")
WIDE, PHONE = 696.0, 354.0
"""CSS pixels that a chart is drawn for."""
_MOST_ROWS = 200  # of a chart's numbers below it; more are in the CSV files
_LONGEST = 120  # letters of a parameter's value


def page(notebook: Path, *, run_id: str = "", live: bool = True) -> str:
    """The page of an executed notebook.

    `run_id` stands at its end; `live` False leaves out sliders and the firm's anchored figures.
    """
    told = story(notebook)
    decision = told.decision
    kinds = [part.content.payload["kind"] for part in told if isinstance(part.content, Live)] if live else []
    style, script = read("base.css") + read("page.css"), ""
    if kinds or any(isinstance(part.content, Exhibit) and part.content.chart for part in told):
        style, script = style + engine.style(), engine.script(kinds[0] if kinds else "tools")
    lead = "".join(map(_paragraph, decision.text)) if decision else told.lead.html if told.lead else ""
    sections = [_section(one, live=live) for one in told.sections]
    appendix = [_section(one, live=False) for one in told.appendix]
    contents = ", ".join(lowered(one.heading) for one in told.appendix if one.heading)
    chips = [(name.replace("_", " "), in_words(value)) for name, value in told.parameters.items()
             if value not in ({}, [], "", None)]  # fmt: skip
    parts = {"sections": sections, "appendix": appendix, "contents": contents, "chips": chips, "run_id": run_id}
    return render("page.html.j2", style, script, told=told, decision=decision, lead=lead, **parts)


def brief(notebook: Path) -> str | None:
    """One page of A4 that a manager signs, from the brief that a notebook hands over; None where it has none."""
    told = story(notebook)
    style = read("base.css") + read("brief.css")
    return render("brief.html.j2", style, told=told, brief=told.brief) if told.brief else None


def render(template: str, style: str, script: str = "", **values: Any) -> str:
    """A whole file from a template: its style inside, and its one script allowed by its hash."""
    script = script.strip()
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii") if script else ""
    made = _templates().get_template(template)
    return str(made.render(style=style, script=script, digest=digest, version=__version__, **values))


@cache
def read(name: str) -> str:
    """A style or script of this folder."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _templates() -> Any:
    import jinja2

    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    found.filters |= {"wide": partial(svg, width=WIDE), "phone": partial(svg, width=PHONE), "places": _places}
    return found


def _section(section: Section, *, live: bool) -> dict[str, Any]:
    """A section as rows: text at the left, and at the right what it speaks of, as the template takes it."""
    rows: list[dict[str, list[Any]]] = [{"say": [], "show": []}]
    sources: list[str] = []
    moving = ""
    alone = all(isinstance(part.content, Passage) and not part.content.wide for part in section.parts)
    for part in section.parts:
        content = part.content
        say, show = list[str](), list[dict[str, Any]]()
        match content:
            case Exhibit():
                frame = content.to_frame()
                tabulated = len(frame) and (content.kind == "table" or len(frame) <= _MOST_ROWS)
                table = as_html(grid(frame, content.formats), content.sentence) if tabulated else ""
                say = list(map(_paragraph, content.text)) if content.kind != "text" else []
                show = [{"exhibit": content, "table": table}]
            case Passage() if not (content.wide or alone or part.follows):
                say = [content.html]
            case Passage():
                show = [{"markup": content.html}]
            case Picture():
                show = [{"picture": content}]
            case Live() if live:
                moving += engine.markup(content.payload)
        if say and rows[-1]["show"] and not isinstance(content, Exhibit):
            rows.append({"say": [], "show": []})
        rows[-1]["say"] += say
        rows[-1]["show"] += show
        said = content.said if isinstance(content, Picture) else content
        sources += said.source.rstrip(".").split(". ") if isinstance(said, Exhibit) and said.source else []
    # a sentence that several exhibits share is said once
    source = f"Source: {'. '.join(dict.fromkeys(sources))}." if sources else ""
    return {"live": moving, "heading": section.heading, "rows": rows, "source": source}


def _paragraph(text: str) -> str:
    return f"<p>{html.escape(text)}</p>"


def _places(span: tuple[float, float, float]) -> dict[str, float]:
    """Where low, middle, high and nought stand on a bar, in percent of its width."""
    low, middle, high = span
    first, last = min(low, 0.0), max(high, 0.0)
    scale = 100 / ((last - first) or 1.0)
    at = {"low": low - first, "width": high - low, "middle": middle - first, "zero": -first}
    return {name: round(scale * value, 1) for name, value in at.items()}


def lowered(heading: str) -> str:
    """A heading within a line: without its capital, but for a word that is one."""
    first, second = heading[:1], heading[1:2]
    return heading if second.isupper() else first.lower() + heading[1:]


def in_words(value: Any) -> str:
    """A value in words: of a long path the file and its folder, of lists and mappings the entries."""
    if isinstance(value, str):
        text = "/".join(Path(value).parts[-2:]) if Path(value).is_absolute() else value
    elif isinstance(value, list | tuple):
        text = ", ".join(map(in_words, value))
    elif isinstance(value, Mapping):
        text = ", ".join(f"{name} {in_words(entry)}" for name, entry in value.items())
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 2]} …"
