"""Results in sentences: one message per chart with its number, and what to know before using a result."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from .._effect import MOST_MONTHS, Effect
from ..assumptions import by_grade, limits
from ..plan import Calendar, Initiative
from ..scenario import Scenario
from ..words import MINUS, amounts, difference, money, number, percent, signed, whole
from .cautions import cautions
from .standing import standing


def subject(effect: Effect) -> str:
    """What makes the difference, in words.

    Example:
        >>> import wom
        >>> subject(wom.effect(wom.load("retailer/viral-complaint")))
        'The event'
    """
    plan = effect.scenario.plan
    if any(isinstance(item, Initiative) for item in plan):
        return "The plan"
    if plan:
        return "The event" if len(plan) == 1 else "The events"
    return "Today's business"


def sentences(effect: Effect) -> Mapping[str, str]:
    """One message per chart of a report.

    Returns:
        By chart: revenue, difference, net, customers, told, stars.

    Example:
        >>> import wom
        >>> sentences(wom.effect(wom.load("retailer/make-it-right")))["customers"]
        '118 more customers after 36 months: 5,697 instead of 5,579'
    """
    return _changes(effect) if effect.scenario.plan else _levels(effect)


def _changes(effect: Effect) -> dict[str, str]:
    numbers, currency = effect.headlines, effect.scenario.currency
    what = subject(effect)
    extra = numbers["extra_revenue"] or 0.0
    span = f"{effect.scenario.horizon_months} months"
    plural = what.endswith("events")
    verb, size = ("bring" if plural else "brings", "more") if extra >= 0 else ("cost" if plural else "costs", "of")
    share = signed(percent(numbers["extra_revenue_share"] or 0.0))
    return {
        "revenue": f"{what} {verb} {amounts([abs(extra)], currency)[0]} {size} revenue in {span} ({share})",
        "difference": _difference(effect),
        "net": _net(effect),
        "customers": _customers(effect),
        "told": _told(effect),
        "stars": _stars(effect),
    }


def _levels(effect: Effect) -> dict[str, str]:
    table, currency = effect.run.monthly, effect.scenario.currency
    first, last = table.iloc[0], table.iloc[-1]
    span = f"{effect.scenario.horizon_months} months"
    grow = "grows" if last["revenue"] >= first["revenue"] else "falls"
    return {
        "revenue": f"Revenue {grow} from {money(first['revenue'], currency)} a month "
        f"to {money(last['revenue'], currency)} in {span}",
        "difference": "There is no plan, and so no difference to explain",
        "net": f"{span} of contribution are worth {amounts([effect.run.npv], currency)[0]} in today's money",
        "customers": f"{whole(effect.customer_steps['With it'])} customers after {span}, "
        f"{whole(first['customers'])} today",
        "told": _told(effect),
        "stars": _stars(effect),
    }


def verdict(effect: Effect) -> str:
    """What a plan comes to, as the end of a sentence about it."""
    plural = "" if subject(effect).endswith("events") else "s"
    span = f"{effect.scenario.horizon_months} months"
    if late(effect):
        return f"pay{plural} back {payback(effect)}"
    left = shown(effect)[2]
    return f"{'lose' if left.startswith(MINUS) else 'earn'}{plural} {left.removeprefix(MINUS)} in {span}"


def late(effect: Effect) -> bool:
    """Whether a plan loses within the horizon, but earns its cost afterwards with room to spare: with half of what
    is left then."""
    net, left = float(effect.headlines["net"] or 0.0), float(effect.value_left.sum())
    return bool(effect.headlines["plan_cost"]) and effect.payback_month is not None and net < 0 <= net + left / 2


def payback(effect: Effect) -> str:
    """When a plan that costs something has earned its cost, in words; empty where nothing is ever lost."""
    net, month = float(effect.headlines["net"] or 0.0), effect.payback_month
    if not effect.headlines["plan_cost"] or (month is None and net >= 0):
        return ""
    return paid_back(month, effect.run.inputs.calendar)


def paid_back(month: int | None, calendar: Calendar) -> str:
    """A payback month in words.

    Example:
        >>> paid_back(40, Calendar()), paid_back(14, Calendar((2027, 1))), paid_back(None, Calendar())
        ('after 41 months', 'after 15 months, in March 2028', 'never within 600 months')
    """
    if month is None:
        return f"never within {MOST_MONTHS} months"
    named = "" if calendar.first is None else f", in {calendar.said(month)}"
    return f"after {month + 1} month{'s' if month else ''}{named}"


def _net(effect: Effect) -> str:
    """What a plan earns or loses, why, and when it has earned its cost."""
    what, span = subject(effect), f"{effect.scenario.horizon_months} months"
    brings, costs, left = shown(effect)
    if late(effect):
        return (
            f"{what} {verdict(effect)}: in {span} it is worth {brings} and costs {costs}, in today's money, "
            f"{left.removeprefix(MINUS)} too little by then"
        )
    said = f"{what} {verdict(effect)}, in today's money"
    if not effect.headlines["plan_cost"]:
        return said
    net, after, when = float(effect.headlines["net"] or 0.0), float(effect.value_left.sum()), payback(effect)
    pays = f"; it pays back {when}".replace("pays back never", "never pays back") if when else ""
    if net >= 0 > net + after / 2:
        pays += f"; but what it leaves behind costs {amounts([-after], effect.scenario.currency)[0]} after that"
    return f"{said}: it is worth {brings} and costs {costs}{pays}"


def shown(effect: Effect) -> tuple[str, str, str]:
    """What a plan is worth, what it costs and what is left, in today's money, as they are shown everywhere."""
    worth, cost = (effect.headlines[name] or 0.0 for name in ("present_earned", "present_cost"))
    return difference(worth, cost, effect.scenario.currency)


