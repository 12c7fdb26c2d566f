# Sartor's commands. `make help` lists them. A fresh machine needs Python 3.11 or newer, git and make; the rest is fetched.
# VENV=… puts the environment elsewhere, PYTHON=… makes it with another Python, PYTEST=… adds words for pytest.

PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python,$(shell $(p) -c \
	'import sys; sys.version_info >= (3, 11) and print("$(p)")' 2>/dev/null)) python3)
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PYTEST ?=
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: demo test lint types pytest format assets browser docs bench install clean help
.DELETE_ON_ERROR:

demo: $(VENV)/.installed assets ## serve an example company with demo data (SARTOR_DATABASE_URL chooses PostgreSQL)
	$(BIN)/sartor demo

test: lint types pytest ## lint, types and all tests, with a real PostgreSQL and a real Chromium

lint: $(VENV)/.installed-dev ## style: ruff's checks and its format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.installed-dev ## rewrite files in the house's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# mypy takes the package's name from the folder's, so a checkout called my-sartor is shown to it under a name that is one
types: $(VENV)/.installed-dev ## mypy, strict on the product
	@mkdir -p .cache && ln -sfn "$(CURDIR)" .cache/sartor
	$(BIN)/mypy $(addprefix .cache/sartor/,metamodel rules platform ui $(wildcard __main__.py))

pytest: $(VENV)/.installed-dev assets browser ## the tests alone
	$(BIN)/python -m pytest --numprocesses=$(WORKERS) $(PYTEST)

assets: $(VENV)/.installed ## style sheets, scripts, fonts and icons from npm, into ui/static/vendor
	@$(BIN)/python tools/assets.py

browser: $(VENV)/.installed-dev ## find a Chromium for the tests, or fetch one
	@$(BIN)/python tools/browser.py

docs: $(VENV)/.installed ## write docs/reference from the metamodel
	@$(BIN)/python tools/reference.py

bench: $(VENV)/.installed-dev assets ## the benchmarks
	@set -e; for file in bench/*.py; do echo "== $$file"; $(BIN)/python $$file; done

install: $(VENV)/.installed-dev ## the environment alone

$(VENV)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Sartor needs Python 3.11 or newer, and this is " + sys.version.split()[0] + "; say make PYTHON=/path/to/python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(INSTALL) --editable '.[dev]'
	@touch $@

clean: ## remove what these commands have built, but no data
	rm -rf $(VENV) node_modules ui/static/vendor .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
