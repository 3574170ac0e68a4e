//! Nothing personal and no credential is logged or printed, by any command, at any level, in any format, in good nights
//! and bad ones: all that is no report, no checkpoint and not asked for on purpose is searched for every value of the
//! fixtures. And nobody else can read what is left behind.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use harness::needles::Needles;
use harness::{Export, PASSWORD, TOKEN, USERNAME, Workbench, mode, sample};

/// Columns whose values are personal, one by one or in part.
const PERSONAL: [&str; 11] = [
    "firstName",
    "lastName",
    "company",
    "addressLine1",
    "addressLine2",
    "homePhone",
    "workPhone",
    "cellPhone",
    "email",
    "vin",
    "licensePlate",
];

/// Values as the files have them, in the spellings that we make of them, and the credentials.
fn of_samples() -> Needles {
    let mut values = BTreeSet::new();
    for name in ["customers.csv", "next-day.csv", "messy.csv"] {
        let mut export = Export::parse(&sample(name));
        // Cut short, or shifted: its cells are not what their columns say.
        if name == "messy.csv" {
            export.drop_customer("70002").drop_customer("70003");
        }
        for value in export.values(&PERSONAL) {
            let value = value.trim().to_lowercase();
            let digits: String = value.chars().filter(char::is_ascii_digit).collect();
            if digits.len() >= 10 && !value.contains(char::is_alphabetic) {
                values.insert(digits[digits.len() - 10..].to_owned());
            }
            values.insert(value);
        }
    }
    // Words of our own.
    for word in ["unknown", "see notes"] {
        values.remove(word);
    }
    values.extend([USERNAME, PASSWORD, TOKEN].map(str::to_owned));
    // The header that is made of the two.
    let account = format!("{USERNAME}:{PASSWORD}");
    values.insert(base64::Engine::encode(&base64::engine::general_purpose::STANDARD, account));
    Needles::of(values)
}

#[track_caller]
fn absent(needles: &Needles, what: &str, text: &str) {
    assert_eq!(needles.find(text), None, "in {what}:\n{text}");
}

/// Runs a command, as loud as it gets and in every format of the log, and looks at all that it says. What is shown on
/// purpose is looked at where it should be masked.
#[track_caller]
fn run(needles: &Needles, bench: &Workbench, args: &[&str], codes: &[i32]) {
    for log in [&["-vvv"] as &[_], &["-vvv", "--log-format", "json"], &["-q"]] {
        let ran = bench.run(args.iter().chain(log));
        assert!(codes.contains(&ran.code), "{args:?}: {}\n{}{}", ran.code, ran.stdout, ran.stderr);
        absent(needles, &format!("{args:?} {log:?}"), &ran.stderr);
        if args[0] != "lookup" {
            absent(needles, &format!("stdout of {args:?}"), &ran.stdout);
        }
    }
    run_logs(needles, bench);
}

/// Every run's own log, and every file that is not an excerpt of the export.
#[track_caller]
fn run_logs(needles: &Needles, bench: &Workbench) {
    for dir in bench.runs() {
        for name in ["run.log", "summary.json", "results.csv", "warnings.csv"] {
            let text = fs::read_to_string(dir.join(name)).unwrap_or_default();
            absent(needles, name, &text);
        }
    }
    for name in ["state/springfield.lock", "state/requests-today.json"] {
        absent(needles, name, &fs::read_to_string(bench.path(name)).unwrap_or_default());
    }
}

/// Nobody else can read, or look into, anything below `dir`.
#[track_caller]
fn is_private(dir: &Path) {
    assert_eq!(mode(dir), 0o700, "{}", dir.display());
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        match fs::symlink_metadata(&path).unwrap().file_type() {
            kind if kind.is_dir() => is_private(&path),
            kind if kind.is_file() => assert_eq!(mode(&path), 0o600, "{}", path.display()),
            _ => {}
        }
    }
}

#[test]
fn the_search_would_find_something() {
    let needles = of_samples();
    assert!(needles.count() > 1500, "{}", needles.count());
    let text = String::from_utf8(sample("next-day.csv")).unwrap();
    let unseen = text.lines().skip(1).filter(|line| line.len() > 60 && needles.find(line).is_none()).count();
    assert_eq!(unseen, 0, "rows in which nothing would be found");
    for shown in
        ["sent to (253) 555-0196.", "sent to +12535550196", "Elif LANGSTAFF,", "user=svc-harness-user"]
    {
        assert!(needles.find(shown).is_some(), "{shown}");
    }
}

