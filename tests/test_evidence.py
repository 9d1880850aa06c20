"""The evidence: complete, within bounds, honest about its sources, and equal to what was published."""

import math
import subprocess
import sys
from collections import Counter
from dataclasses import asdict, fields, replace

import pandas as pd
import pytest

from wom import evidence
from wom.errors import InputError
from wom.evidence import CUSTOMER_TYPES, GRADES, TRADES, Record, defaults, figure, record_for, records, table
from wom.parameters import QUANTITIES, Business, Range

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
    "complaint iceberg",
    "limits",
    "perception gap",
    "plan events",
    "plausibility",
    "reach",
    "reviews",
    "segments",
    "service recovery",
    "survey pressure",
    "what good service brings",
}
EVENT_KEYS = {"bad_experience_share", "reach_multiplier", "spend_lost_share"}

FIGURES_TO_PUT_TO_WORK = {
    "influenced_by_reviews": 0.88,
    "told_more_than_five_bad": 0.54,
    "told_more_than_five_good": 0.33,
    "told_anyone_bad": 0.95,
    "told_anyone_good": 0.87,
    "reach_good": 9,
    "reach_bad": 16,
    "uplift_share_business": 0.62,
    "uplift_share_consumer": 0.42,
    "still_avoiding_after_24_months": 0.39,
    "perception_gap_firms": 0.80,
    "perception_gap_customers": 0.08,
    "iceberg_visible": 0.20,
    "complaint_rate": None,
    "poor_service_ratio": 1.8,
    "day_without_customers": 1 / 30.4,
    "one_bad_apple": None,
    "customer_you_choose": None,
    "acknowledge_and_act": None,
    "everyone_asks_for_ten": 0.125,
}

every_record = pytest.mark.parametrize("record", records(), ids=lambda record: record.name)
every_parameter = pytest.mark.parametrize(
    "record", [record for record in records() if record.parameter], ids=lambda record: record.name
)
both_types = pytest.mark.parametrize("customer_type", CUSTOMER_TYPES)
every_trade = pytest.mark.parametrize("trade", TRADES)


# --- complete ---------------------------------------------------------------------------------------------


def test_every_parameter_is_a_record_and_a_typed_field_in_the_same_order():
    fields = [f"{name}.{field}" for name, model in Business.SECTIONS.items() for field in model.model_fields]
    assert fields == list(QUANTITIES)


def test_every_parameter_has_a_short_name_of_its_own_and_a_way_to_find_it_out():
    assert len({quantity.short for quantity in QUANTITIES.values()}) == len(QUANTITIES)
    assert all(quantity.how or quantity.plan_only for quantity in QUANTITIES.values())


@both_types
@every_trade
def test_each_parameter_that_may_have_a_default_has_exactly_one(customer_type, trade):
    found = Counter(
        record.parameter
        for record in records()
        if record.default and record.customer_type in ("both", customer_type) and record.trade in ("any", trade)
    )
    assert found == dict.fromkeys(DEFAULTED, 1)
    assert set(defaults(customer_type, trade)) == DEFAULTED


@both_types
@every_trade
def test_a_parameter_has_at_most_one_record_asked_for_or_not(customer_type, trade):
    kept = [
        record
        for record in records()
        if record.customer_type in ("both", customer_type) and record.trade in ("any", trade)
    ]
    counts = Counter(record.parameter for record in kept if record.parameter)
    assert set(counts.values()) == {1}
    assert set(counts) == DEFAULTED | ASKED_FOR


@both_types
def test_defaults_come_in_the_order_of_the_parameters(customer_type):
    keys = list(defaults(customer_type))
    assert keys == [key for key in QUANTITIES if key in keys]


def test_names_are_unique_slugs():
    names = [record.name for record in records()]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and name == name.lower() for name in names)


@pytest.mark.parametrize(("name", "number"), FIGURES_TO_PUT_TO_WORK.items())
def test_each_figure_to_put_to_work_is_there_and_used(name, number):
    record = figure(name)
    assert record.central == (None if number is None else pytest.approx(number, rel=1e-15))
    assert record.used_in


@every_record
def test_what_a_record_is_used_in_exists(record):
    for use in record.used_in.split("; "):
        kind, _, rest = use.partition(": ")
        known = {"view": VIEWS, "plan": EVENT_KEYS}.get(kind, QUANTITIES)
        assert (rest or kind) in known, use


def test_every_view_has_a_figure():
    uses = {use for record in records() for use in record.used_in.split("; ")}
    assert {use.removeprefix("view: ") for use in uses if use.startswith("view: ")} == VIEWS


# --- numbers ----------------------------------------------------------------------------------------------


