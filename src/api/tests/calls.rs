//! What each operation sends, and what its answers become.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::wire::{
    CustomerWrite, MatchRequest, MinimalField, MinimalQuery, SaveCustomerRequest, SearchPreference,
    SearchQuery,
};
use super::super::{
    Allowance, Cause, Client, ClientConfig, Failure, RetryPolicy, Stopper, UpdateMethod, Vehicles,
    warning_codes,
};
use super::server::{Reaction, Server, response};
use super::{client, open_gate, quick};

const JSON: &str = "Content-Type: application/json;charset=UTF-8";

fn ana() -> SaveCustomerRequest {
    let customer = CustomerWrite { first_name: Some("Ana".to_owned()), ..CustomerWrite::default() };
    SaveCustomerRequest { customer, ..SaveCustomerRequest::default() }
}

#[tokio::test]
async fn every_operation_has_its_method_path_and_query() {
    let server = Server::answering(200, JSON, "{}").await;
    let put = client(&server.url);
    let post = ClientConfig { update_method: UpdateMethod::Post, ..quick(&format!("{}/", server.url)) };
    let post = Client::new(post, open_gate()).unwrap();
    put.create("d", &ana()).await.unwrap();
    put.update("d/1", "-a/b%c", &ana()).await.unwrap();
    post.update("d", "u", &ana()).await.unwrap();
    put.read("d", "u", Vehicles::Include).await.unwrap();
    put.read("d", "u", Vehicles::Exclude).await.unwrap();
    let term = "a b&c+1".to_owned();
    let query = SearchQuery { term, preference: Some(SearchPreference::Vehicle), max_results: Some(9) };
    put.search("d", &query).await.unwrap();
    put.search_minimal("d", &MinimalQuery { term: "C1".to_owned(), ..MinimalQuery::default() })
        .await
        .unwrap();
    let fields = vec![MinimalField::CustomerKey, MinimalField::Communication];
    let query = MinimalQuery { term: "C1".to_owned(), fields, max_results: Some(100) };
    put.search_minimal("d", &query).await.unwrap();
    put.matching("d", &MatchRequest::default()).await.unwrap();
    put.linked("d", "order", 7).await.unwrap();
    put.profile("d", "t").await.unwrap();
    let lines: Vec<_> = server.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(
        lines,
        [
            "POST /base/v2/department/d/customer",
            "PUT /base/v2/department/d%2F1/customer/-a%2Fb%25c",
            "POST /base/v2/department/d/customer/u",
            "GET /base/v2/department/d/customer/u?excludeVehicles=false",
            "GET /base/v2/department/d/customer/u?excludeVehicles=true",
            "GET /base/v2/department/d/customer/list?searchTerm=a+b%26c%2B1&searchPreference=vehicle&maxResults=9",
            "GET /base/v2/department/d/customer/listMinimal?searchTerm=C1",
            "GET /base/v2/department/d/customer/listMinimal?searchTerm=C1\
             &fieldsToBeSearched=customerKey%2Ccommunications.commValue&maxResults=100",
            "POST /base/v2/department/d/customer/match",
            "GET /base/v2/department/d/order/7/customer",
            "GET /base/v2/department/d/customerProfile/t",
        ]
    );
}

