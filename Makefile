# Everything a newcomer or a machine needs. Only python3.11, make and git are assumed.
PYTHON ?= python3.11
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.run-installed
DEV    := $(VENV)/.dev-installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint types sql unit splits fuzz bench render docs clean

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

# Debian's bare python3.11 has no ensurepip: its python3.11-venv package brings it.
$(BIN)/python:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "installing python3.11-venv"; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$sudo apt-get update -qq && $$sudo apt-get install -qqy python3.11-venv; }
	$(PYTHON) -m venv $(VENV)

$(RUN): $(BIN)/python requirements/run.txt pyproject.toml
	$(BIN)/python -m pip install --no-input --quiet --disable-pip-version-check -r requirements/run.txt
	$(BIN)/python -m pip install --no-input --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(DEV): $(RUN) requirements/dev.txt
	$(BIN)/python -m pip install --no-input --quiet --disable-pip-version-check -r requirements/dev.txt
	@touch $@

demo: $(RUN)  ## Synthetic SNDS to a finished release in ./workspace
	$(BIN)/snds-omop demo

test: lint types sql unit  ## Every linter and every test

lint: $(DEV)  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV)  ## mypy --strict
	$(BIN)/mypy

sql: $(DEV)  ## sqlfluff on the dbt models
	$(BIN)/sqlfluff lint --processes 2 --disable-progress-bar dbt_project/models

unit: $(DEV)  ## pytest, dbt unit tests included
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

splits: $(DEV)  ## forty ways to cut a year of deliveries, each against a build of everything
	SNDS_TEST_SPLITS=40 $(BIN)/python -m pytest -q -n 2 tests/integration/test_second_delivery.py

bench: $(DEV)  ## Speed and memory, printed; not part of the tests
	@for bench in tests/performance/bench_*.py; do \
	  echo "== $$bench"; $(BIN)/python $$bench || exit 1; done

ORACLES ?= ../shared/oracles
.PHONY: readers
readers: $(DEV)  ## Our outputs against those of the real tools on the same data (ORACLES=folder)
	@$(BIN)/python -m tests.readers $(ORACLES)

mutants: $(DEV)  ## Change the code at random places: which changes does no test refuse?
	$(BIN)/python -m tests.mutation.mutants $(MUTANTS)

fuzz: $(DEV)  ## Whole deliveries damaged at random: FUZZ="--stagings 300 --builds 12 --first 1"
	$(BIN)/python -m tests.fuzz.deliveries $(FUZZ)

check: $(DEV)  ## One change: MODEL=name (compile, unit tests of dbt) or FILE=path (linters, its tests)
	@$(BIN)/python -m tests.mutation.check $(if $(MODEL),--model $(MODEL)) $(if $(FILE),--file $(FILE))

render: $(DEV)  ## Rewrite what is generated from contracts and specification
	$(BIN)/python -m etl.contracts.render
	$(BIN)/python -m etl.contracts.cdm.render
	$(BIN)/python -m etl.vocabulary.listed

build/demo/build/target/manifest.json: $(RUN)
	$(BIN)/snds-omop --workspace build/demo --quiet demo --persons 100

docs: $(RUN) build/demo/build/target/manifest.json  ## The whole documentation, generated pages included, in build/docs
	rm -rf build/docs && cp -r docs build/docs
	$(BIN)/python -m etl.contracts.pages build/docs
	$(BIN)/python -m etl.audit.fields build/docs
	$(BIN)/python -m data_quality.checks.pages build/docs
	$(BIN)/python -m etl.audit.dictionary build/demo build/docs
	$(BIN)/python -m etl.audit.completeness build/demo build/docs

clean:  ## Remove the virtual environment and the demo workspace
	rm -rf $(VENV) workspace
