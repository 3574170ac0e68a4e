//! Every kind of fault, as a client sees it, and what the write became.

use std::io::{ErrorKind, Write as _};
use std::time::{Duration, Instant};

use reqwest::Method;

use super::super::{BodyKind, Effect, Fault, Faults, RouteName, SandboxOptions};
use super::{Bench, Got};

async fn bench(fault: Fault) -> Bench {
    Bench::start(SandboxOptions { faults: Faults::none().with(fault), ..SandboxOptions::default() }).await
}

/// Plays the fault on a create, before and after the write; both must look the same to the client.
async fn both(effect: Effect, look: impl Fn(&Result<Got, reqwest::Error>)) {
    for (fault, applied) in
        [(Fault::new(effect.clone()), false), (Fault::new(effect.clone()).after_applied(), true)]
    {
        let bench = bench(fault.on(RouteName::Create).times(1)).await;
        look(&bench.try_create("k1").await);
        assert_eq!(bench.exists("k1"), applied, "{effect:?}");
        let journal = bench.sandbox.model().journal();
        let [entry] = &journal[..] else { panic!("{journal:?}") };
        assert_eq!((entry.applied, entry.body_valid), (applied, Some(true)));
        assert!(entry.fault.is_some() && entry.customer_key.as_deref() == Some("k1"));
        bench.create("k2").await;
    }
}

#[tokio::test]
async fn statuses_come_in_every_body() {
    for (body, kind, start) in [
        (BodyKind::Envelope, "application/json", "{\"errors\":[{"),
        (BodyKind::Gateway, "application/json", "{\"message\":\"Service Unavailable\"}"),
        (BodyKind::Html, "text/html", "<html>"),
        (BodyKind::Empty, "", ""),
        (BodyKind::InvalidJson, "application/json", "{\"errors\": [{\"errorC"),
        (BodyKind::WrongContentType, "text/plain", "{\"errors\":[{"),
    ] {
        let retry_after = Some("Wed, 21 Oct 2026 07:28:00 GMT".to_owned());
        both(Effect::Status { status: 503, body, retry_after: retry_after.clone() }, |got| {
            let got = got.as_ref().unwrap();
            assert_eq!((got.status, got.header("content-type")), (503, kind));
            assert_eq!(Some(got.header("retry-after")), retry_after.as_deref());
            assert!(got.body.starts_with(start) && got.body.is_empty() == start.is_empty(), "{}", got.body);
        })
        .await;
    }
}

#[tokio::test]
async fn answers_that_lie() {
    both(Effect::Errors { code: 777 }, |got| {
        let got = got.as_ref().unwrap();
        assert_eq!((got.status, got.errors()), (200, vec![777]));
    })
    .await;
    both(Effect::Html, |got| {
        let got = got.as_ref().unwrap();
        assert_eq!((got.status, got.header("content-type")), (200, "text/html; charset=utf-8"));
    })
    .await;
    both(Effect::Redirect { status: 307, location: "http://127.0.0.1:9/".into() }, |got| {
        let got = got.as_ref().unwrap();
        assert_eq!((got.status, got.header("location")), (307, "http://127.0.0.1:9/"));
    })
    .await;
}

