//! Where what is built and measured is kept.

use std::path::{Path, PathBuf};

/// Cargo's target folder, wherever that is.
pub fn target() -> PathBuf {
    let program = std::env::current_exe().expect("a program");
    let built = program
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").exists());
    built.unwrap_or(Path::new("target")).to_owned()
}
