//! Any text as the template that `tollgate doctor` examines: read, every check asked, and what they
//! find shown to people and to programs. No panic; the same said twice.

#![no_main]
#![allow(dead_code, reason = "what else the command does")]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tollgate_grammar::Style;

// The command, of which there is no library.
#[path = "../../cli/src/clock.rs"]
mod clock;
#[path = "../../cli/src/load.rs"]
mod load;
#[path = "../../cli/src/terminal.rs"]
mod terminal;
#[path = "../../cli/src/command"]
mod command {
    pub mod doctor;
}

use command::doctor::diagnose;
use load::Loaded;

/// The policy of this project and its `authorizer.yaml`.
static LOADED: LazyLock<Loaded> = LazyLock::new(|| {
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/../policy");
    load::load(policy.as_ref()).expect("a policy")
});

/// A file of this process: the doctor reads one, and those beside it that it names.
static TEMPLATE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("tollgate-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder.join("template.yaml")
});

fuzz_target!(|bytes: &[u8]| {
    std::fs::write(&*TEMPLATE, bytes).expect("a file");
    let policy = LOADED.policy().expect("a policy without errors");
    match diagnose(&TEMPLATE, &LOADED, policy) {
        Ok(examined) => {
            let shown = examined.human(Style::Plain);
            assert!(shown.ends_with('\n') && !examined.human(Style::Colour).is_empty());
            let json = examined.json().expect("JSON");
            assert!(serde_json::from_str::<Vec<serde_json::Value>>(&json).is_ok());
            let again = diagnose(&TEMPLATE, &LOADED, policy).expect("as before");
            assert_eq!(again.human(Style::Plain), shown, "said otherwise");
        }
        Err(problem) => assert!(problem.contains("template.yaml"), "{problem}"),
    }
});
