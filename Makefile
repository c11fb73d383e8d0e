# `make` alone shows what there is. Every other target works as the first command on a fresh machine: it makes its own
# .venv from python3, and mends one that is broken or was never finished.
PYTHON ?= python3
BIN = .venv/bin

.PHONY: help demo test check bench drill pictures clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

demo: .venv/lab ## play the walkthrough of README.md against a real broker
	@$(BIN)/python -m rabbitmq_tutorial.walkthrough.demo

test: .venv/tests .venv/mermaid ## run the tests on a throw-away broker
	@$(BIN)/pytest --numprocesses=7 --dist=loadgroup --no-loadscope-reorder

check: .venv/checks ## ruff, and mypy --strict for Linux, macOS and Windows
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --platform linux
	@$(BIN)/mypy --platform darwin
	@$(BIN)/mypy --platform win32

bench: .venv/benchmarks ## measure the scripts beside other clients
	@$(BIN)/python benchmarks

drill: .venv/tests ## lose nothing: workers and brokers killed by the dozen
	@$(BIN)/python tests/drill.py

pictures: .venv/lab ## draw the pictures of README.md anew, from a live run
	@$(BIN)/python -m rabbitmq_tutorial.walkthrough.pictures

clean: ## stop the broker and remove what was installed here
	@if $(BIN)/broker --help >/dev/null 2>&1; then $(BIN)/broker down --wipe; fi
	@rm -rf .venv .broker .broker.lock build dist .mypy_cache .ruff_cache .pytest_cache
	@find . -name __pycache__ -prune -exec rm -rf {} +

# Each extra of pyproject.toml, with a file of its name that says it is installed.
.venv/%: pyproject.toml $(BIN)/python
	@$(PYTHON) .ci/make_venv.py
	@echo "installing into .venv, which may take a minute"
	@$(BIN)/pip install --quiet --disable-pip-version-check --editable ".[$*]"
	@touch $@

# Nothing to do, except that where it is missing (its Python was uninstalled, say) the rule above runs again.
$(BIN)/python: ;

.venv/mermaid: Makefile | .venv/tests # for the tests of the flowcharts; without npm, they do without
	@if command -v npm >/dev/null; then cd .venv && npm install --silent --no-save --no-audit --ignore-scripts \
	--fetch-retries=0 --fetch-timeout=20000 --prefix . mermaid@11 && node --input-type=module --eval 'import "mermaid"' \
	&& touch mermaid || echo "npm cannot install Mermaid: the tests go on without its parser"; fi
