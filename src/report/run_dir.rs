//! [`RunDir`]: the directory that one run leaves behind, and the link to the newest of them.
//!
//! `<report dir>/<department>/<run id>/`, directories 0700, files 0600. What goes into the files is said by their
//! writers; which directories go again, by `retention`.

use std::path::{Path, PathBuf};

use crate::domain::{DepartmentName, RunId, RunSummary};

use super::{ErrorColumns, ErrorsWriter, ReportError, ResultsWriter, WarningsWriter, private};

/// The link beside the run directories.
pub(super) const LATEST: &str = "latest";

/// One run's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunDir {
    department: PathBuf,
    path: PathBuf,
    run_id: RunId,
}

impl RunDir {
    /// Creates the directory of `run_id`. A run directory is never written twice: one that is there is an error.
    pub fn create(
        report_dir: &Path,
        department: &DepartmentName,
        run_id: &RunId,
    ) -> Result<Self, ReportError> {
        let department = report_dir.join(department.as_str());
        let path = department.join(run_id.as_str());
        private::create_dirs(&department)?;
        private::create_new_dir(&path)?;
        Ok(Self { department, path, run_id: run_id.clone() })
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the run's log belongs, as JSON lines. Not created here: the log writes it, mode 0600.
    pub fn log_path(&self) -> PathBuf {
        self.path.join("run.log")
    }

    /// Begins `results.csv`.
    pub fn results(&self) -> Result<ResultsWriter, ReportError> {
        ResultsWriter::create(self.path.join("results.csv"))
    }

    /// Begins `warnings.csv`.
    pub fn warnings(&self) -> Result<WarningsWriter, ReportError> {
        WarningsWriter::create(self.path.join("warnings.csv"))
    }

    /// Begins `errors.csv` with the columns of this export.
    pub fn errors(&self, columns: ErrorColumns) -> Result<ErrorsWriter, ReportError> {
        ErrorsWriter::create(self.path.join("errors.csv"), columns)
    }

    /// Writes `summary.json`, indented, whole or not at all. May be called again as the run goes on.
    pub fn write_summary(&self, summary: &RunSummary) -> Result<(), ReportError> {
        let path = self.path.join("summary.json");
        let mut bytes =
            serde_json::to_vec_pretty(summary).map_err(|error| ReportError::writing(&path, error.into()))?;
        bytes.push(b'\n');
        private::replace_file(&self.path, &path, &bytes)
    }

    /// Points `latest`, beside the run directories, at this one. The link is relative, so that reports can be moved.
    pub fn publish_latest(&self) -> Result<(), ReportError> {
        private::replace_link(&self.department, LATEST, self.run_id.as_str())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::super::sample;
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn only_the_owner_can_read_what_a_run_leaves() {
        let root = tempfile::tempdir().unwrap();
        let reports = root.path().join("var/reports");
        let dir = RunDir::create(&reports, &sample::department(), &sample::run_id(1)).unwrap();
        dir.results().unwrap().finish().unwrap();
        dir.warnings().unwrap().finish().unwrap();
        dir.errors(ErrorColumns { source: vec!["id".to_owned()], raw: false }).unwrap().finish().unwrap();
        dir.write_summary(&sample::first_run()).unwrap();

        assert_eq!(dir.path(), reports.join("springfield/20260908T020000Z-0001"));
        assert_eq!(dir.log_path(), dir.path().join("run.log"));
        for made in [&reports, reports.join("springfield").as_path(), dir.path()] {
            assert_eq!(mode(made), 0o700, "{}", made.display());
        }
        let mut names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["errors.csv", "results.csv", "summary.json", "warnings.csv"]);
        for name in names {
            assert_eq!(mode(&dir.path().join(&name)), 0o600, "{}", name.display());
        }
    }

    #[test]
    fn a_run_directory_and_its_files_are_never_written_twice() {
        let root = tempfile::tempdir().unwrap();
        let create = || RunDir::create(root.path(), &sample::department(), &sample::run_id(1));
        let dir = create().unwrap();
        let message = create().unwrap_err().to_string();
        assert!(message.contains("0001") && message.contains("run again"), "{message}");
        let _first = dir.results().unwrap();
        assert!(dir.results().unwrap_err().to_string().contains("results.csv"));
    }

    #[test]
    fn a_file_where_a_directory_should_be_is_named_with_a_remedy() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("springfield"), "").unwrap();
        let error = RunDir::create(root.path(), &sample::department(), &sample::run_id(1)).unwrap_err();
        assert!(error.to_string().contains("springfield: "), "{error}");
    }

    #[test]
    fn the_summary_is_replaced_whole_and_reads_back() {
        let root = tempfile::tempdir().unwrap();
        let dir = RunDir::create(root.path(), &sample::department(), &sample::run_id(1)).unwrap();
        dir.write_summary(&sample::quiet_night()).unwrap();
        let summary = sample::partial_failure();
        dir.write_summary(&summary).unwrap();
        let text = fs::read_to_string(dir.path().join("summary.json")).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<RunSummary>(&text).unwrap(), summary);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file stays");
        insta::assert_snapshot!("summary.json", text);
    }

    #[test]
    fn latest_moves_on_and_survives_a_run_that_was_cut_off() {
        let root = tempfile::tempdir().unwrap();
        let department = root.path().join("springfield");
        let publish = |n| {
            let dir = RunDir::create(root.path(), &sample::department(), &sample::run_id(n)).unwrap();
            std::os::unix::fs::symlink("nowhere", department.join(format!(".latest.{}", sample::run_id(n))))
                .unwrap();
            dir.publish_latest().unwrap();
            assert_eq!(
                fs::read_link(department.join("latest")).unwrap(),
                Path::new(sample::run_id(n).as_str())
            );
        };
        publish(1);
        publish(2);
        let names: Vec<_> = fs::read_dir(&department).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 3, "two runs and the link: {names:?}");
    }

    #[test]
    fn a_directory_named_latest_is_left_alone() {
        let root = tempfile::tempdir().unwrap();
        let dir = RunDir::create(root.path(), &sample::department(), &sample::run_id(1)).unwrap();
        let taken = root.path().join("springfield/latest");
        fs::create_dir(&taken).unwrap();
        assert!(dir.publish_latest().unwrap_err().to_string().contains("latest: "));
        assert!(taken.is_dir());
        assert_eq!(fs::read_dir(root.path().join("springfield")).unwrap().count(), 2);
    }
}
