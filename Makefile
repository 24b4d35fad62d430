# `make demo` and `make test` set up everything they need themselves; see scripts/.
SHELL := /bin/sh
PATH := $(CURDIR)/.venv/bin:$(PATH)
export PATH
PORT ?= 8080
# one more than processors, because some tests wait; no more than memory carries
WORKERS ?= $(shell echo $$(( $$(nproc) < 4 ? $$(nproc) + 1 : 4 )))
BROWSER_SOURCES := $(shell find browser/src browser/public browser/index.html browser/vite.config.ts -type f 2>/dev/null)

.PHONY: help demo serve test test-python test-browser lint lint-python lint-browser format bench docs clean
.DEFAULT_GOAL := help

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

demo: .venv/ready build/browser ## Set up all, load three real towns and open them in the browser
	kastor demo --port $(PORT)

serve: .venv/ready build/browser ## Serve the tenants under KASTOR_HOME
	kastor serve --port $(PORT)

test: build/debian .venv/ready-dev build/browser lint test-python test-browser ## Everything CI runs

test-python: .venv/ready-dev build/browser
	pytest --numprocesses $(WORKERS) --dist loadfile

test-browser: build/browser
	cd browser && npm test

lint: .venv/ready-dev build/browser-packages ## Style, types and the import contract
	$(MAKE) --jobs 2 --output-sync lint-python lint-browser

lint-python:
	ruff check .
	ruff format --check .
	mypy
	lint-imports

lint-browser:
	cd browser && npm run lint

format: .venv/ready-dev build/browser-packages ## Put the code into house style
	ruff check --fix .
	ruff format .
	cd browser && npm run format

bench: .venv/ready-dev build/browser ## Measure the bars against their peers and print the ratios
	python benchmarks/run.py

docs: .venv/ready-dev ## Build the documentation site into site/
	mkdocs build --strict

clean: ## Remove what was built; data under kastor-data/ stays
	rm -rf .venv build site browser/node_modules kastor/web/static

.venv/ready: requirements.lock pyproject.toml scripts/python.sh
	sh scripts/python.sh requirements.lock
	touch $@

.venv/ready-dev: requirements-dev.lock .venv/ready
	sh scripts/python.sh requirements-dev.lock
	touch $@

build/browser-packages: browser/package.json browser/package-lock.json .venv/ready
	sh scripts/node.sh ci
	mkdir -p build && touch $@

build/browser: build/browser-packages $(BROWSER_SOURCES)
	sh scripts/node.sh run build
	touch $@

build/debian: scripts/debian.sh
	sh scripts/debian.sh chromium fonts-dejavu-core gdal-bin postgresql postgresql-postgis dovecot-imapd
	mkdir -p build && touch $@
