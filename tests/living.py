"""Businesses with all that the page's engine knows, and Chromium that runs them from a file in one load."""

import base64
import contextlib
import hashlib
import json
import shutil
import time

import numpy as np
from any_business import believable, scenario

import wom
from wom.exhibits import live
from wom.parameters import QUANTITIES

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
COSTS = {"cost_per_contact": 0.5, "cost_per_bad_contact": 4.0, "cost_per_recovery": 6.0,
         "reward_per_recommendation": 9.0}  # fmt: skip
CHANGED = [key for key, quantity in QUANTITIES.items() if not quantity.fixed]


def business(rng, segments):
    """A file with segments, a season, costs of volume, several initiatives and events, most of them believable."""
    data = scenario(wom.load("retailer/today"), rng)
    today, plan = data["today"], data["plan"]
    if rng.random() < 0.7:
        today["economics"] |= {name: believable(f"economics.{name}", value, rng) for name, value in COSTS.items()}
    if segments > 1:
        today["market"]["homophily"] = float(rng.random())
        totals = {key: today["market"].pop(key) for key in ("size", "customers", "new_customers_per_month")}
        own = [key for key in CHANGED if QUANTITIES[key].per_segment and not QUANTITIES[key].plan_only]
        today["segments"] = {}
        for name, share in zip(("A", "B & co", "C-3", "D"), rng.dirichlet(np.full(segments, 5.0)), strict=False):
            part = {"market": {key: float(share * total) for key, total in totals.items()}}
            for key in rng.choice(own, 4, replace=False):
                section, field = key.split(".")
                middle = today.get(section, {}).get(field)
                if middle is not None:
                    part.setdefault(section, {})[field] = believable(key, middle, rng)
            today["segments"][name] = part
    if rng.random() < 0.7:
        spending, arrivals = (rng.dirichlet(np.full(12, 20.0)) * 12 for _ in range(2))
        season = {"spending": spending, "arrivals": arrivals}
        data |= {
            "first_month": "2027-03",
            "season": {name: list(map(float, f / f.mean())) for name, f in season.items()},
        }
    for place in range(int(rng.integers(0, 3))):
        begin = int(rng.integers(0, 10))
        item = {"initiative": f"{place}", "start_month": begin, "ramp_months": int(rng.integers(1, 9)),
                "changes": changes(rng, data, int(rng.integers(1, 4))),
                "cost": {"once": float(rng.uniform(0, 1e4)), "per_month": float(rng.uniform(0, 500))}}  # fmt: skip
        plan.append(item | ({"end_month": begin + int(rng.integers(0, 9))} if rng.random() < 0.3 else {}))
    for _ in range(int(rng.integers(0, 3))):
        plan.append({"event": "a bad day", "month": int(rng.integers(0, 9)),
                     "reach_multiplier": float(rng.uniform(0, 9)), "bad_experience_share": float(rng.random()),
                     "spend_lost_share": float(rng.random())})  # fmt: skip
    return data | {"horizon_months": int(rng.integers(1, 49))}


def changes(rng, data, count):
    """Changes by key: to, add and multiply, of every segment or of one."""
    found, names = {}, list(data["today"].get("segments", {}))
    for key in rng.choice(CHANGED, count, replace=False):
        way = str(rng.choice(["to", "multiply", "add"]))
        amount = {"to": believable(key, 0.3 if QUANTITIES[key].unit == "share" else 1.0, rng),
                  "multiply": float(rng.uniform(0.7, 1.1)), "add": float(rng.uniform(0.0, 0.02))}[way]  # fmt: skip
        if way == "to" and rng.random() < 0.2:
            amount = {"low": amount, "central": amount, "high": amount}
        one = names and QUANTITIES[key].per_segment and rng.random() < 0.4
        found[f"segments.{rng.choice(names)}.{key}" if one else str(key)] = {way: amount}
    return found


def revision(rng, case):
    """Something that `revise` takes for this plan."""
    keys = [key for item in case.plan for key in getattr(item, "changes", ())]
    found = {"horizon_months": int(rng.integers(1, 61))} if rng.random() < 0.3 else {}
    if not any(hasattr(item, "changes") for item in case.plan):
        return found
    if rng.random() < 0.5:
        begin = int(rng.integers(0, 12))
        found["start_month"] = case.calendar.label(begin) if case.first_month and rng.random() < 0.3 else begin
    if rng.random() < 0.5:
        found |= {"once": float(rng.uniform(0, 1e5)), "per_month": float(rng.uniform(0, 1e3))}
    if keys and rng.random() < 0.6:
        key = str(rng.choice(keys))
        found["targets"] = {key: believable(".".join(key.split(".")[-2:]), 0.3, rng)}
    return found


