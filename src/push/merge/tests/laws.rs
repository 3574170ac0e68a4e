//! What holds of every base, ours and theirs.

use super::theirs::{any_clearing_night, any_memory, any_night, any_policies, any_theirs, awkward};
use super::*;

pub(super) fn contact(raw: &str) -> String {
    Phone::from_loose(raw).map_or_else(|| raw.trim().to_lowercase(), |phone| phone.e164())
}

type Flags = Vec<(Channel, String, Option<bool>)>;

/// Every flag of every entry, by channel and contact.
fn flags(customer: &Value) -> Flags {
    let mut all = Flags::new();
    for (list, number, names) in [
        ("phoneNumbers", "phoneNumber", &[(Channel::Call, "okToCall"), (Channel::Text, "okToText")][..]),
        ("emails", "emailAddress", &[(Channel::Email, "okToEmail")][..]),
    ] {
        for entry in customer[list].as_array().into_iter().flatten() {
            for (channel, name) in names {
                all.push((*channel, contact(entry[number].as_str().unwrap()), entry[*name].as_bool()));
            }
        }
    }
    all
}

/// What of an entry must come back as it was, whatever becomes of label and flags.
pub(super) fn kept(entry: &Map<String, Value>, name: &str) -> [Value; 3] {
    [name, "comments", "isPreferred"].map(|name| entry.get(name).cloned().unwrap_or_default())
}

fn kept_of(list: &Value, name: &str) -> Vec<[Value; 3]> {
    list.as_array().into_iter().flatten().map(|entry| kept(entry.as_object().unwrap(), name)).collect()
}

