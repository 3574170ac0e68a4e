//! What the client needs of a network: one request there, one answer back. The real one is [`super::sockets`]; another
//! may stand in its place, so that everything above it can be run without a socket and in any time that tokio keeps.

use std::future::Future;
use std::pin::Pin;

use reqwest::Method;
use reqwest::header::HeaderMap;
use url::Url;

/// Carries requests. It reports what came of each and decides nothing: no redirect is followed, nothing is repeated.
/// Every request must come to an end; how long it may take is the carrier's to know.
pub trait Carrier: Send + Sync + 'static {
    /// Carries one request.
    fn carry(&self, parcel: Parcel) -> Carrying<'_>;
}

/// A request under way.
pub type Carrying<'a> = Pin<Box<dyn Future<Output = Result<Carried, Lost>> + Send + 'a>>;

/// A request as it leaves: whole, and with every header. `Debug` is left out: it holds credentials and people.
pub struct Parcel {
    /// HTTP method.
    pub method: Method,
    /// Where to.
    pub url: Url,
    /// The account, what is sent and what is expected.
    pub headers: HeaderMap,
    /// JSON.
    pub body: Option<Vec<u8>>,
}

/// An answer as it came.
pub struct Carried {
    /// HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as far as it could be read.
    pub body: Received,
}

/// A body as it came.
pub enum Received {
    /// All of it.
    Whole(Vec<u8>),
    /// More than is read.
    TooLong,
    /// It ended before its announced end, or not in time.
    Cut,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// No connection was made; nothing was sent.
    NoConnection,
    /// The other side's TLS was not acceptable, for this reason; nothing was sent.
    NoTrust(&'static str),
    /// The request left, and no answer came in time.
    TimedOut,
    /// The request left, at least in part, and the connection broke.
    Broken,
}

impl Lost {
    /// As it is counted.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NoConnection => "net.connect",
            Self::NoTrust(_) => "net.tls",
            Self::TimedOut => "net.timeout",
            Self::Broken => "net.reset",
        }
    }
}
