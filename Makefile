# SPDX-License-Identifier: Apache-2.0
# The front door. `make help` lists what it can do.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Every build and test line carries this: it stops imports that Package.swift does not declare.
CHECKED := --explicit-target-dependency-import-check error
SOURCES := Services Shared Tests Package.swift
DEVELOPMENT := deploy/development

# First of the port numbers (make run PORTS=9440) and how often tests repeat a race (make test ROUNDS=20).
export PORTS ?= 8440
ROUNDS ?= 5
export ROUNDS YES

.PHONY: help run stop reset build test test-unit soak fuzz sanitize fairness bench generate lint format check

help: ## List these commands
	@sed -n -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: ## Build, start the whole suite on this machine and walk through sign-ins, policy and audit (PORTS=8440)
	@$(DEVELOPMENT)/run.sh

stop: ## Stop what make run started; the data stay
	@$(DEVELOPMENT)/stop.sh

reset: ## Stop and delete the data of make run (asks; YES=1 does not)
	@$(DEVELOPMENT)/stop.sh --remove-data

build: ## Build everything (debug)
	@$(DEVELOPMENT)/install.sh build
	swift build $(CHECKED)

test: ## Run all tests, with a PostgreSQL of their own (ROUNDS=5)
	@$(DEVELOPMENT)/test.sh

test-unit: ## Run all tests but those on the real binaries
	@$(DEVELOPMENT)/test.sh unit

soak: ROUNDS = 200
soak: export SOAK = 1
soak: export KILLS ?= 10000
soak: export PROMOTIONS ?= 100
soak: export OUTAGE ?= 60
soak: export BINARIES ?= $(CURDIR)/.build/release
soak: ## Run the end-to-end tests on a release with many race rounds and faults, make bench's ten thousand waiting, and make fairness (ROUNDS=200 KILLS=10000 PROMOTIONS=100 OUTAGE=60)
	@$(DEVELOPMENT)/install.sh build
	swift build -c release $(CHECKED)
	@$(DEVELOPMENT)/test.sh soak
	@BENCH_CELLS=waiting BENCH_BUILD=no Tests/Benchmarks/bench.sh
	@Tests/Benchmarks/fairness.sh

fuzz: T ?= 60
fuzz: ## Let libFuzzer look for bytes that break a parser (T=60 seconds for each)
	@Tests/Fuzz/fuzz.sh $(T)

sanitize: ## Run all tests but those on the real binaries under the thread and the address sanitizer
	@$(DEVELOPMENT)/sanitize.sh

fairness: ## Measure what a noisy account does to a quiet one (takes the release build that make bench makes)
	@Tests/Benchmarks/fairness.sh

bench: ## Measure checks per second beside PostgreSQL's own and an empty two-hop (release build)
	@Tests/Benchmarks/bench.sh

format: ## Format all Swift sources in place
	swift format --in-place --recursive --parallel $(SOURCES)

generate: ## Write docs/reference/configuration.md anew from the keys
	WRITE_REFERENCE=1 swift test --explicit-target-dependency-import-check error --filter ConfigurationReferenceTests

lint: ## Check format and house rules
	swift format lint --strict --recursive --parallel $(SOURCES)
	@$(DEVELOPMENT)/install.sh build run test
	swift build --build-tests $(CHECKED)
	swift test --skip-build --filter ArchitectureTests

check: lint test ## All that a commit needs
