//! Flags: which entries they concern, and who has said no.

use super::*;

#[test]
fn one_number_in_two_entries_has_one_consent() {
    let ours = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let ours = Customer { consents: Consents { text: Consent::Allowed, ..Consents::default() }, ..ours };
    let theirs = theirs_with_phones(&json!([
        {"phoneNumber": "+12175550101", "label": "cell"},
        {"phoneNumber": "2175550101", "label": "cell", "okToText": false},
    ]));
    let body = written(Some(&ours), &ours, &theirs, &Policies::default());
    assert_eq!(body["customer"]["phoneNumbers"][0]["okToText"], json!(false));
    assert_eq!(body["customer"]["phoneNumbers"][1]["okToText"], json!(false));
}

#[test]
fn consent_goes_to_the_entries_that_it_concerns() {
    let both = with_phones(&[(PhoneLabel::Cell, &[1]), (PhoneLabel::Home, &[2])]);
    let says = |text| Customer { consents: Consents { text, ..Consents::default() }, ..both.clone() };
    let theirs = json!([
        {"phoneNumber": "+12175550101", "label": "cell"},
        {"phoneNumber": "+12175550102", "label": "home"},
        {"phoneNumber": "+12175550109", "label": "cell", "okToText": true},
        {"phoneNumber": "+12175550108", "label": "cell"},
    ]);
    let yes = json!(true);
    let no = json!(false);
    let none = Value::Null;
    for (said, expected) in
        [(Consent::Allowed, [&yes, &none, &yes, &none]), (Consent::Blocked, [&no, &no, &no, &no])]
    {
        let body = written(Some(&both), &says(said), &theirs_with_phones(&theirs), &Policies::default());
        let flags = [0, 1, 2, 3].map(|at| &body["customer"]["phoneNumbers"][at]["okToText"]);
        assert_eq!(flags, expected, "{said:?}");
    }
    let unknown =
        written(Some(&both), &says(Consent::Unknown), &theirs_with_phones(&theirs), &Policies::default());
    assert!(unknown.is_null());
}

#[test]
fn opt_outs_of_either_side_are_learned_once() {
    let ours = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let ours = Customer { consents: Consents { call: Consent::Blocked, ..Consents::default() }, ..ours };
    let theirs = theirs_with_phones(&json!([
        {"phoneNumber": "217 555 0102", "label": "home", "okToText": false},
        {"phoneNumber": "+12175550108", "okToText": false},
    ]));
    let Run { opt_outs, .. } = run(
        None,
        Ours::again(&ours),
        &theirs,
        Rules { policies: &Policies::default(), opt_outs: &Memory::default() },
        Occasion::Update,
    );
    let expected = [
        (Channel::Call, "+12175550101"),
        (Channel::Call, "+12175550102"),
        (Channel::Call, "+12175550108"),
        (Channel::Text, "+12175550102"),
        (Channel::Text, "+12175550108"),
    ];
    assert_eq!(opt_outs, expected.map(|(channel, contact)| (channel, contact.to_owned())));
}

#[test]
fn an_allowance_that_is_taken_back_allows_no_new_number() {
    let says = |lines: &[u8], consent| Customer {
        consents: Consents { call: consent, text: consent, email: consent },
        ..with_phones(&[(PhoneLabel::Cell, lines)])
    };
    let theirs = theirs_with_phones(
        &json!([{"phoneNumber": "+12175550101", "label": "cell", "okToText": true, "okToCall": true}]),
    );
    for (now, expected) in [
        (Consent::Unknown, [json!(null), json!(true)]),
        (Consent::Allowed, [json!(true), json!(true)]),
        (Consent::Blocked, [json!(false), json!(false)]),
    ] {
        let (base, now) = (says(&[1], Consent::Allowed), says(&[1, 2], now));
        let night = Night::of(Some(base), now, &Policies::default(), Reach::Full);
        let phones = night.writes(&theirs, &Policies::default())["customer"]["phoneNumbers"].clone();
        assert_eq!([&phones[1]["okToText"], &phones[0]["okToText"]], [&expected[0], &expected[1]]);
        assert_eq!(phones[1]["okToCall"], expected[0]);
    }
}
