//! The client against a real socket on the loopback interface; and what many of its parts do together in virtual time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calls;
mod hidden_limits;
mod rate;
mod server;
mod sweep;
mod tls;

use std::num::NonZeroU32;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::{Client, ClientConfig, Credentials, Gate, GateConfig, RetryPolicy};

/// A gate that does not hold anyone up.
fn open_gate() -> Gate {
    let many = NonZeroU32::new(1_000_000).unwrap();
    Gate::new(GateConfig { per_second: many, burst: many, max_in_flight: 64 })
}

/// Three attempts, a millisecond apart.
fn quick(base: &str) -> ClientConfig {
    let credentials = Credentials::new("user", SecretString::from("secret-word"));
    let ms = Duration::from_millis;
    let retry = RetryPolicy { max_attempts: 3, initial: ms(1), max: ms(2), ..RetryPolicy::default() };
    let config = ClientConfig::new(Url::parse(base).unwrap(), credentials);
    ClientConfig { timeout: Duration::from_secs(10), retry, user_agent: "test/1".to_owned(), ..config }
}

fn client(base: &str) -> Client {
    Client::new(quick(base), open_gate()).unwrap()
}