def _people(effect: Effect) -> tuple[str, str, str]:
    """Customers at the end with the plan, without it and how many more, as they are shown everywhere."""
    ends = [round(effect.customer_steps[name]) for name in ("With it", "Without it")]
    if max(ends) >= _MILLION:
        return difference(*ends)
    return whole(ends[0]), whole(ends[1]), whole(ends[0] - ends[1])


_MILLION = 1e6
"""From here on nobody counts single customers."""


def _customers(effect: Effect) -> str:
    now, before, extra = _people(effect)
    span = f"after {effect.scenario.horizon_months} months"
    if extra == "0":
        return f"As many customers {span} as without it: {now}"
    size = "fewer" if extra.startswith(MINUS) else "more"
    return f"{extra.removeprefix(MINUS)} {size} customers {span}: {now} instead of {before}"


def _difference(effect: Effect) -> str:
    parts = effect.monthly[["from_customers", "from_spending"]].sum()
    total = float(parts.sum())
    if not (effect.run.revenue or effect.baseline.revenue):
        return "There is no revenue: customers spend nothing"
    people = float(parts["from_customers"]) / total if total else 0.0
    if total and 0 <= people <= 1:
        size = "more" if total > 0 else "fewer"
        return f"{percent(people)} of the difference comes from {size} customers, the rest from spending per head"
    return "The number of customers and their spending pull in opposite directions"


def _told(effect: Effect) -> str:
    bad, before = effect.run.total("people_told_bad"), effect.baseline.total("people_told_bad")
    good = effect.run.total("people_told_good")
    now, then, fine = (amounts([value], digits=2)[0] for value in (bad, before, good))
    instead = f" instead of {then}" if now != then else ""
    return f"Bad stories reach {now} people{instead}, good ones {fine}"


def _stars(effect: Effect) -> str:
    if np.isnan(effect.headlines["stars_at_end"] or 0.0):
        return "Nobody posts a review"
    now, before = (f"{effect.headlines[name]:.1f}" for name in ("stars_at_end", "stars_without_plan"))
    return (
        f"The star rating ends at {now} instead of {before}" if now != before else f"The star rating ends at {now}"
    )


