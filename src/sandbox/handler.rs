//! A request's way through: gateway first, then the faults, then the remote itself.
//!
//! Order: unknown path (login page), account (401), rate limit (429), faults, and only then the answer. A fault
//! either replaces the answer, before or after the write, or breaks the connection by its [`Line`].

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answer::answer;
use super::auth::{authentic, unauthorized};
use super::call::{Call, Note, Payload};
use super::envelope::{Answer, Code, INJECTED, error};
use super::faults::dice::Subject;
use super::faults::{BodyKind, Effect, Fault, Moment};
use super::line::Line;
use super::routes::Route;
use super::server::Connection;
use super::site::Site;

/// The gateway's limit on a body.
const LARGEST_BODY: usize = 4 << 20;

/// Answers any request.
pub(crate) async fn handle(
    State(site): State<Arc<Site>>,
    ConnectInfo(Connection(line)): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let opened_connection = line.first_request();
    let (parts, body) = request.into_parts();
    let mut note = Note::new(Arc::clone(&site), &parts);
    let Some(route) = Route::of(&parts.method, parts.uri.path()) else {
        return note.finish(Answer::login_page());
    };
    route.name.as_str().clone_into(&mut note.entry.route);
    note.entry.department = Some(route.department.clone());
    if let Some(answer) = gateway(&site, &parts.headers) {
        return note.finish(answer);
    }
    let Ok(body) = axum::body::to_bytes(body, LARGEST_BODY).await else {
        return note.finish(Answer::gateway(StatusCode::PAYLOAD_TOO_LARGE, "Request size limit exceeded"));
    };
    let call = Call::new(route, &parts, &body);
    note.entry.customer_key = call.customer_key(&site, &body);
    note.entry.customer_uuid = named_uuid(&call);
    let fault = site.dice().request(Subject {
        route: call.route.name,
        department: &call.route.department,
        key: note.entry.customer_key.as_deref(),
        opened_connection,
    });
    if let Some(fault) = fault {
        return Scene { site: &site, call: &call, line: &line, fault: &fault }.play(note).await;
    }
    let lag = *site.search_lag();
    let answer = answer(&site, &call, lag, &mut note.entry);
    note.finish(answer)
}

/// What the gateway refuses by itself.
fn gateway(site: &Site, headers: &header::HeaderMap) -> Option<Answer> {
    if !authentic(headers, &site.credentials) {
        return Some(unauthorized());
    }
    let now = site.clock.now();
    let wait = site.bucket().as_mut().and_then(|bucket| bucket.take(now).err())?;
    let refusal = Answer::gateway(StatusCode::TOO_MANY_REQUESTS, "API rate limit exceeded");
    Some(refusal.with(header::RETRY_AFTER, wait.to_string()))
}

fn named_uuid(call: &Call) -> Option<String> {
    use super::routes::RouteName::{Profile, Read, Update};
    matches!(call.route.name, Profile | Read | Update).then(|| call.route.subject.clone())
}

/// A fault being played.
struct Scene<'a> {
    site: &'a Arc<Site>,
    call: &'a Call,
    line: &'a Line,
    fault: &'a Fault,
}

