# Everything a newcomer or a machine needs. Only make, git and one Python from 3.11 to 3.14 are assumed.
VERSIONS := 3.11 3.12 3.13 3.14
WORKS     = import sys; sys.exit(sys.version_info[:2] < (3, 11) or sys.version_info[:2] > (3, 14))
# The first that starts: a name on the path may be a shim of a version that is not installed.
PYTHON ?= $(shell for v in $(VERSIONS); do python$$v -c '$(WORKS)' 2>/dev/null && echo python$$v && break; done)
VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.run-installed
DEV    := $(VENV)/.dev-installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint types sql unit splits fuzz extremes faults mutants bench render docs site meds wheelhouse offline versions clean

help:  ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

# Debian's bare python3.x has no ensurepip: its package python3.x-venv brings it.
$(BIN)/python:
	@[ -n "$(PYTHON)" ] || { echo "no Python from 3.11 to 3.14 was found; name one: make PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -c '$(WORKS)' || { echo "$(PYTHON) does not start, or is not a Python from 3.11 to 3.14"; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'); \
	  echo "installing $$package"; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); \
	  $$sudo apt-get update -qq && $$sudo apt-get install -qqy $$package; }
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

# omop-meds pins other versions than ours: it has an environment of its own.
meds:  ## omop-meds in build/meds, for the comparison of `make readers` (Python 3.12 or later)
	@python=$$(for v in 3.12 3.13 3.14; do for p in python$$v $$HOME/.pyenv/versions/$$v.*/bin/python$$v; do \
	  $$p -c '' 2>/dev/null && echo $$p && exit; done; done); \
	  [ -n "$$python" ] || { echo "no Python from 3.12 to 3.14 was found"; exit 2; }; \
	  $$python -m venv build/meds && build/meds/bin/pip install --quiet --disable-pip-version-check omop-meds==0.3.0

.PHONY: cluster
cluster: $(DEV)  ## A build on a real cluster of Spark on 127.0.0.1, compared with DuckDB's
	SNDS_TEST_CLUSTER=1 $(BIN)/python -m pytest -q -s tests/cluster

mutants: $(DEV)  ## Change the code at random places: which changes does no test refuse?
	$(BIN)/python -m tests.mutation.mutants $(MUTANTS)

fuzz: $(DEV)  ## Whole deliveries damaged at random: FUZZ="--stagings 300 --builds 12 --first 1"
	$(BIN)/python -m pytest -q -n 2 --hypothesis-profile search tests/unit/loaders tests/unit/core/test_ids.py
	$(BIN)/python -m tests.fuzz.deliveries $(FUZZ)

extremes: $(DEV)  ## Extreme numbers in all numeric columns of all contracts: EXTREMES="--builds 20"
	$(BIN)/python -m tests.fuzz.extremes $(EXTREMES)

faults: $(DEV)  ## Each verb on a full disk, under limits, killed: FAULTS="--verbs share --kills 20"
	$(BIN)/python -m tests.faults $(FAULTS)

check: $(DEV)  ## One change: MODEL=name (compile, unit tests of dbt) or FILE=path (linters, its tests)
	@$(BIN)/python -m tests.mutation.check $(if $(MODEL),--model $(MODEL)) $(if $(FILE),--file $(FILE))

render: $(DEV)  ## Rewrite what is generated from contracts and specification
	$(BIN)/python -m etl.contracts.render
	$(BIN)/python -m etl.contracts.cdm.render
	$(BIN)/python -m etl.vocabulary.listed

.PHONY: lives dataset
lives: $(RUN)  ## Ten lives of each age class of a synthetic SNDS, in build/lives.md: LIVES="--seed 7 --each 3"
	@mkdir -p build
	@$(BIN)/python -m etl.synthetic.lives build/lives.md $(LIVES)

dataset: $(RUN)  ## A synthetic SNDS to give away, with its OMOP form, in build/dataset: DATASET="--persons 10000"
	@mkdir -p build
	@$(BIN)/python -m etl.synthetic.dataset build/dataset $(DATASET)

build/demo/build/target/manifest.json: $(RUN)
	$(BIN)/snds-omop --workspace build/demo --quiet demo --persons 100

docs: $(RUN) build/demo/build/target/manifest.json  ## The whole documentation, generated pages included, in build/docs
	rm -rf build/docs && cp -r docs build/docs
	$(BIN)/python -m etl.contracts.pages build/docs
	$(BIN)/python -m etl.audit.fields build/docs
	$(BIN)/python -m data_quality.checks.pages build/docs
	$(BIN)/python -m etl.audit.dictionary build/demo build/docs
	$(BIN)/python -m etl.audit.completeness build/demo build/docs
	@echo "the pages are in build/docs; make site makes a site of them"

SITE   := $(VENV)/.docs-installed
$(SITE): $(RUN) requirements/docs.txt
	$(BIN)/python -m pip install --no-input --quiet --disable-pip-version-check -r requirements/docs.txt
	@touch $@

site: $(SITE) docs  ## The documentation as a site that opens from files, in build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --config-file docs/mkdocs.yml
	@rm -f build/site/404.html  # it asks for its parts from the root of a server
	@echo "open build/site/index.html"

wheelhouse: $(RUN)  ## Everything to install without a network, extras included, with hashes, in build/wheelhouse
	rm -rf build/wheelhouse
	$(BIN)/python requirements/wheelhouse.py build/wheelhouse

offline: wheelhouse  ## Install from the wheelhouse and run the demo, both with the network off
	@tests/packaging/offline.sh build/wheelhouse $(PYTHON)

PERSONS ?= 100
versions:  ## The demo on every Python from 3.11 to 3.14 found here: the releases must be equal
	@tests/packaging/versions.sh $(PERSONS) $(VERSIONS)

clean:  ## Remove the virtual environment and the demo workspace
	rm -rf $(VENV) workspace
