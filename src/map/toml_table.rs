//! [`Table`]: a TOML table whose keys are asked for by name, so that what nobody asked for can be refused with its
//! line and the nearest legal key.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ProfileError;
use super::fold::did_you_mean;

/// The text of a profile, and what it is called in messages.
pub(super) struct Source<'a> {
    /// The file, or the built-in name.
    pub(super) file: &'a str,
    /// The TOML.
    pub(super) text: &'a str,
}

impl Source<'_> {
    /// The error that `what` is wrong at `span`.
    pub(super) fn invalid(&self, span: Range<usize>, what: impl Into<String>) -> ProfileError {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        ProfileError::Invalid { file: self.file.to_owned(), line, what: what.into() }
    }
}

/// A table of a profile.
#[derive(Clone, Copy)]
pub(super) struct Table<'a, 't> {
    source: &'a Source<'a>,
    /// Where it stands in the file, for messages: empty, or `[columns]`.
    name: &'a str,
    keys: &'a DeTable<'t>,
}

impl<'a, 't> Table<'a, 't> {
    /// `table`, in which only `legal` keys may stand; any key where `legal` is empty.
    pub(super) fn new(
        source: &'a Source<'a>,
        name: &'a str,
        table: &'a DeTable<'t>,
        legal: &[&str],
    ) -> Result<Self, ProfileError> {
        let unknown = |key: &&Spanned<_>| !legal.is_empty() && !legal.contains(&text_of(key));
        // The first in the file, whatever the order of the map.
        if let Some(key) = table.keys().filter(unknown).min_by_key(|key| key.span().start) {
            let hint = did_you_mean(text_of(key), legal.iter().copied());
            let place = if name.is_empty() { String::new() } else { format!(" in {name}") };
            let what = format!("unknown key {:?}{place}{hint} (legal: {})", text_of(key), legal.join(", "));
            return Err(source.invalid(key.span(), what));
        }
        Ok(Self { source, name, keys: table })
    }

    /// Every key and its value, in the order of the file.
    pub(super) fn entries(&self) -> Vec<(&'a Spanned<toml::de::DeString<'t>>, Value<'a, 't>)> {
        let mut entries: Vec<_> = self.keys.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let value =
            |key: &'a Spanned<_>, value| Value { source: self.source, key: text_of(key), spanned: value };
        entries.into_iter().map(|(key, found)| (key, value(key, found))).collect()
    }

    /// The value of `key`, where there is one.
    pub(super) fn get(&self, key: &'a str) -> Option<Value<'a, 't>> {
        let value = self.keys.get(key)?;
        Some(Value { source: self.source, key, spanned: value })
    }

    /// The value of `key`, which must be there.
    pub(super) fn need(&self, key: &'a str) -> Result<Value<'a, 't>, ProfileError> {
        let place = if self.name.is_empty() { "the profile" } else { self.name };
        self.get(key).ok_or_else(|| self.source.invalid(0..0, format!("{place} lacks {key:?}")))
    }

    /// The table under `key`, where there is one.
    pub(super) fn table(
        &self,
        key: &'a str,
        name: &'a str,
        legal: &[&str],
    ) -> Result<Option<Self>, ProfileError> {
        self.get(key).map(|value| value.table(name, legal)).transpose()
    }
}

/// A value of a profile.
#[derive(Clone, Copy)]
pub(super) struct Value<'a, 't> {
    source: &'a Source<'a>,
    key: &'a str,
    spanned: &'a Spanned<DeValue<'t>>,
}

impl<'a, 't> Value<'a, 't> {
    /// The error that this value is not `wanted`.
    pub(super) fn wrong(&self, wanted: &str) -> ProfileError {
        self.source.invalid(self.spanned.span(), format!("{} must be {wanted}", self.key))
    }

    /// The error that `what` is wrong with this value.
    pub(super) fn invalid(&self, what: impl Into<String>) -> ProfileError {
        self.source.invalid(self.spanned.span(), what)
    }

    /// A text that `read` makes something of; `wanted` says of what.
    pub(super) fn read<T>(&self, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, ProfileError> {
        self.spanned.get_ref().as_str().and_then(read).ok_or_else(|| self.wrong(wanted))
    }

    /// One of `choices`, each under its name.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, ProfileError> {
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
        let find = |text: &str| choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        self.read(&format!("one of {}", names.join(", ")), find)
    }

    /// Whether it says `true`.
    pub(super) fn boolean(&self) -> Result<bool, ProfileError> {
        self.spanned.get_ref().as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A whole number from 1 to 255.
    pub(super) fn small(&self) -> Result<u8, ProfileError> {
        let number =
            self.spanned.get_ref().as_integer().and_then(|n| u8::from_str_radix(n.as_str(), n.radix()).ok());
        number.filter(|n| *n > 0).ok_or_else(|| self.wrong("a whole number from 1 to 255"))
    }

    /// A list of something.
    pub(super) fn list(&self, wanted: &str) -> Result<Vec<Self>, ProfileError> {
        let items = self.spanned.get_ref().as_array().ok_or_else(|| self.wrong(wanted))?;
        Ok(items.iter().map(|spanned| Self { spanned, ..*self }).collect())
    }

    /// Texts, at least one, none of them blank.
    pub(super) fn texts(&self) -> Result<Vec<String>, ProfileError> {
        let wanted = "a list of one or more names";
        let full = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        let texts: Vec<_> =
            self.list(wanted)?.iter().map(|item| item.read(wanted, full)).collect::<Result<_, _>>()?;
        if texts.is_empty() { Err(self.wrong(wanted)) } else { Ok(texts) }
    }

    /// A table with `legal` keys.
    pub(super) fn table(&self, name: &'a str, legal: &[&str]) -> Result<Table<'a, 't>, ProfileError> {
        let table = self.spanned.get_ref().as_table().ok_or_else(|| self.wrong("a table"))?;
        Table::new(self.source, name, table, legal)
    }

    /// Whether it is a list.
    pub(super) fn is_list(&self) -> bool {
        self.spanned.get_ref().is_array()
    }

    /// Whether it is a table.
    pub(super) fn is_table(&self) -> bool {
        self.spanned.get_ref().is_table()
    }
}

/// The text of a key.
pub(super) fn text_of<'a>(key: &'a Spanned<toml::de::DeString<'_>>) -> &'a str {
    key.get_ref()
}