def whole(content, body="", more=""):
    """A page of a payload, as a report has it: one script that the policy allows by its hash, and nothing else."""
    script = live.script(content["kind"])
    allowed = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in (script, more)
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>A page</title>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; "
        f"style-src 'unsafe-inline'; script-src {allowed}\"><style>{live.style()}</style><body>{body}"
        f"{live.markup(content)}<script>{script}</script><script>{more}</script></html>"
    )


_RUNNING = []


@contextlib.contextmanager
def browsing():
    """One Chromium for all pages that are opened meanwhile."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        _RUNNING.append(play.chromium.launch(executable_path=CHROMIUM, args=FLAGS))
        yield _RUNNING[-1]
        _RUNNING.pop().close()


@contextlib.contextmanager
def window(file, width=1280, height=900, **options):
    """A file in the Chromium that runs; faults of its script, and what it asks of a network, fail the test."""
    with _RUNNING[-1].new_context(viewport={"width": width, "height": height}, **options) as context:
        tab, faults = context.new_page(), []
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("request", lambda one: None if one.url.startswith(("file:", "data:")) else faults.append(one.url))
        tab.goto(file.as_uri())
        yield tab
    assert faults == []


def opened(folder, text, width=1280):
    """The page in a window."""
    file = folder / "page.html"
    file.write_text(text, encoding="utf-8")
    return window(file, width)


def until(tab, expression, seconds=10.0):
    """Wait until an expression holds; the policy of the page forbids the browser driver's own way of waiting."""
    end = time.monotonic() + seconds
    while not tab.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.02)


def evaluated(folder, cases, expression, kind="plan"):
    """What a JavaScript function of one case gives for each, errors as {error: text}, all in one load."""
    text = json.dumps(cases).replace("<", "\\u003c")
    call = f"""window.found = JSON.stringify({text}.map((c) => {{
      try {{ return ({expression})(c); }} catch (e) {{ return {{error: e.message}}; }} }}));"""
    whole = f"<!doctype html><meta charset=utf-8><script>{live.script(kind)}</script><script>{call}</script>"
    with opened(folder, whole) as tab:
        return json.loads(tab.evaluate("window.found"))


RUN = """(c) => { wom.state = c.state;
  return { ...wom.simulate(c.changes, c.revision), earned: 0, spent: 0 }; }"""


def compared(folder, examples):
    """Drawn businesses, asked about, with plans revised: case, Python's answer and the page's."""
    cases, python = [], []
    for seed in range(examples):
        rng = np.random.default_rng(seed)
        segments, (ask, revise) = int(rng.integers(1, 5)), rng.random(2) < 0.5
        try:
            case = wom.load(business(rng, segments))
            state = live.sliders(case).content
        except wom.InputError:  # figures that contradict each other are Python's to refuse
            continue
        asked = changes(rng, case.data, 2) if ask else {}
        revised = revision(rng, case) if revise else {}
        cases.append({"state": state, "changes": asked, "revision": revised})
        try:
            run = wom.simulate(case.revise(**revised).what_if(asked))
        except wom.InputError as error:
            python.append({"error": str(error)})
        else:
            monthly = {name: run.monthly[name].to_numpy(float) for name in run.monthly}
            python.append({"npv": float(run.npv), "revenue": float(run.revenue), "monthly": monthly})
    return list(zip(cases, python, evaluated(folder, cases, RUN), strict=True))


def agreeing(found):
    """How many of them the page computes as Python does, which must be all."""
    both = [(one, two) for _, one, two in found if "error" not in one]
    for one, two in both:
        assert two.get("error") is None
        # Sums of a hundred and more terms of both signs: relative to what was added up.
        scale = np.abs(one["monthly"]["contribution"]).sum() + one["monthly"]["plan_cost"].sum()
        assert abs(two["npv"] - one["npv"]) <= max(1e-9 * abs(one["npv"]), 1e-12 * scale)
        assert abs(two["revenue"] - one["revenue"]) <= 1e-9 * one["revenue"]
        assert two["monthly"].keys() == one["monthly"].keys()
        market, revenue = one["monthly"]["prospects"].max(), one["monthly"]["revenue"].max()
        for name, theirs in one["monthly"].items():
            ours = np.array(two["monthly"][name], dtype=float)
            assert np.array_equal(np.isnan(theirs), np.isnan(ours)), name
            most = np.nanmax(np.abs(theirs), initial=0.0)  # of differences, such as who came because of it
            # A column of next to nobody, such as 1e-6 avoiders, has the rounding of the market that they leave.
            close = 1e-9 * most + 1e-14 * (revenue if name in ("revenue", "contribution") else market)
            assert np.nanmax(np.abs(theirs - ours), initial=0.0) <= close, name
    return len(both)
