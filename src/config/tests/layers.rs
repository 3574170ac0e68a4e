//! Which layer is over which, where a path begins, where the file is looked for, what flags and the profile add.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;

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
fn what_is_overridden_is_judged_all_the_same() {
    let message = load_with(minimal_and("[rate]\nburst = 0"), &[("DMS_SYNC_RATE__BURST", "5")]).unwrap_err();
    assert_eq!(message, "dms-sync.toml:2:9: rate.burst must be a whole number from 1 to 1000000, not 0");
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
