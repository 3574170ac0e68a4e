//! [`resolve`]: from what the operator names to the files of a run, in the order in which they are read.

use std::io::Read;
use std::path::{Path, PathBuf};

use super::ReadError;
use super::file::{InputFile, shown};
use super::pattern::{matching, may_be_pattern, names};
use super::spool::spool;

/// The most files that are held open at once; systems allow a process a thousand or less.
const MOST_KEPT_OPEN: usize = 256;

/// The files of a run, oldest first: by the time in their names, else the time of their last write, then by name.
#[derive(Debug, Clone)]
pub struct Inputs {
    files: Vec<InputFile>,
}

/// Finds the files that `patterns` name, standard input included. See [`resolve_from`].
pub fn resolve(patterns: &[PathBuf], spool_dir: &Path) -> Result<Inputs, ReadError> {
    resolve_from(patterns, spool_dir, &mut std::io::stdin())
}

/// Finds the files that `patterns` name. A pattern is a file, a directory (its `*.csv` and `*.txt` files, also with
/// `.gz`, `.zst` or `.zip` behind that; hidden ones and subdirectories aside), a pattern, or `-` for `stdin`, which is kept
/// in `spool_dir`, without a name there, until the inputs are dropped. A file that is named twice is read once. All of
/// them are held open until the inputs are dropped, and read as they are now, also where another file takes the name of
/// one meanwhile.
///
/// # Errors
/// Any pattern without a file, and any file that is missing, not a regular file, or empty.
pub fn resolve_from(
    patterns: &[PathBuf],
    spool_dir: &Path,
    stdin: &mut dyn Read,
) -> Result<Inputs, ReadError> {
    let mut files: Vec<InputFile> = Vec::new();
    let mut spooled = false;
    for pattern in patterns {
        let found = if pattern.as_os_str() != "-" {
            named_by(pattern)?
        } else if std::mem::replace(&mut spooled, true) {
            Vec::new()
        } else {
            vec![InputFile::spooled(spool(stdin, spool_dir)?)?]
        };
        for file in found {
            if !files.iter().any(|known| known.same_as(&file)) {
                files.push(file);
            }
        }
    }
    if files.is_empty() {
        return Err(ReadError::NoInput);
    }
    files.sort_by_cached_key(InputFile::rank);
    // Beyond that, files are opened by name for each pass, and one that was replaced is refused.
    for file in files.iter_mut().rev().take(MOST_KEPT_OPEN) {
        file.keep_open();
    }
    Ok(Inputs { files })
}

/// The files that one pattern names. What exists under exactly that name is no pattern.
fn named_by(pattern: &Path) -> Result<Vec<InputFile>, ReadError> {
    if pattern.is_dir() {
        return in_directory(pattern);
    }
    if std::fs::symlink_metadata(pattern).is_ok() || !may_be_pattern(pattern.as_os_str()) {
        return Ok(vec![InputFile::find(pattern)?]);
    }
    let files = files_of(matching(pattern)?)?;
    if files.is_empty() {
        return Err(ReadError::NoMatch { pattern: shown(pattern), wanted: "file" });
    }
    Ok(files)
}

fn in_directory(dir: &Path) -> Result<Vec<InputFile>, ReadError> {
    let names = names(dir)?;
    let files = files_of(names.iter().map(|name| dir.join(name)).filter(|path| is_export(path)))?;
    if files.is_empty() {
        return Err(ReadError::NoMatch {
            pattern: shown(dir),
            wanted: "*.csv or *.txt file (or one with .gz, .zst or .zip behind that)",
        });
    }
    Ok(files)
}

/// The files at `paths`, directories aside.
fn files_of(paths: impl IntoIterator<Item = PathBuf>) -> Result<Vec<InputFile>, ReadError> {
    paths.into_iter().filter(|path| !path.is_dir()).map(|path| InputFile::find(&path)).collect()
}

/// Whether a file in a directory is taken for an export.
fn is_export(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let unpacked =
        [".gz", ".zst", ".zip"].iter().find_map(|packed| name.strip_suffix(packed)).unwrap_or(&name);
    !name.starts_with('.') && [".csv", ".txt"].iter().any(|text| unpacked.ends_with(text))
}

impl Inputs {
    /// Every file, oldest first.
    pub fn files(&self) -> &[InputFile] {
        &self.files
    }

    /// Bytes of all files on disk, for a progress bar.
    pub fn total_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.stamp().len).sum()
    }
}
