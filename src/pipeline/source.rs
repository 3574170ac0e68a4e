//! [`Source`]: one file of an export, bound to its profile; read as often as the passes need.
//!
//! Here a file meets its profile, so here is said what a person can do where the two do not fit. Which files there are,
//! and in which order they are read, is the business of `intake`.

use std::borrow::Cow;

use csv::ByteRecord;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::intake::IntakeError;
use super::title;
use crate::domain::outcome::{ERROR_COLUMNS, SOURCE_FILE};
use crate::domain::{Event, Finding, Fingerprint, Observer, Position};
use crate::map::{Binding, Profile, ProfileError};
use crate::read::{
    Decoder, Dialect, EncodingChoice, HeaderMode, InputFile, Quote, ReadError, Records, RowAt, time_in_name,
};

/// One file, bound.
#[derive(Debug)]
pub struct Source {
    /// The file.
    pub file: InputFile,
    /// Its columns.
    pub binding: Binding,
    dialect: Dialect,
    header: Vec<String>,
    encoding: String,
    decoder: Decoder,
    /// The time in its name, as [`Recency`](crate::domain::Recency) counts it.
    named_at: Option<i64>,
    /// What beside its bytes counts of a row: the encoding, where it is not UTF-8; of a delta, the file's time.
    beside: Option<Fingerprint>,
}

impl Source {
    /// Opens the file for one more pass.
    pub(super) fn open(&self) -> Result<Records, ReadError> {
        self.file.open(&self.dialect)
    }

    /// The position of a row of this file.
    pub fn at(&self, at: RowAt) -> Position {
        Position { file: self.file.display.clone(), line: at.line, record: at.record }
    }

    /// The names of the file's columns; `column_1`, `column_2` and so on where it has no header.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The names of the export's own columns: without what we added to a file that is fed back.
    pub fn own_header(&self) -> &[String] {
        self.header.get(self.binding.own(self.header.len())).unwrap_or_default()
    }

    /// That its header does not fit, and why.
    pub(super) fn misfit(&self, why: &str) -> ProfileError {
        let line = u64::from(self.dialect.skip_lines) + 1;
        ProfileError::Header { file: self.file.display.to_string(), line, what: why.to_owned() }
    }

    /// What decodes its cells.
    pub fn decoder(&self) -> Decoder {
        self.decoder
    }

    /// How the file is encoded, as `summary.json` says it.
    pub(super) fn encoding(&self) -> &str {
        &self.encoding
    }

    /// The row's fingerprint: its mapped bytes, and what they mean. The same bytes in another encoding are another text;
    /// and a delta that says the same again, in a newer file, says since when it holds.
    pub fn row_fingerprint(&self, row: &ByteRecord) -> Fingerprint {
        let bytes = self.binding.row_fingerprint(row);
        self.beside.map_or(bytes, |beside| bytes.then(beside))
    }

    /// The time of the row's file, as [`Recency`](crate::domain::Recency) counts it. A row that is fed back is of the
    /// file that it first stood in.
    pub fn named_at(&self, row: &ByteRecord) -> Option<i64> {
        if !self.binding.fed_back {
            return self.named_at;
        }
        let place = ERROR_COLUMNS.iter().position(|column| *column == SOURCE_FILE)?;
        counted(time_in_name(&self.decoder.decode(row.get(place)?).ok()?)?)
    }

    /// Has the file's time count among what its rows say.
    pub(super) fn with_its_time(self) -> Self {
        let Some(at) = self.named_at else { return self };
        let time = Fingerprint::of(&at.to_le_bytes());
        Self { beside: Some(self.beside.map_or(time, |beside| beside.then(time))), ..self }
    }

    /// The row's key as text, trimmed; blank where it has none.
    ///
    /// # Errors
    /// Where the bytes are not text in the file's encoding.
    pub fn key<'r>(&self, row: &'r ByteRecord) -> Result<Cow<'r, str>, Finding> {
        self.decoder.decode(self.binding.key(row))
    }
}

