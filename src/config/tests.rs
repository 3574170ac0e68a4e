//! The room as a whole: defaults, layers, every refusal with its place, masking, arbitrary bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::domain::policy::*;
use crate::domain::{Field, Locale};

/// What every configuration needs.
const MINIMAL: &str = "[[department]]\nname = \"springfield\"\ntoken = \"0123456789abcdef0123\"\n";

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Loads `text` from a file dms-sync.toml in the working directory; messages name it without its directory.
fn load_with(text: impl AsRef<[u8]>, pairs: &[(&str, &str)]) -> Result<Settings, String> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("dms-sync.toml"), text).unwrap();
    let source = Source { env: env(pairs), cwd: dir.path().to_owned(), ..Source::default() };
    load(&source).map_err(|error| error.to_string())
}

fn minimal_and(rest: &str) -> String {
    format!("{rest}\n{MINIMAL}")
}

fn fails(text: &str) -> String {
    load_with(text, &[]).unwrap_err()
}

#[test]
fn the_defaults_are_those_of_the_design() {
    let settings = parse(MINIMAL, Path::new("/etc/dms")).unwrap();
    insta::assert_snapshot!(show(&settings, ShowOrigin::No), @r##"
[api]
base_url = "https://api.mykaarma.com/customer/v2"
username_file = ""
password_file = ""
timeout = "30s"
connect_timeout = "10s"
proxy = ""
ca_file = ""
update_method = "PUT"
validate_vin = true
search_for_duplicate = false

[api.paths]
match = "/department/{department}/customer/match"
linked = "/department/{department}/{entity}/{entityId}/customer"
profile = "/department/{department}/customerProfile/{customerProfileViewRequestToken}"

[rate]
per_second = 10
burst = 10
max_in_flight = 8
per_day = 0

[retry]
max_attempts = 5
initial = "500ms"
max = "30s"
max_elapsed = "5m"
retry_after_cap = "10m"
settle = "5s"
same_refusal = "7d"

[breaker]
consecutive = 20

[run]
drain = "20s"
max_duration = ""
error_budget = "50%"
fail_on = "any"

[checkpoint]
dir = "/etc/dms/state"

[report]
dir = "/etc/dms/reports"
keep = 30

[guard]
min_customers = 100
max_creates = "20%"
max_updates = "30%"
max_field_changes = "25%"
max_blanked = "5%"
max_rejected = "10%"
max_missing = "20%"
max_age = ""
empty_checkpoint = "refuse"

[[department]]
name = "springfield"
token = "****0123"
requester_user_uuid = ""
dealer_uuids = []
input = []
profile = "generic"
export = ""
source_id = ""
country = "US"
locale = "en-us"
time_zone = "America/Chicago"
merge = "three-way"
invalid_vin = "drop"
unknown_consent = "omit"
vanished = "hold"

[department.consent]
dms_is_newer = false

[department.vehicles]
absent = ""
"##);
}

#[test]
fn every_key_has_a_default_and_nothing_else_does() {
    let legal = load::legal();
    let mut problems = Vec::new();
    let layers =
        layer::read_file(reference(), &|_, _| Origin::Default, Path::new("/"), &legal, &mut problems);
    assert_eq!(problems, []);
    let stated: BTreeSet<_> = layers.shared.values.keys().collect();
    assert_eq!(stated, legal.shared.iter().collect(), "outside departments");
    let [department] = layers.departments.as_slice() else { panic!("one built-in department") };
    let stated: BTreeSet<_> = department.values.keys().collect();
    let expected = legal.department.iter().filter(|key| !key.starts_with("fields.")).collect();
    assert_eq!(stated, expected, "in a department");
    assert_eq!(
        legal.department.iter().filter(|key| key.starts_with("fields.")).count(),
        Field::ALL.len() * 2
    );
}

#[test]
fn the_commented_keys_of_the_reference_are_legal_and_say_the_default() {
    let mut text =
        reference().replace("name = \"\"", "name = \"a\"").replace("token = \"\"", "token = \"t\"");
    let without = parse(&text, Path::new("/")).unwrap();
    text = text.replace("\n#[", "\n[").replace("\n#owner", "\nowner").replace("\n#blank", "\nblank");
    let with = parse(&text, Path::new("/")).unwrap();
    let said = with.departments[0].fields.0.clone();
    assert_eq!(said, [(Field::LastName, FieldPolicy::default())].into());
    assert_eq!(with.departments[0].shape_fingerprint(), without.departments[0].shape_fingerprint());
}

#[test]
fn the_template_loads_once_it_is_filled_in() {
    let unfilled = fails(template());
    assert!(
        unfilled.contains("department.name is missing") && unfilled.contains("department.token is missing"),
        "{unfilled}"
    );
    let filled = template().replace("name = \"\"", "name = \"a\"").replace("token = \"\"", "token = \"t\"");
    let settings = load_with(filled.replace("\n#username_file", "\nusername_file"), &[]).unwrap();
    assert_eq!(settings.departments[0].input.len(), 1);
    assert!(settings.api.username_file.is_some());
}

#[test]
fn the_sandbox_runs_from_the_root_of_the_project() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = Some(PathBuf::from("config/sandbox.toml"));
    let settings = load(&Source { path, cwd: root.to_owned(), ..Source::default() }).unwrap();
    assert_eq!(settings.api.base_url, BaseUrl::Sandbox);
    let [department] = settings.departments.as_slice() else { panic!("one department") };
    assert_eq!((department.name.as_str(), department.profile.as_str()), ("springfield", "generic"));
    assert_eq!(department.input, [Input::Path(root.join("samples/generic/customers.csv"))]);
    assert_eq!(settings.checkpoint_file(&department.name), root.join("state/springfield.sqlite"));
    assert_eq!(settings.report_dir(&department.name), root.join("reports/springfield"));
    assert_eq!(settings.guard.empty_checkpoint, EmptyCheckpoint::Allow);
    assert_eq!(settings.retry.settle, Duration::from_secs(1));
    // About 300 customers: a few seconds, and an ordinary next day passes.
    assert!((50..=200).contains(&settings.rate.per_second));
    assert!(!settings.guard.max_updates.exceeded(30, 300) && !settings.guard.max_missing.exceeded(3, 300));
}

