//! Makes the files in `page/` part of the binary: a list of their paths and contents, which
//! `src/page/asset.rs` serves.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What a browser loads, by the end of its name.
const SERVED: [&str; 6] = ["html", "js", "css", "svg", "png", "txt"];

/// Folders of what the page's files are made from.
const SOURCES: [&str; 2] = ["node_modules", "parts"];

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=page");
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let page = Path::new(&manifest).join("page");
    let mut files = Vec::new();
    collect(&page, &mut files)?;
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let path = file.strip_prefix(&page).map_err(io::Error::other)?;
        let path = path.to_string_lossy().replace('\\', "/");
        let _ = writeln!(
            list,
            "    Asset {{ path: {:?}, content: include_bytes!({:?}) }},",
            format!("/{path}"),
            file.to_string_lossy()
        );
    }
    list.push_str("]\n");
    fs::write(Path::new(&out).join("assets.rs"), list)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let end = path.extension().and_then(|end| end.to_str());
        if path.is_dir() {
            if name.is_none_or(|name| !SOURCES.contains(&name)) {
                collect(&path, files)?;
            }
        } else if end.is_some_and(|end| SERVED.contains(&end)) {
            files.push(path);
        }
    }
    Ok(())
}
