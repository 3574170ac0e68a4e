//! A server of a few lines: reads one request per turn, remembers it, and writes back exactly the bytes that a script
//! returns. It knows nothing of the API; that is the sandbox's business.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Method and target.
    pub(super) line: String,
    /// Header values by lower-case name.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

/// What the server does with a request.
pub(super) enum Reaction {
    /// Writes these bytes and goes on.
    Write(Vec<u8>),
    /// Writes these bytes and closes.
    WriteAndClose(Vec<u8>),
    /// Says nothing and keeps the connection.
    Silence,
}

/// A running server; it ends with the test's runtime.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(super) async fn start(script: impl Fn(&Request) -> Reaction + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/base/v2", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (script, seen) = (Arc::new(script), Arc::clone(&requests));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&seen)));
            }
        });
        Self { url, requests }
    }

    /// Always the same answer.
    pub(super) async fn answering(status: u16, headers: &str, body: &str) -> Self {
        let bytes = response(status, headers, body);
        Self::start(move |_| Reaction::Write(bytes.clone())).await
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// An HTTP answer; `headers` are whole lines without their ends, separated by `|`.
pub(super) fn response(status: u16, headers: &str, body: &str) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} X\r\n");
    if !matches!(status, 204 | 304) {
        write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
    }
    for line in headers.split('|').filter(|line| !line.is_empty()) {
        write!(head, "{line}\r\n").unwrap();
    }
    format!("{head}\r\n{body}").into_bytes()
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<impl Fn(&Request) -> Reaction>,
    seen: Arc<Mutex<Vec<Request>>>,
) {
    let mut buffer = Vec::new();
    while let Some(request) = next_request(&mut stream, &mut buffer).await {
        let reaction = script(&request);
        seen.lock().unwrap().push(request);
        match reaction {
            Reaction::Write(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
            Reaction::WriteAndClose(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                return;
            }
            Reaction::Silence => std::future::pending().await,
        }
    }
}

async fn next_request(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Request> {
    loop {
        if let Some((request, length)) = parse(buffer) {
            buffer.drain(..length);
            return Some(request);
        }
        if stream.read_buf(buffer).await.ok()? == 0 {
            return None;
        }
    }
}

fn parse(bytes: &[u8]) -> Option<(Request, usize)> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, rest) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let body = rest.get(..length)?.to_owned();
    Some((Request { line, headers, body }, head.len() + 4 + length))
}
