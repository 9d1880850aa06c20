"""Exhibits: what they say is true in sign and size, names are text, and every chart fits where it is drawn."""

import copy
import itertools
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import cells
import exhibited
import numpy as np
import pytest
from exhibited import CHARTS, Tags, faults
from matplotlib.figure import Figure as Drawing

import wom
from wom import exhibits
from wom.exhibits import basis, drawing, plan
from wom.exhibits.chart import Chart, series
from wom.exhibits.drawing import draw, svg
from wom.exhibits.exhibit import BRIEF, EXHIBIT, Exhibit, Figure
from wom.words import Writer, adding_up, range_place

BUSINESSES = Path(__file__).parent / "data" / "businesses"
NAMES = ("$5", "*c*", "A_b", "<b>", "![a](x)", "[x](y)", "$\\frac{1}{2}$", "a & b")
NASTY = " ".join(NAMES[:6])
SHOWN = ("revenue", "mechanisms", "net", "told", "segments")
EVENTS = [
    {"event": "A complaint goes viral", "month": 6, "bad_experience_share": 0.02, "reach_multiplier": 3.0},
    {"event": "A strike", "month": 8, "spend_lost_share": 0.5},
]


def train(change, name="Train", key="experience.bad_share", **cost):
    changes = {} if change is None else {key: change}
    return {"initiative": name, "start_month": 2, "cost": cost, "changes": changes}


BETTER, WORSE = {"multiply": 0.7}, {"multiply": 1.3}
PLANS = {
    "loses": [train(BETTER, once=9e5)],
    "harms": [train(WORSE, once=5000.0)],
    "harms for free": [train(WORSE)],
    "pays for free": [train(BETTER)],
    "does nothing": [train(None)],
    "only costs": [train(None, per_month=10.0)],
    "two": [train(BETTER, once=100.0), train(0.6, "Refund", "experience.recovered_share", per_month=5.0)],
    "with an event": [train(BETTER, once=2000.0), EVENTS[0]],
    "events": EVENTS,
}
"""Beside the samples: plans that pay and lose, an event, and none."""


@pytest.fixture(scope="module", params=[*sorted(wom.files.samples()), *PLANS])
def effect(request):
    if request.param in PLANS:
        return wom.effect(wom.load("retailer/today").replace({"plan": PLANS[request.param]}))
    return wom.effect(wom.load(request.param))


@pytest.fixture(scope="module")
def pair(effect):
    return effect, wom.spread(effect.scenario, draws=64)


@pytest.fixture(scope="module")
def every(pair):
    effect, spread = pair
    found = {name: getattr(exhibits, name)(effect) for name in SHOWN}
    return found | {"decision": exhibits.decision(effect, spread), "brief": exhibits.brief(effect, spread)}


def test_nothing_is_said_that_nobody_would_sign_cut_off_or_lost_in_json(every):
    exhibited.sound(every)
    assert [fault for one in every.values() for fault in cells.faults(one)] == []


# --- what they are ----------------------------------------------------------------------------------------------


def test_a_notebook_gets_text_picture_or_table_and_the_exhibit_itself(nasty):
    _, effect, spread = nasty
    for name in ("revenue", "net", "decision", "brief"):
        exhibit = getattr(exhibits, name)(effect, *[spread][: name in ("decision", "brief")])
        bundle, about = exhibit._repr_mimebundle_()
        assert (BRIEF if name == "brief" else EXHIBIT) in bundle
        assert exhibit.sentence.split()[0] in bundle["text/plain"]
        if exhibit.kind == "chart":
            assert about["image/png"]["alt"] == exhibit.alt
        else:
            assert "text/html" in bundle


def test_a_headline_is_spans_that_no_style_sheet_scatters(every):
    page = Tags(every["decision"]._repr_mimebundle_()[0]["text/html"])
    assert set(page.tags) <= {"div", "span", "table", "thead", "tbody", "tr", "td"}
    assert page.attributes <= {"style"}
    for figure in every["decision"].figures:  # each label directly before its own number
        assert f"{figure.label}{figure.value}{figure.note}" in page.text


def test_what_there_is_to_show_is_listed_and_nothing_else_is_promised():
    assert {"decision", "brief", "publish", "show", "Exhibit", "Figure"} <= set(dir(exhibits))
    assert not set(dir(exhibits)) & set(exhibits._FROM)  # a module loaded would hide the function of its name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = exhibits.nonsense


# --- what they say ----------------------------------------------------------------------------------------------


