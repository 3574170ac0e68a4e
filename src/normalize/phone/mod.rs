//! Phone numbers: every shape of an export to `+1` and ten digits, several in one cell included.
//!
//! A fast path over bytes reads the shapes that nearly every cell has; what it does not know goes to the
//! `phonenumber` crate, whose word on validity counts for both (a property test holds the fast path to it).
//! On purpose stricter than the crate in three things: one repeated digit is a placeholder even where it could
//! be dialled (888-888-8888), an exchange never begins with 0 or 1, and letters stand for digits in toll-free
//! numbers only ("919-555 WORK" is half a number and a word). More lenient in one: words after a whole number
//! ("919-555-1234 work") go. The crate takes the fictitious lines 555-0100 to 555-0199 for valid, and so do we.
//!
//! Labels and consent are not known here.

mod area;
#[cfg(test)]
mod oracle_tests;
mod plain;
#[cfg(test)]
mod tests;

use phonenumber::country;

use super::codes::{self, Rule};
use super::text::{self, Nulls};
use crate::domain::text::is_one_repeated;
use crate::domain::{Claim, Phone};

/// What one number's text comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// A number that can be dialled.
    Number(Phone),
    /// A number, with an extension or words that go.
    Trimmed(Phone, Rule),
    /// Nothing, said in so many words.
    Blank,
    /// Nothing, said with a number that is none.
    Placeholder,
    /// No number that can be sent.
    Unusable(Rule),
}

/// The numbers of one cell in the cell's order, each once. Unusable ones are dropped with a warning; where none
/// is left, an unusable one makes the cell silent and placeholders make it blank.
pub(super) fn phones(raw: &str, warn: &mut dyn FnMut(Rule)) -> Claim<Vec<Phone>> {
    let raw = match spreadsheet(raw.trim()) {
        Ok(raw) => raw,
        Err(rule) => return gather([Reading::Unusable(rule)], warn),
    };
    if plain::scan(raw.as_bytes()).is_none() && count_digits(raw) > 10 {
        let parts: Vec<Reading> = parts(raw).into_iter().map(read_part).collect();
        let usable = |part: &Reading| matches!(part, Reading::Number(_) | Reading::Trimmed(..));
        // A separator may also be punctuation within one number: 1-206/555-0143.
        if parts.len() > 1 && (parts.iter().any(usable) || !usable(&read(raw))) {
            return gather(parts, warn);
        }
    }
    gather([read(raw)], warn)
}

/// The number in a cell that a spreadsheet has taken for a quantity: `2065550143.0` is one, `2.06555E+09` is none any more.
fn spreadsheet(text: &str) -> Result<&str, Rule> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let whole = text.strip_suffix(".00").or_else(|| text.strip_suffix(".0"));
    if let Some(whole) = whole.filter(|whole| is_digits(whole)) {
        return Ok(whole);
    }
    let rounded = text.split_once(['E', 'e']).is_some_and(|(mantissa, exponent)| {
        let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
        let power = exponent.strip_prefix('+').unwrap_or(exponent);
        is_digits(whole) && is_digits(fraction) && is_digits(power) && power.len() < exponent.len()
    });
    if rounded { Err(codes::PHONE_DAMAGED) } else { Ok(text) }
}

/// Makes one claim of several readings.
fn gather(readings: impl IntoIterator<Item = Reading>, warn: &mut dyn FnMut(Rule)) -> Claim<Vec<Phone>> {
    let mut phones: Vec<Phone> = Vec::new();
    let mut unusable = false;
    for reading in readings {
        let (phone, rule) = match reading {
            Reading::Number(phone) => (Some(phone), None),
            Reading::Trimmed(phone, rule) => (Some(phone), Some(rule)),
            Reading::Blank => (None, None),
            Reading::Placeholder => (None, Some(codes::PHONE_PLACEHOLDER)),
            Reading::Unusable(rule) => {
                unusable = true;
                (None, Some(rule))
            }
        };
        rule.into_iter().for_each(&mut *warn);
        phones.extend(phone.filter(|phone| !phones.contains(phone)));
    }
    match (phones.is_empty(), unusable) {
        (false, _) => Claim::Value(phones),
        (true, true) => Claim::Silent,
        (true, false) => Claim::Blank,
    }
}

