//! [`InputFile`]: one file of an export, as it was when it was found.
//!
//! It is kept open from then on, and every pass reads that handle: an export that is put in its place meanwhile is the
//! next run's business. One that is no longer what it was, because somebody writes to it, is refused at every opening:
//! what the first pass found out of it (who changed, how it is encoded, what its digest is) would not hold for the
//! second.

use std::fs::Metadata;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::civil::DateTime;

use super::dialect::Dialect;
use super::encoding::{Contradiction, TextEncoding, mark_length};
use super::formats::{self, ENOUGH, Foreign};
use super::handle::Handle;
use super::source::Text;
use super::unpack::Packed;
use super::{ReadError, Records, fed_back, file_time};

/// Enough for a byte-order mark, the header of an errors file, and to tell what kind of file it is.
const PREFIX: u64 = ENOUGH;

/// What a file was when it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Bytes.
    pub len: u64,
    /// When it was last written, where the system knows.
    pub modified: Option<SystemTime>,
    /// Device and inode, where the system has them.
    pub identity: Option<(u64, u64)>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let identity = {
            use std::os::unix::fs::MetadataExt;
            Some((metadata.dev(), metadata.ino()))
        };
        #[cfg(not(unix))]
        let identity = None;
        Self { len: metadata.len(), modified: metadata.modified().ok(), identity }
    }
}

/// One file of an export.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// As the operator knows it; `-` for standard input.
    pub display: Arc<str>,
    place: Place,
    stamp: Stamp,
    /// Open since [`InputFile::keep_open`].
    kept: Option<Handle>,
}

/// Where the bytes are.
#[derive(Debug, Clone)]
enum Place {
    /// Where the operator says.
    Given(PathBuf),
    /// In a file of ours without a name, which goes with its last user.
    Spooled(Handle),
}

impl InputFile {
    /// The file at `path`: it must be there, be a regular file and hold something.
    pub(super) fn find(path: &Path) -> Result<Self, ReadError> {
        Self::at(&shown(path), Place::Given(path.to_owned()))
    }

    /// Standard input, kept in `file`.
    pub(super) fn spooled(file: Handle) -> Result<Self, ReadError> {
        Self::at("-", Place::Spooled(file))
    }

    fn at(display: &str, place: Place) -> Result<Self, ReadError> {
        let metadata = place.metadata().map_err(|error| place.missed(display, error))?;
        if !metadata.is_file() {
            return Err(ReadError::NotAFile { file: display.to_owned() });
        }
        if metadata.len() == 0 {
            return Err(ReadError::Empty { file: display.to_owned() });
        }
        Ok(Self { display: display.into(), place, stamp: Stamp::of(&metadata), kept: None })
    }

    /// Holds on to the file: what every pass reads from now on is this one, whatever becomes of its name. One that
    /// cannot be opened is an error only where it is read: a run may leave it out.
    pub(super) fn keep_open(&mut self) {
        self.kept = self.handle().ok();
    }

    /// What the file was when it was found.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The date and time in the file's name; see the rules in `file_time`. None for standard input.
    pub fn name_timestamp(&self) -> Option<DateTime> {
        match &self.place {
            Place::Given(path) => file_time::of_name(&path.file_name()?.to_string_lossy()),
            Place::Spooled(_) => None,
        }
    }

    /// The file's name without its dates and times, and without what says how it is written and packed: exports of one
    /// kind share it. None for standard input.
    pub fn stem(&self) -> Option<String> {
        let Place::Given(path) = &self.place else { return None };
        let mut name = path.file_name()?.to_string_lossy().to_lowercase();
        for endings in [&[".gz", ".zst", ".zip"][..], &[".csv", ".txt", ".tsv"]] {
            if let Some(ending) = endings.iter().find(|ending| name.ends_with(**ending)) {
                name.truncate(name.len() - ending.len());
            }
        }
        Some(file_time::without(&name))
    }

    /// The directory that the file was found in. None for standard input.
    pub fn directory(&self) -> Option<PathBuf> {
        let Place::Given(path) = &self.place else { return None };
        std::fs::canonicalize(path.parent().filter(|dir| *dir != Path::new("")).unwrap_or(Path::new(".")))
            .ok()
    }

    /// Whether both files hold the same bytes, unpacked where they are packed.
    ///
    /// # Errors
    /// Where one of them cannot be read to its end.
    pub fn is_copy_of(&self, other: &Self) -> Result<bool, ReadError> {
        let (mut mine, mut theirs) = (self.unpacked()?, other.unpacked()?);
        loop {
            let (a, b) = (
                mine.fill_buf().map_err(|error| ReadError::io(&self.display, "read it", error))?,
                theirs.fill_buf().map_err(|error| ReadError::io(&other.display, "read it", error))?,
            );
            let both = a.len().min(b.len());
            if both == 0 || a[..both] != b[..both] {
                return Ok(a.is_empty() && b.is_empty());
            }
            mine.consume(both);
            theirs.consume(both);
        }
    }

    /// The file's bytes, unpacked.
    fn unpacked(&self) -> Result<impl BufRead, ReadError> {
        let reader = Packed::find(self.handle()?, self.stamp.len).and_then(|file| file.reader());
        reader.map(BufReader::new).map_err(|error| ReadError::io(&self.display, "open it", error))
    }

    /// Whether the file still is what it was when it was found; [`ReadError::Changed`] where it is not.
    pub fn unchanged(&self) -> Result<(), ReadError> {
        self.handle().map(drop)
    }

