//! From ids to URLs: the templates of the routes, the ones that are settings because the API does not document their
//! paths, and the encoding of an id as exactly one path segment. No request is made here.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use thiserror::Error;
use url::Url;

const DEPARTMENT: &str = "department";
const ENTITY: &str = "entity";
const ENTITY_ID: &str = "entityId";
const PROFILE_TOKEN: &str = "customerProfileViewRequestToken";

/// Everything but RFC 3986's unreserved characters.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The routes whose paths are not documented, as templates below the base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    matching: String,
    linked: String,
    profile: String,
}

impl Default for Paths {
    /// Our best reading of the documentation.
    fn default() -> Self {
        Self {
            matching: "/department/{department}/customer/match".to_owned(),
            linked: "/department/{department}/{entity}/{entityId}/customer".to_owned(),
            profile: "/department/{department}/customerProfile/{customerProfileViewRequestToken}".to_owned(),
        }
    }
}

/// A template that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PathError {
    /// It does not start at the base URL.
    #[error("path template {template:?} must begin with \"/\"")]
    NotAbsolute {
        /// The template.
        template: String,
    },
    /// It holds a brace without its partner, or characters that end a path.
    #[error("path template {template:?} has a stray brace, \"?\", \"#\" or blank")]
    Malformed {
        /// The template.
        template: String,
    },
    /// It asks for a value that this operation does not have.
    #[error("path template {template:?} uses {{{placeholder}}}, which this operation does not have")]
    Unknown {
        /// The template.
        template: String,
        /// The placeholder's name.
        placeholder: String,
    },
    /// It leaves out a value that the operation needs.
    #[error("path template {template:?} must contain {{{placeholder}}}")]
    Missing {
        /// The template.
        template: String,
        /// The placeholder's name.
        placeholder: &'static str,
    },
}

impl Paths {
    /// Checks the templates: each must contain every placeholder of its operation and no other.
    ///
    /// `matching`: `{department}`. `linked`: `{department}`, `{entity}`, `{entityId}`. `profile`: `{department}`,
    /// `{customerProfileViewRequestToken}`.
    pub fn new(matching: &str, linked: &str, profile: &str) -> Result<Self, PathError> {
        check(matching, &[DEPARTMENT])?;
        check(linked, &[DEPARTMENT, ENTITY, ENTITY_ID])?;
        check(profile, &[DEPARTMENT, PROFILE_TOKEN])?;
        Ok(Self { matching: matching.to_owned(), linked: linked.to_owned(), profile: profile.to_owned() })
    }
}

