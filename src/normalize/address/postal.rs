//! Postal codes of the United States and Canada.

use crate::normalize::codes::{self, Rule};

/// A postal code in its one spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Postal {
    /// `NNNNN` or `NNNNN-NNNN`.
    Zip(String),
    /// The same, whose leading zeros were lost and are restored.
    Padded(String),
    /// `ANA NAN`.
    Canadian(String),
}

/// Whether digits that lack leading zeros may be a ZIP code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Padding {
    /// The address is, or is taken to be, in the United States.
    Restore,
    /// It is elsewhere.
    Refuse,
}

/// Reads `text`, to which `plus4` may add the four digits of a second column. Not for blanks.
pub(super) fn postal(text: &str, plus4: Option<&str>, padding: Padding) -> Result<Postal, Rule> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(code) = canadian(&compact) {
        return Ok(Postal::Canadian(code));
    }
    // Spreadsheets make a number of it: `27601.0`.
    let compact = compact.strip_suffix(".0").unwrap_or(&compact).trim_matches('-');
    let (five, four) = match compact.split_once('-') {
        Some((five, four)) if four.len() == 4 => (five, four),
        Some(_) => return Err(codes::ADDRESS_ZIP),
        None if compact.len() > 6 && compact.is_ascii() => compact.split_at(compact.len() - 4),
        None => (compact, plus4.map_or("", str::trim)),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(five) || !(3..=5).contains(&five.len()) {
        return Err(codes::ADDRESS_ZIP);
    }
    let four = if digits(four) && four.len() == 4 && four != "0000" { four } else { "" };
    if matches!(five, "000" | "0000" | "00000" | "99999") {
        return Err(codes::ADDRESS_ZIP_PLACEHOLDER);
    }
    // The lowest ZIP code in use is 00501.
    let usable = five.len() == 5 || (padding == Padding::Restore && (five.len() == 4 || five >= "501"));
    if !usable || five.starts_with("000") {
        return Err(codes::ADDRESS_ZIP);
    }
    let zip = if four.is_empty() { format!("{five:0>5}") } else { format!("{five:0>5}-{four}") };
    Ok(if five.len() == 5 { Postal::Zip(zip) } else { Postal::Padded(zip) })
}

/// `ANA NAN` from its six characters, with or without a dash; the letters D, F, I, O, Q and U are in none, and W
/// and Z are in none's first place.
fn canadian(compact: &str) -> Option<String> {
    let bytes: [u8; 6] = match compact.as_bytes() {
        [a, b, c, b'-', rest @ ..] => [&[*a, *b, *c], rest].concat().try_into().ok()?,
        bytes => bytes.try_into().ok()?,
    };
    let code = bytes.map(|b| b.to_ascii_uppercase());
    let letter = |b: u8| b.is_ascii_uppercase() && !b"DFIOQU".contains(&b);
    let shape =
        code.iter().enumerate().all(|(at, b)| if at % 2 == 0 { letter(*b) } else { b.is_ascii_digit() });
    let text = std::str::from_utf8(&code).ok().filter(|_| shape && !b"WZ".contains(&code[0]))?;
    Some(format!("{} {}", &text[..3], &text[3..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zip_codes() {
        for (text, plus4, zip) in [
            ("27601", None, "27601"),
            ("27601-1234", None, "27601-1234"),
            ("276011234", None, "27601-1234"),
            ("27601 1234", None, "27601-1234"),
            ("27601-0000", None, "27601"),
            ("27601-", None, "27601"),
            ("27601.0", None, "27601"),
            ("27601", Some("1234"), "27601-1234"),
            ("27601", Some(""), "27601"),
            ("27601", Some("0"), "27601"),
            ("02139", None, "02139"),
        ] {
            assert_eq!(postal(text, plus4, Padding::Refuse), Ok(Postal::Zip(zip.to_owned())), "{text}");
        }
    }

    #[test]
    fn lost_zeros_come_back_in_the_united_states_only() {
        for (text, zip) in [
            ("2139", "02139"),
            ("501", "00501"),
            ("21391234", "02139-1234"),
            ("2139-1234", "02139-1234"),
            ("6011234", "00601-1234"),
        ] {
            assert_eq!(postal(text, None, Padding::Restore), Ok(Postal::Padded(zip.to_owned())), "{text}");
            assert_eq!(postal(text, None, Padding::Refuse), Err(codes::ADDRESS_ZIP), "{text}");
        }
    }

    #[test]
    fn canadian_codes() {
        for text in ["K1A 0B1", "k1a0b1", "K1A0B1", "K1A-0B1", "k1a  0b1"] {
            assert_eq!(
                postal(text, None, Padding::Refuse),
                Ok(Postal::Canadian("K1A 0B1".to_owned())),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_code() {
        for text in [
            "W1A 0B1", "Z1A 0B1", "K1D 0B1", "K1A OB1", "SW1A 1AA", "12", "123", "123456", "2760A",
            "27601-12", "é1a0b1", "00012",
        ] {
            assert_eq!(postal(text, None, Padding::Restore), Err(codes::ADDRESS_ZIP), "{text}");
        }
        for text in ["00000", "99999", "000000000", "99999-9999", "00000-0000"] {
            assert_eq!(postal(text, None, Padding::Restore), Err(codes::ADDRESS_ZIP_PLACEHOLDER), "{text}");
        }
    }
}
