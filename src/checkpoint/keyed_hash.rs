//! [`KeyedHash`]: how a phone number, a mailbox or a customer is remembered without being written down.
//!
//! It keeps values out of the file and out of copies of single tables. It is no protection against somebody who
//! has the whole file, the key included, and the patience to try every phone number.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::{Channel, CustomerKey};

/// What stands for a remembered value: half a SHA-256.
pub(super) type Hash = [u8; 16];

/// The checkpoint's own random key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct KeyedHash([u8; 32]);

impl KeyedHash {
    /// A new key.
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    /// The stored key; `None` where it has another length.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The key, to be stored.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// What stands for `contact` on `channel`, however it is spelled.
    pub(super) fn contact(&self, channel: Channel, contact: &str) -> Hash {
        self.hash(channel.as_str(), &one_spelling(channel, contact))
    }

    /// What stands for the customer.
    pub(super) fn customer(&self, key: &CustomerKey) -> Hash {
        self.hash("customer", key.as_str())
    }

    /// What stands for the department's token.
    pub(super) fn token(&self, token: &str) -> Hash {
        self.hash("token", token)
    }

    /// The subject's length never varies what a text means: subjects hold no zero byte.
    fn hash(&self, subject: &str, text: &str) -> Hash {
        let digest =
            Sha256::new().chain_update(self.0).chain_update(subject).chain_update([0]).chain_update(text);
        let mut half = Hash::default();
        half.copy_from_slice(&digest.finalize()[..16]);
        half
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHash(masked)")
    }
}

/// Folds an e-mail address, and writes a phone number as `+` and its digits. An opt-out must be found again
/// whatever the remote put between the digits; ten bare digits are a number of the North American plan.
fn one_spelling(channel: Channel, contact: &str) -> String {
    let contact = contact.trim();
    if channel == Channel::Email {
        return contact.to_lowercase();
    }
    let digits: String = contact.chars().filter(char::is_ascii_digit).collect();
    let country = if digits.len() == 10 && !contact.starts_with('+') { "1" } else { "" };
    format!("+{country}{digits}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_found_again_however_it_is_spelled() {
        let hash = KeyedHash([7; 32]);
        for (channel, stored, asked, same) in [
            (Channel::Text, "+12065550143", "+12065550143", true),
            (Channel::Text, "+12065550143", "(206) 555-0143", true),
            (Channel::Text, "+12065550143", "1 206 555 0143", true),
            (Channel::Text, "+12065550143", "+12065550144", false),
            (Channel::Text, "+2065550143", "+12065550143", false),
            (Channel::Email, "Ann.Lee@Example.com", " ann.lee@example.com", true),
            (Channel::Email, "ann@example.com", "bob@example.com", false),
        ] {
            let equal = hash.contact(channel, stored) == hash.contact(channel, asked);
            assert_eq!(equal, same, "{stored} and {asked}");
        }
        let number = "+12065550143";
        assert_ne!(hash.contact(Channel::Text, number), hash.contact(Channel::Call, number), "per channel");
        assert_ne!(hash.contact(Channel::Text, number), KeyedHash([8; 32]).contact(Channel::Text, number));
    }
}
