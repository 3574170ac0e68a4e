//! [`visible`]: text of unknown origin, made harmless to a terminal and honest to its reader.
//!
//! An export may hold escape sequences, or marks that turn the reading direction around. They are written out, in
//! names, keys and file names alike; everything printable stays.

use std::borrow::Cow;

/// `text` with control characters and direction marks as `\u{…}`.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(deceives) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if deceives(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Whether a terminal or a browser would act on `c` rather than show it.
fn deceives(c: char) -> bool {
    let directs =
        matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || directs || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_written_out() {
        for (text, shown) in [
            ("Zoë O'Neil 李", "Zoë O'Neil 李"),
            ("a\x1b[2Jb", "a\\u{1b}[2Jb"),
            ("two\nlines", "two\\nlines"),
            ("\u{202e}moc", "\\u{202e}moc"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}
