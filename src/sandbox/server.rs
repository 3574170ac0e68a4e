//! The socket: start, accept, stop.
//!
//! What is answered is `handler.rs`'s part; here connections come and go, and the sandbox with them.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::error::SandboxError;
use super::handle::Model;
use super::handler::handle;
use super::line::{Line, Wire};
use super::options::SandboxOptions;
use super::routes::BASE;
use super::site::Site;
use super::store::Recovery;

/// How long a stop waits for requests under way before it breaks their connections.
const DRAIN: Duration = Duration::from_secs(2);
/// How long to wait after the system refused to accept a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A local myKaarma.
pub struct Sandbox;

impl Sandbox {
    /// Opens the files, listens, and serves in a task of the current tokio runtime.
    pub async fn start(options: SandboxOptions) -> Result<Running, SandboxError> {
        check(&options)?;
        let address = options.listen;
        let failed = |source| SandboxError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let site = Arc::new(Site::open(options)?);
        let app = Router::new().fallback(handle).with_state(Arc::clone(&site));
        let service = app.into_make_service_with_connect_info::<Connection>();
        let stopping = Arc::clone(&site);
        let door = Door { listener, site: Arc::clone(&site) };
        let task = tokio::spawn(async move {
            let served = axum::serve(door, service)
                .with_graceful_shutdown(async move { stopping.stopped().await })
                .await;
            if let Err(error) = served {
                tracing::error!(%error, "the sandbox stopped serving");
            }
        });
        Ok(Running { address, site, task: Some(task) })
    }
}

/// A sandbox that serves. Dropping it breaks every connection; [`Running::stop`] lets them finish.
pub struct Running {
    address: SocketAddr,
    site: Arc<Site>,
    task: Option<JoinHandle<()>>,
}

impl Running {
    /// What `[api] base_url` has to be to reach it, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE}", self.address)
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// A handle to look at and change the remote's state, faults and journal. It outlives the socket.
    pub fn model(&self) -> Model {
        Model::new(Arc::clone(&self.site))
    }

    /// What was found in the state file at start.
    pub fn recovery(&self) -> Recovery {
        self.site.recovery
    }

    /// Stops accepting, lets requests under way finish (two seconds at most; delays and hangs end at once), and
    /// closes the state file. Every write is in the file before its answer leaves, so nothing is left to flush.
    pub async fn stop(mut self) {
        self.site.stop();
        if let Some(mut task) = self.task.take()
            && tokio::time::timeout(DRAIN, &mut task).await.is_err()
        {
            task.abort();
        }
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.site.stop();
        if let Some(task) = self.task.take() {
            task.abort();
        }
        self.site.reset_lines();
        self.site.world().close();
    }
}

fn check(options: &SandboxOptions) -> Result<(), SandboxError> {
    if !options.listen.ip().is_loopback() {
        return Err(SandboxError::NotLoopback(options.listen));
    }
    if options.credentials.0.is_empty() || options.credentials.0.contains(':') {
        return Err(SandboxError::UserName);
    }
    match options.limit {
        Some(limit) if !(limit.per_second.is_finite() && limit.per_second > 0.0 && limit.burst > 0) => {
            Err(SandboxError::Limit)
        }
        _ => Ok(()),
    }
}

/// The listener: hands out streams with a switch, and turns connections away where a fault says so.
struct Door {
    listener: TcpListener,
    site: Arc<Site>,
}

impl Listener for Door {
    type Io = Wire;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Wire, SocketAddr) {
        loop {
            let (stream, address) = match self.listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "the sandbox could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            if self.site.dice().connection() {
                continue;
            }
            // Answers are small; waiting to fill a packet would only add latency.
            let _ = stream.set_nodelay(true);
            let wire = Wire::new(stream);
            self.site.remember(wire.line());
            return (wire, address);
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The switch of the connection that a request came by.
#[derive(Clone)]
pub(crate) struct Connection(pub(crate) Arc<Line>);

impl Connected<IncomingStream<'_, Door>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Door>) -> Self {
        Self(Arc::clone(stream.io().line()))
    }
}
