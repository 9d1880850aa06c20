"""Published computations, each named after its source, done by the engine.

Diffusion with attrition (Libai, Muller and Peres 2009) is in test_truths.
"""

import numpy as np
import pytest
from builders import SILENT, STEPS_PER_MEMORY, known, numbers, present_value, standing, talk_like_bass
from numpy.testing import assert_allclose

from wom.engine import months

# --- Gupta and Lehmann (2003), "Customers as assets": margin multiples at 12 % ------------------------------

INTEREST = 0.12


def payments(stay):
    """What one customer pays, period by period, of a margin of 1; a period is a month of the engine."""
    values = numbers(SILENT | {"economics.margin_share": 1, "economics.discount_rate": (1 + INTEREST) ** 12 - 1})
    course = months(values, known(-np.log(stay), 1.0, -np.inf), standing(1_000, 1.0), 400)
    return np.stack([month.contribution for month in course]), values["economics.discount_rate"]


@pytest.mark.parametrize(("stay", "multiple"), [(0.6, 1.15), (0.7, 1.67), (0.8, 2.50), (0.9, 4.09)])
def test_gupta_and_lehmann_margin_multiples(stay, multiple):
    flows, rate = payments(stay)
    flows[0] = 0  # theirs pay for the first time after a period
    # Two decimals are published. After 400 periods (.9/1.12)^400 = 1e-38 is left.
    assert present_value(flows, rate).item() == pytest.approx(multiple, abs=0.005)


# --- Bass (1969): peak of sales ---------------------------------------------------------------------------

INNOVATION, IMITATION = 0.03, 0.38
TIMES = np.arange(5.0, 7.5, 0.1)


def adopters_and_sales(memory):
    """Of a market of 1, at TIMES, when talk has this memory and nobody ever leaves."""
    values, hidden, state = talk_like_bass(memory, p=INNOVATION, q=IMITATION, attrition=0.0, size=1.0)
    step = memory / STEPS_PER_MEMORY
    wanted = set(np.rint(TIMES / step).astype(int))
    course = enumerate(months(values, hidden, state, max(wanted) + 1))
    rows = [(month.customers.item(), month.new_customers.item() / step) for at, month in course if at in wanted]
    return np.array(rows).T


@pytest.fixture(scope="module")
def bass():
    """Adopters and sales at TIMES in the limit of ever shorter memories.

    Each memory is a quarter of the one before: the error falls by half, its next term by a quarter. Both are
    taken away (Richardson).
    """
    first, second, third = (adopters_and_sales(memory) for memory in (0.16, 0.04, 0.01))
    once, twice = 2 * second - first, 2 * third - second
    return (4 * twice - once) / 3


def test_bass_time_and_height_of_peak_sales_and_adopters_then(bass):
    adopters, sales = (np.polynomial.Polynomial.fit(TIMES, values, 6) for values in bass)
    turns = sales.deriv().roots()
    (top,) = turns[(turns.imag == 0) & (TIMES[0] < turns.real) & (turns.real < TIMES[-1])].real
    # Three and four decimals are published. What is left of the error is three thousandths of sales and a
    # thousandth of adopters; it tilts the flat top and moves it by a hundredth.
    assert top == pytest.approx(6.193, abs=0.01)
    assert sales(top) == pytest.approx(0.1106, abs=0.0004)
    assert adopters(6.193) == pytest.approx(0.4605, abs=0.0005)


def test_bass_formulas_give_the_same(bass):
    p, q = INNOVATION, IMITATION
    fall = np.exp(-(p + q) * TIMES)
    adopters = (1 - fall) / (1 + q / p * fall)
    # What Richardson leaves of the third term, in proportion to memory^(3/2).
    assert_allclose(bass[0], adopters, rtol=3e-3)
    assert_allclose(bass[1], (p + q * adopters) * (1 - adopters), rtol=3e-3)
