//! What an attempt's answer comes to: its body read as far as its content type allows, its verdict looked up, and both
//! turned into a reply or a failure. What a verdict is belongs to [`super::classify`], sending again to [`super::retry`].

use serde::de::DeserializeOwned;

use super::carrier::{Lost, Received};
use super::classify::{Body, Content, Effect, Observation, Verdict, classify};
use super::outcome::{CallError, CallResult, Cause, Failure, Reply, Trace};
use super::retry::{Again, Attempt, Load};
use super::transport::{Answer, Seen};
use super::wire::Envelope;

/// What a call of `effect` comes to where its last attempt was answered by `status`, a `Content-Type` of
/// `content_type` and the whole of `body`: for answers that are at hand, without a server.
pub fn answered<T: DeserializeOwned + Default>(
    effect: Effect,
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
) -> CallResult<T> {
    let content = Content::from_header(content_type);
    let body = Received::Whole(body.to_vec());
    let answer = Answer { status, content, correlation_id: None, retry_after: None, body };
    judge(effect, 1, Seen { request_id: String::new(), answer: Ok(answer) }).outcome
}

/// An answer's body, read as far as its content type allows.
struct Reading<T> {
    shape: Body,
    envelope: Envelope,
    body: T,
}

impl<T: DeserializeOwned + Default> Reading<T> {
    fn shaped(shape: Body) -> Self {
        Self { shape, envelope: Envelope::default(), body: T::default() }
    }

    fn of(answer: &Answer) -> Self {
        let bytes = match &answer.body {
            Received::Cut => return Self::shaped(Body::Cut),
            Received::TooLong => return Self::shaped(Body::Unreadable),
            Received::Whole(bytes) if bytes.trim_ascii().is_empty() => return Self::shaped(Body::Empty),
            Received::Whole(bytes) => bytes,
        };
        if answer.content != Content::Json {
            return Self::shaped(Body::Foreign);
        }
        Self::parsed(bytes)
    }

    fn parsed(bytes: &[u8]) -> Self {
        // An array would pass for a struct.
        let object = bytes.trim_ascii_start().starts_with(b"{");
        let envelope = object.then(|| serde_json::from_slice::<Envelope>(bytes).ok()).flatten();
        match envelope {
            None => Self::shaped(Body::Unreadable),
            Some(envelope) if !envelope.errors.is_empty() => {
                Self { shape: Body::Errors, envelope, body: T::default() }
            }
            Some(envelope) => match serde_json::from_slice(bytes) {
                Ok(body) => Self { shape: Body::Clean, envelope, body },
                Err(_) => Self { shape: Body::Unreadable, envelope, body: T::default() },
            },
        }
    }
}

/// Turns what was seen of an attempt into its outcome, and into what the retry loop needs to know.
pub(super) fn judge<T: DeserializeOwned + Default>(
    effect: Effect,
    number: u32,
    seen: Seen,
) -> Attempt<CallResult<T>> {
    let mut trace = Trace { attempts: number, request_id: Some(seen.request_id), ..Trace::default() };
    let (observation, reading, retry_after) = match seen.answer {
        Err(lost) => (lost.observation(), Reading::shaped(Body::Empty), None),
        Ok(answer) => {
            let reading = Reading::of(&answer);
            let Answer { status, content, correlation_id, retry_after, body: _ } = answer;
            (trace.http_status, trace.correlation_id) = (Some(status), correlation_id);
            let asked = retry_after.filter(|_| matches!(status, 429 | 503));
            (Observation::Answer { status, content, body: reading.shape }, reading, asked)
        }
    };
    let verdict = classify(effect, &observation);
    let again = if matches!(verdict, Verdict::Retry(_)) { Again::Yes } else { Again::No };
    Attempt { again, load: load(&verdict), retry_after, outcome: conclude(verdict, reading, trace) }
}

impl Lost {
    fn observation(self) -> Observation {
        match self {
            Self::NoConnection => Observation::NoConnection,
            Self::NoTrust(what) => Observation::NoTrust { what },
            Self::TimedOut => Observation::TimedOut,
            Self::Broken => Observation::Broken,
        }
    }
}

fn load(verdict: &Verdict) -> Load {
    match verdict {
        Verdict::Retry(Cause::Status(429)) => Load::Throttled,
        Verdict::Retry(Cause::Unreadable) | Verdict::InDoubt(Cause::Unreadable) => Load::Fine,
        Verdict::Retry(_) | Verdict::InDoubt(_) => Load::Unwell,
        _ => Load::Fine,
    }
}

/// What the call comes to if this attempt was the last.
fn conclude<T>(verdict: Verdict, reading: Reading<T>, trace: Trace) -> CallResult<T> {
    let Reading { shape: _, envelope: Envelope { errors, warnings }, body } = reading;
    let failure = match verdict {
        Verdict::Accept => return Ok(Reply { body, warnings, trace }),
        Verdict::Refuse => Failure::Refused { errors },
        Verdict::Retry(cause) => Failure::Exhausted { cause },
        Verdict::InDoubt(cause) => Failure::InDoubt { cause },
        Verdict::Unauthorized => Failure::Unauthorized,
        Verdict::Forbidden => Failure::Forbidden,
        Verdict::TooLarge => Failure::TooLarge,
        Verdict::WrongHost(what) => Failure::WrongHost { what },
        Verdict::Tls(what) => Failure::Tls { what },
    };
    Err(CallError { failure, warnings, trace })
}
