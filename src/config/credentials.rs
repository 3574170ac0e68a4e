//! [`Credentials`]: the username and password of the API, from the environment or from files of their own.
//!
//! Never from a flag (every user of a machine sees those) nor from the configuration (it gets copied). Sends nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::path::Path;

use secrecy::{ExposeSecret as _, SecretString};

use super::address::BaseUrl;
use super::problem::ConfigError;
use super::settings::ApiSettings;

/// Variable that holds the username.
pub(super) const USERNAME: &str = "DMS_SYNC_USERNAME";
/// Variable that holds the password.
pub(super) const PASSWORD: &str = "DMS_SYNC_PASSWORD";
/// The most that is read of a file, in bytes.
const LIMIT: u64 = 4096;

/// What one logs in with. Masked in `Debug`.
#[derive(Clone)]
pub struct Credentials {
    /// The username: not blank, without a colon, which ends it on the wire.
    pub username: String,
    /// The password: not blank.
    pub password: SecretString,
    /// What a person should know of them, e.g. that others can read a file. Holds no secret.
    pub notices: Vec<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(masked)")
    }
}

impl Credentials {
    /// The credentials for `api`; `None` where it is the sandbox, which makes its own. A variable of `env` wins over
    /// a file. Of a file's text, the newline at its end does not count.
    pub fn resolve(api: &ApiSettings, env: &BTreeMap<String, String>) -> Result<Option<Self>, ConfigError> {
        if api.base_url == BaseUrl::Sandbox {
            return Ok(None);
        }
        let mut notices = Vec::new();
        let username = Wanted { what: "username", variable: USERNAME, key: "username_file" };
        let password = Wanted { what: "password", variable: PASSWORD, key: "password_file" };
        let (name, from) = username.find(env, api.username_file.as_deref(), &mut notices)?;
        let (secret, _) = password.find(env, api.password_file.as_deref(), &mut notices)?;
        let name = name.expose_secret().to_owned();
        if name.contains(':') {
            let why = "holds a colon, which no username can: is it username and password in one?".to_owned();
            return Err(ConfigError::BadCredential { what: "username", from, why });
        }
        Ok(Some(Self { username: name, password: secret, notices }))
    }
}

/// One of the two.
struct Wanted {
    what: &'static str,
    variable: &'static str,
    key: &'static str,
}

impl Wanted {
    /// The text and where it is from.
    fn find(
        &self,
        env: &BTreeMap<String, String>,
        file: Option<&Path>,
        notices: &mut Vec<String>,
    ) -> Result<(SecretString, String), ConfigError> {
        let (text, from) = match (env.get(self.variable).filter(|text| !text.is_empty()), file) {
            (Some(text), _) => (text.clone(), self.variable.to_owned()),
            (None, Some(file)) => (self.read(file, notices)?, file.display().to_string()),
            (None, None) => {
                return Err(ConfigError::NoCredential {
                    what: self.what,
                    variable: self.variable,
                    key: self.key,
                });
            }
        };
        let text =
            text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
        if text.trim().is_empty() {
            return Err(self.bad(&from, "is blank"));
        }
        if text.chars().any(char::is_control) {
            return Err(self.bad(&from, "holds more than one line, or a control character"));
        }
        Ok((SecretString::from(text), from))
    }

    /// The text of a file, and a notice where others can read it.
    fn read(&self, path: &Path, notices: &mut Vec<String>) -> Result<String, ConfigError> {
        let from = path.display().to_string();
        let unreadable = |error: std::io::Error| self.bad(&from, &format!("cannot be read: {error}"));
        let file = std::fs::File::open(path).map_err(unreadable)?;
        if is_open_to_others(&file.metadata().map_err(unreadable)?) {
            notices.push(format!("{from} can be read by other users of this machine: chmod 600 it"));
        }
        let mut bytes = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > LIMIT {
            return Err(self.bad(&from, &format!("is longer than {LIMIT} bytes")));
        }
        String::from_utf8(bytes).map_err(|_| self.bad(&from, "is not UTF-8"))
    }