def test_first_screens_are_short(every):
    first = every["decision"]
    said = [first.sentence, *first.text, *(f"{one.label} {one.value} {one.note}" for one in first.figures)]
    said += [f"{ask} {answer}" for ask, answer in first.answers]
    assert len(first.sentence) <= plan.LONGEST
    assert len(first.text[0].split()) <= 30
    # 150 words are the aim; how something is found out is as long as it is
    assert len(" ".join(said).split()) <= 160
    assert all(len(exhibit.sentence) <= 90 for exhibit in every.values())


def test_signs_words_and_colours_follow_the_number(pair, every):
    effect, _ = pair
    of = effect.given_events
    figures = every["decision"].figures
    wanted = [of.headlines[name] for name in ("net", "extra_revenue", "extra_customers_at_end")]
    for figure, value in zip(figures, wanted, strict=True):
        assert figure.sign in ((0, np.sign(value)) if effect.scenario.plan else (0,))
        assert figure.sign == 0 or figure.value[0] == ("+" if value > 0 else "−")
    rows = every["mechanisms"].chart
    for name, text, value in zip(rows.categories, rows.labels, rows.series[0].data, strict=True):
        assert text[0] == ("+" if value > 0 else "−") or text == "0"
        for gain, loss in (plan.LINES if effect.scenario.plan else {}).values():
            assert name != gain or value > 0
            assert name != loss or value < 0
    net = effect.headlines["net"]
    role = every["net"].chart.series[0].role
    assert role == ("better" if net > 0 else "worse" if net < 0 else "ink")


def test_what_is_shown_adds_up(every):
    *parts, total = every["mechanisms"].chart.series[0].data
    # shown values are multiples of a power of ten, so that sums of a few are exact but for binary rounding
    assert sum(parts) == pytest.approx(total, rel=1e-9, abs=1e-6)
    first = every["decision"]
    if found := re.search(r"earn USD.([\d,]+).*and cost USD.([\d,]+)", first.text[0]):
        earned, cost, net = (float(re.sub(r"[^\d-]", "", one.replace("−", "-")))
                             for one in (*found.groups(), first.figures[0].value))  # fmt: skip
        place = len(f"{net:.0f}") - len(f"{net:.0f}".rstrip("0"))
        assert round(earned - cost, -place) == net


def test_the_part_of_its_effect_that_a_plan_needs_brings_its_cost():
    case = wom.load("retailer/make-it-right")
    needed = plan.part_needed(wom.effect(case))
    half = wom.effect(case.revise({"experience.recovered_share": 0.3 + needed * (0.6 - 0.3)})).headlines
    # net is nearly straight between the twentieths that are tried: within a hundredth of the cost
    assert half["net"] == pytest.approx(0.0, abs=0.01 * half["present_cost"])


def test_a_business_that_opens_decides_too():
    case = wom.load("retailer/today").replace({"plan": [train(BETTER, once=20_000.0)]})
    today = copy.deepcopy(case.data["today"]) | {"word_of_mouth": {"audience_share": 0.2}}
    del today["market"]["referral_share"]  # nobody was recommended yet
    today["market"]["customers"] = 0
    case = wom.load(case.data | {"today": today})
    answers = dict(exhibits.decision(wom.effect(case), wom.spread(case, draws=24)).answers)
    assert "fewer bad contacts alone would earn its cost" in answers["What would change it"]


def test_beside_events_the_plan_alone_is_decided_on():
    case = wom.load("retailer/today").replace({"plan": PLANS["with an event"]})
    both = wom.effect(case)
    alone = both.given_events
    events = wom.effect(case.replace({"plan": EVENTS[:1]}))
    # the same runs; 1e-9 of a sum of money is rounding
    assert alone.headlines["net"] == pytest.approx(both.headlines["net"] - events.headlines["net"], rel=1e-9)
    spread = wom.spread(case, draws=50)
    assert "The event costs" in exhibits.decision(both, spread).text[0]
    assert exhibits.brief(both, spread).text[-1].startswith("The plan pays")  # of which the event is no part
    paths = plan._breakdown(alone)
    assert paths.sum() == pytest.approx(alone.headlines["net"], rel=1e-9)  # of a difference of games
    parts = exhibits.mechanisms(alone).chart
    assert parts.subtitle.startswith("Change with the plan, ")
    assert parts.series[0].data[-1] == pytest.approx(alone.headlines["net"], rel=0.01)  # three digits


def told(name, *items):
    """Decision and brief of an ordinary business with a plan, as text."""
    case = wom.load(f"{BUSINESSES}/{name}.yaml").replace({"plan": list(items)})
    effect, spread = wom.effect(case), wom.spread(case, draws=40)
    return effect, exhibits.brief(effect, spread), exhibits.decision(effect, spread)


