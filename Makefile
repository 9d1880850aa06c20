# make report   a report from a fresh clone        make test   everything that CI checks
# make lab      JupyterLab on notebooks/           make bench  ratios against named baselines
# make docs     the site, in docs/_build/site
PYTHON ?= python3
PLAN   ?= data/sample/retailer/make-it-right.yaml
BIN    := .venv/bin

.PHONY: report test lab docs bench lock clean

report: .venv/.ready
	$(BIN)/wom run $(PLAN)

test: .venv/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/nbstripout --verify --extra-keys "metadata.papermill cell.metadata.papermill cell.metadata.execution" notebooks/*.ipynb
	$(BIN)/mypy
	$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

lab: .venv/.ready
	$(BIN)/jupyter lab --notebook-dir notebooks

docs: .venv/.ready
	$(BIN)/python docs/build.py

bench: .venv/.ready
	$(BIN)/python -m pip install -q --disable-pip-version-check -r benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "wom needs Python 3.11 or later; this is $$($(PYTHON) --version). Try: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Every package with its hash and no address of any index: the file serves whichever index pip is set to.
lock: .venv/.ready
	$(BIN)/uv pip compile -q --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --all-extras --group dev pyproject.toml -o requirements.lock

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
