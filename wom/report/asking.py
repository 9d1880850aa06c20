"""Nine questions in plain words, and the files that the answers become: `wom new`.

An answer is what people say: "90 % a year", "twice a year", "NPS 35", "4.2 stars", "40 to 50 %", "don't know". It
is never guessed what was meant: an answer that can mean two things is asked about.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import evidence
from ..analysis import workshop
from ..analysis.nps import ends
from ..calibration.calibrate import written
from ..data.description import schema as data_schema
from ..errors import InputError, WomError, nearest, shorten
from ..parameters import QUANTITIES, Range, Value, central
from ..scenario import Scenario, load, schema
from ..words import number, percent

_MONTHS = {"year": 12.0, "quarter": 3.0, "month": 1.0, "week": 12 / 52, "day": 12 / 365.25}
_SPANS = {
    "annually": "year",
    "yearly": "year",
    "p.a.": "year",
    "monthly": "month",
    "weekly": "week",
    "daily": "day",
}
_TIMES = {"once": "1", "twice": "2", "three times": "3", "four times": "4"}
_FILLING = re.compile(r"\b(?:about|roughly|every|each|in|per|an?|times?)\b", re.IGNORECASE)
_UNKNOWN = re.compile(r"|\?+|-+|(i )?(do not|don.?t) know|unknown|no idea|none", re.IGNORECASE)
_NUMBER = r"[+-]?\d[\d  ',.]*(?:k|m|million)?\b|[+-]?\d"
_GOOD = (0.10, 0.25, 0.40)
"""Of contacts, good ones where only stars are known, or nothing: assumed."""


@dataclass(frozen=True)
class Question:
    """A question: what it is called, the parameter that it gives, its words, and how its answer is read.

    `unknown` is what is taken, as a range and marked as assumed, where nobody knows: of itself, or of evidence;
    None where nothing can be said without it. `others` names the published figures that say what others have.
    """

    key: str
    parameter: str
    ask: str
    read: Callable[[str], Value]
    unknown: Range | None = None
    others: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """How to find it out."""
        return QUANTITIES[self.parameter].how


# --- Answers as numbers ---


def figure(text: str) -> float:
    """A number as people write it: 5,000 or 5 000 or 5k, 19.90 or 19,90.

    Raises:
        InputError: none, or one that can be read in two ways.
    """
    word = text.strip().lower().replace("million", "m").replace("−", "-")
    found = re.fullmatch(r"([+-]?[\d  ',.]+?)\s*(k|m?)", word)
    if not found or not any(map(str.isdigit, word)):
        raise InputError(f"{shorten(text)} is no number; write one such as 5000 or 19.90")
    digits = re.sub(r"[  ']", "", found[1])
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}", digits):
        raise InputError(f"is {digits} meant as {digits.replace('.', '')} or as {float(digits):g}? Write it so")
    if re.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"[+-]?[1-9]\d{0,2}(\.\d{3}){2,}(,\d+)?", digits):
        digits = digits.replace(".", "")
    try:
        value = float(digits.replace(",", "."))
    except ValueError:
        raise InputError(f"{shorten(text)} is no number; write one such as 5000 or 19.90") from None
    return value * {"k": 1e3, "m": 1e6}.get(found[2], 1.0)


def _each(text: str, read: Callable[[str], float]) -> Value:
    """A number, or a range of two, read with the words around it."""
    ends = re.fullmatch(
        rf"(.*?)({_NUMBER})\s*(%?)\s*(?:to|–|-|bis)\s*({_NUMBER})(.*)", text.strip(), re.IGNORECASE
    )
    if not ends:
        return read(text)
    low, high = sorted(read(f"{ends[1]}{end}{ends[5] if '%' in ends[5] else ends[3] + ends[5]}")
                       for end in (ends[2], ends[4]))  # fmt: skip
    return Range(low, (low + high) / 2, high) if low < high else low


def _span(text: str) -> tuple[str, float | None]:
    """A text without its span of time, and how many months that is."""
    word = text.lower()
    for other, plain in _SPANS.items():
        word = word.replace(other, f"a {plain}")
    for other, plain in _TIMES.items():
        word = re.sub(rf"\b{other}\b", plain, word)
    found = re.search(
        r"(?:\b(?:a|an|per|each|every|in a)\s+|/\s*)(\d+)?\s*(year|quarter|month|week|day)s?\b", word
    )
    if not found:
        return word, None
    return word.replace(found[0], " ").strip(), float(found[1] or 1) * _MONTHS[found[2]]


def _bare(text: str) -> str:
    """A number without the words and signs around it; k, m and million are part of it."""
    return re.sub(r"(?!(?:k|m|million)\b)[^\W\d_]+|[$€£¥]", " ", text.lower()).strip()


def rate(text: str) -> Value:
    """How often, or how much, in a month: "twice a year", "every 2 weeks", "1800 a year", "50"."""

    def read(one: str) -> float:
        rest, months = _span(one)
        once = months is not None and not _FILLING.sub("", rest).strip()  # "monthly", "every 2 weeks"
        amount = 1.0 if once else figure(_bare(rest))
        return amount / (months or 1.0)

    return _each(text, read)


def count(text: str) -> Value:
    """How many: "5000", "about 5,000 people", "4 to 5 million"."""
    return _each(
        text, lambda one: figure(re.sub(r"about|some|people|customers|firms|companies", " ", one.lower()))
    )


def share(text: str) -> Value:
    """A share: "40 %", "0.4", "40 of 100", "1 in 5"."""

    def read(one: str) -> float:
        if parts := re.fullmatch(r"\s*(\d+)\s*(?:in|of|out of|/)\s*(\d+)\s*", one, re.IGNORECASE):
            return float(parts[1]) / float(parts[2])
        value = figure(one.replace("%", "").replace("percent", ""))
        per_cent = "%" in one or "percent" in one
        if value == 1 and not per_cent:
            raise InputError("is 1 meant as 1 % or as 100 %? Write it so")
        value = value / 100 if per_cent or value > 1 else value
        if not 0 <= value <= 1:
            raise InputError(f"{shorten(one)} is no share; write a number from 0 % to 100 %")
        return value

    return _each(text, read)


def staying(text: str) -> Value:
    """The share that stays for a MONTH: from "90 % a year", "97.5 % a month", "10 % leave in a year"."""

    def read(one: str) -> float:
        rest, months = _span(one)
        if months is None:
            raise InputError("for a month or for a year? Write 90 % a year, or 97.5 % a month")
        leave = bool(re.search(r"leave|lost|lose|churn|go\b|gone|quit|cancel", rest))
        value = central(share(re.sub(r"[a-z]+", " ", rest.replace("percent", "%")).strip()))
        return float((1 - value if leave else value) ** (1 / months))

    return _each(text, read)


def contacts(text: str) -> tuple[Value, Value | None]:
    """Good contacts, and bad ones where the answer tells them as well: a share, "NPS 35", "4.2 stars".

    An NPS is good less bad: the ranges hold every mix that gives the score, as those of `wom.nps` do. Stars are an
    average over those who write reviews, as often and with as many stars as the evidence has it after good,
    ordinary and bad contacts.
    """
    plain = text.replace("−", "-").strip().lower()
    if found := re.fullmatch(r"(?:an? )?nps\D*?([+-]?\d+(?:[.,]\d+)?)", plain):
        score = figure(found[1]) / 100
        if not -1 <= score <= 1:
            raise InputError(f"an NPS lies from -100 to 100, is {found[1]}")
        mixes = ends(score)
        return _range(float(mix.promoters[0]) for mix in mixes), _range(float(mix.detractors[0]) for mix in mixes)
    if found := re.fullmatch(r"(\d(?:[.,]\d+)?)\s*(?:stars?|★)(?: of 5)?", plain):
        stars, given = figure(found[1]), evidence.defaults("consumer")
        good, ordinary, bad = (
            central(given[f"reviews.posting_{kind}"]) * (central(given[f"reviews.stars_{kind}"]) - stars)
            for kind in ("good", "neutral", "bad")
        )
        pairs = [(part, -(part * good + (1 - part) * ordinary) / (bad - ordinary)) for part in _GOOD]
        possible = [(part, wrong) for part, wrong in pairs if 0 <= wrong <= 1 - part]
        if not possible:
            raise InputError(f"{found[1]} stars say nothing here that could be; give shares, as in 25 %")
        return _range(part for part, _ in possible), _range(wrong for _, wrong in possible)
    return share(text), None


def _range(values: Any) -> Value:
    low, *others = sorted(values)
    high = others[-1] if others else low
    return Range(low, others[0] if len(others) > 1 else (low + high) / 2, high) if low < high else low


QUESTIONS = (
    Question("customers", "market.customers", "How many customers do you have today?", count),
    Question("spend", "economics.spend_per_customer",
             "What does a customer spend in a month? (50 USD, 600 EUR a year)", rate),
    Question("margin", "economics.margin_share",
             "What share of the price is left after the cost of what was sold?", share, Range(0.2, 0.4, 0.6)),
    Question("stay", "retention.retention_rate", "What share of customers stays? (90 % a year, or 97.5 % a month)",
             staying, Range(0.95, 0.975, 0.99)),
    Question("new_customers", "market.new_customers_per_month", "How many new customers come in a month?", rate,
             Range(0.7, 1.0, 1.5)),
    Question("contacts", "experience.contacts_per_month",
             "How often does a customer deal with you? (twice a year, 3 times a month)", rate,
             evidence.record_for("experience.contacts_per_month", "consumer").range),
    Question("good", "experience.good_share", "What share of contacts goes really well? (25 %, NPS 35, 4.2 stars)",
             share, Range(*_GOOD), ("perception_gap_firms", "perception_gap_customers")),
    Question("bad", "experience.bad_share", "What share of contacts goes wrong?", share, Range(0.03, 0.08, 0.18),
             ("very_bad_experiences", "complaint_rate")),
    Question("recommended", "market.referral_share", "What share of new customers comes on a recommendation?",
             share, evidence.record_for("market.referral_share", "consumer").range,
             ("womma_share_of_sales", "dell_recommended")),
)  # fmt: skip
"""In the order in which they are asked. Of new customers, `unknown` is a multiple of those who leave."""

GENERAL = ("name", "currency", "customer_type")


def numbers(answers: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, str]]:
    """Values by parameter, and beside each what was said, or that it is assumed.

    Raises:
        InputError: an answer that cannot be read, or nothing where something must be known.
    """
    values: dict[str, Value] = {}
    said: dict[str, str] = {}
    told_bad: Value | None = None
    for question in QUESTIONS:
        text = str(answers.get(question.key, "")).strip()
        try:
            if _UNKNOWN.fullmatch(text):
                value, words = _not_known(question, values, told_bad)
            elif question.key == "good":
                value, told_bad = contacts(text)
                mixes = "" if told_bad is None else "; the range holds the mixes that give it"
                words = f"you said {text}{mixes}"
            else:
                value, words = question.read(text), f"you said {text}"
            values[question.parameter] = QUANTITIES[question.parameter].check(
                value._asdict() if isinstance(value, Range) else value
            )
        except InputError as error:
            raise InputError(error.problem, question.key) from None
        except ValueError as error:
            raise InputError(str(error), question.key) from None
        said[question.parameter] = words
    return values, said


def _not_known(question: Question, values: Mapping[str, Value], told_bad: Value | None) -> tuple[Value, str]:
    if question.key == "bad" and told_bad is not None:
        return told_bad, "the range holds the mixes that give your score"
    if question.unknown is None:
        raise InputError(f"nothing can be said in money without it; {question.how}")
    value: Value = question.unknown
    if question.key == "new_customers":
        leave = central(values["market.customers"]) * (1 - central(values["retention.retention_rate"]))
        value = Range(*(leave * part for part in question.unknown))
    return value, f"assumed; to find out: {question.how}"


def business(answers: Mapping[str, str]) -> tuple[Scenario, dict[str, str]]:
    """The business that the answers describe, and beside each figure what was said.

    Raises:
        InputError: an answer that cannot be read, or answers that contradict each other, in the room's words.
    """
    if unknown := [key for key in answers if key not in (*GENERAL, *(question.key for question in QUESTIONS))]:
        raise InputError(
            f"no such question; {nearest(unknown[0], [question.key for question in QUESTIONS])}", unknown[0]
        )
    values, said = numbers(answers)
    given = [central(values[question.parameter]) for question in QUESTIONS]
    customers, spend, margin, stay, new, often, good, bad, recommended = given
    currency = re.search(r"[A-Z]{3}|[$€£¥]", str(answers.get("spend", "")))
    name = str(answers.get("name") or "Our business")
    found = workshop.scenario(
        customers, new, spend, margin, stay, good, bad, recommended, contacts=often, name=name,
        currency=str(answers.get("currency") or (currency[0] if currency else "")),
        customer_type=str(answers.get("customer_type") or "consumer"),
    )  # fmt: skip
    data = found.data
    for parameter, value in values.items():
        section, key = parameter.split(".")
        if said[parameter].startswith("assumed") and evidence.defaults(found.customer_type).get(parameter):
            del data["today"][section][key]  # nobody said it, so that the evidence is named for it
            continue
        data["today"][section][key] = value._asdict() if isinstance(value, Range) else value
    data["sure"] = {"market.size": "guessed"}
    try:
        return load(data), said
    except InputError:  # ends of ranges that contradict each other: the middle holds
        return found, said


def means(question: Question, text: str) -> str:
    """What an answer was taken for, and what others have."""
    if _UNKNOWN.fullmatch(text.strip()):
        if question.unknown is None:
            raise InputError(f"nothing can be said in money without it; {question.how}")
        return f"Then it is assumed, as a wide range. To find out: {question.how}."
    value = contacts(text)[0] if question.key == "good" else question.read(text)
    unit = QUANTITIES[question.parameter].unit
    ends = [value.low, value.high] if isinstance(value, Range) else [value]
    shown = " to ".join(percent(end) if unit.startswith("share") else number(end) for end in ends)
    named = "stay from one month to the next" if question.key == "stay" else QUANTITIES[question.parameter].meaning
    others = "; ".join(evidence.figure(name).figure for name in question.others)
    return f"That is {shown}: {named}." + (f" Others: {others}." if others else "")


def ask(answers: dict[str, str]) -> None:
    """Ask on the terminal what is not answered yet."""
    print(
        "Nine questions. Answer as you would say it; a range such as 40 to 50 % is welcome, and so is: don't know."
    )
    for place, question in enumerate(QUESTIONS, start=1):
        while question.key not in answers:
            text = input(f"\n{place}. {question.ask}\n   > ")
            try:
                print(f"   {means(question, text)}")
                answers[question.key] = text
            except (InputError, ValueError) as error:
                print(f"   {getattr(error, 'problem', error)}")


# --- The files ---

_HEAD = ("title", "currency", "customer_type", "sure")
_SCENARIO = "# yaml-language-server: $schema=wom-scenario.schema.json\n"
_TODAY = (
    "The business today, as it was told; change what you find out. All else comes from the evidence.",
    "A range is written {low: 0.2, central: 0.25, high: 0.3}. Look at it with: wom check today.yaml",
)
_PLAN = """\
# A first plan, without its cost: what it brings is what it may cost. Write yours into it.
extends: today.yaml
title: {title}
plan:
  - initiative: {initiative}
    start_month: {start_month}
    ramp_months: {ramp_months}
    # cost: {{once: 4000, per_month: 500}}
    changes:
{changes}
"""
_DATA = """\
# yaml-language-server: $schema=wom-data.schema.json
# Which tables you have and what their columns are called; then: wom data check data.yaml, wom calibrate data.yaml
# Take away the # of what you have. Every key: docs/data.md.
title: {title}
currency: {currency}
payments:                       # a row for each payment: when, who, how much
  file: payments.csv
  columns: {{customer_id: customer, date: date, amount: amount}}    # ours: yours
