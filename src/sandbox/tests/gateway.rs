//! What is refused before the remote is asked, and what becomes of wrong paths.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::super::{Clock, Departments, RateLimit, Sandbox, SandboxError, SandboxOptions};
use super::{Bench, person};

#[tokio::test]
async fn only_the_account_gets_in_and_only_to_its_departments() {
    let only = Departments::Only(BTreeSet::from(["d1".to_owned()]));
    let bench = Bench::start(SandboxOptions { departments: only, ..SandboxOptions::default() }).await;
    let url = format!("{}/department/d1/customer/x", bench.sandbox.base_url());
    for request in [bench.client.get(&url), bench.client.get(&url).basic_auth("sandbox", Some("wrong"))] {
        let got = Bench::send(request).await.unwrap();
        assert_eq!((got.status, got.json()), (401, json!({ "message": "Unauthorized" })));
        assert!(got.header("www-authenticate").starts_with("Basic"));
    }
    assert_eq!(bench.get("d1/customer/x").await.status, 200);
    let got = bench.get("d2/customer/x").await;
    assert_eq!((got.status, got.json()), (403, json!({ "message": "ApiScope does not exist" })));
    let statuses: Vec<_> = bench.sandbox.model().journal().iter().map(|entry| entry.status).collect();
    assert_eq!(statuses, [Some(401), Some(401), Some(200), Some(403)]);
}

#[tokio::test]
async fn a_wrong_route_is_a_login_page() {
    let bench = Bench::start(SandboxOptions::default()).await;
    for (method, path) in
        [(Method::GET, "d1/customers"), (Method::DELETE, "d1/customer/x"), (Method::GET, "d1")]
    {
        let got = Bench::send(bench.request(method, path)).await.unwrap();
        assert_eq!((got.status, got.header("content-type")), (200, "text/html; charset=utf-8"));
        assert!(got.body.contains("<html>"), "{}", got.body);
    }
    assert!(bench.sandbox.model().journal().iter().all(|entry| entry.route == "unknown"));
}

#[tokio::test]
async fn the_bucket_empties_and_says_when_it_fills() {
    let clock = Clock::manual();
    let limit = Some(RateLimit { per_second: 0.5, burst: 2 });
    let options = SandboxOptions { limit, clock: clock.clone(), ..SandboxOptions::default() };
    let bench = Bench::start(options).await;
    for expected in [200, 200, 429] {
        assert_eq!(bench.get("d1/customer/x").await.status, expected);
    }
    let got = bench.try_create("k1").await.unwrap();
    assert_eq!((got.status, got.header("retry-after")), (429, "2"));
    assert_eq!(got.json(), json!({ "message": "API rate limit exceeded" }));
    assert!(!bench.exists("k1"));
    clock.advance(Duration::from_secs(2));
    assert_eq!(bench.try_create("k1").await.unwrap().status, 200);
}

#[tokio::test]
async fn every_answer_carries_a_correlation_id_that_the_journal_knows() {
    let bench = Bench::start(SandboxOptions::default()).await;
    let request = bench.request(Method::POST, "d1/customer/").header("x-request-id", "r-1");
    let got = Bench::send(request.json(&person("k1"))).await.unwrap();
    let entry = bench.sandbox.model().journal().pop().unwrap();
    assert_eq!(entry.correlation_id, got.header("x-kong-request-id"));
    assert_eq!(entry.correlation_id.len(), 32);
    assert_eq!(entry.request_id.as_deref(), Some("r-1"));
    assert_eq!((entry.route.as_str(), entry.applied, entry.body_valid), ("create", true, Some(true)));
    assert_eq!(entry.customer_uuid.as_deref(), got.json()["customerUuid"].as_str());
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused() {
    let open = SandboxOptions { listen: "0.0.0.0:0".parse().unwrap(), ..SandboxOptions::default() };
    let named = SandboxOptions { credentials: ("a:b".into(), "c".into()), ..SandboxOptions::default() };
    let limit = Some(RateLimit { per_second: 0.0, burst: 1 });
    let limited = SandboxOptions { limit, ..SandboxOptions::default() };
    assert!(matches!(Sandbox::start(open).await, Err(SandboxError::NotLoopback(_))));
    assert!(matches!(Sandbox::start(named).await, Err(SandboxError::UserName)));
    assert!(matches!(Sandbox::start(limited).await, Err(SandboxError::Limit)));
}

#[tokio::test]
async fn bodies_must_be_json_and_not_huge() {
    let bench = Bench::start(SandboxOptions::default()).await;
    let text = bench.request(Method::POST, "d1/customer").body(person("k1").to_string());
    assert_eq!(Bench::send(text).await.unwrap().status, 415);
    let huge = bench.request(Method::POST, "d1/customer").json(&"x".repeat(5 << 20));
    // The gateway may hang up while the body is still on its way.
    assert!(Bench::send(huge).await.map_or(true, |got| got.status == 413));
    assert!(bench.sandbox.model().dump().departments.is_empty());
}
