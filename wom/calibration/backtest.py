"""Back-test: fit the first months, forecast the others unseen, and say whether a naive forecast was nearer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._run import quantiles, simulate
from ..errors import InputError
from ..scenario import BackTest, Score
from ..units import MONTHS_PER_YEAR, Array
from ..words import several
from .calibrate import calibrate, opened
from .estimate import missing
from .result import Calibration

if TYPE_CHECKING:
    from ..data import Tables

COLUMNS = ("revenue", "customers", "new_customers")
"""What is forecast, where the tables tell it; customers at a month's end."""

FEWEST, SHORTEST = 12, 3
"""Months: of all data, below which nothing is tested, and of the part held out."""

LEVEL = 0.9


@dataclass(frozen=True, repr=False)
class BackTested:
    """A forecast of months that the fit had not seen, beside what came.

    Example:
        >>> from wom.calibration.result import known
        >>> months = pd.period_range("2024-01", periods=2, freq="M")
        >>> part = pd.DataFrame({"observed": [10.0, 20.0], "low": [8.0, 10.0], "median": [10.0, 14.0],
        ...     "high": [12.0, 18.0], "last_year": [15.0, 15.0], "trend": [10.0, 17.0]}, index=months)
        >>> forecast = pd.concat({"revenue": part}, names=["column", "month"])
        >>> BackTested(known([]), pd.DataFrame(), forecast).basis.months
        ('2024-01', '2024-02')
    """

    calibration: Calibration
    """The fit to the first months."""
    seen: pd.DataFrame
    """What the fit saw, by month: the columns that are forecast."""
    forecast: pd.DataFrame
    """Index (column, month); observed, low, median, high (the band), last_year and trend (naive)."""
    chances: Mapping[str, float] = field(default_factory=dict)
    """By column: share of the forecast's own courses that lie as far from its middle; see `as_far`."""

    def __repr__(self) -> str:
        test = self.basis
        names = ", ".join(f"{name} {score.coverage:.0%} in the band" for name, score in test.columns.items())
        said = "failed" if test.failed else "held"
        return f"<BackTested {test.months[0]} to {test.months[1]}, {said}: {names}; see .scores and .forecast>"

    @property
    def scores(self) -> pd.DataFrame:
        """How good each forecast was.

        Index the column; coverage (share of months in the band), error, last_year and trend (mean absolute errors
        of the band's middle and of the naive forecasts, over the mean of what was observed).
        """
        return pd.DataFrame(
            {name: score.model_dump(exclude={"chance"}) for name, score in self.basis.columns.items()}, dtype=float
        ).T.rename_axis("column")

    @property
    def basis(self) -> BackTest:
        """The same, as a scenario file holds it."""
        months = self.forecast.index.get_level_values("month").unique()
        found = {
            str(name): Score(**score(part.droplevel("column")), chance=self.chances.get(str(name)))
            for name, part in self.forecast.groupby("column", sort=False)
        }
        return BackTest(
            fitted=self.calibration.months, months=(str(months[0]), str(months[-1])), level=LEVEL, columns=found
        )


def score(forecast: pd.DataFrame) -> dict[str, float]:
    """Coverage of a band and errors of three forecasts.

    Example:
        >>> score(pd.DataFrame({"observed": [10.0, 20.0], "low": [8.0, 10.0], "median": [10.0, 14.0],
        ...     "high": [12.0, 18.0], "last_year": [15.0, 15.0], "trend": [10.0, 17.0]}))
        {'coverage': 0.5, 'error': 0.2, 'last_year': 0.3333, 'trend': 0.1}
    """
    seen = forecast["observed"]
    inside = (forecast["low"] <= seen) & (seen <= forecast["high"])
    size = max(float(seen.abs().mean()), 1e-12)
    errors = {
        name: float((forecast[name] - seen).abs().mean()) / size for name in ("median", "last_year", "trend")
    }
    named = {"error": errors["median"], "last_year": errors["last_year"], "trend": errors["trend"]}
    return {"coverage": float(f"{inside.mean():.4g}")} | {name: float(f"{v:.4g}") for name, v in named.items()}


def as_far(drawn: Array, part: pd.DataFrame) -> float:
    """Share of the forecast's own courses that lie as far from its middle as what came, or further.

    far = mean over months of |x − median|/(end of the band on that side − median);  (1 + as far)/(1 + draws)

    Months of one course miss together: who is a customer too many stays for years. So a right band misses several
    months more often than months that are free of each other would, and only its own courses tell how often.

    Args:
        drawn: the courses, shape (months, draws).
        part: observed, low, median and high of these months; a month that was not counted does not count.

    Returns:
        To four digits.

    Source:
        Gelman, Meng and Stern 1996, Statistica Sinica 6 (predictive checks).

    Example:
        >>> band = pd.DataFrame({"observed": [4.0, 4.0], "low": -1.0, "median": 0.0, "high": 2.0})
        >>> as_far(np.array([[1.0, 2.0, 5.0], [1.0, -2.0, 4.0]]), band)
        0.5

        What came is two ends off; of three courses only the last is.
    """
    known = part["observed"].notna().to_numpy()
    low, seen, middle, high = (
        part[name].to_numpy(dtype=float)[known, np.newaxis] for name in ("low", "observed", "median", "high")
    )

    def far(course: Array) -> Array:
        end = np.where(course < middle, middle - low, high - middle)
        return np.asarray((np.abs(course - middle) / np.maximum(end, 1e-12 + 1e-9 * np.abs(middle))).mean(axis=0))

    further = int((far(drawn[known]) >= far(seen)[0]).sum())
    return float(f"{(1 + further) / (1 + drawn.shape[1]):.4g}")


