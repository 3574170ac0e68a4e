//! Who we are to the API: one account's name and password, and the one header made of them. Where they come from is
//! the configuration's business.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

/// Basic authentication. `Debug` shows neither part.
#[derive(Clone)]
pub struct Credentials {
    username: String,
    password: SecretString,
}

impl Credentials {
    /// An account as myKaarma delivers it.
    pub fn new(username: impl Into<String>, password: SecretString) -> Self {
        Self { username: username.into(), password }
    }

    /// The `Authorization` header, marked as sensitive so that no layer below prints or compresses it. `None` never
    /// happens for base64, but is the caller's error to report rather than a panic.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let pair = SecretString::from(format!("{}:{}", self.username, self.password.expose_secret()));
        let encoded = SecretString::from(STANDARD.encode(pair.expose_secret()));
        let text = SecretString::from(format!("Basic {}", encoded.expose_secret()));
        let mut header = HeaderValue::from_str(text.expose_secret()).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sample() -> Credentials {
        Credentials::new("Aladdin", SecretString::from("open:sesame é"))
    }

    #[test]
    fn the_header_is_basic_authentication_over_utf8() {
        let header = sample().header().unwrap();
        assert!(header.is_sensitive());
        assert_eq!(header.to_str().unwrap(), "Basic QWxhZGRpbjpvcGVuOnNlc2FtZSDDqQ==");
    }

    #[test]
    fn debug_shows_neither_part() {
        let shown = format!("{:?} {:?}", sample(), sample().header());
        assert!(!shown.contains("Aladdin") && !shown.contains("sesame") && !shown.contains("QWx"), "{shown}");
    }
}
