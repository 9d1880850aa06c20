"""Back-test: fit the first months, forecast the others unseen, and say how far off that was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from .._run import quantiles, simulate
from ..errors import InputError
from ..scenario import RIVALS, BackTest, Score
from ..units import MONTHS_PER_YEAR, Array
from ..words import several
from .calibrate import Calibration, calibrate, opened
from .estimate import missing

if TYPE_CHECKING:
    from ..data import Tables

COLUMNS = ("revenue", "customers", "new_customers")
"""What is forecast, where the tables tell it; customers at a month's end."""

FEWEST, SHORTEST = 12, 3
"""Months: of all data, below which nothing is tested, and of the part held out."""

LEVEL = 0.9


def score(part: pd.DataFrame) -> Score:
    """How a column was forecast: by month observed, low, median, high, and those of `RIVALS` that there are."""
    came = part["observed"].to_numpy(dtype=float)
    size = max(float(np.abs(came).mean()), 1e-12)
    errors = {
        name: float((part[name] - came).abs().mean()) / size
        for name in ("median", *RIVALS)
        if name in part and part[name].notna().all()
    }
    error = errors.pop("median")
    rival = min(errors, key=lambda name: errors[name])
    low, high = part["low"].to_numpy(dtype=float), part["high"].to_numpy(dtype=float)
    total = float(part["median"].sum()) / (size * len(came))
    width = float(np.median(np.where(low > 0, high / np.where(low > 0, low, 1.0), np.inf)))
    error, total, rival_error, width = (float(f"{one:.4g}") for one in (error, total, errors[rival], width))
    inside = int(((low <= came) & (came <= high)).sum())
    return Score(error=error, total=total, rival=rival, rival_error=rival_error, width=width, inside=inside,
                 months=len(came))  # fmt: skip


