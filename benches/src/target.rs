//! Where what is built and measured is kept.

use std::path::PathBuf;

/// Cargo's target folder, wherever that is: benches run as `TARGET/release/deps/NAME`.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a program");
    let built = program.ancestors().nth(3);
    built.expect("a folder of Cargo's").to_owned()
}
