//! Which run directories go: the oldest beyond what is kept. Touches nothing that is not a run's.

use std::io;
use std::path::{Path, PathBuf};

use crate::domain::{DepartmentName, RunId};

use super::run_dir::LATEST;
use super::{ReportError, RunDir};

impl RunDir {
    /// Removes the oldest run directories of `department` beyond `keep`, and says how many went.
    ///
    /// The newest run and the one that `latest` points at always stay, so `keep` 0 keeps what 1 does. Only directories
    /// whose name is a run id are counted or touched; links are not followed. One that cannot be removed does not
    /// keep the others; the first such failure is the error.
    pub fn prune(report_dir: &Path, department: &DepartmentName, keep: usize) -> Result<usize, ReportError> {
        let dir = report_dir.join(department.as_str());
        let runs = run_dirs(&dir).map_err(|error| ReportError::writing(&dir, error))?;
        let latest = std::fs::read_link(dir.join(LATEST)).ok();
        let excess = runs.len().saturating_sub(keep.max(1));
        let mut removed = 0;
        let mut trouble = None;
        for (_, path) in runs.into_iter().take(excess) {
            if latest.as_deref().is_some_and(|target| target.file_name() == path.file_name()) {
                continue;
            }
            match std::fs::remove_dir_all(&path) {
                Ok(()) => removed += 1,
                Err(error) => drop(trouble.get_or_insert(ReportError::writing(&path, error))),
            }
        }
        trouble.map_or(Ok(removed), Err)
    }
}

/// The run directories within `dir`, oldest first: run ids sort by time.
fn run_dirs(dir: &Path) -> io::Result<Vec<(RunId, PathBuf)>> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut runs = Vec::new();
    for entry in entries {
        let entry = entry?;
        let run_id = entry.file_name().to_str().and_then(RunId::parse);
        if let Some(run_id) = run_id
            && entry.file_type()?.is_dir()
        {
            runs.push((run_id, entry.path()));
        }
    }
    runs.sort();
    Ok(runs)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::fs;

    use super::super::sample;
    use super::*;

    fn left(root: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(root.join("springfield"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn reports(runs: u16) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for n in 1..=runs {
            let dir = RunDir::create(root.path(), &sample::department(), &sample::run_id(n)).unwrap();
            dir.results().unwrap().finish().unwrap();
        }
        root
    }

    #[test]
    fn the_oldest_go_and_the_newest_never_does() {
        for (keep, gone) in [(30, 0), (4, 0), (3, 1), (1, 3), (0, 3)] {
            let root = reports(4);
            assert_eq!(RunDir::prune(root.path(), &sample::department(), keep).unwrap(), gone, "keep {keep}");
            assert_eq!(left(root.path()).len(), 4 - gone);
            assert_eq!(left(root.path()).last().unwrap(), "20260908T020000Z-0004");
        }
    }

    #[test]
    fn nothing_else_is_touched() {
        let root = reports(3);
        let department = root.path().join("springfield");
        fs::write(department.join("20200101T000000Z-0000"), "a file").unwrap();
        fs::create_dir(department.join("20200101T000000Z-0000.bak")).unwrap();
        fs::create_dir(department.join("notes")).unwrap();
        std::os::unix::fs::symlink(&root, department.join("20200102T000000Z-0000")).unwrap();
        assert_eq!(RunDir::prune(root.path(), &sample::department(), 1).unwrap(), 2);
        assert_eq!(
            left(root.path()),
            [
                "20200101T000000Z-0000",
                "20200101T000000Z-0000.bak",
                "20200102T000000Z-0000",
                "20260908T020000Z-0003",
                "notes"
            ]
        );
    }

    #[test]
    fn what_latest_points_at_stays() {
        let root = reports(3);
        std::os::unix::fs::symlink("20260908T020000Z-0001", root.path().join("springfield/latest")).unwrap();
        assert_eq!(RunDir::prune(root.path(), &sample::department(), 1).unwrap(), 1);
        assert_eq!(left(root.path()), ["20260908T020000Z-0001", "20260908T020000Z-0003", "latest"]);
    }

    #[test]
    fn a_department_without_reports_is_fine() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(RunDir::prune(root.path(), &sample::department(), 30).unwrap(), 0);
    }
}
