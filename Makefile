# Each target works as the first command on a fresh machine: it makes its own .venv from python3.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: demo test check bench drill pictures clean

demo: .venv/demo ## play the walkthrough of README.md against a real broker
	@$(BIN)/python -m rabbitmq_tutorial.walkthrough.demo

test: .venv/tests .venv/mermaid ## run the tests on a throw-away broker
	@$(BIN)/pytest

check: .venv/checks ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: .venv/benchmarks ## measure the scripts beside other clients
	@$(BIN)/python benchmarks

drill: .venv/tests ## lose nothing: workers and brokers killed by the dozen
	@$(BIN)/python tests/drill.py

pictures: .venv/demo ## draw the pictures of README.md anew, from a live run
	@$(BIN)/python -m rabbitmq_tutorial.walkthrough.pictures

clean: ## stop the broker and remove what was installed here
	@if [ -x $(BIN)/broker ]; then $(BIN)/broker down --wipe; fi
	@rm -rf .venv .broker build dist .mypy_cache .ruff_cache .pytest_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

.venv/%: pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

.venv/mermaid: Makefile | .venv/tests # for the tests of the flowcharts; without npm, they do without
	@if command -v npm >/dev/null; then cd .venv && npm install --silent --no-save --no-audit --ignore-scripts \
	--fetch-retries=0 --fetch-timeout=20000 --prefix . mermaid@11 && node --input-type=module --eval 'import "mermaid"' \
	&& touch mermaid || echo "npm cannot install Mermaid: the tests go on without its parser"; fi
