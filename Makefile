# Every target works in a fresh clone: the virtual environment is made from the lock file first.
# Some take options of the program behind them:
#   make faults FAULTS="broker --short"
#   make matrix MATRIX="--python 3.13 --broker 4.0 --only tests/schemas"
#   make bench BENCH="--waiting 100000"
#   make fuzz SECONDS=600    # for each target
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo up console pictures broker test test-quick test-all coverage lint deploy-check faults fuzz matrix bench bench-console bench-quick lock audit clean

help:              ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: .venv/made   ## the journey of six webhooks, shown and checked
	@$(BIN)/python -m deploy.demo

up: .venv/made     ## broker, ingress and workers, until Ctrl-C
	@$(BIN)/python -m deploy.up

console: .venv/made ## the console in the browser, with a sample mess to look at, until Ctrl-C
	@$(BIN)/python -m deploy.console

pictures: .venv/made ## the pictures of the console's pages that the README shows, taken anew
	@PICTURES=deploy/console $(BIN)/pytest -q tests/system/test_console_pictures.py

broker: .venv/made ## a private RabbitMQ that keeps running; prints its URL
	@$(BIN)/python -m deploy.local start

# System tests mostly wait, so that more of them than there are cores run at once.
PYTEST = $(BIN)/pytest -n 4 --dist loadgroup

test: .venv/made   ## what each change must pass: lint, types, import contracts, unit and system tests
	@$(MAKE) --no-print-directory -j 2 lint test-quick

# Commands are forked from a process that has imported what they need, and Hypothesis draws a quarter;
# `make test-all` starts each command as users do, and draws all.
test-quick: .venv/made  ## the tests of `make test`, alone
	$(PYTEST) --fork-commands --hypothesis-profile quick -m "not slow"

test-all: lint     ## the same with all that takes long, then `make faults`: an hour
	$(PYTEST) -rs
	@$(MAKE) --no-print-directory faults

coverage: .venv/made  ## how much of the code the unit tests reach, and the lines that they do not
	$(BIN)/coverage run -m pytest -q tests/schemas tests/runtime tests/ingress tests/workers
	@$(BIN)/coverage report

lint: .venv/made   ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Programs that are not here are named by what is left out; haproxy and nginx-light are Debian's packages.
deploy-check: .venv/made  ## every file of deploy/, tried by the program that reads it, under load too
	$(BIN)/pytest tests/deploy tests/workers/deployment tests/second_edition tests/system/test_verifying.py tests/system/test_deploy_command.py

SECONDS ?= 60
fuzz: .venv-fuzz/made   ## look for bytes that break what reads them (Linux on x86-64)
	.venv-fuzz/bin/python -m tests.fuzz all --seconds $(SECONDS)

faults: .venv-bench/made       ## break everything under load and balance the books (fifty minutes)
	@.venv-bench/bin/python -m tests.faults $(FAULTS)

matrix: .venv/made ## the suite on every Python and RabbitMQ that this machine can run
	@$(BIN)/python -m tests.matrix $(MATRIX)

bench: .venv-bench/made        ## what it costs, beside what you would pick instead (forty minutes)
	@.venv-bench/bin/python -m tests.bench $(BENCH)

bench-console: .venv/made      ## how soon the console answers, and how large its pages are (three minutes)
	@$(BIN)/python -m tests.bench.console

bench-quick: .venv-bench/made  ## the first rows, in a minute
	@.venv-bench/bin/python -m tests.bench --quick $(BENCH)

EXTRAS = otel postgres redis console

lock:              ## new lock files from pyproject.toml; needs uv
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml -o deploy/requirements/run.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group dev $(addprefix --extra ,$(EXTRAS)) pyproject.toml -o deploy/requirements/dev.txt
	for extra in $(EXTRAS); do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra $$extra -c deploy/requirements/dev.txt pyproject.toml -o deploy/requirements/$$extra.txt || exit; \
	done
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate $(addprefix --extra ,$(EXTRAS)) -c deploy/requirements/dev.txt pyproject.toml -o deploy/requirements/all.txt
	echo hatchling | uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c deploy/requirements/dev.txt - -o deploy/requirements/build.txt
	uv pip compile -q --python-platform x86_64-manylinux_2_28 --python-version 3.11 --generate-hashes --no-header --no-annotate --group fuzz pyproject.toml -o deploy/requirements/fuzz.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --group bench pyproject.toml -o deploy/requirements/bench.txt

audit:             ## known vulnerabilities in what production runs; needs uv
	@uvx 'pip-audit>=2.10,<3' --strict --disable-pip --require-hashes --progress-spinner off -r deploy/requirements/run.txt \
	  || { echo 'audit not passed: a vulnerability is listed above, or the service did not answer for every package' >&2; exit 1; }

clean:             ## the environment and the private broker
	test ! -x $(BIN)/python || $(BIN)/python -m deploy.local stop
	rm -rf .venv .venv-bench .venv-fuzz .run .coverage

.venv/made: deploy/requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Hookline needs Python 3.11 or later: make PYTHON=python3.11 …" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip --disable-pip-version-check -q install --require-hashes -r deploy/requirements/dev.txt
	@$(BIN)/pip --disable-pip-version-check -q install --no-build-isolation --no-deps -e .
	@touch $@

.venv-fuzz/made: deploy/requirements/fuzz.txt
	@$(PYTHON) -m venv .venv-fuzz
	@.venv-fuzz/bin/pip --disable-pip-version-check -q install --require-hashes -r deploy/requirements/fuzz.txt
	@touch $@

.venv-bench/made: deploy/requirements/bench.txt pyproject.toml
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/pip --disable-pip-version-check -q install --require-hashes -r deploy/requirements/bench.txt
	@.venv-bench/bin/pip --disable-pip-version-check -q install --no-build-isolation --no-deps -e .
	@touch $@
