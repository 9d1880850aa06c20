"""Many runs of one business side by side on the draw axis: what worth, mechanisms and plans are computed from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .anchoring import anchor, gave_way, referral_share
from .checks import Inputs
from .errors import InputError
from .model import months
from .scenario import Scenario
from .schedule import Phase, Schedule
from .state import Hidden, State, Switches
from .units import Array, discount_factors


@dataclass(frozen=True)
class Start:
    """A business before month 0: what the engine takes. The state's last axis says how many runs there are.

    Example:
        >>> import wom
        >>> three = start(wom.load("retailer/today")).repeated(3)
        >>> dearer = three.with_values({"economics.margin_share": np.array([[0.0, 0.4, 0.8]])})
        >>> none, once, twice = run(dearer).contribution.sum(axis=(0, 1))
        >>> bool(none < once < twice)
        True
    """

    inputs: Inputs
    hidden: Hidden
    state: State

    @property
    def draws(self) -> int:
        """How many runs."""
        return int(self.state.customers.shape[-1])

    @property
    def referral_share(self) -> Array:
        """Of month 0's new customers those who come on a recommendation, as this start has it, by draw."""
        return referral_share(self.inputs.parameters, self.hidden, self.state)

    @property
    def gave_way(self) -> NDArray[np.bool_]:
        """Draws in which a default referral share was more than the other figures allow and gave way to that."""
        return gave_way(self.inputs.parameters, self.hidden, self.state, self.inputs.defaults)

    def repeated(self, draws: int) -> Start:
        """The same start in several runs; the copied state may be written to."""
        parts = {
            name: np.broadcast_to(part, (*part.shape[:-1], draws)).copy()
            for name, part in vars(self.state).items()
        }
        return replace(self, state=State(**parts))

    def with_values(self, changes: dict[str, Array]) -> Start:
        """The same hidden values and state with other parameters from month 0 on.

        Args:
            changes: by dotted key, shapes broadcast to (segments, draws).
        """
        parameters = {**self.inputs.parameters, **changes}
        return replace(self, inputs=replace(self.inputs, parameters=parameters))


def start(scenario: Scenario) -> Start:
    """A scenario anchored to what is observed today, in one run.

    Raises:
        InputError: today's figures contradict each other.

    Example:
        >>> import wom
        >>> start(wom.load("retailer/today")).repeated(4).draws
        4
    """
    inputs = scenario.inputs()
    try:
        hidden, state = anchor(inputs.segments, inputs.parameters, inputs.defaults)
    except InputError as error:
        raise error.within(scenario.file) from None
    return Start(inputs, hidden, state)


@dataclass(frozen=True)
class Batch:
    """Money of several runs; currency, shape (months, segments, draws), `cost` (months, draws).

    Example:
        >>> import wom
        >>> done = run(start(wom.load("retailer/today")))
        >>> round(done.revenue[0].item()), done.part(slice(0, 1)).less(done).npv.tolist()
        (250000, [0.0])
    """

    revenue: Array
    contribution: Array
    """Before the plan's costs."""
    cost: Array
    discount: Array
    """Worth today of one unit of money, shape (months, segments, 1)."""
    cost_discount: Array
    """The same for the plan's costs, shape (months, 1)."""

    @property
    def worth(self) -> Array:
        """Present value of contribution before the plan's costs, shape (draws,)."""
        return np.asarray((self.contribution * self.discount).sum(axis=(0, 1)))

    @property
    def cost_worth(self) -> Array:
        """Present value of the plan's costs, shape (draws,)."""
        return np.asarray((self.cost * self.cost_discount).sum(axis=0))

    @property
    def npv(self) -> Array:
        """Present value of contribution after the plan's costs, shape (draws,)."""
        return self.worth - self.cost_worth

    def part(self, draws: slice) -> Batch:
        """Some of the runs."""
        return replace(
            self,
            revenue=self.revenue[..., draws],
            contribution=self.contribution[..., draws],
            cost=self.cost[..., draws],
        )

    def less(self, other: Batch) -> Batch:
        """Month by month the difference to other runs, so that rounding stays that of a month's money."""
        return replace(
            self,
            revenue=self.revenue - other.revenue,
            contribution=self.contribution - other.contribution,
            cost=self.cost - other.cost,
        )


def run(start: Start, plan: Schedule = Schedule(), on: Switches = Switches()) -> Batch:  # noqa: B008  (frozen)
    """All runs of a start, in one pass over the months.

    Args:
        start: as many runs as its state has draws.
        plan: what changes and happens; none by default, whatever the inputs hold.
        on: mechanisms that work, by draw.

    Example:
        >>> import wom
        >>> two = start(wom.load("retailer/front-line-training")).repeated(2)
        >>> both = run(two, two.inputs.schedule.only(np.array([1.0, 0.0])))
        >>> round(float(both.cost.sum(axis=0)[0])), round(float(both.cost.sum(axis=0)[1]))
        (122500, 0)
    """
    inputs, horizon = start.inputs, start.inputs.horizon_months
    course = months(inputs.parameters, start.hidden, start.state, horizon, plan, on)
    money = [(month.revenue, month.contribution) for month in course]
    revenue, contribution = (np.stack(flow) for flow in zip(*money, strict=True))
    cost = np.stack([np.broadcast_to(plan.cost(month), (start.draws,)) for month in range(horizon)])
    return Batch(revenue, contribution, cost, *discounts(inputs))


def discounts(inputs: Inputs) -> tuple[Array, Array]:
    """Discount factors of contribution, shape (months, segments, 1), and of the plan's costs, (months, 1).

    Segments with rates of their own and no rate of the business leave the second undefined; a plan with
    initiatives is refused then, so that no cost meets it. See `wom.units.discount_factors`.

    Example:
        >>> import wom
        >>> year_end, _ = discounts(wom.load("retailer/today").replace({"economics.discount_rate": 0.25}).inputs())
        >>> year_end[[0, 12]].ravel().tolist()
        [1.0, 0.8]
    """
    months = inputs.horizon_months
    own = discount_factors(inputs.parameters["economics.discount_rate"], months)
    return own, discount_factors(np.nan_to_num(inputs.plan_discount_rate), months)


def in_part(phase: Phase, share: Array, once: Array | None = None) -> Phase:
    """An initiative in part: this share of its changes and of its costs, by draw.

    Args:
        phase: the whole.
        share: of the effect, shape (draws,).
        once: currency spent in its first month, instead of its own costs.

    Example:
        >>> whole = Phase("Training", 0, 1, None, np.array([1000.0]), np.array([10.0]), ())
        >>> in_part(whole, np.array([0.0, 0.5])).once.tolist()
        [0.0, 500.0]
        >>> in_part(whole, np.array([0.5]), once=np.array([700.0])).cost(0).tolist()
        [700.0]
    """
    steps = tuple(replace(step, segments=step.segments * share) for step in phase.steps)
    if once is not None:
        return replace(phase, steps=steps, once=once, per_month=np.zeros(1))
    return replace(phase, steps=steps, once=phase.once * share, per_month=phase.per_month * share)