    fn bad(&self, from: &str, why: &str) -> ConfigError {
        ConfigError::BadCredential { what: self.what, from: from.to_owned(), why: why.to_owned() }
    }
}

/// Whether the file's mode lets its group or everyone at it. Mounted secrets often do, so it is no error.
#[cfg(unix)]
fn is_open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

/// Where there are no modes, the file's directory decides.
#[cfg(not(unix))]
fn is_open_to_others(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::parse;

    /// Resolves with these files, by name and text, and this environment.
    fn resolve(files: &[(&str, &str)], env: &[(&str, &str)]) -> Result<Option<Credentials>, String> {
        let dir = tempfile::tempdir().unwrap();
        let mut text = "[[department]]\nname = \"a\"\ntoken = \"t\"\n[api]\n".to_owned();
        for (key, content) in files {
            std::fs::write(dir.path().join(key), content).unwrap();
            text.extend([key, " = \"", key, "\"\n"]);
        }
        let settings = parse(&text, dir.path()).unwrap();
        let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let shown = |error: ConfigError| error.to_string().replace(&format!("{}/", dir.path().display()), "");
        Credentials::resolve(&settings.api, &env).map_err(shown)
    }

    #[test]
    fn from_the_environment_or_from_files_of_which_the_last_newline_goes() {
        let files = [("username_file", "anna\r\n"), ("password_file", " hu:sh \n")];
        let found = resolve(&files, &[]).unwrap().unwrap();
        assert_eq!((found.username.as_str(), found.password.expose_secret()), ("anna", " hu:sh "));
        let found = resolve(&files, &[(PASSWORD, "other"), (USERNAME, "")]).unwrap().unwrap();
        assert_eq!((found.username.as_str(), found.password.expose_secret()), ("anna", "other"));
        assert!(!format!("{found:?}").contains("anna"));
    }

    #[test]
    fn what_is_missing_or_useless_names_the_remedy_and_not_the_secret() {
        for (files, env, message) in [
            (
                &[][..],
                &[][..],
                "no username: set DMS_SYNC_USERNAME, or name a file that holds it in api.username_file",
            ),
            (
                &[],
                &[(USERNAME, "anna")],
                "no password: set DMS_SYNC_PASSWORD, or name a file that holds it in api.password_file",
            ),
            (
                &[],
                &[(USERNAME, "anna:hush"), (PASSWORD, "x")],
                "the username from DMS_SYNC_USERNAME holds a colon, which no username can: is it username and password in one?",
            ),
            (&[("username_file", "\n")], &[(PASSWORD, "x")], "the username from username_file is blank"),
            (
                &[("username_file", "anna\nhush\n")],
                &[(PASSWORD, "x")],
                "the username from username_file holds more than one line, or a control character",
            ),
        ] {
            assert_eq!(resolve(files, env).unwrap_err(), message);
        }
        let long = "x".repeat(5000);
        let error = resolve(&[("password_file", &long)], &[(USERNAME, "anna")]).unwrap_err();
        assert_eq!(error, "the password from password_file is longer than 4096 bytes");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_noticed() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("secret");
        std::fs::write(&file, "x").unwrap();
        for (mode, notices) in [(0o600, 0), (0o640, 1), (0o604, 1)] {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            let mut found = Vec::new();
            Wanted { what: "password", variable: PASSWORD, key: "password_file" }
                .read(&file, &mut found)
                .unwrap();
            assert_eq!(found.len(), notices, "{mode:o}");
        }
    }

    #[test]
    fn the_sandbox_needs_none() {
        let text = "[api]\nbase_url = \"sandbox\"\n[[department]]\nname = \"a\"\ntoken = \"t\"\n";
        let settings = parse(text, Path::new("/")).unwrap();
        assert!(Credentials::resolve(&settings.api, &BTreeMap::new()).unwrap().is_none());
    }
}