proptest! {
    #[test]
    fn nothing_of_theirs_that_base_lacks_is_dropped(
        night in any_night(), theirs in any_theirs(), policies in any_policies(),
    ) {
        let body = night.writes(&theirs, &policies);
        prop_assume!(!body.is_null());
        let record = theirs.customer.as_ref().unwrap();
        let was_ours = contacts_of(night.base.as_ref());
        for (list, sent, name) in [
            (&record.phone_numbers, &body["customer"]["phoneNumbers"], "phoneNumber"),
            (&record.emails, &body["customer"]["emails"], "emailAddress"),
        ] {
            let sent = kept_of(sent, name);
            for entry in list {
                let is_ours = was_ours.contains(&contact(entry[name].as_str().unwrap()));
                prop_assert!(is_ours || sent.contains(&kept(entry, name)));
            }
            prop_assert!(list.is_empty() || !sent.is_empty(), "an empty list where theirs has entries");
        }
        let uuids = |vehicles: &Value| -> Vec<String> {
            vehicles.as_array().into_iter().flatten().filter_map(|v| Some(v["vehicleUuid"].as_str()?.to_owned())).collect()
        };
        let sent = uuids(&body["vehicles"]);
        let had = uuids(&serde_json::to_value(&theirs.vehicles).unwrap());
        prop_assert_eq!(&sent[..], &had[..], "vehicles are never dropped");
    }

    #[test]
    fn nobody_s_no_becomes_a_yes(
        night in any_night(), theirs in any_theirs(), memory in any_memory(),
    ) {
        let policies = Policies::default();
        let rules = Rules { policies: &policies, opt_outs: &memory };
        let found = merge(night.base.as_ref(), night.ours(), &theirs, rules).unwrap();
        let after = found.write.as_ref().map_or_else(|| theirs.clone(), apply);
        let [before, after] = [&theirs, &after].map(|of| flags(&serde_json::to_value(&of.customer).unwrap()));
        for (channel, contact, now) in &after {
            if *now != Some(true) {
                continue;
            }
            let said_no = before.iter().any(|(c, who, flag)| c == channel && who == contact && *flag == Some(false));
            prop_assert!(!said_no && !memory.contains(*channel, contact));
        }
        for (channel, contact, flag) in before {
            prop_assert!(flag != Some(false) || found.opt_outs.contains(&(channel, contact)), "it is remembered");
        }
        let (payload, _) = fresh(Ours::again(&night.next), rules).unwrap();
        for (channel, contact, flag) in flags(&serde_json::to_value(&payload.customer).unwrap()) {
            prop_assert!(flag != Some(true) || !memory.contains(channel, &contact), "nor on create");
        }
    }

    #[test]
    fn what_the_dms_removed_goes(night in any_night(), theirs in any_theirs()) {
        let body = night.writes(&theirs, &Policies::default());
        prop_assume!(!body.is_null());
        let (has, had) = (contacts_of(Some(&night.next)), contacts_of(night.base.as_ref()));
        let removed = |contact: &String| had.contains(contact) && !has.contains(contact);
        for (list, name) in [("phoneNumbers", "phoneNumber"), ("emails", "emailAddress")] {
            let sent = body["customer"][list].as_array().into_iter().flatten();
            let sent: Vec<_> = sent.map(|entry| contact(entry[name].as_str().unwrap())).collect();
            // Where nothing else would be left the list stays as it is.
            prop_assert!(!sent.iter().any(removed) || sent.iter().all(removed), "{list}");
        }
        let sent: Vec<_> = numbers(&body).into_iter().map(contact).collect();
        prop_assert!(night.now.phone_entries().iter().all(|(phone, _)| sent.contains(&phone.e164())));
    }

    #[test]
    fn what_tonight_does_not_say_is_not_written(night in any_night(), theirs in any_theirs()) {
        let body = night.writes(&theirs, &Policies::default());
        prop_assume!(!body.is_null());
        let theirs = serde_json::to_value(&theirs).unwrap();
        if night.now.name.claims().company.value().is_none() {
            prop_assert_eq!(&body["customer"]["company"], &theirs["customer"]["company"]);
        }
        let had: BTreeSet<_> = numbers(&theirs).into_iter().map(contact).collect();
        let said: BTreeSet<_> = night.now.phone_entries().into_iter().map(|(phone, _)| phone.e164()).collect();
        for number in numbers(&body).into_iter().map(contact) {
            prop_assert!(had.contains(&number) || said.contains(&number), "added, and not said tonight");
        }
        let vehicles = |of: &Value| of["vehicles"].as_array().map_or(0, Vec::len);
        prop_assert!(vehicles(&body) <= vehicles(&theirs) + night.now.vehicles.len());
        let allowed = |body: &Value| -> BTreeSet<_> {
            let yes = flags(&body["customer"]).into_iter().filter(|(_, _, flag)| *flag == Some(true));
            yes.map(|(channel, contact, _)| (channel, contact)).collect()
        };
        let Consents { call, text, email } = night.now.consents;
        for (channel, contact) in allowed(&body).difference(&allowed(&theirs)) {
            let said = match channel { Channel::Call => call, Channel::Text => text, Channel::Email => email };
            prop_assert!(said == Consent::Allowed, "{channel:?} of {contact} is allowed by nobody tonight");
        }
    }

    #[test]
    fn a_second_merge_writes_nothing(
        night in any_night(), theirs in any_theirs(), policies in any_policies(), newer: bool, known in any_memory(),
    ) {
        let authority = if newer { ConsentAuthority::DmsIsNewer } else { ConsentAuthority::OptOutSticks };
        let policies = Policies { consent: authority, ..policies };
        let mut memory = known;
        let once = merge(night.base.as_ref(), night.ours(), &theirs, Rules { policies: &policies, opt_outs: &memory }).unwrap();
        let after = once.write.as_ref().map_or_else(|| theirs.clone(), apply);
        memory.0.extend(once.opt_outs);
        let twice = merge(Some(&night.next), night.ours(), &after, Rules { policies: &policies, opt_outs: &memory }).unwrap();
        let [before, after] = [Some(&after), None].map(|of| serde_json::to_string(&of.cloned().unwrap_or_else(|| {
            twice.write.as_ref().map_or_else(CustomerWithVehicles::default, apply)
        })).unwrap());
        prop_assert!(twice.write.is_none(), "{before}\n{after}");
    }

    #[test]
    fn what_was_just_created_needs_no_update(night in any_night()) {
        let ours = night.next;
        let policies = Policies::default();
        let rules = Rules { policies: &policies, opt_outs: &Memory::default() };
        let (payload, _) = fresh(Ours::again(&ours), rules).unwrap();
        prop_assert!(merge(Some(&ours), Ours::again(&ours), &apply(&payload), rules).unwrap().write.is_none());
        prop_assert!(merge(None, Ours::again(&ours), &apply(&payload), rules).unwrap().write.is_none(), "nor where it is adopted");
    }

    #[test]
    fn what_cannot_be_sent_back_is_never_dropped(
        night in any_night(), theirs in any_theirs(), spoilt in vec((0u8..3, 0usize..4), 1..3), memory in any_memory(),
    ) {
        let theirs = awkward(theirs, &spoilt);
        let policies = Policies::default();
        let rules = Rules { policies: &policies, opt_outs: &memory };
        let found = super::super::merge(night.base.as_ref(), night.ours(), &theirs, rules);
        let Ok(Some(payload)) = found.write else { return Ok(()) };
        // It is sent: then whatever had no place in it was ours to take away.
        let was_ours = contacts_of(night.base.as_ref());
        let record = theirs.customer.as_ref().unwrap();
        let after = apply(&payload).customer.unwrap();
        for (had, has, name) in [
            (&record.phone_numbers, &after.phone_numbers, "phoneNumber"),
            (&record.emails, &after.emails, "emailAddress"),
        ] {
            for entry in had {
                let number = entry.get(name).and_then(Value::as_str).unwrap_or_default();
                let is_back = has.iter().any(|back| back.get(name) == entry.get(name));
                prop_assert!(is_back || was_ours.contains(&contact(number)), "{name} is gone");
            }
        }
        prop_assert!(after.addresses.len() >= record.addresses.iter().filter(|at| at.get("type").is_none()).count());
    }

    #[test]
    fn a_list_is_never_emptied_unless_every_slot_of_it_says_blank(
        (night, policies) in any_clearing_night(), unheard: bool, advisors in proptest::option::weighted(0.2, any_theirs()),
    ) {
        // What is at the remote is ours alone, so all of it may go; or somebody has added to it.
        let Some(base) = &night.base else { return Ok(()) };
        let rules = Rules { policies: &policies, opt_outs: &Memory::default() };
        let mut theirs = apply(&fresh(Ours::again(base), rules).unwrap().0);
        if let Some(more) = advisors {
            let (record, more) = (theirs.customer.as_mut().unwrap(), more.customer.unwrap());
            record.phone_numbers.extend(more.phone_numbers);
            record.emails.extend(more.emails);
        }
        // Also what no plan makes: a next base that has forgotten the nights before.
        let next = if unheard { over(night.now.clone(), None, &policies, Reach::Full) } else { night.next.clone() };
        let night = Night { next, base: night.base.clone(), now: night.now.clone() };
        let body = night.writes(&theirs, &policies);
        prop_assume!(!body.is_null());
        let record = theirs.customer.as_ref().unwrap();
        let blank = |slots: Vec<bool>| !slots.is_empty() && slots.into_iter().all(|blank| blank);
        for (had, list, told) in [
            (&record.phone_numbers, "phoneNumbers", blank(night.next.phones.values().map(Claim::is_blank).collect())),
            (&record.emails, "emails", blank(night.next.emails.values().map(Claim::is_blank).collect())),
        ] {
            let sent = body["customer"][list].as_array().map_or(0, Vec::len);
            prop_assert!(had.is_empty() || sent > 0 || told, "{list} of theirs is emptied, and nobody said so");
        }
    }

    #[test]
    fn what_of_ours_is_new_or_still_said_is_there(night in any_night(), theirs in any_theirs(), memory in any_memory()) {
        // The other half of the bargain: a merge that kept only theirs would break no law above.
        let policies = Policies::default();
        let rules = Rules { policies: &policies, opt_outs: &memory };
        let found = merge(night.base.as_ref(), night.ours(), &theirs, rules).unwrap();
        let after = found.write.as_ref().map_or(theirs, apply);
        let record = serde_json::to_value(&after.customer).unwrap();
        let there: BTreeSet<_> = flags(&record).into_iter().map(|(_, contact, _)| contact).collect();
        prop_assert!(contacts_of(Some(&night.now)).is_subset(&there));
        let Consents { call, text, email } = night.now.consents;
        for (channel, contact, flag) in flags(&record) {
            let said = match channel { Channel::Call => call, Channel::Text => text, Channel::Email => email };
            prop_assert!(said != Consent::Blocked || flag == Some(false), "{channel:?} of {contact} is blocked");
        }
    }

    #[test]
    fn opt_outs_alone_turn_flags_off_and_touch_nothing_else(
        base in any_customer(),
        blocks in samples::any_consents(),
        theirs in any_theirs(),
        policies in any_policies(),
    ) {
        let base = over(base, None, &Policies::default(), Reach::Full);
        let now = Customer {
            consents: blocks.blocks(),
            ..Customer::named(base.key.clone(), base.name.clone())
        };
        let next = Customer { consents: base.consents.and(now.consents), ..base.clone() };
        let ours = Ours { now: &now, next: &next, scope: Scope::OptOuts };
        let unflagged = |record: &CustomerWithVehicles| {
            let mut body = serde_json::to_value(record).unwrap();
            for (list, names) in [("phoneNumbers", &["okToCall", "okToText"][..]), ("emails", &["okToEmail"])] {
                for entry in body["customer"][list].as_array_mut().into_iter().flatten() {
                    entry.as_object_mut().unwrap().retain(|name, _| !names.contains(&name.as_str()));
                }
            }
            without_nulls(body)
        };
        let rules = Rules { policies: &policies, opt_outs: &Memory::default() };
        let Ok(Merged { write: Some(written), opt_outs }) = merge(Some(&base), ours, &theirs, rules) else {
            return Ok(());
        };
        let after = apply(&written);
        prop_assert_eq!(unflagged(&theirs), unflagged(&after));
        let [old, new] = [&theirs, &after].map(|of| flags(&serde_json::to_value(&of.customer).unwrap()));
        prop_assert_ne!(&old, &new, "written, and no flag to turn off");
        for ((channel, contact, old), (_, _, new)) in old.into_iter().zip(new) {
            // Also who is not blocked tonight, and has said no in another entry.
            let says_no = opt_outs.contains(&(channel, contact));
            prop_assert!(says_no || now.consents.blocked().all(|blocked| blocked != channel), "{channel:?}");
            prop_assert_eq!(new, if says_no { Some(false) } else { old }, "{:?}", channel);
        }
    }
}

/// What is null says as much as what is missing.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let said = members.into_iter().filter(|(_, value)| !value.is_null());
            said.map(|(name, value)| (name, without_nulls(value))).collect()
        }
        Value::Array(entries) => entries.into_iter().map(without_nulls).collect(),
        value => value,
    }
}

/// Every number and address of ours, as it is compared.
fn contacts_of(ours: Option<&Customer>) -> BTreeSet<String> {
    let phones =
        |of: &Customer| of.phone_entries().into_iter().map(|(phone, _)| phone.e164()).collect::<Vec<_>>();
    let emails =
        |of: &Customer| of.email_entries().into_iter().map(|(email, _)| email.folded()).collect::<Vec<_>>();
    ours.into_iter().flat_map(|of| phones(of).into_iter().chain(emails(of))).collect()
}