fn check(template: &str, needed: &[&'static str]) -> Result<(), PathError> {
    let owned = || template.to_owned();
    if !template.starts_with('/') {
        return Err(PathError::NotAbsolute { template: owned() });
    }
    let names = placeholders(template).ok_or_else(|| PathError::Malformed { template: owned() })?;
    if let Some(name) = names.iter().find(|name| !needed.contains(name)) {
        return Err(PathError::Unknown { template: owned(), placeholder: (*name).to_owned() });
    }
    match needed.iter().find(|name| !names.contains(name)) {
        Some(name) => Err(PathError::Missing { template: owned(), placeholder: name }),
        None => Ok(()),
    }
}

/// The names between braces, or `None` where the template is no path.
fn placeholders(template: &str) -> Option<Vec<&str>> {
    let mut names = Vec::new();
    let mut parts = template.split('{');
    let outside = |text: &str| !text.contains(|c: char| matches!(c, '}' | '?' | '#') || c.is_whitespace());
    if !parts.next().is_some_and(outside) {
        return None;
    }
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        if !outside(rest) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

/// An operation's address: which route, with which ids.
#[derive(Clone, Copy)]
pub(super) enum Route<'a> {
    Customers { department: &'a str },
    Customer { department: &'a str, uuid: &'a str },
    Search { department: &'a str },
    SearchMinimal { department: &'a str },
    Matching { department: &'a str },
    Linked { department: &'a str, entity: &'a str, entity_id: i64 },
    Profile { department: &'a str, token: &'a str },
}

impl<'a> Route<'a> {
    /// The route's template; it holds no id, so it may be logged.
    pub(super) fn template(self, paths: &Paths) -> &str {
        match self {
            Self::Customers { .. } => "/department/{department}/customer",
            Self::Customer { .. } => "/department/{department}/customer/{customerUuid}",
            Self::Search { .. } => "/department/{department}/customer/list",
            Self::SearchMinimal { .. } => "/department/{department}/customer/listMinimal",
            Self::Matching { .. } => &paths.matching,
            Self::Linked { .. } => &paths.linked,
            Self::Profile { .. } => &paths.profile,
        }
    }

    fn values(self) -> Vec<(&'static str, std::borrow::Cow<'a, str>)> {
        match self {
            Self::Customers { department }
            | Self::Search { department }
            | Self::SearchMinimal { department }
            | Self::Matching { department } => vec![(DEPARTMENT, department.into())],
            Self::Customer { department, uuid } => {
                vec![(DEPARTMENT, department.into()), ("customerUuid", uuid.into())]
            }
            Self::Linked { department, entity, entity_id } => vec![
                (DEPARTMENT, department.into()),
                (ENTITY, entity.into()),
                (ENTITY_ID, entity_id.to_string().into()),
            ],
            Self::Profile { department, token } => {
                vec![(DEPARTMENT, department.into()), (PROFILE_TOKEN, token.into())]
            }
        }
    }

    /// The URL below `base`. `None` where an id cannot be a path segment: empty, `.` or `..`, which URLs resolve
    /// even when they are percent-encoded, and would so reach another route.
    pub(super) fn url(self, base: &Url, paths: &Paths) -> Option<Url> {
        let mut path = self.template(paths).to_owned();
        for (name, value) in self.values() {
            if matches!(&*value, "" | "." | "..") {
                return None;
            }
            path = path.replace(&format!("{{{name}}}"), &utf8_percent_encode(&value, SEGMENT).to_string());
        }
        let mut url = base.clone();
        url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
        Some(url)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn url(route: Route<'_>, base: &str) -> Option<String> {
        route.url(&Url::parse(base).unwrap(), &Paths::default()).map(String::from)
    }

    #[test]
    fn an_id_is_one_path_segment_below_the_base() {
        let base = "https://api.example.com/customer/v2";
        let cases = [
            ("-a/b%c", Some("https://api.example.com/customer/v2/department/d/customer/-a%2Fb%25c")),
            ("a b?x#y", Some("https://api.example.com/customer/v2/department/d/customer/a%20b%3Fx%23y")),
            (
                "{department}",
                Some("https://api.example.com/customer/v2/department/d/customer/%7Bdepartment%7D"),
            ),
            (r"..\x", Some("https://api.example.com/customer/v2/department/d/customer/..%5Cx")),
            ("é~._-", Some("https://api.example.com/customer/v2/department/d/customer/%C3%A9~._-")),
            ("%2e%2e", Some("https://api.example.com/customer/v2/department/d/customer/%252e%252e")),
            ("..", None),
            (".", None),
            ("", None),
        ];
        for (uuid, expected) in cases {
            let found = url(Route::Customer { department: "d", uuid }, base);
            assert_eq!(found.as_deref(), expected, "{uuid}");
        }
    }

    #[test]
    fn the_base_may_have_a_path_or_a_trailing_slash() {
        for (base, expected) in [
            ("http://127.0.0.1:1", "http://127.0.0.1:1/department/d/customer"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/department/d/customer"),
            ("http://127.0.0.1:1/customer/v2/", "http://127.0.0.1:1/customer/v2/department/d/customer"),
        ] {
            assert_eq!(url(Route::Customers { department: "d" }, base).as_deref(), Some(expected));
        }
    }

    #[test]
    fn templates_take_their_values() {
        let linked =
            url(Route::Linked { department: "d", entity: "re/pair", entity_id: -7 }, "http://localhost");
        assert_eq!(linked.as_deref(), Some("http://localhost/department/d/re%2Fpair/-7/customer"));
        let profile = url(Route::Profile { department: "d", token: "t" }, "http://localhost");
        assert_eq!(profile.as_deref(), Some("http://localhost/department/d/customerProfile/t"));
    }

    #[test]
    fn templates_are_checked() {
        let Paths { matching, linked, profile } = Paths::default();
        assert_eq!(Paths::new(&matching, &linked, &profile), Ok(Paths::default()));
        let matching_error =
            |template: &str| Paths::new(template, &linked, &profile).unwrap_err().to_string();
        for (template, part) in [
            ("d/{department}", "must begin"),
            ("/d/{department}/{entity}", "uses {entity}"),
            ("/d/match", "must contain {department}"),
            ("/d/{department", "stray brace"),
            ("/d/}{department}", "stray brace"),
            ("/d/{department}?x=1", "stray brace"),
        ] {
            assert!(matching_error(template).contains(part), "{template}: {}", matching_error(template));
        }
    }
}
