//! Single values: owners, blanks, defaults; and that theirs goes back as it was.

use super::*;

fn named(company: Claim<String>, business: Claim<bool>, cell: u8) -> Customer {
    let phones = with_phones(&[(PhoneLabel::Cell, &[cell])]);
    Customer { name: samples::name(text("Ana"), text("Ruiz"), company, business), ..phones }
}

#[test]
fn who_owns_a_field_decides_what_is_written() {
    let ours = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let base = with_phones(&[(PhoneLabel::Cell, &[2])]);
    let cell = json!({"phoneNumber": "+12175550102", "label": "cell"});
    let home = json!({"phoneNumber": "+12175550108", "label": "home"});
    for (owner, theirs, expected) in [
        (Owner::Dms, json!([cell, home]), Some(vec!["+12175550108", "+12175550101"])),
        (Owner::Remote, json!([cell, home]), None),
        (Owner::Remote, json!([]), None),
        (Owner::Fill, json!([cell, home]), None),
        (Owner::Fill, json!([home]), Some(vec!["+12175550108", "+12175550101"])),
    ] {
        let policies = owned_by(Field::CellPhone, owner);
        let body = written(Some(&base), &ours, &theirs_with_phones(&theirs), &policies);
        assert_eq!((!body.is_null()).then(|| numbers(&body)), expected, "{owner:?} {theirs}");
    }
    for (owner, theirs, expected) in [
        (Owner::Dms, json!("Anna"), json!("Ana")),
        (Owner::Dms, json!(" Ana "), json!(null)),
        (Owner::Remote, json!("Anna"), json!(null)),
        (Owner::Remote, json!(null), json!(null)),
        (Owner::Fill, json!("Anna"), json!(null)),
        (Owner::Fill, json!(" "), json!("Ana")),
    ] {
        let theirs = record(json!({"customer": {
            "customerKey": "7", "firstName": theirs, "lastName": "Ruiz", "isBusiness": false}}));
        let body = written(None, &customer("7"), &theirs, &owned_by(Field::FirstName, owner));
        assert_eq!(body["customer"]["firstName"], expected, "{owner:?}");
    }
    // Who was never said to be a business is none: so a record of theirs that does not say is completed, where we may.
    for (owner, expected) in
        [(Owner::Dms, json!(false)), (Owner::Fill, json!(false)), (Owner::Remote, json!(null))]
    {
        let theirs =
            record(json!({"customer": {"customerKey": "7", "firstName": "Ana", "lastName": "Ruiz"}}));
        let body = written(None, &customer("7"), &theirs, &owned_by(Field::IsBusiness, owner));
        assert_eq!(body["customer"]["isBusiness"], expected, "{owner:?}");
    }
    // On create every value of ours is sent, whoever owns it afterwards.
    let policies = owned_by(Field::CellPhone, Owner::Remote);
    let (payload, _) =
        fresh(Ours::again(&ours), Rules { policies: &policies, opt_outs: &Memory::default() }).unwrap();
    assert_eq!(payload.customer.phone_numbers.unwrap().len(), 1);
}

#[test]
fn theirs_goes_back_byte_for_byte_and_read_only_fields_do_not() {
    let ours = with_phones(&[(PhoneLabel::Cell, &[1])]);
    let phone =
        json!({"phoneNumber": "+44 20 7946 0123", "label": "HOME", "comments": "é\n", "isPreferred": true});
    let mail = json!({"emailAddress": "Ana@Example.com ", "label": "Personal", "okToEmail": true});
    let address = json!({"type": "OTHER", "line1": " 1  Main ", "zip": "SW1A 1AA", "uuid": "a-1", "isValid": false,
        "updateTS": "2019-01-01T00:00:00Z", "addressType": "O"});
    let car = json!({"vehicleUuid": "v-1", "vin": "1hgcm82633a004352", "vehicleYear": "2003", "color": "Red",
        "isValid": true});
    let mut car_read = car.clone();
    car_read["id"] = json!(9);
    car_read["imageUrl"] = json!("https://example.com/car.png");
    car_read["brandId"] = json!(3);
    let window = json!({"startTime": "09:00", "endTime": "noon"});
    let theirs = record(json!({"customer": {
        "id": 4, "customerId": "4", "customerUuid": "-u", "customerKey": "7", "firstName": " ana", "middleName": "M",
        "lastName": "Ruiz", "isBusiness": false, "availability": 1, "bestTimeToContact": window,
        "preferredLocale": "es_MX", "preferredCommunication": "Fax",
        "addresses": [address], "emails": [mail], "phoneNumbers": [phone],
    }, "vehicles": [car_read]}));
    let body = written(None, &ours, &theirs, &Policies::default());
    assert_eq!(
        body,
        json!({"customer": {
            "customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false,
            "bestTimeToContact": window, "preferredLocale": "es_MX", "preferredCommunication": "Fax",
            "addresses": [address], "emails": [mail],
            "phoneNumbers": [phone, {"phoneNumber": "+12175550101", "label": "cell"}],
        }, "vehicles": [car]})
    );
}

