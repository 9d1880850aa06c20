"""What plans, pairs of initiatives and the division of a budget bring, in sentences and tables to read."""

from __future__ import annotations

import pandas as pd

from ..analysis.budget import Allocation
from ..scenario import Scenario
from ..words import amounts, difference, money, often, percent, several, signed
from .effects import paid_back


def plans(table: pd.DataFrame, scenario: Scenario) -> str:
    """Which plans pay within the horizon.

    Args:
        table: from `wom.compare`.
        scenario: whose business it is.

    Example:
        >>> import wom
        >>> pair = [wom.load(f"retailer/{name}") for name in ("make-it-right", "front-line-training")]
        >>> plans(wom.compare(*pair), pair[0])
        'Make it right on the spot pays within 36 months, Train the front line does not'
    """
    pay = [str(name) for name in table.index[table["net"] > 0]]
    lose = [str(name) for name in table.index[table["net"] <= 0]]
    span = f"within {scenario.horizon_months} months"
    if not lose:
        return f"{several(pay)} {'pay' if len(pay) > 1 else 'pays'} {span}"
    if not pay:
        return f"{several(lose)} {'do' if len(lose) > 1 else 'does'} not pay {span}"
    first = f"{several(pay)} {'pay' if len(pay) > 1 else 'pays'} {span}"
    return f"{first}, {several(lose)} {'do' if len(lose) > 1 else 'does'} not"


def compared(table: pd.DataFrame, scenario: Scenario) -> pd.DataFrame:
    """A comparison of plans to read: rows are questions, columns are plans; percent and points are both named.

    Args:
        table: from `wom.compare`.
        scenario: whose business it is.

    Example:
        >>> import wom
        >>> plan = wom.load("retailer/make-it-right")
        >>> shown = compared(wom.compare(plan, draws=20), plan)
        >>> shown.index[0], shown.columns[0], shown.iloc[0, 0].startswith("USD")
        ('Extra revenue', 'Make it right on the spot', True)
    """
    currency, calendar = scenario.currency, scenario.calendar

    def cash(column: str) -> list[str]:
        return [amounts([float(value)], currency)[0] for value in table[column]]

    left = [_shown(row, currency) for _, row in table.iterrows()]

    def points(column: str) -> list[str]:
        return [f"{value:.1f} points" if pd.notna(value) else "not with any number" for value in table[column]]

    rows = {
        "Extra revenue": cash("extra_revenue"),
        "… in percent of revenue": [
            f"{value:.1f} %" if pd.notna(value) else "there is no revenue"
            for value in table["extra_revenue_percent"]
        ],
        "Extra contribution, in today's money": [brings for brings, _, _ in left],
        "Cost, in today's money": [cost for _, cost, _ in left],
        "Net": [net for _, _, net in left],
        "… 90 % interval": [
            " to ".join(amounts([float(low), float(high)], currency, 3))
            for low, high in zip(table["net_low"], table["net_high"], strict=True)
        ],
        "It loses money": [often(value) for value in table["chance_of_loss"]],
        "It pays back": [
            "at once"
            if pd.isna(month) and net >= 0
            else paid_back(None if pd.isna(month) else int(month), calendar)
            for month, net in zip(table["payback_month"], table["net"], strict=True)
        ],
        "It pays if it costs at most": [brings for brings, _, _ in left],
        "More good experiences that alone would pay for it": points("break_even_good_points"),
        "Fewer bad experiences that alone would pay for it": points("break_even_bad_points"),
        "It pays from this part of the causal shares on": [
            percent(value) if pd.notna(value) else "not as assumed" for value in table["break_even_causal_share"]
        ],
        "Net if the causal shares were half": cash("net_at_half_cause"),
        "Net if nothing were causal": cash("net_without_cause"),
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(table.index)).rename_axis("Question")