#[tokio::test]
async fn every_request_says_who_we_are_and_has_an_id_of_its_own() {
    let server = Server::answering(503, "X-Kong-Request-Id: kong-1|X-Request-Id: theirs", "").await;
    let error = client(&server.url).update("d", "u", &ana()).await.unwrap_err();
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    for request in &requests {
        assert_eq!(request.headers["authorization"], "Basic dXNlcjpzZWNyZXQtd29yZA==");
        assert_eq!(request.headers["content-type"], "application/json");
        assert_eq!(request.headers["accept"], "application/json");
        assert_eq!(request.headers["user-agent"], "test/1");
        assert_eq!(request.body, r#"{"customer":{"firstName":"Ana"}}"#);
    }
    let mut ids: Vec<_> = requests.iter().map(|request| request.headers["x-request-id"].clone()).collect();
    assert_eq!(error.trace.request_id.as_ref(), ids.last());
    assert_eq!(error.trace.correlation_id.as_deref(), Some("kong-1"));
    assert_eq!((error.trace.attempts, error.trace.http_status), (3, Some(503)));
    assert_eq!(error.failure, Failure::Exhausted { cause: Cause::Status(503) });
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn an_answer_brings_its_body_and_its_warnings() {
    let body = json!({"customerUuid": "-x", "customerId": 7, "errors": [],
        "warnings": [{"warningCode": 10005, "warningTitle": "DELETED_ALL_PHONE_NUMBERS"}]});
    let server = Server::answering(200, JSON, &body.to_string()).await;
    let reply = client(&server.url).create("d", &ana()).await.unwrap();
    assert_eq!(reply.body.customer_uuid.as_deref(), Some("-x"));
    assert_eq!(reply.body.customer_id.as_deref(), Some("7"));
    assert!(reply.has_warning(warning_codes::DELETED_ALL_PHONE_NUMBERS));
    assert!(!reply.has_warning(warning_codes::NO_CUSTOMER_FOUND));
}

#[tokio::test]
async fn errors_in_a_200_are_a_refusal() {
    let body = json!({"customerUuid": "x", "errors": [{"errorCode": 42, "errorMessage": "Ana exists"}]});
    let server = Server::answering(200, JSON, &body.to_string()).await;
    let error = client(&server.url).create("d", &ana()).await.unwrap_err();
    assert_eq!((error.failure.code().as_str(), error.trace.attempts), ("api.42", 1));
    assert!(!format!("{error} {error:?}").contains("Ana"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let target = Server::answering(200, JSON, "{}").await;
    let server = Server::answering(302, &format!("Location: {}", target.url), "").await;
    let error = client(&server.url).read("d", "u", Vehicles::Include).await.unwrap_err();
    assert!(matches!(error.failure, Failure::WrongHost { .. }), "{error:?}");
    assert_eq!((server.requests().len(), target.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_its_end() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(9 * 1024 * 1024));
    let server = Server::answering(200, JSON, &long).await;
    let error = client(&server.url).create("d", &ana()).await.unwrap_err();
    assert_eq!(error.failure, Failure::InDoubt { cause: Cause::Unreadable });
}

#[tokio::test]
async fn no_answer_in_time_leaves_a_create_in_doubt_and_is_retried_otherwise() {
    let server = Server::start(|request| {
        if request.line.starts_with("GET") {
            // The head in time, the body never.
            Reaction::Write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec())
        } else {
            Reaction::Silence
        }
    })
    .await;
    let config = ClientConfig { timeout: Duration::from_millis(300), ..quick(&server.url) };
    let client = Client::new(config, open_gate()).unwrap();
    let (created, updated, read) = tokio::join!(
        async { client.create("d", &ana()).await.unwrap_err() },
        async { client.update("d", "u", &ana()).await.unwrap_err() },
        async { client.read("d", "u", Vehicles::Include).await.unwrap_err() },
    );
    assert_eq!((created.failure, created.trace.attempts), (Failure::InDoubt { cause: Cause::Timeout }, 1));
    assert_eq!((updated.failure, updated.trace.attempts), (Failure::Exhausted { cause: Cause::Timeout }, 3));
    assert_eq!((read.failure, read.trace.attempts), (Failure::Exhausted { cause: Cause::Cut }, 3));
    let stats = client.stats();
    assert_eq!((stats.total, stats.retries, stats.throttled), (7, 4, 0));
    assert_eq!((stats.by_status["net.timeout"], stats.by_status["200"]), (4, 3));
}

#[tokio::test]
async fn without_a_connection_even_a_create_is_sent_again() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = client(&format!("http://{closed}")).create("d", &ana()).await.unwrap_err();
    assert_eq!((error.failure, error.trace.attempts), (Failure::Exhausted { cause: Cause::Connect }, 3));
}

#[tokio::test]
async fn a_429_is_waited_out_and_sent_again() {
    let count = AtomicUsize::new(0);
    let server = Server::start(move |_| match count.fetch_add(1, Ordering::Relaxed) {
        0 => Reaction::Write(response(429, "Retry-After: 1", "")),
        _ => Reaction::Write(response(200, JSON, "{}")),
    })
    .await;
    let client = client(&server.url);
    let start = Instant::now();
    let reply = client.create("d", &ana()).await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(reply.trace.attempts, 2);
    let stats = client.stats();
    assert_eq!((stats.total, stats.retries, stats.throttled), (2, 1, 1));
}

#[tokio::test]
async fn a_stopped_client_awaits_what_is_on_the_wire_and_sends_no_more() {
    let stopper = Stopper::new();
    let throws = stopper.clone();
    let server = Server::start(move |_| {
        throws.stop();
        Reaction::Write(response(503, "", ""))
    })
    .await;
    let hours = Duration::from_secs(36_000);
    let retry = RetryPolicy { initial: hours, max: hours, max_elapsed: 9 * hours, ..RetryPolicy::default() };
    let free = Client::new(ClientConfig { retry, ..quick(&server.url) }, open_gate()).unwrap();
    // The switch holds however the client is narrowed further.
    let client = free.stopped_by(&stopper).limited_by(&Allowance::new(9)).stopped_by(&Stopper::new());
    let first = client.update("d", "u", &ana()).await.unwrap_err();
    assert_eq!(first.failure, Failure::NotSent { cause: Some(Cause::Status(503)) });
    assert_eq!((first.trace.attempts, first.trace.http_status), (1, Some(503)));
    let second = client.create("d", &ana()).await.unwrap_err();
    assert_eq!(second.failure, Failure::NotSent { cause: None });
    assert_eq!((second.trace.attempts, second.trace.request_id), (0, None));
    assert_eq!((server.requests().len(), free.stats().total), (1, 1));
    // A create that is in doubt was not about to be sent again: it stays in doubt, and the other client is free.
    let other = free.create("d", &ana()).await.unwrap_err();
    assert_eq!(other.failure, Failure::InDoubt { cause: Cause::Status(503) });
    assert_eq!(client.stats().total, 2);
}

#[tokio::test]
async fn a_limited_client_sends_exactly_what_it_may() {
    let server = Server::answering(503, "", "").await;
    let allowance = Allowance::new(5);
    let client = client(&server.url).limited_by(&allowance);
    let update = async || client.update("d", "u", &ana()).await.unwrap_err();
    let (exhausted, cut, unsent) = (update().await, update().await, update().await);
    let cause = Cause::Status(503);
    assert_eq!((exhausted.failure, exhausted.trace.attempts), (Failure::Exhausted { cause }, 3));
    assert_eq!((cut.failure, cut.trace.attempts), (Failure::NotSent { cause: Some(cause) }, 2));
    assert_eq!((unsent.failure, unsent.trace.attempts), (Failure::NotSent { cause: None }, 0));
    assert!(allowance.is_spent());
    assert_eq!((server.requests().len(), client.stats().total), (5, 5));
}

#[tokio::test]
async fn an_id_that_cannot_be_addressed_is_refused_unsent() {
    let server = Server::answering(200, JSON, "{}").await;
    let error = client(&server.url).read("d", "..", Vehicles::Include).await.unwrap_err();
    assert_eq!(error.failure.code(), "api.ID_NOT_A_PATH_SEGMENT");
    assert_eq!((error.trace.attempts, server.requests().len()), (0, 0));
}

#[test]
fn debug_shows_no_secret() {
    let config = quick("http://127.0.0.1:9");
    let shown = format!("{config:?} {:?}", client("http://127.0.0.1:9"));
    assert!(!shown.contains("secret-word") && !shown.contains("user\""), "{shown}");
}

#[tokio::test]
async fn calls_can_be_spawned() {
    let server = Server::answering(204, "", "").await;
    let client = client(&server.url);
    let reply = tokio::spawn(async move { client.update("d", "u", &ana()).await }).await.unwrap().unwrap();
    assert_eq!(reply.body.customer_uuid, None);
}