impl Scene<'_> {
    async fn play(&self, mut note: Note) -> Response {
        note.entry.fault = Some(self.fault.label().to_owned());
        let real = match self.fault.when {
            Moment::AfterApplied => Some(self.real(&mut note)),
            Moment::BeforeApplied => None,
        };
        if real.is_none() {
            self.judge_body(&mut note);
        }
        self.pause().await;
        match &self.fault.effect {
            Effect::Delay | Effect::SearchLag(_) => {
                let answer = real.unwrap_or_else(|| self.real(&mut note));
                note.finish(answer)
            }
            Effect::Cut { keep } => {
                let answer = real.unwrap_or_else(|| self.real(&mut note));
                self.line.cut((*keep).min(answer.body.len().saturating_sub(1)));
                note.finish(answer)
            }
            Effect::Huge { bytes } => {
                let answer = real.unwrap_or_else(|| self.real(&mut note));
                note.finish(pad(answer, *bytes))
            }
            Effect::Refuse => self.broken(note, Line::close),
            Effect::Reset => self.broken(note, Line::reset),
            Effect::Hang => {
                self.site.stopped().await;
                self.broken(note, Line::reset)
            }
            Effect::Status { status, body, retry_after } => {
                note.finish(status_answer(*status, *body, retry_after.as_deref()))
            }
            Effect::Errors { code } => note.finish(envelope(StatusCode::OK, Code(*code, INJECTED.1))),
            Effect::Redirect { status, location } => {
                let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::FOUND);
                note.finish(Answer::raw(status, None, Vec::new()).with(header::LOCATION, location))
            }
            Effect::Html => note.finish(Answer::login_page()),
        }
    }

    fn real(&self, note: &mut Note) -> Answer {
        let lag = match self.fault.effect {
            Effect::SearchLag(lag) => lag,
            _ => *self.site.search_lag(),
        };
        answer(self.site, self.call, lag, &mut note.entry)
    }

    /// The journal says of a body that is never acted on, too, whether it kept to the contract.
    fn judge_body(&self, note: &mut Note) {
        note.entry.body_valid = match &self.call.payload {
            Payload::Nothing => None,
            Payload::Save(Ok(request)) => {
                let route = &self.call.route;
                Some(self.site.world().allows(&route.department, &route.subject, request))
            }
            Payload::Save(Err(_)) => Some(false),
            Payload::Match(request) => Some(request.is_ok()),
        };
    }

    /// The delay; a stopping sandbox does not sit it out.
    async fn pause(&self) {
        if self.fault.delay > Duration::ZERO {
            tokio::select! {
                () = tokio::time::sleep(self.fault.delay) => {}
                () = self.site.stopped() => {}
            }
        }
    }

    /// Breaks the connection. The response is a formality: the line does not carry it.
    fn broken(&self, note: Note, how: impl FnOnce(&Line)) -> Response {
        how(self.line);
        drop(note);
        Response::new(Body::empty())
    }
}

fn status_answer(status: u16, body: BodyKind, retry_after: Option<&str>) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let reason = status.canonical_reason().unwrap_or("Unknown");
    let answer = match body {
        BodyKind::Envelope => envelope(status, INJECTED),
        BodyKind::Gateway => Answer::gateway(status, reason),
        BodyKind::Html => {
            let page =
                format!("<html><head><title>{reason}</title></head><body><h1>{reason}</h1></body></html>\n");
            Answer::raw(status, Some("text/html"), page.into_bytes())
        }
        BodyKind::Empty => Answer::raw(status, None, Vec::new()),
        BodyKind::InvalidJson => {
            Answer::raw(status, Some("application/json"), b"{\"errors\": [{\"errorC".to_vec())
        }
        BodyKind::WrongContentType => {
            Answer { content_type: Some("text/plain"), ..envelope(status, INJECTED) }
        }
    };
    let Some(text) = retry_after else { return answer };
    match text.strip_prefix("date+").and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) => dated(answer, seconds),
        None => answer.with(header::RETRY_AFTER, text),
    }
}

/// Asks to wait until a date, so many seconds after the answer's own.
fn dated(answer: Answer, seconds: i64) -> Answer {
    let now = Timestamp::now();
    let text = |at: Timestamp| DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap_or_default();
    let until = now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    answer.with(header::DATE, text(now)).with(header::RETRY_AFTER, text(until))
}

fn envelope(status: StatusCode, code: Code) -> Answer {
    Answer::json(status, &json!({ "errors": [error(code, "a fault of the sandbox")] }))
}

/// The same answer with a field that fills it up.
fn pad(answer: Answer, bytes: usize) -> Answer {
    let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|_| json!({}));
    let missing = bytes.saturating_sub(answer.body.len() + r#","padding":"""#.len());
    if let Some(fields) = body.as_object_mut() {
        fields.insert("padding".to_owned(), Value::String("x".repeat(missing)));
    }
    Answer { body: serde_json::to_vec(&body).unwrap_or_default(), ..answer }
}
