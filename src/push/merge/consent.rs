//! The value of one consent flag. A flag that is false at myKaarma is never turned true, unless the department
//! says in so many words that the DMS knows better; who is in the memory of opt-outs is never sent as true.

use crate::domain::policy::{ConsentAuthority, Policies, UnknownConsent};
use crate::domain::{Channel, Consent, Consents, Customer};

/// Where a flag stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// On an entry that theirs has, with the flag's value there.
    Theirs(Option<bool>),
    /// On an entry that we add.
    New,
}

/// What the flag is to be. `said` is what the DMS says of this entry's channel, `Unknown` where it does not speak
/// of this entry.
pub(super) fn flag(said: Consent, standing: Standing, opted_out: bool, policies: &Policies) -> Option<bool> {
    let dms_is_newer = policies.consent == ConsentAuthority::DmsIsNewer;
    let stays = match standing {
        Standing::Theirs(flag) => flag,
        Standing::New if policies.unknown_consent == UnknownConsent::Deny => Some(false),
        Standing::New => None,
    };
    match said {
        Consent::Blocked => Some(false),
        Consent::Allowed if dms_is_newer => Some(true),
        _ if opted_out => Some(false),
        Consent::Allowed if standing == Standing::Theirs(Some(false)) => Some(false),
        Consent::Allowed => Some(true),
        Consent::Unknown => stays,
    }
}

/// The contacts that ours blocks: known before anything is sent, so that a number that two customers share is not
/// allowed for the one before it is blocked for the other.
pub(super) fn blocked(ours: &Customer) -> Vec<(Channel, String)> {
    let Consents { call, text, email } = ours.consents;
    let mut contacts = Vec::new();
    for channel in
        [(Channel::Call, call), (Channel::Text, text)].iter().filter(|(_, said)| *said == Consent::Blocked)
    {
        contacts.extend(ours.phone_entries().iter().map(|(phone, _)| (channel.0, phone.e164())));
    }
    if email == Consent::Blocked {
        contacts.extend(ours.email_entries().iter().map(|(email, _)| (Channel::Email, email.folded())));
    }
    contacts
}

#[cfg(test)]
mod tests {
    use super::Standing::{New, Theirs};
    use super::*;
    use crate::domain::Consent::{Allowed, Blocked, Unknown};

    #[test]
    fn every_case() {
        let sticky = Policies::default();
        let deny = Policies { unknown_consent: UnknownConsent::Deny, ..Policies::default() };
        let newer = Policies { consent: ConsentAuthority::DmsIsNewer, ..Policies::default() };
        for (said, standing, opted_out, policies, expected) in [
            (Allowed, Theirs(None), false, &sticky, Some(true)),
            (Allowed, Theirs(Some(true)), false, &sticky, Some(true)),
            (Allowed, Theirs(Some(false)), false, &sticky, Some(false)),
            (Allowed, Theirs(Some(true)), true, &sticky, Some(false)),
            (Allowed, New, false, &sticky, Some(true)),
            (Allowed, New, true, &sticky, Some(false)),
            (Allowed, Theirs(Some(false)), true, &newer, Some(true)),
            (Blocked, Theirs(Some(true)), false, &newer, Some(false)),
            (Blocked, New, false, &sticky, Some(false)),
            (Unknown, Theirs(Some(true)), false, &sticky, Some(true)),
            (Unknown, Theirs(Some(false)), false, &newer, Some(false)),
            (Unknown, Theirs(None), false, &deny, None),
            (Unknown, Theirs(Some(true)), true, &newer, Some(false)),
            (Unknown, New, false, &sticky, None),
            (Unknown, New, false, &deny, Some(false)),
            (Unknown, New, true, &sticky, Some(false)),
        ] {
            let found = flag(said, standing, opted_out, policies);
            assert_eq!(found, expected, "{said:?} {standing:?} opted out: {opted_out}");
        }
    }
}
