"""The engine in the page against Python's, in Chromium from a file, and what a hand at its sliders finds."""

import json
import re

import living
import numpy as np
import pytest

import wom
from wom import exhibits
from wom.analysis import workshop
from wom.exhibits import live

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(living.CHROMIUM is None, reason="needs Debian's package chromium"),
]


@pytest.fixture(scope="module", autouse=True)
def chromium():
    with living.browsing():
        yield


def test_the_page_computes_what_python_computes_and_refuses_in_words_what_python_refuses(tmp_path):
    compared = living.compared(tmp_path, 420)  # of the businesses drawn half contradict themselves
    assert living.agreeing(compared) >= 200
    assert all(len(two.get("error", "")) > 15 for _, one, two in compared if "error" in one)
    cases = [case for case, one, _ in compared if "error" not in one]
    kinds = [case["state"] for case in cases]
    assert sum(bool(case["revision"]) for case in cases) >= 25
    assert sum(len(state["segments"]) > 1 for state in kinds) >= 25
    assert sum(bool(state["events"]) for state in kinds) >= 25
    assert sum(state["season"]["spending"] != [1.0] * 12 for state in kinds) >= 25
    assert sum(max(state["today"]["economics"]["cost_per_contact"]) > 0 for state in kinds) >= 25


REFUSED = [
    ({"experience.bad_share": {"to": 0.1, "add": 0.1}}, {}, "one of to, add, multiply"),
    ({"experience.bad_share": {"low": 0.1}}, {}, "no figure"), ({"experience.bad_share": "0.1"}, {}, "no figure"),
    ({"experience.bad_share": 1.2}, {}, "Contacts that go wrong would be 1.2"),
    ({"market.customers": 9}, {}, "cannot be changed"),
    ({"segments.X.experience.bad_share": 0.1}, {}, "cannot be"),
    ({}, {"targets": {"experience.good_share": 0.3}}, "no initiatives"), ({}, {"once": -1}, "0 or more"),
    ({}, {"start_month": 1.5}, "month from 0 on"), ({}, {"horizon_months": 1201}, "1 to 1200"),
]  # fmt: skip


def test_what_cannot_be_is_said(tmp_path):
    state = live.sliders(wom.load("retailer/make-it-right")).content
    cases = [{"state": state, "changes": changes, "revision": revision} for changes, revision, _ in REFUSED]
    found = living.evaluated(tmp_path, cases, living.RUN)
    assert [said for (*_, said), page in zip(REFUSED, found, strict=True) if said not in page["error"]] == []


def test_the_worked_example(tmp_path):
    state = live.sliders(wom.load("tests/data/worked-example.yaml")).content
    (page,) = living.evaluated(tmp_path, [{"state": state, "changes": {}, "revision": {}}], living.RUN)
    assert page["npv"] == pytest.approx(2984867.102152036, rel=1e-12)  # model.md, section 11: plan after costs


@pytest.mark.parametrize("name", ["retailer/make-it-right", "supplier/right-first-time"])
def test_draws_in_the_page_are_those_of_the_spread(tmp_path, name):
    spread = wom.spread(wom.load(name), 300)
    state = live.sliders(wom.effect(spread.scenario), spread).content
    assert len(json.dumps(state)) <= 120_000
    net = """(s) => { wom.state = s; return [...Array(s.draws.count).keys()].map((d) => {
      const draw = wom.draw(s, d);
      return wom.run(draw).npv - wom.run(wom.changed(draw, {}, {plan: false})).npv; }); }"""
    (page,) = living.evaluated(tmp_path, [state], net)
    python = spread.change.npv[: len(page)]
    assert len(page) == live.DRAWS
    # A row is rounded to 65,536 levels; some sixty rows add up to a thousandth of the spread of the net.
    assert np.abs(page - python).max() <= 2e-3 * np.ptp(python)


@pytest.fixture(scope="module")
def plan():
    """A sample with its effect and spread."""
    case = wom.load("retailer/make-it-right")
    return live.sliders(wom.effect(case), wom.spread(case, 200)).content


def of(folder, case):
    return living.opened(folder, living.whole(live.sliders(wom.effect(case)).content))


def slider(tab, key):
    """A slider by the key of its lever, and its readout."""
    place = tab.evaluate("key => page.state.levers.findIndex((l) => l.key === key)", key)
    return tab.locator(f"#lever{place}"), tab.locator(f"#value{place}")


