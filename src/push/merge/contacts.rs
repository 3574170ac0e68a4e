//! Phones and e-mails: ours, plus their entries that base did not have.
//!
//! Both lists follow one rule, so they share one function. Identity is the number in E.164, the address folded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::consent::{Standing, flag};
use super::{List, Ours, Rules, Say};
use crate::api::wire::{self, CustomerRead, Unsendable};
use crate::domain::{Channel, Claim, Consent, Consents, Customer, EmailSlot, Field, Phone, PhoneLabel};

/// An entry of a contact list on the wire.
trait Contact: Clone + PartialEq {
    /// Theirs, verbatim, as an entry that can be sent.
    fn from_read(entry: &Map<String, Value>) -> Result<Self, Unsendable>;
    /// What identifies the entry, in normalized form; the raw text where it has none.
    fn identity(entry: &Map<String, Value>) -> Option<String>;
    /// Whom else a no on the entry concerns: the number that rings before its extension is dialled.
    fn reached_by(entry: &Map<String, Value>) -> Option<String>;
    /// Its label.
    fn label(&mut self) -> &mut String;
    /// Its flags, by channel and by their names on the wire.
    const FLAGS: &'static [(Channel, &'static str)];
    /// Its flags, by channel.
    fn flags(&mut self) -> Vec<(Channel, &mut Option<bool>)>;
}

/// What the DMS says of a whole list.
struct Said<C> {
    entries: Vec<Added<C>>,
    /// Identities that base had, with their columns.
    base: BTreeMap<String, Field>,
    /// Identities that are ours tonight or were before, and are not taken back, with their labels.
    kept: BTreeMap<String, &'static str>,
    /// A policy clears the list.
    cleared: bool,
    consents: Consents,
    /// The same of an entry that is not there yet: what blocked the channel before and was not taken back blocks it too.
    consents_of_new: Consents,
}

/// One entry that ours names tonight.
struct Added<C> {
    identity: String,
    field: Field,
    label: &'static str,
    entry: C,
}

pub(super) fn phones(
    base: Option<&Customer>,
    ours: Ours<'_>,
    theirs: &CustomerRead,
    say: Say<'_>,
    rules: Rules<'_>,
    opt_outs: &mut Vec<(Channel, String)>,
) -> List<wire::Phone> {
    let entries = ours.now.phone_entries().into_iter().map(|(phone, label)| Added {
        identity: phone.e164(),
        field: label.field(),
        label: label.as_str(),
        entry: wire::Phone {
            phone_number: phone.e164(),
            label: label.as_str().to_owned(),
            ..wire::Phone::default()
        },
    });
    let base = base.map(Customer::phone_entries).unwrap_or_default();
    let said = Said {
        entries: entries.collect(),
        base: base.into_iter().map(|(phone, label)| (phone.e164(), label.field())).collect(),
        kept: ours
            .next
            .phone_entries()
            .into_iter()
            .map(|(phone, label)| (phone.e164(), label.as_str()))
            .collect(),
        cleared: is_cleared(&ours.next.phones),
        consents: ours.now.consents,
        consents_of_new: ours.now.consents.and(ours.next.consents.blocks()),
    };
    merge(&said, &theirs.phone_numbers, say, rules, opt_outs)
}

pub(super) fn emails(
    base: Option<&Customer>,
    ours: Ours<'_>,
    theirs: &CustomerRead,
    say: Say<'_>,
    rules: Rules<'_>,
    opt_outs: &mut Vec<(Channel, String)>,
) -> List<wire::Email> {
    let added = |(email, slot): (&crate::domain::Email, EmailSlot)| Added {
        identity: email.folded(),
        field: Field::Email,
        label: slot.label.as_str(),
        entry: wire::Email {
            email_address: email.as_str().to_owned(),
            label: slot.label.as_str().to_owned(),
            ..wire::Email::default()
        },
    };
    let base = base.map(Customer::email_entries).unwrap_or_default();
    let said = Said {
        entries: ours.now.email_entries().into_iter().map(added).collect(),
        base: base.into_iter().map(|(email, _)| (email.folded(), Field::Email)).collect(),
        kept: ours
            .next
            .email_entries()
            .into_iter()
            .map(|(email, slot)| (email.folded(), slot.label.as_str()))
            .collect(),
        cleared: is_cleared(&ours.next.emails),
        consents: ours.now.consents,
        consents_of_new: ours.now.consents.and(ours.next.consents.blocks()),
    };
    merge(&said, &theirs.emails, say, rules, opt_outs)
}

