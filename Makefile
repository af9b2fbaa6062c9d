# Everything that people and CI do with this tree. `make help` lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
READY := .venv/.ready
LOCKS := requirements.lock requirements.prod.lock
LOCKING := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 pyproject.toml
YAMLLINT := {extends: default, rules: {line-length: {max: 120}, document-start: disable, truthy: {check-keys: false}}}

WORKERS ?= $(shell n=$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2); if [ $$n -lt 2 ]; then n=2; fi; if [ $$n -gt 4 ]; then n=4; fi; echo $$n)
PYTEST_ARGS ?=
# Only the plugins that are used, and those alone: pytest would otherwise rewrite every module of whatever package
# brings one. And bytecode is kept, wherever else it is not: every process that a test starts reads the same modules.
PLUGINS := xdist.plugin pytest_timeout pytest_cov.plugin pytest_playwright.pytest_playwright \
	_hypothesis_pytestplugin schemathesis.pytest.plugin
PYTEST := PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest $(addprefix -p ,$(PLUGINS))
BENCH_ARGS ?=
DETACH ?=

# The console is built with Node; without one, everything else works.
CONSOLE := tinko-console
BUNDLE := $(CONSOLE)/dist/index.html
MODULES := $(CONSOLE)/node_modules/.ready
SCHEMA := $(CONSOLE)/src/api/schema.d.ts
NODE := $(shell node -e 'const [a, b] = process.versions.node.split(".").map(Number); \
	process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null && command -v node)
NO_NODE := Node 20.19 or later was not found
# Folders too: their time tells that a file went.
BUNDLED := $(shell find $(addprefix $(CONSOLE)/,src public scripts index.html package.json tsconfig.json vite.config.ts) \
	2>/dev/null)
NPM := cd $(CONSOLE) && npm

##@ Run

.PHONY: run
run: $(READY) ## Start everything on this machine; DETACH=1 in the background
	@$(MAKE) --no-print-directory console || echo "Going on without the console." >&2
	@exec $(BIN)/python -m app run $(if $(filter-out 0,$(DETACH)),--detach,--with-parent)

.PHONY: stop
stop: $(READY) ## End what `make run` started
	@$(BIN)/python -m app stop

.PHONY: doctor
doctor: $(READY) ## Check every dependency and setting
	@$(BIN)/python -m app doctor

##@ Check

.PHONY: test
test: $(READY) browser console-test console-for-tests ## Run the tests on throw-away servers; PYTEST_ARGS="-k name" narrows
	$(PYTEST) -n $(WORKERS) $(PYTEST_ARGS)

.PHONY: cov
cov: $(READY) browser console-for-tests ## Run the tests with coverage, and hold it: rules whole, use cases all but whole, 90 % over all
	$(PYTEST) -n $(WORKERS) --cov --cov-report= $(PYTEST_ARGS)
	$(BIN)/coverage report --include='app/domain/*' --fail-under=100
	$(BIN)/coverage report --include='app/services/*' --fail-under=99
	$(BIN)/coverage report --fail-under=90

.PHONY: browser
browser: $(READY) ## Find, or fetch, the Chromium that the page tests drive
	@$(BIN)/python -m tests.browser.provide

.PHONY: check
check: lint types floors locks yaml console-check ## Everything that needs no server: lint, types, floors, locks, YAML, the console

.PHONY: lint
lint: $(READY) ## Lint, and see that the formatter has nothing to do
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(READY) ## Check types
	$(BIN)/mypy

.PHONY: floors
floors: $(READY) ## Check that each floor imports only floors below it
	$(BIN)/lint-imports --cache-dir .import_linter_cache

.PHONY: locks
locks: ## Check that no lock file names a host or a folder
	@for lock in $(shell git ls-files '*.lock' '*package-lock.json'); do \
		if grep -nE '(https?|file|git\+[a-z]+):' "$$lock"; then echo "$$lock names a host or a folder; run make lock" >&2; exit 1; fi; \
	done
	@echo "The lock files name no host."

.PHONY: yaml
yaml: $(READY) ## Lint the YAML files
	$(BIN)/yamllint --strict -d "$(YAMLLINT)" docker-compose.yml .github

.PHONY: console-check
console-check: ## Check the console: its client against the API, types, lint, format, and how much the first load weighs
ifeq ($(NODE),)
	@echo "$(NO_NODE): the console is not checked." >&2
else
	@$(MAKE) --no-print-directory client-check console
	$(NPM) run --silent typecheck
	$(NPM) run --silent lint
	$(NPM) run --silent format:check
	$(NPM) run --silent budget
endif

.PHONY: console-test
console-test: ## Run the console's own tests
ifeq ($(NODE),)
	@echo "$(NO_NODE): the console's tests are not run." >&2
else
	@$(MAKE) --no-print-directory $(MODULES)
	$(NPM) run --silent test
endif

.PHONY: console-for-tests
console-for-tests: ## Build the console, if there is a Node to do it with
ifneq ($(NODE),)
	@$(MAKE) --no-print-directory console
endif

.PHONY: client-check
client-check: $(MODULES) openapi ## Check that the console's client is what the API's document makes
	@cp -p $(SCHEMA) build/schema.before.d.ts
	@$(NPM) run --silent client >/dev/null
	@cp $(SCHEMA) build/schema.after.d.ts && cp -p build/schema.before.d.ts $(SCHEMA)
	@cmp -s build/schema.before.d.ts build/schema.after.d.ts && echo "The console's client is up to date." \
		|| { echo "$(SCHEMA) is not what the API's document makes; run make client" >&2; exit 1; }

.PHONY: bench
bench: $(READY) ## Measure, and write bench.json; BENCH_ARGS narrows
	@$(BIN)/python -m app bench $(BENCH_ARGS)

.PHONY: bench-page
bench-page: $(READY) browser ## Weigh the payer's page, time it on a slow phone, and look at it with axe-core
	@$(BIN)/python -m tests.browser.bench_page $(BENCH_ARGS)

##@ Work

.PHONY: setup
setup: $(READY) ## Create .venv from the lock; nothing happens if it is up to date
	@echo "Ready: $(BIN)"

$(READY): requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or later is needed: no python3 was found." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; $(PYTHON) is older. Set PYTHON=/path/to/python3.11." >&2; exit 1; }
	@$(BIN)/python -c '' 2>/dev/null || { rm -rf .venv; "$(PYTHON)" -m venv .venv; }
	@$(BIN)/uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $(READY)

