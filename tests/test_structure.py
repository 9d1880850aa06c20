"""The shape of the tree: imports go down, modules stay small, and what is committed is true and clean."""

import ast
import graphlib
import inspect
import io
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

import wom

ROOT = Path(__file__).parents[1]

ORDER = [
    "errors", "units", "words", "files", "parameters", "evidence", "processes", "plan", "scenario",
    "engine", "anchoring", "reach", "assumptions", "draws", "_run", "worth", "_effect", "analysis",
    "population", "data",
    "calibration", "exhibits", "wom", "report", "cli", "__main__",
]  # fmt: skip
"""Reading order is import order: each module or folder imports only what stands before it. `wom` is the package's
own face, wom/__init__.py."""

LATE = {
    ("_run", "analysis"): "chance, when a run with chance is asked for",
}
"""What the core imports from a folder above it, late and for a reason."""

BUDGETS = {
    "core": (5_900, 19),
    "analysis": (3_590, 11),
    "population": (1_145, 4),
    "data": (3_770, 11),
    "calibration": (5_170, 12),
    "exhibits": (5_525, 16),
    "report": (4_655, 16),
}
"""Most lines and most files of a folder: what stands, lowered as ideas are taken together. A module is a whole
thought, of any length."""


# --- modules ----------------------------------------------------------------------------------------------


def modules() -> dict[str, Path]:
    """Every module of the package by its dotted name."""
    files = {}
    for file in sorted((ROOT / "wom").rglob("*.py")):
        parts = file.relative_to(ROOT).with_suffix("").parts
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return files


MODULES = modules()


def imported(name: str) -> set[str]:
    """Modules of the package that a module imports, wherever in it, in functions and for type checkers too."""
    file = MODULES[name]
    package = name if file.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            inner = {f"{source}.{alias.name}" for alias in node.names}
            found |= (inner & set(MODULES)) | ({source} if inner - set(MODULES) else set())
    return (found & set(MODULES)) - {name}


@cache
def graph() -> dict[str, set[str]]:
    """What each module imports of the package."""
    return {name: imported(name) for name in MODULES}


def place(name: str) -> str:
    """The module or folder directly under the package that a module belongs to."""
    return name.split(".")[1] if "." in name else name


def test_no_imports_go_in_a_circle():
    order = list(graphlib.TopologicalSorter(graph()).static_order())  # raises CycleError with the circle in it
    assert set(order) == set(MODULES)


def test_every_module_has_its_place_in_the_reading_order():
    places = {place(name) for name in MODULES}
    assert len(set(ORDER)) == len(ORDER)
    assert not set(ORDER) - places, "gone; take it out of ORDER"
    for new in places - set(ORDER):
        needed = {place(other) for name in MODULES if place(name) == new for other in graph()[name]} & set(ORDER)
        last = max(needed, key=ORDER.index, default="nothing")
        raise AssertionError(f"{new} is not in ORDER; it can stand right after {last}")


def test_imports_only_go_down():
    known = {name: rank for rank, name in enumerate(ORDER)}
    upwards = [
        f"{name} imports {other}"
        for name, others in graph().items()
        for other in others
        if place(name) != place(other)
        and known.get(place(name), 0) < known.get(place(other), 0)
        and (place(name), place(other)) not in LATE
    ]
    assert not upwards


def folder(name: str) -> str:
    """The folder of the package that a module lies in; the core for what lies directly under it."""
    inside = place(name)
    return inside if MODULES[name] != ROOT / "wom" / f"{inside}.py" and name != "wom" else "core"


@pytest.mark.parametrize("room", BUDGETS)
def test_a_folder_stays_within_its_budget(room):
    files = [file for name, file in MODULES.items() if folder(name) == room and name != "wom.cli"]
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    assert (lines, len(files)) <= BUDGETS[room]
    assert len(files) <= BUDGETS[room][1]


def test_the_door_shows_what_is_promised_and_nothing_else():
    assert dir(wom) == sorted(wom.__all__)
    assert len(wom.__all__) <= 45
    for name in wom.__all__:
        thing = getattr(wom, name)
        if not inspect.ismodule(thing):  # no function hides a module of its name
            assert f"wom.{name}" not in MODULES, name