/// How the profile says that its files are written.
fn dialect(profile: &Profile) -> Dialect {
    let format = profile.dialect();
    Dialect {
        delimiter: format.delimiter,
        quote: format.quote.map_or(Quote::None, Quote::Doubled),
        header: if format.header { HeaderMode::Present } else { HeaderMode::Absent },
        encoding: format.encoding.map_or(EncodingChoice::Detect, EncodingChoice::Pinned),
        skip_lines: format.skip_lines,
        stop_at: format.stop_at.clone(),
    }
}

/// Opens the file and finds its columns. Rows that are dated after `latest` have no date.
///
/// # Errors
/// Where it cannot be read, or does not fit the profile.
pub(super) fn bind(
    file: &InputFile,
    profile: &Profile,
    zone: &TimeZone,
    latest: i64,
    notices: &dyn Observer,
) -> Result<Source, IntakeError> {
    let dialect = dialect(profile);
    let records = file.open(&dialect)?;
    if let Some(text) = records.notice() {
        notices.on(&Event::Notice { text });
    }
    // What the first opening found out holds for every pass.
    let dialect = Dialect { encoding: EncodingChoice::Known(records.encoding()), ..dialect };
    let begins = records.begins();
    let (header, first) = match records.header() {
        [] => numbered(file, &dialect, begins)?,
        names => (names.to_vec(), ByteRecord::new()),
    };
    let binding = profile.bind(&header, &file.display, zone).map_err(|error| {
        let fits = |names: &[String]| profile.bind(names, &file.display, zone).is_ok();
        let hint = title::hint(file, &dialect, &fits).unwrap_or_default();
        IntakeError::Header(error.of_header_at(begins, &hint))
    })?;
    if dialect.header == HeaderMode::Absent && !binding.fed_back {
        check_width(file, profile, header.len(), begins)?;
        title::is_no_data(file, &dialect, begins, &first, &binding)?;
        title::is_no_title(file, &dialect, begins, &binding)?;
    }
    let (encoding, decoder) = (records.encoding().label(), records.decoder());
    let name = decoder.name();
    let beside = (name != "utf-8").then(|| Fingerprint::of(name.as_bytes()));
    let named_at = file.name_timestamp().and_then(counted);
    let binding = binding.until(latest);
    Ok(Source { file: file.clone(), binding, dialect, header, encoding, decoder, named_at, beside })
}

/// Seconds since 1970 on a clock that shows `at` when UTC does.
fn counted(at: DateTime) -> Option<i64> {
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Refuses a file without a header that is not as wide as the profile says.
fn check_width(file: &InputFile, profile: &Profile, wide: usize, line: u64) -> Result<(), IntakeError> {
    let Some(wanted) = profile.file.columns.filter(|wanted| usize::try_from(*wanted) != Ok(wide)) else {
        return Ok(());
    };
    let what = format!(
        "its rows have {wide} columns, and those of the profile {wanted}, so that each would be taken for another one; perhaps \
         the delimiter is not {:?}, or this is another report: have it made as it was, or write a profile of your own",
        char::from(profile.file.delimiter)
    );
    Err(IntakeError::Header(ProfileError::Header { file: file.display.to_string(), line, what }))
}

/// Names for the columns of a file without a header, as many as its first sound row has; and that row.
fn numbered(
    file: &InputFile,
    dialect: &Dialect,
    begins: u64,
) -> Result<(Vec<String>, ByteRecord), IntakeError> {
    let mut records = file.open(dialect)?;
    let mut row = ByteRecord::new();
    while let Some(read) = records.read(&mut row)? {
        if read.is_ok() {
            break;
        }
    }
    if crate::map::names_columns(row.iter().filter_map(|cell| std::str::from_utf8(cell).ok())) {
        let what = "the first row names columns, and the profile is for files without a header; take the header off, or \
                    use a profile of your own with header = \"present\"";
        let error =
            ProfileError::Header { file: file.display.to_string(), line: begins, what: what.to_owned() };
        return Err(IntakeError::Header(error));
    }
    Ok(((1..=row.len()).map(|number| format!("column_{number}")).collect(), row))
}
