"""From tables to a scenario: the sample's truth found again, files that hold, and a basis that never lies."""

import contextlib
import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from exhibited import sound

import wom
import wom.data
from benchmarks import recovery
from wom import exhibits
from wom.calibration import backtest, calibrate
from wom.calibration.calibrate import save
from wom.cli import main
from wom.data import description
from wom.exhibits.basis import source_line, standing
from wom.files import without
from wom.report.summary import summarise

TABLES = Path(wom.files.find("retailer/today")).parent / "tables"
SPAN = {"from": "2023-01-01", "to": "2024-12-31"}


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The file that the command line writes of the sample, what it says, and the results it says it of."""
    folder, said, results = tmp_path_factory.mktemp("out"), io.StringIO(), []

    def watched(plain):
        return lambda *given, **options: results.append(plain(*given, **options)) or results[-1]

    with contextlib.redirect_stdout(said), pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibrate, "calibrate", watched(calibrate.calibrate))
        patch.setattr(backtest, "tried", watched(backtest.tried))
        assert main(["calibrate", "retailer/tables", "--output", str(folder), "--hold-out", "6"]) == 0
    found, (tested, _) = results
    return folder / "today.yaml", said.getvalue(), found, tested


@pytest.fixture(scope="module")
def found(asked):
    return asked[2]


@pytest.fixture(scope="module")
def today(asked):
    return asked[0]


def test_a_figure_s_middle_stands_right_beside_its_name(found, asked):
    """People hold the first number of a line against their books, and programs take the second word."""
    said = {words[0]: words[1:] for line in asked[1].splitlines() if "." in (words := line.split() or [""])[0]}
    for key, one in found.used.items():
        middle, *rest = said[key]
        assert float(middle) == pytest.approx(one.central, rel=5e-4), key  # four digits are printed
        if one.low < one.high:
            low, _, high = rest[:3]
            assert float(low.strip("(")) <= float(middle) <= float(high.strip(")")), key
        else:
            assert rest[0] in ("(counted)", "(set)"), key


# --- the sample's truth -----------------------------------------------------------------------------------


def truth():
    """What the sample's tables were made from, as an estimate from them should find it."""
    values = yaml.safe_load((TABLES / "truth.yaml").read_text(encoding="utf-8"))["scenario"]["today"]
    plain = {f"{section}.{name}": value for section, part in values.items() for name, value in part.items()}
    for mood in ("delighted", "disappointed"):  # tables show the effect at work, not as if all was caused
        plain[f"retention.{mood}_hazard_ratio"] **= plain["experience.causal_share"]
    return plain


NOT_HELD = {
    "market.customers": "counted after two years, the truth is of the first month",
    "market.new_customers_per_month": "of the last year, in which the number of customers has grown",
    "word_of_mouth.reach_recovered": "is 0, and no interval of a number that cannot be negative begins there",
    "reviews.stars_neutral": "is 4, the most that the rule of 3 and 4 stars can give",
}


def test_the_sample_s_truth_lies_in_the_intervals(found):
    true = truth()
    held = {key: one for key, one in found.used.items() if key not in NOT_HELD}
    missed = [key for key, one in held.items() if not one.low <= true[key] <= one.high]
    # The tables are one draw of chance that stays: of 17 intervals of 90 % five miss, as happens twice in 100;
    # that the rate is right is shown by `make bench` on 240 firms. None is off by three errors.
    assert len(held) == 17
    assert len(missed) <= 5, missed
    for key, one in held.items():
        half = (one.high - one.low) / 2
        assert abs(true[key] - one.central) < 3 / 1.645 * half * 1.2, key  # intervals are not quite symmetric
    # what decides most is right
    assert not {"retention.retention_rate", "experience.bad_share", "market.referral_share"} & set(missed)


def test_intervals_hold_the_truth_of_firms_of_the_model_s_own_kind():
    """Two firms; `make bench` has 120 of each of two sizes, figure by figure."""
    inside = []
    for seed in (1000, 1001):  # others than those of the long version
        one = recovery.made_up(seed, customers=600)
        told = recovery.told(one)
        assert told.pop("market.customers").central == one.truth["market.customers"]
        assert len(told) == 22
        inside += [figure.low <= one.truth[key] <= figure.high for key, figure in told.items()]
    # figures of one firm hang together, so their number counts as a third: 0.9 less three standard errors
    assert np.mean(inside) > 0.9 - 3 * np.sqrt(0.09 / (len(inside) / 3))


def test_what_tables_cannot_tell_is_listed_and_left_alone(found):
    assert {"word_of_mouth.causal_share", "experience.causal_share", "market.size"} <= set(found.unknown.index)
    assert (found.unknown["why"].str.len() > 10).all()
    assert not set(found.used) & set(found.unknown.index)