def reads(place, text):
    """The page says this soon: it draws when it comes to it, and a busy machine takes its time."""
    from playwright.sync_api import expect

    expect(place).to_have_text(text.replace(" %", "\N{NO-BREAK SPACE}%"), timeout=30_000)


SETTLED = "document.getElementById('from').textContent.includes('draws')"
DIM = "document.getElementById('live').classList.contains('dim')"


def test_a_hand_at_the_sliders_of_a_plan(tmp_path, plan):
    case = wom.load("retailer/make-it-right")
    effect = wom.effect(case)
    with living.opened(tmp_path, living.whole(plan)) as tab:
        big, say, reset = (tab.locator(f"#{name}") for name in ("big", "say", "reset"))
        bad, readout = slider(tab, "experience.bad_share")
        # untouched the panel shows the case itself
        assert big.inner_text().startswith("Gains USD")
        assert tab.evaluate("wom.simulate().npv") == pytest.approx(effect.headlines["npv"], rel=1e-12)
        assert reset.is_disabled()
        assert tab.url.partition("#")[2] == ""
        ends = plan["proposed"]["low"][-1], plan["proposed"]["high"][-1]
        low, high = (f"{round(end, -3):,.0f}".replace("-", "\N{MINUS SIGN}") for end in ends)
        assert f"range {low} to {high}" in say.inner_text()
        # arrow keys move sliders, and the link holds what was moved
        reads(readout, "6 %")
        bad.press("ArrowLeft")
        reads(readout, "5.8 %")
        assert bad.get_attribute("aria-valuetext") == readout.inner_text()
        slider(tab, "experience.recovered_share")[0].press("ArrowRight")
        slider(tab, "once")[0].press("ArrowLeft")
        living.until(tab, SETTLED)
        asked = case.revise({"experience.recovered_share": 0.62}, once=3900.0)
        net = wom.effect(asked.what_if({"experience.bad_share": 0.058})).headlines["net"]
        said, link = (big.inner_text(), say.inner_text()), tab.url
        assert said[0] == f"Gains USD\N{NO-BREAK SPACE}{round(net, -3):,.0f}"
        assert "experience.bad_share=0.058" in link
        tab.goto("about:blank")
        tab.goto(link)
        living.until(tab, SETTLED)
        assert (big.inner_text(), say.inner_text()) == said
        assert tab.url == link
        reset.click()
        living.until(tab, "location.hash.length < 2")
        reads(readout, "6 %")
        # a value beyond the span widens it, an impossible one is said
        tab.evaluate("location.hash = 'experience.bad_share=0.3'")
        reads(readout, "30 %")
        assert int(bad.get_attribute("max")) == int(bad.input_value()) == 120  # steps of .002 from .06
        tab.evaluate("location.hash = 'experience.bad_share=0.9'")
        living.until(tab, DIM)
        assert "Good and bad contacts would be 115 of 100 together" in say.inner_text()
        reset.click()
        living.until(tab, f"!{DIM}")
        # with the plan off only what belongs to it stands still
        tab.locator("#on").press("Space")
        living.until(tab, "location.hash === '#plan=off'")
        reads(big, "As today: nothing gained, nothing lost")
        assert slider(tab, "once")[0].is_disabled()
        assert slider(tab, "horizon_months")[0].is_enabled()
        bad.press("ArrowLeft")
        living.until(tab, SETTLED)
        assert big.inner_text().startswith("Gains USD")
        assert "what the change costs is not in it" in say.inner_text()


EVENT = {"event": "A bad day", "month": 3, "bad_experience_share": 0.5}


def test_the_panel_says_what_the_page_says_and_events_happen_either_way(tmp_path):
    """Earned, cost and net as they are shown add up, and are those of the first screen."""
    case = wom.load("retailer/make-it-right")
    case = case.replace({"plan": [*case.data["plan"], EVENT]})
    effect, spread = wom.effect(case), wom.spread(case, 200)
    first = exhibits.decision(effect, spread)
    net = effect.headlines["npv"] - wom.simulate(case.replace({"plan": [EVENT]})).npv
    assert effect.given_events.headlines["net"] == pytest.approx(net, rel=1e-9)
    assert effect.headlines["net"] < net
    assert exhibits.mechanisms(effect.given_events).data["npv_change"].sum() == pytest.approx(net, rel=1e-9)
    with living.opened(tmp_path, living.whole(live.sliders(effect, spread).content)) as tab:
        shown, said = first.figures[0].value, tab.locator("#say").inner_text()
        assert tab.locator("#big").inner_text() == f"Gains {shown.removeprefix('+')}"
        earned, cost = re.findall(r"USD\s(\d[\d,]*\d)", first.text[0])[:2]
        assert f"up to USD {earned}; it costs USD {cost}." in said.replace("\N{NO-BREAK SPACE}", " ")


