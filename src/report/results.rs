//! [`ResultsWriter`]: `results.csv`, one line per customer that was not unchanged.
//!
//! No personal value: customers are named by key. Keys, uuids and the ids of requests are verbatim, to be searched for.
//! Why a customer needs work, and its rows, are in `errors.csv`.

use std::path::PathBuf;

use crate::domain::{CustomerUuid, Outcome, OutcomeKind};

use super::ReportError;
use super::cell::inert;
use super::sheet::Sheet;

const HEADER: [&str; 8] = [
    "customer_key",
    "outcome",
    "customer_uuid",
    "attempts",
    "http_status",
    "code",
    "request_id",
    "correlation_id",
];

/// Writes `results.csv`. What was written stays when it is dropped; [`ResultsWriter::finish`] makes it durable.
#[derive(Debug)]
pub struct ResultsWriter(Sheet);

impl ResultsWriter {
    pub(super) fn create(path: PathBuf) -> Result<Self, ReportError> {
        Sheet::create(path, HEADER).map(Self)
    }

    /// Adds the customer's line, or none where nothing happened to it.
    pub fn write(&mut self, outcome: &Outcome) -> Result<(), ReportError> {
        let Outcome { key, kind, at: _, uuid, attempts, http_status, cause, request_id, correlation_id } =
            outcome;
        if *kind == OutcomeKind::Unchanged {
            return Ok(());
        }
        self.0.write([
            key.as_str(),
            kind.as_str(),
            uuid.as_ref().map_or("", CustomerUuid::as_str),
            &attempts.to_string(),
            &http_status.map(|status| status.to_string()).unwrap_or_default(),
            &inert(cause.as_ref().map_or("", |cause| &cause.code)),
            request_id.as_deref().unwrap_or_default(),
            correlation_id.as_deref().unwrap_or_default(),
        ])
    }

    /// Makes the file durable, and says how many lines it has.
    pub fn finish(self) -> Result<u64, ReportError> {
        self.0.finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn one_line_per_customer_that_was_not_unchanged() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("results.csv");
        let mut writer = ResultsWriter::create(path.clone()).unwrap();
        for kind in OutcomeKind::ALL {
            writer.write(&sample::outcome(kind)).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), 8);
        insta::assert_snapshot!(std::fs::read_to_string(path).unwrap(), @"
        customer_key,outcome,customer_uuid,attempts,http_status,code,request_id,correlation_id
        key-created,created,-x7Tq,2,200,,req-1,+gateway
        key-updated,updated,-x7Tq,2,200,,req-1,+gateway
        key-skipped,skipped,,0,,,,
        key-rejected,rejected,,0,,name.missing,,
        key-failed,failed,-x7Tq,2,200,name.missing,req-1,+gateway
        key-in_doubt,in_doubt,,0,,name.missing,,
        key-held,held,,0,,,,
        key-not_attempted,not_attempted,,0,,,,
        ");
    }
}
