"""Nine questions in plain words, and the files that the answers become: `wom new`.

An answer is what people say: "90 % a year", "twice a year", "NPS 35", "4.2 stars", "40 to 50 %", "don't know". It
is never guessed what was meant: an answer that can mean two things is asked about.
"""

from __future__ import annotations

import functools
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
_SAME = {
    "annually": "a year", "yearly": "a year", "p.a.": "a year", "per annum": "a year", "monthly": "a month",
    "weekly": "a week", "daily": "a day", "once": "1", "twice": "2", "three times": "3", "four times": "4",
}  # fmt: skip
_FILLING = re.compile(r"\b(?:about|roughly|every|each|in|per|an?|times?)\b")
_UNKNOWN = re.compile(r"|\?+|-+|(i )?(do not|don.?t) know|unknown|no idea|none|n/?a", re.IGNORECASE)
_TIMES = "k|m|thousand|million"
_NUMBER = rf"[+-]?\d[\d\s',.]*(?:{_TIMES})?\b|[+-]?\d"
_GOOD = (0.10, 0.25, 0.40)
"""Of contacts, good ones where only stars are known, or nothing: assumed."""


# --- Answers as numbers ---


def figure(text: str) -> float:
    """A number as people write it, with words around it: 5,000 or 5 000 or 5k people, 19.90 or 19,90 EUR."""
    word = text.lower().replace("−", "-")
    word = re.sub(rf"(?<![^\W\d_])(?!(?:{_TIMES}|dozen|hundred|billion)\b)[^\W\d_]+|[$€£¥]", "_", word).strip("_ ")
    found = re.fullmatch(rf"([+-]?[\d\s',.]+?)\s*({_TIMES})?", word)
    digits = re.sub(r"(?<=\d)[\s'](?=\d{3}(?!\d))", "", found[1]) if found else ""
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
    times = found[2] if found else None
    return value * (1e3 if times in ("k", "thousand") else 1e6 if times else 1.0)


def ranged(text: str, read: Callable[[str], float]) -> Value:
    """A number, or a range of two such as 40 to 50 %, each read with the words around it."""
    found = re.fullmatch(
        rf"(.*?)({_NUMBER})\s*(%?)\s*(?:to|–|-|bis)\s*({_NUMBER})(.*)", text.strip(), re.IGNORECASE
    )
    if not found:
        return read(text)
    before, first, sign, last, after = found.groups()
    after = after if "%" in after else sign + after
    low, high = sorted(read(f"{before}{end}{after}") for end in (first, last))
    return Range(low, (low + high) / 2, high) if low < high else low


def _span(text: str) -> tuple[str, float | None]:
    """A text without its span of time, and how many months that is."""
    word = text.lower()
    for other, plain in _SAME.items():
        word = re.sub(rf"\b{re.escape(other)}(?!\w)", plain, word)
    found = re.search(
        r"(?:\b(?:a|an|per|each|every|in a)\s+|/\s*)(\d+)?\s*(year|quarter|month|week|day)s?\b", word
    )
    if not found:
        return word, None
    return word.replace(found[0], " ").strip(), float(found[1] or 1) * _MONTHS[found[2]]


def rate(text: str) -> float:
    """How often, or how much, in a month: "twice a year", "every 2 weeks", "1800 a year", "50"."""
    rest, months = _span(text)
    if months is None:
        return figure(rest)
    return (figure(rest) if _FILLING.sub("", rest).strip() else 1.0) / months  # once: "monthly", "every 2 weeks"


def share(text: str) -> float:
    """A share: "40 %", "0.4", "40 of 100", "1 in 5"."""
    if parts := re.fullmatch(r"\s*(\d+)\s*(?:in|of|out of|/)\s*([1-9]\d*)\s*", text, re.IGNORECASE):
        return float(parts[1]) / float(parts[2])
    number = re.sub(r"%|\bper ?cent\b", "", text, flags=re.IGNORECASE)
    value, in_percent = figure(number), number != text
    if value == 1 and not in_percent:
        raise InputError("is 1 meant as 1 % or as 100 %? Write it so")
    value = value / 100 if in_percent or value > 1 else value
    if not 0 <= value <= 1:
        raise InputError(f"{shorten(text)} is no share; write a number from 0 % to 100 %")
    return value


def staying(text: str) -> float:
    """The share that stays for a MONTH: from "90 % a year", "97.5 % a month", "10 % leave in a year"."""
    rest, months = _span(text)
    if months is None:
        raise InputError("for a month or for a year? Write 90 % a year, or 97.5 % a month")
    leave = re.search(r"leave|lost|lose|churn|go\b|gone|quit|cancel", rest)
    return float((1 - share(rest) if leave else share(rest)) ** (1 / months))


def score(text: str) -> float | None:
    """The Net Promoter Score that an answer is, from -1 to 1; None where it is another answer."""
    word = re.sub(r"\b(?:nps|net promoter score)\b", "nps", text.replace("−", "-").strip().lower())
    found = re.fullmatch(r"(?:an? )?nps\D*?([+-]?\d+(?:[.,]\d+)?)", re.sub("(.*) (nps)", r"\2 \1", word))
    if found and not -100 <= figure(found[1]) <= 100:
        raise InputError(f"an NPS lies from -100 to 100, is {found[1]}")
    return figure(found[1]) / 100 if found else None


