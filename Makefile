# Every target sets up what it needs from a bare clone: Python 3.11 or newer is all it asks for.
# PYTHON=python3.12 names the Python that a new .venv is made with.
export PYTHON
BIN := .venv/bin
UNIT := tests/unit tests/architecture
# One file asks Airflow for most of its time and the other one the jobs: side by side.
DAG_TESTS := -n 2 --dist loadfile --timeout 600 tests/contract/test_dag_lead_scoring.py tests/pipeline/test_dag_end_to_end.py
SYNC := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.DEFAULT_GOAL := help
.PHONY: help setup spark check test demo synth cost rehearse drill fuzz dags bench lint-templates audit security .app .dev .synth .spark .airflow .airflow2 format lint types imports unit

help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .dev .spark .airflow ## Install everything for development into .venv, .venv-spark and .venv-airflow

spark: .spark ## Install Spark into .venv-spark, for `--engine spark`

check: .dev ## Format, lint, types, import directions, unit tests: within a minute
	@$(MAKE) --no-print-directory --keep-going --jobs=2 $(SYNC) unit types imports lint format

# CHECKED=yes leaves out what `make check` has just run.
test: .dev .spark .airflow ## Run every test; those of one file stay on one process and share its servers
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder $(if $(CHECKED),$(UNIT:%=--ignore=%))

demo: .app ## Run the main job end to end on this machine, then open the web console
	@$(BIN)/leadwise demo

synth: .synth ## Synthesize the CloudFormation templates of all environments into cdk.out/
	@$(BIN)/python scripts/synth.py

cost: .synth ## Price the templates of all environments: idle, by use, and against the budgets
	@$(BIN)/python -m infra.cost

drill: .app ## Force a bad model into service on a scratch home, catch it and roll it back, with times
	@$(BIN)/leadwise drill lead_conversion

rehearse: .dev ## Deploy the AWS home without an account, and run its Lambdas
	@$(BIN)/python -m rehearsal

lint-templates: .dev ## Hold the templates in cdk.out/ against CloudFormation's schema
	@$(BIN)/python scripts/lint_templates.py

audit: .dev ## Look up known vulnerabilities of every locked package; asks PyPI and npm
	@$(BIN)/python -m scripts.audit

security: .dev ## Write docs/security.md: controls, what holds them, reasons for exceptions
	@$(BIN)/python -m scripts.security

fuzz: .dev ## 2,000 requests made up from the API's description, and 5,000 files made up of faults
	@LEADWISE_CASES_PER_OPERATION=112 $(BIN)/pytest -q -n0 --timeout 3600 tests/web/test_described_api.py
	@LEADWISE_FILES=5000 $(BIN)/pytest -q -n0 --timeout 3600 tests/faults/test_any_file.py

dags: .dev .airflow .airflow2 ## The tests of the DAG on the Airflow of MWAA, and on the newest 2.x
	@$(BIN)/pytest -q $(DAG_TESTS)
	@LEADWISE_AIRFLOW=.venv-airflow2 $(BIN)/pytest -q $(DAG_TESTS)

bench: .dev .spark ## Measure what docs/results.md reports
	@$(BIN)/python -m bench

.app .dev .synth .spark .airflow .airflow2:
	@scripts/setup $(@:.%=%)

format:
	@$(BIN)/ruff format --check

lint:
	@$(BIN)/ruff check

types:
	@$(BIN)/mypy

imports:
	@$(BIN)/lint-imports --no-logo

unit:
	@$(BIN)/pytest -n 2 $(UNIT)
