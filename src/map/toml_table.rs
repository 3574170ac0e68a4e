//! [`Table`]: a TOML table whose keys are asked for by name, so that what nobody asked for can be refused with its
//! line and the nearest legal key.
//!
//! A mistake does not end the reading: [`Source`] takes note of it, and what it concerns is left out, so that a person
//! is told of all of them at once.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Mistake, ProfileError};
use super::fold::did_you_mean;

/// The text of a profile, what it is called in messages, and what is wrong with it so far.
pub(super) struct Source<'a> {
    file: &'a str,
    text: &'a str,
    mistakes: RefCell<Vec<Mistake>>,
    /// What is not there, and ought to be.
    lacking: RefCell<Vec<Mistake>>,
}

impl<'a> Source<'a> {
    /// The TOML `text` of the file, or the built-in profile, `file`.
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, mistakes: RefCell::default(), lacking: RefCell::default() }
    }

    /// The mistake that `what` is wrong at `span`.
    pub(super) fn mistake(&self, span: &Range<usize>, what: impl Into<String>) -> Mistake {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        Mistake { line, what: what.into() }
    }

    /// Takes note of a mistake.
    pub(super) fn note(&self, mistake: Mistake) {
        self.mistakes.borrow_mut().push(mistake);
    }

    /// Takes note of what ought to be there.
    pub(super) fn lacks(&self, mistake: Mistake) {
        self.lacking.borrow_mut().push(mistake);
    }

    /// What was read; where it could not be, takes note of the mistake.
    pub(super) fn keep<T>(&self, read: Result<T, Mistake>) -> Option<T> {
        read.map_err(|mistake| self.note(mistake)).ok()
    }

    /// How many mistakes there are so far.
    pub(super) fn mistakes(&self) -> usize {
        self.mistakes.borrow().len()
    }

    /// All mistakes, as they follow each other in the file, where there are any. Where `broken` has lines that are no
    /// TOML, nothing is said of what was salvaged from them, and nothing is said to be lacking: it may stand there.
    pub(super) fn finish(&self, broken: Vec<Mistake>) -> Result<(), ProfileError> {
        let mut mistakes = self.mistakes.take();
        if broken.is_empty() {
            mistakes.append(&mut self.lacking.take());
        } else {
            mistakes.retain(|mistake| !broken.iter().any(|line| line.line == mistake.line));
            mistakes.extend(broken);
        }
        if mistakes.is_empty() {
            return Ok(());
        }
        mistakes.sort();
        mistakes.dedup();
        Err(ProfileError::Invalid { file: self.file.to_owned(), mistakes })
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
    pub(super) fn new(source: &'a Source<'a>, name: &'a str, table: &'a DeTable<'t>, legal: &[&str]) -> Self {
        for key in table.keys().filter(|key| !legal.is_empty() && !legal.contains(&text_of(key))) {
            let hint = did_you_mean(text_of(key), legal.iter().copied());
            let place = if name.is_empty() { String::new() } else { format!(" in {name}") };
            let what = format!("unknown key {:?}{place}{hint} (legal: {})", text_of(key), legal.join(", "));
            source.note(source.mistake(&key.span(), what));
        }
        Self { source, name, keys: table }
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
    pub(super) fn need(&self, key: &'a str) -> Option<Value<'a, 't>> {
        let place = if self.name.is_empty() { "the profile" } else { self.name };
        // Without a key of its own, a table is where its first key is.
        let start = if self.name.is_empty() {
            0
        } else {
            self.keys.keys().map(|k| k.span().start).min().unwrap_or(0)
        };
        let found = self.get(key);
        if found.is_none() {
            self.source.lacks(self.source.mistake(&(start..start), format!("{place} lacks {key:?}")));
        }
        found
    }

    /// What `read` makes of the value of `key`, where there is one and it is right.
    pub(super) fn read<T>(
        &self,
        key: &'a str,
        read: impl FnOnce(&Value<'a, 't>) -> Result<T, Mistake>,
    ) -> Option<T> {
        self.get(key).and_then(|value| self.source.keep(read(&value)))
    }

    /// The table under `key`, where there is one.
    pub(super) fn table(&self, key: &'a str, name: &'a str, legal: &[&str]) -> Option<Self> {
        self.read(key, |value| value.table(name, legal))
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
    /// The mistake that this value is not `wanted`.
    pub(super) fn wrong(&self, wanted: &str) -> Mistake {
        self.source.mistake(&self.spanned.span(), format!("{} must be {wanted}", self.key))
    }

    /// The mistake that `what` is wrong with this value.
    pub(super) fn invalid(&self, what: impl Into<String>) -> Mistake {
        self.source.mistake(&self.spanned.span(), what)
    }

    /// A text that `read` makes something of; `wanted` says of what.
    pub(super) fn read<T>(&self, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Mistake> {
        self.spanned.get_ref().as_str().and_then(read).ok_or_else(|| self.wrong(wanted))
    }

    /// One of `choices`, each under its name.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Result<T, Mistake> {
        let names: Vec<_> = choices.iter().map(|(name, _)| format!("{name:?}")).collect();
        let find = |text: &str| choices.iter().find(|(name, _)| *name == text).map(|(_, value)| *value);
        self.read(&format!("one of {}", names.join(", ")), find)
    }

    /// Whether it says `true`.
    pub(super) fn boolean(&self) -> Result<bool, Mistake> {
        self.spanned.get_ref().as_bool().ok_or_else(|| self.wrong("true or false"))
    }

    /// A whole number of `range`.
    pub(super) fn number(&self, range: &std::ops::RangeInclusive<u32>) -> Result<u32, Mistake> {
        let integer = self.spanned.get_ref().as_integer();
        let number = integer.and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok());
        let wanted = || self.wrong(&format!("a whole number from {} to {}", range.start(), range.end()));
        number.filter(|n| range.contains(n)).ok_or_else(wanted)
    }

    /// A whole number from 1 to 255.
    pub(super) fn small(&self) -> Result<u8, Mistake> {
        let number = self.number(&(1..=u32::from(u8::MAX)))?;
        Ok(u8::try_from(number).unwrap_or(u8::MAX))
    }

    /// A list of something.
    pub(super) fn list(&self, wanted: &str) -> Result<Vec<Self>, Mistake> {
        let items = self.spanned.get_ref().as_array().ok_or_else(|| self.wrong(wanted))?;
        Ok(items.iter().map(|spanned| Self { spanned, ..*self }).collect())
    }

    /// Texts, at least one, none of them blank.
    pub(super) fn texts(&self) -> Result<Vec<String>, Mistake> {
        let wanted = "a list of one or more names";
        let full = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        let texts: Vec<_> =
            self.list(wanted)?.iter().map(|item| item.read(wanted, full)).collect::<Result<_, _>>()?;
        if texts.is_empty() { Err(self.wrong(wanted)) } else { Ok(texts) }
    }

    /// A table with `legal` keys.
    pub(super) fn table(&self, name: &'a str, legal: &[&str]) -> Result<Table<'a, 't>, Mistake> {
        let table = self.spanned.get_ref().as_table().ok_or_else(|| self.wrong("a table"))?;
        Ok(Table::new(self.source, name, table, legal))
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
