//! What a client is made of, and why it cannot be made. The values come from whoever uses the client; no file or
//! environment variable but the CA file and the system's proxy settings is read here.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Certificate, Method};
use thiserror::Error;
use url::{Host, Url};

use super::credentials::Credentials;
use super::paths::Paths;
use super::retry::RetryPolicy;

/// Settings of a client. `Debug` shows no secret.
#[derive(Clone)]
pub struct ClientConfig {
    /// Where the API is, for instance `https://api.mykaarma.com/customer/v2`. Plain HTTP only for loopback hosts.
    pub base_url: Url,
    /// The account.
    pub credentials: Credentials,
    /// For one attempt, from connecting to the end of the answer's body.
    pub timeout: Duration,
    /// For connecting.
    pub connect_timeout: Duration,
    /// Proxy for all requests but those to loopback hosts; the system's where `None`.
    pub proxy: Option<Url>,
    /// PEM file of certificates that are trusted beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How an update is sent.
    pub update_method: UpdateMethod,
    /// Templates of the routes that are not documented.
    pub paths: Paths,
    /// `User-Agent` of every request.
    pub user_agent: String,
    /// Bounds of repetition.
    pub retry: RetryPolicy,
}

impl ClientConfig {
    /// Defaults for everything but the address and the account.
    pub fn new(base_url: Url, credentials: Credentials) -> Self {
        Self {
            base_url,
            credentials,
            timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(10),
            proxy: None,
            ca_file: None,
            update_method: UpdateMethod::Put,
            paths: Paths::default(),
            user_agent: concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")).to_owned(),
            retry: RetryPolicy::default(),
        }
    }
}

impl fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs of bases and proxies may hold a password.
        f.debug_struct("ClientConfig")
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("update_method", &self.update_method)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

/// The guide says PUT, the reference says POST; either way the update replaces and may be repeated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UpdateMethod {
    /// `PUT`.
    #[default]
    Put,
    /// `POST`.
    Post,
}

impl UpdateMethod {
    pub(super) fn method(self) -> Method {
        match self {
            Self::Put => Method::PUT,
            Self::Post => Method::POST,
        }
    }
}

/// Why a client cannot be made. No message shows a secret.
#[derive(Debug, Error)]
pub enum BuildError {
    /// Credentials would travel in the clear.
    #[error("base URL with host {host:?} must be https; plain http is for loopback hosts only")]
    PlainHttp {
        /// The host.
        host: String,
    },
    /// The base URL cannot carry routes.
    #[error("base URL must be an http or https address {what}")]
    BaseUrl {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The CA file cannot be read.
    #[error("cannot read CA file {}: {source}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The CA file holds no certificate.
    #[error("CA file {} holds no PEM certificate", path.display())]
    CaFileContent {
        /// The file.
        path: PathBuf,
    },
    /// The proxy's address is not one.
    #[error("proxy address cannot be used; give it as http://host:port")]
    Proxy,
    /// A header value cannot be sent.
    #[error("{what} holds characters that cannot be sent in a header")]
    Header {
        /// Which one.
        what: &'static str,
    },
    /// The system has no random numbers.
    #[error("no random numbers from the system: {0}")]
    Random(getrandom::Error),
    /// The HTTP library refused.
    #[error("cannot set up the HTTP client (are there system certificates?): {0}")]
    Http(reqwest::Error),
}

/// Is the address on this machine?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Loopback,
    Network,
}

/// Holds the base URL against the rules.
pub(super) fn check_base(base: &Url) -> Result<Reach, BuildError> {
    let reach = match base.host() {
        None => return Err(BuildError::BaseUrl { what: "with a host" }),
        Some(Host::Domain(name)) if name.eq_ignore_ascii_case("localhost") => Reach::Loopback,
        Some(Host::Ipv4(ip)) if ip.is_loopback() => Reach::Loopback,
        Some(Host::Ipv6(ip)) if ip.is_loopback() => Reach::Loopback,
        Some(_) => Reach::Network,
    };
    match base.scheme() {
        "https" => {}
        "http" if reach == Reach::Loopback => {}
        "http" => return Err(BuildError::PlainHttp { host: base.host_str().unwrap_or_default().to_owned() }),
        _ => return Err(BuildError::BaseUrl { what: "and no other scheme" }),
    }
    if base.query().is_some() || base.fragment().is_some() {
        return Err(BuildError::BaseUrl { what: "without a query or fragment" });
    }
    if !base.username().is_empty() || base.password().is_some() {
        return Err(BuildError::BaseUrl { what: "without a user name or password" });
    }
    Ok(reach)
}

/// The certificates of the CA file.
pub(super) fn read_ca_file(path: &std::path::Path) -> Result<Vec<Certificate>, BuildError> {
    let pem = std::fs::read(path).map_err(|source| BuildError::CaFile { path: path.to_owned(), source })?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(BuildError::CaFileContent { path: path.to_owned() }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        for (url, expected) in [
            ("https://api.example.com/customer/v2", Some(Reach::Network)),
            ("https://127.0.0.1", Some(Reach::Loopback)),
            ("http://127.0.0.1:8080/x", Some(Reach::Loopback)),
            ("http://127.9.9.9", Some(Reach::Loopback)),
            ("http://[::1]:1", Some(Reach::Loopback)),
            ("http://LOCALHOST", Some(Reach::Loopback)),
            ("http://api.example.com", None),
            ("http://localhost.example.com", None),
            ("http://10.0.0.1", None),
            ("ftp://127.0.0.1", None),
            ("https://user:pw@api.example.com", None),
            ("https://api.example.com/?x=1", None),
            ("data:text/plain,x", None),
        ] {
            assert_eq!(check_base(&Url::parse(url).unwrap()).ok(), expected, "{url}");
        }
    }

    #[test]
    fn a_ca_file_that_is_missing_or_empty_is_named() {
        let missing = read_ca_file("/nonexistent/ca.pem".as_ref()).unwrap_err();
        assert!(missing.to_string().contains("/nonexistent/ca.pem"), "{missing}");
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "no certificate").unwrap();
        let empty = read_ca_file(file.path()).unwrap_err();
        assert!(empty.to_string().contains(file.path().to_str().unwrap()), "{empty}");
    }
}
