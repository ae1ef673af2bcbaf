# Lavwa: `make run` and `make test` are all that a newcomer needs; `make help` lists the rest.
PYTHON ?= python3.11
# Where PyTorch comes from; see the README for the small CPU build.
TORCH_INDEX ?=
SERVE ?= 1

VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE := 1
export LAVWA_HOME ?= $(CURDIR)/var

.PHONY: help setup run test check messages pictures bench clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: $(VENV)/.ready ## Install everything into .venv, build the models (the second time: seconds)
	@$(BIN)/python -m models.build

$(VENV)/.ready: requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 is missing. Install it with: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "$(PYTHON) is not Python 3.11: name one with make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv module is missing. Install it with: apt-get install python3-venv"; exit 1; }
	@echo "Installing the locked packages into $(VENV) (once, some minutes)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$$(grep '^torch==' requirements.lock)"
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements.lock
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run: setup ## Load the bundled sample, run the pipeline, serve the dashboard (SERVE=0: stop before serving)
	@echo "Loading the bundled sample of invented posts"
	@$(BIN)/lavwa sample
	@echo "Running the pipeline"
	@$(BIN)/lavwa run
ifneq ($(SERVE),0)
	@exec $(BIN)/lavwa serve
endif

test: setup ## Run all tests
	@echo "Running the tests"
	@$(BIN)/pytest

check: setup ## ruff, mypy, import-linter, tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(MAKE) --no-print-directory test

messages: setup ## Bring the catalogues of French and Creole up to date with the code; then translate what is empty
	@$(BIN)/python -m flows.messages

pictures: setup ## Photograph every page in three widths into docs/images/pages
	@PICTURES=docs/images/pages $(BIN)/pytest -q tests/test_pages_in_browser.py

bench: setup ## Measure the models on real data (needs ../shared/data); results in bench/RESULTS.md
	@$(BIN)/python bench/run.py

clean: ## Remove what runs and set-up made; sources and settings stay
	rm -rf $(VENV) models/built .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
