//! One spelling of white space, and the words with which exports say "nothing".
//!
//! Letters' case and accents stay as they are: the DMS owns the spelling of names. What a value means is for
//! the other files of this room.

use crate::domain::text::{says_nothing, unaccented};
use crate::domain::{Claim, Sourced};

/// Which words a column uses for "nothing".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// Of names: `NA` is a surname, `0` is not one.
    Name,
    /// Of everything else.
    Any,
    /// Of vehicles: also `UNKNOWN`.
    Vehicle,
}

/// The claim of a cell of free text: no cell is silence, an empty one or a word for "nothing" is a blank.
pub(super) fn claim(cell: Option<Sourced>, nulls: Nulls) -> Claim<String> {
    let Some(cell) = cell else { return Claim::Silent };
    let text = tidy(cell.raw);
    if is_null(&text, nulls) { Claim::Blank } else { Claim::Value(text) }
}

/// `raw` on one line: white space trimmed and collapsed, control and invisible characters gone. Gives the same
/// allocation back where there is nothing to do.
pub(super) fn tidy(raw: String) -> String {
    if is_tidy(raw.as_bytes()) {
        return raw;
    }
    let mut text = String::with_capacity(raw.len());
    let mut gap = false;
    for c in raw.chars() {
        if c.is_whitespace() {
            gap = true;
        } else if !is_invisible(c) {
            if gap && !text.is_empty() {
                text.push(' ');
            }
            gap = false;
            text.push(c);
        }
    }
    text
}

/// Whether `text` is plain ASCII without anything to tidy.
fn is_tidy(text: &[u8]) -> bool {
    let mut before = b' ';
    for &b in text {
        if !(0x20..0x7f).contains(&b) || (b == b' ' && before == b' ') {
            return false;
        }
        before = b;
    }
    text.is_empty() || before != b' '
}

/// Control characters, and those that show nothing: they come with copied text and break comparison.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Whether `text`, trimmed, stands for "nothing": empty, punctuation alone, or one of the known words.
pub(super) fn is_null(text: &str, nulls: Nulls) -> bool {
    let text = text.trim();
    if says_nothing(text) {
        return true;
    }
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    match nulls {
        Nulls::Name => false,
        // No such word is longer, and most values are.
        _ if text.len() > 8 => false,
        Nulls::Any => is("na") || is_zero(text),
        Nulls::Vehicle => is("na") || is("unknown") || is("unk") || is("tbd") || is_zero(text),
    }
}

/// `0`, `00`, `0.00`: an empty number.
pub(super) fn is_zero(text: &str) -> bool {
    text.contains('0') && text.chars().all(|c| c == '0' || c == '.')
}

/// The letters and digits of `text` in ASCII capitals, accents taken off; what else there is goes.
/// For look-ups in tables of words, never for a value that is sent.
pub(super) fn folded(text: &str) -> String {
    let plain = text.chars().flat_map(unaccented).filter(char::is_ascii_alphanumeric);
    plain.map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::normalize::fixed;

    #[test]
    fn white_space_is_one_and_what_shows_nothing_goes() {
        for (raw, text) in [
            ("Ann", "Ann"),
            ("  Ann   Marie ", "Ann Marie"),
            ("Ann\u{a0}Marie\t", "Ann Marie"),
            ("A\u{0}n\u{200b}n\u{feff}", "Ann"),
            ("line\r\nbreak", "line break"),
            ("José  ", "José"),
            ("   ", ""),
        ] {
            assert_eq!(tidy(raw.to_owned()), text, "{raw:?}");
        }
    }

    #[test]
    fn null_words_depend_on_the_column() {
        for text in ["", " ", "-", "--", ".", "NONE", "n/a", "N/A", "NULL", "\\N", "(   )    -     "] {
            assert!(is_null(text, Nulls::Name), "{text:?}");
        }
        for text in ["NA", "Na", "UNKNOWN", "O", "Nunn"] {
            assert!(!is_null(text, Nulls::Name), "{text:?}");
        }
        assert!(is_null("NA", Nulls::Any) && is_null("0", Nulls::Any) && !is_null("UNKNOWN", Nulls::Any));
        assert!(is_null("Unknown", Nulls::Vehicle));
        assert!(!is_null("100", Nulls::Any));
    }

    proptest! {
        #![proptest_config(fixed(256))]

        #[test]
        fn tidying_twice_is_tidying_once(raw in "\\PC*|[ \\x00-\\x20a-z\u{a0}\u{ad}é]*") {
            let once = tidy(raw);
            prop_assert_eq!(tidy(once.clone()), once);
        }
    }
}
