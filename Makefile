# Two commands do everything: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
TALKS := tests/dialogue tests/walk

.PHONY: install run test bench torture lock clean

install: $(STAMP)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Otklik needs Python 3.11 or newer: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

$(STAMP): requirements.lock $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(DEV_STAMP): requirements-dev.lock $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(STAMP)
	@$(BIN)/python -m bot run

test: $(DEV_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
ifdef ARGS
	$(BIN)/python -m pytest $(ARGS)
else
	@# Two halves side by side: each has databases, ports and folders of its own.
	@log=$$(mktemp); $(BIN)/python -m pytest $(TALKS) >$$log 2>&1 & half=$$!; \
	$(BIN)/python -m pytest $(TALKS:%=--ignore=%); rest=$$?; \
	wait $$half; talks=$$?; cat $$log; rm -f $$log; [ $$rest -eq 0 ] && [ $$talks -eq 0 ]
endif

bench: $(DEV_STAMP)
	$(BIN)/python -m benchmarks

torture: $(DEV_STAMP)
	$(BIN)/python -m tests.torture --rounds $(or $(ROUNDS),200)

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml -o requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
