# Hathor RT: every command a developer or self-hoster needs. `make help` lists them.
# Stamp files under .make/ remember what is installed, so that a second run starts at once.

SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CLIENT := web/client
STAMPS := .make
NPM_FLAGS := --no-audit --no-fund --loglevel=error
# `make run STEMS=0`: do not install what only stems need (beside the running server, after the URL is printed).
STEMS ?= 1
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup run test check format lint types contracts unit client-check system-packages fuzz firefox test-stems bench bench-clock bench-insync bench-media bench-realtime lock clean picture

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

run: setup $(STAMPS)/demo ## install what is needed, start the server with the demo library, print its URL
	@[ "$(STEMS)" = 0 ] || $(BIN)/python -m media.stems_packages --beside $$$$ --host "$${HATHOR_HOST:-}" \
	  --port "$${HATHOR_PORT:-4280}" --log "$${HATHOR_DATA:-var}/stems-install.log" --stamp $(STAMPS)/stems & \
	exec $(BIN)/hathor serve --qr

setup: $(STAMPS)/run $(STAMPS)/client ## make the environment and build the client (what run and test share)

test: system-packages setup $(STAMPS)/test $(STAMPS)/demo ## install what tests need and run them all
	@.ci/all-tests

check: setup $(STAMPS)/test format-check lint types contracts unit client-check ## format, lint, types, import contracts, unit tests

$(STAMPS):
	@mkdir -p $(STAMPS)

$(VENV)/bin/python: | $(STAMPS)
	@echo "── making the Python environment"
	@$(PYTHON) -c 'import sys; sys.exit("Hathor RT needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else 0'
	@$(PYTHON) -m venv $(VENV) || { echo "python3 -m venv failed: install the package python3-venv"; exit 1; }

$(STAMPS)/run: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@echo "── installing pinned Python packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@$(BIN)/python -m compileall -q hathor_rt sync media web
	@touch $@

$(STAMPS)/test: requirements/test.txt $(STAMPS)/run
	@echo "── installing pinned test packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/test.txt
	@touch $@

# Node 20 or newer from the system; otherwise the pinned wheel brings it into the environment.
$(STAMPS)/node: requirements/node.txt $(STAMPS)/run
	@major=$$(node --version 2>/dev/null | sed -E 's/v([0-9]+).*/\1/'); \
	if [ "$${major:-0}" -lt 20 ] || ! command -v npm >/dev/null; then \
	  echo "── installing Node into the environment"; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt && .ci/node-commands $(BIN); \
	fi
	@touch $@

$(STAMPS)/npm: $(CLIENT)/package-lock.json $(STAMPS)/node
	@echo "── installing pinned client packages"
	@cd $(CLIENT) && npm ci $(NPM_FLAGS)
	@touch $@

CLIENT_SOURCES := $(shell find $(CLIENT)/src $(CLIENT)/public -type f 2>/dev/null) $(CLIENT)/index.html $(CLIENT)/vite.config.ts $(CLIENT)/tsconfig.json
$(STAMPS)/client: $(CLIENT_SOURCES) $(STAMPS)/npm
	@echo "── building the client"
	@cd $(CLIENT) && npm run --silent build
	@touch $@

$(STAMPS)/demo: $(wildcard media/composer/*.py media/composer/songs/*.py) $(STAMPS)/run
	@echo "── composing the demo library"
	@$(BIN)/hathor library demo
	@touch $@

system-packages: ## install the system packages that tests need (as root), or say what is missing
	@.ci/system-packages

format: ## rewrite the code in the project's format
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

format-check:
	@$(BIN)/ruff format --check .

lint:
	@$(BIN)/ruff check .

types:
	@$(BIN)/mypy

contracts:
	@$(BIN)/lint-imports --no-cache 2>&1

unit:
	@$(BIN)/pytest -q -n 2 -m "not browser and not sound and not slow and not stems"

client-check: $(STAMPS)/npm
	@cd $(CLIENT) && npm run --silent check

fuzz: setup $(STAMPS)/test $(STAMPS)/demo ## attack a server at length with hostile clients and sudden deaths
	@$(BIN)/python -m loadtests.fuzz

firefox: setup $(STAMPS)/test $(STAMPS)/demo ## try the page and its sound in Firefox, too
	@.ci/system-packages firefox-esr
	@$(BIN)/pytest -q -m firefox

test-stems: setup $(STAMPS)/test ## install what only stems need (1 GB) and try models with it
	@$(BIN)/python -m media.stems_packages
	@$(BIN)/pytest -q -m stems

# One after the other, because they would disturb each other; one that fails does not keep the others from being measured.
BENCHMARKS := clock accept_path realtime media_costs media media.ingest library_scan idle_connections insync
bench: setup $(STAMPS)/test $(STAMPS)/demo ## measure again, one after the other, what docs/measured.md quotes (about an hour)
	@failed=; for each in $(BENCHMARKS); do \
	  echo "── python -m loadtests.$$each"; $(BIN)/python -m loadtests.$$each || failed="$$failed $$each"; \
	done; [ -z "$$failed" ] || { echo "did not get through:$$failed"; exit 1; }

bench-insync: setup $(STAMPS)/test $(STAMPS)/demo ## measure the spread between two real browsers at the sound output
	@$(BIN)/python -m loadtests.insync $(BENCH)

bench-realtime: setup $(STAMPS)/test ## load Yjs servers with the same bytes: ours and three others, installed on demand
	@$(BIN)/python -m loadtests.realtime $(BENCH)

bench-clock: setup $(STAMPS)/test ## compare clock estimators on simulated networks: ours and those of other players
	@$(BIN)/python -m loadtests.clock $(BENCH)

bench-media: setup $(STAMPS)/test ## measure how well and how fast sound is stretched, beside other programs that are installed
	@$(BIN)/python -m loadtests.media $(BENCH)

picture: setup $(STAMPS)/test $(STAMPS)/demo ## make the README's picture from the running product
	@$(BIN)/python -m loadtests.picture

lock: ## pin the newest compatible Python packages again
	@$(PYTHON) -m venv .cache/lock && .cache/lock/bin/pip install --quiet pip-tools
	@for part in run: test:--extra=dev,--extra=listen; do \
	  .cache/lock/bin/pip-compile --quiet --upgrade --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --no-emit-trusted-host $$(echo $${part#*:} | tr , ' ') -o requirements/$${part%%:*}.txt pyproject.toml || exit 1; \
	done

clean: ## remove everything that was installed or built (never var/)
	@rm -rf $(VENV) $(STAMPS) $(CLIENT)/node_modules $(CLIENT)/dist loadtests/peers/*/{node_modules,.venv,.installed} .mypy_cache .pytest_cache .ruff_cache .hypothesis