#[test]
fn a_good_night() {
    let needles = of_samples();
    let mut bench = Workbench::new();
    bench.set("rate.per_day", 100_000);
    bench.sample("customers.csv");
    bench.run_after("umask 0", &["sync"]).expect(0);
    run(&needles, &bench, &["sync"], &[0]);
    bench.sample("next-day.csv");
    for format in ["text", "json", "csv", "html"] {
        run(&needles, &bench, &["diff", "--format", format], &[0]);
        run(&needles, &bench, &["diff", "--format", format, "--summary-only", "--output", "plan.out"], &[0]);
        absent(&needles, format, &fs::read_to_string(bench.path("plan.out")).unwrap());
    }
    run(&needles, &bench, &["sync", "--dry-run"], &[0]);
    run(&needles, &bench, &["sync"], &[0]);
    run(&needles, &bench, &["retry"], &[0]);
    for command in [&["status"] as &[_], &["status", "--json"], &["check"], &["check", "--format", "json"]] {
        run(&needles, &bench, command, &[0]);
    }
    run(&needles, &bench, &["config", "show", "--origin"], &[0]);
    let uuid = bench.customer("109353").customer_uuid;
    run(&needles, &bench, &["lookup", "customer", &uuid], &[0]);
    run(&needles, &bench, &["lookup", "match", "109353"], &[0]);
    run(&needles, &bench, &["lookup", "search", "Bellweather"], &[0]);
    run(&needles, &bench, &["checkpoint", "backup", "copy.sqlite"], &[0]);
    run(&needles, &bench, &["checkpoint", "restore", "copy.sqlite"], &[0]);
    // What a run leaves, for the owner alone, whatever the umask.
    is_private(&bench.path("state"));
    is_private(&bench.path("reports"));
    for file in ["copy.sqlite", "plan.out"] {
        assert_eq!(mode(&bench.path(file)), 0o600, "{file}");
    }
    assert_eq!(
        fs::read_dir(bench.path("tmp")).unwrap().count(),
        0,
        "nothing is left in the temporary directory"
    );
}

#[test]
fn a_file_that_is_looked_at() {
    let needles = of_samples();
    let bench = Workbench::new();
    for name in ["customers.csv", "messy.csv"] {
        bench.sample(name);
        for format in ["text", "json"] {
            let check = ["check", "--offline", "--input", "export.csv", "--format", format];
            run(&needles, &bench, &check, &[0, 3]);
        }
        let proposed = bench.run(["profile", "init", "export.csv"]).expect(0);
        absent(&needles, "a proposed profile", &proposed.stdout);
        absent(&needles, "a proposed profile", &proposed.stderr);
    }
}

#[test]
fn a_messy_file() {
    let needles = of_samples();
    let mut bench = Workbench::new();
    bench.sample("messy.csv");
    run(&needles, &bench, &["sync"], &[4]);
    bench.set("guard.max_rejected", "100%");
    run(&needles, &bench, &["sync"], &[3]);
    run(&needles, &bench, &["retry"], &[3]);
    run(&needles, &bench, &["status", "--json"], &[0]);
    for format in ["text", "json", "csv", "html"] {
        run(&needles, &bench, &["diff", "--format", format], &[3]);
    }
    // Read as a file of another layout: a header that is a customer.
    let text = String::from_utf8(sample("messy.csv")).unwrap();
    bench.write("export.csv", text.split_once('\n').unwrap().1);
    let ran = bench.run(["sync", "-vvv"]).expect(4);
    absent(&needles, "a customer for a header", &ran.stderr);
    run_logs(&needles, &bench);
}

#[test]
fn bad_nights() {
    let needles = of_samples();
    let faults = [
        "status = 400\nbody = \"envelope\"",
        "status = 500\nbody = \"html\"",
        "effect = \"errors\"",
        "effect = \"html\"",
        "effect = \"cut\"",
        "effect = \"redirect\"\nlocation = \"https://login.example.com/\"",
        "effect = \"reset\"\nwhen = \"after\"",
        "status = 401\nbody = \"gateway\"",
        "status = 403\nbody = \"gateway\"",
        "status = 429",
        "status = 200\nbody = \"invalid_json\"",
    ];
    for (n, fault) in faults.into_iter().enumerate() {
        let mut bench = Workbench::new();
        bench.set("retry.max_attempts", 2).set("retry.settle", "1ms").set("breaker.consecutive", 3);
        bench.faults(&format!("[[fault]]\nafter = 5\n{fault}"));
        bench.sample("customers.csv");
        let format = if n % 2 == 0 { "text" } else { "json" };
        let ran = bench.run(["sync", "-vvv", "--log-format", format]);
        assert!(matches!(ran.code, 3 | 5), "{fault}: {}\n{}", ran.code, ran.stderr);
        absent(&needles, fault, &ran.stderr);
        absent(&needles, fault, &ran.stdout);
        run_logs(&needles, &bench);
    }
}

