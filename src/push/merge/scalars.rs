//! Single values: ours where not blank, as far as the field's owner lets us; theirs verbatim everywhere else.

use super::{Ours, Say};
use crate::api::wire::{CustomerRead, CustomerWrite};
use crate::domain::customer::NameClaims;
use crate::domain::{Claim, Customer, Field};

/// The customer's single values, its lists still empty.
pub(super) struct Scalars {
    /// What would be written.
    pub(super) customer: CustomerWrite,
    /// Whether that differs from theirs.
    pub(super) changed: bool,
}

pub(super) fn merge(ours: Ours<'_>, theirs: &CustomerRead, say: Say<'_>) -> Scalars {
    let Ours { now, next, scope: _ } = ours;
    let Customer {
        key,
        name,
        preferred_locale,
        preferred_communication,
        addresses: _,
        phones: _,
        emails: _,
        consents: _,
        vehicles: _,
    } = now;
    let NameClaims { first, last, company, is_business } = name.claims();
    let kept = next.name.claims();
    let (first, last) = (&first.stated(&kept.first), &last.stated(&kept.last));
    let (company, is_business) = (&company.stated(&kept.company), &is_business.stated(&kept.is_business));
    let preferred_locale = preferred_locale.stated(&next.preferred_locale);
    let preferred_communication = preferred_communication.stated(&next.preferred_communication);
    let mut pick = Pick { say, changed: false };
    let locale = preferred_locale.map(|locale| locale.as_str().to_owned());
    let default_locale = say.policies.defaults.locale.map(|locale| locale.as_str().to_owned());
    let communication = preferred_communication.map(|how| how.as_str().to_owned());
    let customer = CustomerWrite {
        customer_key: pick.text(
            Field::CustomerKey,
            &Claim::Value(key.as_str().to_owned()),
            theirs.customer_key.as_ref(),
        ),
        first_name: pick.text(Field::FirstName, first, theirs.first_name.as_ref()),
        last_name: pick.text(Field::LastName, last, theirs.last_name.as_ref()),
        company: pick.text(Field::Company, company, theirs.company.as_ref()),
        is_business: pick.business(*is_business, kept.is_business, theirs.is_business),
        best_time_to_contact: theirs.best_time_to_contact.clone(),
        preferred_communication: pick.choice(
            Field::PreferredCommunication,
            &communication,
            theirs.preferred_communication.as_ref(),
            None,
        ),
        preferred_locale: pick.choice(
            Field::PreferredLocale,
            &locale,
            theirs.preferred_locale.as_ref(),
            default_locale,
        ),
        ..CustomerWrite::default()
    };
    Scalars { customer, changed: pick.changed }
}

/// Picks values and remembers whether any differs from theirs.
struct Pick<'a> {
    say: Say<'a>,
    changed: bool,
}

impl Pick<'_> {
    /// A text. A blank that clears is sent as an empty text: whether omitting a scalar clears it is not documented.
    fn text(&mut self, field: Field, ours: &Claim<String>, theirs: Option<&String>) -> Option<String> {
        let blank = theirs.is_none_or(|text| text.trim().is_empty());
        let wanted = match ours {
            Claim::Value(value) if self.say.may_set(field, blank) => value.as_str(),
            Claim::Blank if self.say.may_clear(field) && !blank => "",
            _ => return theirs.cloned(),
        };
        // Theirs is compared trimmed and sent back verbatim.
        if theirs.is_some_and(|text| text.trim() == wanted) {
            return theirs.cloned();
        }
        self.changed = true;
        Some(wanted.to_owned())
    }

    /// A closed choice: it cannot be cleared, since no empty value is legal; a default only fills.
    fn choice(
        &mut self,
        field: Field,
        ours: &Claim<String>,
        theirs: Option<&String>,
        default: Option<String>,
    ) -> Option<String> {
        let blank = theirs.is_none_or(|text| text.trim().is_empty());
        let wanted = match ours.value() {
            Some(value) if self.say.may_set(field, blank) => value.clone(),
            _ => match default {
                Some(default) if blank && self.say.may_fill() => default,
                _ => return theirs.cloned(),
            },
        };
        if theirs.is_some_and(|text| text.trim().eq_ignore_ascii_case(&wanted)) {
            return theirs.cloned();
        }
        self.changed = true;
        Some(wanted)
    }

    /// The business flag: who was never said to be a business is none, where theirs says nothing either and we may say
    /// so.
    fn business(&mut self, ours: Claim<bool>, kept: Claim<bool>, theirs: Option<bool>) -> Option<bool> {
        let may_set = self.say.may_set(Field::IsBusiness, theirs.is_none());
        let merged = match ours {
            _ if !may_set => theirs,
            Claim::Value(flag) => Some(flag),
            Claim::Blank | Claim::Silent => theirs.or(kept.value().copied()).or(Some(false)),
        };
        self.changed |= merged != theirs;
        merged
    }
}
