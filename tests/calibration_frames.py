"""The added-up frames that calibration reads, made slowly and plainly from the tables of a population."""

import numpy as np
import pandas as pd

from wom.scenario import WHOLE

KINDS = ("good", "bad", "recovered", "neutral")


def months_of(tables):
    """The months of the run: payments and experiences come in every one of them."""
    dates = pd.concat([tables["experiences"]["date"], tables["payments"]["date"]])
    return pd.period_range(dates.min(), dates.max(), freq="M")


class Frames:
    """What the tables of a population add up to; customers are followed from month 0 of the run."""

    def __init__(self, tables, months=None):
        self.tables = tables
        self.months = months_of(tables) if months is None else months
        customers = tables["customers"].set_index("id")
        first = self.months[0].ordinal
        self.ids = customers.index.to_numpy()
        self.segment = customers["segment"].to_numpy()
        joined = customers["joined"].dt.to_period("M").map(lambda month: month.ordinal).to_numpy() - first
        left = customers["left"].dt.to_period("M")
        self.start = np.maximum(joined + 1, 0).astype(int)
        self.joined = joined.astype(int)
        self.gone = np.array([len(self.months) if pd.isna(m) else m.ordinal - first for m in left])
        """Month at whose end the customer is gone; the number of months if still there."""
        self.last = np.minimum(self.gone, len(self.months) - 1)
        self.place = pd.Series(np.arange(len(self.ids)), index=self.ids)
        events = tables["experiences"]
        self.who = self.place.loc[events["id"]].to_numpy()
        self.month = self._months(events)
        length = events["date"].dt.days_in_month.to_numpy()
        self.until = (length - events["date"].dt.day.to_numpy() + 0.5) / length
        self.kind = events["kind"].to_numpy()

    def _months(self, table):
        """Of the window, from 0."""
        return table["date"].to_numpy().astype("datetime64[M]").astype(int) - self.months[0].ordinal

    def monthly(self):
        rows = []
        segments = sorted(set(self.segment))
        pay = self.tables["payments"]
        pay_month = (
            pay["date"].dt.to_period("M").map(lambda month: month.ordinal).to_numpy() - self.months[0].ordinal
        )
        pay_segment = self.segment[self.place.loc[pay["id"]].to_numpy()]
        source = self.tables["customers"]["came_by"].to_numpy()
        for segment in segments:
            mine = self.segment == segment
            for month in range(len(self.months)):
                new = mine & (self.joined == month)
                here = (self.month == month) & (self.segment[self.who] == segment)
                paid = (pay_month == month) & (pay_segment == segment)
                row = {
                    "segment": segment,
                    "month": self.months[month],
                    "customers": (mine & (self.start <= month) & (self.last >= month)).sum(),
                    "new_customers": new.sum(),
                    "lost_customers": (mine & (self.gone == month)).sum(),
                    "recommended": (new & (source == "recommendation")).sum(),
                    "other": (new & (source == "other")).sum(),
                    "payments": paid.sum(),
                    "revenue": pay["amount"].to_numpy()[paid].sum(),
                    "contacts": here.sum(),
                }
                rows.append(row | {kind: (here & (self.kind == kind)).sum() for kind in KINDS})
        return pd.DataFrame(rows).set_index(["segment", "month"])

    def _moving(self):
        """Good and bad experiences, the last of each customer and month, in order."""
        moving = np.isin(self.kind, ("good", "bad"))
        frame = pd.DataFrame(
            {"who": self.who[moving], "month": self.month[moving], "until": self.until[moving],
             "bad": self.kind[moving] == "bad", "row": np.flatnonzero(moving)}
        )  # fmt: skip
        return frame.sort_values(["who", "month", "row"]).groupby(["who", "month"], as_index=False).last()

    def spells(self):
        events = self._moving()
        follow = np.append(events["who"].to_numpy()[1:] == events["who"].to_numpy()[:-1], False)
        following = np.where(follow, np.append(events["month"].to_numpy()[1:], 0), len(self.months) + 1)
        who, month = events["who"].to_numpy(), events["month"].to_numpy()
        end = np.minimum(following - 1, self.last[who])
        spells = pd.DataFrame(
            {"segment": self.segment[who], "mood": np.where(events["bad"], "disappointed", "delighted"),
             "months": end - month + 1, "left": end == self.gone[who], "since": events["until"]}
        )  # fmt: skip
        first = pd.Series(month, index=who).groupby(level=0).first()
        joiners = np.flatnonzero(self.joined >= 0)
        until = np.minimum(first.reindex(joiners).fillna(len(self.months) + 1).to_numpy() - 1, self.last[joiners])
        content = pd.DataFrame(
            {"segment": self.segment[joiners], "mood": "content", "months": until - self.joined[joiners],
             "left": until == self.gone[joiners], "since": np.nan}
        )  # fmt: skip
        both = pd.concat([spells, content])
        both = both[both["months"] >= 1]
        grouped = both.groupby(["segment", "mood", "months", "left"], as_index=False)
        return grouped.agg(since=("since", "mean"), count=("months", "size"))

    def spending(self, memory):
        size = (len(self.ids), len(self.months))
        a, b = np.zeros(size), np.zeros(size)
        last = np.full(len(self.ids), -1)
        felt = np.zeros(len(self.ids))
        events = self._moving()
        for month in range(len(self.months)):
            felt *= np.exp(-1 / memory)
            these = events[events["month"] == month]
            who = these["who"].to_numpy()
            felt[who] = np.exp(-these["until"].to_numpy() / memory)
            last[who] = these["bad"].to_numpy().astype(int)
            a[:, month], b[:, month] = felt * (last == 0), felt * (last == 1)
        pay = self.tables["payments"]
        y = np.zeros(size)
        np.add.at(y, (self.place.loc[pay["id"]].to_numpy(), self._months(pay)), pay["amount"].to_numpy())
        # the mood of who was there before the window is known from the first experience on
        known = np.where(self.joined >= 0, self.start, size[1])
        first = events.groupby("who")["month"].min()
        known[first.index] = np.minimum(known[first.index], first)
        here = (np.arange(size[1]) >= known[:, np.newaxis]) & (np.arange(size[1]) <= self.last[:, np.newaxis])
        a, b, y = a * here, b * here, y * here
        table = pd.DataFrame(
            {"segment": self.segment, "pay": y.sum(1), "months": here.sum(1).astype(float), "a": a.sum(1),
             "b": b.sum(1), "ay": (a * y).sum(1), "by": (b * y).sum(1), "aa": (a * a).sum(1),
             "ab": (a * b).sum(1), "bb": (b * b).sum(1)}
        )  # fmt: skip
        return table[(table["months"] >= 2) & (table["pay"] > 0)].reset_index(drop=True)

    def talk(self):
        table = self.tables["talk"]
        least, most = [], []
        brackets = {"1-2": (1, 2), "3-5": (3, 5), ">5": (6, None)}
        for answer in table["people_told"]:
            low, high = brackets[answer] if answer in brackets else (int(answer), int(answer))
            least.append(low)
            most.append(high)
        frame = pd.DataFrame(
            {"tone": table["tone"].to_numpy(), "least": pd.array(least, "Int64"), "most": pd.array(most, "Int64")}
        )
        return frame.groupby(["tone", "least", "most"], dropna=False).size().rename("count").reset_index()

    def reviews(self):
        table = self.tables["reviews"]
        month = table["date"].dt.to_period("M")
        frame = pd.DataFrame({"month": month, "stars": table["stars"].astype(int)})
        return frame.groupby(["month", "stars"]).size().rename("count").reset_index()

    def cohorts(self):
        entered = np.maximum(-self.joined - 1, 0)
        age = self.last - self.joined
        frame = pd.DataFrame(
            {"segment": self.segment, "joined": self.joined, "entered": entered, "months": age,
             "left": self.gone < len(self.months)}
        )  # fmt: skip
        frame = frame[frame["months"] > frame["entered"]]
        keys = ["segment", "joined", "entered", "months", "left"]
        grouped = frame.groupby(keys).size().rename("count").reset_index()
        grouped["joined"] = [self.months[0] + int(place) for place in grouped["joined"]]
        return grouped

    def purchases(self):
        pay = self.tables["payments"]
        days = pay.groupby("id")["date"].agg(["min", "max"])
        days["frequency"] = pay.groupby("id")["date"].nunique() - 1
        end = self.months[-1].end_time.normalize()
        frame = pd.DataFrame(
            {"segment": self.segment[self.place.loc[days.index].to_numpy()],
             "frequency": days["frequency"].to_numpy(), "recency": (days["max"] - days["min"]).dt.days.to_numpy(),
             "age": (end - days["min"]).dt.days.to_numpy()}
        )  # fmt: skip
        return frame.groupby(list(frame.columns)).size().rename("count").reset_index()


__all__ = ["WHOLE", "Frames", "months_of"]
