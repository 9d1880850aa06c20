"""How a forecast from tables did on months that it had not seen, in sentences and a table to read."""

from __future__ import annotations

import pandas as pd

from ..calibration.backtest import BackTested
from ..calibration.result import Calibration
from ..scenario import RIVALS
from ..words import number, percent
from .standing import outcome
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
        'Revenue forecast 20 % below what came (20 % off in a month); as a straight line: 10 % off, nearer'
    """
    said = outcome(tested.basis, column)
    return f"{said[:1].upper()}{said[1:]}"


def limits(found: Calibration, tested: BackTested | None = None) -> str:
    """What the way of fitting leaves out, in sentences; empty where there is nothing of the kind.

    Example:
        >>> from wom.calibration.result import known
        >>> limits(known([]))
        ''
    """
    said = []
    if tested and "revenue" in tested.basis.columns and not found.buying:
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
        ['20 %', '0.8', 'a straight line', '10 %', '1 of 2', 'a naive forecast was nearer']
    """
    table = tested.scores
    return pd.DataFrame(
        {
            "Off in a month": [percent(value, 2) for value in table["error"]],
            "Forecast over what came": [number(value, 2) for value in table["total"]],
            "Best naive forecast": [RIVALS[name] for name in table["rival"]],
            "Off in a month, naive": [percent(value, 2) for value in table["rival_error"]],
            "Months in the band": [f"{one.inside} of {one.months}" for one in table.itertuples()],
            "Called": table["label"].tolist(),
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
