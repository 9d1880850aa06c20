"""The evidence: complete, within bounds, honest about its sources, and equal to what was published."""

import math
from collections import Counter
from dataclasses import asdict, fields, replace

import pandas as pd
import pytest

from wom.errors import InputError
from wom.evidence import CUSTOMER_TYPES, GRADES, TRADES, Record, defaults, figure, record_for, records, table
from wom.parameters import QUANTITIES, SECTIONS, Range

GIVEN_BY_THE_BUSINESS = {
    "market.size",
    "market.customers",
    "market.new_customers_per_month",
    "economics.spend_per_customer",
    "economics.margin_share",
    "experience.good_share",
    "experience.bad_share",
    "retention.retention_rate",
}
WITHOUT_EVIDENCE = {key for key, quantity in QUANTITIES.items() if quantity.unless_given is not None}
ASKED_FOR = {"word_of_mouth.audience_share"}  # never beside a referral share
DEFAULTED = set(QUANTITIES) - GIVEN_BY_THE_BUSINESS - WITHOUT_EVIDENCE - ASKED_FOR

VIEWS = {
    "complaint iceberg", "limits", "perception gap", "plan events", "plausibility", "reach", "reviews", "segments",
    "service recovery", "survey pressure", "what good service brings",
}  # fmt: skip
EVENT_KEYS = {"bad_experience_share", "reach_multiplier", "spend_lost_share"}

every_record = pytest.mark.parametrize("record", records(), ids=lambda record: record.name)
both_types = pytest.mark.parametrize("customer_type", CUSTOMER_TYPES)


# --- complete ---------------------------------------------------------------------------------------------


def test_every_parameter_is_a_record_of_a_section():
    assert [f"{name}.{field}" for name, part in SECTIONS.items() for field in part.model_fields] == [*QUANTITIES]
    assert len({quantity.short for quantity in QUANTITIES.values()}) == len(QUANTITIES)
    assert all(quantity.how or quantity.plan_only for quantity in QUANTITIES.values())


@both_types
@pytest.mark.parametrize("trade", TRADES)
def test_each_parameter_that_may_have_a_default_has_exactly_one(customer_type, trade):
    kept = [r for r in records() if r.customer_type in ("both", customer_type) and r.trade in ("any", trade)]
    assert Counter(r.parameter for r in kept if r.default) == dict.fromkeys(DEFAULTED, 1)
    assert Counter(r.parameter for r in kept if r.parameter) == dict.fromkeys(DEFAULTED | ASKED_FOR, 1)
    found = defaults(customer_type, trade)
    assert list(found) == [key for key in QUANTITIES if key in DEFAULTED]
    for parameter, span in found.items():
        assert record_for(parameter, customer_type, trade).range == span


def test_names_are_unique_and_every_view_has_a_figure():
    names = [record.name for record in records()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() for name in names)
    uses = {use for record in records() for use in record.used_in.split("; ")}
    assert {use.removeprefix("view: ") for use in uses if use.startswith("view: ")} == VIEWS


@every_record
def test_a_record_is_whole(record):
    for use in record.used_in.split("; "):
        kind, _, rest = use.partition(": ")
        assert (rest or kind) in {"view": VIEWS, "plan": EVENT_KEYS}.get(kind, QUANTITIES), use
    given = [n for n in (record.low, record.central, record.high) if n is not None]
    assert all(type(number) is float and math.isfinite(number) for number in given)
    assert given == sorted(given)
    if record.parameter:
        quantity = QUANTITIES[record.parameter]
        assert (record.unit, record.range) == (quantity.unit, quantity.check(record.range))
    for key in ("figure", "unit", "step", "used_in", "caution"):
        assert getattr(record, key), key
    texts = [value for value in asdict(record).values() if isinstance(value, str)]
    assert all(len(text) <= 400 and text == " ".join(text.split()) for text in texts)  # short enough to read
    assert len(record.figure) <= 160


@every_record
def test_sources_are_named_or_the_number_is_called_assumed(record):
    allowed = {
        "assumed": {"assumed"},
        # a natural experiment in another trade is weak
        "weak": {"stated survey", "observational", "matched observation", "natural experiment"},
        "fair": {"natural experiment", "matched observation", "panel observation"},
        "strong": {"randomised experiment", "meta-analysis"},
    }
    assert set(allowed) == set(GRADES)
    assert record.design in allowed[record.grade]
    if record.grade == "assumed":
        assert record.reason
        assert (record.source, record.year, record.verified, record.sample) == ("", None, None, "")
    else:
        assert not record.reason
        assert record.source
        assert record.sample
        assert record.base
        assert 1970 <= record.year <= 2025
        assert str(record.year) in record.source or str(record.year)[2:] in record.source
        assert record.verified in ("primary", "secondary", "recalled")


