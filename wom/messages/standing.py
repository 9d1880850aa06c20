"""What a run may be called, in sentences: a scenario, calibrated or back-tested."""

from __future__ import annotations

from ..files import BACK_TESTED, SCENARIO
from ..scenario import RIVALS, BackTest, Scenario
from ..words import percent, whole

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def month(name: str) -> str:
    """A month as people write it.

    Example:
        >>> month("2024-06")
        'Jun 2024'
    """
    year, _, number = name.partition("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def span(months: tuple[str, str]) -> str:
    """A span of months.

    Example:
        >>> span(("2023-01", "2024-12")), span(("2024-06", "2024-06"))
        ('Jan 2023 to Dec 2024', 'Jun 2024')
    """
    first, last = map(month, months)
    return first if first == last else f"{first} to {last}"


def standing(scenario: Scenario) -> str:
    """What kind of run this is and what that means, in one sentence of Markdown.

    Example:
        >>> import wom
        >>> standing(wom.load("retailer/today"))
        'This is a *scenario*: what follows if its figures hold; none of them was found in data.'
    """
    basis = scenario.basis
    if basis.label == SCENARIO or basis.months is None:
        return "This is a *scenario*: what follows if its figures hold; none of them was found in data."
    count = len(basis.sources)
    found = f"{whole(count)} figure{'s were' if count != 1 else ' was'} found in data of {span(basis.months)}"
    if basis.back_test is None:
        return f"This is *calibrated*: {found}; how well it forecasts was not tested."
    return f"This is *{BACK_TESTED}*: {found}. {verdict(basis.back_test)}"


def verdict(test: BackTest) -> str:
    r"""How a back-test went, in sentences of Markdown.

    Example:
        >>> score = {"error": 0.2, "total": 0.79, "rival": "last_three", "rival_error": 0.1, "width": 1.4}
        >>> held = {"fitted": ("1997-01", "1997-09"), "months": ("1997-10", "1997-12")}
        >>> said = verdict(BackTest(**held, columns={"revenue": score | {"inside": 1, "months": 3}}))
        >>> print(*said.replace("; ", ". ").split(". "), sep="\n")
        Oct 1997 to Dec 1997, unseen: revenue forecast 21 % below what came (20 % off in a month)
        as the last three months: 10 % off, nearer
        **Not back-tested: a naive forecast was nearer.**
    """
    said = f"{span(test.months)}, unseen: {outcome(test, test.deciding)}."
    return f"{said} {'**Back-tested.**' if test.label == BACK_TESTED else f'**Not back-tested: {test.label}.**'}"


def outcome(test: BackTest, column: str) -> str:
    """How a column was forecast, in a clause.

    Example:
        >>> score = {"error": 0.1, "total": 1.04, "rival": "trend", "rival_error": 0.2, "width": 1.4}
        >>> held = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-05")}
        >>> outcome(BackTest(**held, columns={"revenue": score | {"inside": 4, "months": 5}}), "revenue")
        'revenue forecast 4 % above what came (10 % off in a month); as a straight line: 20 % off'
    """
    score = test.columns[column]
    apart = round(abs(score.total - 1.0), 2)
    side = f"{percent(apart)} {'above' if score.total > 1.0 else 'below'} what came" if apart else "at what came"
    nearer = ", nearer" if score.rival_error < score.error else ""
    said = f"{column.replace('_', ' ')} forecast {side} ({_off(score.error)} off in a month)"
    return f"{said}; as {RIVALS[score.rival]}: {_off(score.rival_error)} off{nearer}"


def _off(error: float) -> str:
    """An error in percent, without digits where it is large."""
    return percent(round(error, 2 if error >= 0.1 else 3))


def kind(scenario: Scenario) -> str:
    """The same under a chart, in a few words.

    Example:
        >>> import wom
        >>> kind(wom.load("retailer/today"))
        'Scenario computed with wom, no forecast from data'
    """
    basis = scenario.basis
    if basis.label == SCENARIO or basis.months is None:
        return "Scenario computed with wom, no forecast from data"
    return f"Computed with wom, {basis.label} on data of {span(basis.months)}"
