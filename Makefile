# make run, make test, make lint, make bench. All set themselves up; only Python 3.11 or newer is needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501
PYTEST_WORKERS ?= 3
# A file of tests is run by one worker, which makes what they share once; in the order of files, the longest come early.
SPREAD := -n $(PYTEST_WORKERS) --dist loadfile --no-loadscope-reorder

.PHONY: run test lint bench demo format clean

# The synthetic practice is for those who have no data of their own yet.
run: $(VENV)/.run
	@test -n "$$DATABASE_URL" -o -e data/patient_accounts.duckdb || $(BIN)/python -m data_access demo --if-missing
	$(BIN)/python -m streamlit run dashboard.py --server.port $(PORT)

demo: $(VENV)/.run
	$(BIN)/python -m data_access demo

test: $(VENV)/.dev
	CHROMIUM="$$($(BIN)/python -m tests.browser.find_browser)" $(BIN)/python -m pytest $(SPREAD)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; set PYTHON to it: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV) || \
		{ echo "This Python cannot make virtual environments; on Debian install the package python3-venv."; exit 1; }

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.run

clean:
	rm -rf $(VENV) artifacts .pytest_cache .mypy_cache .ruff_cache .hypothesis
