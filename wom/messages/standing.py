"""What a run may be called, in sentences: a scenario, calibrated or back-tested."""

from __future__ import annotations

from ..files import BACK_TESTED, SCENARIO
from ..scenario import BackTest, Scenario
from ..words import percent, several, whole

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
    if basis.back_test.failed:
        return f"{verdict(basis.back_test)} This is *{basis.said}*: {found}."
    return f"This is *{BACK_TESTED}*: {found}; {outcome(basis.back_test)}."


def verdict(test: BackTest) -> str:
    """How a back-test went, in a sentence of Markdown; a failed one cannot be overlooked.

    Example:
        >>> score = {"coverage": 0.11, "error": 0.1, "last_year": 0.2, "trend": 0.1}
        >>> held = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-06")}
        >>> first, *others = verdict(BackTest(**held, columns={"revenue": score})).split("; ")
        >>> print(first.split(",")[0], *others, sep="\\n")
        **The forecast failed its test**: of Jan 2024 to Jun 2024
        revenue (11 % inside) lay further off than chance takes a right forecast in 19 of 20 tests
        **do not rely on it**.
    """
    text = outcome(test)
    if not test.failed:
        return f"{text[:1].upper()}{text[1:]}."
    said = [f"**The forecast failed its test**: {text}"]
    if test.missed:
        names = [
            f"{name.replace('_', ' ')} ({percent(test.columns[name].coverage)} inside)" for name in test.missed
        ]
        said.append(f"{several(names)} lay further off than chance takes a right forecast in 19 of 20 tests")
    if test.far:
        off = several([name.replace("_", " ") for name in test.far])
        said.append(f"for {off} it was more than twice as far off as a naive one")
    return f"{'; '.join(said)}; **do not rely on it**."


def outcome(test: BackTest) -> str:
    r"""How a back-test went, in a clause: how often the band held, and whether a naive forecast was nearer.

    Example:
        >>> score = {"coverage": 0.8, "error": 0.1, "last_year": 0.05, "trend": 0.1}
        >>> held = {"fitted": ("2023-01", "2023-12"), "months": ("2024-01", "2024-05")}
        >>> print(*outcome(BackTest(**held, columns={"new_customers": score})).split("; "), sep="\n")
        of Jan 2024 to May 2024, which the fit had not seen, 80 % lay in the 90 % band of the forecast
        for new customers a naive forecast was nearer
    """
    said = (
        f"of {span(test.months)}, which the fit had not seen, {percent(test.coverage)} lay in the "
        f"{percent(test.level)} band of the forecast"
    )
    beaten = [name.replace("_", " ") for name, score in test.columns.items() if score.beaten]
    if beaten:
        return f"{said}; for {several(beaten)} a naive forecast was nearer"
    return f"{said}, and no naive forecast was nearer"


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
    if basis.back_test and basis.back_test.failed:
        return f"Computed with wom from data of {span(basis.months)}; the forecast failed its test"
    return f"Computed with wom, {basis.label} on data of {span(basis.months)}"
