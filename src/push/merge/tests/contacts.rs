//! Phones and e-mails: ours, theirs, and what becomes of an entry in both.

use super::*;

#[test]
fn phones_are_ours_and_what_of_theirs_base_did_not_have() {
    use PhoneLabel::{Cell, Home};
    let one = json!({"phoneNumber": "+12175550101", "label": "cell"});
    let two = json!({"phoneNumber": "(217) 555-0102", "label": "Home", "comments": "ask for Bo"});
    let advisors = json!({"phoneNumber": "+12175550109", "label": "work", "isPreferred": true});
    for (what, base, ours, theirs, expected) in [
        (
            "removed in the DMS",
            vec![1, 2],
            vec![1],
            json!([one, two, advisors]),
            Some(vec!["+12175550101", "+12175550109"]),
        ),
        (
            "added in the DMS",
            vec![1],
            vec![1, 3],
            json!([one, advisors]),
            Some(vec!["+12175550101", "+12175550109", "+12175550103"]),
        ),
        ("the advisor's edit alone is no reason to write", vec![1], vec![1], json!([one, advisors]), None),
        (
            "removed by the advisor, still in the DMS",
            vec![1],
            vec![1],
            json!([advisors]),
            Some(vec!["+12175550109", "+12175550101"]),
        ),
        ("the last one is not removed", vec![1], vec![], json!([one]), None),
        ("removed in both", vec![1, 2], vec![1], json!([one]), None),
    ] {
        let (base, ours) = (with_phones(&[(Cell, &base)]), with_phones(&[(Cell, &ours)]));
        let ours = if ours.phone_entries().is_empty() { with_phones(&[(Home, &[])]) } else { ours };
        let keep = Policies::default();
        let ours = if what.starts_with("the last") { customer("7") } else { ours };
        let body = written(Some(&base), &ours, &theirs_with_phones(&theirs), &keep);
        assert_eq!((!body.is_null()).then(|| numbers(&body)), expected, "{what}");
    }
}

#[test]
fn an_entry_in_both_keeps_what_we_do_not_map() {
    let base = with_phones(&[(PhoneLabel::Cell, &[1]), (PhoneLabel::Home, &[2])]);
    let ours = with_phones(&[(PhoneLabel::Cell, &[1]), (PhoneLabel::Home, &[3])]);
    let entry = json!({"phoneNumber": "217-555-0101", "label": "CELL", "okToText": false, "isPreferred": true,
        "comments": " rings  long "});
    let foreign = json!({"phoneNumber": "+44 20 7946 0123", "label": "home", "okToCall": true});
    let theirs = theirs_with_phones(&json!([entry, foreign]));
    let body = written(Some(&base), &ours, &theirs, &Policies::default());
    let new = json!({"phoneNumber": "+12175550103", "label": "home"});
    assert_eq!(body["customer"]["phoneNumbers"], json!([entry, foreign, new]));
}

#[test]
fn a_list_is_emptied_only_by_a_policy_and_only_of_ours() {
    let base = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let cleared = with_phones(&[(PhoneLabel::Cell, &[]), (PhoneLabel::Home, &[])]);
    let one = json!({"phoneNumber": "+12175550101", "label": "cell"});
    let other = json!({"phoneNumber": "+12175550109", "label": "work"});
    let keep = Policies::default();
    let body = written(Some(&base), &cleared, &theirs_with_phones(&json!([one])), &keep);
    assert!(
        !body.is_null() && body["customer"].get("phoneNumbers").is_none(),
        "a blank that came here clears"
    );
    let body = written(Some(&base), &cleared, &theirs_with_phones(&json!([one, other])), &keep);
    assert_eq!(body["customer"]["phoneNumbers"], json!([other]));
    assert!(written(Some(&base), &customer("7"), &theirs_with_phones(&json!([one])), &keep).is_null());
}

