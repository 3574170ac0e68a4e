//! [`Sheet`]: a CSV file that grows line by line and loses nothing on the way.
//!
//! Lines reach the operating system in small batches, so a process that is killed leaves all but the last few; `finish`
//! makes them durable. What the columns mean is the business of the writers around it.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{ReportError, private};

/// Lines between two flushes: few enough to lose, many enough that a first load is not slowed down.
const BATCH: u64 = 64;

/// A private CSV file: UTF-8, comma, quoted where needed, `\n` at the end of a line.
#[derive(Debug)]
pub(super) struct Sheet {
    path: PathBuf,
    out: csv::Writer<File>,
    lines: u64,
}

impl Sheet {
    /// Creates `path` with its header.
    pub(super) fn create<'a>(
        path: PathBuf,
        header: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, ReportError> {
        let out = csv::Writer::from_writer(private::create_new_file(&path)?);
        let mut sheet = Self { path, out, lines: 0 };
        sheet.record(header)?;
        sheet.flush()?;
        Ok(sheet)
    }

    /// Adds one line, as wide as the header.
    pub(super) fn write<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), ReportError> {
        self.record(cells)?;
        self.lines += 1;
        if self.lines.is_multiple_of(BATCH) { self.flush() } else { Ok(()) }
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Lines so far, without the header.
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }

    /// Writes what is left, makes it durable, and says how many lines there are. Dropping the sheet instead still
    /// writes what is left, but waits for no disk and reports no failure.
    pub(super) fn finish(mut self) -> Result<u64, ReportError> {
        self.flush()?;
        private::sync_file(&self.path, self.out.get_ref())?;
        Ok(self.lines)
    }

    fn record<'a>(&mut self, cells: impl IntoIterator<Item = &'a str>) -> Result<(), ReportError> {
        self.out.write_record(cells).map_err(|error| ReportError::writing_csv(&self.path, error))
    }

    fn flush(&mut self) -> Result<(), ReportError> {
        self.out.flush().map_err(|error| ReportError::writing(&self.path, error))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_dies_leaves_all_but_the_last_batch_and_a_drop_leaves_all() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.csv");
        let mut sheet = Sheet::create(path.clone(), ["a", "b"]).unwrap();
        let on_disk = || std::fs::read_to_string(&path).unwrap().lines().count();
        assert_eq!(on_disk(), 1, "the header is there from the start");
        for _ in 0..=BATCH {
            sheet.write(["1", "2"]).unwrap();
        }
        assert_eq!(on_disk(), 65, "what a killed process would leave");
        drop(sheet);
        assert_eq!(on_disk(), 66);
    }
}
