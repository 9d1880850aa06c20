"""Sliders in a notebook: the scenario that moved levers are, what is saved of it, and JupyterLab itself."""

import json
import re

import living
import pytest

import wom
from wom.exhibits import live


@pytest.mark.parametrize("name", ["retailer/today", "supplier/today"])
def test_moved_levers_are_a_plan_from_month_nought(name, tmp_path):
    case = wom.load(name)
    values = {one.key: one.value + one.step for one in live.levers(case) if one.way != "plan"}
    assert len(values) >= 5
    effect = wom.effect(wom.explore(case, values).save(tmp_path / "moved"))
    after, today = wom.simulate(live.moved(case, values)), wom.simulate(case)
    # Differences of sums; a factor for segments that differ is rounded as it is shown.
    assert effect.headlines["extra_revenue"] == pytest.approx(after.revenue - today.revenue, rel=1e-9)
    assert effect.headlines["net"] == pytest.approx(after.npv - today.npv, rel=1e-9)


def test_what_is_saved_loads_to_the_plan_revised_and_the_rest_supposed(tmp_path):
    case = wom.load("retailer/make-it-right")
    values = {"experience.recovered_share": 0.7, "once": 2000.0, "start_month": 4.0, "horizon_months": 48.0,
              "experience.bad_share": 0.05}  # fmt: skip
    panel = wom.explore(case, values)
    path = panel.save(tmp_path / "Büro plan")
    assert path.suffix == ".yaml"
    same = case.revise({"experience.recovered_share": 0.7}, once=2000.0, start_month=4, horizon_months=48)
    assert wom.simulate(path).npv == wom.simulate(same.what_if({"experience.bad_share": 0.05})).npv
    with pytest.raises(wom.InputError, match="is there already"):
        panel.save(path)
    with pytest.raises(wom.InputError, match="cannot be written"):
        panel.save(tmp_path / "nowhere" / "x.yaml")
    with pytest.raises(wom.InputError, match="move a lever first"):
        wom.explore("retailer/today").save(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("values", "said"),
    [({"experience.memory_months": 6.0}, "no lever of this case"),
     ({"horizon_months": 12.5}, "horizon_months: "), ({"horizon_months": "2027-01"}, "stands at a number, not at"),
     ({"experience.good_share": 0.95, "experience.bad_share": 0.2}, r"and bad_share to 1\.15 together")],
)  # fmt: skip
def test_where_no_lever_can_stand_is_refused_in_words(values, said):
    with pytest.raises(wom.InputError, match=said):
        wom.explore("retailer/today", values)


def opened(browser, address, name, errors):
    """A notebook in JupyterLab, all of whose cells are run, cut off from any other machine."""
    page = browser.new_page(viewport={"width": 1500, "height": 1100})
    page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(address) else route.abort())
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{address}/lab/tree/{name}?token=t&reset")
    idle = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
    page.wait_for_function(idle, timeout=60_000)
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    return page


@pytest.mark.browser
@pytest.mark.notebook
@pytest.mark.skipif(living.CHROMIUM is None, reason="needs Debian's package chromium")
def test_in_jupyterlab_a_slider_changes_picture_and_number_and_the_room_reads_an_answer_and_no_traceback(lab):
    from playwright.sync_api import expect

    (address, folder), errors = lab, []
    ended = "window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
    with living.browsing() as browser:
        page = opened(browser, address, "explore.ipynb", errors)
        panel = page.frame_locator("iframe[title=Sliders]")
        big = panel.locator("#big")
        expect(big).to_have_text("As today: nothing gained, nothing lost", timeout=90_000)
        frame = next(
            one for one in page.frames if not one.name and one.parent_frame and one.query_selector("#big")
        )
        for _ in range(5):
            panel.locator("#lever0").press("ArrowRight")
        # the hand rests, the range is there
        expect(panel.locator("#from")).to_contain_text("draws", timeout=60_000)
        moved = "page.state.levers.filter((l) => l.now !== l.value)"
        values = frame.evaluate(f"Object.fromEntries({moved}.map((l) => [l.key, l.now]))")
        assert len(values) == 1
        after = wom.simulate(live.moved(case := wom.load("retailer/today"), values))
        change, shown = after.npv - wom.simulate(case).npv, big.inner_text()
        assert shown.startswith("Gains USD" if change > 0 else "Loses USD")
        # shown to the place that its range leaves, two digits at least
        assert float(re.sub(r"\D", "", shown)) == pytest.approx(abs(change), rel=0.1)
        frame.evaluate("() => { navigator.clipboard.write = () => { throw Error(); }; }")
        with page.expect_download() as kept:
            panel.locator("#link").click()
        assert kept.value.path().read_text() == f"wom.explore(case, {json.dumps(values, separators=(',', ':'))})"
        again = "const frame = document.querySelector('iframe[title=Sliders]'), cell = frame.parentNode"
        page.evaluate(f"() => {{ {again}; frame.remove(); cell.append(frame); }}")  # as when it scrolls away
        expect(big).to_have_text(shown, timeout=30_000)
        assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        page.evaluate(ended)

        room = (folder / "workshop.ipynb").read_text(encoding="utf-8")
        assert room.count("good_share: float = 0.25") == 1
        (folder / "room.ipynb").write_text(room.replace("good_share: float = 0.25", "good_share: float = 0.97"))
        page = opened(browser, address, "room.ipynb", errors)
        answer = page.locator(".jp-OutputArea-output", has_text="Please look at these numbers again").first
        answer.wait_for(timeout=60_000)
        said = answer.text_content()  # also of what is not scrolled to
        assert "of 100 contacts, 97 good and 6 bad make 103; lower good_share or bad_share" in said
        assert "Traceback" not in page.locator(".jp-Notebook").first.text_content()
        assert page.locator(".jp-OutputArea-output img").count() == 0  # what stands below did not run
        page.evaluate(ended)
        assert errors == []