#[test]
fn each_layer_is_over_the_one_before() {
    let text = minimal_and("[rate]\nper_second = 20\nburst = 7\n[report]\ndir = \"out\"");
    let settings = load_with(
        &text,
        &[
            ("DMS_SYNC_RATE__PER_SECOND", "5"),
            ("DMS_SYNC_RETRY__MAX", "\"45s\""),
            ("DMS_SYNC_RETRY__SETTLE", "3s"),
            ("DMS_SYNC_API__VALIDATE_VIN", "false"),
            ("DMS_SYNC_API__PATHS__LINKED", "/d/{department}/{entity}/{entityId}"),
            ("DMS_SYNC_GUARD__MAX_CREATES", "12"),
            ("DMS_SYNC_GUARD__MAX_UPDATES", "12%"),
            ("DMS_SYNC_CHECKPOINT__DIR", "mem"),
            ("DMS_SYNC_USERNAME", "anna"),
            ("DMS_SYNC_PASSWORD", "hush"),
            ("DMS_SYNC_LOG", "debug"),
            ("DMS_SYNCH", "not ours"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!((settings.rate.per_second, settings.rate.burst, settings.rate.max_in_flight), (5, 7, 8));
    assert_eq!(settings.retry.max, Duration::from_secs(45));
    assert_eq!(settings.retry.settle, Duration::from_secs(3));
    assert!(!settings.api.validate_vin);
    assert_eq!(settings.api.paths.linked, "/d/{department}/{entity}/{entityId}");
    assert_eq!(
        (settings.guard.max_creates, settings.guard.max_updates),
        (Limit::Count(12), Limit::Percent(12.0))
    );
    let dir = settings.file.parent().unwrap();
    assert_eq!(
        (settings.checkpoint.dir.clone(), settings.report.dir.clone()),
        (dir.join("mem"), dir.join("out"))
    );
}

#[test]
fn paths_begin_where_they_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let (conf, cwd) = (dir.path().join("conf"), dir.path().join("cwd"));
    std::fs::create_dir_all(&conf).unwrap();
    std::fs::create_dir_all(&cwd).unwrap();
    let rest = "input = [\"x/*.csv\", \"-\", \"/abs.csv\"]\nprofile = \"own.toml\"\n";
    std::fs::write(conf.join("a.toml"), format!("{MINIMAL}{rest}")).unwrap();
    let env = env(&[("DMS_SYNC_REPORT__DIR", "out")]);
    let source = Source { path: Some("../conf/a.toml".into()), env, cwd: cwd.clone(), user_config_dir: None };
    let mut settings = load(&source).unwrap();
    assert_eq!(settings.file, conf.join("a.toml"));
    assert_eq!(
        settings.checkpoint.dir,
        conf.join("state"),
        "a default begins at the file: cron has another cwd"
    );
    assert_eq!(settings.report.dir, cwd.join("out"));
    let inputs = [Input::Path(conf.join("x/*.csv")), Input::Stdin, Input::Path("/abs.csv".into())];
    assert_eq!(settings.departments[0].input, inputs);
    assert_eq!(Path::new(&settings.departments[0].profile), conf.join("own.toml"));
    let overrides = Overrides { inputs: vec!["y.csv".into(), "-".into()], ..Overrides::default() };
    settings.apply(&overrides, &cwd).unwrap();
    assert_eq!(settings.departments[0].input, [Input::Path(cwd.join("y.csv")), Input::Stdin]);
}

#[test]
fn the_file_is_looked_for_in_order() {
    let dir = tempfile::tempdir().unwrap();
    let (cwd, own) = (dir.path().join("cwd"), dir.path().join("own"));
    std::fs::create_dir_all(own.join("dms-sync")).unwrap();
    std::fs::create_dir_all(&cwd).unwrap();
    let mut source = Source { cwd: cwd.clone(), user_config_dir: Some(own.clone()), ..Source::default() };
    let named = |source: &Source| load(source).map(|settings| settings.file);
    let message = named(&source).unwrap_err().to_string().replace(dir.path().to_str().unwrap(), "");
    insta::assert_snapshot!(message, @r##"
no configuration file: looked for /cwd/dms-sync.toml, /own/dms-sync/dms-sync.toml; `dms-sync init` writes a first one, or name one with --config
"##);
    for path in [
        own.join("dms-sync/dms-sync.toml"),
        cwd.join("dms-sync.toml"),
        cwd.join("env.toml"),
        cwd.join("flag.toml"),
    ] {
        std::fs::write(&path, MINIMAL).unwrap();
        if path.ends_with("env.toml") {
            source.env = env(&[("DMS_SYNC_CONFIG", "env.toml")]);
        }
        if path.ends_with("flag.toml") {
            source.path = Some("flag.toml".into());
        }
        assert_eq!(named(&source).unwrap(), path);
    }
    source.path = Some("missing.toml".into());
    let message = named(&source).unwrap_err().to_string();
    assert!(
        message.starts_with("cannot read the configuration file") && message.contains("missing.toml"),
        "{message}"
    );
}

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
fn what_is_overridden_is_judged_all_the_same() {
    let message = load_with(minimal_and("[rate]\nburst = 0"), &[("DMS_SYNC_RATE__BURST", "5")]).unwrap_err();
    assert_eq!(message, "dms-sync.toml:2:9: rate.burst must be a whole number from 1 to 1000000, not 0");
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
fn flags_have_the_last_word() {
    let text = format!("{MINIMAL}{}", MINIMAL.replace("springfield", "shelby").replace("0123", "4567"));
    let load = || parse(&text, Path::new("/etc")).unwrap();
    let apply = |settings: &mut Settings, departments: &[&str], inputs: &[&str]| {
        let departments = departments.iter().map(|name| (*name).to_owned()).collect();
        let inputs = inputs.iter().map(PathBuf::from).collect();
        let overrides = Overrides { departments, inputs, max_duration: Some(Duration::from_secs(60)) };
        settings.apply(&overrides, Path::new("/srv")).map_err(|error| error.to_string())
    };
    let mut settings = load();
    apply(&mut settings, &["shelby"], &["a.csv"]).unwrap();
    assert_eq!(settings.departments.len(), 1);
    assert_eq!(settings.departments[0].input, [Input::Path("/srv/a.csv".into())]);
    assert_eq!(settings.run.max_duration, Some(Duration::from_secs(60)));
    assert!(settings.require_inputs().is_ok());
    let shown = show(&settings, ShowOrigin::Yes);
    assert!(shown.contains("# from --input") && shown.contains("# from --max-duration"), "{shown}");
    for (departments, inputs, message) in [
        (&["shelbi"][..], &[][..], "--department: no department is named \"shelbi\"; did you mean shelby?"),
        (&["x"], &["a.csv"], "--department: no department is named \"x\"; there are: springfield, shelby"),
        (&[], &["a.csv"], "--input: whose file is it? name one of 2 departments with --department"),
    ] {
        assert_eq!(apply(&mut load(), departments, inputs).unwrap_err(), message);
    }
    let message = load().require_inputs().unwrap_err().to_string();
    insta::assert_snapshot!(message, @r##"
2 problems in the configuration:
  dms-sync.toml:2:8: department.input of springfield is missing: say where its export is, or use --input
  dms-sync.toml:5:8: department.input of shelby is missing: say where its export is, or use --input
"##);
}

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
fn what_the_profile_says_counts_where_the_department_is_silent() {
    let rest = "country = \"CA\"\nlocale = \"fr-ca\"\n[department.consent]\ndms_is_newer = true\n";
    let silent = parse(&format!("{MINIMAL}{rest}"), Path::new("/")).unwrap();
    let policies = silent.departments[0].policies(ExportKind::Delta, AbsentVehicle::Disown);
    assert_eq!((policies.export, policies.absent_vehicle), (ExportKind::Delta, AbsentVehicle::Disown));
    assert_eq!(policies.consent, ConsentAuthority::DmsIsNewer);
    assert_eq!(policies.defaults, Defaults { locale: Some(Locale::FrCa), country: Some("CA".to_owned()) });
    let rest = "export = \"full\"\nlocale = \"\"\n[department.vehicles]\nabsent = \"keep\"\n[department.fields.city]\nowner = \"fill\"";
    let said = parse(&format!("{MINIMAL}{rest}"), Path::new("/")).unwrap();
    let policies = said.departments[0].policies(ExportKind::Delta, AbsentVehicle::Disown);
    assert_eq!((policies.export, policies.absent_vehicle), (ExportKind::Full, AbsentVehicle::Keep));
    assert_eq!((policies.owner(Field::City), policies.blank(Field::City)), (Owner::Fill, BlankPolicy::Keep));
    assert_eq!((policies.defaults.locale, policies.consent), (None, ConsentAuthority::OptOutSticks));
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

#[test]
fn no_two_departments_share_a_checkpoint() {
    let text = format!("{MINIMAL}{}", MINIMAL.replace("springfield", "shelby").replace("0123", "4567"));
    let settings = parse(&text, Path::new("/etc")).unwrap();
    let files: BTreeSet<_> =
        settings.departments.iter().map(|department| settings.checkpoint_file(&department.name)).collect();
    assert_eq!(files.len(), settings.departments.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_bytes_panic(bytes: Vec<u8>) {
        let _ = load_with(bytes, &[]);
    }

    /// Text that is nearly a configuration gets further in.
    #[test]
    fn no_text_panics(
        lines in proptest::collection::vec(
            prop_oneof![
                "\\[{1,2}(api|rate|guard|department|department.fields|x)\\]{1,2}",
                "(name|token|per_second|base_url|max_age|input|fields.email.owner|owner|é) = (\"\\PC{0,9}\"|[0-9]{1,20}|true|\\[\\]|\\{\\}|\\[\"-\"\\]|\\PC{0,5})",
                "\\PC{0,20}",
            ],
            0..12,
        ),
        value in "\\PC{0,12}",
    ) {
        let text = lines.join("\n");
        if let Err(ConfigError::Invalid(problems)) = parse(&text, Path::new("/")) {
            prop_assert!(!problems.is_empty());
            prop_assert!(!ConfigError::Invalid(problems).to_string().is_empty());
        }
        let legal = load::legal();
        for key in &legal.shared {
            let mut problems = Vec::new();
            let env = env(&[(&environment::variable(key), &value)]);
            let layer = environment::read(&env, Path::new("/"), &legal.shared, &mut problems);
            prop_assert_eq!(layer.values.len(), 1);
        }
    }

    #[test]
    fn deep_and_long_keys_do_not_overflow(depth in 1usize..20_000) {
        let _ = parse(&"a.".repeat(depth), Path::new("/"));
        let _ = parse(&format!("a = {}", "[".repeat(depth)), Path::new("/"));
        let _ = parse(&format!("{}x = 1", "a.".repeat(depth)), Path::new("/"));
    }
}
