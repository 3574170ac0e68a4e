//! The envelope that every answer shares: `errors` and `warnings`. A non-empty `errors` is a failure whatever the
//! status, so it is read apart from the answer's own type, and it is believed in any shape: an `errors` that is a
//! string or an object is a problem too. What follows from it is decided in [`super::super::classify`].

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// One entry of `errors`. `message` and `description` are the server's free text: they may quote what was sent, so
/// `Debug` leaves them out and they must not be logged.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct ApiProblem {
    /// `errorCode`. The table of codes is not public: never branch on it alone.
    pub code: Option<i32>,
    /// `errorTitle`, a symbolic name.
    pub title: Option<String>,
    /// `errorMessage`, free text.
    pub message: Option<String>,
    /// `errorDescription`, free text; `getCustomerProfileData` only.
    pub description: Option<String>,
}

/// One entry of `warnings`. Some of them mean that data was deleted or dropped, see
/// [`super::super::warning_codes`]. `Debug` leaves the free text out.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct ApiWarning {
    /// `warningCode`.
    pub code: Option<i32>,
    /// `warningTitle`, a symbolic name.
    pub title: Option<String>,
    /// `warningMessage`, free text.
    pub message: Option<String>,
}

impl fmt::Debug for ApiProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiProblem").field("code", &self.code).finish_non_exhaustive()
    }
}

impl fmt::Debug for ApiWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiWarning").field("code", &self.code).finish_non_exhaustive()
    }
}

/// What every answer may carry beside its own fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in super::super) struct Envelope {
    #[serde(deserialize_with = "problems")]
    pub(in super::super) errors: Vec<ApiProblem>,
    #[serde(deserialize_with = "warnings")]
    pub(in super::super) warnings: Vec<ApiWarning>,
}

fn problems<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ApiProblem>, D::Error> {
    let problem = |entry: Entry| ApiProblem {
        code: entry.whole("errorCode"),
        title: entry.text("errorTitle"),
        message: entry.text("errorMessage").or_else(|| entry.bare()),
        description: entry.text("errorDescription"),
    };
    Ok(entries(Value::deserialize(deserializer)?).map(problem).collect())
}

fn warnings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ApiWarning>, D::Error> {
    let warning = |entry: Entry| ApiWarning {
        code: entry.whole("warningCode"),
        title: entry.text("warningTitle"),
        message: entry.text("warningMessage").or_else(|| entry.bare()),
    };
    Ok(entries(Value::deserialize(deserializer)?).map(warning).collect())
}

/// The entries of a list that may be null, one entry without its list, or of any JSON type.
fn entries(list: Value) -> impl Iterator<Item = Entry> {
    let list = match list {
        Value::Array(list) => list,
        Value::Object(entry) if entry.is_empty() => Vec::new(),
        Value::Null | Value::Bool(false) => Vec::new(),
        Value::String(text) if text.is_empty() => Vec::new(),
        other => vec![other],
    };
    list.into_iter().filter(|entry| !entry.is_null()).map(Entry)
}

struct Entry(Value);

impl Entry {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.as_object().and_then(|entry: &Map<String, Value>| entry.get(name))
    }

    fn whole(&self, name: &str) -> Option<i32> {
        match self.get(name)? {
            Value::Number(number) => number.as_i64().and_then(|number| number.try_into().ok()),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// An entry that is no object is kept as its text.
    fn bare(&self) -> Option<String> {
        match &self.0 {
            Value::Object(_) => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }
}