# --- the file ---------------------------------------------------------------------------------------------


def test_the_file_loads_anchors_and_draws_hold_together(today, capsys):
    assert main(["check", str(today)]) == 0
    assert "fine" in capsys.readouterr().out
    scenario = wom.load(today)
    assert wom.simulate(scenario, draws=500).refused.share < 0.05
    first = wom.simulate(scenario).monthly.iloc[0]
    spend = scenario.today.economics.spend_per_customer.central
    assert first["revenue"] == pytest.approx(first["customers"] * spend)
    assert {file.name for file in today.parent.iterdir()} == {"today.yaml", "estimates.csv", "unknown.csv"}
    estimates = pd.read_csv(today.parent / "estimates.csv", index_col="parameter")
    assert estimates.loc["experience.bad_share", "rows"] == 25832


def test_a_second_time_replaces_the_first_and_never_what_somebody_wrote(found, tmp_path):
    file = save(found, tmp_path / "twice")
    assert save(found, tmp_path / "twice") == file
    assert not (tmp_path / "twice" / "today.yaml.bak").exists()
    changed = file.read_text(encoding="utf-8") + "# mine\n"
    file.write_text(changed, encoding="utf-8")
    save(found, tmp_path / "twice")
    assert (tmp_path / "twice" / "today.yaml.bak").read_text(encoding="utf-8") == changed
    assert file.read_text(encoding="utf-8") == found.text
    own = tmp_path / "own" / "today.yaml"
    own.parent.mkdir()
    shutil.copy(wom.files.find("retailer/today"), own)
    before = own.read_bytes()
    with pytest.raises(wom.InputError, match="is not from a calibration and stays"):
        save(found, own.parent)
    assert own.read_bytes() == before
    assert [one.name for one in own.parent.iterdir()] == ["today.yaml"]


def test_what_the_business_must_give_is_asked_for_once_the_place_can_be_written(
    found, tmp_path, capsys, monkeypatch
):
    (tmp_path / "empty.yaml").write_text("title: nothing\n")
    data = tmp_path / "data.yaml"
    described = yaml.safe_dump({"reviews": {"file": str(TABLES / "reviews.csv")}, **SPAN})
    data.write_text(described, encoding="utf-8")
    asked = ["calibrate", str(data), "--no-back-test", "--business", str(tmp_path / "empty.yaml"), "--output"]
    assert main([*asked, str(tmp_path / "out")]) == 2
    assert "market.size: everyone who could be a customer" in capsys.readouterr().err
    with monkeypatch.context() as patch:
        patch.setattr(calibrate, "calibrate", lambda *_, **__: pytest.fail("too late"))
        assert main([*asked, str(data)]) == 1
    assert "is a file; the output must be a directory" in capsys.readouterr().err
    assert data.read_text(encoding="utf-8") == described
    template = save(replace(found, business={}), tmp_path / "asked").read_text()
    filled = template.replace("# size:", "size: 10000").replace("# margin_share:", "margin_share: 0.4")
    told = replace(found, business=yaml.safe_load(filled))
    assert wom.load(save(told, tmp_path / "whole")).today.market.size == 10_000


def sized(found, size):
    business = yaml.safe_load((TABLES / "business.yaml").read_text())
    business["today"]["market"]["size"] = size
    return replace(found, business=business, business_file="own.yaml")


def test_figures_that_contradict_the_tables_are_named_with_the_size_that_just_fits(found, tmp_path):
    with pytest.raises(wom.InputError, match=r"do not go together.*referral_share cannot be reached") as said:
        save(sized(found, 1_000_000), tmp_path)  # in so large a market nobody meets a recommendation
    assert {file.name for file in tmp_path.iterdir()} == {"estimates.csv", "unknown.csv"}
    assert str(tmp_path / "estimates.csv") in str(said.value)
    largest = float(re.search(r"market.size in own.yaml.* market.size: (\d+)", str(said.value))[1])
    assert sized(found, largest).contradiction is None
    assert sized(found, 1.05 * largest).contradiction  # within 1 % of it, rounded down to three digits


# --- some tables only -------------------------------------------------------------------------------------

PARTS = ("Stammgäste Nord", "Übrige")
OWN = {"market": {"size": 10_000}, "economics": {"margin_share": 0.4}}
SIZED = OWN | {"market": {}, "segments": {name: {"market": {"size": 5_000}} for name in PARTS}}
FELT = {"contacts_per_month": 1.0, "good_share": 0.25, "bad_share": 0.06, "recovered_share": 0.1}


