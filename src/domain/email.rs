//! [`Email`]: an address that mail can be sent to, and the slot of the export that it came from.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::phone::slot_text;

/// An e-mail address as it is to be sent. Compared by its folded form. Masked in `Debug`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Takes an address that `normalize` has found usable; `None` where it has no `@` between two parts.
    pub fn new(address: impl Into<String>) -> Option<Self> {
        let address = address.into();
        let usable =
            address.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
        usable.then_some(Self(address))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What two spellings of one mailbox share: mail providers do not tell letters' case apart.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }

    /// The address with its local part hidden but for the first character.
    pub fn masked(&self) -> String {
        let (local, host) = self.0.split_once('@').unwrap_or_default();
        let first: String = local.chars().take(1).collect();
        format!("{first}***@{host}")
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(masked)")
    }
}

/// The label that the remote knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmailLabel {
    /// A private mailbox.
    Personal,
    /// A mailbox at work.
    Work,
}

impl EmailLabel {
    /// The label on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Work => "work",
        }
    }
}

/// Which of the export's e-mail columns an address came from: `personal`, `personal.2`, `work`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailSlot {
    /// The label under which the remote gets it.
    pub label: EmailLabel,
    /// 1 for the first column with that label.
    pub ordinal: u8,
}

slot_text!(EmailSlot, EmailLabel, [Personal, Work]);