def plans_headline(table: pd.DataFrame, scenario: Scenario) -> list[tuple[str, str, str]]:
    """The net of each plan, at most three: the best ones.

    Args:
        table: from `wom.compare`.
        scenario: whose business it is.

    Example:
        >>> import wom
        >>> row = {"net": 5000.0, "net_low": -500.0, "net_high": 9000.0, "break_even_cost": 22_000.0, "cost": 17e3}
        >>> ((name, net, note),) = plans_headline(pd.DataFrame(row, ["Make it right"]), wom.load("retailer/today"))
        >>> print(" | ".join([name, net, note.split("; ")[1]]).replace("\\xa0", " "))
        Make it right | +USD 5,000 | pays at a cost up to USD 22,000
    """
    best = table.sort_values("net", ascending=False).head(3)
    return [
        (str(name), signed(_shown(row, scenario.currency)[2]), _pays(row, scenario))
        for name, row in best.iterrows()
    ]


def _shown(row: pd.Series, currency: str) -> tuple[str, str, str]:
    """What a plan brings, what it costs and what is left, as its own report shows them."""
    return difference(float(row["break_even_cost"]), float(row["cost"]), currency)


def _pays(row: pd.Series, scenario: Scenario) -> str:
    most = float(row["break_even_cost"])
    if most <= 0:
        return "net; pays at no price"
    low, high = amounts([float(row["net_low"]), float(row["net_high"])], digits=3)
    return f"90 % interval {low} to {high}; pays at a cost up to {_shown(row, scenario.currency)[0]}"


def interaction(table: pd.DataFrame, scenario: Scenario) -> str:
    """How initiatives work together, pair by pair.

    Args:
        table: from `wom.interactions`.
        scenario: whose they are.

    Example:
        >>> import wom
        >>> plans = [wom.load(f"retailer/{name}") for name in ("make-it-right", "front-line-training")]
        >>> both = wom.analysis.compare.together(*plans)
        >>> "less than" in interaction(wom.interactions(both), both)
        True
    """
    if table.empty:
        return "There is only one initiative, so nothing interacts."
    lines = []
    pairs = zip(
        table.index.get_level_values(0), table.index.get_level_values(1), table["interaction"], strict=True
    )
    for first, second, value in pairs:
        gap = amounts([abs(value)], scenario.currency)[0]
        size = "less" if value < 0 else "more"
        lines.append(f"- *{first}* and *{second}* together bring {gap} {size} than the sum of each alone.")
    return "\n".join(lines)


def allocation(best: Allocation, scenario: Scenario) -> str:
    """What the best division of a budget brings, and what the next unit of money would.

    Args:
        best: from `wom.budget.allocate`.
        scenario: whose budget it is.

    Example:
        >>> import wom
        >>> table = pd.DataFrame({"spend": [600.0, 300.0]}, ["Training", "Refunds"])
        >>> best = Allocation(1000.0, table, net=450.0, marginal_return=0.0)
        >>> print(allocation(best, wom.load("retailer/today")).replace("\\xa0", " ").split(". ")[0])
        The best mix spends USD 900 and nets **USD 450**, USD 100 of the budget better kept
    """
    currency = scenario.currency
    spent = best.budget - best.unspent
    kept = f", {money(best.unspent, currency)} of the budget better kept" if best.unspent > 0 else ""
    one = f"{currency} 1" if currency else "1"
    nextone = (
        f"The next {one} would bring {best.marginal_return:.2f} net of itself."
        if best.marginal_return > 0
        else "More money would not pay for itself."
    )
    return (
        f"The best mix spends {money(spent, currency)} and nets **{money(best.net, currency)}**{kept}. {nextone}"
    )


def spending(best: Allocation, scenario: Scenario) -> pd.DataFrame:
    """A division of a budget as a table to read.

    Example:
        >>> import wom
        >>> row = {"spend": 600.0, "effect_share": 0.5, "marginal_return": -0.25}
        >>> best = Allocation(1000.0, pd.DataFrame(row, ["Training"]), net=450.0, marginal_return=0.0)
        >>> shown = spending(best, wom.load("retailer/today"))
        >>> [text.replace("\\xa0", " ") for text in shown.loc["Training"]]
        ['USD 600', '50 %', '−0.25']
    """
    table = best.table
    return pd.DataFrame(
        {
            "Spend": [money(value, scenario.currency) for value in table["spend"]],
            "Of its full effect": [percent(value) for value in table["effect_share"]],
            "Net of the next unit": [
                f"{round(value, 2) + 0.0:+.2f}".replace("-", "−") for value in table["marginal_return"]
            ],
        },
        index=table.index.rename("Initiative"),
    )
