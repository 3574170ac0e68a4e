//! What a call comes to: a reply, or a failure that says what may be done about it. The rules that choose between
//! them are next door in [`super::classify`]; these types only name the outcomes, and can be made by anyone who
//! stands in for the remote.

use thiserror::Error;

use super::wire::{ApiProblem, ApiWarning};

/// The longest symbolic title that passes for a code.
const MAX_CODE: usize = 64;

/// The most digits of one: the documented numbers have five.
const MAX_DIGITS: usize = 5;

/// What every operation returns.
pub type CallResult<T> = Result<Reply<T>, CallError>;

/// The remote did what was asked.
#[derive(Clone, Debug)]
pub struct Reply<T> {
    /// The answer. An empty answer (204) is the type's default.
    pub body: T,
    /// The answer's warnings. Some of them mean that data was lost.
    pub warnings: Vec<ApiWarning>,
    /// How it went.
    pub trace: Trace,
}

impl<T> Reply<T> {
    /// True where the answer carries this warning, see [`super::warning_codes`].
    pub fn has_warning(&self, code: i32) -> bool {
        self.warnings.iter().any(|warning| warning.code == Some(code))
    }
}

/// How a call went, for the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// Requests sent, the first included.
    pub attempts: u32,
    /// Status of the last answer; `None` where the last attempt had none.
    pub http_status: Option<u16>,
    /// The `X-Request-Id` that we sent last.
    pub request_id: Option<String>,
    /// The gateway's own id for the last answer.
    pub correlation_id: Option<String>,
}

/// The remote did not do what was asked, or it is not known whether it did.
#[derive(Clone, Debug, Error)]
#[error("{}", failure.message())]
pub struct CallError {
    /// What went wrong.
    pub failure: Failure,
    /// The answer's warnings.
    pub warnings: Vec<ApiWarning>,
    /// How it went.
    pub trace: Trace,
}

/// Why a call failed, by what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The remote understood and said no: a 4xx, or `errors` in a 2xx. The same request will be refused again. The
    /// list is empty where the refusal gave no reason. Its free text may quote personal data.
    Refused {
        /// The reasons given.
        errors: Vec<ApiProblem>,
    },
    /// 401.
    Unauthorized,
    /// 403: the scope or the department is not granted.
    Forbidden,
    /// What answered is not the API: HTML with a 2xx, a redirect, a proxy's login.
    WrongHost {
        /// What was answered instead.
        what: &'static str,
    },
    /// 413: the customer is too large for the gateway.
    TooLarge,
    /// A create that may have been applied. Never sent again blindly.
    InDoubt {
        /// What became of the answer.
        cause: Cause,
    },
    /// Retried until the budget was used up. Surely not applied, or harmless to repeat.
    Exhausted {
        /// What happened last.
        cause: Cause,
    },
    /// A [`super::Stopper`] was thrown, an [`super::Allowance`] is spent, or a [`super::Renewal`] had nothing to send any
    /// more: this attempt was not sent. Where
    /// [`Trace::attempts`] is above 0 an earlier one was, and its fate is `cause`: an update may then have been
    /// applied, a create surely was not.
    NotSent {
        /// What became of the attempt before; `None` where nothing was sent.
        cause: Option<Cause>,
    },
    /// The other side's certificate, or its TLS, is not acceptable.
    Tls {
        /// What is wrong with it.
        what: &'static str,
    },
}

/// What became of an attempt that has no usable answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A status that says "not now" or "I am broken".
    Status(u16),
    /// No connection; nothing was sent.
    Connect,
    /// No answer in time.
    Timeout,
    /// The connection broke before the answer.
    Reset,
    /// The answer's body ended early or too late.
    Cut,
    /// The answer's body is not the JSON that was promised, or is too long to be.
    Unreadable,
}

impl Cause {
    /// Stable code for reports.
    pub fn code(self) -> String {
        match self {
            Self::Status(status) => format!("http.{status}"),
            Self::Connect => "net.connect".to_owned(),
            Self::Timeout => "net.timeout".to_owned(),
            Self::Reset => "net.reset".to_owned(),
            Self::Cut => "net.cut".to_owned(),
            Self::Unreadable => "remote.unreadable".to_owned(),
        }
    }

    /// In words.
    pub fn message(self) -> String {
        match self {
            Self::Status(status) => format!("the remote answered {status}"),
            Self::Connect => "no connection to the remote".to_owned(),
            Self::Timeout => "the remote did not answer in time".to_owned(),
            Self::Reset => "the connection broke before the answer".to_owned(),
            Self::Cut => "the answer was cut short".to_owned(),
            Self::Unreadable => "the answer cannot be read".to_owned(),
        }
    }
}

impl Failure {
    /// Stable code for reports and for grouping by cause: `http.401`, `remote.wrong_host`, `api.10001`, `net.timeout`.
    pub fn code(&self) -> String {
        match self {
            Self::Refused { errors } => format!("api.{}", reason(errors)),
            Self::Unauthorized => "http.401".to_owned(),
            Self::Forbidden => "http.403".to_owned(),
            Self::TooLarge => "http.413".to_owned(),
            Self::WrongHost { .. } => "remote.wrong_host".to_owned(),
            Self::InDoubt { cause } | Self::Exhausted { cause } => cause.code(),
            Self::NotSent { .. } => "run.not_sent".to_owned(),
            Self::Tls { .. } => "net.tls".to_owned(),
        }
    }