/// The texts between the separators of a cell with several numbers.
fn parts(cell: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for piece in cell.split(['/', ';', ',', '|', '&', '\n', '\r', '\t']) {
        let mut rest = piece;
        while let Some((at, len)) = find_word(rest) {
            side_by_side(&rest[..at], &mut parts);
            rest = &rest[at + len..];
        }
        side_by_side(rest, &mut parts);
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// Numbers with nothing but a space between them: cut wherever what came since the last cut has the digits of a whole
/// number, and as many are still to come.
fn side_by_side<'t>(text: &'t str, parts: &mut Vec<&'t str>) {
    let (mut from, mut found, mut to_come) = (0, Vec::new(), count_digits(text));
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_digit() {
            found.push(byte);
            to_come -= 1;
        } else if byte == b' '
            && to_come >= 10
            && matches!(found[..], [_, _, _, _, _, _, _, _, _, _] | [b'1', _, _, _, _, _, _, _, _, _, _])
        {
            parts.push(&text[from..at]);
            from = at + 1;
            found.clear();
        }
    }
    parts.push(&text[from..]);
}

/// Where the first ` or ` or ` and ` stands, and how long it is.
fn find_word(text: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let spaces = bytes.iter().enumerate().filter(|(_, byte)| **byte == b' ');
    spaces.map(|(at, _)| at).find_map(|at| {
        let follows = |word: &&str| {
            bytes[at..].get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
        };
        [" or ", " and "].into_iter().find(follows).map(|word| (at, word.len()))
    })
}

/// One part of a crowded cell: a number, or the extension of the one before.
fn read_part(part: &str) -> Reading {
    let part = part.trim();
    match plain::extension(part.as_bytes()) {
        Some(plain::Extension::Some) => Reading::Unusable(codes::PHONE_EXTENSION),
        Some(plain::Extension::None) => Reading::Blank,
        None => read(part),
    }
}

/// One number, trimmed.
fn read(text: &str) -> Reading {
    let Some(found) = plain::scan(text.as_bytes()) else { return read_odd(text) };
    if let Some(nothing) = placeholder(found.digits()) {
        return nothing;
    }
    let Some(national) = found.national() else {
        return if found.is_short() { Reading::Unusable(codes::PHONE_TOO_SHORT) } else { ask(text) };
    };
    let valid = match area::area([national[0], national[1], national[2]]) {
        area::Area::Open => Phone::from_national(national),
        area::Area::Partly => Phone::from_national(national)
            .filter(|phone| parse(phone.national()).is_some_and(|number| phonenumber::is_valid(&number))),
        area::Area::Closed => None,
    };
    match (valid, found.extension) {
        (None, _) => Reading::Unusable(codes::PHONE_INVALID),
        (Some(phone), plain::Extension::None) => Reading::Number(phone),
        (Some(phone), plain::Extension::Some) => Reading::Trimmed(phone, codes::PHONE_EXTENSION),
    }
}

/// What the digits of a placeholder stand for; `None` where they are none.
fn placeholder(digits: &[u8]) -> Option<Reading> {
    let zeros = digits.iter().all(|d| *d == b'0');
    match digits.len() {
        0..=6 if zeros => Some(Reading::Blank),
        7.. if is_one_repeated(digits) || (digits[0] == b'1' && is_one_repeated(&digits[1..])) => {
            Some(Reading::Placeholder)
        }
        10 if matches!(digits, b"1234567890" | b"0123456789") => Some(Reading::Placeholder),
        _ => None,
    }
}

/// A text that is not in one of the plain shapes.
fn read_odd(text: &str) -> Reading {
    if is_no_phone(text) {
        return Reading::Blank;
    }
    let ascii: Option<String> = text.chars().map(to_ascii).filter(|c| *c != Some('\0')).collect();
    match ascii {
        Some(ascii) if ascii != text => read(ascii.trim()),
        Some(ascii) => ask(&ascii),
        None => without_words(text).unwrap_or(Reading::Unusable(codes::PHONE_INVALID)),
    }
}