# customers:                    # a row for each customer: since when, how they came
#   file: customers.csv
# experiences:                  # a row for each contact, or for each answer of a survey
#   file: survey.csv
#   rule: nps
"""
_CRON = """\
# A report every night at 5:15, kept for 60 days. Install with: crontab crontab
# Change: the folder, if you move it. cron reads a % as a line's end and knows no PATH of yours.
15 5 * * *  cd "{folder}" && {wom} run first-plan.yaml --keep 60 --time-limit 30m --alert "net:-5\\%" >/dev/null
"""


def write(case: Scenario, said: Mapping[str, str], folder: Path) -> list[Path]:
    """Write `today.yaml`, a first plan, a `data.yaml` to fill, a schedule, and the schemas for editors.

    Raises:
        InputError: one of the files is there already.
        WomError: nothing can be written.
    """
    wom = Path(sys.argv[0]).absolute() if Path(sys.argv[0]).stem == "wom" else Path("wom")
    files = {
        "today.yaml": _today(case, said),
        "first-plan.yaml": _plan(workshop.plans(case)[0]),
        "data.yaml": _DATA.format(title=_text(case.title), currency=_text(case.currency or "USD")),
        "crontab": _CRON.format(folder=folder.absolute(), wom=wom),
        "wom-scenario.schema.json": json.dumps(schema(), indent=1, ensure_ascii=False),
        "wom-data.schema.json": json.dumps(data_schema(), indent=1, ensure_ascii=False),
    }
    if there := [name for name in files if (folder / name).exists()]:
        raise InputError("is there already; choose another folder", file=str(folder / there[0]))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise WomError(f"{error.filename or folder}: cannot be written: {error.strerror}") from error
    return [folder / name for name in files]


def _text(value: object) -> str:
    """A value as YAML and JSON both write it."""
    return json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> Any:
    """Plain data with eight digits in each number."""
    if isinstance(value, Mapping):
        return {key: _short(part) for key, part in value.items()}
    if not isinstance(value, float):
        return value
    number = float(f"{value:.8g}")
    return int(number) if number.is_integer() else number


def _today(case: Scenario, said: Mapping[str, str]) -> str:
    data = {key: _short(value) for key, value in case.data.items() if key in (*_HEAD, "today")}
    assumed = f"assumed: {workshop.MARKET_MULTIPLE:g} times today's customers"
    comments = {}
    for section, figures in data["today"].items():
        for key in (f"{section}.{name}" for name in figures):
            comments[key] = f"{QUANTITIES[key].meaning}: {said.get(key, assumed)}"
    return f"{_SCENARIO}{written(data, comments, _TODAY)}"


def _plan(plan: Scenario) -> str:
    (entry,) = plan.data["plan"]
    lines = (f"      {key}: {_short(change)}".replace("'", "") for key, change in entry["changes"].items())
    given = {"title": _text(plan.title), "initiative": _text(entry["initiative"]), "changes": "\n".join(lines)}
    return _SCENARIO + _PLAN.format(**entry | given)
