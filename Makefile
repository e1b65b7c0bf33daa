# counterdesk: each target needs nothing but python3 (3.11 or newer) and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
JOBS ?= auto
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# Where PYTHONDONTWRITEBYTECODE is set nothing else compiles what lies here, and each start would do it anew.
COMPILE := $(BIN)/python -m compileall -q

.PHONY: setup demo test check browser torture bench format lock clean

setup: $(VENV)/.runtime          ## make .venv with the commands counterdesk and counterdesk-server
	@$(COMPILE) counterdesk mock_server

demo: setup                      ## open the desk on a living hall
	@$(BIN)/counterdesk demo $(ARGS)

test: $(VENV)/.dev               ## run all tests, JOBS at a time (default: as many as there are cores, four at most)
	@$(COMPILE) counterdesk mock_server tests benchmarks
	$(BIN)/python -m pytest --numprocesses $(JOBS) --maxprocesses 4 --dist worksteal $(ARGS)

check: $(VENV)/.dev              ## format, lint, types, import contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(MAKE) test

browser: $(VENV)/.dev            ## test the hall's board in a real browser (needs chromium; make test skips it without)
	$(BIN)/python -m pytest tests/browser $(ARGS)

torture: $(VENV)/.dev           ## what must never happen, tried tens of thousands of times (minutes)
	@$(COMPILE) counterdesk mock_server benchmarks
	$(BIN)/python -m benchmarks.torture $(ARGS)

bench: $(VENV)/.dev              ## print the figures of the budgets
	@$(COMPILE) counterdesk mock_server benchmarks
	$(BIN)/python -m benchmarks

format: $(VENV)/.dev             ## put the code in shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock:                            ## renew the locked dependencies (needs uv)
	for set in runtime build dev; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	    --quiet requirements/$$set.in --output-file requirements/$$set.txt || exit 1; \
	done

clean:                           ## remove what the targets made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "counterdesk needs Python 3.11 or newer; this is " + sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

# hatchling and editables come from a locked set of their own, so that installing the project itself fetches nothing.
$(VENV)/.runtime: $(VENV)/bin/python requirements/runtime.txt requirements/build.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
