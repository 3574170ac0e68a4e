//! The API's documented warnings. Errors have no such table: theirs is not public, so nothing branches on an error's
//! number alone. What a caller does about a warning is the caller's business.

use std::ops::RangeInclusive;

/// Warning of a 200 that found nothing.
pub const NO_CUSTOMER_FOUND: i32 = 10_001;
/// Warning of a save that deleted all phones.
pub const DELETED_ALL_PHONE_NUMBERS: i32 = 10_005;
/// Warning of a save that deleted all e-mail addresses.
pub const DELETED_ALL_EMAILS: i32 = 10_006;

/// Contact data that was dropped because it was empty or badly formed.
const DROPPED_CONTACT: RangeInclusive<i32> = 10_009..=10_016;

/// Every documented warning with its name, in the order of their numbers.
pub const WARNING_CODES: [(i32, &str); 16] = [
    (NO_CUSTOMER_FOUND, "NO_CUSTOMER_FOUND"),
    (10_002, "INVALID_MAXRESULTS"),
    (10_003, "SEARCH_TERM_LIMIT"),
    (10_004, "INVALID_SEARCH_PREFERENCE"),
    (DELETED_ALL_PHONE_NUMBERS, "DELETED_ALL_PHONE_NUMBERS"),
    (DELETED_ALL_EMAILS, "DELETED_ALL_EMAILS"),
    (10_007, "EMPTY_PHONE_LIST"),
    (10_008, "EMPTY_EMAIL_LIST"),
    (10_009, "EMPTY_EMAIL_SET"),
    (10_010, "EMPTY_PHONE_SET"),
    (10_011, "EMPTY_PHONE_NUMBER"),
    (10_012, "EMPTY_EMAIL"),
    (10_013, "NO_VALID_PHONE_FOUND"),
    (10_014, "NO_VALID_EMAIL_FOUND"),
    (10_015, "INCORRECT_PHONE_FORMAT"),
    (10_016, "INVALID_PHONE_FIELDS"),
];

/// The documented name of a warning.
pub fn name(code: i32) -> Option<&'static str> {
    WARNING_CODES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

/// True for warnings that mean that something was deleted, or was sent and not kept.
pub fn is_data_loss(code: i32) -> bool {
    matches!(code, DELETED_ALL_PHONE_NUMBERS | DELETED_ALL_EMAILS) || DROPPED_CONTACT.contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_loss_is_what_was_deleted_or_dropped() {
        let lossy: Vec<i32> = (9_999..=10_020).filter(|code| is_data_loss(*code)).collect();
        let expected = [10_005, 10_006, 10_009, 10_010, 10_011, 10_012, 10_013, 10_014, 10_015, 10_016];
        assert_eq!(lossy, expected);
    }

    #[test]
    fn every_code_has_one_name() {
        assert!(WARNING_CODES.windows(2).all(|pair| pair[0].0 + 1 == pair[1].0));
        assert_eq!(name(NO_CUSTOMER_FOUND), Some("NO_CUSTOMER_FOUND"));
        assert_eq!(name(10_016), Some("INVALID_PHONE_FIELDS"));
        assert_eq!(name(10_017), None);
    }
}
