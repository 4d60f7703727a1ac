# make run    install into .venv, make everything from the recipe and release the dataset
# make ui     the same in Dagster's web interface, at http://127.0.0.1:3000
# make test   lint, types, import layers and all tests
# make label-studio    install Label Studio into an environment of its own, and start it at http://127.0.0.1:8080
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
LABEL_STUDIO_VENV ?= $(CURDIR)/.venv-label-studio
LABEL_STUDIO_INSTALLED := $(LABEL_STUDIO_VENV)/.installed

.PHONY: run ui test test-fast lint bench label-studio clean
export DO_NOT_TRACK := 1
export LABEL_STUDIO_VENV
export LABEL_STUDIO_API_KEY ?= $(shell sed -n 's/^LABEL_STUDIO_API_KEY=//p' label-studio/data/account.env 2>/dev/null)

run: $(INSTALLED)
	$(BIN)/sourcing run

ui: $(INSTALLED)
	$(BIN)/dagster dev --host 127.0.0.1 --port 3000

test: lint $(LABEL_STUDIO_INSTALLED)
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

label-studio: $(LABEL_STUDIO_INSTALLED)
	label-studio/start

$(LABEL_STUDIO_INSTALLED): label-studio/requirements.txt
	$(PYTHON) -m venv $(LABEL_STUDIO_VENV)
	$(LABEL_STUDIO_VENV)/bin/pip install --quiet --disable-pip-version-check --requirement label-studio/requirements.txt
	touch $@

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) .venv-label-studio .dagster data/lake data/quarantine data/review data/releases data/erasures