/// Whether a policy empties the list: every slot says blank.
fn is_cleared<S, T>(slots: &BTreeMap<S, Claim<T>>) -> bool {
    !slots.is_empty() && slots.values().all(Claim::is_blank)
}

fn merge<C: Contact>(
    said: &Said<C>,
    theirs: &[Map<String, Value>],
    say: Say<'_>,
    rules: Rules<'_>,
    opt_outs: &mut Vec<(Channel, String)>,
) -> List<C> {
    let &Said { consents, consents_of_new, .. } = said;
    let mut flags = Flags { consents, consents_of_new, rules, opt_outs };
    // First all that theirs says no to: one number may stand in two entries.
    for raw in theirs {
        flags.learn_from::<C>(raw);
    }
    let mut list = List { entries: Vec::new(), changed: false };
    let mut present = BTreeSet::new();
    let mut labels = BTreeSet::new();
    let mut removed = Vec::new();
    for raw in theirs {
        let identity = C::identity(raw);
        let ours = said.entries.iter().find(|ours| Some(&ours.identity) == identity.as_ref());
        let kept = identity.as_ref().and_then(|identity| said.kept.get(identity));
        let was_ours = identity.as_ref().and_then(|identity| said.base.get(identity));
        let Ok(mut entry) = C::from_read(raw).map_err(|error| list.entries.push(Err(error))) else {
            // An opt-out that cannot be written must not pass for "nothing to write".
            list.changed |= flags.must_block::<C>(raw, identity.as_deref());
            present.extend(identity);
            continue;
        };
        let before = entry.clone();
        if let Some(ours) = ours
            && say.may_set(ours.field, false)
            // A delta that names a cell's number under home alone does not make it a home number.
            && ![Some(&ours.label), kept].into_iter().flatten().any(|label| entry.label().eq_ignore_ascii_case(label))
        {
            ours.label.clone_into(entry.label());
        }
        flags.set_on_theirs(&mut entry, identity.as_deref(), kept.is_some() || ours.is_some());
        if ours.is_none() && kept.is_none() && was_ours.is_some_and(|field| say.may_remove(*field)) {
            removed.push((entry != before, entry));
            continue;
        }
        list.changed |= entry != before;
        labels.insert(entry.label().to_lowercase());
        list.entries.push(Ok(entry));
        present.extend(identity);
    }
    for ours in said.entries.iter().filter(|ours| !present.contains(&ours.identity)) {
        let mut entry = ours.entry.clone();
        if say.may_set(ours.field, !labels.contains(ours.label)) {
            flags.set_on_new(&mut entry, &ours.identity);
            list.entries.push(Ok(entry));
            list.changed = true;
        }
    }
    keep_from_emptying(&mut list, removed, said.cleared);
    list
}

/// An empty list is never sent where theirs has entries, unless a policy clears it.
fn keep_from_emptying<C>(list: &mut List<C>, removed: Vec<(bool, C)>, cleared: bool) {
    if list.entries.is_empty() && !cleared {
        list.changed |= removed.iter().any(|(changed, _)| *changed);
        list.entries.extend(removed.into_iter().map(|(_, entry)| Ok(entry)));
    } else {
        list.changed |= !removed.is_empty();
    }
}

/// Sets every flag of an entry, and learns who has said no.
struct Flags<'a> {
    consents: Consents,
    consents_of_new: Consents,
    rules: Rules<'a>,
    opt_outs: &'a mut Vec<(Channel, String)>,
}

/// What `consents` says of an entry.
fn said(consents: Consents, channel: Channel, is_ours: bool, may_text: bool) -> Consent {
    let Consents { call, text, email } = consents;
    let said = match channel {
        Channel::Call => call,
        Channel::Text => text,
        Channel::Email => email,
    };
    let may_allow = is_ours && (channel != Channel::Text || may_text);
    if said == Consent::Allowed && !may_allow { Consent::Unknown } else { said }
}

