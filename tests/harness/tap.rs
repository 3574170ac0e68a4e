//! [`Tap`]: stands between a client and the sandbox and keeps every request and answer, bodies and all. It changes
//! nothing on the way.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, header};

/// One request and its answer.
#[derive(Clone)]
pub(crate) struct Exchange {
    pub(crate) method: String,
    /// Behind the API's base, still encoded.
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) request: Bytes,
    pub(crate) status: u16,
    pub(crate) response: Bytes,
}

/// A server on a port of its own that forwards to another.
pub(crate) struct Tap {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

#[derive(Clone)]
struct Wire {
    upstream: String,
    client: reqwest::Client,
    seen: Arc<Mutex<Vec<Exchange>>>,
}

impl Tap {
    /// Listens until the runtime ends and forwards to `upstream`, an API's base without a slash at its end.
    pub(crate) async fn before(upstream: String) -> Self {
        // Another test of the process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build().unwrap();
        let seen = Arc::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let wire = Wire { upstream, client, seen: Arc::clone(&seen) };
        let app = Router::new().fallback(forward).with_state(wire);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, seen }
    }

    /// Everything so far, forgotten with that.
    pub(crate) fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }
}

async fn forward(State(wire): State<Wire>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let request = to_bytes(body, usize::MAX).await.unwrap();
    let url = format!("{}{}", wire.upstream, parts.uri.path_and_query().unwrap());
    let query = reqwest::Url::parse(&url).unwrap().query_pairs().into_owned().collect();
    let mut sent = wire.client.request(parts.method.clone(), url).body(request.clone());
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE, header::USER_AGENT, header::ACCEPT] {
        if let Some(value) = parts.headers.get(&name) {
            sent = sent.header(name, value);
        }
    }
    let answer = sent.send().await.unwrap();
    let status = answer.status();
    let kind = answer.headers().get(header::CONTENT_TYPE).cloned();
    let response = answer.bytes().await.unwrap();
    wire.seen.lock().unwrap().push(Exchange {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query,
        request,
        status: status.as_u16(),
        response: response.clone(),
    });
    let mut builder = Response::builder().status(status);
    if let Some(kind) = kind {
        builder = builder.header(header::CONTENT_TYPE, kind);
    }
    builder.body(Body::from(response)).unwrap()
}
