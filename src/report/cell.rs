//! [`inert`]: a cell of ours that no spreadsheet takes for a formula. Never used on what must stay verbatim.

use std::borrow::Cow;

/// `text`, behind an apostrophe where a spreadsheet would compute it. A lone sign and a signed number (a phone, masked
/// or not) compute to nothing and stay as they are.
pub(super) fn inert(text: &str) -> Cow<'_, str> {
    let Some(rest) = text.strip_prefix(['=', '+', '-', '@', '\t', '\r', '\n']) else {
        return Cow::Borrowed(text);
    };
    let signed = text.starts_with(['+', '-']);
    let number = rest.bytes().all(|b| b.is_ascii_digit() || b == b'*') && !computes(rest);
    if signed && number { Cow::Borrowed(text) } else { Cow::Owned(format!("'{text}")) }
}

/// Whether a single star stands between digits: a product. A mask has runs of them.
fn computes(digits: &str) -> bool {
    digits.trim_end_matches('*').split("**").any(|part| part.trim_matches('*').contains('*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_disarmed_and_numbers_are_left_alone() {
        for (text, cell) in [
            ("", ""),
            ("plain", "plain"),
            ("-", "-"),
            ("+12065550143", "+12065550143"),
            ("+1********43", "+1********43"),
            ("+1*2", "'+1*2"),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2+3", "'-2+3"),
            ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
            ("\t=1", "'\t=1"),
            ("a=1", "a=1"),
        ] {
            assert_eq!(inert(text), cell);
        }
    }
}