@pytest.fixture(scope="module")
def part(tmp_path_factory):
    """Describes some tables of a fifth of the sample's customers, who are of two segments."""
    folder = tmp_path_factory.mktemp("part")
    for name in ("customers", "payments", "experiences"):
        table = pd.read_csv(TABLES / f"{name}.csv")
        table = table[table["id"] % 5 == 0]
        if name == "customers":
            table["segment"] = np.where(table["id"] % 2 == 0, *PARTS)
        table.to_csv(folder / f"{name}.csv", index=False)
    return lambda *names: SPAN | {name: {"file": str(folder / f"{name}.csv")} for name in names}


def test_segments_have_figures_of_their_own(part):
    described = part("customers", "payments", "experiences")
    scenario = wom.calibrate(described, {"today": SIZED}).scenario
    assert scenario.segments == PARTS
    customers = pd.read_csv(described["customers"]["file"])
    there = customers[customers["left"].isna()].groupby("segment").size()
    for name in PARTS:
        assert scenario.today.segments[name].market.customers == there[name]
        assert scenario.today.segments[name].retention.retention_rate is not None
    assert f"segments.{PARTS[0]}.retention.retention_rate" in scenario.basis.sources
    whole = wom.calibrate(part("customers"), {"today": OWN})
    assert whole.segments == ()
    assert any("calibrated as a whole" in said for said in whole.warnings)


@pytest.mark.parametrize(("own", "segments"), [(OWN, ("business",)), (SIZED, PARTS)])
def test_customers_who_just_stop_buying_make_a_scenario_too(part, tmp_path, own, segments):
    described = part("customers", "payments") | {"contractual": False}
    (tmp_path / "totals.csv").write_text("month,revenue\n2023-01,50000\n2023-02,51000\n")
    described["monthly"] = {"file": str(tmp_path / "totals.csv")}
    business = {"title": "Shop", "currency": "EUR", "today": own | {"experience": FELT}}
    found = wom.calibrate(described, business)
    for said in ("inferred from purchases", "Monthly totals are not used"):
        assert any(said in warning for warning in found.warnings)
    assert found.joint is None
    assert wom.load(save(found, tmp_path / "out")).segments == segments
    assert any("experience.bad_share" in key for key in replace(found, business={"today": own}).needed)


def test_a_survey_of_ratings_leaves_to_the_evidence_what_was_put_right(part, tmp_path):
    described = part("customers", "experiences")
    rated = pd.read_csv(described["experiences"]["file"])
    rated["rating"] = rated["kind"].map({"good": 10, "bad": 2, "recovered": 4, "neutral": 7})
    rated.drop(columns="kind").to_csv(tmp_path / "rated.csv", index=False)
    asked = {"file": str(tmp_path / "rated.csv"), "rule": "nps", "covers": "survey"}
    found = wom.calibrate(described | {"experiences": asked}, {})
    assert "experience.bad_share" in found.used
    assert "experience.recovered_share" not in found.used
    told = found.unknown.loc["experience.recovered_share"]
    assert told["from"] == "the evidence"
    assert told["why"] == "A rating cannot say whether a bad contact was put right."


@pytest.mark.parametrize(
    ("end", "said"), [("2024-01-31", ["The tables cover 1 month, less than a year"]), ("2024-12-31", [])]
)
def test_one_table_of_reviews_tells_little_and_less_than_a_year_knows_of_no_season(end, said):
    reviews = {"reviews": {"file": str(TABLES / "reviews.csv")}, "from": "2024-01-01", "to": end}
    found = wom.calibrate(reviews, {})
    assert set(found.used) <= {"reviews.stars_bad", "reviews.stars_neutral"}
    assert "market.size" in found.needed
    assert [text.split(".")[0] for text in found.warnings if "less than a year" in text] == said


