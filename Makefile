# The index of everything a person or CI runs here. `make` prints it.

.DEFAULT_GOAL := help
.PHONY: help dev test check-format check-policy check-lint check-template check-deploy build-functions test-rust test-editor check-page package-vscode fuzz-brief fuzz load soak bench bench-count doc tools check-dependencies check-advisories coverage miri release check-reproducible mutants

# A harness has to be fast, not small.
UNLTO := --config 'profile.release.lto="off"' --config profile.release.codegen-units=16 --config profile.release.opt-level=2 --config 'profile.release.package."*".opt-level=2'

help: ## print this index
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 20

dev: ## an API behind the authorizer on this machine, with users to try it as; the policy reloads on save
	cargo run --package tollgate -- dev $(ARGS)

test: check-format check-policy check-lint check-dependencies coverage test-rust test-editor check-page fuzz-brief check-template check-deploy ## every check and every test; what CI runs

check-format: ## one way of writing Rust, so that a diff shows only what changed
	cargo fmt --all --check
	cargo fmt --check --manifest-path benches/Cargo.toml
	cargo fmt --all --check --manifest-path benches/coldstart/Cargo.toml
	cargo fmt --check --manifest-path fuzz/Cargo.toml

check-policy: ## the policies here: no errors, every test line holds, in canonical form
	cargo run --quiet --package tollgate -- check policy tests/policies/*.policy tests/bypasses/*.policy tests/same_answers/*.policy
	cargo run --quiet --package tollgate -- test policy tests/policies/*.policy
	cargo run --quiet --package tollgate -- fmt --check policy tests/policies tests/bypasses tests/same_answers

check-lint: ## clippy pedantic, no unsafe, no unwrap, everything public documented
	cargo clippy --workspace --all-targets --quiet -- --deny warnings

check-dependencies: ## the libraries, by deny.toml: one TLS and crypto stack, no version twice, licences, crates.io alone; known vulnerabilities where their database can be had
	tests/dependencies/check
	tests/dependencies/check advisories --where-possible

check-advisories: ## known vulnerabilities of the libraries, by the RustSec database, which it fetches
	tests/dependencies/check advisories

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

coverage: ## the tests of engine, gateway and identity, and how much of each they reach: tests/coverage/floors.toml
	tests/coverage/measure

test-rust: tools build-functions ## unit, language, property and end-to-end tests, but for those that `coverage` runs
	cargo test --workspace --quiet --no-fail-fast --exclude tollgate-engine --exclude tollgate-gateway --exclude tollgate-identity
	cargo test --doc --quiet --package tollgate-engine --package tollgate-gateway --package tollgate-identity

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

fuzz: ## the fuzz targets, an hour in all; SECONDS=3600 for an hour each; see fuzz/README.md
	fuzz/brief $(or $(SECONDS),600)

miri: ## the tests of grammar and engine under Miri, which finds undefined behaviour in the libraries beneath; needs Miri
	tests/miri/run

mutants: ## every small way to break CRATE (default engine, gateway and identity) fails a test; hours; SHARD=1/4 for a part
	@for crate in $(or $(CRATE),engine gateway identity); do tests/mutants/run $$crate $(SHARD) || failed=yes; done; [ -z "$$failed" ]

load: ## 2 000 requests a second on `tollgate dev` for SECONDS (default 60), every answer checked; a leak or a mixed-up answer shows under load alone; needs wrk
	cargo build --quiet --profile release-like --package tollgate
	tests/load/run $(or $(SECONDS),60)

soak: ## EVENTS (default 1000000) through the built function over SECONDS (default 3600; 0: at full speed) while all it depends on fails, every answer held against a naive model; what leaks, or is wrong for a moment, shows in time alone
	cargo build --quiet --release $(UNLTO) --package tollgate-soak --target-dir target/soak
	target/soak/release/tollgate-soak --events $(or $(EVENTS),1000000) --seconds $(or $(SECONDS),3600) $(ARGS)

bench: ## everything that is measured beside others, 20 minutes of a quiet machine, into benches/RESULTS.md; ONLY=PART for decisions, verification, scale or coldstart
	benches/run $(ONLY)

bench-count: ## instructions a decision takes, beside a bare router: steady on a busy machine; needs valgrind
	cargo bench --quiet --manifest-path benches/Cargo.toml --target-dir target/benches --bench count

release: ## the authorizer's zip in target/release-zip, with its hash and its bill of materials (ARGS=--arm64 for Graviton); needs the tools
	tests/tools/setup
	deploy/release $(ARGS)

check-reproducible: ## two releases from two folders are equal to the byte; some 20 minutes
	tests/tools/setup
	deploy/reproducible $(ARGS)

doc: ## the Rust documentation, warnings denied
	RUSTDOCFLAGS="--deny warnings" cargo doc --workspace --no-deps --quiet
