# The index of everything a person or CI runs here. `make` prints it.

.DEFAULT_GOAL := help
.PHONY: help dev test check-format check-lint check-crypto check-template build-functions test-rust doc tools

help: ## print this index
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

dev: ## an API behind the authorizer on this machine, with users to try it as; the policy reloads on save
	cargo run --quiet --package tollgate -- dev $(ARGS)

test: check-format check-lint check-crypto check-template test-rust ## every check and every test; what CI runs

check-format: ## one way of writing Rust, so that a diff shows only what changed
	cargo fmt --all --check

check-lint: ## clippy pedantic, no unsafe, no unwrap, everything public documented
	cargo clippy --workspace --all-targets --quiet -- --deny warnings

check-crypto: ## one TLS and crypto stack: a second one would double what must be trusted and shipped
	@! cargo tree --workspace --edges normal,build --invert ring 2>/dev/null | grep . || { echo "ring is in the tree: cargo tree --invert ring"; exit 1; }

tools: ## what the tests need beside Rust, pinned, in target/tools: SAM, cfn-lint, moto, cargo-lambda
	tests/tools/setup

check-template: tools ## template.yaml, what it expands to, and every planted fault found
	tests/template/check

build-functions: ## the functions as the end-to-end tests run them: release semantics without fat LTO
	cargo build --quiet --profile release-like --package authorizer --package sample-api

test-rust: tools build-functions ## unit, language, property and end-to-end tests
	cargo test --workspace --quiet --no-fail-fast

doc: ## the Rust documentation, warnings denied
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --quiet
