# One word for each task. `make demo` and `make test` need Python 3.11 or newer and make, no more.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo "$$python"; break; }; done)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard townhall/locale/*/LC_MESSAGES/messages.po))
COMPILE := uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url

# With TOWNHALL_REQUIRE=all nothing is skipped, so that the coverage gates can be held.
COVERAGE := $(if $(filter all,$(TOWNHALL_REQUIRE)),--cov=townhall)
WORKERS ?= auto
BENCHMARKS := slots served planner growth series sittings meetings lenses turns invites crowd

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help venv dev demo demo-reset serve test check fmt bench screens i18n lock clean

help: ## Show this list.
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

venv: $(VENV)/run.stamp $(CATALOGUES) ## Make .venv with what runs townhall.

dev: $(VENV)/dev.stamp $(CATALOGUES) ## Make .venv with what tests and checks it.

demo: venv ## Start the demonstration and print its links; ARGS="--port 9000" for a port of your own.
	@$(BIN)/townhall demo $(ARGS)

demo-reset: venv ## Start the demonstration from its first state.
	@$(BIN)/townhall demo --reset $(ARGS)

serve: venv ## Serve with the settings of the environment.
	@$(BIN)/townhall serve

test: dev ## Run every test that this machine can run.
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --maxprocesses 4 \
		--dist worksteal $(COVERAGE) $(ARGS)

check: dev ## Run every linter and the type checker.
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/djlint --lint --quiet templates

fmt: dev ## Format the code and mend what can be mended.
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

bench: $(VENV)/bench.stamp $(VENV)/dev.stamp $(CATALOGUES) ## Run every benchmark and print its tables; ARGS=--quick is rougher.
	@for name in $(BENCHMARKS); do \
		printf '\n## %s\n' "$$name"; $(BIN)/python benchmarks/$$name.py $(ARGS) || exit 1; done

screens: dev ## Take the pictures of the documents anew, with Chromium.
	$(BIN)/python docs/screens/take.py

i18n: dev ## Bring the new sentences of code and templates into the catalogues.
	mkdir -p var
	$(BIN)/pybabel extract --mapping pyproject.toml --no-location --sort-output \
		--project townhall --output var/messages.pot townhall templates
	$(BIN)/pybabel update --input-file var/messages.pot --output-dir townhall/locale \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

lock: dev ## Make the locks in requirements/ anew.
	$(BIN)/$(COMPILE) pyproject.toml --group build --output-file requirements/run.txt
	$(BIN)/$(COMPILE) pyproject.toml --group build --group test --group check \
		--constraint requirements/run.txt --output-file requirements/dev.txt
	$(BIN)/$(COMPILE) pyproject.toml --group build --group bench \
		--constraint requirements/dev.txt --output-file requirements/bench.txt

clean: ## Remove the environment, compiled catalogues and the results of tests.
	rm -rf $(VENV) dist htmlcov .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
	rm -f $(CATALOGUES)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "townhall needs Python 3.11 or newer" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Each stamp is as old as the environment it stands for.
$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(BIN)/python
	$(PIP) install --require-hashes --requirement requirements/run.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q townhall
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt $(VENV)/run.stamp
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	@touch $@

$(VENV)/bench.stamp: requirements/bench.txt $(VENV)/run.stamp
	$(PIP) install --require-hashes --requirement requirements/bench.txt
	@touch $@

%.mo: %.po | $(VENV)/run.stamp
	$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