def test_no_survey_is_graded_above_weak_and_nothing_recalled_only_is_new():
    assert {record.grade for record in records() if record.design == "stated survey"} == {"weak"}
    recalled = {record.name for record in records() if record.verified == "recalled"}
    assert recalled == {"told_good_2014", "told_bad_2014", "poor_service_ratio"}


def test_customer_types_and_trades_differ_in_uplift_posting_and_stars_and_in_nothing_else():
    consumer, business = defaults("consumer"), defaults("business")
    posting = {"reviews.posting_good", "reviews.posting_neutral", "reviews.posting_bad"}
    assert {key for key in consumer if consumer[key] != business[key]} == posting | {"spending.uplift_share"}
    for key in posting:
        assert business[key] == pytest.approx([number / 10 for number in consumer[key]], rel=1e-15)
    for trade in ("hotel", "restaurant"):
        found = defaults("consumer", trade)
        assert {key for key in consumer if found[key] != consumer[key]} == {"reviews.effect_per_star"}


# --- as published -----------------------------------------------------------------------------------------

PUBLISHED = {
    "American Express 2011": {"told_good_2011": 9, "told_bad_2011": 16, "reach_good": (4.8, 9, 15),
                              "reach_bad": (7.5, 16, 24), "uplift_size": (0, 0.13, 0.21)},
    "American Express 2012": {"told_good_2012": 15, "told_bad_2012": 24},
    "American Express 2014": {"told_good_2014": 8, "told_bad_2014": 21},
    "American Express 2017": {"told_good_2017": 11, "told_bad_2017": 15},
    "Anderson and Simester 2014": {"reviews_without_purchase": 0.05},
    "Ascarza 2017": {"ascarza_social_multiplier": 1.28},
    "Bain 2005": {"perception_gap_firms": 0.80, "perception_gap_customers": 0.08},
    "Customer Rage 2025": {"customer_rage": 0.77},
    "complaints, 1 in 26 to 1 in 4": {"complaint_rate": (1 / 26, None, 1 / 4), "iceberg_visible": 0.20},
    "de Matos 2007": {"recovery_paradox": 0, "reach_recovered": (0, 0, 5)},
    "Dimensional Research 2013": {
        "uplift_share_business": (0.31, 0.62, 0.72), "uplift_share_consumer": (0.21, 0.42, 0.52),
        "influenced_by_reviews": 0.88, "reader_share": (0.58, 0.73, 0.88),
        "still_avoiding_after_24_months": (0.15, 0.39, 0.60), "told_more_than_five_bad": 0.54,
        "told_more_than_five_good": 0.33, "told_anyone_bad": 0.95, "told_anyone_good": 0.87,
    },
    "East, Hammond and Lomax 2008": {"shift_good": (0.10, 0.20, 0.25), "shift_bad": (0.05, 0.11, 0.15)},
    "East 2017": {"loyalty_hazard_ratio": (0.25, 0.45, 0.9)},
    "Fay 2019": {"fay_share_of_purchases": 0.19},
    "Forrester": {"forrester_recommendations": (None, None, 0.07)},
    "Halperin 2022": {"late_ride_spending": (0.05, None, 0.10), "disappointed_cut": (0.03, 0.07, 0.12)},
    "Kumar 2007 and Aral 2009": {"word_of_mouth_causal_share": (0.15, 0.40, 0.70),
                                 "recommenders_who_win_customers": 0.12},
    "Knox and van Oest 2014": {"recovery_offset": (0.3, 0.7, 0.95)},
    "Lewis and Zervas; Sayfuddin and Chen 2021": {"effect_per_star_hotel": (0.02, 0.05, 0.25)},
    "Luca 2016": {"effect_per_star_restaurant": (0.05, 0.07, 0.09), "effect_per_star_other": (0.0, 0.05, 0.09)},
    "Keller Fay Group 2006": {"good_for_one_bad": (6, None, 7)},
    "Nitzan and Libai 2011": {"churn_hazard_ratio": (1.0, 1.2, 1.8)},
    "Otto 2020": {"satisfaction_and_firms": 0.101},
    "Proserpio and Zervas 2017": {"answering_reviews": 0.12},
    "Qualtrics 2022-25": {"very_bad_experiences": (0.12, None, 0.18),
                          "spending_after_very_bad": (0.5, None, 0.53)},
    "Schmitt 2011": {"referred_value_premium": (0.0, 0.16, 0.25)},
    "WOMMA 2014": {"womma_share_of_sales": 0.13},
}  # fmt: skip


@pytest.mark.parametrize("source", PUBLISHED)
def test_figures_are_as_published(source):
    for name, numbers in PUBLISHED[source].items():
        record = figure(name)
        found = (record.low, record.central, record.high)
        assert (found if isinstance(numbers, tuple) else record.central) == numbers, name