def contacts(text: str) -> tuple[Value, Value | None]:
    """Good contacts, and bad ones where the answer tells them as well: a share, "NPS 35", "4.2 stars".

    An NPS is good less bad: the ranges hold every mix that gives the score, as those of `wom.nps` do. Stars are an
    average over those who write reviews, as often and with as many stars as the evidence has it after good,
    ordinary and bad contacts.
    """
    if (nps := score(text)) is not None:
        pairs = [(float(mix.promoters[0]), float(mix.detractors[0])) for mix in ends(nps)]
    elif found := re.fullmatch(r"(\d(?:[.,]\d+)?)\s*(?:stars?|★)(?: (?:out )?of 5)?", text.strip().lower()):
        given = evidence.defaults("consumer")
        good, ordinary, bad = (
            central(given[f"reviews.posting_{kind}"])
            * (central(given[f"reviews.stars_{kind}"]) - figure(found[1]))
            for kind in ("good", "neutral", "bad")
        )
        pairs = [(part, -(part * good + (1 - part) * ordinary) / (bad - ordinary)) for part in _GOOD]
        pairs = [(part, wrong) for part, wrong in pairs if 0 <= wrong <= 1 - part]
        if not pairs:
            raise InputError(f"{found[1]} stars say nothing here that could be; give shares, as in 25 %")
    else:
        return ranged(text, share), None

    def over(values: tuple[float, ...]) -> Value:
        low, *between, high = sorted(values) if len(values) > 1 else values * 2
        return Range(low, between[0] if between else (low + high) / 2, high) if low < high else low

    better, worse = zip(*pairs, strict=True)
    return over(better), over(worse)


# --- The questions ---


@dataclass(frozen=True)
class Question:
    """A question: what it is called, the parameter that it gives, its words, and how its answer is read.

    `unknown` is what is taken, as a range and marked as assumed, where nobody knows: of itself, or of evidence;
    None where nothing can be said without it. `others` names the published figures that say what others have.
    """

    key: str
    parameter: str
    ask: str
    read: Callable[[str], float]
    unknown: Range | None = None
    others: tuple[str, ...] = ()

    def value(self, text: str) -> Value:
        """What an answer says."""
        return self.checked(contacts(text)[0] if self.key == "good" else ranged(text, self.read))

    def checked(self, value: Value) -> Value:
        """The value, if it is one that a scenario takes."""
        return QUANTITIES[self.parameter].check(value._asdict() if isinstance(value, Range) else value)

    def assumed(self) -> Range:
        """What is taken where nobody knows."""
        if self.unknown is None:
            how = QUANTITIES[self.parameter].how
            raise InputError(f"nothing can be said in money without it; {how}")
        return self.unknown


