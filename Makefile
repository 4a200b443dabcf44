# Every target works in a fresh clone: the virtual environment is made from the lock file first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo up test lint lock clean

demo: .venv/made   ## the journey of six webhooks, shown and checked
	@$(BIN)/python -m deploy.demo

up: .venv/made     ## broker, ingress and workers, until Ctrl-C
	@$(BIN)/python -m deploy.up

test: lint         ## everything: lint, types, import contracts, unit and system tests
	$(BIN)/pytest

lint: .venv/made
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock:              ## new lock files from pyproject.toml; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements/dev.txt

clean:             ## the environment and the private broker
	test ! -x $(BIN)/python || $(BIN)/python -m deploy.local stop
	rm -rf .venv .run

.venv/made: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Hookline needs Python 3.11 or later: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip --disable-pip-version-check -q install --require-hashes -r requirements/dev.txt
	@$(BIN)/pip --disable-pip-version-check -q install --no-build-isolation --no-deps -e .
	@touch $@
