"""Ten ordinary businesses through every notebook that takes one: without a warning, and no sentence at fault."""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import cells

BUSINESSES = sorted((Path(cells.__file__).parent / "data" / "businesses").glob("*.yaml"))

NOTEBOOKS = {
    "scenario_report": {}, "customer_worth": {}, "explore": {}, "sweep": {},
    "compare_plans": {"others": []},
    "uncertainty": {"draws": 200, "precision": 64},
    "overlap": {"people": 2000, "repeats": 2, "horizon_months": 6},
}  # fmt: skip
PLAN = [{
    "initiative": "Train", "start_month": 2, "cost": {"once": 20_000.0},
    "changes": {"experience.bad_share": {"multiply": 0.7}},
}]  # fmt: skip


def main():
    """Print how many pages and exhibits there were, and each fault."""
    pages = shown = wrong = 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for path in BUSINESSES:
            for notebook, given in NOTEBOOKS.items():
                for plan in ([], PLAN) if notebook in ("scenario_report", "uncertainty") else (PLAN,):
                    more = {"changes": {"plan": plan}} if notebook != "overlap" else {}
                    exhibits = cells.of(notebook, scenario=str(path), **given, **more)
                    faults = [fault for one in exhibits for fault in cells.faults(one)]
                    for fault in faults:
                        print(f"  {path.stem}, {notebook}: {fault}")
                    pages, shown, wrong = pages + 1, shown + len(exhibits), wrong + len(faults)
    print(f"{pages} pages of ten ordinary businesses, {shown} exhibits: {wrong} sentences at fault (none)")


if __name__ == "__main__":
    main()
