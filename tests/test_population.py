"""The population person by person: its mean is the engine, its networks are what they claim, its tables add up.

Chance is seeded, so a test passes or fails for good. Bounds are set so that a right implementation would fail one
with a probability of FALSE_ALARM over all that a test looks at (Bonferroni).
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from builders import AUDIENCE, SECOND, SILENT, anchored, bare, business, known, numbers, people, standing
from numpy.testing import assert_allclose, assert_array_equal
from recorder import SAMPLE, make_tables, recorded
from scipy.stats import norm, poisson, t

import wom
from wom import population
from wom._run import run
from wom.anchoring import start
from wom.engine import Month
from wom.population import Habits, barabasi_albert, edge_list, simulate, watts_strogatz
from wom.population._run import ratios
from wom.population.networks import generator
from wom.population.people import Streams, staying, told_chance
from wom.processes import stories

FALSE_ALARM = 1e-3
ROUNDING = 1e-12
"""Relative: sums of some hundred terms of 1e-16 each."""

# Many contacts, short memories, loud talk, churn that what is heard triples: every term that a first-order
# treatment would neglect is large here.
LOUD = {
    AUDIENCE: 0.8,
    "market.customers": 20_000,
    "market.new_customers_per_month": 1_500,
    "market.category_purchase_rate": 0.2,
    "experience.contacts_per_month": 4,
    "experience.bad_share": 0.2,
    "experience.memory_months": 1.5,
    "retention.retention_rate": 0.9,
    "word_of_mouth.churn_hazard_ratio": 1.8,
    "word_of_mouth.causal_share": 0.9,
    "word_of_mouth.stories_per_month": 0.6,
    "word_of_mouth.reach_recovered": 5,
    "word_of_mouth.memory_months": 0.7,
    "reviews.effect_per_star": 0.2,
}
MENDED = {"experience.recovery_offset": 0.2, "experience.bad_share": 0.3, "experience.recovered_share": 0.6}
LAUNCH = {AUDIENCE: 0.3, "market.customers": 0, "word_of_mouth.stories_per_month": 3}
VARIED = Habits(0.25, 0.47, 2.5, 0.8, 0.5, 0.5)


def limit(tests, seeds=None):
    """|z| that a right implementation exceeds with FALSE_ALARM in any of so many tests."""
    tail = 1.0 - FALSE_ALARM / tests / 2.0
    return norm.ppf(tail) if seeds is None else t.ppf(tail, seeds - 1)


def agreement(begin, seeds, horizon, **options):
    """Well-mixed populations of several seeds against the engine: z by column and month, and of sums, month −1.

    z = (mean over seeds − expected) / (standard deviation over seeds / √seeds), which is distributed as Student's
    t with one degree of freedom less than there are seeds. Numbers of people spread by half a person at least,
    which is how whole people stand for the engine's fractions in month 0; money and stars by 1e-9 of themselves.
    """
    begin = replace(begin, inputs=replace(begin.inputs, horizon_months=horizon))
    runs = [population.follow(begin, seed=seed, **options) for seed in seeds]
    expected = run(begin, begin.inputs.schedule, keep=Month._fields).monthly

    def with_sum(monthly):
        return np.nan_to_num(np.concatenate([monthly, monthly.sum(axis=0, keepdims=True)]))

    reference = with_sum(expected.to_numpy() * np.where(expected.columns == "stars", 1.0, runs[0].scale))
    drawn = np.stack([with_sum(one.monthly[expected.columns].to_numpy()) for one in runs])
    money = expected.columns.isin(["revenue", "contribution", "stars", "plan_cost"])
    least = np.where(money, 1e-9 * np.abs(reference) + 1e-300, 0.5)
    mean, error = drawn.mean(axis=0), np.maximum(drawn.std(axis=0, ddof=1), least) / len(runs) ** 0.5
    index = pd.MultiIndex.from_product([expected.columns, [*range(horizon), -1]], names=["column", "month"])
    parts = {"expected": reference, "error": error, "z": (mean - reference) / error}
    return pd.DataFrame({name: part.T.ravel() for name, part in parts.items()}, index=index)


# --- the mean of the population is the engine ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "options"),
    [
        pytest.param("worked example", {"horizon": 14}, id="two segments, a plan, an event and seasons"),
        pytest.param(
            LOUD | SECOND | MENDED,
            {"horizon": 8, "scale": 0.5, "habits": VARIED},
            id="loud, with people who differ",
        ),
        pytest.param(LAUNCH, {"horizon": 18}, id="a launch"),
        pytest.param(SILENT | {AUDIENCE: 0.5}, {"scale": 0.5, "horizon": 8}, id="silent"),
    ],
)
def test_every_monthly_column_has_the_mean_of_the_engine(scenario, options, worked_example):
    seeds, kept = 10, {"worked example": worked_example}
    begin = kept.get(scenario) if isinstance(scenario, str) else start(wom.load(business(scenario)))
    table = agreement(begin, range(seeds), **options)
    assert table.z.abs().max() < limit(len(table), seeds)
    totals = table.xs(-1, level="month")
    assert totals.z.abs().max() < limit(len(totals), seeds)
    # So many people and seeds that the comparison means something: totals are known to a few percent at worst.
    known_well = ["revenue", "customers", "favourable", "wary", "new_customers", "lost_customers"]
    share = (totals.error / totals.expected).reindex(known_well)[totals.expected.reindex(known_well) > 0]
    assert share.max() < 0.03


@pytest.mark.parametrize("most", [0.3, 0.999, 1.0, 1.7, 4.0])
@pytest.mark.parametrize("rate", [0.0, 0.05, 0.8, 6.0])
def test_stories_of_one_customer_have_the_mean_of_the_model(rate, most):
    count = np.arange(80)
    chance = told_chance(count[:-1].astype(float), np.full(79, rate), np.full(79, most))
    told = np.concatenate([[0.0], np.cumsum(chance)])  # by number of experiences
    # Beyond 80 experiences lies less than 1e-50 of the probability.
    assert_allclose(poisson.pmf(count, rate) @ told, stories(rate, most), rtol=ROUNDING, atol=0)
    assert (chance >= 0).all()
    assert (chance <= 1).all()


@pytest.mark.parametrize(
    ("bad", "churn", "good", "loyalty"),
    [
        (0.05, 0.07, 0.0, 0.0),
        (0.5, 0.3, 0.0, 0.0),
        (0.3, -0.5, 0.0, 0.0),
        (2.0, 0.0, 0.0, 0.0),
        (0.3, 0.07, 0.8, -0.14),
        (0.5, 0.3, 0.7, -0.32),
        (0.0, 0.0, 2.0, -0.2),
    ],
)
@pytest.mark.parametrize("hazard", [0.0, 0.02, 0.1, 0.4])
def test_leaving_after_a_poisson_number_of_messages_has_the_chance_of_the_model(hazard, bad, churn, good, loyalty):
    stays = staying(np.array([hazard]), np.array([churn]), np.array([loyalty]), 60, 60)[..., 0]
    mean = poisson.pmf(np.arange(61), bad) @ stays @ poisson.pmf(np.arange(61), good)
    # Where the series is below 0, beyond some ten bad messages, nobody stays, and where it falls with more good
    # ones, beyond some ten of them, it is held; the probability of that is below 1e-5.
    assert mean == pytest.approx(np.exp(-hazard * np.exp(churn * bad + loyalty * good)), rel=1e-5)
    assert ((stays >= 0) & (stays <= 1)).all()
    assert (np.diff(stays, axis=1) >= 0).all()  # more good ones never make anybody leave


def test_hazards_and_messages_without_bounds_leave_chances():
    for loyalty in (0.0, -0.3, -3.0):
        stays = staying(np.array([[0.0, 1e-9, 50.0, 1e6]]), np.array([5.0]), np.array([loyalty]), 1_000, 200)
        assert np.isfinite(stays).all()
        assert stays.min() >= 0
        assert stays.max() <= 1
        assert (stays[..., 0] == 1).all()  # without a hazard nobody leaves, whatever they hear


# --- people --------------------------------------------------------------------------------------------------


def test_people_are_conserved_in_every_month_and_segment(first_edition):
    run = simulate(first_edition, scale=0.2, seed=3)
    held = run.by_segment[["customers", "prospects", "avoiders"]].sum(axis=1)
    assert set(held["regulars"]) == {12_000}
    assert set(held["newcomers"]) == {8_000}
    monthly = run.monthly
    assert_array_equal(monthly[["content", "delighted", "disappointed"]].sum(axis=1), monthly.customers)
    change = monthly.customers + monthly.new_customers - monthly.lost_customers
    assert_array_equal(change[:-1], monthly.customers[1:])
    assert (run.talk.people_reached_good <= run.talk.messages_good).all()
    assert run.talk.people_ever_reached_bad.is_monotonic_increasing


# --- chance --------------------------------------------------------------------------------------------------


def test_another_seed_is_another_run_and_a_longer_one_begins_with_the_shorter_one_watched_or_not(shop):
    short, other = (simulate(shop, scale=0.05, horizon=5, seed=seed).monthly for seed in (0, 1))
    assert not short.equals(other)
    pd.testing.assert_frame_equal(short, recorded(shop, scale=0.05, horizon=9)[0].monthly[:5])


def test_two_plans_with_one_seed_are_the_same_until_they_differ(first_edition):
    plan = first_edition
    with_plan, without = (simulate(case, scale=0.05).monthly for case in (plan, plan.without_plan()))
    columns = [column for column in with_plan if column not in ("contribution", "plan_cost")]
    pd.testing.assert_frame_equal(with_plan[columns][:3], without[columns][:3])
    assert not with_plan[columns][3:].equals(without[columns][3:])


def test_no_two_draws_share_a_stream(shop, monkeypatch):
    asked = []
    of = Streams.of

    def noted(self, purpose, month=0):
        asked.append((purpose, month))
        return of(self, purpose, month)

    monkeypatch.setattr(Streams, "of", noted)
    run, told = recorded(shop, scale=0.02, horizon=3, network=watts_strogatz(2_000, 10, 0.1))
    told.tables(run)
    assert len(set(asked)) == len(asked)


REFUSED = [
    (simulate, {"scale": 0}, "scale: must be above 0"),
    (simulate, {"scale": 1e-9}, "scale: leaves a segment without people"),
    (simulate, {"seed": -1}, "seed: must be a whole number, 0 or more, is -1"),
    (simulate, {"horizon": 0}, "horizon: must be a whole number, 1 or more"),
    (simulate, {"network": watts_strogatz(50, 4, 0.0)}, "network: has 50 people and the population 100,000"),
    (Habits, {"dispersion_good": 0.0}, "dispersion_good: must be above 0"),
    (Habits, {"payment_spread": -1.0}, "payment_spread: must be 0 or more"),
    (Habits, {"visit_spread": 0.5}, "visit_spread: needs payments_per_month"),
    (watts_strogatz, (100, 3, 0.1), "degree: must be even"),
    (watts_strogatz, (10, 10, 0.0), "degree: must be at most 8 among 10 people"),
    (watts_strogatz, (100, 4, 1.5), "rewired: must be from 0 to 1, is 1.5"),
    (barabasi_albert, (4, 3), "size: must be a whole number, 5 or more"),
    (edge_list, ([[0, 1], [2, 2]],), "edges: row 2 joins somebody to themselves; leave it out, holds 2, 2"),
    (edge_list, {"edges": [[0, 1], [2, 3]], "size": 3}, "edges: row 2 must hold whole numbers from 0 to 2"),
    (edge_list, {"edges": [["a", "b"], ["c", "x"]], "size": 3}, r"row 1 must hold .*, holds 'a', 'b' \(2 such\)"),
    (edge_list, ([["a", "b"], ["c", None]],), "row 2 needs two people"),
    (edge_list, ([[1, 2, 3]],), r"edges: must be pairs, of shape \(pairs, 2\), has shape \(1, 3\)"),
    (edge_list, (np.empty((0, 2)),), "holds no pairs"),
]


@pytest.mark.parametrize(("call", "arguments", "message"), REFUSED)
def test_what_is_out_of_bounds_is_named(shop, call, arguments, message):
    given = {"scenario": shop} | arguments if call is simulate else arguments
    with pytest.raises(wom.InputError, match=message):
        call(**given) if isinstance(given, dict) else call(*given)


# --- limits --------------------------------------------------------------------------------------------------


def test_a_market_without_newcomers_loses_customers_geometrically():
    values = numbers(SILENT | {"market.size": 100_000.0})
    run = population.follow(bare(values, known(0.05, 1.0, -np.inf), standing(100_000, 40_000), 24))
    stay = np.exp(-0.05 * np.arange(24))
    # Each of 40,000 is still there with probability `stay`.
    z = (run.monthly.customers - 40_000 * stay)[1:] / np.sqrt(40_000 * stay * (1 - stay))[1:]
    assert z.abs().max() < limit(23)


# --- networks ------------------------------------------------------------------------------------------------


def holds_together(network):
    """Both ways, everyone once, nobody their own; acquaintances of each within bounds."""
    person = np.repeat(np.arange(network.size), network.degrees)
    there = person * network.size + network.indices
    back = network.indices.astype(np.int64) * network.size + person
    assert_array_equal(np.unique(there), np.sort(there))
    assert_array_equal(np.sort(back), np.sort(there))
    assert (person != network.indices).all()


@pytest.mark.parametrize("rewired", [0.0, 0.1, 1.0])
def test_a_small_world_keeps_its_mean_degree(rewired):
    network = watts_strogatz(4_000, 10, rewired)
    holds_together(network)
    assert network.mean_degree == 10
    assert network.edges == 20_000
    if rewired == 0:
        assert (network.degrees == 10).all()
    # Watts & Strogatz 1998, Barrat & Weigt 2000: of a triangle's three ties none may be rewired. Rewiring spreads
    # degrees, with variance 5·rewired·(2 − rewired), and so adds triples.
    expected = 3 * 8 / (4 * 9) * (1 - rewired) ** 3 * 90 / (90 + 5 * rewired * (2 - rewired))
    # The sample of triples, how many ties were rewired, and triangles by chance.
    sample, ties = 0.5 / 100_000**0.5, 3 * expected * (rewired / max(1 - rewired, 0.1) / 20_000) ** 0.5
    assert network.clustering(seed=1) == pytest.approx(expected, abs=limit(3) * (sample + ties) + 10 / 4_000)


def test_hubs_have_the_ties_and_the_degrees_of_preferential_attachment():
    size, ties = 40_000, 3
    network = barabasi_albert(size, ties)
    holds_together(network)
    assert network.edges == ties * (size - ties)
    degrees = network.degrees
    assert degrees.min() == ties
    assert degrees.max() > 10 * network.mean_degree
    for k in (3, 4, 5, 10):
        share = 2 * ties * (ties + 1) / (k * (k + 1) * (k + 2))  # Bollobás et al. 2001
        # Counts vary less than binomial ones, because degrees compete.
        assert (degrees == k).mean() == pytest.approx(share, abs=limit(4) * (share / size) ** 0.5)


def small(**changes):
    """A market of a thousand that is loud enough to be seen."""
    values = {AUDIENCE: 0.5, "word_of_mouth.churn_hazard_ratio": 1.8} | people(1_000, 100, 6)
    return wom.load(business(values | changes, horizon_months=8))


def test_where_everyone_knows_everyone_it_is_as_if_they_mixed():
    complete = edge_list(np.stack(np.triu_indices(1_000, 1), axis=1), size=1_000)
    seeds = range(8)
    columns = ["favourable", "wary", "new_customers", "lost_customers", "people_told_bad"]

    def sums(network, shift):
        runs = (simulate(small(), network=network, seed=seed + shift) for seed in seeds)
        return np.array([run.monthly[columns].sum() for run in runs])

    mixed, known_all = sums(None, 0), sums(complete, 1_000)
    error = np.sqrt((mixed.var(axis=0, ddof=1) + known_all.var(axis=0, ddof=1)) / len(seeds))
    # Nobody tells themselves here: 1 in 1,000 more hear, far below the errors of some percent.
    assert np.abs((mixed.mean(axis=0) - known_all.mean(axis=0)) / error).max() < limit(5, 2 * len(seeds) - 1)
    assert (error / mixed.mean(axis=0)).max() < 0.12


def test_overlap_takes_away_favourable_prospects_and_more_so_the_fewer_people_one_knows():
    case = wom.load(business({AUDIENCE: 0.5} | people(10_000, 1_000, 60), horizon_months=8))
    networks = {f"knows {k}": watts_strogatz(10_000, k, 1.0) for k in (20, 200)}
    networks["hubs"] = barabasi_albert(10_000, 10)
    table = population.overlap(case, networks, range(4))
    assert table.mean_degree.round(-1).tolist() == [20, 200, 20]
    few, many, hubs = (table.loc[name] for name in networks)
    # As much is told: what is missing on the network is not silence.
    for row in (few, many):
        assert row.messages_good == pytest.approx(1, abs=limit(2) * row.messages_good_error + 0.005)
    for column in ("favourable", "people_ever_reached_good"):
        assert few[column] + limit(2) * few[f"{column}_error"] < many[column] < 1.005
        assert hubs[column] < few[column]


def test_errors_of_ratios_are_the_spread_of_ratios():
    random = generator(0)
    base = random.normal(100, 5, (300, 10))
    found = 0.8 * base + random.normal(0, 3, base.shape)
    pairs = zip(found, base, strict=True)
    drawn = [ratios(pd.DataFrame({"x": ours}), pd.DataFrame({"x": theirs})) for ours, theirs in pairs]
    spread = np.std([one["x"] for one in drawn])
    # A standard deviation from 300 draws has a relative error of 1/√600, the mean error of ten a bias of 1/40.
    assert np.mean([one["x_error"] for one in drawn]) == pytest.approx(spread, rel=limit(1) / 600**0.5 + 1 / 40)


def test_a_more_clustered_network_reaches_fewer_people():
    """Where only word of mouth brings customers, and nobody leaves."""
    loud = {"market.size": 4_000, "market.category_purchase_rate": 10, "experience.good_share": 1,
            "experience.bad_share": 0, "word_of_mouth.reach_good": 1, "word_of_mouth.shift_good": 0.5,
            "word_of_mouth.causal_share": 20}  # fmt: skip
    begin = bare(numbers(SILENT | loud), known(0.0, 1.0, -30.0), standing(4_000, 20), 30)
    ring, mixed = (population.follow(begin, watts_strogatz(4_000, 8, part), settle=0) for part in (0.0, 1.0))
    reached = [run.talk.people_ever_reached_good for run in (ring, mixed)]
    assert reached[0].iloc[-1] < 0.5 * reached[1].iloc[-1]
    # For as many people told as well: in the ring neighbours tell each other what they know.
    told = [run.monthly.people_told_good.cumsum() for run in (ring, mixed)]
    assert reached[0].iloc[-1] < 0.9 * np.interp(told[0].iloc[-1], told[1], reached[1])


def test_on_a_network_only_acquaintances_hear():
    # Two groups that do not know each other, all customers in one of them.
    segments = {"a": people(500, 100, 1), "b": people(500, 0, 1)}
    case = wom.load(business({AUDIENCE: 0.9, "market.homophily": 0.0}, segments=segments))
    pairs = np.stack(np.triu_indices(500, 1), axis=1)[::10]
    apart = edge_list(np.concatenate([pairs, pairs + 500]), size=1_000, in_order=True)
    run = simulate(case, network=apart, horizon=1)
    assert run.by_segment.favourable["a"][0] > 0
    # The anchored impressions of b come from a well-mixed market; after five memories hardly one is left.
    assert run.by_segment.favourable["b"][0] <= 0.05 * 500


def test_a_users_own_network_by_name_or_by_number():
    pairs = pd.DataFrame({"from": ["ann", "ben", "cleo", "ben"], "to": ["ben", "cleo", "ann", "ann"]})
    assert edge_list(pairs).degrees.tolist() == [2, 2, 2]
    run = simulate(small(), network=edge_list(np.array([[0, 1]]), size=1_000), horizon=3)
    assert run.talk.messages_good.sum() <= 6  # hardly anybody knows anybody
    assert run.monthly.people_told_good.sum() > 100


# --- what a shop would have written down ------------------------------------------------------------------


def test_what_is_noted_is_what_the_run_says(first_edition):
    habits = Habits(0.2518, 0.4728, 1.5, 0.4, 0.6, 0.5)
    run, shop = recorded(first_edition, scale=0.4, seed=5, habits=habits)
    monthly, months = run.monthly, np.arange(36)

    def counts(table, *where):
        chosen = np.logical_and.reduce([table["month"] >= 0, *where])
        return np.bincount(table["month"][chosen], minlength=36)

    joined, left, paid, posted = (shop.table(name) for name in ("joined", "left", "payments", "reviews"))
    assert (joined["month"] < 0).sum() == monthly.customers[0]
    assert_array_equal(counts(joined), monthly.new_customers)
    assert_array_equal(counts(joined, joined["recommended"]), monthly.recommended_customers)
    assert_array_equal(counts(left), monthly.lost_customers)
    assert_allclose(np.bincount(paid["month"], paid["amount"]), monthly.revenue, rtol=ROUNDING)
    came, went = joined["month"][paid["account"]], np.full(len(joined["account"]), 36)
    went[left["account"]] = left["month"]
    assert (came < paid["month"]).all()
    assert (paid["month"] <= went[paid["account"]]).all()

    stock, stars, rating = run.start.state.reviews.item() * 0.4, run.start.state.review_stars.item() * 0.4, []
    for month in months:
        these = posted["stars"][posted["month"] == month]
        stock, stars = stock * np.exp(-1 / 3) + len(these), stars * np.exp(-1 / 3) + these.sum()
        rating.append(stars / stock)
    assert_allclose(monthly.stars, rating, rtol=ROUNDING)

    felt, told = shop.table("experiences"), shop.table("stories")
    truth = {"newcomers": (0.15, 0.098, 0.042, 0.71), "regulars": (0.25, 0.042, 0.018, 0.69)}
    for segment, rates in truth.items():  # before the plan
        ours = (joined["segment"][felt["account"]] == run.segments.index(segment)) & (felt["month"] < 3)
        expected = np.array(rates) * run.by_segment.customers[segment][:3].sum()
        counted = np.bincount(felt["kind"][ours], minlength=4)
        assert (np.abs(counted - expected) < limit(8) * expected**0.5).all()
    calm = told["month"] != 10  # in month 10 a complaint went viral
    for kind, mean, dispersion in ((0, 9.0, 0.2518), (1, 16.0, 0.4728)):
        people_told = told["told"][calm & (told["kind"] == kind)]
        spread = np.sqrt(mean + mean**2 / dispersion)
        assert abs(people_told.mean() - mean) < limit(2) * spread / len(people_told) ** 0.5


def test_the_sample_tables_are_made_again_to_the_byte(tmp_path):
    make_tables.make(tmp_path)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    stored = {path.name: path.read_bytes() for path in (SAMPLE / "tables").glob("*.csv")}
    assert made.keys() == stored.keys()
    assert [name for name in stored if made[name] != stored[name]] == []


def test_the_truth_beside_the_sample_tables_is_the_truth():
    truth = yaml.safe_load((SAMPLE / "tables" / "truth.yaml").read_text(encoding="utf-8"))
    parameters, hidden, _ = anchored(wom.load(truth["scenario"]))
    for name, value in truth["hidden"].items():
        # Written with ten digits.
        assert getattr(hidden, name).item() == pytest.approx(value, rel=1e-9)
    given = {f"{section}.{key}" for section, keys in truth["scenario"]["today"].items() for key in keys}
    quantities = wom.parameters.QUANTITIES.items()
    need_not = {key for key, quantity in quantities if quantity.plan_only or quantity.unless_given is not None}
    assert given == set(parameters) - need_not
    customers = pd.read_csv(SAMPLE / "tables" / "customers.csv", parse_dates=["joined", "left"])
    assert (customers.joined < "2023-01-01").sum() == truth["scenario"]["today"]["market"]["customers"]
