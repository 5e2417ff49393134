# dbstack: every task a person has here. `make help` lists them.
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

STACK ?= dev
# The Python to make .venv with; empty: the first of python3.11, 3.12, 3.13, python3 that is new enough.
PYTHON ?=
# More arguments for pytest, for example PYTEST_ARGS="tests/unit -x".
PYTEST_ARGS ?=
# Two workers: what the smallest machine that runs this has. Whole files go to one worker, so a file's
# sandbox is made once; no reordering, so the long engine tests start first.
PYTEST_WORKERS ?= -n 2 --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
MADE := .venv/.made
SANDBOX := $(BIN)/dbstack sandbox

# Where it is set each of the tests' hundreds of programs would compile the library anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help env setup up preview refresh down test check format soak scanner scan bench docs constraints clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1 /p' $(firstword $(MAKEFILE_LIST)) | while read -r name what; do printf '  make %-12s %s\n' "$$name" "$$what"; done
	@echo '  STACK=dev|staging|prod chooses the stack of up, preview, refresh and down (default: dev).'

$(MADE): requirements.txt constraints.txt pyproject.toml
	@python=; for candidate in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$candidate; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo 'dbstack needs Python 3.11 or newer and found none on PATH: install one (Debian: apt-get install python3 python3-venv), or name yours with make PYTHON=/path/to/python3.' >&2; exit 1; \
	fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	  if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null; then \
	    echo "$$python cannot make a virtual environment: install its venv module (Debian: apt-get install python3-venv)." >&2; exit 1; \
	  fi; \
	  "$$python" -m venv --clear .venv; \
	fi
	@echo 'Installing the Python environment into .venv (a minute or two the first time) ...' >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input -r requirements.txt -e .
	@touch $@

env: $(MADE)

setup: env ## make the environment and the Pulumi engine ready; deploys nothing
	@$(SANDBOX) engine

up: setup ## deploy STACK into the embedded sandbox
	@$(SANDBOX) run -- pulumi up --stack $(STACK) --yes --skip-preview

preview: setup ## show what an up of STACK would change
	@$(SANDBOX) run -- pulumi preview --stack $(STACK) --diff

refresh: setup ## read STACK back from the sandbox
	@$(SANDBOX) run -- pulumi refresh --stack $(STACK) --yes --skip-preview

down: setup ## destroy STACK; refused while it is protected
	@$(SANDBOX) run -- pulumi destroy --stack $(STACK) --yes --skip-preview

test: env ## format, lint, types, then every test
	@$(SANDBOX) engine >/dev/null || echo 'No Pulumi engine: tests that need one are skipped (or fail, where DBSTACK_REQUIRE names it).' >&2
	@$(MAKE) check
	@$(BIN)/python -m slipcover -m pytest $(PYTEST_WORKERS) $(PYTEST_ARGS)

check: env ## format, lint and types only
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/pyright

format: env ## rewrite the code in the project's format
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

soak: setup ## the long campaigns: many kills, many cycles
	@$(BIN)/pytest -m soak --timeout 3600 $(PYTEST_ARGS)

scanner: env ## install the security scanner, in an environment of its own
	@$(BIN)/python tests/scanner.py >/dev/null

scan: setup scanner ## scan the deployed prod stack for security findings
	@$(BIN)/pytest -m scanner $(PYTEST_ARGS)

bench: setup ## measure, and write docs/performance.md
	@$(BIN)/python -m bench

docs: env ## write the generated reference pages of docs/
	@$(BIN)/python docs/generate.py
	@$(BIN)/python -m dbstack.sandbox.aws.coverage > docs/sandbox-coverage.md

constraints: env ## pin everything that is installed now
	@{ echo '# Every package the environment ends up with, direct or not. Made by `make constraints`; requirements.txt reads it.'; \
	  $(BIN)/python -m pip freeze --exclude-editable --exclude dbstack; } > constraints.new && mv constraints.new constraints.txt

clean: ## stop the sandbox; remove the environment and what tests and builds left
	@if [ -x $(BIN)/dbstack ]; then $(SANDBOX) stop || true; fi
	@rm -rf .venv .pytest_cache .ruff_cache .coverage .coverage.* htmlcov build dist components/*.egg-info
	@find components infra tests bench docs -name __pycache__ -type d -prune -exec rm -rf {} +
