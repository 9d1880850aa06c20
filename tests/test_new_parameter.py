"""The text of CONTRIBUTING.md on a new parameter, followed to the letter in a copy of the package."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

ASK = """
import wom

business = wom.load("retailer/today")
dearer = business.replace({"economics.overhead_per_customer": 2.0})
less = wom.simulate(business).monthly - wom.simulate(dearer).monthly
assert abs(less.contribution - 2.0 * wom.simulate(business).monthly.customers).max() < 1e-6  # rounding of 100,000
assert less.drop(columns="contribution").abs().max(axis=None) == 0
assert "economics.overhead_per_customer" in str(wom.scenario.schema())
assert wom.assumptions.table(dearer).meaning["economics.overhead_per_customer"] == "overhead for each customer"
move = {"initiative": "Move", "changes": {"economics.overhead_per_customer": 1.0}}
plan = wom.load(dearer.data | {"plan": [move]})
assert wom.effect(plan).headlines["net"] > 0
try:
    business.replace({"economics.overhead_per_customer": -1})
except wom.InputError as error:
    print(error)
"""


def steps():
    """File, text before and text after of each change that CONTRIBUTING.md names."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.split("## How to add a parameter")[1].split("\n## ")[0]
    for block in re.findall(r"```diff\n(.*?)```", part, flags=re.DOTALL):
        file, *lines = block.splitlines()
        before = "\n".join(line[1:] for line in lines if line[0] != "+")
        yield file, before, "\n".join(line[1:] for line in lines if line[0] != "-")


def test_a_parameter_is_added_in_the_two_places_of_the_text(tmp_path):
    shutil.copytree(ROOT / "wom", tmp_path / "wom", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "data", tmp_path / "data")
    changed = [file for file, _, _ in steps()]
    assert changed == ["wom/parameters.yaml", "wom/engine.py"]
    for file, before, after in steps():
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert text.count(before) == 1, file
        (tmp_path / file).write_text(text.replace(before, after), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(tmp_path)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (
        "economics.overhead_per_customer: must be 0 or more (currency per customer and month), is -1"
        in done.stdout
    )
