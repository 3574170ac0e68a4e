//! [`Handle`]: an open file that several passes read, each from a place of its own.
//!
//! Every pass reads by offset, so that passes share one handle and not its position, and go on reading the same file
//! when its name is given to another one. Whether the file is still what it was is `file`'s question.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

/// A file and a place in it. Clones share the file; each goes on from where it was cloned.
#[derive(Debug, Clone)]
pub(super) struct Handle {
    file: Arc<File>,
    at: u64,
}

impl Handle {
    /// Opens the file at `path`, at its beginning.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::new(File::open(path)?))
    }

    /// A file that is open already, at its beginning.
    pub(super) fn new(file: File) -> Self {
        Self { file: Arc::new(file), at: 0 }
    }

    /// The same file, from the byte at `at`.
    pub(super) fn at(&self, at: u64) -> Self {
        Self { file: Arc::clone(&self.file), at }
    }

    /// The same file, from its beginning.
    pub(super) fn rewound(&self) -> Self {
        self.at(0)
    }

    /// What the file is now, whatever its name stands for by now.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.file.metadata()
    }
}

impl Read for Handle {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, out, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, out, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn readers_of_one_file_do_not_move_each_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        std::fs::write(&path, "abcdef").unwrap();
        let mut first = Handle::open(&path).unwrap();
        let mut two = [0; 2];
        first.read_exact(&mut two).unwrap();
        let (mut on, mut again) = (first.clone(), first.rewound());
        std::fs::remove_file(&path).unwrap();
        let rest = |handle: &mut Handle| {
            let mut text = String::new();
            handle.read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(
            (rest(&mut again), rest(&mut on), rest(&mut first)),
            ("abcdef".into(), "cdef".into(), "cdef".into())
        );
    }
}
