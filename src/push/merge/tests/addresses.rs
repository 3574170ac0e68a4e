//! Addresses: which of theirs is ours, and what of it tonight says.

use super::*;

#[test]
fn addresses_replace_what_base_wrote_and_spare_the_rest() {
    let of = |line1: &str, line2: Claim<String>, zip: &str| {
        let address = Address { line1: text(line1), line2, zip: text(zip), ..Address::default() };
        Customer { addresses: [(AddressKind::Common, Claim::Value(address))].into(), ..customer("7") }
    };
    let theirs = |addresses: Value| {
        record(json!({"customer": {
            "customerKey": "7", "firstName": "Ana", "lastName": "Ruiz", "isBusiness": false, "addresses": addresses}}))
    };
    let old =
        json!({"type": "COMMON", "line1": "1 MAIN ST", "line2": "Apt 4", "zip": "62701", "uuid": "a-1"});
    let moved = json!({"type": "COMMON", "line1": "9 Oak Ave", "zip": "62702", "uuid": "a-1"});
    let advisors = json!({"type": "COMMON", "line1": "5 Elm", "zip": "62703", "isPreferred": true});
    let found = json!({"type": "COMMON", "line1": "9 oak ave", "zip": "62702", "isValid": true});
    let base = of("1 Main St", text("Apt 4"), "62701");
    let new = of("9 Oak Ave", Claim::Silent, "62702");
    for (what, base, ours, addresses, expected) in [
        ("moved", Some(&base), &new, json!([old, advisors]), json!([moved, advisors])),
        ("the same place in another case", Some(&base), &base, json!([old, advisors]), Value::Null),
        ("moved to where the advisor put it already", Some(&base), &new, json!([old, found]), json!([found])),
        ("adopted: theirs stays", None, &new, json!([advisors]), {
            json!([advisors, {"type": "COMMON", "line1": "9 Oak Ave", "zip": "62702"}])
        }),
    ] {
        let body = written(base, ours, &theirs(addresses), &Policies::default());
        assert_eq!(body["customer"]["addresses"], expected, "{what}");
    }
    let cleared = Customer { addresses: [(AddressKind::Common, Claim::Blank)].into(), ..customer("7") };
    let body = written(Some(&base), &cleared, &theirs(json!([old, advisors])), &Policies::default());
    assert_eq!(body["customer"]["addresses"], json!([advisors]));
}

#[test]
fn what_of_a_place_is_not_said_tonight_is_left_to_theirs() {
    let of = |line1: &str, line2: Claim<String>, zip: Claim<String>| {
        let address = Address { line1: text(line1), line2, zip, city: text("Salem"), ..Address::default() };
        Customer { addresses: [(AddressKind::Common, Claim::Value(address))].into(), ..customer("7") }
    };
    let at = |line2: &str, zip: &str, city: &str| json!({"type": "COMMON", "line1": "1 Main St", "line2": line2, "zip": zip, "city": city});
    let base = of("1 Main St", text("Apt 4"), text("62701"));
    for (what, now, theirs, expected) in [
        (
            "a blank apartment",
            of("1 Main St", Claim::Blank, text("62701")),
            json!([at("Apt 9", "62701", "Bend")]),
            json!([at("Apt 9", "62701", "Salem")]),
        ),
        (
            "a silent zip that an advisor has corrected",
            of("1 Main St", Claim::Silent, Claim::Silent),
            json!([at("Apt 4", "62709", "Bend")]),
            json!([at("Apt 4", "62709", "Salem")]),
        ),
        (
            "a zip that the DMS has corrected, and an advisor the apartment",
            of("1 Main St", Claim::Blank, text("62702")),
            json!([at("Apt 9", "62701", "Salem")]),
            json!([at("Apt 9", "62702", "Salem")]),
        ),
        (
            "gone there: added whole",
            of("1 Main St", Claim::Silent, text("62701")),
            json!([]),
            json!([at("Apt 4", "62701", "Salem")]),
        ),
    ] {
        let night = Night::of(Some(base.clone()), now, &Policies::default(), Reach::Full);
        let body = night.writes(&theirs_with(&json!({"addresses": theirs})), &Policies::default());
        assert_eq!(body["customer"]["addresses"], expected, "{what}");
    }
    // Silent altogether, or blank and kept: whatever an advisor has made of it stays.
    for claims in [BTreeMap::new(), [(AddressKind::Common, Claim::Blank)].into()] {
        let now = Customer { addresses: claims, ..with_phones(&[(PhoneLabel::Cell, &[1])]) };
        let night = Night::of(Some(base.clone()), now, &Policies::default(), Reach::Full);
        for theirs in [json!([]), json!([at("Apt 9", "62701", "Bend")])] {
            let body = night.writes(&theirs_with(&json!({"addresses": theirs})), &Policies::default());
            let sent = body["customer"].get("addresses").cloned().unwrap_or_else(|| json!([]));
            assert_eq!(sent, theirs);
        }
    }
}
