//! [`Warning`] and [`Violation`]: what is wrong with a row or a record, as values. Never an `Err`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::field::Field;

/// Where a row stands in the export.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The file as the operator knows it; `-` for standard input.
    pub file: Arc<str>,
    /// The line on which the row begins, from 1; a quoted newline makes it run ahead of the record.
    pub line: u64,
    /// The record, from 1, not counting the header.
    pub record: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// A rule by its stable code, and what to tell a person. Neither message nor tip ever quotes a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// Stable, `<subject>.<rule>`, e.g. `vin.check_digit`. Operators filter by it.
    pub code: std::borrow::Cow<'static, str>,
    /// The field concerned, where it is one.
    pub field: Option<Field>,
    /// What is wrong, in lower case.
    pub message: String,
}

impl Finding {
    /// A finding about one field.
    pub fn on(field: Field, code: &'static str, message: impl Into<String>) -> Self {
        Self { code: code.into(), field: Some(field), message: message.into() }
    }

    /// A finding about a whole row or record.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: code.into(), field: None, message: message.into() }
    }
}

/// A rule that drops or repairs one field; the rest is sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Warning {
    /// The rule.
    pub finding: Finding,
    /// The row whose value it was.
    pub at: Option<Position>,
}

/// A rule that rejects a row or a customer; sending it again cannot help.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Violation {
    /// The rule.
    pub finding: Finding,
    /// What a person can do about it.
    pub tip: std::borrow::Cow<'static, str>,
}
