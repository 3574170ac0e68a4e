//! [`Consent`]: tri-state, per channel. Unknown is not consent.

use serde::{Deserialize, Serialize};

use super::Field;

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

    /// The column that the channel's flag stands in.
    pub fn field(self) -> Field {
        match self {
            Self::Call => Field::OkToCall,
            Self::Text => Field::OkToText,
            Self::Email => Field::OkToEmail,
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

impl Consents {
    /// Both said of one customer, channel by channel: see [`Consent::and`].
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let Self { call, text, email } = self;
        Self { call: call.and(other.call), text: text.and(other.text), email: email.and(other.email) }
    }

    /// What of it says no; everything else claims nothing.
    #[must_use]
    pub fn blocks(self) -> Self {
        let block = |said| if said == Consent::Blocked { said } else { Consent::Unknown };
        let Self { call, text, email } = self;
        Self { call: block(call), text: block(text), email: block(email) }
    }

    /// The channels that it blocks.
    pub fn blocked(self) -> impl Iterator<Item = Channel> {
        let Self { call, text, email } = self;
        let said = [(Channel::Call, call), (Channel::Text, text), (Channel::Email, email)];
        said.into_iter().filter(|(_, said)| *said == Consent::Blocked).map(|(channel, _)| channel)
    }
}

#[cfg(test)]
mod tests {
    use super::Consent::{Allowed, Blocked, Unknown};
    use super::{Channel, Consents};

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

    #[test]
    fn of_several_channels_only_blocks_are_left() {
        let said = Consents { call: Allowed, text: Blocked, email: Unknown };
        assert_eq!(said.blocks(), Consents { text: Blocked, ..Consents::default() });
        let other = Consents { call: Blocked, ..Consents::default() };
        assert_eq!(said.and(other).blocked().collect::<Vec<_>>(), [Channel::Call, Channel::Text]);
        assert_eq!(said.and(other.blocks()), Consents { call: Blocked, text: Blocked, email: Unknown });
    }
}
