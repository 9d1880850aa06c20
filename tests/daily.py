"""Firms day by day: customers, contacts, moods, departures and payments, independent of `wom.population`.

Every customer has days, and each day in this order: they may leave, they may pay, they may have a contact (which
counts from the next day on), and a mood may be forgotten. Calendars say when leaving is possible; what the firm
writes down of contacts is another matter than what happened.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from wom.calibration.moods import DAYS, Bills, Histories, Rule

FIRST = int(np.datetime64("2021-01-01").astype(int))
NEUTRAL, GOOD, BAD, RECOVERED = range(4)


@dataclass(frozen=True)
class World:
    """What is true of a firm."""

    calendar: str = "days"  # or january, quarters, month ends, anniversaries, price rise, holiday
    customers: int = 6000
    months: int = 36
    hazard: float = 0.02  # of the content, a month; gathered on the days on which one can leave
    ratios: tuple[float, float] = (1.0, 1.0)
    memory: float = 6.0
    contacts: float = 0.6
    shares: tuple[float, float, float] = (0.30, 0.15, 0.06)  # good, bad not put right, put right
    offset: float = 1.0
    answers: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)  # neutral, good, bad, put right
    survey: str = ""
    """june: all are asked each June how they feel; attitude: the same, and they feel so until the next June
    whatever happens; unhappy: each May those who feel bad are asked, and few others."""
    cancels: float = 0.0  # share of those who leave who say so, up to a week before, in a contact that goes badly
    frailty: float = 0.0  # variance of a gamma factor of leaving
    unfair: bool = False  # the frail are served worse
    uplift: float = 0.0
    cut: float = 0.0
    pays: str = ""  # purchases, visits (contacts come with purchases), monthly, yearly, fixed
    richer: bool = False  # big spenders are served better

    def but(self, **changes):
        """The same with other values."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Firm:
    """What its tables hold."""

    world: World
    histories: Histories
    payer: np.ndarray
    paid_on: np.ndarray
    amount: np.ndarray

    @property
    def bills(self):
        """Payments, those of one customer and day added up."""
        return bills(self.payer, self.paid_on, self.amount)

    def tables(self):
        """The same as tables with dates."""

        def dates(days):
            return pd.Series(np.asarray(days, dtype="datetime64[D]").astype("datetime64[s]"))

        known = self.histories
        kinds = np.array(["neutral", "good", "bad", "recovered"])
        left = dates(known.end).where(pd.Series(known.left))
        return {
            "customers": pd.DataFrame({"id": np.arange(known.size), "joined": dates(known.joined), "left": left}),
            "experiences": pd.DataFrame({"id": known.who, "date": dates(known.day), "kind": kinds[known.kind]}),
            "payments": pd.DataFrame({"id": self.payer, "date": dates(self.paid_on), "amount": self.amount}),
        }


def bills(who, day, amount):
    """Payments, those of one customer and day added up."""
    each = pd.DataFrame({"who": who, "day": day, "amount": amount}).groupby(["who", "day"], as_index=False).sum()
    return Bills(*(each[name].to_numpy() for name in ("who", "day", "amount")))


