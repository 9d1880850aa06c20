"""The command line as people use it: exit codes, messages, and nothing half-written."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

import wom
from wom import cli
from wom.data.description import Corrections, Description, build
from wom.data.sources import KINDS, RULES, Source

ROOT = Path(wom.__file__).parents[1]
SAMPLES = sorted(wom.files.samples())


@pytest.fixture
def shop(tmp_path):
    """A copy of the retailer's files, to be broken."""
    shutil.copytree(wom.files.samples()["retailer/today"].parent, tmp_path / "shop")
    return tmp_path / "shop"


def wrong(capsys, *arguments):
    """Run what must be refused: exit code 2, a message of a few lines, no traceback."""
    assert cli.main(list(arguments)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("wom: ")
    assert len(said.err.splitlines()) <= 5
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize("name", SAMPLES)
def test_check_says_fine_and_what_the_file_rests_on(name, capsys):
    assert cli.main(["check", name]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{name}: fine")
    assert "figures of the business's own" in said


def test_check_finds_figures_that_contradict_each_other(shop, capsys):
    file = shop / "today.yaml"
    file.write_text(file.read_text().replace("referral_share: 0.19", "referral_share: 0.95"))
    said = wrong(capsys, "check", str(file))
    assert str(file) in said
    assert "referral_share" in said
    assert "at most" in said


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ("experience.bad_shar=0.1", ["experience.bad_shar", "did you mean experience.bad_share?"]),
        ("experience.bad_share=1.2", ["today.experience.bad_share", "from 0 to 1", "1.2"]),
        ("experience.bad_share=lots", ["must be a number", "'lots'"]),
        ("experience.bad_share", ["KEY=VALUE"]),
        ("horizon_months=soon", ["horizon_months", "'soon'"]),
        ("horizon_months=2.5", ["horizon_months"]),
    ],
)
def test_set_refuses_what_the_file_would_refuse(shop, capsys, change, parts):
    output = shop / "out"
    said = wrong(capsys, "run", str(shop / "today.yaml"), "--set", change, "--output", str(output))
    assert all(part in said for part in parts), said
    assert not output.exists()


def test_an_unknown_sample_or_notebook_names_the_nearest(shop, capsys):
    assert "did you mean retailer/today?" in wrong(capsys, "run", "retailer/tody")
    said = wrong(capsys, "run", "retailer/today", "--notebook", "scenario_raport", "--output", str(shop / "out"))
    assert "scenario_report" in said


def test_plans_of_different_businesses_are_refused_before_a_kernel_starts(tmp_path, capsys):
    output = tmp_path / "out"
    plans = ["supplier/call-back", "retailer/make-it-right"]
    said = wrong(capsys, "run", *plans, "--notebook", "compare_plans", "--output", str(output))
    assert "currency" in said
    assert not output.exists()


def test_more_than_one_plan_needs_a_notebook_that_compares(capsys):
    said = wrong(capsys, "run", "retailer/make-it-right", "retailer/front-line-training")
    assert "others" in said


def test_usage_errors_exit_with_two(capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(["walk"])
    assert stopped.value.code == 2
    assert "invalid choice" in capsys.readouterr().err


def test_schema_is_valid_and_takes_every_sample(capsys):
    assert cli.main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    for name in SAMPLES:
        check.validate(wom.load(name).data)
    check.validate({"extends": "today.yaml", "plan": [{"event": "x", "month": 3}]})


@pytest.mark.parametrize(
    "change",
    [
        {"today": {"experience": {"good_share": 1.5}}},
        {"today": {"experience": {"good_shar": 0.5}}},
        {"plan": [{"initiative": "x", "changes": {"experience.bad_shar": 0.1}}]},
        {"plan": [{"initiative": "x", "changes": {"market.size": 10}}]},
        {"plan": [{"initiative": "x", "changes": {"experience.bad_share": {"times": 2}}}]},
        {"horizon_months": 0},
        {"customer_type": "pets"},
        {"colour": "red"},
    ],
)
def test_schema_refuses_what_the_loader_refuses(change):
    check = jsonschema.Draft202012Validator(wom.schema.schema())
    data = wom.files.merged(wom.load("retailer/today").data, change)
    assert not check.is_valid(data)
    with pytest.raises(wom.InputError):
        wom.load(data)


def test_schema_takes_keys_of_one_segment():
    check = jsonschema.Draft202012Validator(wom.schema.schema())
    assert check.is_valid(wom.load("supplier/right-first-time").data)
    wrong_key = {"segments.custom.experience.bad_shar": 0.1}
    assert not check.is_valid({"extends": "today.yaml", "plan": [{"initiative": "x", "changes": wrong_key}]})


@pytest.mark.notebook
def test_run_from_another_folder_prints_where_to_look_and_three_numbers(tmp_path, shop):
    """As a person would: the installed command, in a folder of their own, with spaces and accents in its name."""
    place = tmp_path / "Müller & Söhne"
    place.mkdir()
    command = [sys.executable, "-m", "wom", "run", str(shop / "make-it-right.yaml"), "--set", "horizon_months=24"]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0] == "Make it right on the spot"
    assert len([line for line in lines if line.startswith("  ")]) == 3
    page = place / lines[-1].removeprefix("Open ")
    assert page.is_file()
    results = json.loads((page.parent / "results.json").read_text())
    assert results["numbers"]["horizon_months"] == 24
    wanted = wom.effect(wom.load(shop / "make-it-right.yaml").replace({"horizon_months": 24}))
    assert results["numbers"]["net_present_value"] == pytest.approx(
        wanted.headlines["net_present_value"], rel=1e-12
    )
    assert results["scenario"] == wanted.scenario.data
    manifest = json.loads((page.parent / "manifest.json").read_text())
    assert {Path(name).name for name in manifest["inputs"]} >= {"make-it-right.yaml", "today.yaml"}


@pytest.mark.notebook
def test_a_run_that_fails_exits_with_one_and_is_kept_apart(tmp_path, shop, capsys):
    notebook = tmp_path / "broken.ipynb"
    source = json.loads((ROOT / "notebooks" / "scenario_report.ipynb").read_text())
    source["cells"][2]["source"] = ["1 / 0"]
    notebook.write_text(json.dumps(source))
    output = tmp_path / "out"
    assert cli.main(["run", str(shop / "today.yaml"), "--notebook", str(notebook), "--output", str(output)]) == 1
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert "Traceback" not in said
    assert not (output / "latest").exists()
    seen = [path.name for path in output.iterdir() if not path.name.startswith(".")]
    assert sorted(name.split("-")[0] for name in seen) == ["failed", "index.html"]
    assert "ZeroDivisionError" in (output / "index.html").read_text()


def test_the_page_on_data_yaml_names_every_key_and_column_and_its_example_is_valid():
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    example = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])
    assert build(example).names == ("payments", "experiences", "talk")
    top = {"first": "from", "last": "to"}
    names = [top.get(name, name) for name in Description.model_fields]
    names += [*Source.model_fields, "covers", "rule", *Corrections.model_fields, *RULES]
    names += [column for table in KINDS.values() for column in (*table.needed, *table.others)]
    assert not [name for name in names if f"`{name}`" not in page]
