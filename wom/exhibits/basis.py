"""The words that exhibits are made of, and what a result rests on: whose figures these are, cautions, limits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .._effect import Effect, Spread
from .._run import LEVEL, Run
from ..analysis import plausibility
from ..anchoring import MEMORY, REACH, REFERRAL, start
from ..assumptions import by_grade, limits, readable, table
from ..files import BACK_TESTED, SCENARIO
from ..parameters import QUANTITIES, Key, central, plain
from ..plan import Event, Initiative, split_key
from ..scenario import RIVALS, WHOLE, WIDTHS, BackTest, Scenario
from ..scenario import ranges as known_ranges
from ..units import DAYS_PER_MONTH, MONTHS_PER_YEAR
from ..words import NARROW, SEPARATORS, number, often, percent, range_place, rounded_down, several, whole
from .chart import Chart, Role, series
from .exhibit import Exhibit, Figure

_KEY = re.compile(r"(?:segments\.[^.\s]+\.)?\b(?:" + "|".join(map(re.escape, QUANTITIES)) + r")\b")
"""A parameter's dotted key in a text."""
RANGE = f"{100 * LEVEL:.0f}{NARROW}% range"


def source_line(scenario: Scenario) -> str:
    """What stands under a chart: whose numbers these are, and of what kind."""
    basis, kind = scenario.basis, "Scenario computed with wom, no forecast from data"
    if basis.label != SCENARIO and basis.months is not None:
        kind = f"Computed with wom, {basis.label} on data of {period(basis.months)}"
    return f"{(scenario.title or 'Scenario').rstrip('.')}. {kind}."


def months(scenario: Scenario) -> str:
    """The horizon in words."""
    return f"{scenario.horizon_months} month{'s' if scenario.horizon_months > 1 else ''}"


def unit(scenario: Scenario) -> str:
    """The currency behind a comma, as a subtitle ends."""
    return f", {scenario.currency}" if scenario.currency else ""


def today(scenario: Scenario) -> str:
    """How the subtitle of money ends: span, kind and unit."""
    return f"over {months(scenario)}, in today’s money{unit(scenario)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def words(key: str) -> str:
    """A parameter in a few plain words."""
    planned = key.startswith("plan.")
    if found := Key.find(key):
        return f"{found.words} with the plan" if planned else found.words
    if planned and ".cost." in key:
        return f"Cost of the plan {'at once' if key.endswith('once') else 'a month'}"
    parts = key.split(".")
    said = parts[-1].replace("_", " ").capitalize()
    return f"{said} ({parts[1]})" if parts[0] == "segments" and len(parts) > 2 else said


def name(key: str) -> str:
    """A parameter in plain words inside a sentence."""
    return _lower(words(key))


def in_words(text: str, *, keys: bool = False) -> str:
    """A text with names instead of dotted keys; with `keys` the first of each stands behind its name."""
    said: set[str] = set()

    def word(found: re.Match[str]) -> str:
        key, before = found[0], found.string[: found.start()]
        behind = f" ({key})" if keys and key not in said else ""
        said.add(key)
        return (words if not before or before.endswith(". ") else name)(key) + behind

    return _KEY.sub(word, text)


class Subject(NamedTuple):
    """What makes a difference, in words: an event is never the plan."""

    name: str
    """As a sentence begins."""
    plural: bool
    there: str
    absent: str
    """How the two lines are labelled: with the plan, and without it, which is empty where there is no other."""

    def verb(self, singular: str) -> str:
        """A verb that agrees, such as loses and lose."""
        return singular.removesuffix("s") if self.plural else singular


def initiatives(scenario: Scenario) -> list[Initiative]:
    """The plan without events, which nobody chooses."""
    return [item for item in scenario.plan if isinstance(item, Initiative)]


def events(scenario: Scenario) -> list[Event]:
    """What happens whether or not there is a plan."""
    return [item for item in scenario.plan if isinstance(item, Event)]


def subject(of: Effect | Spread | Scenario) -> Subject:
    """What makes the difference between two runs."""
    alone = not isinstance(of, Scenario) and of.either_way
    case = of if isinstance(of, Scenario) else of.scenario
    happening = 0 if alone else len(events(case))
    happens = f"the event{'s' if happening > 1 else ''}"
    if not case.plan:
        return Subject("Today's business", False, "today's course", "")
    if not happening:
        return Subject("The plan", False, "with the plan", "without it")
    plural = happening > 1 or happening < len(case.plan)
    named = happens if happening == len(case.plan) else f"the plan and {happens}"
    return Subject(_upper(named), plural, f"with {named}", "without them" if plural else "without it")


