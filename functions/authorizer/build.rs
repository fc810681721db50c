//! Builds the policy into the binary, so that what is deployed is one thing with one version.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("../../policy").canonicalize()?;
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut policies: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    policies.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "policy")
    });
    policies.sort();

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

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    format!("policy/{}", name.to_string_lossy())
}
