# `make` prints this list. Two commands matter most: `make run` and `make test`.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
CODE   := app.py chalicelib restante infra tools tests bench

.DEFAULT_GOAL := help
.PHONY: help setup run test check generate package fuzz fuzz-api test-deploy test-dynamodb-local bench screenshots requirements clean
# What the benchmarks are given, as in `make bench-api ARGS="--messages 1000000"`.
ARGS ?=

help: ## Print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-22s %s\n", $$1, $$2}'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Restante needs Python 3.11 or newer; set PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -m venv $(VENV)

# The `restante` command of this checkout, from any folder, without building a package.
COMMAND := $(BIN)/restante
$(COMMAND): | $(BIN)/python
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/$(BIN)/python" -m restante "$$@"\n' "$(CURDIR)" "$(CURDIR)" > $@
	@chmod +x $@

$(VENV)/.run-ready: requirements-embedded.txt | $(BIN)/python $(COMMAND)
	@echo "Installing what Restante needs into $(VENV) ..."
	@$(PIP) -r requirements-embedded.txt
	@touch $@

$(VENV)/.dev-ready: requirements-dev.txt | $(BIN)/python $(COMMAND)
	@echo "Installing what tests and checks need into $(VENV) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run-ready

# What checks the template needs other versions than ours.
INFRA := .venv-infra
$(INFRA)/.ready: requirements-infra.txt | $(BIN)/python
	@echo "Installing what checks the template into $(INFRA) ..."
	@$(PYTHON) -m venv $(INFRA)
	@$(INFRA)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-infra.txt
	@touch $@

setup: $(VENV)/.dev-ready $(INFRA)/.ready ## Make the virtual environment with everything tests need

run: $(VENV)/.run-ready ## Start SMTP on 127.0.0.1:1025 and HTTP on 127.0.0.1:8025, data in ./data
	@exec $(BIN)/python -m restante serve

test: setup check ## Run every check and every test
	$(BIN)/python -m pytest

check: setup ## Lint and types
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)

generate: setup ## Write every generated file (OpenAPI document, client, settings, limits, reference)
	$(BIN)/python -m tools.generate

package: setup ## Package what runs on Lambda into build/package; ARGS="--architecture x86_64"
	$(BIN)/python -m infra build/package $(ARGS)

test-deploy: setup ## Deploy the package to ministack, an AWS on this machine, and use it; part of make test
	$(BIN)/python -m pytest -n 0 -s tests/deploy

fuzz: setup ## Parse 100,000 mutated mails: no exception, bounded time and memory
	$(BIN)/python -m tests.fuzz.mutate --count 100000 --seconds 600

fuzz-api: setup ## Ask the API what its document allows and more, for ten minutes
	$(BIN)/python -m tests.api.fuzz_api --seconds 600

test-dynamodb-local: setup ## Run the contract suite against DynamoDB Local (needs Java and Maven)
	$(BIN)/python -m tools.dynamodb_local

bench: bench-receiving ## Mails per second beside MailDev and Mailpit; also bench-parse, bench-api, bench-cache, bench-hostile

bench-%: setup
	$(BIN)/python -m bench.$* $(ARGS)

screenshots: setup ## Picture every view of the page into build/screenshots (needs Chromium)
	$(BIN)/python -m tools.screenshots

requirements: ## Pin the newest versions of everything (needs uv)
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" requirements.in -o requirements.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" -c requirements.txt requirements-embedded.in -o requirements-embedded.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" -c requirements-embedded.txt requirements-dev.in -o requirements-dev.txt
	uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make requirements" requirements-infra.in -o requirements-infra.txt

clean: ## Remove the virtual environments and caches (never ./data)
	rm -rf $(VENV) $(INFRA) build/layers build/package .mypy_cache .ruff_cache .pytest_cache .hypothesis
