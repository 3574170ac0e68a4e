//! One request, understood: its route, what its body says, and its line in the journal.
//!
//! A call that is dropped without an answer (the client gave up, the connection was broken) still leaves its line.

use std::sync::Arc;

use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::form_urlencoded;

use super::contract::{MatchRequest, SaveRequest};
use super::envelope::Answer;
use super::journal::JournalEntry;
use super::routes::{Route, RouteName};
use super::shape::Object;
use super::site::Site;

/// A body, read strictly; what is wrong with it otherwise.
pub(crate) enum Payload {
    Nothing,
    Save(Result<SaveRequest, String>),
    Match(Result<MatchRequest, String>),
}

/// A request with a known route.
pub(crate) struct Call {
    pub(crate) route: Route,
    pub(crate) payload: Payload,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) json_body: bool,
}

impl Call {
    pub(crate) fn new(route: Route, parts: &Parts, body: &[u8]) -> Self {
        let payload = match route.name {
            RouteName::Create | RouteName::Update => Payload::Save(strict(body)),
            RouteName::Match => Payload::Match(strict(body)),
            _ => Payload::Nothing,
        };
        let query = parts.uri.query().unwrap_or_default();
        let query = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let json_body = parts
            .headers
            .get(axum::http::header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .and_then(|kind| kind.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        Self { route, payload, query, json_body }
    }

    /// The query parameter's value, the last where it is repeated.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The customer key that the request is about, as far as it can be told before it is answered.
    pub(crate) fn customer_key(&self, site: &Site, body: &[u8]) -> Option<String> {
        match &self.payload {
            Payload::Save(Ok(request)) => request.customer.customer_key.clone(),
            Payload::Match(Ok(request)) => request.customer.customer_key.clone(),
            Payload::Save(Err(_)) | Payload::Match(Err(_)) => {
                let body: Value = serde_json::from_slice(body).unwrap_or_default();
                body["customer"]["customerKey"].as_str().map(str::to_owned)
            }
            Payload::Nothing => None,
        }
        .or_else(|| self.stored_key(site))
    }

    /// The key behind the path's uuid, or the one looked up.
    fn stored_key(&self, site: &Site) -> Option<String> {
        match self.route.name {
            RouteName::Read | RouteName::Update | RouteName::Profile => {
                let world = site.world();
                let customer = world.department(&self.route.department).by_uuid(&self.route.subject)?;
                customer.customer_key.clone()
            }
            RouteName::ListMinimal if self.parameter("fieldsToBeSearched") == Some("customerKey") => {
                self.parameter("searchTerm").map(str::to_owned)
            }
            _ => None,
        }
    }
}

fn strict<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map(|Object(value)| value).map_err(|error| error.to_string())
}

/// A request's line in the journal, written when it is dropped at the latest.
pub(crate) struct Note {
    site: Arc<Site>,
    pub(crate) entry: JournalEntry,
}

impl Note {
    pub(crate) fn new(site: Arc<Site>, parts: &Parts) -> Self {
        let at_ms = u64::try_from(site.clock.now().as_millis()).unwrap_or(u64::MAX);
        let request_id = parts.headers.get("x-request-id").and_then(|id| id.to_str().ok());
        let entry = JournalEntry {
            at_ms,
            method: parts.method.as_str().to_owned(),
            route: "unknown".to_owned(),
            request_id: request_id.map(|id| id.chars().take(100).collect()),
            correlation_id: site.correlation_id(),
            ..JournalEntry::default()
        };
        Self { site, entry }
    }

    /// Completes the line and the answer, in this order: who has the answer finds the line.
    pub(crate) fn finish(mut self, answer: Answer) -> axum::response::Response {
        self.entry.status = Some(answer.status.as_u16());
        let id = axum::http::HeaderName::from_static("x-kong-request-id");
        let answer = answer.with(id, self.entry.correlation_id.clone());
        drop(self);
        answer.into_response()
    }
}

impl Drop for Note {
    fn drop(&mut self) {
        self.site.journal.note(std::mem::take(&mut self.entry));
    }
}
