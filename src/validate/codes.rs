//! Every rule by which `validate` rejects a customer or drops a vehicle: stable code, message and tip, in one
//! table, so that the manual can list them.
//!
//! `{}` in a message stands for a place, a count or a remark, never for a value. Repairs are in the table of `normalize`.

/// A rule, and what a person can do where it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable, `<subject>.<rule>`.
    pub code: &'static str,
    /// What is wrong.
    pub message: &'static str,
    /// What a person can do about it.
    pub tip: &'static str,
}

/// Declares the rules once: constant, code, message, tip.
macro_rules! rules {
    ($($name:ident = $code:literal, $message:literal, $tip:literal;)+) => {
        $(
            #[doc = concat!("`", $code, "`: ", $message, ".")]
            pub const $name: Rule = Rule { code: $code, message: $message, tip: $tip };
        )+

        /// Every rule of this room.
        pub const ALL: &[Rule] = &[$($name),+];
    };
}

rules! {
    KEY_TWO_PEOPLE = "key.two_people",
        "the rows at {} and {} name two people who share nothing but the customer key",
        "give each customer a number of its own in the DMS, or correct the row that has the wrong one";
    KEY_UNUSABLE = "key.unusable",
        "the customer key has characters in it that do not show",
        "correct the customer number in the DMS, or the export's encoding";
    KEY_LONG = "key.long",
        "the customer key has {} characters: the remote searches for 30 at most, so it cannot be looked up by key",
        "shorten the customer number where you can; otherwise name, phone and VIN must do";
    NAME_MISSING = "name.missing",
        "{}",
        "fill in first and last name, or the company and mark it as a business";
    VIN_LENGTH = "vin.length",
        "the VIN has {} characters, not 17{}",
        "correct the VIN from the title or the registration";
    VIN_ALPHABET = "vin.alphabet",
        "character {} of the VIN is none of A to Z without I, O and Q, or 0 to 9{}",
        "correct the VIN: I and O are mostly 1 and 0";
    VIN_CHECK_DIGIT = "vin.check_digit",
        "the VIN's check digit, character 9, does not fit the others: one of them is mistyped",
        "correct the VIN from the title or the registration";
    VIN_PLACEHOLDER = "vin.placeholder",
        "the VIN is one character repeated, which is nobody's car",
        "correct the VIN, or leave it blank";
    VIN_CHECK_DIGIT_FOREIGN = "vin.check_digit_foreign",
        "the VIN is from outside North America and character 9 is no check digit: sent as it is",
        "compare the VIN with the title where the vehicle was built for North America";
    VEHICLE_DROPPED = "vehicle.dropped",
        "a vehicle with an invalid VIN and without year, make and model is not sent",
        "correct the VIN, or fill in year, make and model";
    VEHICLE_INCOMPLETE = "vehicle.incomplete",
        "a vehicle with neither a VIN nor year, make and model is not sent",
        "fill in the VIN, or year, make and model";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_well_formed() {
        let codes: BTreeSet<&str> = super::ALL.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), super::ALL.len());
        for rule in super::ALL {
            assert_eq!(rule.code.matches('.').count(), 1, "{}", rule.code);
            assert!(!rule.message.is_empty() && !rule.tip.is_empty(), "{}", rule.code);
        }
    }
}