def borrowed(case: Scenario, *keys: str) -> str:
    """Which of some figures are not the business's own, in a sentence; empty if all are."""
    others = table(case).query("grade != 'yours'").index
    names = [name(key) for key in keys if any(str(row).endswith(key) for row in others)]
    return f"Published or assumed, not the business's own: {several(names)}." if names else ""


def too_late(scenario: Scenario) -> str:
    """What of a plan comes after the horizon, in a sentence; empty where nothing does."""
    horizon, late = scenario.horizon_months, list[str]()
    for item in scenario.plan:
        name, begins = (item.event, item.month) if isinstance(item, Event) else (item.initiative, item.start_month)
        late += [name] * (begins >= horizon)
    come, changes = ("come", "change") if len(late) > 1 else ("comes", "changes")
    return f"{several(late)} {come} after the horizon of {months(scenario)} and {changes} nothing." if late else ""


def value_of(key: str, value: float, scenario: Scenario) -> str:
    """A parameter's value: shares in percent, money with its currency, ratios as times."""
    found, write = Key.find(key), scenario.write
    kind = found.quantity.unit if found else "currency" if ".cost." in key else ""
    if kind.startswith(("share", "probability")):
        return write.percent(value)
    if kind.startswith("currency"):
        return write.money(value, 3)
    digits = 3 if kind == "ratio" and 0.5 < value < 2 else 2  # 1.05 times is not 1.1 times
    return write.number(value, digits) + (" times" if kind == "ratio" else "")


def alike(
    values: Iterable[Any], scenario: Scenario, digits: int = 3, *, sign: bool = False, currency: bool = True
) -> list[str]:
    """Money that belongs together, rounded alike to so many digits of the largest."""
    known = [float(value) for value in values]
    place = _place(max(map(abs, known), default=0.0), digits)
    return [scenario.write.amount(value, place, sign=sign, currency=currency) for value in known]


def _place(largest: float, digits: int) -> int:
    return max(range_place(largest, 0.0, 0.0) + 2 - digits, 0 if abs(largest) >= 100 else -2)


def counted(value: float, *, change: bool) -> int:
    """The place to which customers are rounded wherever they are said: three digits of a change, four of a level.

    Nothing finer than whole ones, or than tenths of fewer than ten.
    """
    return max(range_place(value, 0.0, 0.0) - (1 if change else 2), -1 if abs(value) < 10 else 0)


def span(
    low: float, high: float, scenario: Scenario, digits: int = 0, *, sign: bool = False, currency: bool = True
) -> str:
    """A range of money, rounded by its width, or each end to so many digits; one number where both read alike."""
    wide, write = range_place(max(abs(low), abs(high)), low, high), scenario.write
    places = [_place(end, digits) if digits else wide for end in (low, high)]

    def text(end: int, *, currency: bool) -> str:
        return write.amount((low, high)[end], places[end], sign=sign, currency=currency)

    if text(0, currency=False) == text(1, currency=False):
        return text(0, currency=currency)
    behind = SEPARATORS[scenario.number_format][2]
    return f"{text(0, currency=currency and not behind)} to {text(1, currency=currency and behind)}"


def between(first: str, last: str) -> str:
    """From one text to another, with one currency in front; or the one where they read alike."""
    if first == last:
        return first
    currency = re.match(r"[^\d+−]*", first)
    return f"{first.removesuffix(' times')} to {last.removeprefix(currency[0] if currency else '')}"


def outcomes(scenario: Scenario) -> tuple[str, str]:
    """What it is called when a plan loses and when it pays; an event does neither."""
    return ("loses money", "pays") if initiatives(scenario) else ("costs money", "brings money")


def how_often(scenario: Scenario, chance_of_loss: float, of: Subject | None = None) -> str:
    """How often something pays, or loses where it loses more often."""
    says, share = outcomes(scenario)[chance_of_loss <= 0.5], max(chance_of_loss, 1.0 - chance_of_loss)
    verb, *rest = says.split()
    several_events = not initiatives(scenario) and subject(scenario).plural
    who = of or Subject("They" if several_events else "It", several_events, "", "")
    return " ".join([who.name, who.verb(verb), *rest, often(share)])


