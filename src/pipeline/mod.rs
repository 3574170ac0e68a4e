//! The order of the line: the only room that knows every other.
//!
//! [`department`] is one department's run, top to bottom; [`dry`] the same without a writer. [`intake`] opens the
//! export (`newest_set` says which files of a full one count), [`vetoes`] misses columns that say no, [`scan`] and
//! [`build`] are the two passes over it (`older` sorts out rows that come late),
//! [`opt_outs`] hears what refused rows still say, [`verdict`] is the guard's word, [`pushing`] the one
//! concurrent stage, [`errors_file`] the last look at the rows that need work. [`quality`] is the line up to the plan,
//! for `check`. [`connect`] makes the client of the
//! settings, [`budget`] counts the day's requests, [`exit`] is how it all ends.

mod aside;
pub mod budget;
pub mod build;
mod companies;
pub mod connect;
pub mod department;
pub mod dry;
mod ending;
pub mod errors_file;
pub mod exit;
pub mod intake;
mod listed;
mod long_keys;
mod newest_set;
mod older;
pub mod opt_outs;
pub(crate) mod pushing;
pub mod quality;
mod restored;
pub mod scan;
mod source;
mod summing;
mod title;
mod trouble;
mod unsplit;
pub mod verdict;
pub mod vetoes;

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::config::{BaseUrl, Settings};
use crate::domain::{Fingerprint, Observer, RunId};
use crate::push::Brake;
use crate::telemetry::RunLog;

pub use exit::Exit;

use connect::{ConnectError, Connection};

/// What all departments of one call share.
pub struct Context {
    /// The effective settings.
    pub settings: Settings,
    /// The environment, for credentials.
    pub env: BTreeMap<String, String>,
    /// Runs what is concurrent.
    pub runtime: tokio::runtime::Runtime,
    /// Watches.
    pub observer: Arc<dyn Observer>,
    /// Pulled by a signal or the clock: stops every department.
    pub brake: Brake,
    /// Where each run's own log goes.
    pub run_log: RunLog,
    /// The command, for the lock's holder and `mode`.
    pub command: &'static str,
    connection: OnceCell<Connection>,
    /// A 401 concerns every department of the credential.
    refused: AtomicBool,
}

impl Context {
    /// A context of its own.
    pub fn new(
        settings: Settings,
        env: BTreeMap<String, String>,
        runtime: tokio::runtime::Runtime,
        observer: Arc<dyn Observer>,
        run_log: RunLog,
        command: &'static str,
    ) -> Self {
        let brake = Brake::default();
        let (connection, refused) = (OnceCell::new(), AtomicBool::new(false));
        Self { settings, env, runtime, observer, brake, run_log, command, connection, refused }
    }

    /// The client: made once, when it is first asked for.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn connection(&self) -> Result<&Connection, ConnectError> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection);
        }
        let connection = self.runtime.block_on(Connection::open(&self.settings, &self.env))?;
        Ok(self.connection.get_or_init(|| connection))
    }

    /// Makes sure before anything is read that there will be a client: credentials, certificates, `[api.paths]`. Sends
    /// nothing. The sandbox is not started for it.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub fn check_connection(&self) -> Result<(), ConnectError> {
        match self.settings.api.base_url {
            BaseUrl::Sandbox => Ok(()),
            BaseUrl::Url(_) => self.connection().map(drop),
        }
    }

    /// Ends what was connected.
    pub fn close(self) {
        let Self { runtime, connection, .. } = self;
        if let Some(connection) = connection.into_inner() {
            runtime.block_on(connection.close());
        }
    }
}

/// A run id of now.
///
/// # Errors
/// Where the system has no randomness to give.
pub fn new_run_id(now: jiff::Timestamp) -> Result<RunId, getrandom::Error> {
    let stamp = now.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ").to_string();
    #[allow(clippy::cast_possible_truncation, reason = "sixteen random bits of thirty-two")]
    let salt = getrandom::u32()? as u16;
    Ok(RunId::new(&stamp, salt))
}

/// Everything beside the rows that shapes a customer: a change of any of it has everyone looked at again.
pub(crate) fn epoch(profile: &crate::map::Profile, department: &crate::config::Department) -> Fingerprint {
    let parts = [
        profile.fingerprint().to_bytes(),
        department.shape_fingerprint().to_bytes(),
        Fingerprint::of(&crate::normalize::NORMALIZER_VERSION.to_le_bytes()).to_bytes(),
    ];
    Fingerprint::of_parts(parts.iter().map(<[u8; 16]>::as_slice))
}