def around(effect: Effect) -> Mapping[str, str]:
    """What a report says around its charts, in Markdown.

    Returns:
        price: what the plan may cost, the break-even cost of `wom.compare`; empty where nothing is spent.
        lines: what the lines of the charts start from. parts: the chapter on the difference, head and all.

    Example:
        >>> import wom
        >>> price = around(wom.effect(wom.load("retailer/front-line-training")))["price"]
        >>> print(price.replace("\\xa0", " ").split(".")[0])
        **Not at this price**: in 36 months it would pay if it cost less than USD 40,700, in today's money
    """
    if effect.scenario.plan:
        lines = "Both lines start from the same business on the same day; only the plan differs."
        price = " ".join(filter(None, (_price(effect), _later(effect))))
        return {"price": price, "lines": lines, "parts": _PARTS}
    span, currency = f"{effect.scenario.horizon_months} months", effect.scenario.currency
    sold, left, today = amounts([effect.run.revenue, effect.run.contribution, effect.run.npv], currency)
    steps = effect.run.monthly["customers"]
    return {
        "price": "",
        "lines": "The line is today's business, left to itself: no plan and no event.",
        "parts": f"## What the business does by itself\n\nWith today's service it takes in {sold} in {span}. "
        f"After the cost of what was sold and of winning customers {left} is left, {today} in today's "
        f"money. Customers go from {whole(steps.iloc[0])} to {whole(effect.customer_steps['With it'])}.",
    }


_PARTS = """\
## Where the difference comes from

Month by month, the run with the plan less the run without it. First the two parts of the extra revenue, then what
is left of it after the cost of what was sold, the cost of winning customers, and the cost of the plan."""


_LONGER = 120
"""Months to look ahead where much of what a plan brings comes later than the horizon."""


def _later(effect: Effect) -> str:
    """Advice to look further, where more comes after the horizon than within it."""
    left, earned = float(effect.value_left.sum()), float(effect.headlines["present_earned"] or 0.0)
    months = effect.scenario.horizon_months
    if left <= max(earned, 0.0) or months >= _LONGER:
        return ""
    return (
        f"Most of what {subject(effect).lower()} brings comes after these {months} months: look {_LONGER} months "
        f"ahead (horizon_months: {_LONGER})."
    )


def _price(effect: Effect) -> str:
    worth, cost = (effect.headlines[name] or 0.0 for name in ("present_earned", "present_cost"))
    span = f"{effect.scenario.horizon_months} months"
    if not cost:
        return ""
    if worth <= 0 and late(effect):
        return f"**It pays, but not in {span}** at any price."
    if worth <= 0:
        return f"**Not at any price**: it would lose in {span} even if it cost nothing."
    brings, _, _ = shown(effect)
    if late(effect):
        return (
            f"**It pays, but not in {span}**: for that it would have to cost less than {brings}, in today's money."
        )
    if worth < cost:
        return f"**Not at this price**: in {span} it would pay if it cost less than {brings}, in today's money."
    return f"**At this price it pays**, and would up to a cost of {brings}, in today's money."


def alternatives(effect: Effect) -> Mapping[str, str]:
    """What each chart shows, for who cannot see it.

    Returns:
        By chart: revenue, difference, net, customers, arrivals, told, stars.

    Example:
        >>> import wom
        >>> alternatives(wom.effect(wom.load("retailer/today")))["stars"]
        'Line chart of the star rating over 36 months, from 4.0 to 4.0.'
    """
    run, base, horizon = effect.run.monthly, effect.baseline.monthly, effect.scenario.horizon_months
    span = f"over {horizon} months"
    first, last, without = run.iloc[0], run.iloc[-1], base.iloc[-1]
    extra = effect.monthly.iloc[-1]
    planned = bool(effect.scenario.plan)

    def course(column: str, show: Callable[[float], str]) -> str:
        other = f", {show(without[column])} without the plan" if planned else ""
        return f"from {show(first[column])} to {show(last[column])}{other}"

    steps = "; ".join(f"{str(name).lower()} {number(value)}" for name, value in effect.customer_steps.items())
    return {
        "revenue": f"Line chart of revenue per month {span}, {course('revenue', number)}.",
        "difference": f"Stacked bars of extra revenue per month {span}; in the last month "
        f"{number(extra['from_customers'])} from the number of customers and "
        f"{number(extra['from_spending'])} from spending per head.",
        "net": f"Contribution, cost and net in today's money added up {span}, ending at "
        f"{number(effect.present['so_far'].iloc[-1])} net.",
        "customers": f"Steps in customers: {steps}.",
        "arrivals": f"Stacked areas of new customers per month {span}; in the last month "
        f"{number(last['new_customers'])} in all, {number(last['recommended_customers'])} recommended, "
        f"{number(last['incremental_customers'])} won by word of mouth, "
        f"{number(last['deterred_customers'])} kept away.",
        "told": f"Line chart of people told per month {span}: good {course('people_told_good', number)}; "
        f"bad {course('people_told_bad', number)}.",
        "stars": f"Line chart of the star rating {span}, {course('stars', '{:.1f}'.format)}.",
    }


