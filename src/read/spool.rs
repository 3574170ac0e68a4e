//! [`spool`]: keeps standard input in a file, because the work takes two passes.
//!
//! The file has no name and is its owner's alone: nobody finds it, and it goes with its last user, also where that
//! is killed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::ReadError;
use super::handle::Handle;

/// Copies `stdin` to a new file in `dir`, which is made where it is missing.
pub(super) fn spool(stdin: &mut dyn Read, dir: &Path) -> Result<Handle, ReadError> {
    let mut keep = || -> io::Result<(File, u64)> {
        private_dir(dir)?;
        // The crate makes its files with mode 0600, for the moment in which some systems must name them.
        let mut file = tempfile::tempfile_in(dir)?;
        let bytes = io::copy(stdin, &mut file)?;
        Ok((file, bytes))
    };
    let (file, bytes) =
        keep().map_err(|source| ReadError::Spool { dir: dir.display().to_string(), source })?;
    if bytes == 0 {
        return Err(ReadError::Empty { file: "-".to_owned() });
    }
    Ok(Handle::new(file))
}

fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