#[test]
fn what_cannot_be_sent_back_fails_only_where_something_must_be_written() {
    let same = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let other = with_phones(&[(PhoneLabel::Cell, &[2])]);
    let says_no =
        Customer { consents: Consents { text: Consent::Blocked, ..Consents::default() }, ..same.clone() };
    let cell = json!({"phoneNumber": "+12175550101", "label": "cell", "okToText": false});
    for (what, ours, unlabelled, fails) in [
        ("nothing to write", &same, json!({"phoneNumber": "+12175550108"}), false),
        ("a new number", &other, json!({"phoneNumber": "+12175550108"}), true),
        (
            "an opt-out that it must get",
            &says_no,
            json!({"phoneNumber": "+12175550108", "okToText": true}),
            true,
        ),
        (
            "an opt-out that it has",
            &says_no,
            json!({"phoneNumber": "+12175550108", "okToText": false}),
            false,
        ),
    ] {
        let theirs = theirs_with_phones(&json!([cell, unlabelled]));
        let policies = Policies::default();
        let found = merge(
            Some(&same),
            Ours::again(ours),
            &theirs,
            Rules { policies: &policies, opt_outs: &Memory::default() },
        );
        let error = found.err().map(|Unsendable { what, field }| (what, field));
        assert_eq!(error, fails.then_some(("phone", "label")), "{what}");
    }
}

#[test]
fn a_delta_removes_nothing_and_adds_nothing_again() {
    use PhoneLabel::{Cell, Home, Work};
    let base = with_phones(&[(Cell, &[1]), (Home, &[2])]);
    let cell = json!({"phoneNumber": "+12175550101", "label": "cell"});
    let home = json!({"phoneNumber": "+12175550102", "label": "home"});
    let blank = with_phones(&[(Cell, &[]), (Home, &[]), (Work, &[3])]);
    let silent = with_phones(&[(Work, &[3])]);
    let moved = with_phones(&[(Cell, &[4]), (Home, &[])]);
    for (what, now, reach, theirs, expected) in [
        ("blank", &blank, Reach::Delta, json!([cell, home]), vec!["01", "02", "03"]),
        ("silent", &silent, Reach::Delta, json!([cell, home]), vec!["01", "02", "03"]),
        ("blank, removed by an advisor", &blank, Reach::Delta, json!([cell]), vec!["01", "03"]),
        ("not mapped any more, removed by an advisor", &silent, Reach::Full, json!([cell]), vec!["01", "03"]),
        ("the slot gets another", &moved, Reach::Delta, json!([cell, home]), vec!["02", "04"]),
        ("a full export's list is the list", &moved, Reach::Full, json!([cell, home]), vec!["04"]),
    ] {
        let night = Night::of(Some(base.clone()), now.clone(), &Policies::default(), reach);
        let body = night.writes(&theirs_with_phones(&theirs), &Policies::default());
        let expected: Vec<_> = expected.iter().map(|line| format!("+121755501{line}")).collect();
        assert_eq!(numbers(&body), expected, "{what}");
    }
}

#[test]
fn a_label_is_changed_by_what_tonight_says_and_not_by_what_it_leaves_out() {
    use PhoneLabel::{Cell, Home};
    let base = with_phones(&[(Cell, &[1])]);
    let home = with_phones(&[(Home, &[1])]);
    let both = Customer {
        consents: Consents { text: Consent::Allowed, ..Consents::default() },
        ..with_phones(&[(Home, &[1])])
    };
    for (what, now, reach, theirs, expected) in [
        ("a delta names the cell under home", &home, Reach::Delta, "cell", Value::Null),
        ("an advisor has put it under home too", &home, Reach::Delta, "home", Value::Null),
        ("neither", &home, Reach::Delta, "work", json!("home")),
        ("and it stays a number for texts", &both, Reach::Delta, "cell", json!("cell")),
    ] {
        let night = Night::of(Some(base.clone()), now.clone(), &Policies::default(), reach);
        let theirs = theirs_with_phones(&json!([{"phoneNumber": "+12175550101", "label": theirs}]));
        let body = night.writes(&theirs, &Policies::default());
        assert_eq!(body["customer"]["phoneNumbers"][0]["label"], expected, "{what}");
    }
    let full =
        Night::of(Some(base), with_phones(&[(Home, &[1]), (Cell, &[2])]), &Policies::default(), Reach::Full);
    let theirs = theirs_with_phones(&json!([{"phoneNumber": "+12175550101", "label": "cell"}]));
    let body = full.writes(&theirs, &Policies::default());
    assert_eq!(body["customer"]["phoneNumbers"][0]["label"], "home", "the cell is another number now");
}

