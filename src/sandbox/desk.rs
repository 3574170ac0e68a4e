//! The same remote without a socket: a request handed over, its answer handed back. For clients that run in tokio's
//! paused time, which real sockets do not keep.
//!
//! Every request counts as a connection of its own. What breaks connections at the [`Line`] is told in words here.

use std::fmt;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, State};
use axum::http::{Request, Response};

use super::error::SandboxError;
use super::handle::Model;
use super::handler::handle;
use super::line::{End, Line};
use super::options::SandboxOptions;
use super::server::Connection;
use super::site::Site;

/// A sandbox that listens to nobody.
#[derive(Clone)]
pub struct Desk {
    site: Arc<Site>,
}

/// What became of a request.
#[derive(Debug)]
pub enum Told {
    /// The answer, whole.
    Answer(Response<Vec<u8>>),
    /// The answer's head, and the beginning of its body.
    CutShort(Response<Vec<u8>>),
    /// The connection broke before the answer.
    Broken,
    /// No connection was made; the request was not looked at.
    TurnedAway,
}

impl Desk {
    /// Opens the files that the options name; `listen` means nothing here.
    pub fn open(options: SandboxOptions) -> Result<Self, SandboxError> {
        Ok(Self { site: Arc::new(Site::open(options)?) })
    }

    /// The door to its state.
    pub fn model(&self) -> Model {
        Model::new(Arc::clone(&self.site))
    }

    /// Takes a request and answers it. A fault that hangs never ends: giving up is the client's business.
    pub async fn ask(&self, request: Request<Vec<u8>>) -> Told {
        if self.site.dice().connection() {
            return Told::TurnedAway;
        }
        let line = Arc::new(Line::default());
        let connection = ConnectInfo(Connection(Arc::clone(&line)));
        let response = handle(State(Arc::clone(&self.site)), connection, request.map(Body::from)).await;
        let (parts, body) = response.into_parts();
        let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else { return Told::Broken };
        match line.end() {
            None => Told::Answer(Response::from_parts(parts, body.into())),
            Some(End::After(bytes)) => {
                let kept = body.slice(..bytes.min(body.len()));
                Told::CutShort(Response::from_parts(parts, kept.into()))
            }
            Some(End::Now) => Told::Broken,
        }
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}
