"""What the product computes is frozen: a number that changes does so in a commit of its own, with a diff.

`python -m pytest tests/test_frozen.py --freeze` writes `tests/data/frozen` anew. Results may be added without it;
one that is gone or differs fails. The worked example is frozen by `test_worked_example.py`.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import told

import wom
from wom.exhibits.tables import plain
from wom.report.notebook import published

FROZEN = Path(__file__).parent / "data" / "frozen"

# Samples are seeded, so they are equal; another order of summation and another processor's exp and log are not.
# With NumPy's vector instructions off and another BLAS kernel all agree to 3e-11 but a Sobol index of 16 draws,
# a difference of near sums: 3e-10. A change of the model moves a number by more.
AGREES = 1e-9
# An optimiser stops where the likelihood is flat to 1e-14, and what it finds agrees to the root of that: 5e-8.
FOUND = 1e-6
# Differences of equal millions leave up to 8e-10 and are frozen as 0; the smallest number that is more is 8e-7.
NOTHING = 1e-7
# By as much does a small difference of millions move with the order of summation: the ripple of -0.18 by 5e-10.
LEFT = 1e-9

INPUTS = ("title", "scenario", "scenarios", "assumptions", "today_yaml")
"""Published beside the results: what went in, and names."""

SAMPLES = {
    "retailer": ("front-line-training", "make-it-right", "viral-complaint", "today"),
    "supplier": ("call-back", "right-first-time", "missed-season", "today"),
}
"""Two plans to choose between, an event, and the business by itself."""

STABLE = """
    load simulate effect spread compare customer_worth experience_worth service_worth worth_intervals
    reproduction_number mechanisms sensitivity failure calibrate backtest explore evidence assumptions
    Scenario Run InputError WomError
"""
"""Names that notebooks and other people's programs rely on, from one edition to the next."""


Rows = dict[str, dict[str, Any]]
"""Numbers, to 12 digits, by row and column: a line of a file and a place in it."""


def rows(results: Mapping[str, Any]) -> Rows:
    """Results of any depth; of texts the headline's values alone, since words are free to change."""
    found: Rows = {}
    for place, value in _leaves((), plain(results)):
        if not isinstance(value, str) or place[-1] == "value":
            row = found.setdefault(" ".join(place[:-1]) or "in all", {})
            assert place[-1] not in row, place
            row[place[-1]] = _rounded(value) if isinstance(value, float) else value
    return found


def _rounded(value: float) -> float:
    return float(f"{value:.12g}") if abs(value) > NOTHING else 0.0


def _leaves(place: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, list):
        value = dict(enumerate(value))
    if not isinstance(value, dict):
        yield place, value
        return
    for key, item in (_rows(value) if {"columns", "data"} <= value.keys() else value).items():
        yield from _leaves((*place, str(key)), item)


def _rows(table: dict[str, Any]) -> Rows:
    """A table's rows by label; of a long one that counts, such as months, every twelfth and the last."""
    labels = [label if isinstance(label, list) else [label] for label in table["index"]]
    columns = [name if isinstance(name, list) else [name] for name in table["columns"]]
    counts = len(labels) > 24 and all(isinstance(label[-1], int | float) for label in labels)
    kept = sorted({*range(0, len(labels), 12), len(labels) - 1}) if counts else range(len(labels))
    return {_text(labels[n]): dict(zip(map(_text, columns), table["data"][n], strict=True)) for n in kept}


def _text(label: list[Any]) -> str:
    return " ".join(f"{part:.12g}" if isinstance(part, float) else str(part) for part in label)


