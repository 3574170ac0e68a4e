//! [`Vin`]: seventeen characters of ISO 3779, and the check digit of 49 CFR 565.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::is_one_repeated;

/// A vehicle identification number that may be sent: legal alphabet and length, no placeholder, and a right
/// check digit where North America requires one. Masked in `Debug`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vin([u8; 17]);

/// Why a text is not a VIN that may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VinFault {
    /// Not seventeen characters; the number there are.
    Length(usize),
    /// A character outside `A-HJ-NPR-Z0-9`; its position, from 1.
    Alphabet(usize),
    /// One character repeated: it passes the check digit where it is all zeros or ones, and is nobody's car.
    Placeholder,
    /// North American, and position 9 is not the check digit.
    CheckDigit,
}

/// Weights of the seventeen positions (49 CFR 565.15); position 9 is the check digit itself.
const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

impl Vin {
    /// The VIN in `text`, which is upper case and has no spaces.
    ///
    /// # Errors
    /// The first fault in the order length, alphabet, placeholder, check digit. The check digit is a fault only
    /// in North America; elsewhere [`Vin::check_digit_holds`] may say no, and the VIN is sent all the same.
    pub fn parse(text: &str) -> Result<Self, VinFault> {
        if let Some(at) = text.chars().position(|c| transliterate(c).is_none()) {
            return Err(match text.chars().count() {
                17 => VinFault::Alphabet(at + 1),
                length => VinFault::Length(length),
            });
        }
        let bytes: [u8; 17] = text.as_bytes().try_into().map_err(|_| VinFault::Length(text.len()))?;
        if is_one_repeated(&bytes) {
            return Err(VinFault::Placeholder);
        }
        let vin = Self(bytes);
        if vin.is_north_american() && !vin.check_digit_holds() {
            return Err(VinFault::CheckDigit);
        }
        Ok(vin)
    }

    /// The seventeen characters.
    pub fn as_str(&self) -> &str {
        // The constructor admits ASCII alone, so this is always text.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Whether the first character is that of a maker in North America, where the check digit is law.
    pub fn is_north_american(&self) -> bool {
        matches!(self.0[0], b'1'..=b'5' | b'7')
    }

    /// Whether position 9 is the weighted sum modulo 11, ten written as `X`.
    pub fn check_digit_holds(&self) -> bool {
        let sum: u32 = self
            .0
            .iter()
            .zip(WEIGHTS)
            .map(|(b, weight)| transliterate(char::from(*b)).unwrap_or(0) * weight)
            .sum();
        let expected = char::from_digit(sum % 11, 10).unwrap_or('X');
        char::from(self.0[8]) == expected
    }

    /// The VIN with all but its last four characters hidden.
    pub fn masked(&self) -> String {
        format!("*************{}", &self.as_str()[13..])
    }
}

/// The value of a VIN character; `None` where the alphabet lacks it (I, O, Q and all that is no upper-case letter or digit).
fn transliterate(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        'A'..='H' => Some(u32::from(c) - u32::from('A') + 1),
        'J'..='N' => Some(u32::from(c) - u32::from('J') + 1),
        'P' => Some(7),
        'R' => Some(9),
        'S'..='Z' => Some(u32::from(c) - u32::from('S') + 2),
        _ => None,
    }
}

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vin(masked)")
    }
}

impl Serialize for Vin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Vin {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| serde::de::Error::custom("not a VIN"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[test]
    fn the_rules_of_iso_3779() {
        for (text, expected) in [
            ("1HGCM82633A004352", None),
            ("11111111111111111", Some(VinFault::Placeholder)),
            ("00000000000000000", Some(VinFault::Placeholder)),
            ("1HGCM82633A00435", Some(VinFault::Length(16))),
            ("1HGCM82633A00435é", Some(VinFault::Alphabet(17))),
            ("IHGCM82633A004352", Some(VinFault::Alphabet(1))),
            ("1HGCM82643A004352", Some(VinFault::CheckDigit)),
            ("5TFEV54198X063405", Some(VinFault::CheckDigit)),
            ("WVWZZZ1JZXW000001", None),
            ("", Some(VinFault::Length(0))),
        ] {
            assert_eq!(Vin::parse(text).err(), expected, "{text}");
        }
        assert!(!Vin::parse("WVWZZZ1JZXW000001").unwrap().check_digit_holds());
    }

    /// The value of a character by the table of 49 CFR 565.15 as EBCDIC has it: it numbers the letters in three runs of
    /// nine, and the value is the place in the run.
    fn by_ebcdic(c: char) -> u32 {
        const RUNS: [&str; 4] = ["0123456789", " ABCDEFGHI", " JKLMNOPQR", "  STUVWXYZ"];
        u32::try_from(RUNS.iter().find_map(|run| run.find(c)).unwrap()).unwrap()
    }

    /// The check digit by additions alone: weights that fall by one are sums of sums, and ten is minus one modulo 11.
    fn by_additions(vin: &str) -> char {
        let falling = |part: &str| {
            let (mut sum, mut sums) = (0, 0);
            for c in part.chars() {
                sum += by_ebcdic(c);
                sums += sum;
            }
            sums + sum
        };
        let rest = (falling(&vin[..7]) + falling(&vin[9..]) + 11 - by_ebcdic(vin.as_bytes()[7].into())) % 11;
        char::from(b"0123456789X"[rest as usize])
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 6000,
            failure_persistence: None,
            rng_seed: RngSeed::Fixed(46315),
            ..ProptestConfig::default()
        })]

        #[test]
        fn the_check_digit_is_that_of_another_arithmetic(
            start in "[A-HJ-NPR-Z0-9]{8}",
            end in "[A-HJ-NPR-Z0-9]{8}",
            said in "[0-9X]",
        ) {
            let right = by_additions(&format!("{start}0{end}"));
            for digit in [right, said.chars().next().unwrap()] {
                let text = format!("{start}{digit}{end}");
                let north_american = matches!(text.as_bytes()[0], b'1'..=b'5' | b'7');
                match Vin::parse(&text) {
                    Ok(vin) => {
                        prop_assert_eq!(vin.check_digit_holds(), digit == right, "{}", text);
                        prop_assert!(digit == right || !north_american);
                    }
                    Err(fault) => prop_assert!(fault == VinFault::CheckDigit && digit != right && north_american),
                }
            }
        }
    }
}