def test_the_door_tells_type_checkers_what_it_gives():
    told = {}
    for node in ast.walk(ast.parse(Path(wom.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level:
            told |= {alias.asname: f".{node.module or ''}" for alias in node.names if alias.asname}
    assert told == {name: f".{module}" for module, names in wom._FROM.items() for name in names.split()}


def test_the_door_opens_at_once_and_simulating_loads_nothing_that_draws_or_runs_notebooks():
    heavy = ["matplotlib", "papermill", "nbconvert", "nbclient", "IPython", "playwright", "scipy.stats"]
    code = f"""
import sys, wom, wom.cli
assert not {{"numpy", "pandas", "pydantic", "scipy"}} & set(sys.modules)
wom.simulate("retailer/today")
print([name for name in {heavy} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


# --- docstrings -------------------------------------------------------------------------------------------


def without_example(module: object, names: list[str]) -> Iterator[str]:
    """Functions and classes whose docstring shows no use."""
    for name in names:
        thing = getattr(module, name)
        if (inspect.isfunction(thing) or inspect.isclass(thing)) and ">>>" not in (thing.__doc__ or ""):
            yield f"{thing.__module__}.{name}"


def test_what_users_call_has_an_example():
    lacking = list(without_example(wom, wom.__all__))
    for module in (wom.evidence, wom.assumptions):
        own = [
            key
            for key, thing in vars(module).items()
            if inspect.isfunction(thing) and thing.__module__ == module.__name__ and not key.startswith("_")
        ]
        lacking += without_example(module, own)
    assert not lacking


# --- environment ------------------------------------------------------------------------------------------

OTHER_NAMES = {"matplotlib-base": "matplotlib", "ibis-duckdb": "ibis-framework"}
"""conda-forge's packages: without the Qt that nothing here opens; with the DuckDB of Ibis's extra."""


def bounds(requirements: list[str]) -> dict[str, frozenset[str]]:
    """Version bounds by package."""
    parsed = [Requirement(line) for line in requirements]
    names = [OTHER_NAMES.get(requirement.name.lower(), requirement.name.lower()) for requirement in parsed]
    assert len(set(names)) == len(names)
    return {
        name: frozenset(map(str, requirement.specifier)) for name, requirement in zip(names, parsed, strict=True)
    }


def with_extras(project: dict) -> list[str]:
    """What `wom[all]` installs."""
    extras = project["optional-dependencies"]
    names = Requirement(*extras["all"]).extras
    assert names == set(extras) - {"all"}
    return project["dependencies"] + [line for name in sorted(names) for line in extras[name]]


def test_environment_yml_holds_the_packages_and_bounds_of_pyproject_toml():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == project["name"]
    *listed, last = environment["dependencies"]
    assert last == {"pip": ["-e ."]}  # the package itself, and nothing else from there
    conda = bounds(listed)
    assert conda.pop("python") == {project["requires-python"]}
    assert conda.pop("pip") == frozenset()
    assert conda == bounds(with_extras(project))


def test_the_lock_holds_every_package_of_pyproject_toml_with_a_hash_and_within_bounds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = with_extras(project["project"]) + project["dependency-groups"]["dev"]
    entries = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    locked = {}
    for entry in entries:
        if entry.strip() and not entry.lstrip().startswith("#"):
            assert "--hash=sha256:" in entry, entry[:80]
            requirement = Requirement(entry.split("--hash")[0].strip())
            (version,) = requirement.specifier
            locked.setdefault(requirement.name.lower().replace("_", "-"), []).append(version.version)
    for line in wanted:
        requirement = Requirement(line)
        versions = locked[requirement.name.lower().replace("_", "-")]
        assert all(requirement.specifier.contains(version) for version in versions), line


# --- what is committed ------------------------------------------------------------------------------------


def tracked() -> list[Path]:
    """Files of the repository as they are now."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout: nothing says which files are the project's")
    done = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True, cwd=ROOT)
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> Iterator[tuple[str, str]]:
    """Name and text of every tracked file that is one."""
    for file in tracked():
        try:
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture


def test_locks_name_no_index():
    locks = {name: text for name, text in texts() if name.endswith(".lock")}
    assert "requirements.lock" in locks
    for name, text in locks.items():
        for address in ("index-url", "find-links", "trusted-host", ":" + "//"):
            assert address not in text, name


def test_no_file_names_a_place_on_this_machine():
    checkout = str(ROOT)
    assert len(ROOT.parts) > 2, "too short a path to look for; check out somewhere else"
    for name, text in texts():
        assert "file:" + "//" not in text, name
        assert checkout not in text, name


# --- notebooks --------------------------------------------------------------------------------------------

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WITHOUT_PARAMETERS = {"explore.ipynb"}

every_notebook = pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.name)


def code_cells(file: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in nbformat.read(file, as_version=4).cells if cell.cell_type == "code"]


def parameter_cells(file: Path) -> list[nbformat.NotebookNode]:
    return [cell for cell in code_cells(file) if "parameters" in cell.metadata.get("tags", [])]


def test_there_are_notebooks():
    assert {"scenario_report.ipynb", "explore.ipynb"} <= {file.name for file in NOTEBOOKS}


@every_notebook
def test_notebooks_are_committed_clean_and_for_any_environments_kernel(file):
    notebook = nbformat.read(file, as_version=4)
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in code_cells(file):
        assert cell.outputs == []
        assert cell.execution_count is None


@every_notebook
def test_notebooks_compute_nothing_themselves(file):
    programs = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.For, ast.AsyncFor, ast.While)
    for cell in code_cells(file):
        found = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, programs)]
        assert not found, cell.source


@every_notebook
def test_parameters_are_literals_with_a_type_and_a_comment(file):
    cells = parameter_cells(file)
    if not cells and file.name in WITHOUT_PARAMETERS:
        return
    (cell,) = cells
    comments = {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(cell.source).readline)
        if token.type == tokenize.COMMENT
    }
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.AnnAssign), ast.unparse(statement)
        assert statement.value is not None
        ast.literal_eval(statement.value)
        assert {statement.lineno - 1, *range(statement.lineno, statement.end_lineno + 1)} & comments, cell.source
