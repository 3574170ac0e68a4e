//! Turning an entry that was read into one that may be sent: read-only attributes are left out, values go back
//! verbatim, and what the write schema has no place for is refused instead of dropped. The neighbours
//! [`super::customer_write`] and [`super::vehicle`] say which attributes an entry has.

use serde_json::{Map, Value};
use thiserror::Error;

/// Something at the remote cannot be sent back under the write schema. Sending the customer without it would
/// delete it, so the customer must fail instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a {what} at the remote cannot be sent back: {field} is missing or of another type")]
pub struct Unsendable {
    /// The kind of entry: `phone`, `email`, `address`, `vehicle`.
    pub what: &'static str,
    /// The attribute, by its wire name.
    pub field: &'static str,
}

/// The attributes of one entry as it was read.
pub(super) struct Attributes<'a> {
    what: &'static str,
    map: &'a Map<String, Value>,
}

impl<'a> Attributes<'a> {
    pub(super) fn new(what: &'static str, map: &'a Map<String, Value>) -> Self {
        Self { what, map }
    }

    /// Text that may be absent; null is absent.
    pub(super) fn text(&self, field: &'static str) -> Result<Option<String>, Unsendable> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(self.refuse(field)),
        }
    }

    /// Text that the write schema requires. Blank is as good as missing: the API drops such an entry silently.
    pub(super) fn required_text(&self, field: &'static str) -> Result<String, Unsendable> {
        let text = self.text(field)?.filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| self.refuse(field))
    }

    /// A flag that may be absent; null is absent.
    pub(super) fn flag(&self, field: &'static str) -> Result<Option<bool>, Unsendable> {
        match self.map.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(self.refuse(field)),
        }
    }

    fn refuse(&self, field: &'static str) -> Unsendable {
        Unsendable { what: self.what, field }
    }
}