#[test]
fn a_refusal_that_quotes_what_was_sent() {
    // The sandbox's own refusals name fields and values, as the real ones may.
    let needles = of_samples();
    let bench = Workbench::new();
    bench.sample("customers.csv");
    for key in ["109353", "102839", "105167"] {
        let taken = dms_sync::sandbox::Customer {
            customer_key: Some(key.into()),
            first_name: Some("Oswin".into()),
            last_name: Some("Threlkeld".into()),
            ..Default::default()
        };
        bench.model().seed(TOKEN, taken).unwrap();
    }
    run(&needles, &bench, &["sync"], &[3]);
}

/// What an unkind remote answers with: all that it was sent, wherever there is a place for it.
async fn echo(request: axum::extract::Request) -> axum::http::Response<axum::body::Body> {
    let (parts, body) = request.into_parts();
    let sent = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let sent = format!("{} {} {}", parts.method, parts.uri, String::from_utf8_lossy(&sent));
    let account =
        parts.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let error = serde_json::json!({
        "errorCode": 10_099, "errorTitle": sent, "errorMessage": format!("{sent} {account}"), "errorDescription": sent,
    });
    let words = sent.split(['"', ':']).find(|word| word.contains('@') || word.starts_with("+1"));
    let (status, kind, answer) = match sent.len() % 4 {
        0 => (500, "text/html", format!("<html>{sent} {account}</html>")),
        1 => (400, "text/plain", sent.clone()),
        _ => (
            400,
            "application/json",
            serde_json::json!({ "errors": [error], "warnings": [sent] }).to_string(),
        ),
    };
    axum::http::Response::builder()
        .status(status)
        .header("content-type", kind)
        .header("x-kong-request-id", words.unwrap_or(account))
        .header("www-authenticate", account)
        .header("server", account)
        .body(answer.into())
        .unwrap()
}

#[test]
fn a_remote_that_repeats_whatever_it_is_sent() {
    let needles = of_samples();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let url = runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = axum::Router::new().fallback(echo);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        url
    });
    let mut bench = Workbench::new();
    bench.set("api.base_url", url).set("retry.max_attempts", 2).set("retry.settle", "1ms");
    bench.set("run.error_budget", "100%").set("breaker.consecutive", 1000);
    bench.sample("customers.csv");
    for format in ["text", "json"] {
        let ran = bench.run(["sync", "-vvv", "--log-format", format]).expect(3);
        let run = bench.latest();
        assert!(run.count("failed") + run.count("in_doubt") > 250, "{}", run.counts());
        absent(&needles, "stderr", &ran.stderr);
        absent(&needles, "stdout", &ran.stdout);
        for name in ["run.log", "summary.json", "warnings.csv"] {
            absent(&needles, name, &fs::read_to_string(run.dir.join(name)).unwrap());
        }
        // The gateway's own id of a request is kept as it came; what was wrong is told in our words.
        for line in &run.errors {
            absent(&needles, "errors.csv", &format!("{} {}", line["error_message"], line["error_tip"]));
        }
    }
    for command in [
        &["status", "--json"] as &[_],
        &["check"],
        &["lookup", "customer", "u-1"],
        &["lookup", "match", "109353"],
        &["lookup", "search", "Bellweather"],
        &["retry"],
    ] {
        let ran = bench.run(command.iter().chain(&["-vvv"]));
        // Who searches for a name sees the name that was searched for in the shell, and nowhere else.
        absent(&needles, &format!("{command:?}"), &ran.stderr);
        absent(&needles, &format!("{command:?}"), &ran.stdout);
    }
}

#[test]
fn credentials_and_customers_keep_to_what_is_private() {
    let needles = of_samples();
    let mut bench = Workbench::new();
    bench.sample("customers.csv");
    // Every user of a machine sees the arguments of every process.
    for flag in ["--password", "--username", "--token"] {
        let ran = bench.run(["sync", flag, PASSWORD]).expect(2);
        absent(&needles, flag, &ran.stderr);
    }
    bench.set("api.base_url", "http://api.example.com/customer/v2");
    bench.sync(2).says(&["api.base_url", "https"]);
    bench.set("api.base_url", format!("https://{USERNAME}:{PASSWORD}@api.example.com/customer/v2"));
    let ran = bench.sync(2);
    absent(&needles, "an address with credentials", &ran.stderr);
    // A department that is set up wrong in other ways says so without its token.
    bench.set("api.base_url", "sandbox").set_department("tokken", TOKEN);
    let ran = bench.sync(2);
    absent(&needles, "a wrong setting", &ran.stderr);
}
