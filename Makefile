# Everything a checkout needs. `make run` and `make test` do the set-up they need by themselves.
.DELETE_ON_ERROR:
LINTS := lint-style lint-async lint-types lint-layers
.PHONY: setup run test lint $(LINTS) format lock bench torture screenshots
BIN := .venv/bin
PACKAGES := nightdesk web workers executors actors state
ARGS ?=
# By two processes more than there are cores (tests/conftest.py), four at most: each may start
# browsers.
# ARGS="-n 0" is one process, as a debugger wants it.
SHARED := -n auto --maxprocesses 4 --dist worksteal

setup: ## make .venv ready (a second call is quick) and find Chromium
	@scripts/setup

run: setup ## serve; more options by ARGS="--port 9000"
	@exec $(BIN)/nightdesk serve $(ARGS)

test: lint ## all that CI runs
	@$(BIN)/python -m pytest $(SHARED) $(ARGS)

lint: setup ## style, types, layers: side by side, as types take one core and the others wait
	@$(MAKE) --no-print-directory --jobs --keep-going --output-sync $(LINTS)

lint-style:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

# It parses slowly: only what has async code and may break its rules (.flake8) is handed to it.
ASYNC_RULES := ^ *(except|finally)\b|__aenter__|__aexit__|nursery|CancelScope|fail_a|move_on_|trio_websocket
lint-async:
	@$(BIN)/flake8 $$(grep -lE '$(ASYNC_RULES)' $$(grep -rl --include='*.py' 'async def' $(PACKAGES)))

lint-types:
	@$(BIN)/mypy

lint-layers:
	@$(BIN)/lint-imports

format: setup ## write the code as `lint` wants it
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: ## pin the dependencies of pyproject.toml again (needs uv; LOCK_ARGS=--upgrade for new ones)
	@uv pip compile --universal --generate-hashes --no-annotate --no-header --quiet $(LOCK_ARGS) \
		--group dev pyproject.toml --output-file requirements.lock

torture: setup ## every durability experiment and the fuzz in full (over an hour); ARGS="kill --share 0.1" for less
	@$(BIN)/python -m torture $(ARGS)

bench: setup ## the speed tables, peers beside us; ARGS=--quick for seconds instead of minutes
	@$(BIN)/python bench/run.py $(ARGS)

screenshots: setup ## take the README's pictures again, of a real server at work
	@$(BIN)/python -m scripts.screenshots
