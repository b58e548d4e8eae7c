# kubejazz: `make up` starts everything, `make test` runs every test. Both set up what is missing first.
# PYTHON=/path/to/python chooses the interpreter of the environment.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Compiled at once, as an installed wheel is: half of the time a start would take goes into compiling.
ROOMS := apimachinery client conformance controllers kubejazz kubelet metricsserver migrations openapi scheduler server storage

.PHONY: bench-against conformance conformance-check install tools clients up test soak check fuzz bench bench-check wheel clean

install: $(STAMP)

$(STAMP): pyproject.toml
	@test -x $(BIN)/python || scripts/venv.sh $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@$(BIN)/python -m compileall -q -j 0 $(ROOMS)
	@touch $@

# The programs beside Python that tests need. Installed where we may, named where we may not.
tools:
	@scripts/tools.sh

up: install
	@exec $(BIN)/kubejazz up

# The environments of the client libraries that tests drive, each in one of its own.
clients: install
	@scripts/clients.sh $(BIN)/python

test: install tools clients
	$(BIN)/pytest -n auto

# What takes minutes: the server is killed a hundred times while others write, the controllers during ten rollouts, Jobs
# and deletions of namespaces.
soak: install
	KUBEJAZZ_KILLS=100 $(BIN)/pytest tests/story/test_kills.py
	KUBEJAZZ_CHAOS=10 $(BIN)/pytest tests/story/chaos

check: install tools clients
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto

# More random requests than the tests make, and new ones each time: FUZZ times as many.
FUZZ := 20
fuzz: install
	KUBEJAZZ_FUZZ=$(FUZZ) $(BIN)/pytest tests/server/fuzz

bench: install
	@scripts/bench-tools.sh
	$(BIN)/python -m bench

# The benchmarks again, and the conformance checks: what is more than a tenth worse than the committed results, or red now.
bench-check: install
	@scripts/bench-tools.sh
	@$(BIN)/python -m bench.check; figures=$$?; scripts/conformance.sh $(BIN) check && exit $$figures

# The same load on any cluster and on a server of ours: make bench-against KUBECONFIG=~/.kube/config
bench-against: install
	@test -n "$(KUBECONFIG)" || { echo "say which cluster: make bench-against KUBECONFIG=file" >&2; exit 2; }
	$(BIN)/python -m bench.against "$(KUBECONFIG)"

wheel: install
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) .clients dist .kubejazz

# Every check of the official conformance list against a fresh cluster; conformance/ and docs/compatibility.md say what came out.
conformance: install
	@scripts/conformance.sh $(BIN)

# The same, but nothing is written: fails when a check turned red, and names it.
conformance-check: install
	@scripts/conformance.sh $(BIN) check
