//! [`Consent`]: tri-state, per channel. Unknown is not consent.

use serde::{Deserialize, Serialize};

/// What the source says of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Consent {
    /// Blank, unmapped or unrecognised: no claim.
    #[default]
    Unknown,
    /// May be contacted.
    Allowed,
    /// Must not be contacted. Wins over everything else that is said of the channel.
    Blocked,
}

impl Consent {
    /// Both said of one channel: blocked wins, then allowed, then unknown.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.max(other)
    }

    /// No claim. Tells serde what to leave out.
    pub fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// A way to reach somebody that the remote keeps a flag for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// `okToCall` of a phone.
    Call,
    /// `okToText` of a phone.
    Text,
    /// `okToEmail` of an e-mail address.
    Email,
}

impl Channel {
    /// The channel's name in the checkpoint and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Text => "text",
            Self::Email => "email",
        }
    }
}

/// What the source says of all channels of one customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Consents {
    /// Calls.
    #[serde(default, skip_serializing_if = "Consent::is_unknown")]
    pub call: Consent,
    /// Text messages.
    #[serde(default, skip_serializing_if = "Consent::is_unknown")]
    pub text: Consent,
    /// E-mails.
    #[serde(default, skip_serializing_if = "Consent::is_unknown")]
    pub email: Consent,
}

#[cfg(test)]
mod tests {
    use super::Consent::{Allowed, Blocked, Unknown};

    #[test]
    fn blocked_wins_and_unknown_claims_nothing() {
        for (a, b, both) in [
            (Unknown, Allowed, Allowed),
            (Allowed, Blocked, Blocked),
            (Unknown, Blocked, Blocked),
            (Unknown, Unknown, Unknown),
        ] {
            assert_eq!(a.and(b), both);
            assert_eq!(b.and(a), both);
        }
    }
}