@dataclass(frozen=True, repr=False)
class BackTested:
    """A forecast of months that the fit had not seen, beside what came."""

    calibration: Calibration
    """The fit to the first months."""
    seen: pd.DataFrame
    """What the fit saw, by month: the columns that are forecast."""
    forecast: pd.DataFrame
    """Index (column, month); observed, low, median, high (the band), and the naive ones of `RIVALS`."""

    def __repr__(self) -> str:
        test = self.basis
        errors = ", ".join(f"{name} {one.error:.0%} off" for name, one in test.columns.items())
        first, last = test.months
        return f"<BackTested {first} to {last}, {test.label}: {errors}; see .scores and .forecast>"

    @property
    def scores(self) -> pd.DataFrame:
        """How each column was forecast.

        Index the column; error (mean absolute error of the band's middle over the mean of what came), total
        (forecast over what came), rival (the best naive forecast) and rival_error, width (high over low end, the
        median month), inside and months (in the band, and all), label.
        """
        rows = {name: one.model_dump() | {"label": one.label} for name, one in self.basis.columns.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")

    @cached_property
    def basis(self) -> BackTest:
        """The same, as a scenario file holds it where the forecast holds."""
        months = self.forecast.index.get_level_values("month").unique()
        parts = self.forecast.groupby("column", sort=False)
        found = {str(name): score(part.droplevel("column")) for name, part in parts}
        return BackTest(
            fitted=self.calibration.months, months=(str(months[0]), str(months[-1])), level=LEVEL, columns=found
        )


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
    who come and leave by chance; what payments vary from month to month is added to revenue. Five naive forecasts
    stand beside it.

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
    months, file = tables.months, tables.description.file
    held = held_out(len(months), hold_out)
    cut, later = months[-held - 1], months[-held:]
    observed = history(tables)
    if observed.empty:
        raise InputError("a back-test needs payments, customers or monthly totals", file=file)
    found = calibrate(tables.until(cut), business, seed=seed)
    if found.needed:
        raise InputError(_lacking(found), file=file)
    seen = observed.loc[:cut]
    scenario = found.scenario.replace({"horizon_months": held + 1})
    many = simulate(scenario, draws=draws, seed=seed, chance=True)
    random, parts = np.random.default_rng([seed, draws]), {}
    for name in map(str, seen):
        course = many.totals[name]
        drawn = course[1:] if name == "customers" else course[:-1]
        if name == "revenue":
            drawn = drawn * (1.0 + unsteadiness(seen) * random.standard_t(max(len(seen) - 2, 1), drawn.shape))
        part = pd.DataFrame(quantiles(drawn, LEVEL).T, columns=["low", "median", "high"], index=later)
        part.insert(0, "observed", observed[name].loc[later].to_numpy(dtype=float))
        parts[name] = part.assign(**naive(seen[name].to_numpy(dtype=float), held))
    table = pd.concat(parts, names=["column", "month"])
    return BackTested(found, seen, table.dropna(subset=["observed"]))


def tried(
    tables: Tables,
    business: str | Path | Mapping[str, Any] | None = None,
    *,
    hold_out: int | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[BackTested | None, str]:
    """A back-test, or why there can be none (an error if `hold_out` asks for it); arguments as of `backtest`."""
    try:
        return backtest(tables, business, hold_out=hold_out, draws=draws, seed=seed), ""
    except InputError as error:
        if hold_out is not None:
            raise
        return None, error.problem


def _lacking(found: Calibration) -> str:
    """Why the first months alone make no forecast, though all months may make a scenario."""
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
    """Whether there is enough to test a fit on: a year, and something to forecast."""
    return len(tables.months) >= FEWEST and bool({"customers", "payments", "monthly"} & tables.names)


def held_out(months: int, wanted: int | None = None) -> int:
    """How many months to hold out of so many; an error where there are too few, or too few of them left."""
    if months < FEWEST:
        raise InputError(f"a back-test needs {FEWEST} months of data or more, there are {months}")
    held = max(months // 4, SHORTEST) if wanted is None else wanted
    if not 1 <= held <= months - SHORTEST * 2:
        raise InputError(f"must be from 1 to {months - SHORTEST * 2} of {months} months, is {held}", "hold_out")
    return held


def history(tables: Tables) -> pd.DataFrame:
    """What happened month by month, of what is forecast: index month; customers at the month's end."""
    finer = {"customers", "payments"} & tables.names
    if not finer and "monthly" not in tables.names:
        return pd.DataFrame()
    found = tables.monthly().groupby(level="month", sort=True).sum(min_count=1) if finer else tables.totals()
    told = set(found)
    if "payments" in tables.names and not tables.contractual:
        told = {"revenue"}
    elif not finer and "customers" in found:  # of the last month nobody has counted it
        found = found.assign(customers=found["customers"].astype(float).shift(-1))
    elif {"customers", "new_customers", "lost_customers"} <= told:
        found = found.assign(customers=found["customers"] + found["new_customers"] - found["lost_customers"])
    else:
        told -= {"customers"}
    return found[[name for name in COLUMNS if name in told]].astype(float)


def unsteadiness(seen: pd.DataFrame) -> float:
    """How far a month's revenue is from what its customers spend on average: relative standard deviation.

    Of revenue per customer where customers are counted; else by the median step from one month to the
    next (1.4826/√2 of it, as of normal numbers), so that growth, a launch and a season are no noise.

    Args:
        seen: index month; revenue, and customers at the month's end if they are known.
    """
    revenue = seen["revenue"].to_numpy(dtype=float)
    if "customers" in seen and seen["customers"].notna().all():
        each = (revenue / np.concatenate([seen["customers"].iloc[:1], seen["customers"].iloc[:-1]]))[1:]
        each = each[np.isfinite(each)]
        return float(each.std(ddof=1) / each.mean()) if len(each) > 2 else 0.0
    pairs = np.stack([revenue[:-1], revenue[1:]])
    pairs = pairs[:, np.isfinite(pairs).all(axis=0) & (pairs.sum(axis=0) > 0)]
    if pairs.shape[1] < 3:
        return 0.0
    steps = 2.0 * np.abs(pairs[1] - pairs[0]) / pairs.sum(axis=0)
    return float(1.4826 * np.median(steps) / np.sqrt(2.0))


def naive(seen: Array, months: int) -> dict[str, Array]:
    """The forecasts to beat, see `RIVALS`; a line never falls below 0, and a year ago needs a year.

    Args:
        seen: one value a month, nan where it was not counted.
        months: how many to forecast.
    """
    counted = np.isfinite(seen)
    known = seen[counted]
    line = np.polynomial.Polynomial.fit(np.arange(len(seen))[counted], known, 1)
    found = {
        "last": np.full(months, known[-1]),
        "last_three": np.full(months, known[-SHORTEST:].mean()),
        "last_year": np.full(months, known[-MONTHS_PER_YEAR:].mean()),
        "trend": np.maximum(np.round(line(np.arange(len(seen), len(seen) + months)), 9), 0.0),
    }
    year = seen[-MONTHS_PER_YEAR:]
    if len(year) == MONTHS_PER_YEAR and np.isfinite(year).all():
        found["year_ago"] = np.resize(year, months)
    return found