def test_a_brief_says_why_only_of_what_happens_and_the_figures_of_its_first_lines():
    _, late, _ = told("cafe", train(BETTER, once=100.0) | {"start_month": 200})
    assert [ask for ask, _ in late.answers] == ["What it takes"]
    _, dearer, _ = told("saas", train(1.05, "Dearer", "spending.spend_multiplier", once=1.0))
    assert dict(dearer.answers)["Why"].startswith("Spending of all customers: 1.05 times instead of 1.")
    _, event, _ = told("cafe", EVENTS[0])
    low, high = re.findall(r"[−\d,]+\d", event.figures[0].note.split("range ")[1])
    assert dict(event.answers)["What could go wrong"].startswith(f"It may come to {low}, or to {high}:")


def test_what_would_not_do_is_said_of_what_was_tried():
    """A plan for more good contacts: that none were bad would not earn its cost, more good ones might."""
    effect, _, first = told("bank", train({"add": 0.05}, "Welcome", "experience.good_share", per_month=26_400.0))
    said = "A lower price. To have no bad contact at all would not earn its cost."
    assert dict(first.answers)["What would change it"] == said
    clean = effect.scenario.replace({"plan": [train(0.0)]})
    assert wom.effect(clean).headlines["net"] < effect.headlines["present_cost"]


def test_why_word_of_mouth_is_small_and_a_good_path_costs_is_said_where_it_is_so():
    small, costs = "Good word of mouth is small", "A good path can cost money"
    dearer, *_ = told("saas", train(1.05, "Dearer", "spending.spend_multiplier"))
    assert small not in " ".join(exhibits.mechanisms(dearer).text)  # it was left as it is
    insurer, *_ = told("insurer", train(BETTER))
    shown = exhibits.mechanisms(insurer)
    rows = dict(zip(shown.chart.categories, shown.chart.series[0].data, strict=True))
    assert rows["Star rating"] < 0
    assert costs in shown.text[-1]
    assert wom.effect(wom.load("retailer/viral-complaint")).__repr__().splitlines()[0].count("costs") == 1


# --- names are text ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nasty():
    case = wom.load("retailer/make-it-right").replace({"title": NASTY, "currency": "$"})
    items = case.data["plan"] + [{"event": NASTY, "month": 3, "spend_lost_share": 0.1}]
    items[0]["initiative"] = " ".join(NAMES)
    case = case.replace({"plan": items})
    return case, wom.effect(case), wom.spread(case, draws=20)


def test_names_stand_as_they_were_written(nasty):
    case, effect, spread = nasty
    for exhibit in (*(getattr(exhibits, name)(effect) for name in SHOWN), exhibits.brief(effect, spread)):
        stored = json.dumps(exhibit.plain(), ensure_ascii=False)
        assert json.dumps(NASTY, ensure_ascii=False)[1:-1] in stored  # in the source line
        page = exhibit._repr_mimebundle_()[0]["text/html"] if exhibit.kind != "chart" else ""
        assert "<b> !" not in page
        inside = re.sub(r'"[^"]*"', "", page)  # of attributes nothing is made
        assert not re.search(r"\$[^<]", inside)  # no dollar sign from which a formula could begin
    draw(exhibits.revenue(effect).chart, title=NASTY, source=NASTY).canvas.draw()
    chart = Chart("bars", NAMES, (series("a", range(len(NAMES))), series("b", range(len(NAMES)))), subtitle=NASTY)
    texts = [text.text for text in ElementTree.fromstring(svg(chart)).iter("{http://www.w3.org/2000/svg}text")]
    assert set(NAMES) <= set(texts)
    assert basis.title(case)._repr_markdown_().startswith("# \\$5 \\*c\\* A\\_b \\<b\\>")


# --- charts -----------------------------------------------------------------------------------------------------

