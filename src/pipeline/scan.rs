//! Pass 1: every row's key and hash, beside what the checkpoint knows. Decodes nothing.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::companies::Companies;
use super::intake::{Intake, IntakeError, Row, Source};
use super::listed::Listed;
use super::opt_outs::RefusedOptOut;
use super::unsplit::Unsplit;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::domain::outcome::{Cause, Stage};
use crate::domain::summary::RowCounts;
use crate::domain::{CustomerKey, Finding, Fingerprint, Observer, Phase};
use crate::map::Reading;
use crate::plan::{KeyHash, Scan};
use crate::push::Brake;
use crate::read::{Digest, Malformed, RowAt};
use crate::record::RejectedRow;

/// What pass 1 found.
#[derive(Debug)]
pub struct Scanned {
    /// Who has work to do.
    pub scan: Scan,
    /// Of every file, in order.
    pub digests: Vec<Digest>,
    /// Rows by fate.
    pub rows: RowCounts,
    /// Rows that belong to no customer.
    pub rejected: Vec<RejectedRow>,
    /// Rows of an errors file that could not be split once, and now can: nothing of them is left over.
    pub mended: Vec<Fingerprint>,
    /// Whom a list that is fed back may name.
    pub(super) listed: Option<Listed>,
    /// Customers some of whose rows were refused: what is left of them says nothing of what is not there.
    pub partial: HashSet<KeyHash>,
    /// What such rows block.
    pub opt_outs: HashMap<KeyHash, RefusedOptOut>,
    /// Customers with an open intent: tonight's rows are looked at, also where they are what was last pushed.
    pub(super) open: HashSet<KeyHash>,
    /// The newest date of change in any row: seconds since 1970, UTC.
    pub newest: Option<i64>,
    /// Rows that can be read and have bytes beyond ASCII.
    pub lettered: u64,
}

