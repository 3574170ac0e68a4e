//! A department's export, opened and bound to its profile; read as often as the passes need.

use std::collections::BTreeMap;
use std::path::Path;

use csv::ByteRecord;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::newest_set::newest_set;
pub use super::source::Source;
use super::{source, vetoes};
use crate::config::{Department, Input};
use crate::domain::policy::ExportKind;
use crate::domain::summary::InputSummary;
use crate::domain::{Event, Observer, Phase};
use crate::map::{Profile, ProfileError, Rows, SourceIdRule};
use crate::plan::RowOrder;
use crate::push::Brake;
use crate::read::{Digest, InputFile, Inputs, Malformed, ReadError, RowAt};

/// Rows between two looks at the brake and two signs of progress.
const STRIDE: u64 = 4096;

/// A day, in seconds. What is dated further ahead is the date of no change, and of no export.
pub(super) const DAY: i64 = 24 * 60 * 60;

/// Why an export cannot be read as this department's.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// The profile itself.
    #[error(transparent)]
    Profile(ProfileError),
    /// The file does not fit the profile.
    #[error(transparent)]
    Header(ProfileError),
    /// The file.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The file says that it is another department's. What it says is not repeated: where a row's columns are shifted,
    /// it may be somebody's name.
    #[error(
        "{file}: this export says it is of another source than the department's source_id, {wanted}; check which file goes to which department"
    )]
    OtherSource {
        /// The file, with a line where a row says so.
        file: String,
        /// What it should say.
        wanted: String,
    },
    /// The file's name does not say whose it is, and should.
    #[error(
        "{file}: its name has no part {part} that says whose export it is, and should say {wanted} (source_id): the parts stand between underscores; check which file goes to which department"
    )]
    NoSource {
        /// The file.
        file: String,
        /// Where in its name, from 1.
        part: u8,
        /// What it should say.
        wanted: String,
    },
    /// Files of a full export with and without a date.
    #[error(
        "{file}: its name has no date, and {dated} has one, so that it cannot be told which is newer; name the files of one export with --input, or keep the others elsewhere"
    )]
    Undated {
        /// The file without a date.
        file: String,
        /// One that has a date.
        dated: String,
    },
    /// Files of a full export of one day whose names differ in a number: numbered exports, or numbered stores.
    #[error(
        "{file}: only a number and the time tell it from {other}, so that it may be an older export or another part of the same one; name the files of one export with --input, or keep the others elsewhere"
    )]
    Numbered {
        /// The earlier file.
        file: String,
        /// The later one.
        other: String,
    },
    /// Files of a full export of one directory and time whose names differ in spelling or ending alone.
    #[error(
        "{file}: of the same time as {other}, whose name is only spelt differently, and they do not say the same, so that it cannot be told which is the newer; name the one that counts with --input, or keep the other elsewhere"
    )]
    SameTime {
        /// One file.
        file: String,
        /// The other.
        other: String,
    },
    /// The brake was pulled while reading.
    #[error("stopped while reading")]
    Stopped,
}

/// A department's whole export.
#[derive(Debug)]
pub struct Intake {
    /// The profile it is bound to.
    pub profile: Profile,
    sources: Vec<Source>,
    bytes: u64,
    source_id: Option<String>,
    zone: TimeZone,
    /// Keeps what was spooled from standard input.
    _inputs: Inputs,
}

/// One row, or what is wrong with it.
pub enum Row<'a> {
    /// A row of the right width, decodable.
    Sound(&'a ByteRecord, RowAt),
    /// A row that cannot be read. The record holds what could be split of it.
    Malformed(&'a ByteRecord, &'a Malformed),
}

/// The dates that tell whether an export is older than the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Age {
    /// In the newest file's name, as a clock at the department shows it.
    pub name: Option<DateTime>,
    /// When that was, seconds since 1970.
    pub named_at: Option<i64>,
    /// Of the newest file on disk, seconds since 1970: for `max_age` alone.
    pub modified: Option<i64>,
}

