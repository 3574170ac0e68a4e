//! The embedded reference: every key, its default, the template that `init` writes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

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
