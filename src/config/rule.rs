//! [`Rule`]: what a setting may be, as a value: read, refuse with what is legal, write back.
//!
//! The general rules are here; those of addresses stand in `address`, those of names in `naming`. Which setting
//! has which rule is said once, in `settings` and `department`.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::duration::{format_duration, parse_duration};
use super::input::Input;
use super::raw::{Raw, quoted, quoted_list};
use crate::domain::Limit;

/// Why a rule refuses a value.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// It is not what is legal.
    Illegal,
    /// A reason of its own; continues a sentence that begins with the key.
    Because(String),
}

/// What a setting of type `T` may be.
pub(super) trait Rule<T> {
    /// What is legal; continues "must be".
    fn legal(&self) -> String;

    /// The setting in `raw`; paths are relative to `base`.
    fn read(&self, raw: &Raw, base: &Path) -> Result<T, Refusal>;

    /// The setting as TOML, secrets masked.
    fn write(&self, value: &T) -> String;

    /// Whether the value must not be quoted, not even where it is wrong.
    fn is_secret(&self) -> bool {
        false
    }
}

/// The text in `raw`.
pub(super) fn text(raw: &Raw) -> Result<&str, Refusal> {
    match raw {
        Raw::Text(text) => Ok(text),
        _ => Err(Refusal::Illegal),
    }
}

/// `true` or `false`.
pub(super) struct Flag;

impl Rule<bool> for Flag {
    fn legal(&self) -> String {
        "true or false".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<bool, Refusal> {
        match raw {
            Raw::Flag(flag) => Ok(*flag),
            _ => Err(Refusal::Illegal),
        }
    }

    fn write(&self, value: &bool) -> String {
        value.to_string()
    }
}

/// A whole number within a range.
pub(super) struct Whole(pub(super) RangeInclusive<u32>);

impl Rule<u32> for Whole {
    fn legal(&self) -> String {
        match (*self.0.start(), *self.0.end()) {
            (least, u32::MAX) => format!("a whole number, at least {least}"),
            (least, most) => format!("a whole number from {least} to {most}"),
        }
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<u32, Refusal> {
        match raw {
            Raw::Whole(number) => {
                u32::try_from(*number).ok().filter(|n| self.0.contains(n)).ok_or(Refusal::Illegal)
            }
            _ => Err(Refusal::Illegal),
        }
    }

    fn write(&self, value: &u32) -> String {
        value.to_string()
    }
}

/// A duration within a range.
pub(super) struct Span(pub(super) RangeInclusive<Duration>);

impl Rule<Duration> for Span {
    fn legal(&self) -> String {
        let (least, most) = (format_duration(*self.0.start()), format_duration(*self.0.end()));
        format!("a duration from {least} to {most}, e.g. \"250ms\", \"30s\", \"5m\", \"7d\"")
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<Duration, Refusal> {
        parse_duration(text(raw)?).filter(|span| self.0.contains(span)).ok_or(Refusal::Illegal)
    }

    fn write(&self, value: &Duration) -> String {
        quoted(&format_duration(*value))
    }
}

/// What `R` allows, or `""` for nothing.
pub(super) struct Maybe<R>(pub(super) R);

impl<T, R: Rule<T>> Rule<Option<T>> for Maybe<R> {
    fn legal(&self) -> String {
        format!("{}, or \"\"", self.0.legal())
    }

    fn read(&self, raw: &Raw, base: &Path) -> Result<Option<T>, Refusal> {
        match raw {
            Raw::Text(text) if text.is_empty() => Ok(None),
            _ => self.0.read(raw, base).map(Some),
        }
    }

    fn write(&self, value: &Option<T>) -> String {
        value.as_ref().map_or_else(|| quoted(""), |value| self.0.write(value))
    }

    fn is_secret(&self) -> bool {
        self.0.is_secret()
    }
}

/// `N` or `N%`.
pub(super) struct Bound;

impl Rule<Limit> for Bound {
    fn legal(&self) -> String {
        "a whole number, or a percentage from \"0%\" to \"1000%\"".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<Limit, Refusal> {
        match raw {
            Raw::Whole(number) => u64::try_from(*number).map(Limit::Count).map_err(|_| Refusal::Illegal),
            _ => Limit::parse(text(raw)?).ok_or(Refusal::Illegal),
        }
    }

    fn write(&self, value: &Limit) -> String {
        match value {
            Limit::Count(most) => most.to_string(),
            percent @ Limit::Percent(_) => quoted(&percent.to_string()),
        }
    }
}

/// One of a few words.
pub(super) struct Choice<T: 'static>(pub(super) &'static [T], pub(super) fn(T) -> &'static str);

impl<T: Copy> Rule<T> for Choice<T> {
    fn legal(&self) -> String {
        let words: Vec<_> = self.0.iter().map(|choice| quoted(self.1(*choice))).collect();
        words.join(" or ")
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<T, Refusal> {
        let word = text(raw)?;
        self.0.iter().copied().find(|choice| self.1(*choice) == word).ok_or(Refusal::Illegal)
    }

    fn write(&self, value: &T) -> String {
        quoted(self.1(*value))
    }
}

/// Any text that has no control characters and no white space around it.
pub(super) struct Text;

impl Rule<String> for Text {
    fn legal(&self) -> String {
        "text without control characters or spaces around it".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<String, Refusal> {
        let text = text(raw)?;
        let clean = !text.is_empty() && text == text.trim() && !text.chars().any(char::is_control);
        clean.then(|| text.to_owned()).ok_or(Refusal::Illegal)
    }

    fn write(&self, value: &String) -> String {
        quoted(value)
    }
}

/// A list of texts.
pub(super) struct Texts;

impl Rule<Vec<String>> for Texts {
    fn legal(&self) -> String {
        "a list of texts, e.g. [\"a\", \"b\"]".to_owned()
    }

    fn read(&self, raw: &Raw, base: &Path) -> Result<Vec<String>, Refusal> {
        match raw {
            Raw::List(items) => items.iter().map(|item| Text.read(item, base)).collect(),
            _ => Err(Refusal::Illegal),
        }
    }

    fn write(&self, value: &Vec<String>) -> String {
        quoted_list(value.iter().map(String::as_str))
    }
}

/// A file or a directory.
pub(super) struct Place;

impl Rule<PathBuf> for Place {
    fn legal(&self) -> String {
        "a path".to_owned()
    }

    fn read(&self, raw: &Raw, base: &Path) -> Result<PathBuf, Refusal> {
        match text(raw)? {
            "" => Err(Refusal::Illegal),
            text if text.contains('\0') => Err(Refusal::Illegal),
            text => Ok(super::place::resolve(base, Path::new(text))),
        }
    }

    fn write(&self, value: &PathBuf) -> String {
        quoted(&value.to_string_lossy())
    }
}

/// What a department reads: paths, patterns, `-`.
pub(super) struct Inputs;

impl Rule<Vec<Input>> for Inputs {
    fn legal(&self) -> String {
        "a list of paths or patterns, e.g. [\"exports/*.csv\"], where \"-\" is standard input".to_owned()
    }

    fn read(&self, raw: &Raw, base: &Path) -> Result<Vec<Input>, Refusal> {
        let Raw::List(items) = raw else { return Err(Refusal::Illegal) };
        items
            .iter()
            .map(|item| match text(item)? {
                "-" => Ok(Input::Stdin),
                _ => Place.read(item, base).map(Input::Path),
            })
            .collect()
    }

    fn write(&self, value: &Vec<Input>) -> String {
        let texts: Vec<_> = value.iter().map(ToString::to_string).collect();
        quoted_list(texts.iter().map(String::as_str))
    }
}
