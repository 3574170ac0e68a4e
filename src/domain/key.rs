//! [`flaw`]: what keeps a text from being a customer's number.
//!
//! Numbers are strings: leading zeros, letters and separators are the DMS's business. But a number that went through a
//! spreadsheet, or a word for nothing, would make a customer of its own, and one of all who share it. What is refused
//! here costs its row; a key with characters that do not show costs its customer (`validate`).

/// Why a text is no customer's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// There is none, or a word that says so.
    Blank,
    /// Nothing but zeros.
    Zero,
    /// What a spreadsheet makes of a number.
    Damaged,
}

impl Flaw {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Blank => "key.blank",
            Self::Zero => "key.zero",
            Self::Damaged => "key.damaged",
        }
    }

    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Blank => "the row has no customer key",
            Self::Zero => "the customer key is 0, which means no customer",
            Self::Damaged => {
                "the customer key is no number as a DMS writes it, but what a spreadsheet makes of one: a formula, an error, \
                 a quotation mark, or a number that is rounded or formatted"
            }
        }
    }
}

/// Words for nothing, in capitals; also between brackets.
const NOTHING: [&str; 11] =
    ["NULL", "NONE", "NIL", "NA", "N/A", "N.A.", "NAN", "UNKNOWN", "UNDEFINED", "BLANK", "\\N"];

/// Whether nothing is to be looked at: letters and digits of ASCII, one of them other than 0. Nearly every key is so.
pub(super) fn is_plain(key: &str) -> bool {
    key.bytes().any(|b| matches!(b, b'1'..=b'9')) && key.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// What is wrong with a key, trimmed; `None` where it may be one.
pub(super) fn flaw(key: &str) -> Option<Flaw> {
    let zeros = |c: char| matches!(c, '0' | '.' | ',' | '-' | '+' | ' ');
    if key.contains('0') && key.chars().all(zeros) {
        return Some(Flaw::Zero);
    }
    if is_damaged(key) {
        return Some(Flaw::Damaged);
    }
    (is_nothing(key) || !key.chars().any(char::is_alphanumeric)).then_some(Flaw::Blank)
}

fn is_nothing(key: &str) -> bool {
    let brackets = [('(', ')'), ('[', ']'), ('<', '>'), ('{', '}')];
    let inner = |(open, close)| key.strip_prefix(open)?.strip_suffix(close);
    let word = brackets.into_iter().find_map(inner).unwrap_or(key);
    NOTHING.iter().any(|nothing| word.eq_ignore_ascii_case(nothing))
}

/// A formula (`="000176"`), a mark of text (`'000176`), an error (`#N/A`), a truth value, a number in the spelling of a
/// spreadsheet.
fn is_damaged(key: &str) -> bool {
    let is_error = |rest: &str| {
        rest.ends_with(['!', '?']) || rest.eq_ignore_ascii_case("N/A") || rest.bytes().all(|b| b == b'#')
    };
    key.starts_with(['=', '\'', '"', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}'])
        || key.strip_prefix('#').is_some_and(is_error)
        || key.eq_ignore_ascii_case("TRUE")
        || key.eq_ignore_ascii_case("FALSE")
        || is_scientific(key)
        || is_formatted(key)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `1.2E+05`. `1E5` may be a number of its own.
fn is_scientific(key: &str) -> bool {
    let Some((mantissa, exponent)) = key.split_once(['E', 'e']) else { return false };
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let broken = mantissa.split_once(['.', ',']);
    let whole = broken.map_or(is_digits(mantissa), |(whole, rest)| is_digits(whole) && is_digits(rest));
    whole && is_digits(unsigned) && (broken.is_some() || unsigned.len() < exponent.len())
}

/// `176.0`, `5,017`, `5,017.00`.
fn is_formatted(key: &str) -> bool {
    let (whole, fraction) = key.split_once('.').map_or((key, None), |(whole, rest)| (whole, Some(rest)));
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = is_digits(first) && first.len() <= 3 && whole.contains(',');
    let grouped = grouped && groups.all(|group| group.len() == 3 && is_digits(group));
    match fraction {
        None => grouped,
        Some(fraction) => {
            is_digits(fraction) && fraction.bytes().all(|b| b == b'0') && (grouped || is_digits(whole))
        }
    }
}

/// Whether a character shows nothing, turns its neighbours around, or stands for one that was lost: a key that has it is
/// another one than it looks like.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || (c.is_whitespace() && c != ' ')
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffd}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(key: &str) -> Option<Flaw> {
        if is_plain(key) { None } else { flaw(key) }
    }

    /// Keys, separated by spaces.
    const LEGAL: &str = "000176 176 B20413 FI-WIP*123 1E5 12E E+5 0A A0 12.5 1.100 5,01 1234,567 5-017 #123 #A1 \
                         O'BRIEN1 N1 NONE1 N/A1 TRUE1 SMITHANN NAT É1 日 (176) -176 +5 12\u{200b}3 \u{202e}123 \
                         {3F2504E0-4F89-41D3-9A0C-0305E82C3301}";
    const ZERO: &str = "0 00 0000 0.0 0.00 -0 0,000 0-0";
    const BLANK: &str = "- -- . * ? \u{200b} NULL null (null) [NULL] <null> N/A n/a NA n.a. NONE (none) UNKNOWN nil NaN \
                         undefined (blank) \\N";
    const DAMAGED: &str = "1.2E+05 1E+05 1.2E5 1,2E+05 -1.2e-05 =\"000123\" =A1 '000177 \u{2019}177 \"176\" 176.0 176.00 \
                           5,017 5,017.00 1,234,567 #N/A #n/a #REF! #VALUE! #NAME? #DIV/0! ######## # TRUE false";

    #[test]
    fn what_a_spreadsheet_or_a_word_for_nothing_makes_is_no_key() {
        for (flaw, keys) in [
            (None, LEGAL),
            (Some(Flaw::Zero), ZERO),
            (Some(Flaw::Blank), BLANK),
            (Some(Flaw::Damaged), DAMAGED),
        ] {
            for key in keys.split(' ') {
                assert_eq!(found(key), flaw, "{key:?}");
            }
        }
        assert_eq!(found(""), Some(Flaw::Blank));
        assert_eq!(found("1 2"), None);
    }

    #[test]
    fn what_does_not_show_is_hidden() {
        for c in ['\0', '\t', '\u{a0}', '\u{200b}', '\u{202e}', '\u{feff}', '\u{fffd}', '\u{e0041}'] {
            assert!(is_hidden(c), "{c:?}");
        }
        for c in [' ', '0', '-', 'é', '日', '\u{301}'] {
            assert!(!is_hidden(c), "{c:?}");
        }
    }
}
