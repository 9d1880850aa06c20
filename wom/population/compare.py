"""Populations against the engine, and networks against a market that mixes well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .._run import simulate as expected_run
from ..errors import InputError
from ..scenario import Scenario
from ..units import Array
from .crowd import Habits
from .networks import Network
from .simulate import PopulationRun, simulate

_NOT_PEOPLE = ("revenue", "contribution", "stars", "plan_cost")
_STOCKS = ("favourable", "wary")
_FLOWS = (
    "people_told_good", "people_told_bad", "new_customers", "recommended_customers", "incremental_customers",
)  # fmt: skip
_HEARD = ("messages_good", "messages_bad", "people_reached_good", "people_reached_bad")
_EVER = ("people_ever_reached_good", "people_ever_reached_bad")


def agreement(
    scenario: Scenario,
    seeds: Sequence[int],
    *,
    scale: float = 1.0,
    horizon: int | None = None,
    habits: Habits = Habits(),  # noqa: B008  (frozen)
) -> pd.DataFrame:
    """Well-mixed populations of several seeds against the engine's expected numbers.

    z = (mean over seeds − expected) / (standard deviation over seeds / √seeds), which is distributed as Student's
    t with one degree of freedom less than there are seeds where the engine is the mean of the population.

    Args:
        scenario: from `wom.load`.
        seeds: two or more.
        scale, horizon, habits: as for `simulate`.

    Returns:
        Index (column, month), each column of `monthly` and the sum of its months as month −1; columns expected
        (times scale), mean, error (of the mean) and z. Numbers of people are taken to spread by half a person
        at least, which is how whole people stand for the engine's fractions in month 0; where money or stars do
        not vary at all, z is 0 if they agree to 1e-9 and infinite otherwise.

    Raises:
        InputError: fewer than two seeds, or as `simulate`.

    Example:
        >>> import wom
        >>> table = agreement(wom.load("retailer/today"), range(4), scale=0.1, horizon=3)
        >>> float(table.loc[("customers", 0), "mean"]), bool(table.z.abs().max() < 100)
        (500.0, True)
    """
    _several(seeds)
    runs = [simulate(scenario, scale=scale, horizon=horizon, seed=seed, habits=habits) for seed in seeds]
    months = len(runs[0].monthly)
    expected = expected_run(scenario.replace({"horizon_months": months})).monthly
    factor = np.where(expected.columns == "stars", 1.0, runs[0].scale)
    reference = _with_sum(expected.to_numpy() * factor)
    drawn = np.stack([_with_sum(run.monthly[expected.columns].to_numpy()) for run in runs])
    least = np.where(np.isin(expected.columns, _NOT_PEOPLE), 0.0, 0.5)
    mean, error = drawn.mean(axis=0), np.maximum(drawn.std(axis=0, ddof=1), least) / np.sqrt(len(runs))
    difference = np.where(np.isnan(mean) & np.isnan(reference), 0.0, mean - reference)
    steady = ~(error > 1e-9 * np.abs(reference))
    close = np.abs(difference) <= 1e-9 * np.abs(reference)
    z = np.where(steady, np.where(close, 0.0, np.inf), difference / np.where(steady, 1.0, error))
    index = pd.MultiIndex.from_product([expected.columns, [*range(months), -1]], names=["column", "month"])
    parts = {"expected": reference, "mean": mean, "error": error, "z": z}
    return pd.DataFrame({name: part.T.ravel() for name, part in parts.items()}, index=index)


def _with_sum(monthly: Array) -> Array:
    return np.concatenate([monthly, monthly.sum(axis=0, keepdims=True)])


def overlap(
    scenario: Scenario,
    networks: Mapping[str, Network],
    seeds: Sequence[int],
    *,
    horizon: int | None = None,
    habits: Habits = Habits(),  # noqa: B008  (frozen)
) -> pd.DataFrame:
    """What word of mouth loses on networks, where audiences overlap, relative to a market that mixes well.

    Runs of the same size, hidden values and seeds: people tell as much, but what they tell stays among their
    acquaintances, who have heard it already and of whom some are customers. Each figure is the sum over the months
    (favourable and wary: of the stocks), on the network over well mixed: ratio = Σ_seeds network / Σ_seeds mixed.

    Args:
        scenario: from `wom.load`.
        networks: by name; the scale of the market is that of the network.
        seeds: two or more, the same for all.
        horizon, habits: as for `simulate`.

    Returns:
        One row per network: people, mean_degree, clustering; then ratios to well mixed of people told, messages
        heard in the market, people reached within a month and ever, favourable and wary prospects, new,
        recommended and incremental customers; each with its standard error, column `…_error`, from the spread
        over seeds.

    Raises:
        InputError: fewer than two seeds, no network, or as `simulate`.

    Example:
        >>> import wom
        >>> from wom.population import watts_strogatz
        >>> ring = {"ring": watts_strogatz(5_000, 10, 0.0)}
        >>> table = overlap(wom.load("retailer/today"), ring, range(2), horizon=6)
        >>> bool(table.favourable["ring"] < 0.95)
        True
    """
    _several(seeds)
    if not networks:
        raise InputError("give at least one network by name", "networks")
    market = float(np.sum(scenario.inputs().parameters["market.size"]))
    mixed: dict[int, pd.DataFrame] = {}
    rows = {}
    for name, network in networks.items():
        scale = network.size / market
        if network.size not in mixed:
            mixed[network.size] = pd.DataFrame(
                [
                    _sums(simulate(scenario, scale=scale, seed=seed, horizon=horizon, habits=habits))
                    for seed in seeds
                ]
            )
        found = pd.DataFrame(
            [
                _sums(simulate(scenario, network=network, scale=scale, seed=seed, horizon=horizon, habits=habits))
                for seed in seeds
            ]
        )
        shape = {"people": network.size, "mean_degree": network.mean_degree, "clustering": network.clustering()}
        rows[name] = shape | ratios(found, mixed[network.size])
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("network")


def _sums(run: PopulationRun) -> dict[str, float]:
    table = run.monthly.join(run.talk)
    columns = (*_FLOWS[:2], *_HEARD, *_EVER, *_STOCKS, *_FLOWS[2:])
    return {
        column: float(table[column].iloc[-1] if column in _EVER else table[column].sum()) for column in columns
    }


def ratios(found: pd.DataFrame, base: pd.DataFrame) -> dict[str, float]:
    """Ratios of means r = Σ found / Σ base, each with its standard error: sd(found − r·base)/(√rows · mean base).

    Args:
        found, base: one row per seed, same seeds and columns; seeds that are high in both lower the error.

    Returns:
        By column r, nan where the base is 0, and by column `…_error`.

    Example:
        >>> base = pd.DataFrame({"told": [8.0, 12.0, 10.0]})
        >>> ratios(0.9 * base, base)
        {'told': 0.9, 'told_error': 0.0}

    Source: the delta method; Cochran 1977, Sampling Techniques, section 6.4.
    """
    result = {}
    for column in found:
        ours, theirs = found[column].to_numpy(), base[column].to_numpy()
        mean = theirs.mean() if theirs.mean() != 0 else np.nan
        ratio = ours.mean() / mean
        result[str(column)] = float(ratio)
        result[f"{column}_error"] = float((ours - ratio * theirs).std(ddof=1) / np.sqrt(len(theirs)) / abs(mean))
    return result


def _several(seeds: Sequence[int]) -> None:
    if len(seeds) < 2:
        raise InputError(f"needs two seeds or more, has {len(seeds)}", "seeds")
