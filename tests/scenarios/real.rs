//! The real driver: the program itself, over real sockets, at a sandbox that misbehaves. Times are real and short.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;

use dms_sync::sandbox::Faults;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use toml::Value;

use super::harness::astray::{by_key, sent_again};
use super::harness::export::people;
use super::harness::{PASSWORD, RunFiles, Workbench};
use super::sheet::{Account, Door, Ran, Sheet, data};

/// Plays a scenario: the run, and the next one at a healthy server. What holds of all of them is checked here.
pub(crate) fn play(sheet: &Sheet) -> (Ran, Ran, usize) {
    let mut bench = Workbench::new();
    bench.set("guard.min_customers", 1_000_000);
    for (table, settings) in &sheet.settings {
        for (key, value) in settings.as_table().unwrap() {
            bench.set(&format!("{table}.{key}"), value.clone());
        }
    }
    if sheet.updates > 0 {
        bench.export(&people(sheet.updates)).sync(0);
    }
    let mut export = people(sheet.customers());
    for n in 1..=sheet.updates {
        export.set(&format!("c{n:04}"), "city", "Salem");
    }
    bench.export(&export);
    bench.model().set_faults(sheet.server.faults());
    if sheet.server.account == Account::Unknown {
        bench.env("DMS_SYNC_PASSWORD", Some("pw-of-last-year"));
    }
    stand_before(&mut bench, sheet.server.door);
    let ran = night(&bench);
    bench.model().set_faults(Faults::none());
    bench.env("DMS_SYNC_PASSWORD", Some(PASSWORD));
    let url = bench.url();
    bench.set("api.base_url", url);
    let next = night(&bench);
    judge(&bench);
    (ran, next, bench.remote().len())
}

/// One run.
fn night(bench: &Workbench) -> Ran {
    let sync = bench.run(["sync"]);
    let exit = u8::try_from(sync.code).unwrap();
    let run: RunFiles = bench.latest();
    assert_eq!(run.summary["exit"]["code"], exit);
    let undone = run.results.iter().filter(|line| line["outcome"] != "not_attempted");
    let codes: BTreeSet<String> = undone.map(|line| line["code"].clone()).collect();
    let count = |outcome| run.count(outcome) as u64;
    let requests = |what: &str| run.summary["requests"][what].as_u64().unwrap();
    Ran {
        exit,
        codes: codes.into_iter().filter(|code| !code.is_empty()).collect(),
        created: count("created"),
        updated: count("updated"),
        unchanged: count("unchanged"),
        failed: count("failed"),
        in_doubt: count("in_doubt"),
        not_attempted: count("not_attempted"),
        requests: requests("total"),
        retries: requests("retries"),
        seconds: 0,
        stderr: sync.stderr,
    }
}

/// Nobody is there twice or was sent twice.
fn judge(bench: &Workbench) {
    by_key(bench.remote());
    assert_eq!(sent_again(&bench.journal()), None, "sent twice");
}

/// Puts the door where the program will knock.
fn stand_before(bench: &mut Workbench, door: Door) {
    let certificate = match door {
        Door::Open => return,
        Door::Closed => {
            let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            bench.set("api.base_url", format!("http://{closed}/customer/v2"));
            return;
        }
        Door::SelfSigned => "loopback.cert.pem",
        Door::WrongHost => "wrong-host.cert.pem",
        Door::Expired => "expired.cert.pem",
    };
    let trusted = if door == Door::SelfSigned { "other.cert.pem" } else { certificate };
    bench.set("api.ca_file", Value::String(data("tls").join(trusted).display().to_string()));
    bench.set("api.base_url", format!("{}/customer/v2", serve(certificate)));
}

/// A server that speaks TLS and would answer 204; it ends with the process.
fn serve(certificate: &str) -> String {
    // Another scenario may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificate = CertificateDer::from_pem_file(data("tls").join(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(data("tls").join("loopback.key.pem")).unwrap();
    let config =
        ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let (listener, config) = (TcpListener::bind("127.0.0.1:0").unwrap(), Arc::new(config));
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for socket in listener.incoming() {
            let mut stream =
                StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), socket.unwrap());
            // A client that does not trust us ends the handshake; that is what is looked at.
            if stream.read(&mut [0; 4096]).is_ok() {
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
            }
        }
    });
    url
}
