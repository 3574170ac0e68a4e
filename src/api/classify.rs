//! The one table: what an attempt's observation means for a request of a given effect. A pure function; the status
//! is judged before the body, because a gateway's 502 with an HTML page is a 502. Who acts on the verdict is
//! [`super::retry`] and [`super::client`].

use super::outcome::Cause;

/// What a request does when it is applied, and so what its repetition would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing.
    Read,
    /// The same as the first time.
    Replace,
    /// Another customer, or a refusal: never repeated unless it was surely not applied.
    Create,
}

/// What was seen of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A status line arrived.
    Answer {
        /// HTTP status.
        status: u16,
        /// What the content type announced.
        content: Content,
        /// What the body was.
        body: Body,
    },
    /// No connection was made; nothing was sent.
    NoConnection,
    /// The other side's TLS was not acceptable; nothing was sent.
    NoTrust {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The request left, and no answer came in time.
    TimedOut,
    /// The request left, at least in part, and the connection broke.
    Broken,
}

/// What the `Content-Type` announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// `application/json` or `application/*+json`.
    Json,
    /// `text/html` or `application/xhtml+xml`.
    Html,
    /// Anything else.
    Other,
    /// No such header.
    Missing,
}

/// What a body was. Only what announced JSON is read as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing but blanks.
    Empty,
    /// The operation's JSON object without errors.
    Clean,
    /// A JSON object that names errors.
    Errors,
    /// JSON that is not the operation's object, or no JSON, or longer than we read.
    Unreadable,
    /// It ended before its announced end, or not in time.
    Cut,
    /// Not announced as JSON, and not empty.
    Foreign,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Done.
    Accept,
    /// A business refusal.
    Refuse,
    /// Surely not applied, or harmless to repeat: send again while the budget lasts.
    Retry(Cause),
    /// A create that may have been applied.
    InDoubt(Cause),
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 413.
    TooLarge,
    /// Something else than the API answered.
    WrongHost(&'static str),
    /// No trusted connection.
    Tls(&'static str),
}

/// The table.
pub fn classify(effect: Effect, observation: &Observation) -> Verdict {
    match *observation {
        Observation::NoConnection => Verdict::Retry(Cause::Connect),
        Observation::NoTrust { what } => Verdict::Tls(what),
        Observation::TimedOut => maybe_applied(effect, Cause::Timeout),
        Observation::Broken => maybe_applied(effect, Cause::Reset),
        Observation::Answer { status, content, body } => by_status(effect, status, content, body),
    }
}

fn by_status(effect: Effect, status: u16, content: Content, body: Body) -> Verdict {
    match status {
        // Without a body by definition, whatever the headers say.
        204 | 205 => Verdict::Accept,
        200..=299 => by_body(effect, content, body),
        // Redirects are not followed: the API does not redirect, and a login page does.
        100..=199 | 300..=399 => Verdict::WrongHost("a redirect"),
        401 => Verdict::Unauthorized,
        403 => Verdict::Forbidden,
        407 => Verdict::WrongHost("a proxy that asks for a login"),
        408 => maybe_applied(effect, Cause::Status(status)),
        413 => Verdict::TooLarge,
        421 => Verdict::WrongHost("a host that does not serve this address"),
        // Both say that the request was not processed.
        425 | 429 => Verdict::Retry(Cause::Status(status)),
        400..=499 => Verdict::Refuse,
        // 503 too: nothing says whether the gateway or the application behind it gave up.
        _ => maybe_applied(effect, Cause::Status(status)),
    }
}

fn by_body(effect: Effect, content: Content, body: Body) -> Verdict {
    match (content, body) {
        // The API's own answer to a wrong route is a login page with a 200.
        (Content::Html, _) => Verdict::WrongHost("a page of HTML"),
        (_, Body::Empty) | (Content::Json, Body::Clean) => Verdict::Accept,
        (_, Body::Cut) => maybe_applied(effect, Cause::Cut),
        (Content::Other, _) => Verdict::WrongHost("something that is not JSON"),
        (Content::Missing, _) => Verdict::WrongHost("something without a content type"),
        (Content::Json, Body::Errors) => Verdict::Refuse,
        (Content::Json, Body::Unreadable | Body::Foreign) => maybe_applied(effect, Cause::Unreadable),
    }
}

fn maybe_applied(effect: Effect, cause: Cause) -> Verdict {
    match effect {
        Effect::Read | Effect::Replace => Verdict::Retry(cause),
        Effect::Create => Verdict::InDoubt(cause),
    }
}

impl Content {
    /// Reads a `Content-Type` header; parameters such as `charset` are allowed.
    pub fn from_header(header: Option<&str>) -> Self {
        let Some(header) = header else { return Self::Missing };
        let media = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media.as_str() {
            "" => Self::Missing,
            "text/html" | "application/xhtml+xml" => Self::Html,
            "application/json" => Self::Json,
            other if other.starts_with("application/") && other.ends_with("+json") => Self::Json,
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types() {
        for (header, content) in [
            (Some("application/json"), Content::Json),
            (Some("Application/JSON; charset=UTF-8"), Content::Json),
            (Some("application/problem+json;charset=utf-8"), Content::Json),
            (Some("text/json"), Content::Other),
            (Some("text/html; charset=utf-8"), Content::Html),
            (Some("application/jsonx"), Content::Other),
            (Some("text/plain"), Content::Other),
            (Some(" "), Content::Missing),
            (None, Content::Missing),
        ] {
            assert_eq!(Content::from_header(header), content, "{header:?}");
        }
    }

    #[test]
    fn a_create_is_repeated_only_where_it_was_surely_not_applied() {
        let content = Content::Json;
        for status in 100..=599 {
            for body in [Body::Empty, Body::Clean, Body::Errors, Body::Unreadable, Body::Cut, Body::Foreign] {
                let verdict = classify(Effect::Create, &Observation::Answer { status, content, body });
                let repeated = matches!(verdict, Verdict::Retry(_));
                assert_eq!(repeated, matches!(status, 425 | 429), "{status} {body:?}");
            }
        }
        assert_eq!(classify(Effect::Create, &Observation::NoConnection), Verdict::Retry(Cause::Connect));
        assert_eq!(classify(Effect::Create, &Observation::TimedOut), Verdict::InDoubt(Cause::Timeout));
        assert_eq!(classify(Effect::Create, &Observation::Broken), Verdict::InDoubt(Cause::Reset));
    }

    #[test]
    fn nothing_that_can_be_repeated_is_in_doubt() {
        for effect in [Effect::Read, Effect::Replace] {
            for status in 100..=599 {
                for body in [Body::Empty, Body::Unreadable, Body::Cut] {
                    let seen = Observation::Answer { status, content: Content::Json, body };
                    assert!(!matches!(classify(effect, &seen), Verdict::InDoubt(_)), "{status} {body:?}");
                }
            }
        }
    }
}