def headline(effect: Effect) -> list[tuple[str, str, str]]:
    """The three figures that a reader takes away.

    Returns:
        label, value and note of each.

    Example:
        >>> import wom
        >>> [value for _, value, _ in headline(wom.effect(wom.load("retailer/make-it-right")))][-1]
        '+118'
    """
    numbers, currency = effect.headlines, effect.scenario.currency
    span = f"{effect.scenario.horizon_months} months"
    steps = effect.customer_steps
    if not effect.scenario.plan:
        return [
            (f"Revenue in {span}", amounts([effect.run.revenue], currency)[0], "no plan, the course of today"),
            ("Worth in today's money", amounts([effect.run.npv], currency)[0], "contribution"),
            (
                "Customers at the end",
                whole(steps["With it"]),
                f"{whole(effect.run.monthly['customers'].iloc[0])} today",
            ),
        ]
    share = signed(percent(numbers["extra_revenue_share"] or 0.0))
    cost = numbers["present_cost"] or 0.0
    _, costs, left = shown(effect)
    people = _people(effect)
    extra = amounts([numbers["extra_revenue"] or 0.0], currency)[0]
    return [
        (f"Revenue in {span}", signed(extra), f"{share} on no plan"),
        ("Net, in today's money", signed(left), f"contribution less costs of {costs}" if cost else "contribution"),
        (
            "Customers at the end",
            signed(people[2]) if people[2] != "0" else "0",
            f"{people[0]} instead of {people[1]}" if people[2] != "0" else f"{people[0]} with and without it",
        ),
    ]


def segments(effect: Effect) -> pd.DataFrame:
    """What the plan does to each segment, as a table to read.

    Example:
        >>> import wom
        >>> shown = segments(wom.effect(wom.load("supplier/call-back")))
        >>> list(shown.index)
        ['routine', 'custom', 'last-minute', 'high-touch']
    """
    table, currency = effect.by_segment, effect.scenario.currency
    return pd.DataFrame(
        {
            "Revenue": [money(value, currency) for value in table["revenue"]],
            "Extra revenue": [signed(money(value, currency)) for value in table["extra_revenue"]],
            "Extra contribution": [signed(money(value, currency)) for value in table["extra_contribution"]],
            "Customers": [whole(value) for value in table["customers"]],
            "Extra customers": [signed(number(value, 2)) for value in table["extra_customers"]],
        },
        index=table.index.rename("Segment"),
    )


def basis(scenario: Scenario) -> str:
    """What a result rests on, in Markdown: figures by grade, cautions on this business, limits of the model.

    Example:
        >>> import wom
        >>> said = basis(wom.load("retailer/today"))
        >>> said.startswith("Of "), "### What the model does not know" in said
        (True, True)
    """
    grades = by_grade(scenario)["parameters"]
    published = int(grades[["strong", "fair", "weak"]].sum())
    counted = (
        f"Of {int(grades.sum())} figures, **{grades['yours']} are yours**, **{published} are published** "
        f"({grades['strong']} strong, {grades['fair']} fair, {grades['weak']} weak evidence for this use) and "
        f"**{grades['assumed']} are assumed**. {standing(scenario)}"
    )
    warned = "".join(f"\n- **{caution}**" for caution in cautions(scenario))
    return f"{counted}\n{warned}\n\n### What the model does not know\n\n- " + "\n- ".join(limits(scenario))
