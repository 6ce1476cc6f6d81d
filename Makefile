# The everyday commands. Each sets up what it needs: a machine with Python 3.10 or newer and make is enough.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
BENCH := .bench-venv

.PHONY: help demo test lint format types imports dead-code coverage conformance bench matrix fuzz mutation docs docs-reference wheel clean

help:  ## List the commands.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

# pip older than 25.1 knows no dependency groups, so it is brought up to date first.
$(STAMP): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "pytest-tfgrad needs Python 3.10 or newer; name one: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $(STAMP)

demo: $(STAMP)  ## Lint the examples and check their gradients; passes only if exactly the marked mistakes are found.
	$(BIN)/python examples/demo.py

# The conformance tests switch off kernels that abort the process on shapes which TensorFlow should refuse; the others
# run with TensorFlow as users have it.
test: $(STAMP)  ## Run all tests.
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/conformance
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/conformance

lint: $(STAMP)  ## Check style and formatting.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP)  ## Mend style and formatting.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP)  ## Check the types of both packages strictly.
	$(BIN)/mypy

imports: $(STAMP)  ## Check which part imports which.
	$(BIN)/lint-imports

# Models of functions have TensorFlow's own parameters, used or not.
dead-code: $(STAMP)  ## List code that nothing uses.
	! $(BIN)/vulture | grep -v '/api/.*unused variable'

# Not by pytest-cov, which starts when pytest has imported our plugin already.
coverage: $(STAMP)  ## Run all tests; branch coverage of both packages must be 95 %.
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadfile --ignore tests/conformance
	$(BIN)/coverage run -m pytest -n 2 --dist loadfile tests/conformance
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered

conformance: $(STAMP)  ## Compare every API model, and generated programs, with TensorFlow on many more arguments than `make test` does.
	TFGRAD_CONFORMANCE_EXAMPLES=200 $(BIN)/python -m pytest tests/conformance -n 2

fuzz: $(STAMP)  ## Lint and fix 10,000 programs that nobody would write; FOLDERS names code to make some of.
	$(BIN)/python -m tests.fuzzing $(FOLDERS)

mutation: $(STAMP)  ## Change shapes/ and numeric/ one thing at a time, and list what no test notices (hours); PARTS="shapes/dims numeric" names some.
	$(BIN)/python -m tests.mutation $(PARTS)

docs: $(STAMP)  ## Build the documentation site in site/; warnings are errors.
	$(BIN)/python -m pip install --quiet --group docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# Other linters and gradient checkers are kept out of the environment in which the work is done.
$(BENCH)/.installed: pyproject.toml benchmarks/requirements.txt benchmarks/linters.txt
	$(PYTHON) -m venv $(BENCH)
	$(PYTHON) -m venv $(BENCH)/linters
	$(BENCH)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BENCH)/bin/python -m pip install --quiet --editable . --group tensorflow
	grep -v '^#' benchmarks/requirements.txt | xargs -n 1 $(BENCH)/bin/python -m pip install --quiet || true
	grep -v '^#' benchmarks/linters.txt | xargs -n 1 $(BENCH)/linters/bin/python -m pip install --quiet || true
	touch $@

bench: $(BENCH)/.installed  ## Run all benchmarks and write benchmarks/RESULTS.md; BENCHMARKS names some of them.
	$(BENCH)/bin/python benchmarks/run.py $(BENCHMARKS)

matrix:  ## Run the tests with every supported version of Python and TensorFlow that is installed or can be.
	$(PYTHON) -m pip install --quiet nox
	$(PYTHON) -m nox

docs-reference: $(STAMP)  ## Write the parts of docs/ anew that are made from the code: rules, options, settings, JSON.
	$(BIN)/python -m docs.reference

wheel: $(STAMP)  ## Build the wheel and the source distribution.
	$(BIN)/python -m build --outdir dist .

clean:  ## Remove what the other commands made.
	rm -rf $(VENV) $(BENCH) .demo-venv .nox dist build site .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
