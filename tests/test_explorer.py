"""Sliders for the levers: the numbers, saving, the fallback, and JupyterLab itself in a browser."""

import builtins
import shutil
import statistics
import time

import pytest

import wom
from wom.exhibits import explorer

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.mark.parametrize("name", ["retailer/today", "supplier/today"])
def test_moved_levers_are_a_plan_from_month_nought(name):
    board = explorer.Board(wom.load(name))
    values = {lever.key: lever.value + lever.step for lever in board.levers if lever.way != "plan"}
    assert len(values) >= 5
    effect = wom.effect(board.plan(values))
    after, today = board.runs(values)
    # Differences of sums; a factor for segments that differ is rounded as it is shown.
    assert effect.headlines["extra_revenue"] == pytest.approx(after.revenue - today.revenue, rel=1e-9)
    assert effect.headlines["net"] == pytest.approx(after.npv - today.npv, rel=1e-9)


@pytest.mark.parametrize("name", ["retailer/today", "retailer/make-it-right", "supplier/right-first-time"])
def test_an_untouched_panel_is_the_case_as_it_stands(name):
    case = wom.load(name)
    panel = explorer._Panel(explorer.Board(case), pytest.importorskip("ipywidgets"))
    assert panel._values() == {}
    after, today = panel.board.runs(panel._values())
    assert after.npv == wom.simulate(case).npv
    assert today.npv == wom.simulate(case.without_plan()).npv
    for lever in panel.board.levers:
        slider = panel.sliders[lever.key]
        assert slider.value == lever.value
        assert lever.low <= lever.value <= lever.high


def test_a_plan_is_revised_and_the_rest_is_supposed():
    board = explorer.Board(wom.load("retailer/make-it-right"))
    values = {"experience.recovered_share": 0.7, "once": 2000.0, "start_month": 4.0, "horizon_months": 48.0,
              "experience.bad_share": 0.05}  # fmt: skip
    case = board.plan(values)
    same = board.scenario.revise(
        {"experience.recovered_share": 0.7}, once=2000.0, start_month=4, horizon_months=48
    )
    assert wom.simulate(case).npv == wom.simulate(same.what_if({"experience.bad_share": 0.05})).npv


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [("experience.bad_share", 0.045, "4.5 %"), ("experience.bad_share", 0.0625, "6.25 %"),
     ("once", 4000.0, "USD 4,000"), ("spending.spend_multiplier", 1.0, "as now"),
     ("spending.spend_multiplier", 0.965, "−3.5 %"),
     ("horizon_months", 36.0, "36 months")],
)  # fmt: skip
def test_a_value_is_read_as_it_is(key, value, said):
    board = explorer.Board(wom.load("retailer/make-it-right"))
    lever = next(lever for lever in board.levers if lever.key == key)
    assert board.written(lever, value).replace("\N{NO-BREAK SPACE}", " ") == said


def test_shares_over_one_are_said_and_not_drawn():
    board = explorer.Board(wom.load("retailer/today"))
    with pytest.raises(wom.InputError, match="no lever of this case"):
        board.runs({"experience.memory_months": 6.0})
    with pytest.raises(wom.InputError, match=r"good_share and bad_share to 1\.15 together"):
        board.runs({"experience.good_share": 0.95, "experience.bad_share": 0.2})


def test_what_is_saved_loads_to_the_same_scenario(tmp_path):
    board = explorer.Board(wom.load("supplier/today"))
    plan = board.plan({"economics.margin_share": 0.3, "horizon_months": 24.0})
    path = explorer.save(plan, tmp_path / "Büro plan")
    assert path.suffix == ".yaml"
    assert wom.load(path).data == plan.data
    assert wom.simulate(wom.load(path)).npv == wom.simulate(plan).npv
    with pytest.raises(wom.InputError, match="is there already"):
        explorer.save(plan, path)
    with pytest.raises(wom.InputError, match="cannot be written"):
        explorer.save(plan, tmp_path / "nowhere" / "x.yaml")


def test_without_widgets_a_table_says_what_the_levers_do(monkeypatch, capsys):
    true_import = builtins.__import__

    def without(name, *rest, **more):
        if name == "ipywidgets":
            raise ImportError(name)
        return true_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    table = explorer.explore(wom.load("retailer/today"))
    assert explorer.INSTALL in capsys.readouterr().out
    assert list(table.index) == [lever.key for lever in explorer.Board(wom.load("retailer/today")).levers]
    assert table.loc["experience.bad_share", "revenue"] < 0 < table.loc["experience.good_share", "revenue"]


def test_reset_and_save_by_hand(tmp_path, monkeypatch):
    widgets = pytest.importorskip("ipywidgets")
    monkeypatch.chdir(tmp_path)
    panel = explorer._Panel(explorer.Board(wom.load("retailer/today")), widgets)
    first = panel.image.value
    panel._save()
    assert "move a lever first" in panel.kept.value
    slider = panel.sliders["experience.bad_share"]
    slider.index += 20
    assert slider.value == 0.1
    assert panel.image.value != first
    assert "−USD" in panel.said.value
    panel._save()
    assert wom.load(tmp_path / "my-plan.yaml").plan[0].changes["experience.bad_share"].to == 0.1
    assert f"wom run {tmp_path / 'my-plan.yaml'}" in panel.kept.value  # works from wherever one stands
    panel._save()
    assert "is there already" in panel.kept.value
    panel._reset()
    assert "Revenue as it is" in panel.said.value
    assert panel.image.value == first


@pytest.mark.browser
@pytest.mark.notebook
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's package chromium")
def test_a_slider_moved_in_jupyterlab_changes_picture_and_number(lab, capsys):
    from playwright.sync_api import expect, sync_playwright

    lab, _ = lab
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1500, "height": 1100})
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(lab) else route.abort())
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{lab}/lab/tree/explore.ipynb?token=t&reset")
        idle = "window.jupyterapp?.shell?.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        page.wait_for_function(idle, timeout=60_000)
        page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
        handle = page.locator(".noUi-handle").first
        handle.wait_for(timeout=90_000)
        picture = page.locator("img.widget-image")
        said = page.locator(".widget-html-content", has_text="today's money").first
        expect(said).to_contain_text("Revenue as it is", timeout=30_000)
        page.wait_for_function(idle, timeout=90_000)  # the cells below are done
        handle.focus()
        page.keyboard.press("ArrowRight")
        times = []
        for _ in range(9):
            before, text = picture.get_attribute("src"), said.inner_text()
            start = time.perf_counter()
            page.keyboard.press("ArrowRight")
            page.wait_for_function("old => document.querySelector('img.widget-image').src !== old", arg=before)
            times.append(time.perf_counter() - start)
            expect(said).not_to_have_text(text)
        assert "+USD" in said.inner_text()  # customers who spend more
        assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        assert errors == []
        page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        browser.close()
    with capsys.disabled():
        print(
            f"\nkey press to new picture in JupyterLab: median {1e3 * statistics.median(times):.0f} ms (under 150)"
        )
