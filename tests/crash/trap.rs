//! [`Trap`]: stands between the binary and the sandbox, counts requests, and kills the binary at the one it was set on.

use std::process::Child;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};

/// Where a request stands when its sender is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It has arrived, and goes no further.
    Arrived,
    /// The remote has done what it asks, and the answer does not leave.
    Applied,
    /// The answer has left so long ago.
    Answered(Duration),
}

/// Whom to kill, and when.
struct Prey {
    child: Arc<Mutex<Child>>,
    /// Requests that pass before it.
    left: u64,
    phase: Phase,
}

/// A server on a port of its own that forwards to another.
pub(crate) struct Trap {
    pub(crate) url: String,
    prey: Arc<Mutex<Option<Prey>>>,
}

#[derive(Clone)]
struct Wire {
    upstream: String,
    client: reqwest::Client,
    prey: Arc<Mutex<Option<Prey>>>,
}

impl Trap {
    /// Listens until the runtime ends and forwards to `upstream`, an API's base without a slash at its end.
    pub(crate) async fn before(upstream: String) -> Self {
        // Another test of the process may have been first.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().retry(reqwest::retry::never()).build().unwrap();
        let prey = Arc::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(pass).with_state(Wire { upstream, client, prey: Arc::clone(&prey) });
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, prey }
    }

    /// Kills `child` at its `nth` request, counted from 1.
    pub(crate) fn set(&self, child: &Arc<Mutex<Child>>, nth: u64, phase: Phase) {
        let child = Arc::clone(child);
        *self.prey.lock().unwrap() = Some(Prey { child, left: nth - 1, phase });
    }

    /// Lets everything pass.
    pub(crate) fn open(&self) {
        *self.prey.lock().unwrap() = None;
    }
}

impl Wire {
    /// The prey, where this is its request.
    fn spring(&self) -> Option<Prey> {
        let mut prey = self.prey.lock().unwrap();
        match prey.as_mut()?.left.checked_sub(1) {
            Some(left) => {
                prey.as_mut()?.left = left;
                None
            }
            None => prey.take(),
        }
    }
}

fn kill(child: &Arc<Mutex<Child>>) {
    // One that has ended by itself is beyond harm.
    let _ = child.lock().unwrap().kill();
}

async fn pass(State(wire): State<Wire>, request: Request) -> Response<Body> {
    let prey = wire.spring();
    let nothing = || Response::builder().status(StatusCode::BAD_GATEWAY).body(Body::empty()).unwrap();
    if let Some(Prey { child, phase: Phase::Arrived, .. }) = &prey {
        kill(child);
        return nothing();
    }
    let answer = forward(&wire, request).await;
    match prey {
        Some(Prey { child, phase: Phase::Answered(after), .. }) => {
            std::thread::spawn(move || {
                std::thread::sleep(after);
                kill(&child);
            });
        }
        Some(Prey { child, .. }) => {
            kill(&child);
            return nothing();
        }
        None => {}
    }
    answer
}

async fn forward(wire: &Wire, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let url = format!("{}{}", wire.upstream, parts.uri.path_and_query().unwrap());
    let mut sent = wire.client.request(parts.method, url).body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT] {
        if let Some(value) = parts.headers.get(&name) {
            sent = sent.header(name, value);
        }
    }
    let answer = sent.send().await.unwrap();
    let mut builder = Response::builder().status(answer.status());
    if let Some(kind) = answer.headers().get(header::CONTENT_TYPE) {
        builder = builder.header(header::CONTENT_TYPE, kind.clone());
    }
    builder.body(Body::from(answer.bytes().await.unwrap())).unwrap()
}
