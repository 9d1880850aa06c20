"""How a forecast from tables did on months that it had not seen, in sentences and a table to read."""

from __future__ import annotations

import pandas as pd

from ..calibration.backtest import BackTested
from ..calibration.result import Calibration
from ..words import percent
from .standing import verdict as told


def back_test(tested: BackTested, column: str) -> str:
    """How a column was forecast, in a title's length.

    Example:
        >>> from wom.calibration.result import known
        >>> part = pd.DataFrame({"observed": [10.0, 20.0], "low": [8.0, 10.0], "median": [10.0, 14.0],
        ...     "high": [12.0, 18.0], "last_year": [15.0, 15.0], "trend": [10.0, 17.0]},
        ...     index=pd.period_range("2024-01", periods=2, freq="M"))
        >>> forecast = pd.concat({"revenue": part}, names=["column", "month"])
        >>> tested = BackTested(known([]), part[["observed"]].set_axis(["revenue"], axis=1), forecast)
        >>> back_test(tested, "revenue")
        'Revenue: forecast 20 % off, behind the naive 10 %; 1 of 2 months in the band'
    """
    score = tested.basis.columns[column]
    what, count = column.replace("_", " ").capitalize(), len(tested.forecast.loc[column])
    best = min(score.last_year, score.trend)
    better = (
        "nearer than" if score.error < 0.95 * best else "as near as" if score.error < 1.05 * best else "behind"
    )
    inside = f"{round(score.coverage * count)} of {count} months in the band"
    return f"{what}: forecast {_off(score.error)} off, {better} the naive {_off(best)}; {inside}"


def _off(error: float) -> str:
    """An error in percent, to the tenth."""
    return percent(round(error, 3))


def limits(found: Calibration, tested: BackTested | None = None) -> str:
    """What the way of fitting leaves out, in sentences; empty where there is nothing of the kind.

    Example:
        >>> from wom.calibration.result import known
        >>> limits(known([]))
        ''
    """
    said = []
    if tested and "revenue" in tested.basis.columns:
        said.append(
            "Spending has no season and no trend fitted to it, so the band of revenue is somewhat wide where a "
            "year has seasons."
        )
    if found.joint:
        said.append("A fit to monthly totals is of the business as a whole: it ignores segments.")
    return " ".join(said)


def scores(tested: BackTested) -> pd.DataFrame:
    """A back-test as a table to read.

    Example:
        >>> from wom.calibration.result import known
        >>> part = pd.DataFrame({"observed": [10.0, 20.0], "low": [8.0, 10.0], "median": [10.0, 14.0],
        ...     "high": [12.0, 18.0], "last_year": [15.0, 15.0], "trend": [10.0, 17.0]},
        ...     index=pd.period_range("2024-01", periods=2, freq="M"))
        >>> forecast = pd.concat({"revenue": part}, names=["column", "month"])
        >>> tested = BackTested(known([]), part[["observed"]].set_axis(["revenue"], axis=1), forecast)
        >>> scores(tested).loc["Revenue"].tolist()
        ['50 %', '20 %', '33 %', '10 %']
    """
    table = tested.scores
    return pd.DataFrame(
        {
            "Months in the band": [percent(value) for value in table["coverage"]],
            "Forecast off by": [_off(value) for value in table["error"]],
            "Last year's mean off by": [_off(value) for value in table["last_year"]],
            "Straight line off by": [_off(value) for value in table["trend"]],
        },
        index=pd.Index([str(key).replace("_", " ").capitalize() for key in table.index], name="Forecast of"),
    )


def verdict(found: Calibration, tested: BackTested | None, why: str = "") -> str:
    """How the back-test went, in a sentence, or why there is none.

    Args:
        found: from `wom.calibrate`.
        tested: None if there was none.
        why: there was none.

    Example:
        >>> from wom.calibration.result import known
        >>> verdict(known([]), None)
        'Not back-tested: the business file must give more figures first.'
    """
    if tested is None and why:
        return f"Not back-tested: {why.rstrip('.')}."
    if tested is None and found.needed:
        return "Not back-tested: the business file must give more figures first."
    if tested is None:
        return "Not back-tested: that needs twelve months of payments, customers or totals."
    return told(tested.basis)