def figure(
    label: str, value: float, ends: Iterable[float], case: Scenario, *, change: bool = False,
    place: int | None = None, note: str = "",
) -> Figure:  # fmt: skip
    """A big number with its range: rounded by the range's width, or to a given place; a change has a colour."""
    low, high = ends
    shown = case.write.ranged(value, low, high, sign=change, place=place)
    known = f"{RANGE} {shown.low} to {shown.high}" if high > low else ""
    return Figure(
        label, shown.value, "; ".join(filter(None, (known, note))), int(np.sign(shown.rounded)) if change else 0,
        (low, value, high) if high > low else None,
    )  # fmt: skip


def exhibit(
    of: Scenario | str, sentence: str, chart: Chart | None = None, *, alt: str = "", right: Iterable[Any] = (),
    text: Iterable[str] = (), **parts: Any,
) -> Exhibit:  # fmt: skip
    """An exhibit of a scenario, or of what a source line names; its message stands behind what the picture shows.

    `right` are the columns of a table that hold numbers, written already.
    """
    source, form = (of, "") if isinstance(of, str) else (source_line(of), of.number_format)
    if chart:
        chart = replace(chart, number_format=form)
        rows = "; ".join(map(" ".join, zip(map(str, chart.categories), chart.labels, strict=False)))
        alt = f"{alt or chart.subtitle}{f': {rows}' if rows else ''}. {sentence}."
    formats = dict.fromkeys(map(str, right), "{}") or None
    text = tuple(filter(None, text))
    return Exhibit(sentence, chart, alt=alt, text=text, formats=formats, **{"source": source} | parts)


def ranges(
    ends: pd.DataFrame, subtitle: str, labels: Iterable[str], roles: Sequence[Role] = (), **more: Any
) -> Chart:
    """A range per row of a table, whose columns are low, middle and high ends, with a text beside each."""
    names = zip(("low", "middle", "high"), ends, strict=True)
    lines = tuple(series(label, ends[column], roles=roles) for label, column in names)
    return Chart("ranges", tuple(map(str, ends.index)), lines, subtitle, labels=tuple(labels), **more)


def bars(
    values: pd.Series, subtitle: str, labels: Iterable[str], roles: Sequence[Role] = (), **more: Any
) -> Chart:
    """A bar per row of a column, with a text beside each; by default in the colour of a gain or a loss."""
    names = [": ".join(map(str, row)) if isinstance(row, tuple) else str(row) for row in values.index]
    roles = roles or ["better" if value >= 0 else "worse" for value in values]
    drawn = series(str(values.name).replace("_", " "), values, roles=roles)
    return Chart("bars", tuple(names), (drawn,), subtitle, labels=tuple(labels), **more)


def by_figure(keys: Iterable[Any], columns: Mapping[str, Any]) -> pd.DataFrame:
    """A table with a row per parameter, named in words."""
    return pd.DataFrame(columns, index=pd.Index([words(str(key)) for key in keys], name="Figure"))


def month(name: str) -> str:
    """A month as people write it."""
    return f"{pd.Period(name):%b %Y}"


def period(of: tuple[str, str]) -> str:
    """A span of months."""
    return " to ".join(dict.fromkeys(map(month, of)))


def standing(scenario: Scenario) -> str:
    """What kind of run this is and what that means, in a sentence."""
    basis = scenario.basis
    if basis.label == SCENARIO or basis.months is None:
        return "This is a scenario: what follows if its figures hold; none of them was found in data."
    count = len(basis.sources)
    found = f"{whole(count)} figure{'s were' if count != 1 else ' was'} found in data of {period(basis.months)}"
    if basis.back_test is None:
        return f"This is calibrated: {found}; how well it forecasts was not tested."
    return f"This is {BACK_TESTED}: {found}. {verdict(basis.back_test)}"


def verdict(test: BackTest) -> str:
    """How a back-test went, in sentences."""
    said = f"{period(test.months)}, unseen: {outcome(test, test.deciding)}."
    counts = "It counts as back-tested" if test.label == BACK_TESTED else f"It is not back-tested: {test.label}"
    return f"{said} {counts}."


def outcome(test: BackTest, column: str) -> str:
    """How a column was forecast, in a clause."""
    score = test.columns[column]
    apart = round(abs(score.total - 1.0), 2)
    side = f"{percent(apart)} {'above' if score.total > 1.0 else 'below'} what came" if apart else "at what came"
    # no digits where it is large
    off, rival = (percent(round(error, 2 if error >= 0.1 else 3)) for error in (score.error, score.rival_error))
    nearer = ", nearer" if score.rival_error < score.error else ""
    said = f"{column.replace('_', ' ')} forecast {side} ({off} off in a month)"
    return f"{said}; a naive forecast, as {RIVALS[score.rival]}: {rival} off{nearer}"