#[test]
fn emails_are_told_apart_without_case_and_sent_back_as_they_were() {
    let slot = EmailSlot { label: EmailLabel::Personal, ordinal: 1 };
    let of = |local| Customer { emails: [(slot, Claim::Value(vec![email(local)]))].into(), ..customer("7") };
    let theirs = record(json!({"customer": {"customerKey": "7", "firstName": "Ana", "lastName": "Ruiz",
        "isBusiness": false, "emails": [{"emailAddress": "A@Example.com", "label": "PERSONAL"}]}}));
    assert!(written(None, &of("a"), &theirs, &Policies::default()).is_null());
    let body = written(Some(&of("a")), &of("b"), &theirs, &Policies::default());
    assert_eq!(body["customer"]["emails"], json!([{"emailAddress": "b@example.com", "label": "personal"}]));
}

#[test]
fn a_no_on_a_number_with_an_extension_is_one_on_that_number() {
    let consents = Consents { text: Consent::Allowed, call: Consent::Allowed, ..Consents::default() };
    let ours = Customer { consents, ..with_phones(&[(PhoneLabel::Cell, &[1])]) };
    for text in ["+1 (217) 555-0101 x12", "217.555.0101 ext 12", "1 217 555 0101 12"] {
        let desk = json!({"phoneNumber": text, "label": "work", "okToText": false, "okToCall": true});
        let theirs = theirs_with_phones(&json!([desk]));
        let body = written(None, &ours, &theirs, &Policies::default());
        let cell =
            json!({"phoneNumber": "+12175550101", "label": "cell", "okToText": false, "okToCall": true});
        assert_eq!(body["customer"]["phoneNumbers"], json!([desk, cell]), "{text}");
    }
}

#[test]
fn a_new_number_of_who_has_said_no_is_sent_as_no() {
    let base = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let blocked = Consents { text: Consent::Blocked, ..Consents::default() };
    let base = Customer { consents: blocked, ..base };
    let tonight = with_phones(&[(PhoneLabel::Cell, &[3])]);
    for (said, before, flag) in [
        (Consent::Unknown, Consent::Blocked, json!(false)),
        (Consent::Unknown, Consent::Allowed, json!(null)),
        (Consent::Allowed, Consent::Allowed, json!(true)),
    ] {
        let says = |text| Consents { text, ..Consents::default() };
        let now = Customer { consents: says(said), ..tonight.clone() };
        let next = Customer { consents: says(before), ..tonight.clone() };
        // Who was allowed there since stays so where tonight says nothing.
        let theirs =
            theirs_with_phones(&json!([{"phoneNumber": "+12175550109", "label": "cell", "okToText": true}]));
        let ours = Ours { now: &now, next: &next, scope: Scope::Whole };
        let rules = Rules { policies: &Policies::default(), opt_outs: &Memory::default() };
        let payload = merge(Some(&base), ours, &theirs, rules).unwrap().write.unwrap();
        let body = json!({"customer": payload.customer});
        let phones = &body["customer"]["phoneNumbers"];
        assert_eq!(phones[1]["phoneNumber"], json!("+12175550103"));
        assert_eq!(
            (&phones[1]["okToText"], &phones[0]["okToText"]),
            (&flag, &json!(true)),
            "{said:?} {before:?}"
        );
    }
}
