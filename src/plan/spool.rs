//! A plan on disk, one JSON line per change: a first load of half a million customers costs no memory.
//!
//! The file is personal data: mode 0600, nameless where the system allows it, gone with the process.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::Path;

use crate::domain::Change;

/// A plan being written.
#[derive(Debug)]
pub struct PlanWriter {
    out: BufWriter<File>,
    changes: u64,
}

impl PlanWriter {
    /// An empty plan in a nameless file in `dir`.
    ///
    /// # Errors
    /// Where the directory cannot be written.
    pub fn create(dir: &Path) -> io::Result<Self> {
        Ok(Self { out: BufWriter::with_capacity(1 << 16, tempfile::tempfile_in(dir)?), changes: 0 })
    }

    /// Appends one change.
    ///
    /// # Errors
    /// Where the disk is full.
    pub fn push(&mut self, change: &Change) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, change)?;
        self.out.write_all(b"\n")?;
        self.changes += 1;
        Ok(())
    }

    /// The plan, complete.
    ///
    /// # Errors
    /// Where the disk is full.
    pub fn finish(self) -> io::Result<Plan> {
        let file = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Plan { file, changes: self.changes })
    }
}

/// A complete plan, to be read as often as needed.
#[derive(Debug)]
pub struct Plan {
    file: File,
    changes: u64,
}

impl Plan {
    /// How many changes there are.
    pub fn len(&self) -> u64 {
        self.changes
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes == 0
    }

    /// The changes, from the first. One reader at a time: it moves the file's only position.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub fn changes(&mut self) -> io::Result<impl Iterator<Item = io::Result<Change>> + use<>> {
        self.file.rewind()?;
        let lines = BufReader::with_capacity(1 << 16, self.file.try_clone()?).lines();
        Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::domain::{Action, Claim, Customer, CustomerUuid, Finding, Fingerprint, Position, Warning};
    use crate::plan::samples::{customer, name, text};

    fn change(key: &str, last: &str) -> Change {
        let ours =
            Customer { name: name(text("Ana"), text(last), Claim::Blank, Claim::Silent), ..customer(key) };
        let at = Position { file: "export.csv".into(), line: 2, record: 1 };
        let finding = Finding::new("phone.unusable", "dropped");
        Change {
            action: Action::Update { uuid: CustomerUuid::new("-u").unwrap(), base: Box::new(customer(key)) },
            scope: crate::domain::Scope::Whole,
            fields: crate::plan::difference::difference(Some(&customer(key)), &ours),
            canonical: Fingerprint::of(last.as_bytes()),
            source: None,
            recency: crate::domain::Recency { updated_at: Some(5), named_at: None },
            warnings: vec![Warning { finding, at: Some(at.clone()) }],
            at,
            next_base: ours.clone(),
            ours,
        }
    }

    #[test]
    fn a_plan_reads_back_as_it_was_as_often_as_needed() {
        let dir = tempfile::tempdir().unwrap();
        let written = [change("1", "Ruiz"), change("2", "two\nlines"), change("3", "\u{2028}\"é")];
        let mut writer = PlanWriter::create(dir.path()).unwrap();
        for change in &written {
            writer.push(change).unwrap();
        }
        let mut plan = writer.finish().unwrap();
        assert_eq!((plan.len(), plan.is_empty()), (3, false));
        for _ in 0..2 {
            let read: Vec<_> = plan.changes().unwrap().collect::<io::Result<_>>().unwrap();
            assert_eq!(read, written);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the file has no name");
    }

    #[test]
    fn an_empty_plan_has_no_changes() {
        let mut plan = PlanWriter::create(&std::env::temp_dir()).unwrap().finish().unwrap();
        assert!(plan.is_empty());
        assert_eq!(plan.changes().unwrap().count(), 0);
    }
}
