//! [`JsonDiff`]: a plan as one JSON document, for machines.
//!
//! `{"schema":1,"department","run_id","changes":[{"customer_key","action","source_file","source_line",
//! "fields":[{"field","item","old","new"}]}],"rejected":[{"customer_key","code","source_file","source_line"}],
//! "summary":{…}}`, one customer per line. The summary has the shape of `summary.json`.

use std::io::{self, Seek, Write};

use serde::Serialize;

use crate::domain::summary::SCHEMA;
use crate::domain::{Change, RunSummary};

use super::super::mask::{ShownField, Values};
use super::super::text::SummaryContext;
use super::{DiffFormat, DiffHead, Rejection};

/// Rejections that are kept in memory; more of them wait in an unnamed temporary file.
const SPOOL: usize = 1 << 20;

/// One JSON document.
#[derive(Debug)]
pub struct JsonDiff<W> {
    out: W,
    values: Values,
    changes: u64,
    rejections: u64,
    /// The array after the changes, while changes may still come.
    rejected: tempfile::SpooledTempFile,
}

#[derive(Serialize)]
struct ChangeRecord<'a> {
    customer_key: &'a str,
    action: &'static str,
    source_file: &'a str,
    source_line: u64,
    fields: Vec<ShownField<'a>>,
}

#[derive(Serialize)]
struct RejectionRecord<'a> {
    customer_key: Option<&'a str>,
    code: &'a str,
    source_file: &'a str,
    source_line: u64,
}

impl<W: Write> JsonDiff<W> {
    /// A document onto `out`.
    pub fn new(out: W, values: Values) -> Self {
        Self { out, values, changes: 0, rejections: 0, rejected: tempfile::spooled_tempfile(SPOOL) }
    }
}

impl<W: Write> DiffFormat for JsonDiff<W> {
    fn begin(&mut self, head: &DiffHead<'_>) -> io::Result<()> {
        let DiffHead { department, run_id } = head;
        // Both are letters, digits, `-` and `_` by their types.
        write!(self.out, r#"{{"schema":{SCHEMA},"department":"{department}","run_id":"{run_id}","changes":["#)
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        let record = ChangeRecord {
            customer_key: change.ours.key.as_str(),
            action: change.verb(),
            source_file: &change.at.file,
            source_line: change.at.line,
            fields: change.fields.iter().map(|field| self.values.of(field)).collect(),
        };
        element(&mut self.out, &mut self.changes, &record)
    }

    fn rejected(&mut self, rejection: &Rejection<'_>) -> io::Result<()> {
        let Rejection { customer_key, code, at } = rejection;
        let record = RejectionRecord {
            customer_key: customer_key.map(crate::domain::CustomerKey::as_str),
            code,
            source_file: &at.file,
            source_line: at.line,
        };
        element(&mut self.rejected, &mut self.rejections, &record)
    }

    fn end(&mut self, summary: &RunSummary, _context: &SummaryContext<'_>) -> io::Result<()> {
        write!(self.out, "\n],\"rejected\":[")?;
        self.rejected.rewind()?;
        io::copy(&mut self.rejected, &mut self.out)?;
        write!(self.out, "\n],\"summary\":")?;
        serde_json::to_writer(&mut self.out, summary)?;
        writeln!(self.out, "}}")?;
        self.out.flush()
    }
}

/// One more element of an array, on its own line.
fn element(out: &mut impl Write, count: &mut u64, record: &impl Serialize) -> io::Result<()> {
    out.write_all(if *count == 0 { b"\n" } else { b",\n" })?;
    *count += 1;
    serde_json::to_writer(out, record)?;
    Ok(())
}
