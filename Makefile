# `make` prints the targets. Needs Python 3.11 or newer, bash and GNU make.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
UV_VERSION := 0.13.9
PLUGINS := $(patsubst %/pyproject.toml,%,$(wildcard plugins/*/pyproject.toml))

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
# A personal `pip --user` setting would make every install into the venv fail.
export PIP_USER := 0
export PYTHONUNBUFFERED := 1

# Stamps hold the folder they were made in: a venv that was moved or copied is made anew.
INSTALLED := $(VENV)/.installed
BROWSER := $(VENV)/.browser
ifneq ($(shell cat $(INSTALLED) 2>/dev/null),$(CURDIR))
.PHONY: $(INSTALLED)
endif

# $(call quietly,arguments of pip install): a dot per package, and all pip said if it fails.
define quietly
$(PIP) install --progress-bar off $(1) 2>$(VENV)/pip.log \
  | while read -r word _; do case $$word in Collecting|Obtaining) printf . ;; esac; done \
  || { echo; cat $(VENV)/pip.log >&2; exit 1; }
echo
endef

.PHONY: help
help: ## print this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

.PHONY: install
install: $(INSTALLED) ## create .venv with the locked packages, civicapp and all plugins
	@echo 'Ready: $(VENV)/bin/civicapp'

$(INSTALLED): requirements.lock pyproject.toml src/civicapp/version.py $(PLUGINS:%=%/pyproject.toml)
	@stop() { printf '%s\n' '' "$$@" '' >&2; exit 1; }
	found=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || stop \
	  'civicapp needs Python 3.11 or newer, and "$(PYTHON)" does not run here.' \
	  'Debian, Ubuntu: apt install python3 python3-venv'
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop \
	  "civicapp needs Python 3.11 or newer; \"$(PYTHON)\" is $$found." \
	  'Install a newer one and name it:  make $(or $(MAKECMDGOALS),install) PYTHON=python3.12'
	$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || stop \
	  'The venv module of Python is missing.' \
	  "Debian, Ubuntu: apt install python3-venv   (or python$$found-venv)"
	if [ ! -s $(INSTALLED) ] || [ "$$(cat $(INSTALLED))" != "$(CURDIR)" ] || ! $(PY) -c '' 2>/dev/null; then
	  echo 'Creating $(VENV) with Python' $$found
	  rm -rf $(VENV)
	  $(PYTHON) -m venv $(VENV)
	fi
	rm -f $(INSTALLED)
	printf 'Installing the locked packages (a minute at most on a good line) '
	$(call quietly,--require-hashes -r requirements.lock)
	printf 'Installing civicapp and its plugins '
	$(call quietly,--no-deps --no-build-isolation -e . $(PLUGINS:%=-e %))
	echo '$(CURDIR)' >$(INSTALLED)

$(BROWSER): requirements-browser.lock $(INSTALLED)
	@printf 'Installing the browser driver '
	$(call quietly,--require-hashes -r requirements-browser.lock)
	touch $(BROWSER)

.PHONY: demo
demo: $(INSTALLED) ## run the Lampung region with demonstration data
	@exec $(VENV)/bin/civicapp serve lampung --demo

.PHONY: test
test: $(INSTALLED) ## run the tests (ARGS='-k areas -x' goes to pytest)
	@$(PY) -m pytest $(ARGS)

.PHONY: check
check: $(INSTALLED) ## lint, format check, types, layers; all are run, whatever fails
	@failed=
	run() { echo "== $$*"; $(VENV)/bin/"$$@" || failed="$$failed, $$*"; }
	run ruff check
	run ruff format --check
	run mypy
	run lint-imports --no-logo
	[ -z "$$failed" ] || { echo "failed: $${failed#, }" >&2; exit 1; }

.PHONY: format
format: $(INSTALLED) ## format the code and apply the safe fixes
	@$(VENV)/bin/ruff check --fix --exit-zero --quiet
	$(VENV)/bin/ruff format

.PHONY: browser
browser: $(BROWSER) ## run the tests that drive Chromium (Debian: apt install chromium)
	@$(PY) -m pytest -m browser $(ARGS)

.PHONY: bench
bench: $(INSTALLED) ## measure speed beside a plain FastAPI app, five minutes (ARGS='--rounds 3')
	@$(PY) -m bench.run $(ARGS)

.PHONY: docs
docs: $(INSTALLED) ## write the generated reference pages anew
	@$(PY) docs/generate.py

.PHONY: messages
messages: $(INSTALLED) ## bring the translations (locale/*.po) up to date with the texts in code and templates
	@for catalog in src/civicapp/locale/*.po plugins/*/src/*/locale/*.po; do
	  package=$${catalog%/locale/*} language=$$(basename $$catalog .po)
	  $(VENV)/bin/pybabel -q extract -F pyproject.toml -k N_ --no-location --sort-output \
	    -o $(VENV)/messages.pot $$package
	  $(VENV)/bin/pybabel -q update -N --ignore-obsolete --ignore-pot-creation-date -w 100 \
	    -l $$language -i $(VENV)/messages.pot -o $$catalog
	  # Header lines that hold a date or a placeholder would make every run a change.
	  sed -i -e '1{/^$$/d}' -e '/^"\(Project-\|Report-\|POT-\|PO-\|Last-\|Language-Team\|Generated-\)/d' $$catalog
	  echo $$catalog
	done

.PHONY: wheels
wheels: $(INSTALLED) ## build the wheels of civicapp and every plugin into dist/
	@rm -rf dist
	$(PIP) -q wheel --no-deps --no-build-isolation -w dist . $(PLUGINS:%=./%)
	ls dist

# Keeps what is locked where it still fits; `make lock UV_FLAGS=--upgrade` takes the newest.
COMPILE = .venv-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --no-header --no-annotate $(UV_FLAGS)

.PHONY: lock
lock: .venv-lock/uv-$(UV_VERSION) ## resolve the dependencies anew into requirements*.lock
	@$(COMPILE) pyproject.toml $(PLUGINS:%=%/pyproject.toml) --all-extras --group dev \
	  --no-emit-package civicapp $(PLUGINS:plugins/%=--no-emit-package civicapp-%) -o requirements.lock >/dev/null
	$(COMPILE) --group browser -c requirements.lock -o requirements-browser.lock >/dev/null
	grep -c == requirements.lock requirements-browser.lock

.venv-lock/uv-$(UV_VERSION):
	@$(PYTHON) -m venv --clear .venv-lock
	.venv-lock/bin/python -m pip --disable-pip-version-check -q install uv==$(UV_VERSION)
	touch $@

.PHONY: clean
clean: ## remove .venv, dist and caches (not the data in .civicapp)
	rm -rf $(VENV) .venv-lock dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find src plugins tests examples docs .ci -name __pycache__ -type d -prune -exec rm -rf {} +