@every_record
def test_numbers_are_floats_that_rise(record):
    given = [n for n in (record.low, record.central, record.high) if n is not None]
    assert all(type(number) is float and math.isfinite(number) for number in given)
    assert given == sorted(given)


@every_parameter
def test_parameters_have_the_unit_and_the_bounds_of_their_quantity(record):
    quantity = QUANTITIES[record.parameter]
    assert record.unit == quantity.unit
    assert quantity.check(record.range) == record.range


@both_types
def test_default_shares_of_contacts_and_shifts_make_a_valid_business(customer_type):
    found = defaults(customer_type)
    assert found["word_of_mouth.shift_good"].high < 0.6  # the chance of choosing stays below 1
    assert found["word_of_mouth.shift_bad"].high < 0.4  # and above 0
    assert found["reviews.stars_bad"].high < found["reviews.stars_neutral"].low
    assert found["retention.delighted_hazard_ratio"].high <= 1 <= found["retention.disappointed_hazard_ratio"].low
    assert found["word_of_mouth.reach_good"].central < found["word_of_mouth.reach_bad"].central


def test_business_customers_differ_in_uplift_and_posting_and_in_nothing_else():
    consumer, business = defaults("consumer"), defaults("business")
    differ = {key for key in consumer if consumer[key] != business[key]}
    posting = {"reviews.posting_good", "reviews.posting_neutral", "reviews.posting_bad"}
    assert differ == posting | {"spending.uplift_share"}
    for key in posting:
        assert business[key] == pytest.approx([number / 10 for number in consumer[key]], rel=1e-15)


# --- sources ----------------------------------------------------------------------------------------------


@every_record
def test_sources_are_named_or_the_number_is_called_assumed(record):
    if record.grade == "assumed":
        assert record.design == "assumed"
        assert record.reason
        assert (record.source, record.year, record.verified, record.sample) == ("", None, None, "")
    else:
        assert record.design != "assumed"
        assert not record.reason
        assert record.source
        assert record.sample
        assert record.base
        assert 1970 <= record.year <= 2025
        assert str(record.year) in record.source or str(record.year)[2:] in record.source
        assert record.verified in ("primary", "secondary", "recalled")


@every_record
def test_grade_fits_the_design(record):
    allowed = {
        "assumed": {"assumed"},
        "weak": {
            "stated survey",
            "observational",
            "matched observation",
            "natural experiment",  # in another trade
        },
        "fair": {"natural experiment", "matched observation", "panel observation"},
        "strong": {"randomised experiment", "meta-analysis"},
    }
    assert set(allowed) == set(GRADES)
    assert record.design in allowed[record.grade]


@every_record
def test_text_is_there_and_short_enough_to_read(record):
    for key in ("figure", "unit", "step", "used_in", "caution"):
        assert getattr(record, key), key
    for key, value in asdict(record).items():
        if isinstance(value, str):
            assert len(value) <= 400, key
            assert value == " ".join(value.split()), key
    assert len(record.figure) <= 160


def test_no_survey_is_graded_above_weak():
    surveys = [record for record in records() if record.design == "stated survey"]
    assert len(surveys) > 20
    assert {record.grade for record in surveys} == {"weak"}


def test_the_perception_gap_is_never_a_default():
    assert figure("perception_gap_firms").parameter is None
    assert figure("perception_gap_customers").parameter is None


# --- as published -----------------------------------------------------------------------------------------


def test_american_express_2011_nine_and_sixteen():
    found = defaults("consumer")
    assert found["word_of_mouth.reach_good"] == Range(4.8, 9, 15)
    assert found["word_of_mouth.reach_bad"] == Range(7.5, 16, 24)
    assert (figure("told_good_2011").central, figure("told_bad_2011").central) == (9, 16)


def test_american_express_later_waves_15_24_and_8_21_and_11_15():
    waves = {2012: (15, 24), 2014: (8, 21), 2017: (11, 15)}
    for year, told in waves.items():
        pair = figure(f"told_good_{year}"), figure(f"told_bad_{year}")
        assert tuple(record.central for record in pair) == told
        assert {record.year for record in pair} == {year}
    assert figure("told_bad_2014").verified == "recalled"


def test_american_express_ratio_of_poor_to_good_spans_the_waves():
    years = (2011, 2012, 2014, 2017)
    ratios = [figure(f"told_bad_{year}").central / figure(f"told_good_{year}").central for year in years]
    spread = figure("poor_service_ratio").range
    # published means are whole people, the ratio has one decimal
    assert [round(min(ratios), 1), round(ratios[0], 1), round(max(ratios), 1)] == list(spread)


