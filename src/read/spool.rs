//! [`spool`]: keeps standard input in a file, because the work takes two passes.
//!
//! The file is readable by its owner alone and goes when its last user does.

use std::io::{self, Read, Write};
use std::path::Path;

use tempfile::TempPath;

use super::ReadError;

/// Copies `stdin` to a new file in `dir`, which is made where it is missing.
pub(super) fn spool(stdin: &mut dyn Read, dir: &Path) -> Result<TempPath, ReadError> {
    let mut keep = || -> io::Result<(TempPath, u64)> {
        private_dir(dir)?;
        // The crate makes its files with mode 0600.
        let mut file = tempfile::Builder::new().prefix("stdin-").suffix(".spool").tempfile_in(dir)?;
        let bytes = io::copy(stdin, file.as_file_mut())?;
        file.as_file_mut().flush()?;
        Ok((file.into_temp_path(), bytes))
    };
    let (path, bytes) =
        keep().map_err(|source| ReadError::Spool { dir: dir.display().to_string(), source })?;
    if bytes == 0 {
        return Err(ReadError::Empty { file: "-".to_owned() });
    }
    Ok(path)
}

fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
