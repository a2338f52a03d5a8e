# SPDX-License-Identifier: Apache-2.0
# The commands of the house. `make demo` and `make test` do everything on a fresh Debian 12
# that has git, make and root; the rest is for daily work.
.DEFAULT_GOAL := help
.PHONY: help demo test check-all build format tidy bench clean

help: ## list these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

demo: ## build, then run a shop in a mesh and check what is promised; DEMO_ARGS="--for 60s"
	@tools/bootstrap build test
	@tools/check release
	@tools/examples --build-only
	@tools/web --build-only
	@PATH="$$PWD/build/node/bin:$$PATH" build/release/bin/seine demo $(DEMO_ARGS)

test: ## everything a change must pass: tests, examples, end-to-end, suites, fuzzing, tidy
	@tools/bootstrap build test
	@tools/check release asan examples web browser e2e suites churn fuzz tidy

check-all: ## test, and TSan, long fuzzing, conformance
	@tools/bootstrap build test conformance
	@tools/check --fuzz-seconds 180 release asan tsan examples web browser e2e-long conformance \
	  soak fuzz tidy

build: ## release binaries, in build/release/bin
	@tools/bootstrap build
	@tools/check release

format: ## write every source the way clang-format does
	@git ls-files -z '*.h' '*.cc' | xargs -0 -r clang-format-19 -i

tidy: ## the house lint; on what changed, also clang-tidy and the cost of compiling
	@tools/tidy

bench: ## side-by-side benchmarks against other proxies; prints ratios
	@tools/bootstrap build test bench
	@tools/check release
	@bench/proxy/run

clean: ## remove everything built
	rm -rf build examples/*/build