#[test]
fn defaults_fill_and_never_replace() {
    let mut policies = Policies::default();
    policies.defaults.locale = Some(Locale::FrCa);
    policies.defaults.country = Some("CA".to_owned());
    let theirs = |locale: Value| {
        record(json!({"customer": {"customerKey": "7", "firstName": "Ana", "lastName": "Ruiz",
            "isBusiness": false, "preferredLocale": locale}}))
    };
    assert_eq!(
        written(None, &customer("7"), &theirs(json!("")), &policies)["customer"]["preferredLocale"],
        "fr-ca"
    );
    assert!(written(None, &customer("7"), &theirs(json!("es")), &policies).is_null());
    let says = Customer { preferred_locale: Claim::Value(Locale::EnUs), ..customer("7") };
    assert!(written(None, &says, &theirs(json!("EN-US")), &policies).is_null(), "compared without case");
}

#[test]
fn a_blank_or_silent_scalar_leaves_theirs_unless_a_policy_clears() {
    let keep = Policies::default();
    let clear = clearing(Field::Company);
    let delta = Policies { export: ExportKind::Delta, ..clear.clone() };
    let (blank, silent) = (Claim::Blank, Claim::Silent);
    for (what, base, now, policies, expected) in [
        ("blank keeps", text("Ruiz Ltd"), blank.clone(), &keep, "Elm Corp"),
        ("not mapped any more", text("Ruiz Ltd"), silent.clone(), &keep, "Elm Corp"),
        ("blank clears", text("Ruiz Ltd"), blank.clone(), &clear, ""),
        ("still blank, and it clears", blank.clone(), blank.clone(), &clear, ""),
        ("silence never clears", blank.clone(), silent, &clear, "Elm Corp"),
        ("cleared once, and kept by now", blank.clone(), blank.clone(), &keep, "Elm Corp"),
        ("a delta clears nothing", blank.clone(), blank, &delta, "Elm Corp"),
        ("a value is written", text("Ruiz Ltd"), text("Ruiz Ltd"), &keep, "Ruiz Ltd"),
    ] {
        let base = named(base, Claim::Silent, 1);
        let night = Night::of(Some(base), named(now, Claim::Silent, 2), policies, Reach::Full);
        let cell = json!({"phoneNumber": "+12175550101", "label": "cell"});
        let theirs = theirs_with(&json!({"company": "Elm Corp", "phoneNumbers": [cell]}));
        let body = night.writes(&theirs, policies);
        assert_eq!(body["customer"]["company"], expected, "{what}");
        assert_eq!(numbers(&body), ["+12175550102"], "{what}: the phone change is written in any case");
    }
}

#[test]
fn a_business_stays_one_where_theirs_says_nothing() {
    let base = named(text("Ruiz Ltd"), Claim::Value(true), 1);
    let night =
        Night::of(Some(base), named(Claim::Blank, Claim::Blank, 2), &Policies::default(), Reach::Full);
    for (theirs, expected) in [(Value::Null, true), (json!(false), false), (json!(true), true)] {
        let body = night.writes(&theirs_with(&json!({"isBusiness": theirs})), &Policies::default());
        assert_eq!(body["customer"]["isBusiness"], expected, "{theirs}");
    }
}