@lru_cache(maxsize=4)
def firm(world, seed):
    """A firm by its number."""
    random = np.random.default_rng([seed, 77])
    length = round(world.months * DAYS)
    arrivals = round(world.customers * world.hazard * length / DAYS)
    size = world.customers + arrivals
    burn = 240
    before = FIRST - random.integers(burn, 1500, world.customers)
    joined = np.append(before, FIRST + np.sort(random.integers(0, length, arrivals)))
    level = random.gamma(4.0, 0.25, size)
    frail = random.gamma(1.0 / world.frailty, world.frailty, size) if world.frailty else np.ones(size)
    good, bad, put_right = (np.full(size, share) for share in world.shares)
    if world.unfair:
        worse = np.clip(frail, 0.2, 2.5) / np.clip(frail, 0.2, 2.5).mean()
        good, bad = np.clip(good * (2.0 - worse), 0.03, 0.6), np.clip(bad * worse, 0.02, 0.35)
    if world.richer:
        better = np.where(level > 1.0, 1.5, 0.6)
        good, bad = good * better, bad * (2.0 - better)
    rate = random.gamma(3.0, world.contacts / 3.0, size)  # people differ in how often they are in touch
    if world.pays == "visits":
        rate = rate / rate.mean() * world.contacts
    end = np.full(size, FIRST + length - 1)
    gone = np.zeros(size, bool)
    mood = np.zeros(size, int)
    ratio, spend = np.array([1.0, *world.ratios]), np.array([1.0, 1.0 + world.uplift, 1.0 - world.cut])
    fade = -np.expm1(-1.0 / (world.memory * DAYS))
    who, day, kind, payer, paid_on, amount = [], [], [], [], [], []
    offset_in_month = random.integers(1, 28, size)
    for now in range(FIRST - burn, FIRST + length):
        date = np.datetime64(now, "D").astype(object)
        here = (joined <= now) & ~gone
        shut = world.calendar == "holiday" and date.month == 8
        if now >= FIRST:
            at_stake = _at_stake(world, date, now, joined) * frail * ratio[mood]
            goes = here & (joined < now) & (random.random(size) < -np.expm1(-at_stake)) & (not shut)
            end[goes], gone[goes] = now, True
            here &= ~goes
            pays, money = _pays(world, date, now, joined, offset_in_month, rate, level, spend[mood], random)
            pays = np.flatnonzero(pays & here & (not shut))
            payer.append(pays), paid_on.append(np.full(len(pays), now)), amount.append(money[pays])
        if world.pays == "visits" and now >= FIRST:
            meets = pays[random.random(len(pays)) < 0.6]
        else:
            meets = np.flatnonzero(here & (random.random(size) < rate / DAYS) & (not shut))
        luck = random.random(len(meets))
        ends = [luck < good[meets], luck < (good + bad)[meets], luck < (good + bad + put_right)[meets]]
        drawn = np.select(ends, [GOOD, BAD, RECOVERED], NEUTRAL)
        hurts = (drawn == BAD) | ((drawn == RECOVERED) & (random.random(len(drawn)) >= world.offset))
        if world.survey != "attitude":
            mood[random.random(size) < fade] = 0
            mood[meets[drawn == GOOD]], mood[meets[hurts]] = 1, 2
        elif (date.month, date.day) == (6, 10):
            mood = random.choice(3, size, p=[1.0 - good[0] - bad[0], good[0], bad[0]])
        if now < FIRST:
            continue
        if world.survey:
            meets, drawn = _asked(world, date, here, mood, random)
            told = np.ones(len(meets), bool)
        else:
            told = random.random(len(meets)) < np.array(world.answers)[drawn]
        who.append(meets[told]), day.append(np.full(told.sum(), now)), kind.append(drawn[told])
    calls = np.flatnonzero(gone & (random.random(size) < world.cancels))
    called = end[calls] - random.integers(1, 8, len(calls))
    seen = called > np.maximum(joined[calls], FIRST)
    who.append(calls[seen]), day.append(called[seen]), kind.append(np.full(seen.sum(), BAD))
    who, day, kind = (np.concatenate(parts) for parts in (who, day, kind))
    order = np.lexsort((day, who))
    histories = Histories(
        FIRST, FIRST + length - 1, joined.astype(float), end, gone, who[order], day[order], kind[order],
        np.zeros(size, dtype=np.int64),
    )  # fmt: skip
    return Firm(world, histories, *(np.concatenate(parts) for parts in (payer, paid_on, amount)))


def _at_stake(world, date, now, joined):
    """Hazard of a content customer on this day."""
    yearly, day = 12.0 * world.hazard, (date.month, date.day)
    return {
        "january": yearly * (day == (1, 1)),
        "quarters": yearly / 4.0 * (date.month % 3 == 1 and date.day == 1),
        "month ends": yearly / 12.0 * (date.day == 28),
        "anniversaries": yearly * ((now - joined) % 365 == 0),
        "price rise": yearly / 1000.0 + yearly * (date.year == 2022 and day == (9, 15)),
    }.get(world.calendar, yearly / 365.25)


def _pays(world, date, now, joined, own, rate, level, felt, random):
    """Who pays on this day, and how much."""
    size = len(joined)
    if world.pays in ("purchases", "visits"):
        often = 3.0 * rate if world.pays == "visits" else 1.5 * level
        return random.random(size) < often * felt / DAYS, 20.0 * level * random.gamma(4.0, 0.25, size)
    money = 30.0 * level * felt * random.gamma(25.0, 1.0 / 25.0, size)
    if world.pays == "monthly":
        return own == date.day, money
    if world.pays in ("yearly", "fixed"):
        fixed = world.pays == "fixed"
        due = (date.month == 1 and date.day == 1) if world.calendar == "january" else (now - joined) % 365 == 0
        return np.broadcast_to(due, size), np.full(size, 99.0) if fixed else 12.0 * money
    return np.zeros(size, bool), money


def _asked(world, date, here, mood, random):
    """Answers of a survey on how they feel."""
    if (date.month, date.day) != ((5, 10) if world.survey == "unhappy" else (6, 10)):
        return np.empty(0, int), np.empty(0, int)
    chance = np.array([0.3, 0.4, 0.5]) if world.survey != "unhappy" else np.array([0.02, 0.02, 0.6])
    answers = np.flatnonzero(here & (random.random(len(mood)) < chance[mood]))
    return answers, mood[answers]


def rule(world):
    """What a contact does to a mood in this world, and what its tables do not hold."""
    good, bad, put_right = world.shares
    if world.survey:
        between = world.survey != "attitude"
        hurts = bad + (1.0 - world.offset) * put_right
        return Rule(asks=True, unseen=(world.contacts * good * between, world.contacts * hurts * between))
    _, well, badly, mended = world.answers
    hurts = bad * (1.0 - badly) + (1.0 - world.offset) * put_right * (1.0 - mended)
    return Rule(world.offset, unseen=(world.contacts * good * (1.0 - well), world.contacts * hurts))