    /// The file, open at its beginning, and what it was when it was found.
    fn handle(&self) -> Result<Handle, ReadError> {
        let trouble = |error| ReadError::io(&self.display, "open it", error);
        let handle = match &self.kept {
            Some(kept) => kept.rewound(),
            None => self.place.open().map_err(trouble)?,
        };
        self.compare(&handle.metadata().map_err(trouble)?)?;
        Ok(handle)
    }

    /// Opens the file for one pass: encoding, header, and rows to come. Refused where the file changed since it was
    /// found, is blank, has no rows, or has a header that cannot be read. An errors file of ours is read as such,
    /// whatever `dialect` says.
    pub fn open(&self, dialect: &Dialect) -> Result<Records, ReadError> {
        let trouble = |error| ReadError::io(&self.display, "open it", error);
        let file = Packed::find(self.handle()?, self.stamp.len).map_err(trouble)?;
        let mut prefix = Vec::new();
        file.reader().and_then(|bytes| bytes.take(PREFIX).read_to_end(&mut prefix)).map_err(trouble)?;
        self.is_text(&prefix)?;
        let mark = mark_length(&prefix);
        let dialect = fed_back::dialect(&prefix, dialect).unwrap_or_else(|| dialect.clone());
        let encoding = TextEncoding::of(dialect.encoding, &prefix, &file).map_err(trouble)?;
        let encoding = encoding.map_err(|says| self.contradicts(says, &dialect))?;
        let text = text(&file, mark, encoding).map_err(trouble)?;
        Records::open(Arc::clone(&self.display), text, &dialect, encoding)
    }

    /// Whether what begins with `prefix`, unpacked where it was packed, is no other kind of file.
    fn is_text(&self, prefix: &[u8]) -> Result<(), ReadError> {
        let file = self.display.to_string();
        match formats::of(prefix) {
            formats::Kind::Text => Ok(()),
            formats::Kind::Foreign(Foreign { what, remedy }) => Err(ReadError::Format { file, what, remedy }),
            formats::Kind::Packed(format) => {
                let what = "it is packed twice; unpack it once".to_owned();
                Err(ReadError::Packed { file, format: format.name(), what })
            }
        }
    }

    fn compare(&self, metadata: &Metadata) -> Result<(), ReadError> {
        if Stamp::of(metadata) == self.stamp {
            return Ok(());
        }
        Err(ReadError::Changed { file: self.display.to_string() })
    }

    fn contradicts(&self, says: Contradiction, dialect: &Dialect) -> ReadError {
        let pinned = match dialect.encoding {
            super::EncodingChoice::Pinned(pinned) => pinned.name(),
            super::EncodingChoice::Detect | super::EncodingChoice::Known(_) => "another encoding",
        };
        let file = self.display.to_string();
        match says {
            Contradiction::Mark(mark) => ReadError::Mark { file, mark: mark.name(), pinned },
            Contradiction::Utf8 => ReadError::NotPinned { file, pinned },
        }
    }

    /// What orders files of one run: the time in the name, else the time of the last write, then the name.
    pub(super) fn rank(&self) -> (DateTime, String, Arc<str>) {
        let written = || {
            let at = jiff::Timestamp::try_from(self.stamp.modified?).ok()?;
            Some(at.to_zoned(jiff::tz::TimeZone::UTC).datetime())
        };
        let at = self.name_timestamp().or_else(written).unwrap_or(DateTime::MIN);
        let name = match &self.place {
            Place::Given(path) => path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            Place::Spooled(_) => String::new(),
        };
        (at, name, Arc::clone(&self.display))
    }

    /// What two names of one file have in common.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        let canonical = |file: &Self| match &file.place {
            Place::Given(path) => std::fs::canonicalize(path).ok(),
            Place::Spooled(_) => None,
        };
        match (self.stamp.identity, other.stamp.identity) {
            (Some(mine), Some(theirs)) => mine == theirs,
            _ => canonical(self).is_some_and(|path| Some(path) == canonical(other)),
        }
    }
}

/// `path` for people, on one line: what is not UTF-8 as `\xE9`, so that two files never look alike, and a line break as
/// `\n`, so that a name does not pass for a line of the log.
pub(super) fn shown(path: &Path) -> String {
    let mut text = String::new();
    for chunk in path.as_os_str().as_encoded_bytes().utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() {
                text.extend(letter.escape_default());
            } else {
                text.push(letter);
            }
        }
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    text
}

impl Place {
    /// What to say where the file cannot be looked at.
    fn missed(&self, display: &str, error: io::Error) -> ReadError {
        match self {
            Self::Given(path) if error.kind() == io::ErrorKind::NotFound => {
                let file = display.to_owned();
                match std::fs::read_link(path) {
                    Ok(target) => ReadError::Nowhere { file, target: shown(&target) },
                    Err(_) => ReadError::Missing { file },
                }
            }
            _ => ReadError::io(display, "look at it", error),
        }
    }

    fn metadata(&self) -> io::Result<Metadata> {
        match self {
            Self::Given(path) => std::fs::metadata(path),
            Self::Spooled(file) => file.metadata(),
        }
    }

    fn open(&self) -> io::Result<Handle> {
        match self {
            Self::Given(path) => Handle::open(path),
            Self::Spooled(file) => Ok(file.rewound()),
        }
    }
}

/// The text of `file` behind its byte-order mark; the mark is hashed like all that is on disk.
fn text(file: &Packed, mark: usize, encoding: TextEncoding) -> io::Result<Text> {
    let mut bytes = file.hashed()?;
    bytes.read_exact(&mut [0; 3][..mark])?;
    Ok(Text::new(bytes, encoding.transcode()))
}
