# What people type. `make help` lists it; the comments behind ## are the help.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON := python3
VENV := .venv/bin

help: ## Show this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## ?/\1\t/' | expand -t 12

run: export HUIYIN_DEMO ?= 1
run: ## Set up everything that is needed, start it, stop it all with Ctrl-C
	@$(PYTHON) -m ops.bootstrap run

test: export TESTS_HAVE_EVERYTHING = 1
test: ## Set up what the tests need, check the code, run all tests
	@$(PYTHON) -m ops.bootstrap test
	@$(MAKE) lint
	@$(VENV)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations 30 -m "not alone"
	@$(VENV)/pytest -m alone

lint: ## Check the code: ruff, mypy, import-linter, TypeScript
	@test -x $(VENV)/ruff || $(PYTHON) -m ops.bootstrap tools
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python -m ops.setup_node check

lock: ## Compile requirements/*.in into lock files with hashes
	@$(PYTHON) -m ops.bootstrap tools
	$(VENV)/python -m ops.lock

notices: ## Write NOTICE from the lock files and the installed packages' licences
	@$(PYTHON) -m ops.bootstrap tools
	$(VENV)/python -m ops.notices

bench: ## Measure; ONLY=name,… for some figures (docs/benchmarks.md)
	@$(PYTHON) -m ops.bootstrap tools
	$(VENV)/python -m bench $(if $(ONLY),--only $(ONLY))

cases: ## Walk N complaints through moves, time and people (10,000), looking for what must never be
	@$(PYTHON) -m ops.bootstrap test
	CASE_RUNS=$(or $(N),10000) $(VENV)/pytest tests/unit/crm/test_case_machine.py --timeout 7200

campaign: ## Make, move and close N tickets (10,000) on both databases; hold their clocks against a plain count
	@$(PYTHON) -m ops.bootstrap test
	$(VENV)/python -m tests.campaign --tickets $(or $(N),10000)

torture: ## Kill and stop parts N times while calls run, and count what was lost
	@$(PYTHON) -m ops.bootstrap test
	$(VENV)/python -m tests.torture $(or $(N),100)

kpi-proof: ## Prove the key figures on CALLS made-up calls (docs/kpi.md)
	@$(PYTHON) -m ops.bootstrap test
	nice -n 19 $(VENV)/python -m bench.kpi_proof --calls $(or $(CALLS),1000000)

.PHONY: help run test lint lock notices bench kpi-proof cases campaign torture