def test_american_express_2011_thirteen_per_cent_is_the_uplift_size():
    assert record_for("spending.uplift_size", "consumer").range == Range(0.0, 0.13, 0.21)


def test_dimensional_research_2013_62_and_42_per_cent_bought_more():
    assert defaults("business")["spending.uplift_share"].central == 0.62
    assert defaults("consumer")["spending.uplift_share"].central == 0.42


def test_dimensional_research_2013_88_per_cent_of_readers():
    share = defaults("consumer")["reviews.reader_share"]
    readers, influenced = figure("read_reviews").central, figure("influenced_by_reviews").central
    assert share == Range(0.58, 0.73, 0.88)
    assert share.low == pytest.approx(readers * influenced, abs=0.005)  # two decimals
    assert share.central == pytest.approx((share.low + share.high) / 2, abs=0.005)


def test_dimensional_research_2013_39_per_cent_avoid_and_its_flag():
    record = record_for("retention.still_avoiding_after_24_months", "business")
    assert record.range == Range(0.15, 0.39, 0.60)
    assert record.grade == "weak"
    assert "recalled" in record.caution


def test_bain_2005_80_and_8_per_cent_of_362_firms():
    firms, customers = figure("perception_gap_firms"), figure("perception_gap_customers")
    assert (firms.central, customers.central) == (0.80, 0.08)
    assert "362" in firms.sample
    assert firms.base == "firms"


def test_complaint_rates_from_1_in_26_to_1_in_4_hold_the_iceberg():
    rate = figure("complaint_rate")
    assert (rate.low, rate.high) == (1 / 26, 1 / 4)
    assert rate.low < figure("iceberg_visible").central < rate.high


def test_east_hammond_lomax_2008_plus_20_minus_11_points():
    assert defaults("consumer")["word_of_mouth.shift_good"] == Range(0.10, 0.20, 0.25)
    assert defaults("consumer")["word_of_mouth.shift_bad"] == Range(0.05, 0.11, 0.15)


def test_kumar_2007_and_aral_2009_bound_the_causal_share():
    share = defaults("consumer")["word_of_mouth.causal_share"]
    assert share == Range(0.15, 0.40, 0.70)
    assert share.low == pytest.approx(1 / 7, abs=0.01)  # overstated up to 7 times, two decimals
    assert 30 / 81 < share.central < 33 / 68


def test_luca_2016_five_to_nine_per_cent_a_star_nil_for_chains():
    record = record_for("reviews.effect_per_star", "consumer", "restaurant")
    assert record.range == Range(0.05, 0.07, 0.09)
    assert record.grade == "fair"
    elsewhere = record_for("reviews.effect_per_star", "consumer")
    assert elsewhere.range == Range(0.0, 0.05, 0.09)
    assert elsewhere.grade == "weak"
    assert "Unmeasured" in elsewhere.step


def test_lewis_zervas_25_per_cent_and_sayfuddin_chen_2021_2_2_per_cent_a_star_at_hotels():
    record = record_for("reviews.effect_per_star", "consumer", "hotel")
    assert record.range == Range(0.02, 0.05, 0.25)
    assert record.grade == "fair"


def test_trades_differ_in_stars_and_in_nothing_else():
    other, *rest = (defaults("consumer", trade) for trade in ("other", "hotel", "restaurant"))
    for found in rest:
        assert {key for key in other if found[key] != other[key]} == {"reviews.effect_per_star"}


def test_knox_van_oest_2014_recovery_does_not_entirely_offset():
    record = record_for("experience.recovery_offset", "consumer")
    assert record.range == Range(0.3, 0.7, 0.95)
    assert record.grade == "assumed"  # in size; in direction as good as the study
    assert figure("recovery_not_entire").grade == "fair"


def test_halperin_2022_five_to_ten_per_cent_after_a_late_ride():
    record, ride = record_for("spending.disappointed_cut", "consumer"), figure("late_ride_spending")
    assert record.range == Range(0.03, 0.07, 0.12)
    assert (record.grade, record.verified) == ("fair", "secondary")
    assert record.low < ride.low < record.central < ride.high < record.high
    assert figure("apologies_and_money").grade == "strong"


def test_east_2017_a_good_message_keeps_customers():
    record = record_for("word_of_mouth.loyalty_hazard_ratio", "business")
    assert record.range == Range(0.25, 0.45, 0.9)
    assert record.grade == "weak"
    good = defaults("consumer")["word_of_mouth.shift_good"].central
    odds = math.log((0.4 + good) / (0.6 - good)) - math.log(0.4 / 0.6)
    assert record.central == pytest.approx(math.exp(-odds), abs=0.01)  # two digits


