//! The sandbox's own judgement of a vehicle identification number.
//!
//! Written apart from the rest of the crate on purpose: it is the second opinion on what our client sends.
//! Rules: ISO 3779 alphabet and length; the check digit of 49 CFR 565.15 for North American numbers.

/// Position weights; position 9 is the check digit itself.
const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// Whether the text has the contract's form: 17 of `A-Z0-9` without `I`, `O`, `Q`.
pub(crate) fn well_formed(vin: &str) -> bool {
    vin.len() == 17 && vin.bytes().all(|byte| value(byte).is_some())
}

/// Whether `validateVin` lets the number pass: well formed and, where the first character is `1` to `5` or `7`,
/// with a right check digit.
pub(crate) fn acceptable(vin: &str) -> bool {
    well_formed(vin) && (!north_american(vin) || check_digit(vin) == vin.as_bytes().get(8).copied())
}

fn north_american(vin: &str) -> bool {
    matches!(vin.as_bytes().first(), Some(b'1'..=b'5' | b'7'))
}

fn check_digit(vin: &str) -> Option<u8> {
    let mut sum = 0;
    for (byte, weight) in vin.bytes().zip(WEIGHTS) {
        sum += value(byte)? * weight;
    }
    b"0123456789X".get(sum as usize % 11).copied()
}

/// A character's number: digits are themselves, letters follow three runs that skip `I`, `O`, `Q`.
fn value(byte: u8) -> Option<u32> {
    let number = match byte {
        b'0'..=b'9' => byte - b'0',
        b'A'..=b'H' => byte - b'A' + 1,
        b'J'..=b'N' => byte - b'J' + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => return None,
    };
    Some(u32::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_count_only_in_north_america() {
        for (vin, expected) in [
            ("11111111111111111", true), // the textbook number: every weight adds up to its own digit
            ("11111111211111111", false), // the same with another digit in position 9
            ("1M8GDM9AXKP042788", true), // the textbook number with an X
            ("1M8GDM9A0KP042788", false),
            ("WVWZZZ00ZZZ000000", true), // Europe: position 9 is free
            ("SZZZZZ0Z0ZZ000000", true),
            ("IIIIIIIIIIIIIIIII", false),
            ("1111111111111111", false),
            ("111111111111111111", false),
            ("1m8gdm9axkp042788", false), // the contract's pattern is upper case
            ("", false),
            ("é1111111111111111", false),
        ] {
            assert_eq!(acceptable(vin), expected, "{vin}");
        }
    }
}
