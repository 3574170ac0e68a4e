//! What outlives the process: the state file and the journal file.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use reqwest::Method;
use serde_json::json;

use super::super::{Customer, Effect, Fault, Faults, RouteName, Sandbox, SandboxError, SandboxOptions};
use super::{Bench, person};

fn kept(path: &Path) -> SandboxOptions {
    SandboxOptions { state_file: Some(path.to_owned()), ..SandboxOptions::default() }
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.ndjson");
    let lost = Fault::new(Effect::Reset).on(RouteName::Create).for_key("k3").after_applied();
    let bench = Bench::start(SandboxOptions { faults: Faults::none().with(lost), ..kept(&path) }).await;
    let uuid = bench.create("k1").await;
    let gone = bench.create("k2").await;
    bench.try_create("k3").await.unwrap_err();
    let put = bench.request(Method::PUT, &format!("d1/customer/{uuid}"));
    Bench::send(put.json(&json!({ "customer": { "lastName": "Changed" } }))).await.unwrap();
    bench.sandbox.model().edit("d1", &uuid, |customer| customer.company = Some("Acme".into())).unwrap();
    bench.sandbox.model().remove("d1", &gone).unwrap();
    let before = bench.sandbox.model().dump();
    assert_eq!(before.departments["d1"].len(), 2);
    drop(bench);

    let bench = Bench::start(kept(&path)).await;
    assert!(bench.sandbox.model().dump() == before);
    assert_eq!((bench.sandbox.recovery().torn, bench.sandbox.recovery().lines), (false, 7));
    let fresh = bench.create("k4").await;
    assert_ne!(fresh, gone);
    let before = bench.sandbox.model().dump();
    let newest = bench.create("k5").await;
    bench.sandbox.model().remove("d1", &newest).unwrap();
    bench.sandbox.stop().await;
    Bench::start(kept(&path)).await.sandbox.stop().await;

    let bench = Bench::start(kept(&path)).await;
    assert!(bench.sandbox.model().dump() == before);
    assert_ne!(bench.create("k5").await, newest, "an identity that is gone never comes back");
    assert_eq!(bench.sandbox.recovery().lines, 4, "one line per customer and the first, after compaction");
    assert_eq!(bench.try_create("k1").await.unwrap().status, 400);
}

/// Where the killed process finds its state file; without it this is no test.
const STATE: &str = "DMS_SYNC_TEST_SANDBOX_STATE";

#[tokio::test]
async fn serves_until_killed() {
    let Some(path) = std::env::var_os(STATE) else { return };
    let sandbox = Sandbox::start(kept(Path::new(&path))).await.unwrap();
    println!("\nbase_url={}", sandbox.base_url());
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_process_loses_nothing_that_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.ndjson");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "sandbox::tests::persistence::serves_until_killed", "--nocapture"])
        .env(STATE, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let base = lines.find_map(|line| line.strip_prefix("base_url=").map(str::to_owned)).unwrap();

    let bench = Bench::start(SandboxOptions::default()).await;
    let mut answered = Vec::new();
    for number in 0.. {
        if number == 50 {
            child.kill().unwrap();
        }
        let key = format!("k{number}");
        let request = bench.client.post(format!("{base}/department/d1/customer"));
        let request = request.basic_auth("sandbox", Some("sandbox")).json(&person(&key));
        match Bench::send(request).await {
            Ok(got) => answered.push((key, got.json()["customerUuid"].as_str().unwrap().to_owned())),
            Err(_) => break,
        }
    }
    child.wait().unwrap();
    assert!(answered.len() >= 50);

    let bench = Bench::start(kept(&path)).await;
    for (key, uuid) in answered {
        let customer = bench.sandbox.model().customer_by_key("d1", &key).unwrap();
        assert_eq!(customer.customer_uuid, uuid);
    }
}

#[tokio::test]
async fn an_emptied_remote_does_not_reuse_identities() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.ndjson");
    let bench = Bench::start(kept(&path)).await;
    let gone = bench.create("k1").await;
    bench.sandbox.model().remove("d1", &gone).unwrap();
    drop(bench);
    Bench::start(kept(&path)).await.sandbox.stop().await;
    let bench = Bench::start(kept(&path)).await;
    assert_ne!(bench.create("k1").await, gone);
}

#[tokio::test]
async fn several_records_of_one_key_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.ndjson");
    let bench = Bench::start(kept(&path)).await;
    let old = |first: &str| Customer {
        customer_key: Some("k1".into()),
        first_name: Some(first.into()),
        last_name: Some("Example".into()),
        ..Customer::default()
    };
    let model = bench.sandbox.model();
    let (ada, grace) = (model.seed("d1", old("Ada")).unwrap(), model.seed("d1", old("Grace")).unwrap());
    let before = model.dump();
    bench.sandbox.stop().await;

    let bench = Bench::start(kept(&path)).await;
    let model = bench.sandbox.model();
    assert!(model.dump() == before);
    assert_eq!(bench.try_create("k1").await.unwrap().status, 400);
    model.remove("d1", &ada).unwrap();
    assert_eq!(model.customer_by_key("d1", "k1").unwrap().customer_uuid, grace);
}

#[tokio::test]
async fn a_torn_last_line_is_forgotten_and_a_damaged_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.ndjson");
    let bench = Bench::start(kept(&path)).await;
    bench.create("k1").await;
    bench.sandbox.stop().await;
    let append =
        |text: &str| fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(text.as_bytes());
    append("{\"op\":\"put\",\"depart").unwrap();

    let bench = Bench::start(kept(&path)).await;
    assert!(bench.sandbox.recovery().torn);
    assert!(bench.exists("k1"));
    bench.sandbox.stop().await;
    append("{\"op\":\"put\"}\n").unwrap();
    let refused = Sandbox::start(kept(&path)).await.err().unwrap();
    assert!(matches!(refused, SandboxError::StateDamaged { line: 3, .. }), "{refused}");
}

#[tokio::test]
async fn a_state_file_serves_one_sandbox_and_its_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.ndjson");
    let bench = Bench::start(kept(&path)).await;
    bench.create("k1").await;
    assert!(matches!(Sandbox::start(kept(&path)).await, Err(SandboxError::StateInUse(_))));
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
    let missing = kept(&folder.path().join("missing/state.ndjson"));
    assert!(matches!(Sandbox::start(missing).await, Err(SandboxError::State { .. })));
}

#[tokio::test]
async fn the_journal_file_is_live_and_names_no_person() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.ndjson");
    let bench =
        Bench::start(SandboxOptions { journal_file: Some(path.clone()), ..SandboxOptions::default() }).await;
    let uuid = bench.create("k1").await;
    bench.get("d1/customer/list?searchTerm=2125550123").await;
    bench.get("d1/customer/listMinimal?searchTerm=ada@example.com").await;
    let mut bad = person("k2");
    bad["customer"]["firstName"] = json!(["Ada"]);
    Bench::send(bench.request(Method::POST, "d1/customer").json(&bad)).await.unwrap();
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!((&lines[0]["customer_key"], &lines[0]["customer_uuid"]), (&json!("k1"), &json!(uuid)));
    assert_eq!((&lines[3]["customer_key"], &lines[3]["body_valid"]), (&json!("k2"), &json!(false)));
    for private in ["Ada", "ada", "Example", "2125550123", "1M8GDM9AXKP042788"] {
        assert!(!text.contains(private), "{private}");
    }
    assert!(!format!("{:?}", bench.sandbox.model().dump()).contains("Ada"));
}
