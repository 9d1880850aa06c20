"""Makes the CSV files in `tables/` again, byte for byte, from `tables/truth.yaml`.

    python data/sample/retailer/make_tables.py [folder to write to]

Chance comes from NumPy's seeded generator, whose streams are the same on every machine. A release of NumPy may
change them; requirements.lock names the one these were made with.
"""

import sys
from pathlib import Path

import yaml

import wom
from wom import population

TABLES = Path(__file__).parent / "tables"


def make(folder: Path = TABLES) -> None:
    """Write the tables of the truth into a folder that exists."""
    truth = yaml.safe_load((TABLES / "truth.yaml").read_text(encoding="utf-8"))
    made = truth["made_with"]
    run = population.simulate(
        wom.load(truth["scenario"]), seed=made["seed"], record=True, habits=population.Habits(**truth["habits"])
    )
    survey = truth["survey"]
    tables = run.tables(made["start"], survey_share=survey["survey_share"], bracket_share=survey["bracket_share"])
    for name, table in tables.items():
        table.to_csv(
            folder / f"{name}.csv", index=False, float_format="%.2f", lineterminator="\n", encoding="utf-8"
        )


if __name__ == "__main__":
    make(*map(Path, sys.argv[1:]))