    /// In words, without personal data: the server's own text is not quoted.
    pub fn message(&self) -> String {
        match self {
            Self::Refused { errors } => format!("the remote refused the request ({})", reason(errors)),
            Self::Unauthorized => "the credentials were refused".to_owned(),
            Self::Forbidden => "the account is not granted this department or operation".to_owned(),
            Self::TooLarge => "the request is too large for the remote".to_owned(),
            Self::WrongHost { what } => format!("what answered is not the API ({what}); check the base URL"),
            Self::InDoubt { cause } => format!("{}; the create may have been applied", cause.message()),
            Self::Exhausted { cause } => format!("{}; retries are used up", cause.message()),
            Self::NotSent { cause: None } => "not sent: the run was stopped before".to_owned(),
            Self::NotSent { cause: Some(cause) } => {
                format!("{}; not sent again: the run was stopped before", cause.message())
            }
            Self::Tls { what } => {
                format!("no trusted connection: {what}; check the base URL and the CA file")
            }
        }
    }

    /// True where every other request of this account or department would fail the same way.
    pub fn systemic(&self) -> bool {
        match self {
            Self::Unauthorized | Self::Forbidden | Self::WrongHost { .. } | Self::Tls { .. } => true,
            Self::Refused { .. }
            | Self::TooLarge
            | Self::InDoubt { .. }
            | Self::Exhausted { .. }
            | Self::NotSent { .. } => false,
        }
    }

    /// What became of the last attempt that was sent, where it has no usable answer.
    pub(super) fn cause(&self) -> Option<Cause> {
        match self {
            Self::InDoubt { cause } | Self::Exhausted { cause } => Some(*cause),
            Self::NotSent { cause } => *cause,
            Self::Refused { .. }
            | Self::Unauthorized
            | Self::Forbidden
            | Self::WrongHost { .. }
            | Self::TooLarge
            | Self::Tls { .. } => None,
        }
    }

    /// True where the remote or the network is unwell, and the customer is not to blame.
    pub fn transient(&self) -> bool {
        matches!(self, Self::InDoubt { .. } | Self::Exhausted { .. })
    }
}

/// The first reason by number, else by symbolic title.
fn reason(errors: &[ApiProblem]) -> String {
    let symbolic = |title: &&str| is_symbolic(title);
    let by_code = errors.iter().find_map(|error| error.code).map(|code| code.to_string());
    let by_title = || errors.iter().filter_map(|error| error.title.as_deref()).find(symbolic);
    by_code.unwrap_or_else(|| by_title().unwrap_or("refused").to_owned())
}

/// Whether a title is a code, as `DELETED_ALL_EMAILS` is. Another may be free text, one word a name, and a long number a
/// phone.
fn is_symbolic(title: &str) -> bool {
    let is_of = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    let digits = title.chars().filter(char::is_ascii_digit).count();
    title.len() <= MAX_CODE
        && title.starts_with(|c: char| c.is_ascii_uppercase())
        && title.chars().all(is_of)
        && (digits > 0 || title.contains('_'))
        && digits <= MAX_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: Option<i32>, title: &str) -> Failure {
        let message = Some("Ana +12175550123 exists".to_owned());
        Failure::Refused {
            errors: vec![ApiProblem { code, title: Some(title.to_owned()), message, description: None }],
        }
    }

    #[test]
    fn codes_are_stable_and_quote_no_free_text() {
        let cause = Cause::Timeout;
        for (failure, code, systemic, transient) in [
            (refused(Some(400), "BAD"), "api.400", false, false),
            (refused(None, "CUSTOMER_KEY_EXISTS"), "api.CUSTOMER_KEY_EXISTS", false, false),
            (refused(None, "E4711"), "api.E4711", false, false),
            (refused(None, "Ana exists"), "api.refused", false, false),
            (refused(None, "SMITH"), "api.refused", false, false),
            (refused(None, "12175550123"), "api.refused", false, false),
            (refused(None, "ANA_2175550123"), "api.refused", false, false),
            (Failure::Refused { errors: Vec::new() }, "api.refused", false, false),
            (Failure::Unauthorized, "http.401", true, false),
            (Failure::Forbidden, "http.403", true, false),
            (Failure::TooLarge, "http.413", false, false),
            (Failure::WrongHost { what: "a redirect" }, "remote.wrong_host", true, false),
            (Failure::InDoubt { cause }, "net.timeout", false, true),
            (Failure::Exhausted { cause: Cause::Status(503) }, "http.503", false, true),
            (Failure::NotSent { cause: None }, "run.not_sent", false, false),
            (Failure::NotSent { cause: Some(cause) }, "run.not_sent", false, false),
            (Failure::Tls { what: "the certificate is not trusted" }, "net.tls", true, false),
        ] {
            assert_eq!(failure.code(), code);
            assert_eq!((failure.systemic(), failure.transient()), (systemic, transient), "{code}");
            let error = CallError { failure, warnings: Vec::new(), trace: Trace::default() };
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains("Ana") && !shown.contains("555"), "{shown}");
        }
    }
}
