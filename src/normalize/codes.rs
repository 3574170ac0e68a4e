//! Every warning that `normalize` gives: stable code and message, in one table, so that the manual can list them.
//!
//! Messages never quote a value. What rejects a customer is in the table of `validate`.

/// A rule that repaired or dropped one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable, `<subject>.<rule>`.
    pub code: &'static str,
    /// What was wrong and what became of the value.
    pub message: &'static str,
}

/// Declares the rules once: constant, code, message.
macro_rules! rules {
    ($($name:ident = $code:literal, $message:literal;)+) => {
        $(#[doc = concat!("`", $code, "`: ", $message, ".")] pub const $name: Rule = Rule { code: $code, message: $message };)+

        /// Every rule of this room, in the order of the fields.
        pub const ALL: &[Rule] = &[$($name),+];
    };
}

rules! {
    NAME_SPLIT = "name.split",
        "the last name held \"last, first\" and the first name was blank: split at the comma";
    NAME_COMPANY_FROM_LAST = "name.company_from_last",
        "a business without a company: the last name, alone in its row, became the company";
    NAME_BUSINESS_ASSUMED = "name.business_assumed",
        "the business flag is blank and there is no person's name: taken for a business";
    NAME_BUSINESS_FLAG = "name.business_flag",
        "the business flag is none of the known words: ignored";
    LOCALE_UNSUPPORTED = "locale.unsupported",
        "the remote knows English and French only: the department's default language applies";
    COMMUNICATION_UNSUPPORTED = "communication.unsupported",
        "the preferred way to be reached is neither text, phone nor email: ignored";
    ADDRESS_STATE = "address.state",
        "not a state or territory of the United States or a province of Canada: dropped";
    ADDRESS_ZIP = "address.zip",
        "neither a ZIP code nor a Canadian postal code: dropped";
    ADDRESS_ZIP_PADDED = "address.zip_padded",
        "the ZIP code had lost its leading zeros: restored";
    ADDRESS_ZIP_PLACEHOLDER = "address.zip_placeholder",
        "the ZIP code is a placeholder: taken for blank";
    ADDRESS_COUNTRY = "address.country",
        "not a country: dropped";
    ADDRESS_COUNTRY_DERIVED = "address.country_derived",
        "the postal code is Canadian and the country was blank: Canada instead of the department's default";
    PHONE_EXTENSION = "phone.extension",
        "the extension was dropped: the remote has no place for one";
    PHONE_NOTE = "phone.note",
        "words around the phone number were dropped";
    PHONE_PLACEHOLDER = "phone.placeholder",
        "the phone number is a placeholder: taken for blank";
    PHONE_TOO_SHORT = "phone.too_short",
        "the phone number has fewer than ten digits: dropped";
    PHONE_NOT_NORTH_AMERICAN = "phone.not_north_american",
        "the phone number is outside the North American plan: dropped";
    PHONE_DAMAGED = "phone.damaged",
        "the phone number is a rounded quantity, as a spreadsheet writes it (with an E): dropped";
    PHONE_INVALID = "phone.invalid",
        "no such phone number can exist: dropped";
    EMAIL_REPAIRED = "email.repaired",
        "stray spaces or punctuation in the e-mail address were removed";
    EMAIL_PLACEHOLDER = "email.placeholder",
        "the e-mail address is a placeholder: taken for blank";
    EMAIL_INVALID = "email.invalid",
        "not an e-mail address: dropped";
    CONSENT_UNRECOGNISED = "consent.unrecognised",
        "the consent flag is none of the known words: no claim is made, neither yes nor no";
    VEHICLE_YEAR = "vehicle.year",
        "the model year is not a year between 1900 and 2100: dropped";
    VEHICLE_MILEAGE = "vehicle.mileage",
        "the odometer is not a number of miles up to 2,000,000: dropped";
    VEHICLE_OWNED = "vehicle.owned",
        "the flag for a vehicle that is owned is none of the known words: ignored";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_well_formed() {
        let codes: BTreeSet<&str> = super::ALL.iter().map(|rule| rule.code).collect();
        assert_eq!(codes.len(), super::ALL.len());
        for rule in super::ALL {
            let legal = |b: u8| b.is_ascii_lowercase() || b == b'_' || b == b'.';
            assert!(rule.code.bytes().all(legal) && rule.code.matches('.').count() == 1, "{}", rule.code);
            assert!(!rule.message.is_empty() && !rule.message.ends_with('.'), "{}", rule.code);
        }
    }
}