def test_nitzan_libai_2011_80_per_cent_is_the_high_end():
    assert defaults("consumer")["word_of_mouth.churn_hazard_ratio"] == Range(1.0, 1.2, 1.8)


def test_kriss_2014_best_against_poorest_agrees_with_the_two_hazard_ratios():
    found = defaults("consumer")
    ours = found["retention.delighted_hazard_ratio"].central / found["retention.disappointed_hazard_ratio"].central
    published = math.log(0.74) / math.log(0.43)  # hazards of leaving within a year
    assert ours == pytest.approx(published, abs=0.05)  # both are read to two digits


def test_disappointed_hazard_ratio_loses_what_its_record_says():
    ratio = defaults("consumer")["retention.disappointed_hazard_ratio"].central
    lost = [round(1 - 0.975 ** (6 * times), 2) for times in (1, ratio)]
    step = record_for("retention.disappointed_hazard_ratio", "consumer").step
    assert lost == [0.14, 0.32]
    assert "32 %" in step
    assert "14 %" in step


def test_de_matos_2007_no_recovery_paradox():
    assert figure("recovery_paradox").central == 0
    assert figure("recovery_paradox").parameter is None
    assert defaults("consumer")["word_of_mouth.reach_recovered"].central == 0


def test_schmitt_2011_16_per_cent_is_a_check_and_no_parameter():
    record = figure("referred_value_premium")
    assert record.range == Range(0.0, 0.16, 0.25)
    assert record.parameter is None


def test_plausibility_lines_are_as_published():
    lines = {
        "womma_share_of_sales": (None, 0.13, None),
        "fay_share_of_purchases": (None, 0.19, None),
        "ascarza_social_multiplier": (None, 1.28, None),
        "forrester_recommendations": (None, None, 0.07),
        "late_ride_spending": (0.05, None, 0.10),
        "good_for_one_bad": (6, None, 7),
        "recommenders_who_win_customers": (None, 0.12, None),
        "very_bad_experiences": (0.12, None, 0.18),
    }
    for name, numbers in lines.items():
        record = figure(name)
        assert (record.low, record.central, record.high) == numbers
        assert "view: plausibility" in record.used_in
    assert figure("ascarza_social_multiplier").grade == "strong"


def test_other_figures_since_2013_are_as_published():
    assert figure("satisfaction_and_firms").central == 0.101  # Otto and others 2020
    assert figure("answering_reviews").central == 0.12  # Proserpio and Zervas 2017
    assert figure("reviews_without_purchase").central == 0.05  # Anderson and Simester 2014
    assert figure("customer_rage").central == 0.77  # Customer Rage 2025
    after = figure("spending_after_very_bad")  # Qualtrics 2022-25
    assert (after.low, after.high) == (0.50, 0.53)
    assert "potential customers" in figure("nps").figure  # Baehre and others 2022


def test_nothing_recalled_only_is_new():
    recalled = {record.name for record in records() if record.verified == "recalled"}
    assert recalled == {"told_good_2014", "told_bad_2014", "poor_service_ratio"}


@pytest.mark.parametrize(
    ("parameter", "numbers"),
    {
        "market.referral_share": (0.06, 0.15, 0.25),
        "market.category_purchase_rate": (0.01, 0.05, 0.20),
        "market.homophily": (0.3, 0.7, 0.95),
        "economics.discount_rate": (0.06, 0.10, 0.15),
        "economics.acquisition_cost": (0, 0, 0),
        "experience.contacts_per_month": (0.5, 1, 4),
        "experience.recovered_share": (0.1, 0.3, 0.5),
        "experience.memory_months": (3, 6, 12),
        "experience.causal_share": (0.4, 0.7, 1.0),
        "retention.delighted_hazard_ratio": (0.5, 0.8, 1.0),
        "retention.disappointed_hazard_ratio": (1.3, 2.5, 4.0),
        "retention.avoid_share": (0.2, 0.5, 0.8),
        "word_of_mouth.reach_recovered": (0, 0, 5),
        "word_of_mouth.stories_per_month": (0.5, 1, 2),
        "word_of_mouth.audience_share": (0.05, 0.30, 0.60),
        "word_of_mouth.memory_months": (1, 3, 6),
        "reviews.posting_good": (0.01, 0.02, 0.05),
        "reviews.posting_neutral": (0.002, 0.005, 0.02),
        "reviews.posting_bad": (0.02, 0.05, 0.10),
        "reviews.memory_months": (1, 3, 12),
    }.items(),
)
def test_other_values_are_as_agreed(parameter, numbers):
    assert record_for(parameter, "consumer").range == numbers


