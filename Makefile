# SPDX-License-Identifier: GPL-2.0-only
#
# The entry point: `make help` lists what it can do. Each folder has a Makefile
# of its own, which gets BUILD: nothing is written outside of it but the cache
# of kernels (CLOISTER_CACHE, default ~/.cache/cloister).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := all
# The parts have an order, and each sub-make may use all CPUs itself.
.NOTPARALLEL:

export BUILD := $(abspath $(or $(BUILD),build))
JOBS ?= $(shell nproc)
PYTHON := /usr/bin/python3
LOGS := $(BUILD)/logs

# Kernels: those that the driver is built for and the tests run on.
KERNELS ?= 6.1 6.12 newest
DEMO_KERNEL ?= 6.1
comma := ,
empty :=
space := $(empty) $(empty)
export CLOISTER_KERNELS := $(subst $(space),$(comma),$(strip $(KERNELS)))

# Two machines at once: more would only take each other's CPUs.
PYTEST := $(PYTHON) -B -m pytest -p no:cacheprovider
SYSTEM := $(PYTEST) -n 2 tests/system $(PYTEST_ARGS)
DEMO := $(PYTHON) -B tests/demo/demo.py

# A part that does not exist is not built, and that is said.
# V=1 shows the commands.
QUIET := $(if $(V),,-s)
part = @if [[ -e $(1)/Makefile ]]; then echo "  MAKE    $(1)"; \
	$(MAKE) -j$(JOBS) $(QUIET) --no-print-directory -C $(1) $(2); \
	else echo "  SKIP    $(1): not there"; fi

.PHONY: help
help:
	@echo 'make            build everything into build/'
	@echo 'make demo       boot Linux in QEMU, take it over, run a cell, give it back'
	@echo 'make demo-linux the same with a Debian as second Linux in a cell'
	@echo 'make shell      the same machine, with a prompt for you'
	@echo 'make check      unit tests, then system tests on all kernels'
	@echo 'make check-long millions of random configs and operations; long system tests'
	@echo 'make unit       unit tests on this machine only'
	@echo 'make system     system tests only (PYTEST_ARGS="-k NAME -x")'
	@echo 'make faults     the fault catalogue alone, on all kernels: build/faults.json'
	@echo 'make bench      what operations cost, in instructions: build/bench.json'
	@echo 'make bench-mm   what the page-table engine costs on this machine (callgrind)'
	@echo 'make prove      bounded proofs of that engine with CBMC; goes on where it was'
	@echo 'make fuzz       all fuzzers, for FUZZ_SECONDS=60 each'
	@echo 'make lint       check the style of all files'
	@echo 'make format     give all C files that style'
	@echo 'make deps       install what is needed (done by demo and check, too)'
	@echo 'make kernels    fetch the kernels (done when needed, too)'
	@echo 'make clean      remove build/'
	@echo 'make distclean  remove the cache of kernels, too'
	@echo
	@echo 'KERNELS="$(KERNELS)" chooses kernels, V=1 shows all commands.'
	@echo 'Logs: build/logs/'

.PHONY: all payload
all: payload drivers

# All but the drivers
payload: deps hypervisor guests tools configs

.PHONY: deps
deps:
	@ci/deps

.PHONY: kernels kernel-%
kernels: deps
	@ci/fetch-kernel --best-effort busybox $(KERNELS) > /dev/null

# For the tests that run Python inside the machine
.PHONY: python
python: deps
	@ci/fetch-kernel --best-effort python > /dev/null

# The userland of a Linux in a cell
.PHONY: debian
debian: deps
	@ci/fetch-kernel --best-effort debian > /dev/null

# What root runs while a Linux cell is under load, in a long test
.PHONY: compiler
compiler: deps
	@ci/fetch-kernel --best-effort compiler > /dev/null

# What the tools for arm64 are linked with
.PHONY: libraries
libraries: deps
	@ci/fetch-kernel libraries > /dev/null

kernel-%: deps
	@ci/fetch-kernel --best-effort busybox $* > /dev/null

.PHONY: hypervisor guests tools configs
tools: libraries
hypervisor guests tools: deps
	$(call part,$@,all)

# Configs are sealed with a tool
configs: deps tools
	$(call part,$@,all)

.PHONY: drivers driver-%
drivers: $(KERNELS:%=driver-%)

driver-%: kernel-%
	@[[ -e driver/Kbuild ]] || { echo "  SKIP    driver: not there"; exit 0; }; \
	mkdir -p $(BUILD)/driver; \
	ci/build-driver $* $(BUILD)/driver/$*

.PHONY: demo demo-linux shell
demo: payload driver-$(DEMO_KERNEL)
	@$(DEMO) --kernel $(DEMO_KERNEL)

demo-linux: payload driver-$(DEMO_KERNEL) kernel-6.12 debian
	@$(DEMO) --kernel $(DEMO_KERNEL) --linux

shell: payload driver-$(DEMO_KERNEL)
	@$(DEMO) --kernel $(DEMO_KERNEL) --shell

.PHONY: check check-long unit system
check: all unit system

# Also what fuzzers have found so far
unit: deps
	$(call part,tests/unit,run)
	$(call part,tests/fuzz/mm,replay)
	$(call part,tests/fuzz/core,replay)
	$(call part,tests/fuzz/gic,replay)
	$(call part,tests/fuzz/tools,replay)

system: all python debian
	@mkdir -p $(LOGS)
	$(SYSTEM)

check-long: all python debian compiler
	@mkdir -p $(LOGS)
	$(call part,tests/unit/mm,long)
	$(call part,tests/unit/core,long)
	$(SYSTEM) -m long

# LONG=1 with its long tests, too. The table in Documentation is that of a run:
# make faults FAULTS_TABLE=Documentation/faults.md
.PHONY: faults
faults: all
	@mkdir -p $(LOGS)
	$(SYSTEM) -m "fault$(if $(LONG),, and not long)" --every-kernel \
		--faults $(BUILD)/faults.json
	$(if $(FAULTS_TABLE),@cp $(BUILD)/faults.md $(FAULTS_TABLE))

.PHONY: bench
bench: payload driver-6.1
	@mkdir -p $(BUILD)/bench
	@ci/build-driver 6.1 $(BUILD)/bench/6.1 tests/bench/el2count
	@$(PYTHON) -B tests/bench/bench.py

# PROVE=WORDS: only the proofs with these words in their name
.PHONY: prove
prove:
	@tests/proof/run $(if $(PROVE),-k "$(PROVE)") $(BUILD)/proof

.PHONY: bench-mm fuzz
bench-mm: deps
	$(call part,tests/bench/mm,run)

FUZZ_SECONDS ?= 60
export FUZZ_SECONDS
fuzz: deps
	@for folder in tests/fuzz/*/; do \
		$(MAKE) $(QUIET) --no-print-directory -C $$folder run; done

.PHONY: lint format
lint: deps
	@ci/lint

format: deps
	@git ls-files -z '*.c' '*.h' | xargs -0r clang-format -i --style=file

.PHONY: clean distclean
clean:
	rm -rf $(BUILD)

distclean: clean
	rm -rf $${CLOISTER_CACHE:-$$HOME/.cache/cloister}
