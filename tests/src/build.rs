//! Where things are: the checkout, the tools, the built binaries.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The root of the checkout.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// A pinned tool of the tests' Python environment; installs them all if need be.
///
/// # Panics
/// If they cannot be installed; `tests/tools/setup` says what is missing.
pub fn tool(name: &str) -> PathBuf {
    tools().join("venv/bin").join(name)
}

/// The Lambda runtime interface emulator.
pub fn rie() -> PathBuf {
    tools().join("rie")
}

/// The folder of the counterparts, with their Node packages; installs those if need be.
///
/// # Panics
/// If they cannot be installed; `tests/tools/packages tests/counterparts` says what is missing.
pub fn counterparts() -> PathBuf {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| set_up("tests/tools/packages", &["tests/counterparts"]));
    root().join("tests/counterparts")
}

/// The folder of the emulator serverless-offline, with its Node packages; installs those if need be.
///
/// # Panics
/// If they cannot be installed; `tests/tools/packages tests/offline` says what is missing.
pub fn offline() -> PathBuf {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| set_up("tests/tools/packages", &["tests/offline"]));
    root().join("tests/offline")
}

/// The folder of the WebSocket client, with its Node packages; installs those if need be.
///
/// # Panics
/// If they cannot be installed; `tests/tools/packages tests/websocket` says what is missing.
pub fn websocket() -> PathBuf {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| set_up("tests/tools/packages", &["tests/websocket"]));
    root().join("tests/websocket")
}

fn tools() -> PathBuf {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| set_up("tests/tools/setup", &[]));
    root().join("target/tools")
}

fn set_up(script: &str, arguments: &[&str]) {
    let status = Command::new(root().join(script))
        .args(arguments)
        .current_dir(root())
        .status();
    assert!(
        status.as_ref().is_ok_and(std::process::ExitStatus::success),
        "{script} {} failed ({status:?}): run it to see why",
        arguments.join(" ")
    );
}

/// A function's binary with release semantics; built if need be, quickly if it is there already.
///
/// # Panics
/// If it does not build.
pub fn binary(package: &str) -> PathBuf {
    cargo(&["--profile", "release-like", "--package", package]);
    target().join("release-like").join(package)
}

/// The `tollgate` command, as `cargo build` makes it.
///
/// # Panics
/// If it does not build.
pub fn tollgate() -> PathBuf {
    cargo(&["--package", "tollgate"]);
    target().join("debug/tollgate")
}

fn cargo(arguments: &[&str]) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--quiet"])
        .args(arguments)
        .current_dir(root())
        .output();
    let built = output.as_ref().is_ok_and(|output| output.status.success());
    assert!(
        built,
        "`cargo build {}` failed: {output:?}",
        arguments.join(" ")
    );
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
