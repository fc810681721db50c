//! Builds the policy into the binary, so that what is deployed is one thing with one version.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use tollgate_engine::{Policy, Products};
use tollgate_grammar::{Severity, Sources, Style, render};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("../../policy").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut policies: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    policies.retain(|path| is_policy(path));
    policies.sort();
    check(&policies)?;

    let mut code = String::from("const POLICIES: &[(&str, &[u8])] = &[\n");
    for path in &policies {
        let (name, path) = (name(path), path.to_string_lossy());
        let _ = writeln!(code, "    ({name:?}, include_bytes!({path:?})),");
    }
    let settings = folder.join("authorizer.yaml");
    let (name, path) = (name(&settings), settings.to_string_lossy());
    let _ = writeln!(
        code,
        "];\nconst SETTINGS: (&str, &str) = ({name:?}, include_str!({path:?}));"
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("policy.rs"), code)
}

/// As the folder is read at run time: editors keep hidden files beside those they edit.
fn is_policy(path: &Path) -> bool {
    let hidden = path
        .file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let policy = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("policy"));
    policy && !hidden
}

/// A policy with a mistake ends the build, so that it is never deployed. What depends on the
/// configuration (which environment, which products) is checked when the function starts.
fn check(policies: &[PathBuf]) -> io::Result<()> {
    let mut sources = Sources::default();
    for path in policies {
        sources.add_bytes(name(path), &fs::read(path)?);
    }
    let (tree, mut findings) = tollgate_grammar::parse(&sources);
    findings.extend(Policy::compile(&sources, &tree, &Products::default()).1);
    findings.retain(|finding| finding.severity() == Severity::Error);
    if findings.is_empty() {
        return Ok(());
    }
    let rendered = render(&sources, &findings, Style::Plain);
    Err(io::Error::other(format!(
        "the policy cannot be used\n\n{rendered}"
    )))
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    format!("policy/{}", name.to_string_lossy())
}
