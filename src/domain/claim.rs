//! [`Claim`]: the three things an export can say of a field.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::policy::BlankPolicy;

/// What a source says of one value. The difference between silence and a blank decides whether data may go.
///
/// Stored as JSON, silence is a missing member (`skip_serializing_if = "Claim::is_silent"`), a blank is
/// `null`, and a value is itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Claim<T> {
    /// Nothing is said: the column is not mapped, the file lacks it, or its value was unusable.
    #[default]
    Silent,
    /// The column is there and empty. Whether that clears anything is the field's policy.
    Blank,
    /// A value.
    Value(T),
}

impl<T> Claim<T> {
    /// The value, where there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Blank | Self::Silent => None,
        }
    }

    /// Whether nothing is said. Also tells serde what to leave out of a stored record.
    pub fn is_silent(&self) -> bool {
        matches!(self, Self::Silent)
    }

    /// Whether the column was there and empty.
    pub fn is_blank(&self) -> bool {
        matches!(self, Self::Blank)
    }

    /// Applies `f` to the value and keeps silence and blanks.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Claim<U> {
        match self {
            Self::Silent => Claim::Silent,
            Self::Blank => Claim::Blank,
            Self::Value(value) => Claim::Value(f(value)),
        }
    }

    /// This claim over what an earlier export said: a value replaces, silence keeps, a blank follows `blank`.
    #[must_use]
    pub fn over(self, base: &Self, blank: BlankPolicy) -> Self
    where
        T: Clone,
    {
        match (self, blank) {
            (Self::Value(value), _) => Self::Value(value),
            (Self::Blank, BlankPolicy::Clear) => Self::Blank,
            (Self::Blank, BlankPolicy::Keep) | (Self::Silent, _) => base.clone(),
        }
    }

    /// What this claim asks to be written, where `next` is it over what was said before: a value, or a blank that a
    /// policy lets clear. Silence, and a blank that only keeps, ask for nothing.
    #[must_use]
    pub fn stated(&self, next: &Self) -> Self
    where
        T: Clone,
    {
        match (self, next) {
            (Self::Value(value), _) => Self::Value(value.clone()),
            (Self::Blank, Self::Blank) => Self::Blank,
            (Self::Blank | Self::Silent, _) => Self::Silent,
        }
    }

    /// Borrows the value.
    pub fn as_ref(&self) -> Claim<&T> {
        match self {
            Self::Silent => Claim::Silent,
            Self::Blank => Claim::Blank,
            Self::Value(value) => Claim::Value(value),
        }
    }
}

impl<T: Serialize> Serialize for Claim<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Silent => Err(serde::ser::Error::custom("a silent claim is left out, not stored")),
            Self::Blank => serializer.serialize_none(),
            Self::Value(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Claim<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Blank, Self::Value))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Row {
        #[serde(default, skip_serializing_if = "Claim::is_silent")]
        name: Claim<String>,
    }

    #[test]
    fn silence_blank_and_value_survive_storage() {
        for (name, stored) in [
            (Claim::Silent, "{}"),
            (Claim::Blank, r#"{"name":null}"#),
            (Claim::Value("blank".to_owned()), r#"{"name":"blank"}"#),
        ] {
            let row = Row { name };
            assert_eq!(serde_json::to_string(&row).unwrap(), stored);
            assert_eq!(serde_json::from_str::<Row>(stored).unwrap(), row);
        }
    }
}