def gives_way(scenario: Scenario) -> list[str]:
    """Which defaults gave way to an observed share of recommended customers, and how far."""
    begun = start(scenario)
    values = begun.inputs.parameters
    said = {
        MEMORY: "what people hear is remembered for {0} months instead of {1}",
        REACH: "a good experience is told to {0} people instead of {1}",
    }
    ways = [said[key].format(number(values[key].max()), number(was.min())) for key, was in begun.before.items()]
    if not ways:
        return []
    return [
        f"{percent(float(values[REFERRAL].flat[0]))} of new customers on a recommendation is more than our usual "
        f"assumptions allow, so these give way: {several(ways)}. Your own figure for either would settle it."
    ]


def cautions(scenario: Scenario) -> tuple[str, ...]:
    """What a reader of results for this very scenario must know before using them."""
    begun, given, found = start(scenario), scenario.today.given(), []
    values = begun.inputs.parameters
    entries = scenario.entries()
    contacts, memory = values["experience.contacts_per_month"], values["experience.memory_months"]

    def where(rows: Any) -> str:
        """Of which segments it is true; nothing for a business in one piece."""
        named = [one for one, row in zip(scenario.segments, rows, strict=False) if row.any()]
        return f" in {several(named)}" if scenario.today.segments else ""

    if (rare := contacts * memory < 1.0).any():
        found.append(
            f"Contacts{where(rare)} are rarer than a mood lasts, so experiences hardly matter in this model."
        )
    lasts = 1.0 / (1.0 / memory + contacts * values["experience.good_share"])
    if (brief := lasts < 1.0).any():  # gone before it can show in sales
        found.append(
            f"A bad mood{where(brief)} lasts only {whole(lasts.min() * DAYS_PER_MONTH)} days on average, because "
            "the next good contact wipes it. So only contacts good enough to be told must count as good; where "
            "the merely fine are counted, what bad service costs comes out too small."
        )
    if any(entry.path.startswith("evidence.") for entry in entries["experience.contacts_per_month"]):
        found.append(
            "How often customers meet the business is a default, once a month. Count contacts and divide by "
            "customers: it decides how many experiences there are and how long each is remembered."
        )
    if "word_of_mouth.audience_share" in given:
        found.append("No referral share was observed, so market size times audience share drives word of mouth.")
    elif REFERRAL not in given:
        less = ""
        if begun.gave_way.any():
            usual, most = float(values[REFERRAL].flat[0]), rounded_down(begun.referral_share.item())
            less = (
                f" The published {percent(usual)} is more than your other figures allow: with so few satisfied "
                f"customers in so large a market, at most {percent(most, 3)} can come that way, and that is the "
                "share used here."
            )
        found.append(
            f"The share of new customers who come on a recommendation is a default.{less} Ask new customers how "
            "they heard of you: this one figure of your own fixes how much word of mouth can do."
        )
    found += [*gives_way(scenario), *filter(None, [too_late(scenario)])]
    for entry in entries["retention.retention_rate"]:
        rate = central(entry.value)
        if entry.path.startswith("today.") and 0 < rate < 0.8:
            found.append(
                f"{words(plain(entry.path))}: {percent(rate)} a month, so that {percent(rate**12)} stay for a "
                f"year. Is it a year's rate? Per month that would be {rate ** (1 / 12):.3f}."
            )
    # a bare number far from today's value, or the wrong way, looks like a slip
    for item in initiatives(scenario):
        for key, change in item.changes.items():
            parameter, chosen = split_key(key, tuple(scenario.today.segments) or (WHOLE,))
            places = entries.get(parameter, ())
            if change.way != "to" or not places:
                continue
            to = central(change.amount)
            before = [central(places[place if len(places) > 1 else 0].value) for place in chosen]
            far = [now for now in before if now > 0 and not now / 5 <= to <= now * 5]
            worse = [now for now in before if parameter == "experience.bad_share" and to > now]
            if far or worse:
                now = (far or worse)[0]
                size = f"{to / now:.2g} times today's {now:g}" if far else f"more than today's {now:g}"
                way = "add: -0.02 or multiply: 0.7" if worse else "add or multiply"
                found.append(
                    f"{item.initiative} takes {key} to {to:g}, {size}. A bare number is the new value itself; "
                    f"where a change is meant, write {way}."
                )
    return tuple(found)