/// Why pass 1 ended early.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The export.
    #[error(transparent)]
    Intake(#[from] IntakeError),
    /// The checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// Hashes every row, then compares with the checkpoint, where there is one.
///
/// # Errors
/// Trouble with the files or the checkpoint; the brake.
pub fn scan(
    intake: &Intake,
    epoch: Fingerprint,
    checkpoint: Option<&Checkpoint>,
    observer: &dyn Observer,
    brake: &Brake,
) -> Result<Scanned, ScanError> {
    let mut found = Scanned {
        scan: Scan::new(intake.order(), epoch),
        digests: Vec::new(),
        rows: RowCounts::default(),
        rejected: Vec::new(),
        mended: Vec::new(),
        listed: checkpoint.filter(|_| intake.is_fed_back()).map(Listed::of).transpose()?,
        partial: HashSet::new(),
        opt_outs: HashMap::new(),
        open: HashSet::new(),
        newest: None,
        lettered: 0,
    };
    let mut file: Option<Arc<str>> = None;
    let mut companies = Companies::default();
    found.digests = intake.each(Phase::Scan, observer, brake, |source, row| {
        let of = &source.file.display;
        if !file.as_ref().is_some_and(|file| Arc::ptr_eq(file, of)) {
            file = Some(Arc::clone(of));
            found.scan.next_file();
        }
        if let Row::Sound(record, _) = &row {
            companies.note(source, record);
        }
        found_row(&mut found, source, &row);
    })?;
    companies.tell(intake, observer);
    if let Some(checkpoint) = checkpoint {
        checkpoint.scan(&mut |key, source| found.scan.known(key.as_bytes(), source))?;
        // Its other rows may be what was last pushed: what the refused one blocks is not.
        found.opt_outs.keys().for_each(|key| found.scan.reexamine(*key));
        checkpoint.open_keys(&mut |key| {
            found.open.insert(KeyHash::of(key.as_bytes()));
        })?;
        found.open.iter().for_each(|key| found.scan.reexamine(*key));
    }
    Ok(found)
}

fn found_row(found: &mut Scanned, source: &Source, row: &Row<'_>) {
    found.rows.total += 1;
    match row {
        Row::Sound(record, at) => match KeyOf::listed(source, record, found.listed.as_ref()) {
            Ok(key) => {
                found.mended.extend(source.binding.raw(record).map(|raw| text_of(source, raw)));
                found.rows.used += 1;
                found.lettered += u64::from(!record.as_slice().is_ascii());
                found.newest = found.newest.max(source.binding.updated_at(record));
                found.scan.row(key, dated(source, record));
            }
            Err(finding) => {
                if let Some(unsplit) = Unsplit::of(source, record) {
                    let bytes = text_of(source, unsplit.raw);
                    found.reject(source, *at, bytes, &unsplit.finding(), Stage::Read);
                } else {
                    let bytes = source.binding.row_fingerprint(record);
                    found.reject(source, *at, bytes, &finding, Stage::Map);
                }
            }
        },
        Row::Malformed(record, malformed) => {
            if let Ok(key) = KeyOf::read(source, record) {
                found.partial.insert(key);
                if let Some(said) = RefusedOptOut::read(source, record, malformed) {
                    found.opt_outs.entry(key).and_modify(|known| known.add(&said)).or_insert(said);
                }
            }
            let Malformed { at, finding, raw } = malformed;
            found.reject(source, *at, text_of(source, raw), finding, Stage::Read);
        }
    }
}

/// The row's fingerprint. A date that is yet to come does not count, and one day it does: that is another row.
fn dated(source: &Source, record: &csv::ByteRecord) -> Fingerprint {
    let row = source.row_fingerprint(record);
    match source.binding.read_updated_at(record) {
        Reading::Future => row.then(Fingerprint::default()),
        Reading::At(_) | Reading::Blank | Reading::Unreadable => row,
    }
}

/// What a row is recognised by that cannot be split: its text, as `errors.csv` has it, a spreadsheet's line ends or not.
fn text_of(source: &Source, raw: &[u8]) -> Fingerprint {
    Fingerprint::of(source.decoder().escaped(raw).replace("\r\n", "\n").as_bytes())
}

impl Scanned {
    fn reject(&mut self, source: &Source, at: RowAt, bytes: Fingerprint, finding: &Finding, stage: Stage) {
        self.rows.rejected += 1;
        let Finding { code, field: _, message } = finding;
        let cause = Cause {
            stage,
            code: code.to_string(),
            message: message.clone(),
            tip: tip(code, source).to_owned(),
        };
        self.rejected.push(RejectedRow { at: source.at(at), bytes, cause });
    }
}

/// The key of a row, hashed as the checkpoint's is: the bytes of its text, trimmed.
pub(super) struct KeyOf;

impl KeyOf {
    /// The same, of a row that is fed back: one that `listed` allows.
    pub(super) fn listed(
        source: &Source,
        record: &csv::ByteRecord,
        listed: Option<&Listed>,
    ) -> Result<KeyHash, Finding> {
        let key = Self::read(source, record)?;
        match listed.and_then(|listed| listed.finding(source, record, key)) {
            Some(finding) => Err(finding),
            None => Ok(key),
        }
    }

    pub(super) fn read(source: &Source, record: &csv::ByteRecord) -> Result<KeyHash, Finding> {
        if source.binding.is_heading(record) {
            let message = "the row names columns: a header in the midst of the data, and no customer";
            return Err(Finding::new("row.header_again", message));
        }
        let raw = source.binding.key(record);
        let hash = |text: &str| CustomerKey::text_of(text).map(|key| KeyHash::of(key.as_bytes()));
        match std::str::from_utf8(raw) {
            Ok(text) if text.is_ascii() => hash(text),
            // In another encoding the same key has other bytes.
            _ => hash(&source.key(record)?),
        }
    }
}

/// What a person can do about a row that was refused.
fn tip(code: &str, source: &Source) -> &'static str {
    match code {
        _ if source.binding.fed_back && code.starts_with("row.") => {
            "fill in the row's own columns from the text under raw, or correct the row in the DMS and export again"
        }
        "key.not_listed" => {
            "put the customer number back as the export has it, say by giving the column the format of text"
        }
        "key.blank" | "key.zero" => "give the row its customer number, or leave it out of the export",
        "key.damaged" => {
            "write the customer number as the DMS has it; export again, and do not save the file from a spreadsheet"
        }
        "row.fields" => "look for a stray delimiter, quote or line break in this row",
        "row.quote" => "close the quote, or double a quote that is part of the text",
        "row.encoding" | "row.nul" => "export the file again; if it repeats, pin the encoding in the profile",
        "row.too_long" => "look for a quote that was never closed, in this row or before it",
        "row.header_again" => {
            "put one export into a file, or leave it: a header is nobody, and nothing is lost"
        }
        "row.after_totals" => {
            "if the row is one of the data, correct stop_at in the profile or the totals in the report; if it is none, leave it"
        }
        _ => "correct the row in the DMS, or in this file, and feed it back",
    }
}
