//! One request and what was seen of it: headers on, answer off. It reports what it saw and decides nothing; who carries
//! it over is [`super::carrier`]'s part, what it means [`super::classify`]'s.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use reqwest::Method;
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use url::Url;

use super::carrier::{Carried, Carrier, Lost, Parcel, Received};
use super::classify::Content;
use super::config::{BuildError, ClientConfig};
use super::retry_after;
use super::sockets::{MAX_BODY, Sockets};

/// Headers in which gateways name an answer, the most telling first.
const CORRELATION_HEADERS: [&str; 3] = ["x-kong-request-id", "x-correlation-id", "x-request-id"];

/// The longest id of foreign making that is kept.
const MAX_CORRELATION_ID: usize = 128;

/// Sends requests.
pub(super) struct Transport {
    carrier: Arc<dyn Carrier>,
    /// Of every request.
    headers: HeaderMap,
    request_id_prefix: String,
    sent: AtomicU64,
}

/// A request, ready to be sent any number of times.
#[derive(Clone)]
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
    pub(super) body: Received,
}

impl Transport {
    /// Over the network.
    pub(super) fn new(config: &ClientConfig) -> Result<Self, BuildError> {
        Self::over(config, Arc::new(Sockets::new(config)?))
    }

    /// Over another carrier.
    pub(super) fn over(config: &ClientConfig, carrier: Arc<dyn Carrier>) -> Result<Self, BuildError> {
        let headers = headers(config)?;
        let prefix = getrandom::u32().map_err(BuildError::Random)?;
        Ok(Self { carrier, headers, request_id_prefix: format!("{prefix:08x}"), sent: AtomicU64::new(0) })
    }

    /// Sends the message once.
    pub(super) async fn send(&self, message: &Message<'_>) -> Seen {
        let request_id = format!("{}-{}", self.request_id_prefix, self.sent.fetch_add(1, Ordering::Relaxed));
        let started = Instant::now();
        let answer = self.carrier.carry(self.parcel(message, &request_id)).await.map(Answer::of);
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

    fn parcel(&self, message: &Message<'_>, request_id: &str) -> Parcel {
        let Message { method, url, body, route: _ } = message;
        let mut headers = self.headers.clone();
        // Hexadecimal digits and a hyphen: it can be sent.
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.insert(HeaderName::from_static("x-request-id"), id);
        }
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Parcel { method: method.clone(), url: url.clone(), headers, body: body.clone() }
    }
}

impl Answer {
    fn of(carried: Carried) -> Self {
        let Carried { status, headers, body } = carried;
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        Self {
            status,
            content: Content::from_header(text(CONTENT_TYPE)),
            correlation_id: correlation_id(&headers),
            retry_after: retry_after::parse(text(RETRY_AFTER), text(DATE)),
            body: match body {
                Received::Whole(bytes) if bytes.len() > MAX_BODY => Received::TooLong,
                body => body,
            },
        }
    }
}

fn header(text: &str, what: &'static str) -> Result<HeaderValue, BuildError> {
    HeaderValue::from_str(text).map_err(|_| BuildError::Header { what })
}

fn headers(config: &ClientConfig) -> Result<HeaderMap, BuildError> {
    let authorization = config.credentials.header().ok_or(BuildError::Header { what: "the account" })?;
    let agent = header(&config.user_agent, "the user agent")?;
    let accept = HeaderValue::from_static("application/json");
    Ok(HeaderMap::from_iter([(AUTHORIZATION, authorization), (ACCEPT, accept), (USER_AGENT, agent)]))
}

/// The gateway's own id of an answer. What does not look like one is left out: it is written to a file as it is.
fn correlation_id(headers: &HeaderMap) -> Option<String> {
    let is_of = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    let is_id = |id: &&str| {
        id.len() <= MAX_CORRELATION_ID
            && id.starts_with(|c: char| c.is_ascii_alphanumeric())
            && id.chars().all(is_of)
    };
    let named = |name: &&str| headers.get(*name)?.to_str().ok().filter(is_id);
    CORRELATION_HEADERS.iter().find_map(named).map(str::to_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_correlation_id_that_is_none_is_left_out() {
        let long = "a".repeat(MAX_CORRELATION_ID + 1);
        for (id, kept) in [
            ("4f9c2d:web-1.example_2", true),
            ("", false),
            ("=HYPERLINK(\"http://example.com\")", false),
            ("-2", false),
            ("Ana Ruiz", false),
            (long.as_str(), false),
            (&long[1..], true),
        ] {
            let value = HeaderValue::from_str(id).unwrap();
            let headers = HeaderMap::from_iter([(HeaderName::from_static("x-correlation-id"), value)]);
            assert_eq!(correlation_id(&headers).as_deref(), kept.then_some(id));
        }
    }

    #[test]
    fn a_header_that_names_nothing_does_not_hide_the_next() {
        let named = |name, id| (HeaderName::from_static(name), HeaderValue::from_static(id));
        let headers = HeaderMap::from_iter([named("x-kong-request-id", "?"), named("x-request-id", "r-1")]);
        assert_eq!(correlation_id(&headers).as_deref(), Some("r-1"));
    }
}