QUESTIONS = (
    Question("customers", "market.customers", "How many customers do you have today?", figure),
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
    """Values by parameter, and beside each what was said, or that it is assumed."""
    values: dict[str, Value] = {}
    said: dict[str, str] = {}
    of_bad: Value | None = None  # as the answer about good contacts tells it
    for question in QUESTIONS:
        text = str(answers.get(question.key, "")).strip()
        try:
            words = f"you said {text}"
            if _UNKNOWN.fullmatch(text) and question.key == "bad" and of_bad is not None:
                value, words = of_bad, "the range holds the mixes that give your score"
            elif _UNKNOWN.fullmatch(text):
                value, words = question.assumed(), f"assumed; to find out: {QUANTITIES[question.parameter].how}"
                if question.key == "new_customers":
                    leave = central(values["market.customers"]) * (1 - central(values["retention.retention_rate"]))
                    value = Range(*(leave * part for part in value))
            elif question.key == "good":
                value, of_bad = contacts(text)
                words += "" if of_bad is None else "; the range holds the mixes that give it"
            else:
                value = question.value(text)
                if question.key == "bad" and (nps := score(str(answers["good"]))) is not None:
                    values["experience.good_share"] = _good(nps, value, text, answers["good"])
                    said["experience.good_share"] = f"you said {answers['good']}, and {text} bad"
            values[question.parameter] = question.checked(value)
        except (InputError, ValueError) as error:
            raise InputError(getattr(error, "problem", str(error)), question.key) from None
        said[question.parameter] = words
    return values, said


def _good(nps: float, bad: Value, text: str, said: str) -> Value:
    """Good contacts from an NPS and an own share of bad ones: good = nps + bad, and at most 1 − bad."""
    low, middle, high = bad if isinstance(bad, Range) else (bad, bad, bad)
    if nps + low < 0 or nps + 2 * high > 1 + 1e-9:
        raise InputError(
            f"{text} contradicts {said}, which is good less bad: of 100 contacts, from "
            f"{max(-100 * nps, 0):.3g} to {50 * (1 - nps):.3g} are bad; leave one of the two out"
        )
    return Range(nps + low, nps + middle, nps + high) if low < high else nps + low


def business(answers: Mapping[str, str]) -> tuple[Scenario, dict[str, str]]:
    """The business that the answers describe, and beside each figure what was said."""
    keys = [question.key for question in QUESTIONS]
    if unknown := [key for key in answers if key not in (*GENERAL, *keys)]:
        raise InputError(f"no such question; {nearest(unknown[0], keys)}", unknown[0])
    values, said = numbers(answers)
    given = [central(values[question.parameter]) for question in QUESTIONS]
    customers, spend, margin, stay, new, often, good, bad, recommended = given
    currency = re.search(r"[A-Z]{3}|[$€£¥]", str(answers.get("spend", "")))
    found = workshop.scenario(
        customers, new, spend, margin, stay, good, bad, recommended, contacts=often,
        name=str(answers.get("name") or "Our business"),
        currency=str(answers.get("currency") or (currency[0] if currency else "")),
        customer_type=str(answers.get("customer_type") or "consumer"),
    )  # fmt: skip
    data = found.data
    for parameter, value in values.items():
        section, key = parameter.split(".")
        if said[parameter].startswith("assumed") and evidence.defaults(found.customer_type).get(parameter):
            del data["today"][section][key]  # nobody said it, so that the evidence is named for it
        else:
            data["today"][section][key] = value._asdict() if isinstance(value, Range) else value
    data["sure"] = {"market.size": "guessed"}
    try:
        return load(data), said
    except InputError:  # ends of ranges that contradict each other: the middle holds
        return found, said


def means(question: Question, text: str) -> str:
    """What an answer was taken for, and what others have."""
    about = QUANTITIES[question.parameter]
    if _UNKNOWN.fullmatch(text.strip()):
        question.assumed()
        return f"Then it is assumed, as a wide range. To find out: {about.how}."
    value = question.value(text)
    ends = [value.low, value.high] if isinstance(value, Range) else [value]
    shown = " to ".join(percent(end) if about.unit.startswith("share") else number(end) for end in ends)
    named = "stay from one month to the next" if question.key == "stay" else about.meaning
    others = "; ".join(evidence.figure(name).figure for name in question.others)
    return f"That is {shown}: {named}." + (f" Others: {others}." if others else "")


def ask(answers: dict[str, str]) -> tuple[Scenario, dict[str, str]]:
    """Ask on the terminal what is not answered yet, and again what contradicts another answer: the business."""
    print(
        "Nine questions. Answer as you would say it; a range such as 40 to 50 % is welcome, and so is: don't know."
    )
    while True:
        for place, question in enumerate(QUESTIONS, start=1):
            while question.key not in answers:
                try:
                    text = input(f"\n{place}. {question.ask}\n   > ")
                    print(f"   {means(question, text)}")
                    answers[question.key] = text
                except (InputError, ValueError) as error:
                    print(f"   {getattr(error, 'problem', error)}")
                except EOFError:
                    raise InputError("no answer was given", question.key) from None
        try:
            return business(answers)
        except InputError as error:
            named = {error.key, *re.findall(r"(?<=- )\w+|\w+_\w+", error.problem)}
            again = [one.key for one in QUESTIONS if {one.key, one.parameter.split(".")[1]} & named]
            if not again:
                raise
            print(f"   {error}")
            for key in again:
                del answers[key]


# --- The files ---

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
  - initiative: {title}
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


def _short(value: Any) -> Any:
    """Plain data with eight digits in each number."""
    if isinstance(value, Mapping):
        return {key: _short(part) for key, part in value.items()}
    if not isinstance(value, float):
        return value
    number = float(f"{value:.8g}")
    return int(number) if number.is_integer() else number


def write(case: Scenario, said: Mapping[str, str], folder: Path) -> list[Path]:
    """Write `today.yaml`, a first plan, a `data.yaml` to fill, a schedule, and the schemas for editors."""
    assumed = f"assumed: {workshop.MARKET_MULTIPLE:g} times today's customers"
    keys = [f"{section}.{name}" for section, part in case.data["today"].items() for name in part]
    comments = {key: f"{QUANTITIES[key].meaning}: {said.get(key, assumed)}" for key in keys}
    head = ("title", "currency", "customer_type", "sure", "today")
    today = _short({key: value for key, value in case.data.items() if key in head})
    (plan,) = workshop.plans(case)[0].data["plan"]
    lines = (f"      {key}: {_short(change)}".replace("'", "") for key, change in plan["changes"].items())
    quoted = functools.partial(json.dumps, ensure_ascii=False)  # as YAML writes it too
    wom = Path(sys.argv[0]).absolute() if Path(sys.argv[0]).stem == "wom" else Path("wom")
    files = {
        "today.yaml": _SCENARIO + written(today, comments, _TODAY),
        "first-plan.yaml": _SCENARIO
        + _PLAN.format(**plan | {"title": quoted(plan["initiative"]), "changes": "\n".join(lines)}),
        "data.yaml": _DATA.format(title=quoted(case.title), currency=quoted(case.currency or "USD")),
        "crontab": _CRON.format(folder=folder.absolute(), wom=wom),
        "wom-scenario.schema.json": quoted(schema(), indent=1),
        "wom-data.schema.json": quoted(data_schema(), indent=1),
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
