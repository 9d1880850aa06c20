"""How the pages are built: `make docs`, which calls docs/build.py. Nothing is fetched while reading."""

import inspect
from dataclasses import asdict
from functools import cache
from pathlib import Path

import jinja2
import yaml
from docutils.nodes import SkipNode
from latex2mathml.converter import convert

import wom
from wom.evidence import records
from wom.parameters import QUANTITIES, contents

project, author, copyright = "wom", "The authors of wom", "The authors of wom"  # noqa: A001
version = release = wom.__version__
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_execution_in_temp = True
nb_merge_streams = True
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
myst_url_schemes = {"http": None, "https": None, "page": "{{path}}.html"}  # page: one that wom run has made
suppress_warnings = ["mystnb.unknown_mime_type"]  # an exhibit's own form, which the reports read

napoleon_google_docstring, napoleon_numpy_docstring = True, False
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "undoc-members": False}

html_theme = "furo"
html_title = "wom"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_extra_path = ["_build/pages"]
html_copy_source = html_show_sourcelink = False
html_show_search_summary = False  # which a page from disk may not fetch
html_math_renderer = "mathml"
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#00658f", "color-brand-content": "#00658f"},
    "dark_css_variables": {"color-brand-primary": "#63c3ec", "color-brand-content": "#63c3ec"},
    "navigation_with_keys": True,
}

DOOR = {
    "A business and a plan": ["load", "Scenario"],
    "Months and money": ["simulate", "Run", "Interval", "effect", "Effect", "spread", "Spread"],
    "What service is worth": [
        "service_worth",
        "experience_worth",
        "customer_worth",
        "worth_intervals",
        "reproduction_number",
    ],
    "Where the money comes from": ["mechanisms", "interactions"],
    "Which plan, which lever": ["compare", "lever", "explore"],
    "How sure, and what to find out": ["sensitivity", "Sensitivity", "failure", "Failure"],
    "The figures people quote": ["nps", "earned_growth"],
    "From tables of your own": ["calibrate", "backtest"],
    "What went wrong": ["WomError", "InputError"],
}


@cache
def context() -> dict[str, object]:
    """What the templates among the pages show: every key, every figure, every name."""
    keys: dict[str, list[dict[str, object]]] = {}
    for key, quantity in QUANTITIES.items():
        own = contents()["parameters"].get(key, {})
        evidence = [asdict(record) for record in records() if record.parameter == key]
        keys.setdefault(key.partition(".")[0], []).append(
            {
                "key": key,
                "quantity": quantity,
                "how": own.get("how", ""),
                "fixed": own.get("fixed"),
                "evidence": evidence,
            }
        )
    named = [name for names in DOOR.values() for name in names]
    modules = [name for name in wom.__all__ if inspect.ismodule(getattr(wom, name))]
    if missing := set(wom.__all__) - set(named) - set(modules):
        raise LookupError(f"docs/conf.py names no place for {sorted(missing)}")
    functions = {
        module: [
            name for name, each in vars(getattr(wom, module)).items() if _promised(each, f"wom.{module}", name)
        ]
        for module in modules
    }
    questions = yaml.safe_load((Path(__file__).parent / "questions.yaml").read_text(encoding="utf-8"))
    return {"keys": keys, "figures": records(), "door": DOOR, "modules": functions, "questions": questions}


def _promised(each: object, module: str, name: str) -> bool:
    """Whether a module's name is a function or class of its own that users may call."""
    own = getattr(each, "__module__", "").endswith(module.removeprefix("wom."))
    return (
        own
        and not name.startswith("_")
        and (inspect.isfunction(each) or inspect.isclass(each))
        and bool(each.__doc__)
    )


def fill(_: object, name: str, source: list[str]) -> None:
    """Fill the pages that are templates; all others are taken as they stand."""
    if name in ("api", "figures", "for-agents", "keys"):
        source[0] = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(source[0]).render(context())


def inline(self: object, node: object) -> None:
    """Write a formula as MathML, which browsers draw without a script."""
    self.body.append(convert(node.astext()))  # type: ignore[attr-defined]
    raise SkipNode


def block(self: object, node: object) -> None:
    """Write a formula that stands by itself."""
    self.body.append(f'<div class="math">{convert(node.astext(), display="block")}</div>')  # type: ignore[attr-defined]
    raise SkipNode


def setup(app: object) -> None:
    """Called by Sphinx."""
    app.connect("source-read", fill)  # type: ignore[attr-defined]
    app.add_html_math_renderer("mathml", inline_renderers=(inline, None), block_renderers=(block, None))  # type: ignore[attr-defined]
