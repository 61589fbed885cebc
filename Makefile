# `make` alone lists the targets. Needs bash and GNU make 3.81 or newer.

SHELL := bash
PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?= -n auto --maxprocesses 4 --dist loadfile

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PIP := $(BIN)/python -m pip install --disable-pip-version-check --constraint constraints.txt

# With `python -m` or in a subprocess, the current folder must not make `import envs` work.
export PYTHONSAFEPATH := 1

# Start again when the environment's Python is gone, or when the folder was moved or copied: the
# environment would go on running the code of the old place.
STALE := $(shell test -x $(BIN)/python && grep -qsxF "$$(pwd -P)" $(RUNTIME) || echo stale)

.DEFAULT_GOAL := help
.PHONY: help install train test check slow bench format clean stale

help: ## List the targets
	@echo "usage: make TARGET [PYTHON=python3.12] [ARGS='agent=dqn seed=1']"; echo
	@sed -n 's/^\([a-z]*\):.* ## \(.*\)/\1|\2/p' Makefile | \
		while IFS='|' read -r target text; do printf '  %-8s %s\n' "$$target" "$$text"; done

install: $(DEV) ## Create .venv with tradegym and the development tools
	@echo "Ready: $(BIN)/tradegym"

train: $(RUNTIME) ## Train an agent; options go in ARGS
	$(BIN)/tradegym train $(ARGS)

test: check ## Check, then run the tests that take seconds
	$(BIN)/pytest $(PYTEST_ARGS)

check: $(DEV) ## Check style, types and the layers of the imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src
	$(BIN)/lint-imports --no-logo

# pytest exits with 5 when there is no such test.
slow: $(DEV) ## Run the tests that take longer
	$(BIN)/pytest -m slow $(PYTEST_ARGS) || test $$? -eq 5

bench: $(DEV) ## Measure speed and memory; options go in ARGS
	$(BIN)/python tests/bench/run.py $(ARGS)

format: $(DEV) ## Format the code and repair what ruff can repair
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean: ## Delete .venv, caches and build output; runs/ stays
	rm -rf $(VENV) build dist src/*.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find cli conf envs experiments src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is removed first and written last: what failed or was interrupted is done again.
$(RUNTIME): pyproject.toml constraints.txt $(STALE)
	@if [ -n "$(STALE)" ] || [ ! -e $@ ]; then \
		$(check_python); \
		echo "Creating $(VENV) with Python $$version"; \
		"$(PYTHON)" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }; \
	fi
	@rm -f $@
	@echo "Installing tradegym and the packages it needs (some minutes the first time)"
	@set -o pipefail; $(PIP) -e . | $(progress)
	@pwd -P > $@

$(DEV): $(RUNTIME)
	@rm -f $@
	@echo "Installing the development tools"
	@set -o pipefail; $(PIP) -e '.[dev]' | $(progress)
	@touch $@

stale: ;

define check_python
version=$$("$(PYTHON)" -c 'import platform; print(platform.python_version())' 2> /dev/null); \
case "$$version" in \
	3.11.* | 3.12.* | 3.13.*) ;; \
	*) echo "tradegym needs Python 3.11, 3.12 or 3.13, but '$(PYTHON)' is $${version:-missing}." \
		"Name another: make PYTHON=python3.12" >&2; exit 2 ;; \
esac
endef

# pip's current step on one line of a terminal, nothing in a log; errors go to stderr as ever.
define progress
{ \
	while IFS= read -r line; do \
		if [ -t 1 ]; then printf '\r\033[K%.78s' "$$line"; fi; \
	done; \
	if [ -t 1 ]; then printf '\r\033[K'; fi; \
}
endef