def test_segments_that_differ_move_in_proportion(tmp_path):
    case = wom.load("supplier/right-first-time")
    one = next(one for one in live.levers(case) if one.way == "multiply")
    after = wom.simulate(live.moved(case, {one.key: float(f"{one.value + 2 * one.step:.12g}")}))
    with of(tmp_path, case) as tab:
        for _ in range(2):
            slider(tab, one.key)[0].press("ArrowRight")
        asked = f"(c) => wom.simulate({{'{one.key}': {{multiply: c.now / c.value}}}}).npv"
        found = tab.evaluate(f"({asked})(page.state.levers.find((l) => l.key === '{one.key}'))")
        assert found == pytest.approx(after.npv, rel=1e-9)


def test_a_readout_has_no_more_digits_than_a_hand_can_set(tmp_path):
    case = wom.load("retailer/make-it-right").revise({"experience.recovered_share": 2 / 3})
    with of(tmp_path, case) as tab:
        target, readout = slider(tab, "experience.recovered_share")
        reads(readout, "66.7 %")
        target.press("ArrowLeft")
        reads(readout, "64.2 %")
    assert re.search(r"put right +0 +0\.667 +1$", repr(wom.explore(case)), re.MULTILINE)


def test_names_are_text_whatever_they_hold(tmp_path):
    rude = "</script><script>window.hacked=1</script><b>$5</b> ![a](x)"
    data = wom.load("retailer/make-it-right").data | {"title": rude, "currency": "<b>$"}
    data["plan"] = [data["plan"][0] | {"initiative": rude}]
    with of(tmp_path, wom.load(data)) as tab:
        assert tab.evaluate("window.hacked") is None
        assert "<b>$" in tab.locator("#big").inner_text()
        assert tab.locator("#try b").count() == 0


def test_charts_can_be_taken_along(tmp_path, plan):
    figure = """<figure class=exhibit><h3>Costs < gains</h3>
      <svg width=200 height=100><text x=5 y=20 class=b>+1</text></svg><table><tr><th>=month<th>net</tr>
      <tr><td>0<td>\N{MINUS SIGN}1,234.5</tr><tr><td>+text<td>-5</tr></table></figure>"""
    with living.opened(tmp_path, living.whole(plan, figure)) as tab:
        assert tab.locator("figure.exhibit .tools button").all_inner_texts() == ["PNG", "SVG", "CSV"]
        table = tab.evaluate("page.csv(document.querySelector('figure.exhibit table'))")
        assert table.split("\r\n") == ['"\'=month","net"', "0,-1234.5", '"\'+text",-5']
        drawing = tab.evaluate("page.alone(document.querySelector('figure.exhibit'))")
        assert "Costs &lt; gains" in drawing
        assert 'fill="rgb(' in drawing
        with tab.expect_download() as kept:
            tab.evaluate("() => { navigator.clipboard.write = () => { throw Error(); }; }")
            tab.locator("figure.exhibit .tools button").first.click()
        assert kept.value.path().read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize("kind", ["plan", "workshop"])
def test_a_script_is_at_most_25_kilobytes(kind):
    assert len(live.script(kind).encode()) <= 25_000


def test_levers_hold_where_the_case_stands_and_stand_once():
    plans = "make-it-right", "viral-complaint"
    for name in ("retailer/today", "supplier/right-first-time", *(f"retailer/{plan}" for plan in plans)):
        found = live.levers(wom.load(name))
        assert all(one.low <= one.value <= one.high and one.step > 0 for one in found)
        figures = [one.key for one in found if one.way != "plan"]
        assert 5 <= len(figures) == len({key.split(".")[-1] for key in figures}) <= live.MOST
    all_right = wom.load("retailer/make-it-right").revise({"experience.recovered_share": 0.995})
    target = next(one for one in live.levers(all_right) if one.key == "experience.recovered_share")
    assert target.low < target.value == 0.995 < target.high == 1.0


