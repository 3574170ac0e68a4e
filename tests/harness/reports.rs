//! [`RunFiles`]: what a run has left behind, read back and held to what is true of every run.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use dms_sync::domain::RunSummary;
use serde_json::Value;

/// A row by column name.
pub(crate) type Line = BTreeMap<String, String>;

/// One run's directory.
#[derive(Debug)]
pub(crate) struct RunFiles {
    pub(crate) dir: PathBuf,
    pub(crate) summary: Value,
    pub(crate) results: Vec<Line>,
    pub(crate) errors: Vec<Line>,
    pub(crate) warnings: Vec<Line>,
    pub(crate) log: String,
}

impl RunFiles {
    /// Reads a run's directory, `latest` too, and checks its books.
    #[track_caller]
    pub(crate) fn read(dir: &Path) -> Self {
        let dir = fs::canonicalize(dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
        let text = |name: &str| fs::read_to_string(dir.join(name)).unwrap_or_default();
        let files = Self {
            summary: serde_json::from_str(&text("summary.json")).unwrap(),
            results: table(&text("results.csv")),
            errors: table(&text("errors.csv")),
            warnings: table(&text("warnings.csv")),
            log: text("run.log"),
            dir,
        };
        files.balance();
        files
    }

    /// Nothing is lost on the way: counts agree with each other and with the files.
    #[track_caller]
    fn balance(&self) {
        let summary: RunSummary = serde_json::from_value(self.summary.clone()).unwrap();
        let RunSummary { rows, customers, warnings, inputs, exit, .. } = &summary;
        assert!(customers.conserve(), "{customers:?}");
        assert_eq!(rows.total, rows.used + rows.rejected);
        if customers.total + rows.total == 0 {
            return;
        }
        assert_eq!(rows.total, inputs.iter().map(|input| input.rows).sum::<u64>());
        assert_eq!(*warnings, self.warnings.len() as u64);
        assert_eq!(customers.total - customers.unchanged, self.results.len() as u64, "results.csv");
        for line in &self.results {
            let outcome = &line["outcome"];
            assert!(self.count(outcome) > 0, "{outcome} in results.csv, and not in summary.json");
        }
        let needs_work = customers.rejected + customers.failed + customers.in_doubt + rows.rejected;
        // Who is left over from an earlier export may have no row in this one: that is told.
        let is_told = self.log.contains("errors.csv has no row of");
        assert_eq!(
            needs_work > 0,
            is_told || !self.errors.is_empty(),
            "errors.csv of a run with exit {}",
            exit.code
        );
        assert!(self.log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{}", self.log);
    }

    /// How many customers ended so.
    #[track_caller]
    pub(crate) fn count(&self, outcome: &str) -> usize {
        let count = self.summary["customers"][outcome].as_u64();
        count.and_then(|count| count.try_into().ok()).unwrap_or_else(|| panic!("no count of {outcome}"))
    }

    /// The counts that are not zero, `total` left out: `created 4, updated 8`.
    pub(crate) fn counts(&self) -> String {
        let customers = self.summary["customers"].as_object().unwrap();
        let shown = customers.iter().filter(|(name, count)| *name != "total" && count.as_u64() != Some(0));
        let mut shown: Vec<_> = shown.map(|(name, count)| format!("{name} {count}")).collect();
        shown.sort();
        shown.join(", ")
    }

    /// Keys of the customers that ended so, in order.
    pub(crate) fn keys(&self, outcome: &str) -> Vec<&str> {
        let of = self.results.iter().filter(|line| line["outcome"] == outcome);
        let mut keys: Vec<_> = of.map(|line| line["customer_key"].as_str()).collect();
        keys.sort_unstable();
        keys
    }

    /// Codes of `errors.csv`, in its order.
    pub(crate) fn codes(&self) -> Vec<&str> {
        self.errors.iter().map(|line| line["error_code"].as_str()).collect()
    }

    /// The run.
    pub(crate) fn run_id(&self) -> &str {
        self.summary["run_id"].as_str().unwrap()
    }
}

fn table(text: &str) -> Vec<Line> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let line = |row: csv::StringRecord| {
        header.iter().map(str::to_owned).zip(row.iter().map(str::to_owned)).collect()
    };
    reader.records().map(|row| line(row.unwrap())).collect()
}
