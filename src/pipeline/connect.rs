//! From the settings to a client: the credential, the gate that all its departments share, and, where the remote is
//! the sandbox, the sandbox. And to what bounds a push.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use url::Url;

use crate::api::{
    BuildError, Client, ClientConfig, Credentials, Fuse, Gate, GateConfig, PathError, Paths, Patience,
    RetryPolicy, Spread, UpdateMethod,
};
use crate::config::{self, ApiSettings, BaseUrl, ConfigError, RateSettings, RetrySettings, Settings};
use crate::push::Limits;

/// Lives per request in flight: a life that waits for the disk or a second look holds no request.
const LIVES_PER_REQUEST: usize = 4;

/// Longest `Retry-After`s, one after the other, that are sat out: an hour by default.
const LONGEST_WAITS: u32 = 6;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// No credentials, or unreadable ones.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The client's own settings.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// `[api.paths]`.
    #[error(transparent)]
    Path(#[from] PathError),
    /// The sandbox could not be started.
    #[error("the sandbox could not be started: {0}")]
    Sandbox(String),
}

/// A client, and whatever must live as long.
pub struct Connection {
    /// Shared by all departments.
    pub client: Client,
    #[cfg(feature = "sandbox")]
    sandbox: Option<crate::sandbox::Running>,
}

impl Connection {
    /// Connects as the settings say. Must be called within the runtime; sends nothing.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn open(settings: &Settings, env: &BTreeMap<String, String>) -> Result<Self, ConnectError> {
        let resolved = config::Credentials::resolve(&settings.api, env)?;
        let (BaseUrl::Url(url), Some(credentials)) = (&settings.api.base_url, resolved) else {
            return Self::sandboxed(settings).await;
        };
        let config::Credentials { username, password, notices } = credentials;
        for notice in notices {
            tracing::warn!("{notice}");
        }
        let client = client(settings, url.clone(), Credentials::new(username, password))?;
        #[cfg(feature = "sandbox")]
        let connection = Self { client, sandbox: None };
        #[cfg(not(feature = "sandbox"))]
        let connection = Self { client };
        Ok(connection)
    }

    #[cfg(feature = "sandbox")]
    async fn sandboxed(settings: &Settings) -> Result<Self, ConnectError> {
        use crate::sandbox::{Sandbox, SandboxOptions};
        let trouble = |error: &dyn std::fmt::Display| ConnectError::Sandbox(error.to_string());
        let options = SandboxOptions {
            state_file: Some(settings.checkpoint.dir.join("sandbox.jsonl")),
            ..SandboxOptions::default()
        };
        let (username, password) = options.credentials.clone();
        let running = Sandbox::start(options).await.map_err(|error| trouble(&error))?;
        let url = Url::parse(&running.base_url()).map_err(|error| trouble(&error))?;
        let credentials = Credentials::new(username, secrecy::SecretString::from(password));
        let client = client(settings, url, credentials)?;
        Ok(Self { client, sandbox: Some(running) })
    }

    #[cfg(not(feature = "sandbox"))]
    #[expect(clippy::unused_async, reason = "with the sandbox it waits")]
    async fn sandboxed(_settings: &Settings) -> Result<Self, ConnectError> {
        let why = "this build is without it; build with the feature `sandbox`, or set api.base_url";
        Err(ConnectError::Sandbox(why.to_owned()))
    }

    /// Ends the sandbox, where there is one.
    #[cfg_attr(not(feature = "sandbox"), expect(clippy::unused_async, reason = "with the sandbox it waits"))]
    pub async fn close(self) {
        #[cfg(feature = "sandbox")]
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
    }
}

/// A client over the network, as the settings say.
fn client(settings: &Settings, base_url: Url, credentials: Credentials) -> Result<Client, ConnectError> {
    Ok(Client::new(client_config(settings, base_url, credentials)?, gate(&settings.rate))?)
}

/// How a client behaves, as the settings say; where it connects to is said apart.
///
/// # Errors
/// Where a template of `[api.paths]` cannot be used.
pub fn client_config(
    settings: &Settings,
    base_url: Url,
    credentials: Credentials,
) -> Result<ClientConfig, PathError> {
    let ApiSettings { timeout, connect_timeout, proxy, ca_file, update_method, paths, .. } = &settings.api;
    Ok(ClientConfig {
        base_url,
        credentials,
        timeout: *timeout,
        connect_timeout: *connect_timeout,
        proxy: proxy.as_ref().map(|proxy| proxy.expose().clone()),
        ca_file: ca_file.clone(),
        update_method: match update_method {
            config::UpdateMethod::Put => UpdateMethod::Put,
            config::UpdateMethod::Post => UpdateMethod::Post,
        },
        paths: Paths::new(&paths.matching, &paths.linked, &paths.profile)?,
        user_agent: concat!("dms-sync/", env!("CARGO_PKG_VERSION")).to_owned(),
        retry: retry(&settings.retry),
    })
}

/// `[rate]` as the gate that all clients of a credential share.
pub fn gate(rate: &RateSettings) -> Gate {
    let RateSettings { per_second, burst, max_in_flight, per_day: _ } = *rate;
    Gate::new(GateConfig {
        per_second: NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN),
        burst: NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN),
        max_in_flight: max_in_flight as usize,
    })
}

/// `[breaker]` as a push's client is to be watched: a server that answers nothing, or nothing but 429, must not cost every
/// customer all of its attempts. Failures that come at once, within the time that one attempt may take, are left to the
/// retries; a quota by the hour has to be waited for.
pub fn fuse(settings: &Settings) -> Fuse {
    let RetrySettings { max_elapsed, retry_after_cap, .. } = settings.retry;
    let throttled = max_elapsed + LONGEST_WAITS * retry_after_cap;
    let patience = Patience { failing: settings.api.timeout, throttled };
    Fuse::new(u64::from(settings.breaker.consecutive), patience)
}

/// Bounds of a push of so many `customers`, those whom earlier runs left open included.
pub fn bounds(settings: &Settings, customers: u64) -> Limits {
    let budget = settings.run.error_budget;
    let in_flight = settings.rate.max_in_flight as usize;
    Limits {
        lives: in_flight.saturating_mul(LIVES_PER_REQUEST),
        drain: settings.run.drain,
        consecutive: u64::from(settings.breaker.consecutive),
        too_many_failed: Box::new(move |failed| budget.exceeded(failed, customers)),
        requests: None,
    }
}

fn retry(retry: &RetrySettings) -> RetryPolicy {
    let RetrySettings {
        max_attempts,
        initial,
        max,
        max_elapsed,
        retry_after_cap,
        settle: _,
        same_refusal: _,
    } = *retry;
    RetryPolicy { max_attempts, initial, max, max_elapsed, retry_after_cap, spread: Spread::Random }
}