ROOM = {"customers": 5000, "new_customers": 150, "spend": 50, "margin": 0.4, "retention": 0.975,
        "good_share": 0.25, "bad_share": 0.06, "referral_share": 0.19, "contacts": 1.0}  # fmt: skip
CALCULATED = """(c) => { const s = wom.anchor(c.values, c.most_reach, c);
  return { ...wom.worth(s), npv: wom.run(s).npv, plans: wom.gains(s).map((p) => p.net) }; }"""


def test_the_calculator_says_what_the_workshop_says(tmp_path):
    rng, rooms, python = np.random.default_rng(5), [], []
    for place in range(8):
        numbers = {key: value * (np.exp(rng.normal(0, 0.35)) if place else 1.0) for key, value in ROOM.items()}
        numbers["retention"] = 1 - 0.025 * np.exp(rng.normal(0, 0.6))
        numbers |= {key: min(numbers[key], 0.8) for key in ("margin", "good_share", "referral_share")}
        numbers |= {"contacts": 0.15} if place % 7 == 3 else {}
        try:
            case = workshop.scenario(**numbers, customer_type="business" if place % 3 else "consumer")
        except wom.InputError:
            continue
        net = [wom.simulate(one).npv - wom.simulate(case).npv for one in workshop.plans(case)]
        worth = wom.service_worth(case).total.to_dict() | wom.experience_worth(case).worth.to_dict()
        python.append(worth | {"npv": wom.simulate(case).npv, "plans": net})
        rooms.append(live.calculator(case, 1).content)
    assert len(rooms) >= 5
    for one, two in zip(python, living.evaluated(tmp_path, rooms, CALCULATED, "workshop"), strict=True):
        close = {"rel": 1e-9, "abs": 1e-9 * one["npv"]}  # differences of runs: to 1e-9 of NPV, model.md
        assert two.pop("plans") == pytest.approx(one.pop("plans"), **close)
        assert two == pytest.approx(one, **close)


def test_the_room_moves_its_numbers(tmp_path):
    state = live.calculator(workshop.scenario(**ROOM, currency="USD")).content

    def cost(spend):
        return -wom.experience_worth(workshop.scenario(**ROOM | {"spend": spend})).worth["bad"]

    with living.opened(tmp_path, living.whole(state), 390) as tab:
        said, wrong = tab.locator("#cost"), tab.locator("#err")
        living.until(tab, "document.getElementById('costs').textContent.includes('range')")
        first = tab.locator("#mini").inner_text()
        assert first == said.inner_text()
        assert not tab.evaluate("document.documentElement.scrollWidth > innerWidth")
        tab.evaluate("scrollTo(0, 600)")
        assert tab.locator(".mini").bounding_box()["y"] == 0  # the answer stays on top
        tab.locator("#n3").fill("100")
        living.until(tab, f"document.getElementById('mini').textContent !== '{first}'")
        assert float(said.inner_text()[4:]) == pytest.approx(
            cost(100), abs=5
        )  # to the place that the range leaves
        tab.locator("#n7").fill("90")
        assert "more than 100 of 100" in wrong.inner_text()
        tab.locator("#n7").fill("6")
        tab.locator("#n0").fill("x")
        assert "Customers: a number" in wrong.inner_text()
        tab.locator("#n0").fill("5,000")
        for typed, meant in {"47,50": 47.5, "47.50": 47.5, "1 047,5": 1047.5, "0,475": 0.475}.items():
            tab.locator("#n3").fill(typed)  # either mark of decimals
            living.until(tab, "!document.getElementById('err').textContent")
            # shown to the place that the range leaves, before it is there to two digits
            assert float(said.inner_text()[4:].replace(",", "")) == pytest.approx(cost(meant), rel=0.2)
        tab.locator("#n3").fill("1.200")  # 1200 to some, 1.2 to others
        assert "1200 or" in wrong.inner_text()
        steps = {"40": "39 40", "0.4": "0.39 0.4", "7": "6.9 7", "99": "98.9 99", "x": "40 41"}
        for typed, read in steps.items():  # less, and more again
            tab.locator("#n4").fill(typed)
            found = []
            for button in tab.locator("button:has(+ #n4), #n4 + button").all():
                button.click()
                found.append(tab.locator("#n4").input_value())
            assert " ".join(found) == read
