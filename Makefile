# Every target works in a fresh clone: the virtual environment is made from the lock file first.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo up test test-quick test-all lint faults fuzz matrix bench bench-quick lock audit clean

demo: .venv/made   ## the journey of six webhooks, shown and checked
	@$(BIN)/python -m deploy.demo

up: .venv/made     ## broker, ingress and workers, until Ctrl-C
	@$(BIN)/python -m deploy.up

# System tests mostly wait, so that more of them than there are cores run at once.
PYTEST = $(BIN)/pytest -n 5 --dist loadgroup

test: .venv/made   ## lint, types, import contracts, unit and system tests; all but what is marked slow
	@$(MAKE) --no-print-directory -j 2 lint test-quick

test-quick: .venv/made
	$(PYTEST) -m "not slow"

test-all: lint     ## every test, then `make faults`: three quarters of an hour
	$(PYTEST)
	@$(MAKE) --no-print-directory faults

lint: .venv/made
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

SECONDS ?= 60
fuzz: .venv-fuzz/made   ## look for bytes that break what reads them; SECONDS for each target; Linux on x86-64
	.venv-fuzz/bin/python -m tests.fuzz all --seconds $(SECONDS)

faults: .venv-bench/made       ## break everything, under load, and balance the books: half an hour; FAULTS="broker --short" for less
	@.venv-bench/bin/python -m tests.faults $(FAULTS)

matrix: .venv/made ## the suite on every Python and RabbitMQ that this machine can run, and what it could not; MATRIX="--python 3.13 --broker 4.0 --only tests/schemas" for less
	@$(BIN)/python -m tests.matrix $(MATRIX)

bench: .venv-bench/made        ## every row and plot, against what you would pick instead: a quarter of an hour; BENCH="--waiting 100000" shortens
	@.venv-bench/bin/python -m tests.bench $(BENCH)

bench-quick: .venv-bench/made  ## the first rows, in a minute
	@.venv-bench/bin/python -m tests.bench --quick $(BENCH)

lock:              ## new lock files from pyproject.toml; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev pyproject.toml -o requirements/dev.txt
	uv pip compile -q --python-platform x86_64-manylinux_2_28 --python-version 3.11 --generate-hashes --no-header --no-annotate --group fuzz pyproject.toml -o requirements/fuzz.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group bench pyproject.toml -o requirements/bench.txt

audit:             ## known vulnerabilities in what production runs; needs uv and a service that knows them
	@uvx 'pip-audit>=2.10,<3' --strict --disable-pip --require-hashes --progress-spinner off -r requirements/run.txt \
	  || { echo 'audit not passed: a vulnerability is listed above, or the service did not answer for every package' >&2; exit 1; }

clean:             ## the environment and the private broker
	test ! -x $(BIN)/python || $(BIN)/python -m deploy.local stop
	rm -rf .venv .venv-bench .venv-fuzz .run

.venv/made: requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Hookline needs Python 3.11 or later: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip --disable-pip-version-check -q install --require-hashes -r requirements/dev.txt
	@$(BIN)/pip --disable-pip-version-check -q install --no-build-isolation --no-deps -e .
	@touch $@

.venv-fuzz/made: requirements/fuzz.txt
	@$(PYTHON) -m venv .venv-fuzz
	@.venv-fuzz/bin/pip --disable-pip-version-check -q install --require-hashes -r requirements/fuzz.txt
	@touch $@

.venv-bench/made: requirements/bench.txt pyproject.toml
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/pip --disable-pip-version-check -q install --require-hashes -r requirements/bench.txt
	@.venv-bench/bin/pip --disable-pip-version-check -q install --no-build-isolation --no-deps -e .
	@touch $@
