# make run    install into .venv, make everything from the recipe and release the dataset
# make ui     the same in Dagster's web interface, at http://127.0.0.1:3000
# make test   lint, types, import layers and all tests
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: run ui test test-fast lint bench clean
export DO_NOT_TRACK := 1

run: $(INSTALLED)
	$(BIN)/sourcing run

ui: $(INSTALLED)
	$(BIN)/dagster dev --host 127.0.0.1 --port 3000

test: lint
	$(BIN)/pytest

test-fast: $(INSTALLED)
	$(BIN)/pytest -m "not slow"

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .dagster data/lake data/quarantine data/review data/releases data/erasures
