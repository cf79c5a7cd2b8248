# Every target does all the set-up that it needs; what is up to date is left alone.

BOOK ?= manuscript
EDITION ?=
ARGS ?=
export BOOK EDITION
export PYTHONNOUSERSITE := 1
unexport PYTHONPATH PYTHONHOME

SHELL := /bin/sh
RUN := .venv/bin/python
ifeq ($(shell uname -s),Darwin)
# Homebrew's libraries; set for each command, since macOS takes it away from /bin/sh.
RUN := DYLD_FALLBACK_LIBRARY_PATH="$${DYLD_FALLBACK_LIBRARY_PATH:-/opt/homebrew/lib:/usr/local/lib:/usr/lib}" \
	PATH="$$PATH:/opt/homebrew/bin:/opt/homebrew/opt/openjdk/bin:/usr/local/opt/openjdk/bin" .venv/bin/python
endif

# The default book's editions go to dist/, those of any other book to a dist/ in its folder.
build = @set -- build "$$BOOK" $(1); \
	if [ "$${BOOK%/}" = manuscript ]; then set -- "$$@" --out dist; fi; \
	if [ -n "$$EDITION" ]; then set -- "$$@" --edition "$$EDITION"; fi; \
	$(RUN) -m pipeline "$$@" $(ARGS)

.DEFAULT_GOAL := editions
.NOTPARALLEL:
.PHONY: csl-suite compare-csl bench-csl editions pdf epub test test-all bench bench-lines validators lint check format lock clean distclean help setup setup-dev

editions: setup ## all editions of the book in dist/ (what plain `make` does)
	$(call build,)

pdf: setup ## the PDF editions only
	$(call build,--medium pdf)

epub: setup ## the EPUB editions only
	$(call build,--medium epub)

test: setup-dev ## the tests, without the slow ones
	@$(RUN) -m pytest -n auto -m "not slow and not bench" $(ARGS)

test-all: setup-dev ## all tests
	@$(RUN) -m pytest -n auto -m "not bench" --durations=15 $(ARGS)

validators: setup-dev ## what some slow tests judge editions with: Ace, a reading system, EPUBCheck 4, veraPDF
	@sh .ci/validators.sh

bench: setup-dev ## what a book costs, as ratios to plain WeasyPrint (ARGS="FOLDER --beside --million")
	@$(RUN) tests/bench.py $(ARGS)

csl-suite: setup-dev ## the fixtures of the CSL test-suite, where ../shared/csl-suite is
	@$(RUN) -m pytest tests/test_csl_suite.py $(ARGS)

compare-csl: setup-dev ## all note styles beside the reference processor, style by style (`make validators` brings it)
	@$(RUN) -m tests.test_csl_reference $(ARGS)

bench-csl: setup-dev ## the speed of the citation engine
	@$(RUN) -m pytest -m bench tests/test_csl.py $(ARGS)

lint: setup-dev ## formatting, rules and types
	@$(RUN) -m ruff format --check
	@$(RUN) -m ruff check
	@$(RUN) -m mypy

check: lint test editions ## lint, test, build, and all checks on the book and its editions
	@set -- check "$$BOOK"; \
	if [ "$${BOOK%/}" = manuscript ]; then set -- "$$@" --out dist; fi; \
	$(RUN) -m pipeline "$$@"

format: setup-dev ## write the code as the formatter wants it
	@$(RUN) -m ruff check --fix-only --quiet
	@$(RUN) -m ruff format

lock: setup-dev ## resolve the packages anew and write the lock files
	@test -x .cache/lock/bin/uv || { $(RUN) -m venv .cache/lock && .cache/lock/bin/python -m pip install --quiet uv; }
	@rm -f requirements.lock requirements-dev.lock
	@.cache/lock/bin/uv pip compile $(LOCK) --output-file requirements.lock pyproject.toml
	@.cache/lock/bin/uv pip compile $(LOCK) --group dev --constraints requirements.lock \
		--output-file requirements-dev.lock pyproject.toml
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --only-binary :all:

bench-lines: setup-dev ## the lines of BOOK beside those of Typst (`pip install typst` brings it), as a table
	@set -- "$$BOOK"; \
	if [ -f ../shared/source/memorial-report-1992.txt ]; then set -- "$$@" ../shared/source/memorial-report-1992.txt; fi; \
	$(RUN) tests/bench_lines.py "$$@" $(ARGS)

clean: ## delete what builds and tests have made
	@find dist -mindepth 1 -maxdepth 1 ! -name .gitignore -exec rm -rf {} +
	@find .cache -mindepth 1 -maxdepth 1 ! -name setup.lock ! -name validators -exec rm -rf {} + 2>/dev/null || true
	@rm -rf "$$BOOK/.cache"
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find pipeline tests -name __pycache__ -exec rm -rf {} +

distclean: clean ## and .venv too
	@rm -rf .venv .cache

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  BOOK=folder     another book than manuscript/; its editions go to folder/dist/"
	@echo "  EDITION=name    one edition of the book only"
	@echo "  ARGS=…          more arguments for the command or for pytest"
	@echo "  PYTHON=…        the Python to make .venv with (3.11 or newer)"
	@echo "  NO_INSTALL=1    never call apt-get or brew; say what is missing instead"

setup:
	@sh .ci/setup.sh run

setup-dev:
	@sh .ci/setup.sh dev
