# Two commands: `make demo` walks the whole way once, `make test` proves every stage.
SHELL  := /bin/bash
PYTHON ?= python3
BIN    := $(CURDIR)/.venv/bin
READY  := .venv/.ready
WHEELS := .venv/wheels

export AXOLOTL_DO_NOT_TRACK := 1
export HF_HUB_OFFLINE ?= 1

.PHONY: setup test lint types clean

setup: $(READY)

# llama.cpp compiles for minutes: build its wheel while pip installs everything else.
$(READY): constraints.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(MAKE) --no-print-directory -j2 .venv/.packages .venv/.llama
	$(BIN)/pip install -q -c constraints.txt --find-links $(WHEELS) -e '.[local]'
	@touch $@

.venv/.packages: constraints.txt pyproject.toml
	$(BIN)/pip install -q -c constraints.txt torch -e '.[train,eval,dev]'
	@touch $@

# GGML_NATIVE=OFF: natively built kernels crash on quantized files where the CPU has AMX.
.venv/.llama: constraints.txt
	CMAKE_ARGS="-DGGML_NATIVE=OFF -DLLAVA_BUILD=OFF" $(BIN)/pip wheel -q --no-deps \
		-c constraints.txt -w $(WHEELS) llama-cpp-python
	@touch $@
