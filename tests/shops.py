"""Payments without contracts whose future is known: CDNOW from the package lifetimes, and simulated shops."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd

import wom.data

MONTH = 365.25 / 12
BUSINESS = {
    "title": "Shop",
    "currency": "EUR",
    "today": {
        "market": {"size": 200_000, "category_purchase_rate": 0.05},
        "economics": {"margin_share": 0.4},
        "experience": {"good_share": 0.2, "bad_share": 0.05, "contacts_per_month": 0.5},
        "word_of_mouth": {"audience_share": 0.5},
    },
}


def lifetimes(name):
    """A file of the package lifetimes."""
    spec = importlib.util.find_spec("lifetimes")
    return Path(spec.submodule_search_locations[0]) / "datasets" / name


def cdnow():
    """Orders of the 23,570 people who bought at CDNOW for the first time in early 1997."""
    columns = ["id", "date", "discs", "amount"]
    table = pd.read_csv(lifetimes("CDNOW_master.txt"), sep=r"\s+", skiprows=1, names=columns, dtype={"date": str})
    return table.assign(date=pd.to_datetime(table["date"], format="%Y%m%d"))[["id", "date", "amount"]]


def shop(once, seed=0, months=36, first="2022-01-01", season=None, fewer=1.0):
    """Payments of a shop: 300 newcomers a month (or a share of them), of whom a share `once` never returns.

    Others buy at a rate Gamma(1.2) of mean one in 45 days and leave at a hazard of −ln(.93) a month; amounts are
    Gamma(4) of mean 40. A season is how often people buy in the months from the first on, mean 1.
    """
    random = np.random.default_rng(seed)
    day = np.arange(months + 1) * MONTH
    speed = np.ones(months) if season is None else np.resize(season, months)
    busy = np.append(0.0, np.cumsum(MONTH * speed))
    rows, number = [], 0
    for month in range(months):
        for _ in range(random.poisson(300 * fewer)):
            begin = (month + random.random()) * MONTH
            rows.append((number, begin))
            if random.random() >= once:
                until = min(begin + random.exponential(MONTH / -np.log(0.93)), day[-1])
                mean = 45 / random.gamma(1.2, 1 / 1.2)
                now = np.interp(begin, day, busy) + random.exponential(mean)
                while (bought := np.interp(now, busy, day)) < until and now < busy[-1]:
                    rows.append((number, bought))
                    now += random.exponential(mean)
            number += 1
    table = pd.DataFrame(rows, columns=["id", "day"])
    amount = random.gamma(4, 10, len(table)).round(2) + 0.01
    date = pd.Timestamp(first) + pd.to_timedelta(np.floor(table["day"]), unit="D")
    return pd.DataFrame({"id": table["id"], "date": date, "amount": amount})


def tables(payments, folder, last, first=None, **more):
    """Payments as tables that end with a day."""
    file = folder / f"payments-{len(list(folder.iterdir()))}.csv"
    payments.assign(date=payments["date"].dt.strftime("%Y-%m-%d")).to_csv(file, index=False)
    first = first or str(payments["date"].min().to_period("M").start_time.date())
    described = {"payments": {"file": str(file)}, "from": first, "to": last, "contractual": False}
    return wom.data.load(described | more, today=pd.Timestamp("2030-01-01").date())


def came(payments, cut, months, known=True):
    """What came in so many months after a day, of those who had bought by then or of everybody."""
    cut = pd.Timestamp(cut)
    after = payments[(payments["date"] > cut) & (payments["date"] <= cut + pd.DateOffset(months=months))]
    if known:
        after = after[after["id"].isin(payments.loc[payments["date"] <= cut, "id"])]
    return float(after["amount"].sum())
