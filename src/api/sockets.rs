//! The real network: connections, TLS, proxies and timeouts, by `reqwest`. It follows no redirect and repeats nothing;
//! headers and their meaning are [`super::transport`]'s part.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use reqwest::{Proxy, Response, redirect, retry};

use super::carrier::{Carried, Carrier, Carrying, Lost, Parcel, Received};
use super::config::{self, BuildError, ClientConfig, Reach};

/// Longest body that is read. The largest answer is a hundred customers.
pub(super) const MAX_BODY: usize = 8 * 1024 * 1024;

/// A pool of connections.
pub(super) struct Sockets {
    http: reqwest::Client,
}

impl Sockets {
    pub(super) fn new(config: &ClientConfig) -> Result<Self, BuildError> {
        // An error means that someone installed a provider before us, which will do as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .timeout(config.timeout)
            .connect_timeout(config.connect_timeout)
            // Gateways close idle connections after about a minute; a create on a dying one is a create in doubt.
            .pool_idle_timeout(Duration::from_secs(20))
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            .retry(retry::never());
        let builder = with_network(builder, config)?;
        let http = builder.build().map_err(|error| BuildError::Http(error.without_url()))?;
        Ok(Self { http })
    }
}

impl Carrier for Sockets {
    fn carry(&self, parcel: Parcel) -> Carrying<'_> {
        Box::pin(async move {
            let Parcel { method, url, headers, body } = parcel;
            let mut request = self.http.request(method, url).headers(headers);
            if let Some(body) = body {
                request = request.body(body);
            }
            let response = request.send().await.map_err(|error| Lost::from_error(&error))?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(Carried { status, headers, body: read_body(response).await })
        })
    }
}

/// Proxy and trust. A loopback host needs no proxy, and plain HTTP no certificates of the system.
fn with_network(
    mut builder: reqwest::ClientBuilder,
    config: &ClientConfig,
) -> Result<reqwest::ClientBuilder, BuildError> {
    let reach = config::check_base(&config.base_url)?;
    builder = match (&config.proxy, reach) {
        (_, Reach::Loopback) => builder.no_proxy(),
        (Some(proxy), Reach::Network) => {
            builder.proxy(Proxy::all(proxy.clone()).map_err(|_| BuildError::Proxy)?)
        }
        (None, Reach::Network) => builder,
    };
    if let Some(path) = &config.ca_file {
        builder = builder.tls_certs_merge(config::read_ca_file(path)?);
    }
    Ok(if config.base_url.scheme() == "http" { builder.tls_certs_only([]) } else { builder })
}

async fn read_body(mut response: Response) -> Received {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => return Received::TooLong,
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Received::Whole(body),
            Err(_) => return Received::Cut,
        }
    }
}

impl Lost {
    fn from_error(error: &reqwest::Error) -> Self {
        // First: a failed handshake is a connect error too, but no repetition cures it.
        if let Some(what) = distrust(error) {
            Self::NoTrust(what)
        } else if error.is_connect() || error.is_builder() {
            Self::NoConnection
        } else if error.is_timeout() {
            Self::TimedOut
        } else {
            Self::Broken
        }
    }
}

/// The TLS failure in an error's chain that is about whom we talk to, in words.
fn distrust(error: &reqwest::Error) -> Option<&'static str> {
    if !error.is_connect() {
        return None;
    }
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return describe(tls);
        }
        // The source of an I/O error skips the error that it wraps.
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        next = wrapped.map_or_else(|| cause.source(), |wrapped| Some(wrapped));
    }
    None
}

fn describe(error: &rustls::Error) -> Option<&'static str> {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(Certificate::UnknownIssuer) => {
            Some("the certificate's issuer is not trusted")
        }
        rustls::Error::InvalidCertificate(Certificate::Expired | Certificate::ExpiredContext { .. }) => {
            Some("the certificate has expired")
        }
        rustls::Error::InvalidCertificate(
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. },
        ) => Some("the certificate is for another host"),
        rustls::Error::InvalidCertificate(_) => Some("the certificate is not valid"),
        rustls::Error::NoCertificatesPresented => Some("the other side shows no certificate"),
        rustls::Error::InvalidMessage(_) => Some("the other side does not speak TLS"),
        rustls::Error::PeerIncompatible(_) | rustls::Error::PeerMisbehaved(_) => {
            Some("the other side's TLS is too old or broken")
        }
        // Alerts and the like may pass.
        _ => None,
    }
}
