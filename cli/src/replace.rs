//! Puts a text in a file's place.

use std::io::Write as _;
use std::path::Path;

/// Puts a text in a file's place: the file has the old or the new one, never half of it, and
/// keeps its permissions. A link stays a link.
///
/// # Errors
/// When the folder cannot be written to; the file is then as it was.
pub fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize()?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file()
        .set_permissions(std::fs::metadata(&path)?.permissions())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}
