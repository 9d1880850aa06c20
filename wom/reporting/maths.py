"""Formulas of Markdown, $…$ and $$…$$, as MathML, which browsers draw without a script; money stays money."""

from __future__ import annotations

import html
import re
from xml.etree import ElementTree

_TOKEN = re.compile(
    r"""
    (?P<fence>^[ ]{0,3}(?P<bar>`{3,}|~{3,}).*?(?:^[ ]{0,3}(?P=bar)[`~]*[ ]*$|\Z))
  | (?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))
  | (?P<escaped>\\\$)
  | \$\$(?P<block>(?:\\.|[^$\\])+?)\$\$
  | (?<!\w)\$(?![\s$])(?P<inline>(?:\\.|[^$`\\](?!\n\s*\n))+?)(?<!\s)\$(?![\d$])
  | (?P<dollar>\$)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_COMMAND_WITH_TEXT = re.compile(r"\\[A-Za-z]+\s*\{[^{}]*\}|\\[A-Za-z]+")
_MARK = "\ue000{}\ue001"  # private characters: Markdown leaves them alone
_PARTS = {"mfrac": 2, "mroot": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
_DOLLAR = "&#36;"


def extract(markdown: str) -> tuple[str, list[str]]:
    """Take the formulas out of Markdown, so that nothing in them is read as Markdown.

    Args:
        markdown: text with formulas; those in code, `\\$` and sums of money are none.

    Returns:
        The text with a mark for each formula and every other dollar made safe, and the formulas as HTML.

    Errors:
        ValueError: a formula that cannot be drawn.

    Example:
        >>> extract("From $5 to $6, or `$x$`.")
        ('From &#36;5 to &#36;6, or `$x$`.', [])
        >>> text, formulas = extract("Growth $g$ costs $5.")
        >>> restore(text, formulas)
        'Growth <math display="inline"><mrow><mi>g</mi></mrow></math> costs &#36;5.'
    """
    done: list[str] = []
    formulas: list[str] = []
    position = 0
    while token := _TOKEN.search(markdown, position):
        done.append(markdown[position : token.start()])
        position = token.end()
        latex = token["block"] or token["inline"]
        if token["fence"] or token["code"]:
            done.append(token[0])
        elif token["escaped"] or token["dollar"]:
            done.append(_DOLLAR)
        elif token["inline"] and is_money(latex):
            done.append(_DOLLAR)
            position = token.start() + 1
        else:
            done.append(_MARK.format(len(formulas)))
            formulas.append(mathml(latex, block=token["block"] is not None))
    return "".join(done) + markdown[position:], formulas


def restore(text: str, formulas: list[str]) -> str:
    """Put the formulas where their marks stand.

    Example:
        >>> restore("a \\ue0000\\ue001 b", ["<math></math>"])
        'a <math></math> b'
    """
    return re.sub(_MARK.format(r"(\d+)"), lambda mark: formulas[int(mark[1])], text)


def is_money(text: str) -> bool:
    """Whether what stands between two dollars begins with an amount and goes on in words.

    Example:
        >>> is_money("5 a month in US"), is_money("0.5 x"), is_money("5"), is_money(r"2\\text{ per month}")
        (True, False, False, False)
    """
    if not re.match(r"[-–−+]?[.\d]", text):
        return False
    return re.search(r"[^\W\d_]{2,}", _COMMAND_WITH_TEXT.sub("", text)) is not None


def mathml(latex: str, *, block: bool = False) -> str:
    """A LaTeX formula as MathML.

    Args:
        latex: the formula without its dollars.
        block: on a line of its own.

    Errors:
        ValueError: a formula that is not understood.

    Example:
        >>> mathml("x^2")
        '<math display="inline"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math>'
        >>> mathml(r"\\nonsense x")
        Traceback (most recent call last):
        ValueError: formula with an unknown command \\nonsense: \\nonsense x
    """
    from latex2mathml.converter import convert

    try:
        drawn = str(convert(latex.strip(), display="block" if block else "inline"))
    except Exception as error:  # the converter has a class for each mistake, and some are plain ones
        raise ValueError(f"formula that cannot be drawn ({type(error).__name__}): {latex.strip()}") from error
    if unknown := re.search(r">(\\[A-Za-z]+)<", drawn):
        raise ValueError(f"formula with an unknown command {unknown[1]}: {latex.strip()}")
    for node in ElementTree.fromstring(drawn).iter():
        if len(node) != _PARTS.get(node.tag.rpartition("}")[2], len(node)):
            raise ValueError(f"formula with a part missing: {latex.strip()}")
    drawn = drawn.replace(' xmlns="http://www.w3.org/1998/Math/MathML"', "")
    if not block:
        return drawn
    label = html.escape(latex.strip())
    return f'<span class="wom-formula" role="region" tabindex="0" aria-label="Formula {label}">{drawn}</span>'
