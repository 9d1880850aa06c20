"""The added-up frames that calibration reads, made slowly and plainly from the tables of a population."""

import numpy as np
import pandas as pd

from wom.calibration.moods import Bills, Histories
from wom.scenario import WHOLE

KINDS = ("good", "bad", "recovered", "neutral")


def bills(who, day, amount):
    """Payments, those of one customer and day added up."""
    frame = pd.DataFrame({"who": who, "day": day, "amount": amount})
    each = frame.groupby(["who", "day"], as_index=False)["amount"].sum()
    return Bills(*(each[name].to_numpy() for name in ("who", "day", "amount")))


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

    def histories(self):
        """Customers by day, and their payments."""

        def days(dates):
            return dates.to_numpy().astype("datetime64[D]").astype(np.int64)

        first, last = days(pd.Series([self.months[0].start_time, self.months[-1].end_time]))
        customers, pay = self.tables["customers"], self.tables["payments"]
        left = customers["left"].notna().to_numpy()
        end = np.where(left, days(customers["left"].fillna(customers["joined"])), last)
        day, kind = days(self.tables["experiences"]["date"]), np.array(["neutral", "good", "bad", "recovered"])
        order = np.lexsort((np.arange(len(day)), day, self.who))
        code = np.argsort(kind)[np.searchsorted(np.sort(kind), self.kind.astype(str))]
        known = Histories(
            first, last, days(customers["joined"]).astype(float), end, left, self.who[order], day[order],
            code[order], np.unique(self.segment, return_inverse=True)[1],
        )  # fmt: skip
        return known, bills(self.place.loc[pay["id"]].to_numpy(), days(pay["date"]), pay["amount"].to_numpy())

    def people(self):
        """What each who paid paid while followed."""
        paid = self.tables["payments"].groupby("id")["amount"].sum().reindex(self.ids).fillna(0.0).to_numpy()
        table = pd.DataFrame(
            {"segment": self.segment, "pay": paid, "months": (self.last - self.start + 1).astype(float)}
        )
        return table[(table["pay"] > 0) & (table["months"] > 0)]

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
