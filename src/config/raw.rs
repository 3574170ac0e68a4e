//! [`Raw`]: a value as it was written, before a rule says what it must be.
//!
//! From TOML (`layer`) or from an environment variable; knows nothing of settings.

use std::fmt;

use toml::de::DeValue;

/// A value as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Raw {
    /// Text.
    Text(String),
    /// A whole number that fits 64 bits.
    Whole(i64),
    /// `true` or `false`.
    Flag(bool),
    /// An array.
    List(Vec<Raw>),
    /// Anything that no setting is; its name, with an article.
    Other(&'static str),
}

impl From<&DeValue<'_>> for Raw {
    fn from(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.to_string()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Self::Other("a number beyond 64 bits"), Self::Whole),
            DeValue::Float(_) => Self::Other("a fraction"),
            DeValue::Boolean(flag) => Self::Flag(*flag),
            DeValue::Datetime(_) => Self::Other("a date or time"),
            DeValue::Array(items) => Self::List(items.iter().map(|item| item.get_ref().into()).collect()),
            DeValue::Table(_) => Self::Other("a table"),
        }
    }
}

impl Raw {
    /// What an environment variable can mean, in the order in which it is tried: the TOML value that it spells,
    /// then its text.
    pub(super) fn readings(text: &str) -> Vec<Self> {
        let (value, errors) = DeValue::parse_recoverable(text);
        let spelled = errors.is_empty().then(|| Self::from(value.get_ref()));
        let spelled = spelled.filter(|raw| !matches!(raw, Self::Other(_)));
        spelled.into_iter().chain([Self::Text(text.to_owned())]).collect()
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) if text.chars().count() > 60 => f.write_str("this long text"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Whole(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(items) if items.len() > 3 => f.write_str("this long list"),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(", "))
            }
            Self::Other(name) => f.write_str(name),
        }
    }
}

/// `text` as a TOML string, quoted and escaped.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// `items` as a TOML array of strings.
pub(super) fn quoted_list<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    format!("[{}]", items.into_iter().map(quoted).collect::<Vec<_>>().join(", "))
}