/// Typographic spaces and dashes as ASCII ones, full-width characters likewise, marks of direction as NUL; `None` for
/// all that has no place in a number. The crate is given ASCII alone.
fn to_ascii(c: char) -> Option<char> {
    match c {
        ' '..='~' => Some(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        // Full-width digits, signs and letters.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' => Some('\0'),
        _ if c.is_whitespace() => Some(' '),
        _ if c.is_control() => Some('\0'),
        _ => None,
    }
}

/// Asks the crate.
fn ask(text: &str) -> Reading {
    // Longer than any number with its extension; the crate's parser is not linear.
    let parsed = (text.len() <= 64).then(|| parse(text)).flatten();
    let Some(number) = parsed else { return without_words(text).unwrap_or_else(|| unusable(text)) };
    if number.code().value() != 1 {
        return Reading::Unusable(codes::PHONE_NOT_NORTH_AMERICAN);
    }
    let phone = phonenumber::is_valid(&number).then(|| from_value(number.national().value())).flatten();
    match phone.filter(|phone| !is_spelled(text, *phone) || is_toll_free(*phone)) {
        Some(phone) if repeats(phone) => Reading::Placeholder,
        Some(phone) if number.extension().is_some_and(|ext| has_value(ext.as_ref())) => {
            Reading::Trimmed(phone, codes::PHONE_EXTENSION)
        }
        Some(phone) => Reading::Number(phone),
        None => without_words(text).unwrap_or_else(|| unusable(text)),
    }
}

/// The number that the crate finds. A text without a space it takes for an RFC 3966 URI first, whose country's code
/// runs to the first punctuation (`+1206.555.0143`); with one it reads as libphonenumber does.
fn parse(text: &str) -> Option<phonenumber::PhoneNumber> {
    phonenumber::parse(Some(country::US), format!("{text} ")).ok()
}

/// Reads a whole number that has words before or after it, but none within; behind it, there may be digits among the
/// words (`after 5:30`), but no other number.
fn without_words(text: &str) -> Option<Reading> {
    without_words_around(text).or_else(|| {
        const OTHERS: usize = 7;
        let (head, words) = text.split_at(text.find(char::is_alphabetic)?);
        let head = head.trim_end_matches(|c: char| !c.is_ascii_digit());
        plain::scan(head.as_bytes())?.national().filter(|_| count_digits(words) < OTHERS)?;
        Some(noted(head))
    })
}

/// A number that has something beside it.
fn noted(number: &str) -> Reading {
    match read(number) {
        Reading::Number(phone) | Reading::Trimmed(phone, _) => Reading::Trimmed(phone, codes::PHONE_NOTE),
        other => other,
    }
}

fn without_words_around(text: &str) -> Option<Reading> {
    let first = text.find(|c: char| c.is_ascii_digit())?;
    let last = text.rfind(|c: char| c.is_ascii_digit())?;
    let end = last + 1;
    let start = if text[..first].ends_with('+') { first - 1 } else { first };
    let core = &text[start..end];
    if core.len() == text.len() {
        return None;
    }
    plain::scan(core.as_bytes())?.national()?;
    Some(noted(core))
}

fn unusable(text: &str) -> Reading {
    let short = (1..10).contains(&count_digits(text));
    Reading::Unusable(if short { codes::PHONE_TOO_SHORT } else { codes::PHONE_INVALID })
}

/// Words for "no phone".
fn is_no_phone(text: &str) -> bool {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    text::is_null(text, Nulls::Any)
        || ["no", "no phone", "nophone", "unknown", "unlisted", "declined", "refused"].into_iter().any(is)
}

fn from_value(national: u64) -> Option<Phone> {
    let mut digits = [b'0'; 10];
    let mut rest = national;
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(rest % 10).ok()?;
        rest /= 10;
    }
    Phone::from_national(digits).filter(|_| rest == 0)
}

/// Whether letters of `text` stand for digits of `phone`.
fn is_spelled(text: &str, phone: Phone) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    !digits.contains(phone.national())
}

fn is_toll_free(phone: Phone) -> bool {
    matches!(phone.national().as_bytes(), [a, b, c, ..] if area::is_toll_free([*a, *b, *c]))
}

fn repeats(phone: Phone) -> bool {
    placeholder(phone.national().as_bytes()).is_some()
}

fn has_value(extension: &str) -> bool {
    extension.bytes().any(|b| b.is_ascii_digit() && b != b'0')
}

fn count_digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}
