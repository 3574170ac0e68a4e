//! One request over the wire: headers on, answer off, body read under the timeout and up to a limit. It reports what
//! it saw and decides nothing: no redirect is followed, nothing is repeated.

use std::error::Error as _;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Proxy, Response, redirect, retry};
use url::Url;

use super::classify::Content;
use super::config::{self, BuildError, ClientConfig, Reach};
use super::retry_after;

/// Longest body that is read. The largest answer is a hundred customers.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// Headers in which gateways name an answer, the most telling first.
const CORRELATION_HEADERS: [&str; 3] = ["x-kong-request-id", "x-correlation-id", "x-request-id"];

/// Ids of foreign making are cut to this many characters.
const MAX_CORRELATION_ID: usize = 128;

/// Sends requests.
pub(super) struct Transport {
    http: reqwest::Client,
    request_id_prefix: String,
    sent: AtomicU64,
}

/// A request, ready to be sent any number of times.
pub(super) struct Message<'a> {
    pub(super) method: Method,
    pub(super) url: Url,
    /// JSON.
    pub(super) body: Option<Vec<u8>>,
    /// The route's template, for the log: the URL itself may quote personal data.
    pub(super) route: &'a str,
}

/// What was seen of one request.
pub(super) struct Seen {
    pub(super) request_id: String,
    pub(super) answer: Result<Answer, Lost>,
}

/// An answer, its body as far as it could be read.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content: Content,
    pub(super) correlation_id: Option<String>,
    pub(super) retry_after: Option<std::time::Duration>,
    pub(super) body: Bytes,
}

/// A body as it came.
pub(super) enum Bytes {
    Whole(Vec<u8>),
    TooLong,
    Cut,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    NoConnection,
    NoTrust(&'static str),
    TimedOut,
    Broken,
}

impl Transport {
    pub(super) fn new(config: &ClientConfig) -> Result<Self, BuildError> {
        // An error means that someone installed a provider before us, which will do as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .default_headers(default_headers(config)?)
            .user_agent(header(&config.user_agent, "the user agent")?)
            .timeout(config.timeout)
            .connect_timeout(config.connect_timeout)
            // Gateways close idle connections after about a minute; a create on a dying one is a create in doubt.
            .pool_idle_timeout(std::time::Duration::from_secs(20))
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            .retry(retry::never());
        let builder = with_network(builder, config)?;
        let http = builder.build().map_err(|error| BuildError::Http(error.without_url()))?;
        let prefix = getrandom::u32().map_err(BuildError::Random)?;
        Ok(Self { http, request_id_prefix: format!("{prefix:08x}"), sent: AtomicU64::new(0) })
    }

    /// Sends the message once.
    pub(super) async fn send(&self, message: &Message<'_>) -> Seen {
        let request_id = format!("{}-{}", self.request_id_prefix, self.sent.fetch_add(1, Ordering::Relaxed));
        let started = Instant::now();
        let answer = self.exchange(message, &request_id).await;
        tracing::debug!(
            method = %message.method,
            route = message.route,
            status = answer.as_ref().ok().map(|answer| answer.status),
            lost = answer.as_ref().err().map(|lost| lost.code()),
            elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            request_id,
            "request"
        );
        Seen { request_id, answer }
    }

    async fn exchange(&self, message: &Message<'_>, request_id: &str) -> Result<Answer, Lost> {
        let mut request =
            self.http.request(message.method.clone(), message.url.clone()).header("x-request-id", request_id);
        if let Some(body) = &message.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = request.send().await.map_err(|error| Lost::from_error(&error))?;
        let headers = response.headers();
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        Ok(Answer {
            status: response.status().as_u16(),
            content: Content::from_header(text(CONTENT_TYPE)),
            correlation_id: correlation_id(headers),
            retry_after: retry_after::parse(text(RETRY_AFTER), text(DATE)),
            body: read_body(response).await,
        })
    }
}

fn header(text: &str, what: &'static str) -> Result<HeaderValue, BuildError> {
    HeaderValue::from_str(text).map_err(|_| BuildError::Header { what })
}

fn default_headers(config: &ClientConfig) -> Result<HeaderMap, BuildError> {
    let authorization = config.credentials.header().ok_or(BuildError::Header { what: "the account" })?;
    let accept = HeaderValue::from_static("application/json");
    Ok(HeaderMap::from_iter([(AUTHORIZATION, authorization), (reqwest::header::ACCEPT, accept)]))
}

/// Proxy and trust. A loopback host needs no proxy, and plain HTTP no certificates of the system.
fn with_network(
    mut builder: reqwest::ClientBuilder,
    config: &ClientConfig,
) -> Result<reqwest::ClientBuilder, BuildError> {
    let reach = config::check_base(&config.base_url)?;
    builder = match (&config.proxy, reach) {
        (_, Reach::Loopback) => builder.no_proxy(),
        (Some(proxy), Reach::Network) => {
            builder.proxy(Proxy::all(proxy.clone()).map_err(|_| BuildError::Proxy)?)
        }
        (None, Reach::Network) => builder,
    };
    if let Some(path) = &config.ca_file {
        builder = builder.tls_certs_merge(config::read_ca_file(path)?);
    }
    Ok(if config.base_url.scheme() == "http" { builder.tls_certs_only([]) } else { builder })
}

fn correlation_id(headers: &HeaderMap) -> Option<String> {
    let found = CORRELATION_HEADERS.iter().find_map(|name| headers.get(*name)?.to_str().ok());
    found.map(|id| id.chars().take(MAX_CORRELATION_ID).collect())
}

async fn read_body(mut response: Response) -> Bytes {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => return Bytes::TooLong,
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Bytes::Whole(body),
            Err(_) => return Bytes::Cut,
        }
    }
}

impl Lost {
    fn from_error(error: &reqwest::Error) -> Self {
        // First: a failed handshake is a connect error too, but no repetition cures it.
        if let Some(what) = distrust(error) {
            Self::NoTrust(what)
        } else if error.is_connect() || error.is_builder() {
            Self::NoConnection
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Broken
        }
    }

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NoConnection => "net.connect",
            Self::NoTrust(_) => "net.tls",
            Self::TimedOut => "net.timeout",
            Self::Broken => "net.reset",
        }
    }
}

/// The TLS failure in an error's chain that is about whom we talk to, in words.
fn distrust(error: &reqwest::Error) -> Option<&'static str> {
    if !error.is_connect() {
        return None;
    }
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return describe(tls);
        }
        // The source of an I/O error skips the error that it wraps.
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map_or_else(|| cause.source(), |wrapped| Some(wrapped));
    }
    None
}

fn describe(error: &rustls::Error) -> Option<&'static str> {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(Certificate::UnknownIssuer) => {
            Some("the certificate's issuer is not trusted")
        }
        rustls::Error::InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. }) => {
            Some("the certificate has expired")
        }
        rustls::Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => Some("the certificate is for another host"),
        rustls::Error::InvalidCertificate(_) => Some("the certificate is not valid"),
        rustls::Error::NoCertificatesPresented => Some("the other side shows no certificate"),
        rustls::Error::InvalidMessage(_) => Some("the other side does not speak TLS"),
        rustls::Error::PeerIncompatible(_) | rustls::Error::PeerMisbehaved(_) => {
            Some("the other side's TLS is too old or broken")
        }
        // Alerts and the like may pass.
        _ => None,
    }
}
