"""The shipped notebooks: what they say of ordinary and odd businesses, and one of them run for real."""

import json
import re
from collections import Counter
from pathlib import Path

import cells
import nbformat
import papermill
import pytest
from exhibited import NAME

import wom
from wom import anchoring
from wom import report as reports

BUSINESSES = Path(__file__).parent / "data" / "businesses"
NOTEBOOKS = sorted(path.stem for path in cells.FOLDER.glob("*.ipynb"))
LONG = "Train everybody at the desk for a day, all shifts and the night porters too"
EVENT = {"event": "A video goes viral", "month": 4, "bad_experience_share": 0.1, "reach_multiplier": 20}


def plan(name="Train", once=0.0, start=2, **changes):
    changed = {key.replace("__", "."): value for key, value in changes.items()}
    return {"initiative": name, "start_month": start, "ramp_months": 3, "cost": {"once": once}, "changes": changed}


FEWER, MORE = ({"experience__bad_share": {"multiply": factor}} for factor in (0.7, 1.5))
ODD = {
    "no plan": ("cafe", {}),
    "dated, in German, with a long name": (
        "hotel", {"plan": [plan(LONG, 2e4, **FEWER)], "first_month": "2026-03", "currency": "EUR",
                  "number_format": "de"},
    ),
    "loses, and names are markup": ("saas", {"plan": [plan(NAME, 1e6, **FEWER)], "title": NAME, "currency": "$"}),
    "does harm for nothing": ("gym", {"plan": [plan("Fewer trainers", **MORE)], "currency": "GBP"}),
    "saves, and does harm": ("insurer", {"plan": [plan("Cut staff", economics__cost_per_contact=0.1, **MORE)]}),
    "an event": ("cafe", {"plan": [EVENT], "currency": "$", "number_format": "en"}),
    "a plan beside an event": ("bank", {"plan": [plan("New app", 9e5, **FEWER), EVENT], "horizon_months": 48}),
    "too late": ("dentist", {"plan": [plan("Later", 1e4, start=40, **FEWER)]}),
}  # fmt: skip
"""Plans, for ordinary businesses, that are seldom thought of."""


@pytest.fixture(scope="session", params=ODD)
def odd(request, tmp_path_factory):
    """A scenario file, and what its business is called."""
    business, more = ODD[request.param]
    path = tmp_path_factory.mktemp("odd") / "case.yaml"
    data = wom.load(BUSINESSES / f"{business}.yaml").data | more
    path.write_text(json.dumps(data), encoding="utf-8")
    return path, data


def faults(notebook, names=(), german=False, **given):
    return [fault for one in cells.of(notebook, **given) for fault in cells.faults(one, names, german=german)]


def said(notebook, **given):
    return " ".join(text for one in cells.of(notebook, **given) for text in cells.texts(one))


@pytest.mark.parametrize("notebook", ["scenario_report", "sweep", "compare_plans"])
def test_of_odd_plans_nothing_is_said_that_nobody_would_sign(odd, notebook):
    path, data = odd
    given = {"scenario": str(path)} | ({"others": []} if notebook == "compare_plans" else {})
    if notebook != "compare_plans" or len(data.get("plan", ())) == 1:
        assert faults(notebook, [NAME, LONG], data.get("number_format") == "de", **given) == []


@pytest.mark.parametrize(
    ("notebook", "given"),
    [
        ("customer_worth", {"scenario": str(BUSINESSES / "dentist.yaml"), "complaints": 4}),
        ("customer_worth", {"scenario": "supplier/today", "believed_good_share": 0.5, "believed_bad_share": 0.01}),
        ("scenario_report", {"scenario": "supplier/call-back"}),
        ("compare_plans", {"others": ["retailer/make-it-right"]}),
        ("sweep", {"grid": {"experience.bad_share": [0.02, 0.06, 0.9]}}),
        ("sweep", {"scenario": "retailer/today", "rank_by": "customers_at_end"}),
        ("explore", {"scenario": str(BUSINESSES / "saas.yaml")}),
        ("workshop", {"bad_share": 0.0, "customer_type": "business", "new_customers": 3.0, "customers": 90.0}),
        ("overlap", {"people": 2000, "repeats": 2, "horizon_months": 6}),
    ],
)
def test_nothing_is_said_that_nobody_would_sign(notebook, given):
    assert faults(notebook, **given) == []
    first = next(one for one in cells.of(notebook, **given) if one.kind == "decision")
    assert first.answers
    assert len(first.sentence) <= 80


