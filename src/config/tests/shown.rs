//! What is shown, and what the fingerprint covers.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

#[test]
fn what_is_shown_is_masked_says_where_from_and_reads_back() {
    let text = r#"
[api]
proxy = ""
[rate]
per_second = 20
[run]
error_budget = 7
max_duration = "90m"
[[department]]
name = "a"
token = "0123456789abcdef0123"
source_id = "quote \" and \\"
[department.fields.email]
blank = "clear"
[department.fields.lastName]
owner = "remote"
"#;
    let pairs =
        [("DMS_SYNC_API__PROXY", "http://anna:hush@proxy.example.com:3128"), ("DMS_SYNC_RATE__BURST", "3")];
    let settings = load_with(text, &pairs).unwrap();
    let shown = show(&settings, ShowOrigin::Yes);
    for (line, origin) in [
        ("proxy = \"http://****@proxy.example.com:3128\"", "from DMS_SYNC_API__PROXY"),
        ("per_second = 20", "from dms-sync.toml:5"),
        ("burst = 3", "from DMS_SYNC_RATE__BURST"),
        ("max_in_flight = 8", "default"),
        ("token = \"****0123\"", "from dms-sync.toml:11"),
    ] {
        let line = format!("{line:<60}  # {origin}");
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    let debug = format!("{settings:?}");
    for secret in ["hush", "anna", "0123456789"] {
        assert!(!shown.contains(secret) && !debug.contains(secret), "{secret}");
    }
    let again = parse(&shown.replace("****@", ""), Path::new("/")).unwrap();
    assert_eq!(again.run, settings.run);
    assert_eq!(again.departments[0].fields, settings.departments[0].fields);
    assert_eq!(again.departments[0].source_id.as_deref(), Some("quote \" and \\"));
}

#[test]
fn the_fingerprint_covers_what_shapes_a_customer_and_nothing_else() {
    let print = |rest: &str| {
        parse(&format!("{MINIMAL}{rest}"), Path::new("/")).unwrap().departments[0].shape_fingerprint()
    };
    let plain = print("");
    for same in [
        "input = [\"x\"]",
        "requester_user_uuid = \"x\"",
        "source_id = \"x\"",
        "country = \"US\"",
        "dealer_uuids = [\"x\"]",
        "[department.fields.city]\nowner = \"dms\"",
    ] {
        assert_eq!(print(same), plain, "{same}");
    }
    let mut seen = BTreeSet::from([plain]);
    for other in [
        "export = \"full\"",
        "export = \"delta\"",
        "country = \"CA\"",
        "country = \"\"",
        "locale = \"fr-ca\"",
        "time_zone = \"UTC\"",
        "merge = \"replace\"\n[department.consent]\ndms_is_newer = true",
        "invalid_vin = \"reject\"",
        "unknown_consent = \"deny\"",
        "vanished = \"recreate\"",
        "consent.dms_is_newer = true",
        "vehicles.absent = \"disown\"",
        "vehicles.absent = \"keep\"",
        "fields.city.owner = \"fill\"",
        "fields.city.blank = \"clear\"",
        "fields.zip.blank = \"clear\"",
    ] {
        assert!(seen.insert(print(other)), "{other}");
    }
}