def figures(scenario: Scenario, spread: Spread | None = None) -> Exhibit:
    """How many figures are the firm's own, published or assumed, and what to know before using the result.

    With draws also how wide own figures are, which draws were left out, and which defaults gave way.
    """
    grades = by_grade(scenario)["parameters"]
    published = int(grades[["strong", "fair", "weak"]].sum())
    counted = (
        f"Of {int(grades.sum())} figures {grades['yours']} are yours, {published} are published "
        f"({grades['strong']} strong, {grades['fair']} fair, {grades['weak']} weak evidence for this use) and "
        f"{grades['assumed']} are assumed"
    )
    text = [standing(scenario), *cautions(scenario)]
    if spread:
        stated, guessed = (percent(WIDTHS[kind]) for kind in ("stated", "guessed"))
        text.append(
            f"{whole(len(known_ranges(scenario.inputs)))} figures are uncertain. One of yours without a range "
            f"is known to ±{stated}, a guessed one to ±{guessed}, a counted one exactly (sure: in the file)."
        )
        text += left_out(spread)
    return Exhibit(counted, text=tuple(text), appendix=True)


def left_out(spread: Spread) -> list[str]:
    """Which draws were left out because their figures contradict each other, and where a default gave way."""
    begun = spread.run.start
    said = [in_words(spread.run.refused.text, keys=True) or "No draw contradicts what was observed."]
    if begun.before:
        longer = [(begun.inputs.parameters[key] != before).any(axis=0) for key, before in begun.before.items()]
        said.append(
            f"In {percent(float(np.any(longer, axis=0).mean()))} of draws the observed share of recommended "
            "customers is more than our usual assumptions allow; there talk is remembered for longer or reaches "
            "more people, as little as is needed."
        )
    if less := float(begun.gave_way.mean()):
        said.append(
            f"In {percent(less)} of draws the published share of new customers who come on a recommendation is "
            "more than your figures allow; there it is as large as they allow."
        )
    return said


def unknown(scenario: Scenario) -> Exhibit:
    """What the model does not know, and what part of a customer's worth the horizon holds.

    part = 1 − (retention · (1 + interest)^(−1/12))^months, of today's customers on average
    """
    values = scenario.inputs().parameters
    stays, interest, heads = (
        values[key][:, 0] for key in ("retention.retention_rate", "economics.discount_rate", "market.customers")
    )
    parts = 1.0 - (stays * (1.0 + interest) ** (-1.0 / MONTHS_PER_YEAR)) ** scenario.horizon_months
    part = percent(float(np.average(parts, weights=heads if heads.any() else None)))
    held = f"{_upper(months(scenario))} hold about {part} of what a customer is worth."
    return exhibit("", "What the model does not know", text=(*limits(scenario), held), appendix=True)


_KINDS = {
    "assumed": "Assumed: no source gives these figures, so a range is what counts",
    "published": "Published: surveys and studies, with the grade that fits their use",
    "yours": "Yours: what the scenario gives",
}


def assumptions(scenario: Scenario, kind: str = "assumed") -> Exhibit:
    """The figures of one kind as a table: assumed, published or yours."""
    grades = ("weak", "fair", "strong") if kind == "published" else (kind,)
    return exhibit(scenario, _KINDS[kind], data=readable(scenario, *grades), appendix=True)


def plausible(run: Run) -> Exhibit:
    """Results against published lines, as a table; what lies outside is shown, not hidden."""
    shown = plausibility.review(run).astype(str).replace(" %", f"{NARROW}%", regex=True)
    author_and_year = shown["source"].replace(r"([12]\d{3}(?:-\d\d)?), [^;]*", r"\1", regex=True)
    rows = pd.DataFrame({"Verdict": shown["verdict"], "Held against": shown["base"], "Source": author_and_year})
    rows.index = pd.Index([_upper(str(line)) for line in rows.index], name="Result")
    said = "Plausibility: results against published lines; what lies outside is shown, not hidden"
    return exhibit(run.scenario, said, data=rows, appendix=True)


class Title(str):
    """A page's title, as a notebook shows it: a name is never markup."""

    __repr__ = str.__str__

    def _repr_markdown_(self) -> str:
        return "# " + re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(self.split()))


def title(what: Scenario | str) -> Title:
    """What a scenario is called, or a title of one's own."""
    return Title(what if isinstance(what, str) else what.title or "Scenario")