LONG = "A name that takes more than one line on a phone, surely"
UP, DOWN = series("up", range(36)), series("down", range(0, -36, -1), "neutral")
OF_100 = (series("of 100", (5, 95), roles=("better", "faint")),)
LINES = {"kind": "line", "categories": tuple(range(36)), "axis": "Months from today"}
KINDS = {one.kind: one for one in CHARTS.values()} | {
    "crossing": Chart(series=(UP, DOWN), between=True, marks=((3, f"{LONG} starts"),), **LINES),
    "level": Chart(series=(series("x", 5000 + np.arange(36.0)),), zero=False, **LINES),
    "monthly": Chart("columns", tuple(range(36)), (UP, DOWN)),
    "vast": Chart("line", tuple(range(8)), (series("−31,100,000,000,000,000", -4e15 * np.arange(8)),),
                  axis="Months from today"),
    "named": Chart("bars", ("a", "b"), (series("without", (1e6, 2e6)), series(LONG[:30], (2e6, 2e6)))),
    "long": Chart("bars", (LONG, "b"), (series("x", (1e6, -5e5)),)),
    "ends": Chart("ranges", ("a", "b"), tuple(map(series, "abc", ((-2, 1), (-1, 2), (1, 3)))), reference=0.0,
                  sides=("loses", "pays")),
    "firms": Chart("squares", ("believed it", LONG), OF_100),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_as_wide_as_they_were_measured_and_stay_on_the_figure(kind):
    title = "A title that says the message with its number, 286,000 instead of 278,000"
    figure = draw(KINDS[kind], width=354, title=title, source="Source. " * 12)
    figure.draw_without_rendering()
    width, height = figure.get_size_inches() * figure.dpi
    for text in filter(lambda text: text.get_text(), figure.axes[0].texts):
        box = text.get_window_extent()
        measured = drawing._wide(text.get_text(), text.get_fontsize(), text.get_fontweight() == "bold")
        assert box.width == pytest.approx(measured, rel=0.04, abs=3)  # letters on whole pixels
        assert box.x0 > -2
        assert box.x1 < width + 3
        assert box.y0 > -2
        assert box.y1 < height + 2


@pytest.mark.parametrize("width", [696, 354])
@pytest.mark.parametrize("kind", KINDS)
def test_as_svg_a_chart_is_small_has_text_and_takes_the_page_s_colours(kind, width):
    assert faults(KINDS[kind], width) == []
    drawn = svg(KINDS[kind], width=width)
    assert len(drawn) <= 12_000
    assert not re.search(r" id=|style|#", re.sub(r">[^<]*<", "", drawn))
    tree = ElementTree.fromstring(drawn)
    assert {part.tag.split("}")[1] for part in tree.iter()} == {"svg", "path", "text"}
    assert float(tree.get("width")) == width


def test_lines_are_the_data_and_draw_on_axes_that_are_given():
    ax = Drawing().subplots()
    draw(KINDS["crossing"], ax=ax)
    drawn = [line.get_ydata()[:-1] for line in ax.get_lines() if len(line.get_ydata()) == 37]
    assert any(np.allclose(line, np.arange(36.0), rtol=0, atol=1e-9) for line in drawn)  # pixels and back


@pytest.mark.parametrize("kind", ["crossing", "waterfall", "ranges"])
def test_on_small_axes_all_of_it_is_smaller(kind):
    ax = Drawing(figsize=(4, 3)).subplots()
    draw(KINDS[kind], ax=ax, title=LONG, source=LONG).draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert min(box.height for box in boxes) > 5
    for first, second in itertools.combinations(boxes, 2):
        assert not first.shrunk(0.9, 0.6).overlaps(second.shrunk(0.9, 0.6))  # boxes are larger than letters


def strokes(chart, role):
    """Shapes of a drawing in one colour, in the order in which they are drawn."""
    return [one for one in drawing._marks(chart, 696).all if isinstance(one, drawing.Stroke) and one.role == role]


def test_a_line_breaks_where_nothing_is_known_and_one_month_is_a_dot():
    gap = Chart("line", tuple(range(6)), (series("x", (1, 2, np.nan, 4, 5, 6), "better"),))
    assert [[len(line) for line in one.lines] for one in strokes(gap, "better")] == [[2], [3]]
    month = Chart("line", (0,), (series("x", (250_000.0,), "better"),), zero=False)
    (dot,) = strokes(month, "better")
    assert dot.rounded
    assert dot.wide > 5  # a line of no length is not seen
    assert month.scale()[0] == 0  # nor is there any scale in one value but from nought


def test_what_is_nought_has_no_colour():
    event = Chart("columns", ("a", "b"), (series("x", (0, -5), roles=("better", "worse")),))
    assert (len(strokes(event, "better")), len(strokes(event, "worse"))) == (0, 1)
    nothing = Chart(
        "dots", tuple(range(100)), (series("x", [0.0] * 100, "neutral"),), reference=0.0, sides=("a", "b")
    )
    assert not strokes(nothing, "better") + strokes(nothing, "worse")
    assert drawing._marks(nothing, 696).height < 450  # no tower of a hundred dots


def test_the_line_on_which_bars_stand_goes_round_a_text():
    falls = Chart("waterfall", ("a", "b", "c"), (series("x", (1000, -980, 20)),), totals=(0, 2))
    every = drawing._marks(falls, 696).all
    text = next(one for one in every if isinstance(one, drawing.Label) and one.text == "−980")
    line = next(one for one in every if isinstance(one, drawing.Stroke) and one.role == "ink")
    ((x, _), _), (paper,) = line.lines[0], strokes(falls, None)
    assert text.x - drawing._wide("−980", bold=True) < x < text.x
    assert min(paper.lines[0])[0] < x < max(paper.lines[0])[0]
    assert every.index(line) < every.index(paper) < every.index(text)


def test_months_are_read_as_today_month_6_12():
    assert [text for _, text in KINDS["level"].along()] == ["today", "month 6", "12", "18", "24", "30"]
    assert [text for _, text in KINDS["level"].along(4, unit_last=True)] == ["today", "12", "24\xa0months"]
    assert KINDS["level"].caption.startswith("The axis starts at")
    assert all(len(chart.scale()[2]) <= 6 for chart in KINDS.values())


# --- numbers ----------------------------------------------------------------------------------------------------


MONEY = {
    ("USD", ""): "−USD 13,720", ("USD", "en"): "−$13,720", ("EUR", "de"): "−13.720 €", ("$", ""): "−$13,720",
    ("EUR", "fr"): "−13\N{NARROW NO-BREAK SPACE}720 €", ("CHF", "ch"): "−CHF 13’720", ("", "de"): "−13.720",
}  # fmt: skip


def test_money_is_written_where_its_readers_expect_it():
    assert {case: Writer(*case).money(-13_720, 4).replace("\xa0", " ") for case in MONEY} == MONEY


def test_a_span_of_months_names_both_of_them():
    assert basis.period(("2024-01", "2025-01")) == "Jan 2024 to Jan 2025"
    assert basis.period(("2024-01", "2024-01")) == "Jan 2024"


def test_half_the_range_at_two_digits_gives_the_place():
    assert Writer("USD").ranged(-65_232, -91_100, -33_700)[:3] == ("−USD\xa065,000", "−91,000", "−34,000")
    assert range_place(148.2, 56.1, 244.0) == 0
    assert range_place(34_561, 34_561, 34_561) == 3  # without a range two digits


def test_rounded_parts_add_up_to_the_rounded_sum():
    for values, place in (((24_460.0, 9_060.0, -110_270.0), 2), ((0.4, 0.4, 0.4), 0), ((), 0)):
        shown = adding_up(values, place)
        assert sum(shown) == round(sum(values), -place)
        assert all(abs(one - value) < 10**place for one, value in zip(shown, values, strict=True))


def test_a_number_format_goes_through_the_whole_page():
    case = wom.load("supplier/call-back").replace({"number_format": "de"})
    effect, spread = wom.effect(case), wom.spread(case, draws=50)
    first = exhibits.decision(effect, spread)
    assert all(re.search(r"\d\xa0€$", one.value) for one in first.figures[:2])
    assert not re.search(r"\d,\d{3}\b", " ".join([str(first), str(exhibits.brief(effect, spread))]))
    with pytest.raises(wom.InputError, match="number_format"):
        case.replace({"number_format": "klingon"})


# --- notebooks of one's own -------------------------------------------------------------------------------------


def test_outside_a_notebook_ones_own_things_are_printed(capsys):
    figures = Figure("Revenue", "+$1.2m", "over 36 months"), Figure("Payback", "14 months")
    print(Exhibit("It pays.", figures=figures))
    exhibits.publish("numbers", {"npv": 1.5, "payback": float("nan")})
    exhibits.publish(first=1.0, second="x")
    exhibits.show(Drawing(), alt="A line rises.", sentence="It doubles.")
    said = capsys.readouterr().out.splitlines()
    assert said == ["It pays.", "Revenue: +$1.2m (over 36 months)", "Payback: 14 months",
                    "numbers: {'npv': 1.5, 'payback': None}", "first: 1.0", "second: x",
                    "It doubles."]  # fmt: skip


@pytest.mark.parametrize(("wrong", "what"), [
    (lambda: exhibits.show(Drawing(), alt=" "), "alternative text"),
    (lambda: exhibits.show("x", alt="a"), "matplotlib figure"),
    (lambda: exhibits.publish("../secret", 1), "lower-case letters"),
    (lambda: exhibits.publish("results", 1), "every run"),
    (lambda: Exhibit("x", KINDS["bars"]), "alternative text"),
    (lambda: Exhibit.of({"chart": {"kind": "pie"}}), "chart: is no description of one"),
])  # fmt: skip
def test_what_cannot_be_shown_is_refused_in_words(wrong, what):
    with pytest.raises(wom.InputError, match=what):
        wrong()
