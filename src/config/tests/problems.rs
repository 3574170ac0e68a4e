//! Every refusal, with its place.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

#[test]
fn everything_that_is_wrong_is_said_at_once_with_its_place() {
    let text = r#"
[api]
base_url = "http://api.example.com"
update_method = "PATCH"
timeuot = "30s"
username = "anna"
timeout = 30
ca_file = ""
proxy = "http://anna:hush@proxy.example.com"
validate_vin = "yes"
[api.paths]
match = "match"
linked = "/{entity}/{id}"
profile = "/x"
[rate]
per_second = 0
max_in_flight = 5000
burst = 1.5
timeout = "3s"
[retry]
settle = "5 minutes"
max_attempts = 99999999999999999999
[rates]
[run]
error_budget = "half"
max_duration = "0s"
[guard]
max_creates = -1
max_blanked = "2000%"
empty_checkpoint = "maybe"
breaker = { consecutive = 3 }
[report]
dir = []
[[department]]
name = "Spring Field"
token = "tok en"
locale = "es-mx"
country = "USA"
time_zone = "America/Springfield"
export = "weekly"
input = "exports/*.csv"
dealer_uuids = [1]
profile = "x/y"
password = "hush"
[department.fields.lastname]
owner = "dms"
[department.fields.email]
owner = "us"
blanks = "keep"
[department.consent]
dms_is_newer = "true"
[department.vehicles]
absent = "drop"
"#;
    insta::assert_snapshot!(fails(text), @r##"
38 problems in the configuration:
  dms-sync.toml:3:12: api.base_url must begin with https://: plain http is for this machine alone, customer data would travel in the clear
  dms-sync.toml:4:17: api.update_method must be "PUT" or "POST", not "PATCH"
  dms-sync.toml:5:1: api.timeuot is no setting; did you mean api.timeout?
  dms-sync.toml:6:1: api.username has no place in a file: set DMS_SYNC_USERNAME and DMS_SYNC_PASSWORD, or name files that hold them in api.username_file and api.password_file
  dms-sync.toml:7:11: api.timeout must be a duration from 1ms to 1h, e.g. "250ms", "30s", "5m", "7d", not 30
  dms-sync.toml:10:16: api.validate_vin must be true or false, not "yes"
  dms-sync.toml:12:9: api.paths.match must be a path that begins with / and continues base_url, with the placeholders {department}, not "match"
  dms-sync.toml:13:10: api.paths.linked has no placeholder {id}: it must be a path that begins with / and continues base_url, with the placeholders {department}, {entity}, {entityId}
  dms-sync.toml:14:11: api.paths.profile needs the placeholder {customerProfileViewRequestToken}
  dms-sync.toml:16:14: rate.per_second must be a whole number from 1 to 1000000, not 0
  dms-sync.toml:17:17: rate.max_in_flight must be a whole number from 1 to 1024, not 5000
  dms-sync.toml:18:9: rate.burst must be a whole number from 1 to 1000000, not a fraction
  dms-sync.toml:19:1: rate.timeout is no setting; did you mean api.timeout?
  dms-sync.toml:21:10: retry.settle must be a duration from 0s to 1h, e.g. "250ms", "30s", "5m", "7d", not "5 minutes"
  dms-sync.toml:22:16: retry.max_attempts must be a whole number from 1 to 100, not a number beyond 64 bits
  dms-sync.toml:23:2: rates is no setting; did you mean rate?
  dms-sync.toml:25:16: run.error_budget must be a whole number, or a percentage from "0%" to "1000%", not "half"
  dms-sync.toml:26:16: run.max_duration must be a duration from 1ms to 3650d, e.g. "250ms", "30s", "5m", "7d", or "", not "0s"
  dms-sync.toml:28:15: guard.max_creates must be a whole number, or a percentage from "0%" to "1000%", not -1
  dms-sync.toml:29:15: guard.max_blanked must be a whole number, or a percentage from "0%" to "1000%", not "2000%"
  dms-sync.toml:30:20: guard.empty_checkpoint must be "refuse" or "allow", not "maybe"
  dms-sync.toml:31:1: guard.breaker is no setting; legal here: min_customers, max_creates, max_updates, max_field_changes, max_blanked, max_rejected, max_missing, max_age, empty_checkpoint
  dms-sync.toml:33:7: report.dir must be a path, not []
  dms-sync.toml:35:8: department.name must be a name of lower-case letters, digits, - and _ (it names files), not "Spring Field"
  dms-sync.toml:36:9: department.token must be text without spaces or control characters
  dms-sync.toml:37:10: department.locale must be "en-us" or "fr-ca", or "", not "es-mx"
  dms-sync.toml:38:11: department.country must be a country of ISO 3166, two upper-case letters, e.g. "US" or "CA", or "", not "USA"
  dms-sync.toml:39:13: department.time_zone must be a time zone of the IANA database, e.g. "America/Chicago", or "UTC", not "America/Springfield"
  dms-sync.toml:40:10: department.export must be "full" or "delta", or "", not "weekly"
  dms-sync.toml:41:9: department.input must be a list of paths or patterns, e.g. ["exports/*.csv"], where "-" is standard input, not "exports/*.csv"
  dms-sync.toml:42:16: department.dealer_uuids must be a list of texts, e.g. ["a", "b"], not [1]
  dms-sync.toml:43:11: department.profile must be the name of a built-in profile, or a path that ends in .toml, not "x/y"
  dms-sync.toml:44:1: department.password has no place in a file: set DMS_SYNC_USERNAME and DMS_SYNC_PASSWORD, or name files that hold them in api.username_file and api.password_file
  dms-sync.toml:45:20: department.fields.lastname is no setting; did you mean department.fields.lastName?
  dms-sync.toml:48:9: department.fields.email.owner must be "dms" or "remote" or "fill", not "us"
  dms-sync.toml:49:1: department.fields.email.blanks is no setting; did you mean department.fields.email.blank?
  dms-sync.toml:51:16: department.consent.dms_is_newer must be true or false, not "true"
  dms-sync.toml:53:10: department.vehicles.absent must be "keep" or "disown", or "", not "drop"
"##);
}

#[test]
fn departments_are_held_against_each_other() {
    let text = r#"
[[department]]
name = "a"
token = "t1"
[[department]]
name = "a"
token = "t2"
country = "XX"
[[department]]
token = "t1"
[[department]]
name = "b"
token = ""
"#;
    insta::assert_snapshot!(fails(text), @r##"
5 problems in the configuration:
  dms-sync.toml:6:8: department.name is the same as on line 3: each department needs its own, for its checkpoint and its reports
  dms-sync.toml:8:11: department.country must be a country of ISO 3166, two upper-case letters, e.g. "US" or "CA", or "", not "XX"
  dms-sync.toml:9:1: department.name is missing: give every [[department]] a name of lower-case letters, digits, - and _ (it names files)
  dms-sync.toml:10:9: department.token is the same as on line 4: two departments under one token would overwrite each other's customers
  dms-sync.toml:13:9: department.token is missing: it is the department token (department UUID) that myKaarma hands out
"##);
}

#[test]
fn single_problems() {
    let texts = [
        String::new(),
        "department = 3".to_owned(),
        "department = [3]".to_owned(),
        "[department]\nname = \"a\"".to_owned(),
        minimal_and("rate = 3"),
        minimal_and("\"rate.per_second\" = 3"),
        minimal_and("[retry]\ninitial = \"1m\""),
        minimal_and("[retry]\nmax = \"1ms\""),
        minimal_and("[api]\nproxy = \"http://anna:hush@proxy.example.com\""),
        minimal_and("[api]\nbase_url = \"https://anna:hush@api.example.com\""),
        minimal_and("[api]\nusername_file = \"x\"\npassword_file = \"./x\""),
        minimal_and("[rate]\nzzz = 3"),
    ];
    let messages: Vec<_> = texts.iter().map(|text| fails(text)).collect();
    insta::assert_snapshot!(messages.join("\n"), @r##"
dms-sync.toml:1:1: department is missing: a configuration needs at least one [[department]] with a name and a token
dms-sync.toml:1:1: department must be written [[department]], in double brackets
dms-sync.toml:1:15: department must be a table
dms-sync.toml:1:2: department must be written [[department]], in double brackets
dms-sync.toml:1:8: rate must be a table, not 3
dms-sync.toml:1:1: "rate.per_second" is no setting; legal here: api, rate, retry, breaker, run, checkpoint, report, guard
dms-sync.toml:2:11: retry.initial is wrong: the first wait retry.initial is over the longest, retry.max
dms-sync.toml:2:7: retry.max is wrong: the first wait retry.initial is over the longest, retry.max
dms-sync.toml:2:9: api.proxy holds a password, which has no place in a file: set it in DMS_SYNC_API__PROXY
dms-sync.toml:2:12: api.base_url holds a username or password: set DMS_SYNC_USERNAME and DMS_SYNC_PASSWORD, or name files in api.username_file and api.password_file
dms-sync.toml:3:17: api.password_file is the same file as api.username_file; each holds one of the two
dms-sync.toml:2:1: rate.zzz is no setting; legal here: per_second, burst, max_in_flight, per_day
"##);
}

#[test]
fn broken_toml_is_named_by_line_and_never_quoted() {
    let text = "[rate]\nper_second = 0\nburst = 5s\n[[department]]\nname = \"a\"\ntoken = \"hush\n";
    let message = fails(text);
    assert!(!message.contains("hush"), "{message}");
    insta::assert_snapshot!(message, @r##"
3 problems in the configuration:
  dms-sync.toml:2:14: rate.per_second must be a whole number from 1 to 1000000, not 0
  dms-sync.toml:3:9: not TOML: string values must be quoted, expected literal string
  dms-sync.toml:6:14: not TOML: invalid basic string, expected `"`
"##);
    let message = load_with(b"[rate]\n# caf\xe9\n", &[]).unwrap_err();
    assert_eq!(message, "dms-sync.toml:2:1: not UTF-8: save the file as UTF-8");
    assert!(load_with(format!("\u{feff}{}", MINIMAL.replace('\n', "\r\n")), &[]).is_ok());
    assert!(load_with(vec![b'#'; 5 << 20], &[]).unwrap_err().contains("is larger than"));
}

#[test]
fn a_variable_that_means_nothing_is_a_problem() {
    let variables = [
        ("DMS_SYNC_RATE__PER_SECND", "5"),
        ("DMS_SYNC_RATE_PER_SECOND", "5"),
        ("DMS_SYNC_rate__per_second", "5"),
        ("DMS_SYNC_PASSWROD", "hush"),
        ("DMS_SYNC_DEPARTMENT__NAME", "a"),
        ("DMS_SYNC_X", "5"),
        ("DMS_SYNC_RATE__PER_SECOND", "fast"),
        ("DMS_SYNC_RATE__PER_SECOND", ""),
        ("DMS_SYNC_RATE__PER_SECOND", "0"),
        ("DMS_SYNC_RETRY__SETTLE", "5"),
        ("DMS_SYNC_API__PROXY", "hush"),
    ];
    let messages: Vec<_> = variables.iter().map(|pair| load_with(MINIMAL, &[*pair]).unwrap_err()).collect();
    insta::assert_snapshot!(messages.join("\n"), @r##"
DMS_SYNC_RATE__PER_SECND sets nothing; did you mean DMS_SYNC_RATE__PER_SECOND?
DMS_SYNC_RATE_PER_SECOND sets nothing; did you mean DMS_SYNC_RATE__PER_SECOND?
DMS_SYNC_rate__per_second sets nothing; did you mean DMS_SYNC_RATE__PER_SECOND?
DMS_SYNC_PASSWROD sets nothing; did you mean DMS_SYNC_PASSWORD?
DMS_SYNC_DEPARTMENT__NAME sets nothing: departments are set in the configuration file alone
DMS_SYNC_X sets nothing; a setting is DMS_SYNC_<TABLE>__<KEY>, with two underscores
DMS_SYNC_RATE__PER_SECOND must be a whole number from 1 to 1000000, not "fast"
DMS_SYNC_RATE__PER_SECOND must be a whole number from 1 to 1000000, not ""
DMS_SYNC_RATE__PER_SECOND must be a whole number from 1 to 1000000, not 0
DMS_SYNC_RETRY__SETTLE must be a duration from 0s to 1h, e.g. "250ms", "30s", "5m", "7d", not 5
DMS_SYNC_API__PROXY must be the http:// or https:// address of a proxy, or ""
"##);
}

#[test]
fn a_blind_replace_needs_the_word_that_the_dms_knows_better() {
    let replace = format!("{MINIMAL}merge = \"replace\"\n");
    let refused = fails(&replace);
    assert!(refused.starts_with("dms-sync.toml:4:9: department.merge is \"replace\""), "{refused}");
    assert!(refused.contains("dms_is_newer = true"), "it names the remedy: {refused}");
    assert_eq!(fails(&format!("{replace}[department.consent]\ndms_is_newer = false\n")), refused);
    assert!(load_with(format!("{replace}[department.consent]\ndms_is_newer = true\n"), &[]).is_ok());
    assert!(load_with(format!("{MINIMAL}merge = \"three-way\"\n"), &[]).is_ok());
}

#[test]
fn no_two_departments_share_a_checkpoint() {
    let text = format!("{MINIMAL}{}", MINIMAL.replace("springfield", "shelby").replace("0123", "4567"));
    let settings = parse(&text, Path::new("/etc")).unwrap();
    let files: BTreeSet<_> =
        settings.departments.iter().map(|department| settings.checkpoint_file(&department.name)).collect();
    assert_eq!(files.len(), settings.departments.len());
}