impl Intake {
    /// Finds and binds the department's files. `spool_dir` takes what comes from standard input.
    ///
    /// # Errors
    /// Whatever makes the export unreadable as this department's, before its first row is used.
    pub fn open(
        department: &Department,
        spool_dir: &Path,
        now: jiff::Timestamp,
        notices: &dyn Observer,
    ) -> Result<Self, IntakeError> {
        let profile = Profile::load(&department.profile, Path::new("")).map_err(IntakeError::Profile)?;
        let inputs = crate::read::resolve(
            &department.input.iter().map(Input::pattern).collect::<Vec<_>>(),
            spool_dir,
        )?;
        let export = department.export.unwrap_or(profile.export);
        let zone = TimeZone::get(&department.time_zone).unwrap_or(TimeZone::UTC);
        let bound = |file: &InputFile| {
            let latest = now.as_second().saturating_add(DAY);
            let source = source::bind(file, &profile, &zone, latest, notices);
            // A list of ours has a name of ours.
            if !source.as_ref().is_ok_and(|source| source.binding.fed_back) {
                check_name(file, &profile, department.source_id.as_deref())?;
            }
            let source = source?;
            match (&department.source_id, source.binding.lost_source_id()) {
                (Some(_), Some(why)) => Err(IntakeError::Header(source.misfit(why))),
                _ => Ok(source),
            }
        };
        let all = near_files(&inputs);
        // A delta is told by all its files, in order.
        let sources: Vec<_> = if export == ExportKind::Delta {
            all.iter().map(|file| bound(file).map(Source::with_its_time)).collect::<Result<_, _>>()?
        } else if profile.layouts.len() == 1 {
            newest_set(all, |file| file, notices)?.iter().map(bound).collect::<Result<_, _>>()?
        } else {
            newest_of_each(all.iter().map(bound).collect::<Result<_, _>>()?, notices)?
        };
        let bytes = sources.iter().map(|source| source.file.stamp().len).sum();
        Ok(Self { profile, sources, bytes, source_id: department.source_id.clone(), zone, _inputs: inputs })
    }

    /// Tells what a person should know of the files' columns.
    pub fn tell(&self, observer: &dyn Observer) {
        for text in vetoes::notices(self) {
            observer.on(&Event::Notice { text });
        }
    }

    /// The files, in the order in which they are read.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Whether it is an `errors.csv` of ours, fed back: treated as a delta.
    pub fn is_fed_back(&self) -> bool {
        self.sources.iter().any(|source| source.binding.fed_back)
    }

    /// Whether rows are held to the department's `source_id`.
    pub fn has_source_id(&self) -> bool {
        self.source_id.is_some()
    }

    /// Whether the order of rows matters: some file of customers has no date that decides.
    pub fn order(&self) -> RowOrder {
        let undated =
            |source: &Source| source.binding.rows == Rows::Customers && !source.binding.has_updated_at();
        let dated = !self.sources.iter().any(undated);
        if dated { RowOrder::Free } else { RowOrder::Matters }
    }

    /// How old the export is, by its newest file.
    pub fn age(&self) -> Age {
        let seconds = |time: std::time::SystemTime| Some(jiff::Timestamp::try_from(time).ok()?.as_second());
        let name = self.sources.iter().filter_map(|source| source.file.name_timestamp()).max();
        let at = |name: DateTime| Some(name.to_zoned(self.zone.clone()).ok()?.timestamp().as_second());
        Age {
            name,
            named_at: name.and_then(at),
            modified: self.sources.iter().filter_map(|source| seconds(source.file.stamp().modified?)).max(),
        }
    }