impl Flags<'_> {
    /// What theirs says no to is remembered, even where the DMS overrules it now.
    fn learn_from<C: Contact>(&mut self, raw: &Map<String, Value>) {
        for (channel, name) in C::FLAGS {
            for identity in [C::identity(raw), C::reached_by(raw)] {
                self.learn(*channel, identity.as_deref(), raw.get(*name) == Some(&Value::Bool(false)));
            }
        }
    }

    /// Whether an entry that cannot be sent back has a flag that must become false.
    fn must_block<C: Contact>(&mut self, raw: &Map<String, Value>, identity: Option<&str>) -> bool {
        let mut must = false;
        for (channel, name) in C::FLAGS {
            let now = raw.get(*name).and_then(Value::as_bool);
            let said = said(self.consents, *channel, false, false);
            self.learn(*channel, identity, said == Consent::Blocked);
            let wanted =
                flag(said, Standing::Theirs(now), self.is_out(*channel, identity), self.rules.policies);
            must |= wanted == Some(false) && now != Some(false);
        }
        must
    }

    /// On an entry of theirs. A block concerns every entry of the channel, an allowance only entries of ours.
    fn set_on_theirs<C: Contact>(&mut self, entry: &mut C, identity: Option<&str>, is_ours: bool) {
        let may_text = entry.label().eq_ignore_ascii_case(PhoneLabel::Cell.as_str());
        for (channel, value) in entry.flags() {
            let said = said(self.consents, channel, is_ours, may_text);
            self.learn(channel, identity, said == Consent::Blocked);
            *value =
                flag(said, Standing::Theirs(*value), self.is_out(channel, identity), self.rules.policies);
        }
    }

    /// On an entry that we add.
    fn set_on_new<C: Contact>(&mut self, entry: &mut C, identity: &str) {
        let may_text = entry.label().eq_ignore_ascii_case(PhoneLabel::Cell.as_str());
        for (channel, value) in entry.flags() {
            let said = said(self.consents_of_new, channel, true, may_text);
            self.learn(channel, Some(identity), said == Consent::Blocked);
            *value = flag(said, Standing::New, self.is_out(channel, Some(identity)), self.rules.policies);
        }
    }

    fn is_out(&self, channel: Channel, identity: Option<&str>) -> bool {
        identity.is_some_and(|contact| {
            self.rules.opt_outs.contains(channel, contact)
                || self.opt_outs.iter().any(|(known, who)| *known == channel && who == contact)
        })
    }

    fn learn(&mut self, channel: Channel, identity: Option<&str>, says_no: bool) {
        if let Some(contact) = identity.filter(|_| says_no) {
            self.opt_outs.push((channel, contact.to_owned()));
        }
    }
}

impl Contact for wire::Phone {
    fn from_read(entry: &Map<String, Value>) -> Result<Self, Unsendable> {
        Self::from_read(entry)
    }

    fn identity(entry: &Map<String, Value>) -> Option<String> {
        let text = entry.get("phoneNumber")?.as_str()?;
        Some(Phone::from_loose(text).map_or_else(|| text.trim().to_owned(), |phone| phone.e164()))
    }

    fn reached_by(entry: &Map<String, Value>) -> Option<String> {
        Some(Phone::before_extension(entry.get("phoneNumber")?.as_str()?)?.e164())
    }

    fn label(&mut self) -> &mut String {
        &mut self.label
    }

    const FLAGS: &'static [(Channel, &'static str)] =
        &[(Channel::Call, "okToCall"), (Channel::Text, "okToText")];

    fn flags(&mut self) -> Vec<(Channel, &mut Option<bool>)> {
        vec![(Channel::Call, &mut self.ok_to_call), (Channel::Text, &mut self.ok_to_text)]
    }
}

impl Contact for wire::Email {
    fn from_read(entry: &Map<String, Value>) -> Result<Self, Unsendable> {
        Self::from_read(entry)
    }

    fn identity(entry: &Map<String, Value>) -> Option<String> {
        Some(entry.get("emailAddress")?.as_str()?.trim().to_lowercase())
    }

    fn reached_by(_: &Map<String, Value>) -> Option<String> {
        None
    }

    fn label(&mut self) -> &mut String {
        &mut self.label
    }

    const FLAGS: &'static [(Channel, &'static str)] = &[(Channel::Email, "okToEmail")];

    fn flags(&mut self) -> Vec<(Channel, &mut Option<bool>)> {
        vec![(Channel::Email, &mut self.ok_to_email)]
    }
}
