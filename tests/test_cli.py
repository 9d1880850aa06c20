"""The command line as people use it: exit codes, messages, and nothing half-written."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

import wom
from reports import PUBLISH, WOM, notebook
from wom import cli
from wom.data.description import KINDS, RULES, Corrections, Description, Source, build
from wom.exhibits import tables
from wom.report import store

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


SET = {
    "experience.bad_shar=0.1": "experience.bad_shar: unknown key; did you mean experience.bad_share?",
    "experience.bad_share=1.2": "today.experience.bad_share: must be from 0 to 1 (share), is 1.2",
    "experience.bad_share=120%": "from 0 to 1 (share), is 1.2",
    "economics.spend_per_customer=6%": "is no share, so no percentage; give it in currency",
    "experience.bad_share=lots": "must be a number from 0 to 1 (share), is 'lots'",
    "experience.bad_share": "KEY=VALUE",
    "horizon_months=soon": "horizon_months: must be a whole number, is 'soon'",
    "horizon_months=2.5": "horizon_months: must be a whole number, is 2.5",
}


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        *((["retailer/today", "--set", change], part) for change, part in SET.items()),
        (["retailer/tody"], "did you mean retailer/today?"),
        (["retailer/today", "--notebook", "scenario_raport"], "scenario_report"),
        (["supplier/call-back", "retailer/make-it-right", "--notebook", "compare_plans"], "currency"),
        (["retailer/make-it-right", "retailer/front-line-training"], "others"),  # a notebook that compares none
    ],
)
def test_what_is_refused_before_a_kernel_starts(arguments, part, tmp_path, capsys):
    assert part in wrong(capsys, "run", *arguments, "--output", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


_CHANGES = ({"experience.bad_shar": 0.1}, {"market.size": 10}, {"experience.bad_share": {"times": 2}},
            {"segments.custom.experience.bad_shar": 0.1})  # fmt: skip
_SLIPS = [
    {"today": {"experience": {"good_share": 1.5}}}, {"today": {"experience": {"good_shar": 0.5}}},
    {"horizon_months": 0}, {"customer_type": "pets"}, {"colour": "red"},
    *({"plan": [{"initiative": "x", "changes": change}]} for change in _CHANGES),
]  # fmt: skip
_TABLES = yaml.safe_load((wom.files.find("retailer/today").parent / "tables" / "data.yaml").read_text())
_THEIRS = {"file": "c.csv", "columns": {"id": "No", "came_by": 7}, "values": {"came_by": {"recommendation": "a"}}}
_RATED = {"file": "e.csv", "rule": {"good": [9, 10], "bad": [0, 6]}, "covers": "survey"}


@pytest.mark.parametrize(
    ("options", "load", "good", "bad"),
    [
        ([], wom.load, [wom.load(name).data for name in SAMPLES],
         [wom.files.merged(wom.load("retailer/today").data, slip) for slip in _SLIPS]),
        (["--data"], build,
         [_TABLES | {name: str(_TABLES[name]) for name in ("from", "to")},  # JSON has no dates
          {"customers": _THEIRS}, {"experiences": _RATED},
          {"monthly": {"table": "m"}, "connection": "duckdb:///a.db"}],
         [{"payment": {"file": "p.csv"}}, {"payments": {"fil": "p.csv"}}, {"title": "no table"},
          {"customers": _THEIRS | {"columns": {"no": "x"}}},
          {"customers": _THEIRS | {"values": {"came_by": {"friend": "a"}}}},
          {"experiences": _RATED | {"rule": "npc"}}, {"experiences": _RATED | {"covers": "some"}}]),
    ],
    ids=["scenario", "data"],
)  # fmt: skip
def test_the_schema_takes_what_loads_and_refuses_what_does_not(options, load, good, bad, capsys):
    assert cli.main(["schema", *options]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator.check_schema(schema)
    check = jsonschema.Draft202012Validator(schema)
    for data in good:
        check.validate(data)
        load(data)
    for data in bad:
        assert not check.is_valid(data), data
        with pytest.raises(wom.InputError):
            load(data)
    assert check.is_valid({"extends": "today.yaml", "plan": [{"event": "x", "month": 3}]}) == (not options)


def test_the_page_on_data_yaml_names_every_key_and_column_and_its_example_is_valid():
    page = (ROOT / "docs" / "data.md").read_text(encoding="utf-8")
    example = yaml.safe_load(page.split("```yaml\n")[1].split("```")[0])
    assert build(example).names == ("payments", "experiences", "talk")
    top = {"first": "from", "last": "to"}
    names = [top.get(name, name) for name in Description.model_fields]
    names += [*Source.model_fields, "covers", "rule", *Corrections.model_fields, *RULES]
    names += [column for table in KINDS.values() for column in (*table.needed, *table.others)]
    assert not [name for name in names if f"`{name}`" not in page]


@pytest.mark.parametrize(
    ("name", "module", "rest", "code", "said"),
    [
        ("wom", "numpy", "from wom import cli; sys.exit(cli.main(['check', 'retailer/today']))", 130, "wom: stop"),
        ("wom", "yaml", "import wom.cli", -signal.SIGINT, "wom: stop"),  # which a shell calls 130
        ("analysis.py", "yaml", "import wom.cli", -signal.SIGINT, "Traceback"),  # somebody's own program
    ],
)
def test_ctrl_c_while_a_module_is_imported_is_a_word_and_no_traceback(name, module, rest, code, said, tmp_path):
    """Whatever takes long to import is where the key is pressed."""
    pressed = f"import sys\nclass Key:\n    def find_spec(self, name, *_):\n        if name == {module!r}:\n"
    pressed += f"            raise KeyboardInterrupt\nsys.meta_path.insert(0, Key())\n{rest}"
    (tmp_path / name).write_text(pressed)
    done = subprocess.run([sys.executable, str(tmp_path / name)], capture_output=True, text=True, check=False)
    assert done.returncode == code
    assert done.stderr.startswith(said)


# --- files that describe tables -------------------------------------------------------------------------------


def test_a_description_of_tables_is_told_from_a_scenario(tmp_path, capsys):
    file = tmp_path / "data.yaml"
    file.write_text("title: Shop\npayments: {file: payments.csv}\n")
    said = wrong(capsys, "run", str(file))
    assert f"is a description of tables; make a scenario of it: wom calibrate {file}" in said
    file.write_text("title: Shop\nreviews: {reader_share: 0.4}\n")  # no table, but a scenario without its today
    for asked in ("run", "check"):
        assert "description of tables" not in wrong(capsys, asked, str(file))


def test_a_comparison_has_a_folder_of_its_own_for_each_choice_of_plans():
    first = Path("/shop/training.yaml")
    chosen = [[], ["/shop/refunds.yaml"], ["/shop/refunds.yaml", "/shop/hours.yaml"], ["/other/refunds.yaml"]]
    many = [[f"/shop/a-rather-long-name-of-a-plan-{number}.yaml" for number in range(4)] + [f"/shop/{end}.yaml"]
            for end in "ab"]  # fmt: skip
    names = []
    for others in (*chosen, *many):
        options = cli.parser().parse_args(["run", str(first), *others, "--notebook", "compare_plans"])
        names.append(store.named(Path("/reports"), *cli._name(options, [first, *map(Path, others)])).name)
    assert len(set(names)) == len(names)
    assert names[1] == "shop-training-with-refunds-compare-plans"
    assert all(len(name) <= 100 for name in names)


def test_a_sample_can_be_a_base(tmp_path, capsys):
    (tmp_path / "mine.yaml").write_text(
        "extends: retailer/today\ntitle: Mine\ntoday: {experience: {bad_share: 0.1}}\n"
    )
    case = wom.load(tmp_path / "mine.yaml")
    assert case.today.given()["experience.bad_share"] == 0.1
    assert wom.files.chain(tmp_path / "mine.yaml")[1] == wom.files.samples()["retailer/today"]
    (tmp_path / "slip.yaml").write_text("extends: retailer/tody\n")
    assert "no file 'retailer/tody'" in wrong(capsys, "check", str(tmp_path / "slip.yaml"))
    (tmp_path / "retailer").mkdir()
    (tmp_path / "retailer" / "today").write_text("today: {}\n")  # what stands beside comes first
    assert wom.files.chain(tmp_path / "mine.yaml")[1] == tmp_path / "retailer" / "today"


def test_two_files_of_one_name_in_two_folders_are_two_businesses(tmp_path):
    root, places = tmp_path / "reports", []
    for side in ("north", "south", "north", "south"):
        file = tmp_path / side / "shop" / "today.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        options = cli.parser().parse_args(["run", str(file), "--reports", str(root)])
        place, _ = cli._place(options, *cli._name(options, [file]))
        place["output"].mkdir(parents=True, exist_ok=True)
        store.claim_source(place["output"], place["source"])
        places.append(place["output"].name)
    assert places[0] == "shop-today"
    assert places[:2] == places[2:]
    assert places[0] != places[1]
    with pytest.raises(store.BusyError, match="has just been given to"):
        store.claim_source(root / places[0], "elsewhere")
    moved = tmp_path / "moved"  # together with its reports: the history goes on
    moved.mkdir()
    for name in ("north", "reports"):
        shutil.move(tmp_path / name, moved)
    options = cli.parser().parse_args(["run", "x", "--reports", str(moved / "reports")])
    place, _ = cli._place(options, *cli._name(options, [moved / "north" / "shop" / "today.yaml"]))
    assert place["output"].name == places[0]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's full device")
@pytest.mark.parametrize(
    ("command", "code", "said"),
    [
        ("check retailer/today > /dev/full", 1, "wom: standard output: No space left on device\n"),
        ("check retailer/today >&-", 0, ""),
        ("check retailer/today | true", 0, ""),
        ("check nowhere --json > /dev/full 2> /dev/null", 2, ""),
        ("check nowhere --json 2> /dev/null | true", 2, ""),
        ("check nowhere 2> /dev/full", 2, ""),
        ("check nowhere 2>&-", 2, ""),
        ("new nowhere <&- 2>/dev/null", 2, ""),
    ],
)
def test_a_standard_stream_that_is_full_or_closed(command, code, said):
    command = f"set -o pipefail; {WOM[0]} -m wom {command}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", said)


def test_a_console_that_cannot_show_a_sign_shows_another():
    said = "import wom.cli; wom.cli._open_streams(); print('−5\\xa0€ → “x” 名')"
    env = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, check=True, env=env)
    assert done.stdout.decode("cp1252") == "-5\xa0€ -> “x” ?\n"


def test_a_working_directory_that_is_gone(tmp_path):
    command = f"mkdir gone; cd gone; rmdir ../gone; {' '.join(WOM)} check retailer/today"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=tmp_path)
    said = "wom: the folder that you are in is gone; change to one that is there\n"
    assert (done.returncode, done.stderr) == (1, said)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
def test_a_name_that_is_no_text(tmp_path, capsys):
    shutil.copy(wom.files.samples()["retailer/today"], tmp_path / "caf\udcff.yaml")
    assert "is no name of a file" in wrong(capsys, "run", str(tmp_path / "caf\udcff.yaml"))


def test_a_name_that_is_too_long(capsys):
    for arguments in (["x"], ["retailer/today", "--output", "x"], ["retailer/today", "--notebook", "x"]):
        assert cli.main(["run", *arguments[:-1], "x" * 300]) in (1, 2)
        assert re.search("too long|is no name of a", capsys.readouterr().err)


def test_check_of_several_files_as_pre_commit_calls_it(shop, capsys):
    files = [shop / "today.yaml", shop / "make-it-right.yaml", shop / "tables" / "data.yaml"]
    assert cli.main(["check", *map(str, files), "supplier/today"]) == 0
    said = capsys.readouterr()
    assert said.out.count(": fine") == 4
    assert said.out.count("figures of the business's own") == 3
    assert f"becomes a scenario with: wom calibrate {files[2]}" in said.out
    assert cli.main(["check", str(files[0]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["customers"] == pytest.approx(5000, rel=1e-9)  # anchoring is exact
    files[0].write_text("today: {experience: {bad_shar: 1}}\n")
    assert cli.main(["check", "--json", *map(str, files)]) == 2
    said = capsys.readouterr()
    assert [one["fine"] for one in json.loads(said.out)] == [False, False, True]
    assert said.err.count("did you mean bad_share?") == 2
    assert str(files[0]) in said.err
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["entry"] for hook in hooks] == ["wom check"]


def made(folder: Path, name: str, since: str | None, **numbers: float) -> Path:
    """A run as far as alerts look into it."""
    run = folder / name
    run.mkdir(parents=True)
    store.write(
        run, {"status": "done", "since": {"run": since} if since else None, "summary": {"currency": "USD"}}
    )
    (run / "results.json").write_text(json.dumps({"numbers": numbers}))
    return run


def test_alerts(tmp_path):
    first = made(tmp_path, "a", None, net=-5.0, revenue=1000.0)
    second = made(tmp_path, "b", "a", net=5.0, revenue=940.0)
    rules = [cli._alert(text) for text in ("net<0", "revenue:-5%")]
    (said,) = cli._alerts(first, rules)
    assert said.startswith("Net, in today's money is −USD")
    (said,) = cli._alerts(second, rules)
    assert "Revenue moved by -6.0 % since the last run" in said
    assert cli._alerts(second, [cli._alert("revenue:+5%"), cli._alert("revenue:-7%"), cli._alert("net>5")]) == []
    with pytest.raises(wom.InputError, match=r"did you mean revenue\?"):
        cli._alerts(second, [cli._alert("revenu<1")])
    for text in ("net", "net<", "net:5", "net<5%", "net:0%"):
        with pytest.raises(SystemExit):
            cli.parser().parse_args(["run", "x", "--alert", text])
    with pytest.raises(SystemExit):
        cli.parser().parse_args(["calibrate", "x", "--seed", "-1"])


def test_figures_for_programs_come_with_their_label_and_range(tmp_path, capsys):
    run = made(tmp_path, "a", None, net=5.0)
    table = wom.spread(wom.load("retailer/make-it-right"), draws=20).intervals
    results = {"numbers": {"net": 5.0}, "intervals": tables.split(table), "chance_of_loss": 0.3}
    (run / "results.json").write_text(json.dumps(results))
    store.write(run, {"status": "done", "summary": {"basis": "back-tested"}})
    cli._say_run(run, plain=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["basis"], told["chance_of_loss"]) == ("back-tested", 0.3)
    assert told["intervals"]["net"] == table.loc["net"].to_dict()


def test_results_of_somebodys_own_notebook_may_be_anything(tmp_path, capsys):
    run = made(tmp_path, "a", None)
    for headline in ({"columns": ["a", "b", "c"], "data": [[1, 2.5, None]]}, {"a": 1}, [1], None):
        (run / "results.json").write_text(json.dumps({"headline": headline, "numbers": {"x": "text"}}))
        cli._say_run(run, plain=False)
        assert cli._alerts(run, [cli._alert("x<1")]) == ["X has no value"]


@pytest.mark.parametrize("error", [ImportError("libblas.so: failed to map segment"), MemoryError()])
def test_too_little_memory_is_said(error, monkeypatch, capsys):
    def fails(_: object) -> int:
        raise error

    monkeypatch.setattr(cli, "check", fails)
    assert cli.main(["check", "retailer/today"]) == 1
    said = f"wom: {str(error) or 'out of memory'}; is there a limit of memory (ulimit -v)?\n"
    assert capsys.readouterr().err == said


@pytest.mark.notebook
def test_without_a_home_or_a_console_and_what_a_kernel_can_do(tmp_path, shop):
    """Magics, commands, widgets and processes of its own work, and nothing of the user's is written or read."""
    cells = ["%matplotlib inline\n!echo hello", "%%bash\necho hi", "import ipywidgets; ipywidgets.IntSlider()",
             "import multiprocessing\ndef more(x): return x + 1\n"
             "with multiprocessing.Pool(2) as pool: assert pool.map(more, [1, 2]) == [2, 3]", PUBLISH]  # fmt: skip
    path = notebook(tmp_path / "n.ipynb", *cells)
    nowhere = dict.fromkeys(("HOME", "IPYTHONDIR", "XDG_CACHE_HOME", "JUPYTER_RUNTIME_DIR"), "/proc/nowhere")
    command = [*WOM, "run", str(shop / "today.yaml"), "--notebook", str(path), "--output", str(tmp_path / "out"),
               "--json", "--no-deck", "--no-notebook", "--on-success", f"cp -t {tmp_path}"]  # fmt: skip
    done = subprocess.run(
        ["bash", "-c", f"{shlex.join(command)} <&- 2>&-"],
        capture_output=True, text=True, check=False, env={**os.environ, **nowhere},
    )  # fmt: skip
    assert done.returncode == 0
    told = json.loads(done.stdout)
    assert told["numbers"] == {"npv": 1.0, "months": 36}
    assert not (Path(told["run"]) / "notebook.ipynb").exists()
    assert json.loads((tmp_path / "manifest.json").read_text())["wanted"]["notebook"] is False
