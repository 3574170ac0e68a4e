//! What a save does to phones and e-mails: the list that was sent replaces the list that was there.
//!
//! Null, empty and missing are one: all are deleted, which only a warning says. An entry is taken as it is sent:
//! a flag left out is not carried over from the entry it replaces. Of entries with one number the first is kept.
//! Where no entry of a list is usable the list ends up empty (documented: a warning and a 200; that the old
//! entries are gone too is our reading).

use crate::sandbox::contract::writable_phone;
use crate::sandbox::envelope::{
    Code, DELETED_ALL_EMAILS, DELETED_ALL_PHONE_NUMBERS, EMPTY_EMAIL, EMPTY_PHONE_NUMBER,
    INCORRECT_PHONE_FORMAT, INVALID_PHONE_FIELDS, NO_VALID_EMAIL_FOUND, NO_VALID_PHONE_FOUND,
};
use crate::sandbox::options::Strictness;

use super::customer::{Email, Phone};

/// The phone list after a save.
pub(super) fn replace_phones(
    sent: Option<&[Phone]>,
    stored: &[Phone],
    how: Strictness,
    warnings: &mut Vec<Code>,
) -> Vec<Phone> {
    let sent = sent.unwrap_or_default();
    if sent.is_empty() {
        warnings.extend((!stored.is_empty()).then_some(DELETED_ALL_PHONE_NUMBERS));
        return Vec::new();
    }
    let mut kept: Vec<Phone> = Vec::new();
    for phone in sent {
        match phone_trouble(phone, stored, how) {
            Some(code) => warnings.push(code),
            None if kept.iter().any(|one| one.phone_number == phone.phone_number) => {}
            None => kept.push(phone.clone()),
        }
    }
    warnings.extend(kept.is_empty().then_some(NO_VALID_PHONE_FOUND));
    kept
}

/// The e-mail list after a save.
pub(super) fn replace_emails(
    sent: Option<&[Email]>,
    stored: &[Email],
    warnings: &mut Vec<Code>,
) -> Vec<Email> {
    let sent = sent.unwrap_or_default();
    if sent.is_empty() {
        warnings.extend((!stored.is_empty()).then_some(DELETED_ALL_EMAILS));
        return Vec::new();
    }
    let mut kept: Vec<Email> = Vec::new();
    let mut refused = false;
    for email in sent {
        let address = email.email_address.as_deref().unwrap_or_default();
        let known = stored.iter().any(|one| one.email_address == email.email_address);
        if address.trim().is_empty() {
            warnings.push(EMPTY_EMAIL);
        } else if !known && !looks_like_email(address) {
            refused = true;
        } else if !kept.iter().any(|one| same_address(one, address)) {
            kept.push(email.clone());
        }
    }
    warnings.extend((refused || kept.is_empty()).then_some(NO_VALID_EMAIL_FOUND));
    kept
}

/// Why the entry is dropped. Under [`Strictness::Contract`] the contract has already refused what is new and
/// wrong, so whatever arrives here unlabelled or odd was stored before.
fn phone_trouble(phone: &Phone, stored: &[Phone], how: Strictness) -> Option<Code> {
    if how == Strictness::Contract {
        return None;
    }
    let number = phone.phone_number.as_deref().unwrap_or_default();
    let known = stored.iter().any(|one| one.phone_number == phone.phone_number);
    if number.trim().is_empty() {
        Some(EMPTY_PHONE_NUMBER)
    } else if !known && !writable_phone(number) {
        Some(INCORRECT_PHONE_FORMAT)
    } else if phone.label.as_deref().is_none_or(|label| label.trim().is_empty()) {
        Some(INVALID_PHONE_FIELDS)
    } else {
        None
    }
}

fn looks_like_email(address: &str) -> bool {
    let parts = address.split_once('@');
    parts.is_some_and(|(local, domain)| {
        let plain = !address.contains(char::is_whitespace) && !domain.contains('@');
        plain
            && !local.is_empty()
            && domain.split('.').count() > 1
            && domain.split('.').all(|part| !part.is_empty())
    })
}

fn same_address(email: &Email, address: &str) -> bool {
    email.email_address.as_deref().is_some_and(|one| one.to_lowercase() == address.to_lowercase())
}
