//! Addresses: by folded type, line 1 and zip. Our changed address replaces the one that base wrote.

use serde_json::{Map, Value};

use super::{List, Ours, Say};
use crate::api::wire::{self, CustomerRead, Unsendable};
use crate::domain::text::caseless as fold;
use crate::domain::{Address, AddressKind, Claim, Customer, Field};

pub(super) fn merge(
    base: Option<&Customer>,
    ours: Ours<'_>,
    theirs: &CustomerRead,
    say: Say<'_>,
) -> List<wire::Address> {
    let entries = theirs.addresses.iter().map(Entry::read).collect();
    let mut list = Work { entries, changed: false, say };
    for (kind, claim) in &ours.now.addresses {
        let before = base.and_then(|base| base.addresses.get(kind)).and_then(Claim::value);
        match (claim, ours.next.addresses.get(kind)) {
            (Claim::Value(now), Some(Claim::Value(next))) => list.set(*kind, Said { now, next }, before),
            (Claim::Blank, Some(Claim::Blank)) => list.clear(*kind, before),
            _ => {}
        }
    }
    let Work { entries, changed, say: _ } = list;
    List { entries: entries.into_iter().map(|entry| entry.sendable).collect(), changed }
}

/// One address of ours: tonight's, and over what was known before.
#[derive(Clone, Copy)]
struct Said<'a> {
    now: &'a Address,
    next: &'a Address,
}

impl Said<'_> {
    /// What is to be written where theirs has the place already.
    fn stated(self) -> Address {
        let Address { line1, line2, city, state, zip, country } = self.now;
        Address {
            line1: line1.stated(&self.next.line1),
            line2: line2.stated(&self.next.line2),
            city: city.stated(&self.next.city),
            state: state.stated(&self.next.state),
            zip: zip.stated(&self.next.zip),
            country: country.stated(&self.next.country),
        }
    }
}

/// One entry of theirs, or of ours: what identifies it, and what is sent.
struct Entry {
    kind: String,
    line1: String,
    zip: String,
    sendable: Result<wire::Address, Unsendable>,
}

impl Entry {
    fn read(raw: &Map<String, Value>) -> Self {
        let text = |name| raw.get(name).and_then(Value::as_str).map(fold).unwrap_or_default();
        let kind = Some(text("type")).filter(|kind| !kind.is_empty());
        Self {
            kind: kind.unwrap_or_else(|| text("addressType")),
            line1: text("line1"),
            zip: text("zip"),
            sendable: wire::Address::from_read(raw),
        }
    }

    /// Whether this is `address`. What an export does not know (a layout without streets) cannot tell two apart.
    fn is(&self, kind: AddressKind, address: &Address) -> bool {
        let agrees =
            |theirs: &str, ours: &Claim<String>| ours.value().is_none_or(|ours| fold(ours) == theirs);
        self.kind == fold(kind.as_str())
            && agrees(&self.line1, &address.line1)
            && agrees(&self.zip, &address.zip)
    }
}

struct Work<'a> {
    entries: Vec<Entry>,
    changed: bool,
    say: Say<'a>,
}

