# The index of everything a person or CI runs here. `make` prints it.

.DEFAULT_GOAL := help
.PHONY: help dev test check-format check-policy check-lint check-crypto check-template check-deploy build-functions test-rust test-editor check-page package-vscode fuzz-brief fuzz mutants load bench bench-count doc tools

help: ## print this index
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 18

dev: ## an API behind the authorizer on this machine, with users to try it as; the policy reloads on save
	cargo run --package tollgate -- dev $(ARGS)

test: check-format check-policy check-lint check-crypto test-rust test-editor check-page fuzz-brief check-template check-deploy ## every check and every test; what CI runs

check-format: ## one way of writing Rust, so that a diff shows only what changed
	cargo fmt --all --check
	cargo fmt --check --manifest-path benches/Cargo.toml
	cargo fmt --check --manifest-path fuzz/Cargo.toml

check-policy: ## the policies here: no errors, every test line holds, in canonical form
	cargo run --quiet --package tollgate -- check policy tests/policies/*.policy tests/bypasses/*.policy tests/same_answers/*.policy
	cargo run --quiet --package tollgate -- test policy tests/policies/*.policy
	cargo run --quiet --package tollgate -- fmt --check policy tests/policies tests/bypasses tests/same_answers

check-lint: ## clippy pedantic, no unsafe, no unwrap, everything public documented
	cargo clippy --workspace --all-targets --quiet -- --deny warnings

check-crypto: ## one TLS and crypto stack: a second one would double what must be trusted and shipped
	@! cargo tree --workspace --edges normal,build --invert ring 2>/dev/null | grep . || { echo "ring is in the tree: cargo tree --invert ring"; exit 1; }

tools: ## what the tests need beside Rust, pinned: SAM, cfn-lint, moto, cargo-lambda, gRPC; identity providers, an IAM evaluator, serverless-offline and WebSocket clients from npm
	tests/tools/setup
	tests/tools/packages tests/counterparts
	tests/tools/packages tests/offline
	tests/tools/packages tests/websocket

check-template: tools ## template.yaml, what it expands to, every planted fault found, and what the doctor says of it
	tests/template/check
	cargo run --quiet --package tollgate -- doctor
	tests/template/doctor

check-deploy: tools ## deploy/cdk and deploy/terraform build, are as safe as template.yaml, and the doctor reads them; says so where there is no terraform
	cargo build --quiet --package tollgate
	tests/deploy/check

build-functions: ## the functions as the end-to-end tests run them: release semantics without fat LTO
	cargo build --quiet --profile release-like --package authorizer --package sample-api

test-rust: tools build-functions ## unit, language, property and end-to-end tests
	cargo test --workspace --quiet --no-fail-fast

test-editor: package-vscode ## `tollgate lsp` driven by a real language client, the colours, the VS Code extension
	cargo build --quiet --package tollgate
	node --test --test-reporter=dot tests/editor/

check-page: ## the page of `tollgate dev`: its bundles are what their sources say, its types, every use of it in Chromium
	cli/page/vendor/build --check
	tests/tools/packages tests/page
	tests/page/node_modules/.bin/tsc --project tests/page
	cargo build --quiet --package tollgate
	node --test --test-reporter=dot tests/page/

package-vscode: ## the VS Code extension: target/vscode/tollgate-policy-VERSION.vsix
	editors/vscode/package

fuzz-brief: ## the fuzz targets, ten seconds each; needs a nightly compiler
	fuzz/brief 10

fuzz: ## the fuzz targets, SECONDS each (default 600)
	fuzz/brief $(or $(SECONDS),600)

mutants: ## every small way to break CRATE (default engine, gateway and identity) fails a test; hours; SHARD=1/4 for a part
	@for crate in $(or $(CRATE),engine gateway identity); do tests/mutants/run $$crate $(SHARD) || failed=yes; done; [ -z "$$failed" ]

load: ## 2 000 requests a second on `tollgate dev` for SECONDS (default 60), every answer checked; a leak or a mixed-up answer shows under load alone; needs wrk
	cargo build --quiet --profile release-like --package tollgate
	tests/load/run $(or $(SECONDS),60)

bench: ## decisions and loads beside Cedar, Rego and a bare router; figures and aims
	cargo bench --quiet --manifest-path benches/Cargo.toml --target-dir target/benches --bench compare

bench-count: ## instructions a decision takes, beside a bare router: steady on a busy machine; needs valgrind
	cargo bench --quiet --manifest-path benches/Cargo.toml --target-dir target/benches --bench count

doc: ## the Rust documentation, warnings denied
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --quiet