    /// Reads every row, in order; tells `observer` how far it is.
    ///
    /// # Errors
    /// [`IntakeError::Stopped`] where the brake is pulled; the file's trouble; another department's row.
    pub fn each(
        &self,
        phase: Phase,
        observer: &dyn Observer,
        brake: &Brake,
        mut row_of: impl FnMut(&Source, Row<'_>),
    ) -> Result<Vec<Digest>, IntakeError> {
        observer.on(&Event::Started { phase, total: Some(self.bytes) });
        let mut digests = Vec::new();
        let mut row = ByteRecord::new();
        for source in &self.sources {
            let mut records = source.open()?;
            let (mut rows, mut told) = (0, 0);
            while let Some(read) = records.read(&mut row)? {
                match &read {
                    Ok(at) => {
                        self.check_row(source, &row, *at)?;
                        row_of(source, Row::Sound(&row, *at));
                    }
                    Err(malformed) => row_of(source, Row::Malformed(&row, malformed)),
                }
                rows += 1;
                if rows % STRIDE == 0 {
                    if brake.pulled().is_some() {
                        return Err(IntakeError::Stopped);
                    }
                    let now = records.bytes_read();
                    observer.on(&Event::Advanced { phase, by: now - told });
                    told = now;
                }
            }
            observer.on(&Event::Advanced { phase, by: records.bytes_read().saturating_sub(told) });
            if phase == Phase::Scan && records.lacks_totals() {
                let text = format!(
                    "{}: ends without the totals that the profile names (stop_at): is it cut off?",
                    source.file.display
                );
                observer.on(&Event::Notice { text });
            }
            digests.push(records.finish()?);
        }
        Ok(digests)
    }

    /// What `summary.json` says of the files.
    pub fn summaries(&self, digests: &[Digest]) -> Vec<InputSummary> {
        let summary = |(source, digest): (&Source, &Digest)| InputSummary {
            path: source.file.display.to_string(),
            sha256: digest.sha256.clone(),
            rows: digest.rows,
            encoding: source.encoding().to_owned(),
            consent_not_there: vetoes::consent_not_there(source),
        };
        self.sources.iter().zip(digests).map(summary).collect()
    }

    fn check_row(&self, source: &Source, row: &ByteRecord, at: RowAt) -> Result<(), IntakeError> {
        let (Some(wanted), Some(found)) = (&self.source_id, source.binding.source_id(row)) else {
            return Ok(());
        };
        if found == wanted.as_bytes() {
            return Ok(());
        }
        let file = source.at(at).to_string();
        Err(IntakeError::OtherSource { file, wanted: wanted.clone() })
    }
}

/// The files, as somebody in the working directory would call them.
fn near_files(inputs: &Inputs) -> Vec<InputFile> {
    let mut files = inputs.files().to_vec();
    for file in &mut files {
        file.display = near(&file.display).into();
    }
    files
}

/// The whole truth is in the newest files alone, those of each layout: customers of today and vehicles of yesterday are
/// a whole.
fn newest_of_each(sources: Vec<Source>, notices: &dyn Observer) -> Result<Vec<Source>, IntakeError> {
    let mut by_layout: BTreeMap<String, Vec<(usize, Source)>> = BTreeMap::new();
    for (place, source) in sources.into_iter().enumerate() {
        by_layout.entry(source.binding.layout.clone()).or_default().push((place, source));
    }
    let mut used = Vec::new();
    for found in by_layout.into_values() {
        used.extend(newest_set(found, |(_, source): &(usize, Source)| &source.file, notices)?);
    }
    used.sort_by_key(|(place, _)| *place);
    Ok(used.into_iter().map(|(_, source)| source).collect())
}

/// A path as somebody in the working directory would write it.
pub fn near(path: &str) -> String {
    let here = std::env::current_dir().ok();
    let relative = here.and_then(|here| Some(Path::new(path).strip_prefix(here).ok()?.display().to_string()));
    relative.filter(|path| !path.is_empty()).unwrap_or_else(|| path.to_owned())
}

fn check_name(file: &InputFile, profile: &Profile, wanted: Option<&str>) -> Result<(), IntakeError> {
    let (Some(wanted), Some(SourceIdRule::NamePart(part))) = (wanted, &profile.source_id) else {
        return Ok(());
    };
    let (file, wanted) = (&file.display, wanted.to_owned());
    match profile.source_id_of_name(file) {
        Some(found) if found == wanted => Ok(()),
        Some(_) => Err(IntakeError::OtherSource { file: file.to_string(), wanted }),
        None => Err(IntakeError::NoSource { file: file.to_string(), part: *part, wanted }),
    }
}
