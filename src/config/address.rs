//! Addresses: [`BaseUrl`], [`ProxyUrl`] and the path templates of `[api.paths]`.
//!
//! Customer data travels over HTTPS, or plain HTTP to this machine alone. Sends nothing; `api` does.

use std::fmt;
use std::path::Path;

use url::{Host, Url};

use super::raw::{Raw, quoted};
use super::rule::{Refusal, Rule, text};

/// Where the API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BaseUrl {
    /// An in-process server on a loopback socket.
    Sandbox,
    /// A server: HTTPS, or HTTP on a loopback address; without credentials, query or fragment.
    Url(Url),
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sandbox => f.write_str("sandbox"),
            Self::Url(url) => f.write_str(url.as_str().trim_end_matches('/')),
        }
    }
}

/// A proxy. Its address may hold a password: masked in `Debug` and `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    /// The address, password and all, for the client that dials it.
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secret = if has_credentials(&self.0) { "****@" } else { "" };
        let host = self.0.host_str().unwrap_or_default();
        let port = self.0.port().map(|port| format!(":{port}")).unwrap_or_default();
        write!(f, "{}://{secret}{host}{port}", self.0.scheme())
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

/// The rule of `api.base_url`.
pub(super) struct Base;

impl Rule<BaseUrl> for Base {
    fn legal(&self) -> String {
        "an https:// address, an http:// address of this machine, or \"sandbox\"".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<BaseUrl, Refusal> {
        let text = text(raw)?;
        if text == "sandbox" {
            return Ok(BaseUrl::Sandbox);
        }
        let url = Url::parse(text).map_err(|_| Refusal::Illegal)?;
        if has_credentials(&url) {
            return Err(Refusal::Because(
                "holds a username or password: set DMS_SYNC_USERNAME and DMS_SYNC_PASSWORD, or name files in \
                 api.username_file and api.password_file"
                    .to_owned(),
            ));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(Refusal::Because("must end before any `?` or `#`".to_owned()));
        }
        match url.scheme() {
            "https" => Ok(BaseUrl::Url(url)),
            "http" if is_loopback(&url) => Ok(BaseUrl::Url(url)),
            "http" => Err(Refusal::Because(
                "must begin with https://: plain http is for this machine alone, customer data would travel in \
                 the clear"
                    .to_owned(),
            )),
            _ => Err(Refusal::Illegal),
        }
    }

    fn write(&self, value: &BaseUrl) -> String {
        quoted(&value.to_string())
    }

    fn is_secret(&self) -> bool {
        true
    }
}

/// The rule of `api.proxy`.
pub(super) struct Proxy;

impl Rule<ProxyUrl> for Proxy {
    fn legal(&self) -> String {
        "the http:// or https:// address of a proxy".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<ProxyUrl, Refusal> {
        let url = Url::parse(text(raw)?).map_err(|_| Refusal::Illegal)?;
        let usable = matches!(url.scheme(), "http" | "https") && url.has_host();
        usable.then_some(ProxyUrl(url)).ok_or(Refusal::Illegal)
    }

    fn write(&self, value: &ProxyUrl) -> String {
        quoted(&value.to_string())
    }

    fn is_secret(&self) -> bool {
        true
    }
}

/// The rule of a path in `[api.paths]`: which placeholders it may have, and which it must.
pub(super) struct Template {
    /// Those that it may have.
    pub(super) allowed: &'static [&'static str],
    /// Those without which it cannot name what is asked for.
    pub(super) required: &'static [&'static str],
}

impl Rule<String> for Template {
    fn legal(&self) -> String {
        let names: Vec<_> = self.allowed.iter().map(|name| format!("{{{name}}}")).collect();
        format!(
            "a path that begins with / and continues base_url, with the placeholders {}",
            names.join(", ")
        )
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<String, Refusal> {
        let path = text(raw)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '\\');
        if !path.starts_with('/') || path.contains(odd) {
            return Err(Refusal::Illegal);
        }
        let found = placeholders(path).ok_or(Refusal::Illegal)?;
        if let Some(unknown) = found.iter().find(|name| !self.allowed.contains(name)) {
            return Err(Refusal::Because(format!(
                "has no placeholder {{{unknown}}}: it must be {}",
                self.legal()
            )));
        }
        match self.required.iter().find(|name| !found.contains(name)) {
            Some(missing) => Err(Refusal::Because(format!("needs the placeholder {{{missing}}}"))),
            None => Ok(path.to_owned()),
        }
    }

    fn write(&self, value: &String) -> String {
        quoted(value)
    }
}

/// The names in braces in `path`; `None` where braces do not pair.
fn placeholders(path: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut rest = path;
    while let Some(at) = rest.find(['{', '}']) {
        let (name, after) = rest[at..].strip_prefix('{')?.split_once('}')?;
        names.push(name);
        rest = after;
    }
    Some(names)
}

/// Whether `url` holds a username or a password.
fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Whether `url` stays on this machine.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<BaseUrl, Refusal> {
        Base.read(&Raw::Text(text.to_owned()), Path::new("/"))
    }

    #[test]
    fn customer_data_never_travels_in_the_clear() {
        for good in [
            "https://api.example.com/customer/v2",
            "http://localhost:8080",
            "http://127.0.0.9/x",
            "http://[::1]:1",
            "sandbox",
        ] {
            assert!(base(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "ftp://localhost",
            "api.example.com",
            "https://u:p@api.example.com",
            "https://api.example.com?x=1",
            "https://api.example.com/#x",
            "https://",
            "Sandbox",
            "",
        ] {
            assert!(base(bad).is_err(), "{bad}");
        }
        assert_eq!(base("https://api.example.com/v2/").unwrap().to_string(), "https://api.example.com/v2");
    }

    #[test]
    fn a_proxy_hides_its_password() {
        let proxy =
            Proxy.read(&Raw::Text("http://anna:hush@proxy.example.com:3128".into()), Path::new("/")).unwrap();
        assert_eq!(format!("{proxy} {proxy:?}").matches("hush").count(), 0);
        assert_eq!(Proxy.write(&proxy), r#""http://****@proxy.example.com:3128""#);
        assert_eq!(proxy.expose().password(), Some("hush"));
    }

    #[test]
    fn a_template_has_the_placeholders_that_it_needs() {
        let rule = Template { allowed: &["department", "id"], required: &["id"] };
        let read = |path: &str| rule.read(&Raw::Text(path.to_owned()), Path::new("/"));
        assert!(read("/department/{department}/x/{id}").is_ok());
        for bad in ["", "x/{id}", "/x", "/x/{id", "/x/id}", "/{ID}/{id}", "/{id}?a=b", "/{id} ", "/{{id}}"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
