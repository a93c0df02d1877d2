# make full | quick | validate | cleanup   [CONNECTION=name] [ARGS="--prefix ALICE --verbose"]
# make demo     [CONNECTION=name] [ARGS="--prefix ALICE"]   the FACTSET ETF demo, on what make full has built
# make page     [CONNECTION=name] [ARGS="--prefix ALICE"]   the page that an audience watches
# make test | page-test | check | soak | coverage | bench | bench-peers | clients | generated | audit
# make check [SINCE=main]: linters, types, and the tests of what has changed since the last commit, or since another
# make page-test: the page in a browser, which it installs where it may; writes docs/page-1280.png and docs/page-1920.png
# make soak: the same tests as make test, the long ones at full length
# make bench [ARGS=setup]: what the machine is worth, what the product costs on it, and what is over its limit; bench-peers:
# beside other tools, each in an environment of its own
# make coverage [ARGS=tests/utils]: which lines of src and demos the tests reach, also those that they run as processes;
# of all tests, fails where it is less than 92 percent
# make clients [ARGS='dbt']: what people have installed, tried on the emulator; writes docs/clients.md. Needs npm
# make snowpark-suites REPOSITORY=path [ARGS='--suite merge']: Snowpark's own tests, from a checkout of its repository

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python setup.py $(if $(CONNECTION),--connection_name $(CONNECTION))

.PHONY: full quick validate cleanup demo page test page-test check lint soak coverage bench bench-peers clients snowpark-suites generated audit live clean

full quick validate cleanup: .venv/local.stamp
	$(RUN) --mode $@ $(ARGS)

PAGE := .venv/page/bin
DEMO := $(BIN)/python -m demos.factset_etf_iceberg
ON := $(if $(CONNECTION),--connection_name $(CONNECTION)) $(ARGS)

demo: .venv/local.stamp
	$(DEMO) deploy $(ON)
	$(DEMO) simulate $(ON)
	$(DEMO) run $(ON)
	$(DEMO) verify $(ON)
	$(DEMO) status $(ON)

page: .venv/page.stamp
	$(PAGE)/python -m demos.factset_etf_iceberg page $(ON)

# What Python compiles is kept: each worker loads the same modules, and so does the next run.
test check: export PYTHONDONTWRITEBYTECODE =

IN_SUITE := .venv/snow.stamp .venv/page.stamp .venv/clients/snowpark.stamp .venv/clients/connector4.stamp

test: lint $(IN_SUITE)
	$(BIN)/sqlfluff parse --format none sql
	$(BIN)/pytest $(ARGS)
	$(PAGE)/python -m pytest -c tests/page/pytest.ini tests/page/test_app.py

page-test: .venv/page.stamp
	$(PAGE)/python -m pytest -c tests/page/pytest.ini tests/page/test_browser.py

check: lint $(IN_SUITE)
	$(BIN)/pytest $$($(BIN)/python -m tests.changed $(SINCE)) $(ARGS)

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict config.py setup.py src demos tests

soak: export DATA_ENG_DEMO_LONG = 1
soak: export PYTEST_TIMEOUT = 7200
soak: test

# Each process of the tests measures itself: those that they start, too, wherever they run. Beside the project's packages, so
# that nothing else gets slower.
COVERAGE := .venv/coverage

coverage: export COVERAGE_ROOT = $(CURDIR)
coverage: export PYTHONPATH = $(CURDIR)/$(COVERAGE)
coverage: $(COVERAGE).stamp $(IN_SUITE)
	rm -f $(COVERAGE)/data*
	-COVERAGE_PROCESS_START=$(CURDIR)/pyproject.toml $(BIN)/pytest $(ARGS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report --fail-under 0 --format markdown > $(COVERAGE)/report.md
	$(BIN)/python -m coverage report --skip-covered $(if $(ARGS),--fail-under 0)

bench: .venv/dev.stamp
	$(BIN)/python -m tests.benchmarks $(ARGS)

bench-peers: .venv/dev.stamp .venv/snow.stamp .venv/schemachange.stamp
	$(BIN)/python -m tests.benchmarks peers

CLIENTS := connector5 sqlalchemy dbt polars node snowcap

clients: .venv/dev.stamp $(IN_SUITE) .venv/schemachange.stamp $(CLIENTS:%=.venv/clients/%.stamp)
	$(BIN)/python -m tests.clients $(ARGS)

snowpark-suites: .venv/dev.stamp .venv/clients/snowpark-suites.stamp
	$(BIN)/python -m tests.clients.suites --repository $(REPOSITORY) $(ARGS)

# What is made from the code and kept in the repository: sql/*.sql and docs/cli.md.
generated: .venv/dev.stamp
	$(BIN)/python -m tests.generated

# On a Snowflake account: says what it costs, asks, runs tests/live, and writes REPORT, what the emulator answers otherwise.
live: .venv/dev.stamp
	$(BIN)/python -m tests.live --connection $(CONNECTION) --report $(or $(REPORT),fidelity.md) $(ARGS)

# Known vulnerabilities of the pinned versions. Needs the network; a package that cannot be looked up fails it.
audit: .venv/audit.stamp
	.venv/audit/bin/pip-audit --strict --requirement constraints.txt --requirement constraints-page.txt --no-deps --disable-pip

clean:
	rm -rf .venv .local-snowflake .mypy_cache .pytest_cache .ruff_cache

.venv/local.stamp: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed. Pass PYTHON=python3.x")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local]'
	@touch $@

.venv/dev.stamp: .venv/local.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[local,dev]'
	@touch $@

.venv/audit.stamp: .venv/local.stamp
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit==2.10.1
	@touch $@

$(COVERAGE).stamp: .venv/dev.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --target $(COVERAGE) coverage==7.17.5
	printf 'import coverage\ncoverage.process_startup()\n' > $(COVERAGE)/sitecustomize.py
	@touch $@

# Streamlit with the project, and what tests the page, in an environment of its own; pinned as below.
.venv/page.stamp: .venv/local.stamp constraints-page.txt
	$(PYTHON) -m venv .venv/page
	$(PAGE)/python -m pip install --quiet --disable-pip-version-check --no-deps -r constraints.txt -r constraints-page.txt -e .
	@touch $@

# Snowflake CLI, which the tests drive, in an environment of its own. All is pinned, so nothing has to be resolved.
.venv/snow.stamp: tests/snowflake_cli.txt
	$(PYTHON) -m venv .venv/snow
	.venv/snow/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/snowflake_cli.txt
	@touch $@

.venv/clients/%.stamp: tests/clients/environments/%.txt
	$(PYTHON) -m venv .venv/clients/$*
	.venv/clients/$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

.venv/clients/node.stamp: tests/clients/environments/node/package-lock.json
	mkdir -p .venv/clients/node
	cp tests/clients/environments/node/package.json $< .venv/clients/node
	npm ci --silent --no-audit --no-fund --prefix .venv/clients/node
	@touch $@

.venv/schemachange.stamp: tests/benchmarks/schemachange.txt
	$(PYTHON) -m venv .venv/schemachange
	.venv/schemachange/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/benchmarks/schemachange.txt
	@touch $@