fn cause(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[tokio::test]
async fn connections_break_without_an_answer() {
    both(Effect::Reset, |got| {
        let error = cause(got.as_ref().unwrap_err());
        assert!(error.contains("reset"), "{error}");
    })
    .await;
    both(Effect::Refuse, |got| {
        let error = cause(got.as_ref().unwrap_err());
        assert!(!error.contains("reset"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_refusal_without_a_filter_turns_connections_away() {
    let bench = bench(Fault::new(Effect::Refuse).times(2)).await;
    bench.try_create("k1").await.unwrap_err();
    bench.try_create("k2").await.unwrap_err();
    bench.create("k3").await;
    assert_eq!(bench.sandbox.model().journal().len(), 1);
    assert_eq!(bench.sandbox.model().dump().departments["d1"].len(), 1);
}

#[tokio::test]
async fn a_cut_body_is_shorter_than_it_says() {
    for keep in [0, 5, 1_000_000] {
        let bench = bench(Fault::new(Effect::Cut { keep }).on(RouteName::Create).times(1)).await;
        let request = bench.request(Method::POST, "d1/customer").json(&super::person("k1"));
        let mut response = request.send().await.unwrap();
        let declared = response.content_length().unwrap();
        let mut arrived = 0;
        let end = loop {
            match response.chunk().await {
                Ok(Some(bytes)) => arrived += bytes.len(),
                other => break other,
            }
        };
        assert!(end.is_err(), "{end:?}");
        assert_eq!(arrived as u64, (keep as u64).min(declared - 1));
        assert!(bench.exists("k1"));
        bench.create("k2").await;
    }
}

#[tokio::test]
async fn a_hang_lasts_until_the_client_gives_up() {
    let patience = Duration::from_millis(250);
    for (fault, applied) in
        [(Fault::new(Effect::Hang), false), (Fault::new(Effect::Hang).after_applied(), true)]
    {
        let bench = bench(fault.times(1)).await;
        let request = bench.request(Method::POST, "d1/customer").json(&super::person("k1"));
        assert!(Bench::send(request.timeout(patience)).await.unwrap_err().is_timeout());
        assert_eq!(bench.exists("k1"), applied);
        bench.create("k2").await;
        // The hung request's line appears when the server notices that its client is gone.
        let deadline = Instant::now() + Duration::from_secs(5);
        while bench.sandbox.model().journal().len() < 2 && Instant::now() < deadline {
            tokio::task::yield_now().await;
        }
        let journal = bench.sandbox.model().journal();
        let hung = journal.iter().find(|entry| entry.fault.is_some()).unwrap();
        assert_eq!((hung.status, hung.applied), (None, applied));
    }
}

#[tokio::test]
async fn a_stop_does_not_wait_for_hangs_and_delays() {
    for fault in
        [Fault::new(Effect::Hang), Fault { delay: Duration::from_secs(3600), ..Fault::new(Effect::Delay) }]
    {
        let bench = bench(fault).await;
        let client = bench.request(Method::GET, "d1/customer/x").send();
        let model = bench.sandbox.model();
        let stop = async {
            while model.faults_played() == 0 {
                tokio::task::yield_now().await;
            }
            let start = Instant::now();
            bench.sandbox.stop().await;
            start.elapsed()
        };
        let (_, took) = tokio::join!(client, stop);
        assert!(took < Duration::from_secs(1), "{took:?}");
    }
}

#[tokio::test]
async fn dropping_the_sandbox_breaks_its_connections() {
    let bench = bench(Fault::new(Effect::Hang)).await;
    let hung = tokio::spawn(bench.request(Method::GET, "d1/customer/x").send());
    let model = bench.sandbox.model();
    while model.faults_played() == 0 {
        tokio::task::yield_now().await;
    }
    let mut half = std::net::TcpStream::connect(bench.sandbox.addr()).unwrap();
    let head = "POST /customer/v2/department/d1/customer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\
                Authorization: Basic c2FuZGJveDpzYW5kYm94\r\n\r\n";
    half.write_all(head.as_bytes()).unwrap();
    half.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    while model.connections() < 2 {
        tokio::task::yield_now().await;
    }
    drop(bench);
    assert!(hung.await.unwrap().is_err());
    let end = tokio::task::spawn_blocking(move || std::io::Read::read(&mut half, &mut [0]));
    let end = end.await.unwrap();
    assert!(
        end.as_ref().is_ok_and(|read| *read == 0)
            || end.is_err_and(|it| it.kind() == ErrorKind::ConnectionReset)
    );
}

#[tokio::test]
async fn a_delay_delays_on_the_side_it_says() {
    let delay = Duration::from_millis(300);
    let slow = Fault { delay, ..Fault::new(Effect::Delay) };
    for (fault, applied) in [(slow.clone(), false), (slow.clone().after_applied(), true)] {
        let bench = bench(fault.times(2)).await;
        let start = Instant::now();
        bench.create("k1").await;
        assert!(start.elapsed() >= delay);
        let request = bench.request(Method::POST, "d1/customer").json(&super::person("k2"));
        Bench::send(request.timeout(delay / 2)).await.unwrap_err();
        assert_eq!(bench.exists("k2"), applied);
    }
}

#[tokio::test]
async fn a_huge_body_is_huge_and_still_right() {
    let bench = bench(Fault::new(Effect::Huge { bytes: 3 << 20 }).times(1)).await;
    let got = bench.try_create("k1").await.unwrap();
    assert_eq!(got.body.len(), 3 << 20);
    assert!(got.json()["customerUuid"].is_string());
}

#[tokio::test]
async fn a_fault_finds_a_customer_behind_its_uuid_and_its_search() {
    let bench = bench(Fault::status(500).for_key("k1")).await;
    let other = bench.create("k2").await;
    assert_eq!(bench.try_create("k1").await.unwrap().status, 500);
    let uuid = bench
        .sandbox
        .model()
        .seed("d1", super::super::Customer { customer_key: Some("k1".into()), ..Default::default() });
    let uuid = uuid.unwrap();
    assert_eq!(bench.get(&format!("d1/customer/{uuid}")).await.status, 500);
    assert_eq!(bench.get(&format!("d1/customer/{other}")).await.status, 200);
    let look = "d1/customer/listMinimal?fieldsToBeSearched=customerKey&searchTerm=";
    assert_eq!(bench.get(&format!("{look}k1")).await.status, 500);
    assert_eq!(bench.get(&format!("{look}k2")).await.status, 200);
}