def test_an_event_is_never_the_plan_and_what_comes_too_late_is_said_first(odd):
    path, data = odd
    text, items = said("scenario_report", scenario=str(path)), data.get("plan", [])
    if items == [EVENT]:
        assert not re.search(r"\b[Tt]he plan (?!’s)|\bloses\b|\bpays\b", text)
    if not items:
        assert "with the plan" not in text
    case = wom.load(path)
    late = "Later comes after the horizon of 36 months and changes nothing."
    for top in (cells.of("scenario_report", scenario=str(path))[0].text[0], str(wom.effect(case)), str(case)):
        assert (late in " ".join(top.split())) == (items[0].get("start_month") == 40 if items else False)


@pytest.mark.parametrize(
    ("business", "called"), [("bank", "contact"), ("telephone", "contact"), ("cafe", "visit")]
)
def test_a_contact_is_a_visit_only_where_customers_come(business, called):
    text = said("customer_worth", scenario=str(BUSINESSES / f"{business}.yaml"))
    assert f"ne bad {called}" in text
    assert ("visit" in text) == (called == "visit")


@pytest.mark.parametrize("business", ["telephone", "saas"])
def test_customers_are_rounded_one_way_wherever_they_are_said(business):
    case = wom.load(BUSINESSES / f"{business}.yaml").replace({"plan": [plan(**FEWER)]})
    effect, spread = wom.effect(case), wom.spread(case, draws=60)
    *_, figure = wom.exhibits.decision(effect, spread).figures
    after, before = (float(text.replace(",", "")) for text in figure.note.split("; ")[-1].split(" instead of "))
    assert after - before == pytest.approx(float(figure.value[1:].replace(",", "")), abs=1e-9)  # a sum of tenths
    for card in (effect, spread):
        assert re.search(r"Customers at the end +(\S+)", str(card))[1] == figure.value
    assert wom.exhibits.segments(effect).data["Extra customers"].tolist() == [figure.value]


@pytest.mark.parametrize(
    ("item", "first", "never"),
    [
        (plan("Dearer", spending__spend_multiplier=1.1), "What it changes at once",
         "contacts|[Ll]eave sooner|[Mm]ore bad"),
        ({"event": "Strike", "month": 3, "spend_lost_share": 0.5}, "Spending lost at once", "[Ll]ess|[Ff]ewer"),
        (plan("Care", **FEWER), "Customers stay longer", "sooner|Worse|More bad"),
    ],
)  # fmt: skip
def test_a_path_is_better_or_worse_only_where_it_got_better_or_worse(item, first, never):
    chart = wom.exhibits.mechanisms(wom.effect(wom.load("retailer/today").replace({"plan": [item]}))).chart
    rows = zip(chart.series[0].data[:-1], chart.categories, strict=False)
    assert max(rows, key=lambda row: abs(row[0]))[1] == first
    assert not re.search(never, " ".join(map(str, chart.categories)))


@pytest.mark.parametrize(
    "text",
    ["It costs 12 instead of 12.", "It is worth nan", "The plan earns −5", "1 are kept away", "said..", "+USD 0"],
)
def test_what_is_wrong_with_a_sentence_is_found(text):
    assert cells.faults(wom.exhibits.exhibit.Exhibit(text))


# --- run for real ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_papermill_describes_every_parameter(name):
    found = papermill.inspect_notebook(str(cells.FOLDER / f"{name}.ipynb"))
    first = {"workshop": "customers", "calibrate": "data", "evidence": "draws", "calculators": "draws"}
    assert first.get(name, "scenario") in found
    for parameter in found.values():
        assert parameter["help"], parameter
        assert parameter["inferred_type_name"] != "None", parameter


def test_a_scenario_report_anchors_once_and_runs_what_it_needs_once(monkeypatch):
    counted = Counter[str]()

    def counting(where, name, real):
        def count(*args, **more):
            counted[name] += 1
            return real(*args, **more)

        monkeypatch.setattr(where, name, count)

    for where, name in ((anchoring, "hidden_values"), (anchoring.Start, "moments")):
        counting(where, name, getattr(where, name))
    there: dict[str, object] = {}
    for cell in nbformat.read(reports.find("scenario_report"), as_version=4).cells:
        if cell.cell_type == "code":
            exec(cell.source, there)
    assert counted["hidden_values"] == 2  # the business, and its draws
    # The plan and none, expected and in draws; both under each set of mechanisms; month 0 alone, twice; those of
    # the sliders; and where the decision turns, for the first screen and for the brief, variants side by side.
    assert counted["moments"] <= 16
