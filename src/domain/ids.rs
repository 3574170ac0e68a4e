//! Opaque names: customer key, customer uuid, department, run. None of them is ever parsed for meaning.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Field, Finding, key};

/// The DMS's customer number: identity across runs, always a string (leading zeros and letters count).
///
/// Never blank, never `0`, which means "no customer" in an export, and nothing that a spreadsheet has made of a number:
/// a wrong key makes a wrong identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerKey(String);

impl CustomerKey {
    /// The key in `raw`, trimmed of white space; `None` where [`CustomerKey::text_of`] finds none.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::read(raw).ok()
    }

    /// The key in `raw`, or why there is none.
    ///
    /// # Errors
    /// Those of [`CustomerKey::text_of`].
    pub fn read(raw: &str) -> Result<Self, Finding> {
        Self::text_of(raw).map(|key| Self(key.to_owned()))
    }

    /// A key that is in use already, in a checkpoint or at the remote, whatever is asked of new ones; `None` where it is
    /// blank.
    pub fn in_use(raw: &str) -> Option<Self> {
        let key = raw.trim();
        (!key.is_empty()).then(|| Self(key.to_owned()))
    }

    /// The text of the key in `raw`, without a copy: the one rule of what a key is.
    ///
    /// # Errors
    /// `key.blank` where there is nothing, or a word for nothing; `key.zero` where there are zeros alone; `key.damaged`
    /// where a spreadsheet has made something else of it.
    pub fn text_of(raw: &str) -> Result<&str, Finding> {
        let text = raw.trim();
        if key::is_plain(text) {
            return Ok(text);
        }
        match key::flaw(text) {
            None => Ok(text),
            Some(flaw) => Err(Finding::on(Field::CustomerKey, flaw.code(), flaw.message())),
        }
    }

    /// Whether every character of the key shows, so that two keys that look alike are alike.
    pub fn is_visible(&self) -> bool {
        !self.0.chars().any(key::is_hidden)
    }

    /// The key as the DMS writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// myKaarma's identity of a customer: opaque, may begin with `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CustomerUuid(String);

impl CustomerUuid {
    /// Takes the remote's word for it; `None` where it is empty.
    pub fn new(raw: impl Into<String>) -> Option<Self> {
        let uuid = raw.into();
        (!uuid.is_empty()).then_some(Self(uuid))
    }

    /// The uuid as the remote writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CustomerUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Our own name of a department, from the configuration: `[a-z0-9_-]+`, so that it can be a file name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DepartmentName(String);

impl DepartmentName {
    /// The name in `raw`; `None` where it has a character outside `[a-z0-9_-]` or none at all.
    pub fn parse(raw: &str) -> Option<Self> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
        (!raw.is_empty() && raw.bytes().all(legal)).then(|| Self(raw.to_owned()))
    }

    /// The name as configured.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DepartmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One run of one department: `YYYYMMDDTHHMMSSZ-xxxx`, in UTC, so that names sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// A run id from its two parts: `stamp` as `YYYYMMDDTHHMMSSZ`, `salt` any sixteen bits.
    pub fn new(stamp: &str, salt: u16) -> Self {
        Self(format!("{stamp}-{salt:04x}"))
    }

    /// The run id in `raw`; `None` where it has another shape (it becomes a directory's name).
    pub fn parse(raw: &str) -> Option<Self> {
        let bytes = raw.as_bytes();
        let shape = b"00000000T000000Z-xxxx";
        let fits = |(b, s): (&u8, &u8)| match s {
            b'0' => b.is_ascii_digit(),
            b'x' => b.is_ascii_digit() || (b'a'..=b'f').contains(b),
            literal => b == literal,
        };
        (bytes.len() == shape.len() && bytes.iter().zip(shape).all(fits)).then(|| Self(raw.to_owned()))
    }

    /// The id as it names the run's directory.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_keeps_its_leading_zeros_and_is_trimmed() {
        assert_eq!(CustomerKey::parse(" 000176 ").unwrap().as_str(), "000176");
        assert_eq!(CustomerKey::parse("\u{a0}FI-WIP*123\t").unwrap().as_str(), "FI-WIP*123");
        assert!(CustomerKey::parse("NULL").is_none());
        assert_eq!(CustomerKey::in_use(" NULL ").unwrap().as_str(), "NULL");
        assert!(CustomerKey::in_use(" ").is_none());
    }

    #[test]
    fn a_run_id_is_a_safe_directory_name() {
        assert_eq!(RunId::new("20260908T120000Z", 0x2f).as_str(), "20260908T120000Z-002f");
        assert!(RunId::parse("20260908T120000Z-002f").is_some());
        for bad in ["", "latest", "../../etc", "20260908T120000Z-002F", "20260908T120000Z-002f/"] {
            assert!(RunId::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_department_name_can_be_a_file_name() {
        assert!(DepartmentName::parse("spring_field-2").is_some());
        for bad in ["", "Springfield", "a b", "../x", "é"] {
            assert!(DepartmentName::parse(bad).is_none(), "{bad}");
        }
    }
}