def test_rows_that_are_not_used_are_said_beside_the_figures(found, tmp_path):
    rows = [f"{who},2024-{month:02d}-05,10" for who in range(1, 41) for month in range(1, 13)]
    bad = [row.replace(",10", ",x") if place // 12 % 5 == 0 else row for place, row in enumerate(rows)]
    # one row in 481 is too few to be said as rows; it holds a tenth of the money
    for lines, said in ((bad, "20 % of the rows could not be used"),
                        ([*rows, ",2024-07-05,533"], "is some 10 % of its money")):  # fmt: skip
        (tmp_path / "p.csv").write_text("\n".join(["id,date,amount", *lines]), encoding="utf-8")
        tables = wom.data.load({"payments": {"file": str(tmp_path / "p.csv")}})
        assert [text for text in calibrate._cautions(tables) if said in text]
    assert not [text for text in found.warnings if "could not be used" in text]


def test_a_sample_or_a_folder_or_a_file_is_found():
    for place in (TABLES, "retailer/tables", "retailer/tables/data.yaml"):
        assert description.find(place) == TABLES / "data.yaml"
    with pytest.raises(wom.InputError, match="did you mean retailer/tables"):
        description.find("retailer/table")


# --- the basis of a run -----------------------------------------------------------------------------------


def test_every_report_says_what_a_run_rests_on(asked, today):
    plain, tested = wom.load("retailer/today"), wom.load(today)
    assert standing(plain).startswith("This is a scenario")
    assert tested.basis.back_test == asked[3].basis
    assert standing(tested).startswith("This is back-tested: 21 figures were found in data of Jan 2023")
    assert "Scenario computed with wom" in source_line(plain)
    assert "back-tested on data of Jan 2023 to Dec 2024" in source_line(tested)
    assert standing(tested) in exhibits.figures(tested).text
    assert summarise({"scenario": tested.data})["basis"] == "back-tested"
    assert summarise({"scenario": plain.data})["basis"] == "scenario"


def test_provenance_stands_with_each_figure(today):
    table = wom.assumptions.table(wom.load(today))
    assert table.loc["experience.bad_share", "source"].endswith("25,832 rows, 2023-01 to 2024-12.")
    assert table.loc["experience.bad_share", "grade"] == "yours"
    assert table.loc["market.size", "source"].startswith("the scenario; ±5 % is the default")
    assert "found in data" not in table.loc["word_of_mouth.shift_good", "source"]


def test_a_plan_inherits_the_basis_and_a_changed_figure_loses_it(today):
    plan = today.parent / "plan.yaml"
    plan.write_text("extends: today.yaml\nplan: [{initiative: Train, changes: {experience.bad_share: 0.04}}]\n")
    scenario = wom.load(plan)
    assert scenario.basis == wom.load(today).basis
    assert scenario.without_plan().basis.label == "back-tested"
    other = scenario.replace({"experience.bad_share": 0.04})
    assert other.basis.label == "calibrated"
    assert "experience.bad_share" not in other.basis.sources
    assert scenario.replace({"market.size": 11_000}).basis.sources == scenario.basis.sources  # not found in data
    assert scenario.replace({"horizon_months": 12}).basis == scenario.basis
    assert without({"label": "back-tested", "sources": {"market.size": "counted"}}, ["market.size"]) is None
    own = today.parent / "own.yaml"
    own.write_text("extends: today.yaml\ntoday: {experience: {bad_share: 0.04}}\n")
    assert wom.load(own).basis == other.basis
    plan.unlink()
    own.unlink()


@pytest.mark.parametrize(
    ("basis", "said"),
    [
        ({"label": "proven"}, "proven"),
        ({"label": "calibrated"}, "needs the months of the data"),
        ({"label": "back-tested", "months": ["2023-01", "2023-12"]}, "stands with the label back-tested"),
        ({"label": "calibrated", "months": ["2023-12", "2023-01"]}, "two months in order"),
        ({"sources": {"experience.bad_shar": "counted"}}, "did you mean experience.bad_share"),
        ({"sorces": {}}, "did you mean sources"),
    ],
)
def test_a_basis_that_cannot_be_true_is_refused(basis, said):
    with pytest.raises(wom.InputError, match=said):
        wom.load(wom.load("retailer/today").data | {"basis": basis})


# --- charts -----------------------------------------------------------------------------------------------


def test_what_is_shown_of_tables_is_legible_and_says_whether_it_forecasts(asked, found):
    tested = asked[3]
    known = found.tested(tested.basis)
    parts = (exhibits.figures_found, exhibits.leaving, exhibits.staying,
             exhibits.spending, exhibits.telling, exhibits.also_told, exhibits.not_told, exhibits.before_use,
             exhibits.next_steps)  # fmt: skip
    shown = {part.__name__: part(known) for part in parts}
    shown |= {column: exhibits.forecast(tested, column) for column in tested.basis.columns}
    shown |= {"answer": exhibits.tables_tell(known, tested), "back-test": exhibits.back_test(known, tested)}
    sound(shown)
    table = shown["figures_found"].data
    assert table.loc["Customers who stay for a month", ["Found", "Published"]].tolist() == ["97.5\xa0%", "–"]
    assert table.loc["Departures of the disappointed", "Published"] == "1.3 to 4"
    for column in tested.basis.columns:
        drawn = shown[column].chart.series[0].data
        assert set(tested.forecast.loc[column, "observed"]) <= set(drawn)
    assert shown["answer"].answers[0][1].startswith("Back-tested. Jul 2024 to Dec 2024 were kept from it")
    assert exhibits.tables_tell(found).answers[0][1].startswith("Not back-tested: ")
    assert all(text[0].isupper() for _, text in shown["answer"].answers)
    less = tuple(
        replace(one, low=-0.2, central=-0.1, high=-0.05) if one.key == "spend_uplift" else one
        for one in found.evaluated.found
    )
    said = exhibits.spending(replace(found, evaluated=replace(found.evaluated, found=less))).sentence
    assert said == "Delighted customers spend 5 % to 20 % less than otherwise"