def compare(name: str, found: Rows, request: pytest.FixtureRequest, agrees: float = AGREES) -> None:
    """Found results must hold the frozen ones, or replace them where that was asked for."""
    path = FROZEN / f"{name}.json"
    if request.config.getoption("--freeze"):
        text = ",\n".join(f"{json.dumps(row)}: {json.dumps(found[row], ensure_ascii=False)}" for row in found)
        path.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")
    frozen = json.loads(path.read_text(encoding="utf-8"))
    assert frozen
    was = {(row, column): value for row, values in frozen.items() for column, value in values.items()}
    assert [place for place in was if place[1] not in found.get(place[0], {})] == []
    now = {place: found[place[0]][place[1]] for place in was}
    assert {place: (was[place], now[place]) for place in was if not same(now[place], was[place], agrees)} == {}


def same(value: Any, was: Any, agrees: float) -> bool:
    """Equal, as numbers to a tolerance."""
    if isinstance(value, int | float) and isinstance(was, int | float):
        return bool(value == pytest.approx(was, rel=agrees, abs=LEFT))
    return bool(value == was)


# --- notebooks ---------------------------------------------------------------------------------------------------


def notebook(executed: Path) -> Rows:
    """What an executed notebook published."""
    return rows({name: value for name, value in published(executed)[0].items() if name not in INPUTS})


@pytest.mark.notebook
@pytest.mark.parametrize("name", told.GIVEN)
def test_a_notebook_publishes_what_it_did(name, request):
    by_papermill = name == "notebook_scenario_report"  # one of them without a runner of ours
    executed = told.plain(name) if by_papermill else told.run(name).notebook
    compare(name, notebook(executed), request, FOUND if name == "report_calibrate" else AGREES)


# --- Python ------------------------------------------------------------------------------------------------------


@cache
def load(sample: str, name: str) -> wom.Scenario:
    return wom.load(f"{sample}/{name}")


def single(case: wom.Scenario) -> dict[str, Any]:
    """Results that every scenario has."""
    run, number = wom.simulate(case), wom.reproduction_number(case)
    return {
        "npv": run.npv,
        "revenue": run.revenue,
        "monthly": run.monthly.iloc[[0, -1]],
        "by_segment": run.by_segment.groupby("segment").sum(),
        "effect": wom.effect(case).headlines,
        "customer_worth": wom.customer_worth(case),
        "experience_worth": wom.experience_worth(case),
        "mechanisms": wom.mechanisms(case) if case.plan else {},
        "mechanisms of the level": wom.mechanisms(case, level=True),
        "reproduction_number": {"number": number.value, "multiplier": number.multiplier},
        "spread": wom.spread(case, draws=200).intervals,
    }


def sampled(case: wom.Scenario) -> dict[str, Any]:
    """What takes longer, in few draws."""
    study, failing = wom.sensitivity(case, draws=16), wom.failure(case, draws=512)
    by_chance = wom.simulate(case, draws=50, chance=True)
    return {
        "tornado": study.tornado,
        "sobol": study.sobol,
        "by_grade": study.by_grade,
        "failure": {"chance": failing.chance},
        "chance": by_chance.band("customers"),
        "worth_intervals": wom.worth_intervals(case, draws=10),
    }


@pytest.mark.parametrize(("sample", "name"), [(sample, name) for sample in SAMPLES for name in SAMPLES[sample]])
def test_a_scenario_gives_what_it_did(sample, name, request):
    compare(f"{sample}_{name}", rows(single(load(sample, name))), request)


@pytest.mark.parametrize("sample", SAMPLES)
def test_plans_and_samples_give_what_they_did(sample, request):
    first, second, *_ = (load(sample, name) for name in SAMPLES[sample])
    table = wom.compare(first, second, draws=200)
    compare(f"{sample}_plans", rows({"compare": table, **sampled(first)}), request)


# --- names -------------------------------------------------------------------------------------------------------


def test_public_names_stay_or_the_changelog_says_where_they_went():
    first_edition = set((FROZEN / "public_names.txt").read_text(encoding="utf-8").split())
    gone = {name for name in first_edition if name not in wom.__all__ or not hasattr(wom, name)}
    assert gone & set(STABLE.split()) == set()
    changelog = (Path(wom.__file__).parents[1] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert {name for name in gone if f"`wom.{name}`" not in changelog} == set()
