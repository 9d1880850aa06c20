"""What the notebooks show, cell by cell in this process, without a kernel; and what is wrong with a sentence."""

import ast
import json
import re
from functools import cache
from pathlib import Path

import wom
from wom.exhibits.exhibit import Brief, Exhibit
from wom.parameters import QUANTITIES

FOLDER = Path(wom.__file__).parents[1] / "notebooks"
KEYS = re.compile("|".join(map(re.escape, QUANTITIES)))
WRONG = {
    "no number": r"(?<![\w’'])(nan|inf|None)(?![\w-])",
    "compares equals": r"(?<!\S)(\S*\d\S*) (?:instead of|to) \1(?![\w.,]*\w)",
    "a word and a sign": r"\b(earns?|costs?|loses?|brings?|nets|worth|spends?|saves?) [−-]\S*\d",
    "spaced or punctuated twice": r"[a-z]  [a-z]|\.\.(?!\.)|,,| ,| \.(?!\d)|: *\.|\(\)",
    "one are": r"(?<![\d.,])1 (are|were|points|customers|months|cases)\b",
    "sign without meaning": r"[+−](USD|EUR|\$|€)?\s?0(?![\d.,])",
}
ENGLISH = re.compile(r"\d,\d{3}(?!\d)|\d\.\d{1,2}(?!\d)")
"""A number as the English write it."""


def of(notebook, /, **given):
    """The exhibits of a notebook, in order."""
    return [one for one in everything(notebook, **given) if isinstance(one, Exhibit)]


def everything(notebook, /, **given):
    """All that its cells show in their last line, but what only a runner reads."""
    return _run(notebook, json.dumps(given))


@cache
def _run(notebook, given):
    names, shown = {}, []
    for cell in json.loads((FOLDER / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]:
        tags = cell["metadata"].get("tags", [])
        if cell["cell_type"] != "code" or "hide-output" in tags:
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, notebook, "exec"), names)
        if "parameters" in tags:
            names |= json.loads(given)
        if last and (value := eval(compile(ast.Expression(last.value), notebook, "eval"), names)) is not None:
            shown.append(value)
    return shown


def texts(exhibit):
    """All that a manager reads of an exhibit."""
    yield from (exhibit.sentence, *exhibit.text)
    yield from (part for _, answer in exhibit.answers for part in answer.splitlines())
    yield from (part for one in exhibit.figures for part in (one.label, one.value, one.note))
    if exhibit.chart:
        names = [name for name in exhibit.chart.categories if isinstance(name, str)]
        yield from (exhibit.chart.subtitle, *exhibit.chart.labels, *names)
    elif exhibit.data is not None and not exhibit.appendix:
        yield from (str(part) for part in exhibit.data.to_numpy().ravel())


def faults(exhibit, names=(), *, german=False):
    """What nobody would sign: no numbers, comparisons of equals, losses as gains, keys, English numbers in German.

    `names` are the business's own, which may be anything.
    """
    found = []
    for text in map(str, texts(exhibit)):
        for name in names:
            text = text.replace(name, "It")
        plain = text.replace("\N{NO-BREAK SPACE}", "_")
        found += [f"{why}: {text}" for why, pattern in WRONG.items() if re.search(pattern, plain)]
        if not exhibit.appendix and KEYS.search(text):
            found.append(f"key: {text}")
        if german and not exhibit.appendix and ENGLISH.search(text):
            found.append(f"English number: {text}")
    for one in exhibit.figures:
        if one.sign and one.value[0] in "+−" and one.sign != (1 if one.value[0] == "+" else -1):
            found.append(f"colour of {one.label}: {one.value}")
    for series in exhibit.chart.series if exhibit.chart and exhibit.chart.form == "change" else ():
        for value, role in zip(series.data, series.roles, strict=False):
            if value and role.startswith(("better", "worse")) and role.startswith("better") != (value > 0):
                found.append(f"colour of {value} in {exhibit.sentence}")
    again = type(exhibit).of(json.loads(json.dumps(exhibit.plain(), allow_nan=False)))
    if again.plain() != exhibit.plain() or (exhibit.chart and not exhibit.alt):
        found.append(f"lost in JSON, or without alternative text: {exhibit.sentence}")
    if len(exhibit.sentence) > 120 and not isinstance(exhibit, Brief):
        found.append(f"long: {exhibit.sentence}")
    return found
