//! Closed choices of the remote: [`Locale`] and [`PreferredCommunication`].

use serde::{Deserialize, Serialize};

/// The two locales that the remote has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Locale {
    /// English, United States.
    #[serde(rename = "en-us")]
    EnUs,
    /// French, Canada.
    #[serde(rename = "fr-ca")]
    FrCa,
}

impl Locale {
    /// The locale on the wire, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EnUs => "en-us",
            Self::FrCa => "fr-ca",
        }
    }
}

/// How a customer wants to be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PreferredCommunication {
    /// Text messages.
    Text,
    /// Calls.
    Phone,
    /// E-mails.
    Email,
}

impl PreferredCommunication {
    /// The choice on the wire, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Phone => "phone",
            Self::Email => "email",
        }
    }
}