.PHONY: fmt
fmt: $(READY) ## Format, and fix what the linter can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: console
console: $(BUNDLE) ## Build the console; nothing happens if it is up to date
	@echo "Ready: $(BUNDLE)"

# The build's tools are needed, also where NODE_ENV says production.
$(MODULES): $(CONSOLE)/package-lock.json $(CONSOLE)/.npmrc
	@[ -n "$(NODE)" ] || { echo "$(NO_NODE)." >&2; exit 1; }
	$(NPM) ci --no-audit --no-fund --include=dev
	@touch $(MODULES)

$(BUNDLE): $(MODULES) $(BUNDLED)
	@echo "Building the console"
	@$(NPM) run --silent build >/dev/null
	@touch $(BUNDLE)

.PHONY: client
client: $(MODULES) openapi ## Write the console's client from the API's document
	@$(NPM) run --silent client

.PHONY: migrate
migrate: $(READY) ## Bring the database's schema up to date
	@$(BIN)/python -m app migrate

.PHONY: migration
migration: $(READY) ## Write a migration for changed models; NAME="what it does"
	@[ -n "$(NAME)" ] || { echo 'Say what it does: make migration NAME="add a column"' >&2; exit 1; }
	@$(BIN)/python -m app migration "$(NAME)"

.PHONY: openapi
openapi: $(READY) ## Write the OpenAPI document to build/openapi.json
	@mkdir -p build
	@DATABASE_URL=postgresql://unused $(BIN)/python -c \
		'import json; from app.main import create_app; print(json.dumps(create_app().openapi(), indent=2, sort_keys=True))' \
		> build/openapi.json
	@echo build/openapi.json

.PHONY: access
access: $(READY) ## Write docs/access.md: who may do what, from the OpenAPI document
	@$(BIN)/python -m tests.factories.access_table

.PHONY: lock
lock: ## Solve the dependencies again and write both lock files
	@[ -x $(BIN)/uv ] || { "$(PYTHON)" -m venv .venv; $(BIN)/python -m pip install --quiet 'uv>=0.9,<1'; }
	$(LOCKING) --all-extras --output-file requirements.lock $(LOCK_ARGS)
	$(LOCKING) --constraints requirements.lock --output-file requirements.prod.lock
	@sed -i.bak -E '/^ *(--(extra-)?index-url|--find-links)/d' $(LOCKS) && rm -f $(LOCKS:=.bak)
	@$(MAKE) --no-print-directory locks

.PHONY: clean
clean: ## Remove what can be made again; the data in .tinko stays
	rm -rf .venv build dist $(CONSOLE)/dist $(CONSOLE)/node_modules htmlcov .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find app tests alembic -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: help
help: ## Show this
	@awk 'BEGIN {FS = ":.*## "} \
		/^##@ / {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