def test_american_express_ratio_of_poor_to_good_spans_the_waves():
    years = (2011, 2012, 2014, 2017)
    ratios = [figure(f"told_bad_{year}").central / figure(f"told_good_{year}").central for year in years]
    # published means are whole people, the ratio has one decimal
    found = [round(min(ratios), 1), round(ratios[0], 1), round(max(ratios), 1)]
    assert found == list(figure("poor_service_ratio").range)


def test_dimensional_research_2013_88_per_cent_of_readers():
    share = defaults("consumer")["reviews.reader_share"]
    influenced = figure("read_reviews").central * figure("influenced_by_reviews").central
    assert share.low == pytest.approx(influenced, abs=0.005)  # two decimals
    assert share.central == pytest.approx((share.low + share.high) / 2, abs=0.005)


def test_kumar_2007_and_aral_2009_bound_the_causal_share():
    share = defaults("consumer")["word_of_mouth.causal_share"]
    assert share.low == pytest.approx(1 / 7, abs=0.01)  # overstated up to 7 times, two decimals
    assert 30 / 81 < share.central < 33 / 68


def test_east_2017_a_good_message_keeps_customers_as_it_wins_them():
    good = defaults("consumer")["word_of_mouth.shift_good"].central
    odds = math.log((0.4 + good) / (0.6 - good)) - math.log(0.4 / 0.6)
    assert figure("loyalty_hazard_ratio").central == pytest.approx(math.exp(-odds), abs=0.01)  # two digits


def test_kriss_2014_best_against_poorest_agrees_with_the_two_hazard_ratios():
    found = defaults("consumer")
    ours = found["retention.delighted_hazard_ratio"].central / found["retention.disappointed_hazard_ratio"].central
    published = math.log(0.74) / math.log(0.43)  # hazards of leaving within a year
    assert ours == pytest.approx(published, abs=0.05)  # both are read to two digits


def test_what_is_unmeasured_or_recalled_says_so():
    for name in ("perception_gap_firms", "perception_gap_customers", "recovery_paradox", "referred_value_premium"):
        assert figure(name).parameter is None
    grades = {"recovery_offset": "assumed", "effect_per_star_other": "weak", "late_ride_spending": "fair"}
    assert {name: figure(name).grade for name in grades} == grades
    assert "Unmeasured" in figure("effect_per_star_other").step
    assert "recalled" in figure("still_avoiding_after_24_months").caution


# --- the interface ----------------------------------------------------------------------------------------


def test_defaults_cannot_be_changed_by_accident():
    with pytest.raises(TypeError):
        defaults("consumer")["market.homophily"] = Range(0, 0, 0)
    with pytest.raises(AttributeError):
        records()[0].central = 1.0


def homophily(**change):
    return lambda: replace(figure("homophily"), **change)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: record_for("market.size", "consumer"), "market.size: has no default; the business gives it"),
        (lambda: record_for("market.homophilly", "consumer"), "did you mean market.homophily"),
        (lambda: figure("reach_god"), "did you mean reach_good"),
        (lambda: defaults("busines"), "did you mean business"),
        (lambda: defaults("consumer", "hotels"), "did you mean hotel"),
        (lambda: table("both"), "allowed: business, consumer"),
        (homophily(grade="great"), "parameters.yaml: homophily: grade is 'great'"),
        (homophily(customer_type="business customer"), "did you mean business"),
        (homophily(parameter="market.homophilly"), "did you mean market.homophily"),
        (homophily(unit="percent"), "allowed: share"),
        (homophily(low=0.9), "must rise"),
        (homophily(high=1.5), "parameters.yaml: homophily: .*from 0 to 1"),
        (homophily(central=None), "from 0 to 1"),
        (homophily(grade="weak"), "verified is None"),
    ],
)
def test_unknown_names_and_records_that_do_not_fit_are_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_table_has_one_row_per_record_in_reading_order_and_belongs_to_the_caller():
    frame = table()
    assert list(frame.index) == [record.name for record in records()]
    assert set(frame.columns) == {field.name for field in fields(Record)} - {"name"} | {"meaning"}
    order = [list(QUANTITIES).index(key) for key in frame["parameter"].dropna()]
    assert order == sorted(order)
    assert frame.loc["reach_good", "year"] == 2011
    assert frame.loc["homophily", "year"] is pd.NA
    frame["central"] = -1.0
    assert table()["central"].min() == 0
    of_one_type = table("business")
    assert set(of_one_type["customer_type"]) == {"both", "business"}
    assert table("consumer", "hotel").loc["effect_per_star_hotel", "central"] == 0.05