impl Work<'_> {
    fn find(&self, kind: AddressKind, address: &Address) -> Option<usize> {
        self.entries.iter().position(|entry| entry.is(kind, address))
    }

    /// Ours where it says tonight less than is known of the place: base's entry, else the one that tonight's words
    /// fit. What was said before decides nothing about theirs.
    fn find_kept(&self, kind: AddressKind, ours: Said<'_>, before: Option<&Address>) -> Option<usize> {
        let before = before.filter(|before| ours.now != ours.next && ours.next.is_same_place(before))?;
        self.find(kind, before).or_else(|| self.find(kind, ours.now))
    }

    /// At the same place: what differs. Elsewhere: instead of what base wrote, or added.
    fn set(&mut self, kind: AddressKind, ours: Said<'_>, before: Option<&Address>) {
        if let Some(at) = self.find(kind, ours.next).or_else(|| self.find_kept(kind, ours, before)) {
            let say = self.say;
            if let Some(Entry { sendable: Ok(theirs), .. }) = self.entries.get_mut(at) {
                self.changed |= revise(theirs, &ours.stated(), before, say);
            }
            self.leave_old(kind, at, before);
            return;
        }
        let replaced = before.and_then(|before| self.find(kind, before));
        let known = self.entries.iter().any(|entry| entry.kind == fold(kind.as_str()));
        if !self.say.may_set(Field::AddressLine1, !known) {
            return;
        }
        let entry = self.entry(kind, ours.next, replaced);
        match replaced.and_then(|at| self.entries.get_mut(at)) {
            Some(old) => *old = entry,
            None => self.entries.push(entry),
        }
        self.changed = true;
    }

    /// The customer has moved to an address that theirs has already, at `new`: what base wrote goes.
    fn leave_old(&mut self, kind: AddressKind, new: usize, before: Option<&Address>) {
        let Some(before) = before.filter(|_| self.say.may_remove(Field::AddressLine1)) else { return };
        let stays = self.entries.get(new).is_some_and(|entry| entry.is(kind, before));
        if let Some(old) = self.find(kind, before).filter(|_| !stays) {
            self.entries.remove(old);
            self.changed = true;
        }
    }

    /// Ours as a new entry; what it replaces leaves it its identity and rank, but not its verdict on validity.
    fn entry(&self, kind: AddressKind, ours: &Address, replaced: Option<usize>) -> Entry {
        let old = replaced.and_then(|at| self.entries.get(at)).and_then(|entry| entry.sendable.as_ref().ok());
        let Address { line1, line2, city, state, zip, country } = ours;
        let text = |claim: &Claim<String>| claim.value().cloned();
        let sent = wire::Address {
            line1: text(line1),
            line2: text(line2),
            city: text(city),
            state: text(state),
            zip: text(zip),
            country: text(country).or_else(|| self.say.policies.defaults.country.clone()),
            kind: kind.as_str().to_owned(),
            uuid: old.and_then(|old| old.uuid.clone()),
            is_preferred: old.and_then(|old| old.is_preferred),
            ..wire::Address::default()
        };
        let folded = |text: &Option<String>| text.as_deref().map(fold).unwrap_or_default();
        Entry {
            kind: fold(kind.as_str()),
            line1: folded(&sent.line1),
            zip: folded(&sent.zip),
            sendable: Ok(sent),
        }
    }

    /// A policy clears it: what base wrote goes, what others wrote stays.
    fn clear(&mut self, kind: AddressKind, before: Option<&Address>) {
        let ours = before.and_then(|before| self.find(kind, before));
        if let Some(at) = ours.filter(|_| self.say.may_remove(Field::AddressLine1)) {
            self.entries.remove(at);
            self.changed = true;
        }
    }
}

/// Brings theirs, the same place, to what ours says; whether anything differed.
fn revise(theirs: &mut wire::Address, ours: &Address, before: Option<&Address>, say: Say<'_>) -> bool {
    let nowhere = Address::default();
    let before = before.unwrap_or(&nowhere);
    let Address { line1, line2, city, state, zip, country } = ours;
    let default_country = say.policies.defaults.country.as_ref();
    let (mut changed, mut moved) = (false, false);
    let is_valid = &mut theirs.is_valid;
    for (field, theirs, ours, before) in [
        (Field::AddressLine1, &mut theirs.line1, line1, &before.line1),
        (Field::AddressLine2, &mut theirs.line2, line2, &before.line2),
        (Field::City, &mut theirs.city, city, &before.city),
        (Field::State, &mut theirs.state, state, &before.state),
        (Field::Zip, &mut theirs.zip, zip, &before.zip),
        (Field::Country, &mut theirs.country, country, &before.country),
    ] {
        let now = theirs.as_deref().map(fold).unwrap_or_default();
        let wanted = match ours {
            Claim::Value(value) if say.may_set(field, now.is_empty()) => value.as_str(),
            // What base wrote, ours no longer says, and nobody has touched since.
            Claim::Blank if say.may_remove(field) && before.value().is_some_and(|old| fold(old) == now) => "",
            _ if field == Field::Country && now.is_empty() => match default_country {
                Some(country) => country.as_str(),
                None => continue,
            },
            _ => continue,
        };
        if fold(wanted) != now {
            *theirs = (!wanted.is_empty()).then(|| wanted.to_owned());
            changed = true;
            moved |= matches!(field, Field::AddressLine1 | Field::Zip);
        }
    }
    if moved {
        // Its verdict was on another place.
        *is_valid = None;
    }
    changed
}