def test_stars_are_five_four_and_one_and_a_half():
    stars = [defaults("consumer")[f"reviews.stars_{tone}"].central for tone in ("good", "neutral", "bad")]
    assert stars == [5, 4, 1.5]


# --- the interface ----------------------------------------------------------------------------------------


def test_defaults_cannot_be_changed_by_accident():
    found = defaults("consumer")
    with pytest.raises(TypeError):
        found["market.homophily"] = Range(0, 0, 0)
    with pytest.raises(AttributeError):
        records()[0].central = 1.0
    assert defaults("consumer") is found


def test_audience_share_is_a_record_and_no_default():
    assert "word_of_mouth.audience_share" not in defaults("consumer")
    assert record_for("word_of_mouth.audience_share", "consumer").default is False


@both_types
def test_record_for_agrees_with_defaults(customer_type):
    for parameter, span in defaults(customer_type).items():
        assert record_for(parameter, customer_type).range == span


@pytest.mark.parametrize("parameter", sorted(GIVEN_BY_THE_BUSINESS | WITHOUT_EVIDENCE))
def test_record_for_a_parameter_that_only_the_business_gives(parameter):
    with pytest.raises(InputError, match="the business gives it") as caught:
        record_for(parameter, "consumer")
    assert caught.value.key == parameter


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: record_for("market.homophilly", "consumer"), "did you mean market.homophily"),
        (lambda: figure("reach_god"), "did you mean reach_good"),
        (lambda: defaults("busines"), "did you mean business"),
        (lambda: record_for("market.homophily", "busines"), "did you mean business"),
        (lambda: defaults("consumer", "hotels"), "did you mean hotel"),
        (lambda: table("both"), "allowed: business, consumer"),
    ],
)
def test_unknown_names_are_answered_with_the_nearest(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"grade": "great"}, "grade is 'great'"),
        ({"customer_type": "business customer"}, "did you mean business"),
        ({"parameter": "market.homophilly"}, "did you mean market.homophily"),
        ({"unit": "percent"}, "allowed: share"),
        ({"low": 0.9}, "must rise"),
        ({"high": 1.5}, "from 0 to 1"),
        ({"central": None}, "from 0 to 1"),
        ({"grade": "weak"}, "verified is None"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_by_name(change, message):
    with pytest.raises(InputError, match=message) as caught:
        replace(figure("homophily"), **change)
    assert str(caught.value).startswith("parameters.yaml: homophily: ")


def test_a_record_with_an_unknown_key_is_refused():
    with pytest.raises(TypeError, match="colour"):
        Record(**asdict(figure("homophily")), colour="red")


def test_table_has_one_row_per_record_in_reading_order():
    frame = table()
    assert list(frame.index) == [record.name for record in records()]
    assert list(frame.columns[:9]) == [
        *("parameter", "figure", "low", "central", "high", "unit", "grade", "source", "year")
    ]
    assert set(frame.columns) == {field.name for field in fields(Record)} - {"name"} | {"meaning"}
    order = [list(QUANTITIES).index(key) for key in frame["parameter"].dropna()]
    assert order == sorted(order)
    assert frame["parameter"].isna().to_numpy().tolist() == sorted(frame["parameter"].isna())
    assert frame.loc["reach_good", "year"] == 2011
    assert frame.loc["homophily", "year"] is pd.NA


@both_types
def test_table_of_one_type_of_customer_leaves_out_the_other(customer_type):
    frame = table(customer_type)
    assert set(frame["customer_type"]) == {"both", customer_type}
    of_one_trade = frame[frame["default"] & frame["trade"].isin(["any", "other"])]
    assert of_one_trade["parameter"].to_list() == list(defaults(customer_type))
    assert table(customer_type, "hotel").loc["effect_per_star_hotel", "central"] == 0.05


def test_table_belongs_to_the_caller():
    frame = table()
    frame["central"] = -1.0
    assert table()["central"].min() == 0


def test_records_are_made_when_first_asked_for_and_load_no_heavy_module():
    program = (
        "import sys, wom.parameters; before = set(sys.modules); import wom.evidence as e;"
        "print(sorted({'pandas', 'matplotlib', 'scipy'} & (set(sys.modules) - before)),"
        "e.records.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] 0"


def test_the_public_names_are_documented():
    public = [value for name, value in vars(evidence).items() if not name.startswith("_") and callable(value)]
    own = [value for value in public if value.__module__ == "wom.evidence"]
    assert len(own) == 8  # Record, records, defaults, record_for, figure, table, replay, calculators
    assert all(">>>" in value.__doc__ for value in own)