def backtest(
    tables: Tables | str | Path | Mapping[str, Any],
    business: str | Path | Mapping[str, Any] | None = None,
    *,
    hold_out: int | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> BackTested:
    """Fit the tables as they were known some months ago, and forecast what came since.

    The forecast starts from the customers there were then, in joint draws of all that is uncertain, with people
    who come and leave by chance; what payments vary from month to month is added to revenue. Naive forecasts: the
    mean of the last 12 months, and a straight line through all months.

    Args:
        tables: from `wom.data.load`, or the path of a `data.yaml`.
        business: as for `calibrate`.
        hold_out: how many of the last months; a quarter of them by default, 3 at least.
        draws: of the forecast.
        seed: 0 or more.

    Raises:
        InputError: fewer than 12 months, nothing to forecast, or too few months left for the fit.

    Example:
        >>> import wom
        >>> tested = wom.backtest("retailer/tables", hold_out=6, draws=100)
        >>> len(tested.forecast.loc["revenue"]), tested.basis.months
        (6, ('2024-07', '2024-12'))
    """
    tables = opened(tables)
    months = tables.months
    held = held_out(len(months), hold_out)
    cut = months[-held - 1]
    observed = history(tables)
    if observed.empty:
        raise InputError("a back-test needs payments, customers or monthly totals", file=tables.description.file)
    found = calibrate(tables.until(cut), business, seed=seed)
    if found.needed:
        raise InputError(lacking(found), file=tables.description.file)
    seen = observed.loc[:cut]
    forecast = _forecast(found, seen, held, draws, seed)
    parts, chances = {}, {}
    for name, drawn in forecast.items():
        band = quantiles(drawn, LEVEL)
        part = pd.DataFrame(band.T, columns=["low", "median", "high"], index=months[-held:])
        part.insert(0, "observed", observed[name].loc[months[-held:]].to_numpy(dtype=float))
        parts[name] = part.assign(**naive(seen[name].to_numpy(dtype=float), held))
        chances[name] = as_far(drawn, part)
    table = pd.concat(parts, names=["column", "month"])
    if table["observed"].isna().any():
        table = table.dropna(subset=["observed"])
    return BackTested(found, seen, table, chances)


def tried(
    tables: Tables,
    business: str | Path | Mapping[str, Any] | None = None,
    *,
    hold_out: int | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[BackTested | None, str]:
    """A back-test, or why there can be none; arguments as of `backtest`.

    Raises:
        InputError: there can be none, though `hold_out` asks for it.

    Example:
        >>> import wom.data
        >>> tables = wom.data.load({"reviews": {"file": "data/sample/retailer/tables/reviews.csv"}})
        >>> tried(tables)
        (None, 'a back-test needs payments, customers or monthly totals')
    """
    try:
        return backtest(tables, business, hold_out=hold_out, draws=draws, seed=seed), ""
    except InputError as error:
        if hold_out is not None:
            raise
        return None, error.problem


def lacking(found: Calibration) -> str:
    """Why the first months alone make no forecast, though all months may make a scenario.

    Args:
        found: a fit to the first months that needs more.

    Example:
        >>> from dataclasses import replace
        >>> from wom.calibration.assemble import Evaluated
        >>> from wom.calibration.estimate import Missing
        >>> from wom.calibration.result import known
        >>> few = known([], months=("2023-01", "2023-09"))
        >>> too_few = Evaluated((Missing("market.customers", "Too few bought again."),), pd.DataFrame())
        >>> lacking(replace(few, evaluated=too_few)).split(": ", 1)[1]
        'market.customers, for: Too few bought again.'
    """
    reasons = missing(found.evaluated.found)
    told: dict[str, list[str]] = {}
    for key in found.needed:
        if key in reasons:
            told.setdefault(reasons[key].why, []).append(key)
    if not told:
        return f"the business file must give: {', '.join(found.needed)}"
    said = "; ".join(f"{several(keys)}, for: {why}" for why, keys in told.items())
    return f"the forecast may see nothing after {found.months[1]}, and the months up to then do not tell: {said}"


def possible(tables: Tables) -> bool:
    """Whether there is enough to test a fit on: a year, and something to forecast.

    Args:
        tables: from `wom.data.load`.

    Example:
        >>> import wom.data
        >>> possible(wom.data.load({"reviews": {"file": "data/sample/retailer/tables/reviews.csv"}}))
        False
    """
    return len(tables.months) >= FEWEST and bool({"customers", "payments", "monthly"} & tables.names)


def held_out(months: int, wanted: int | None = None) -> int:
    """How many months to hold out of so many.

    Raises:
        InputError: too few months, or too few of them left.

    Example:
        >>> held_out(24), held_out(12), held_out(24, 4)
        (6, 3, 4)
    """
    if months < FEWEST:
        raise InputError(f"a back-test needs {FEWEST} months of data or more, there are {months}")
    held = max(months // 4, SHORTEST) if wanted is None else wanted
    if not 1 <= held <= months - SHORTEST * 2:
        raise InputError(f"must be from 1 to {months - SHORTEST * 2} of {months} months, is {held}", "hold_out")
    return held


def history(tables: Tables) -> pd.DataFrame:
    """What happened month by month, of what is forecast: index month.

    Args:
        tables: with payments, customers (who say when they leave), or monthly totals.

    Example:
        >>> import wom.data
        >>> list(history(wom.data.load({"customers": {"file": "data/sample/retailer/tables/customers.csv"}})))
        ['customers', 'new_customers']
    """
    if "monthly" in tables.names and not {"customers", "payments"} & tables.names:
        found = tables.totals()
        kept = found[[name for name in COLUMNS if name in found]].astype(float)
        if "customers" in kept:  # at the month's end; of the last month nobody has counted it
            kept["customers"] = kept["customers"].shift(-1)
        return kept
    if not {"customers", "payments"} & tables.names:
        return pd.DataFrame()
    monthly = tables.monthly().groupby(level="month", sort=True).sum(min_count=1)
    if {"customers", "new_customers", "lost_customers"} <= set(monthly):
        monthly["customers"] = monthly["customers"] + monthly["new_customers"] - monthly["lost_customers"]
    elif "customers" in monthly:
        monthly = monthly.drop(columns="customers")
    return monthly[[name for name in COLUMNS if name in monthly]].astype(float)


def _forecast(found: Calibration, seen: pd.DataFrame, held: int, draws: int, seed: int) -> dict[str, Array]:
    """Courses of each column, shape (months, draws)."""
    scenario = found.scenario.replace({"horizon_months": held + 1})
    many = simulate(scenario, draws=draws, seed=seed, chance=True)
    random = np.random.default_rng([seed, draws])
    courses = {}
    for name in seen:
        course = many.totals[str(name)]
        drawn = course[1:] if name == "customers" else course[:-1]
        if name == "revenue":
            drawn = drawn * (1.0 + unsteadiness(seen) * random.standard_t(max(len(seen) - 2, 1), drawn.shape))
        courses[str(name)] = drawn
    return courses


def unsteadiness(seen: pd.DataFrame) -> float:
    """How far a month's revenue is from what its customers spend on average: relative standard deviation.

    Of revenue per customer where customers are counted, of revenue around its line where they are not.

    Args:
        seen: index month; revenue, and customers at the month's end if they are known.

    Example:
        >>> months = pd.DataFrame({"revenue": [100.0, 110.0, 90.0, 100.0], "customers": [10.0] * 4})
        >>> round(unsteadiness(months), 3)
        0.1
    """
    revenue = seen["revenue"].to_numpy(dtype=float)
    if "customers" in seen and seen["customers"].notna().all():
        each = (revenue / np.concatenate([seen["customers"].iloc[:1], seen["customers"].iloc[:-1]]))[1:]
        each = each[np.isfinite(each)]
        return float(each.std(ddof=1) / each.mean()) if len(each) > 2 else 0.0
    known = np.isfinite(revenue)
    if known.sum() < 4:
        return 0.0
    gap = (revenue - _line(revenue)(np.arange(len(revenue))))[known]
    return float(np.sqrt((gap**2).sum() / (len(gap) - 2)) / revenue[known].mean())


def naive(seen: Array, months: int) -> dict[str, Array]:
    """The forecasts to beat: the mean of the last year, and a straight line through everything seen.

    Args:
        seen: one value a month.
        months: how many to forecast.

    Example:
        >>> {name: values.tolist() for name, values in naive(np.array([1.0, 2.0, 3.0]), 2).items()}
        {'last_year': [2.0, 2.0], 'trend': [4.0, 5.0]}
    """
    known = seen[np.isfinite(seen)]
    ahead = np.arange(len(seen), len(seen) + months)
    return {
        "last_year": np.full(months, known[-MONTHS_PER_YEAR:].mean()),
        "trend": np.round(_line(seen)(ahead), 9),
    }


def _line(seen: Array) -> np.polynomial.Polynomial:
    counted = np.isfinite(seen)
    return np.polynomial.Polynomial.fit(np.arange(len(seen))[counted], seen[counted], 1)
