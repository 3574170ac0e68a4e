//! Method and path to operation, and nothing else.
//!
//! What is not one of the documented (or inferred) routes is none: the real one answers it with a login page.

use axum::http::Method;
use percent_encoding::percent_decode_str;

/// Where the API begins.
pub(crate) const BASE: &str = "/customer/v2";

/// An operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteName {
    /// `POST …/customer`
    Create,
    /// `PUT` or `POST …/customer/{uuid}`
    Update,
    /// `GET …/customer/{uuid}`
    Read,
    /// `GET …/customer/list`
    Search,
    /// `GET …/customer/listMinimal`
    ListMinimal,
    /// `POST …/customer/match`
    Match,
    /// `GET …/{entity}/{entityId}/customer`
    Linked,
    /// `GET …/customerProfile/{token}`
    Profile,
}

impl RouteName {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Update,
        Self::Read,
        Self::Search,
        Self::ListMinimal,
        Self::Match,
        Self::Linked,
        Self::Profile,
    ];

    /// The name in journal and fault files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Read => "read",
            Self::Search => "search",
            Self::ListMinimal => "listMinimal",
            Self::Match => "match",
            Self::Linked => "linked",
            Self::Profile => "profile",
        }
    }
}

/// A request's operation and the identities in its path, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) name: RouteName,
    pub(crate) department: String,
    /// Customer uuid, entity id or profile token; empty where the path has none.
    pub(crate) subject: String,
    /// The entity of a linked look-up; else empty.
    pub(crate) entity: String,
}

impl Route {
    /// The operation, if the path is one. Only create may end in a slash.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        let path = path.strip_prefix(BASE)?.strip_prefix("/department/")?;
        let decoded: Option<Vec<String>> = path.split('/').map(decode).collect();
        let decoded = decoded?;
        let segments: Vec<&str> = decoded.iter().map(String::as_str).collect();
        let (department, rest) = segments.split_first()?;
        let (name, entity, subject) = match (method.as_str(), rest) {
            ("POST", ["customer"] | ["customer", ""]) => (RouteName::Create, "", ""),
            ("GET", ["customer", "list"]) => (RouteName::Search, "", ""),
            ("GET", ["customer", "listMinimal"]) => (RouteName::ListMinimal, "", ""),
            ("POST", ["customer", "match"]) => (RouteName::Match, "", ""),
            ("GET", ["customer", uuid]) if !uuid.is_empty() => (RouteName::Read, "", *uuid),
            ("PUT" | "POST", ["customer", uuid]) if !uuid.is_empty() => (RouteName::Update, "", *uuid),
            ("GET", ["customerProfile", token]) if !token.is_empty() => (RouteName::Profile, "", *token),
            ("GET", [entity, id, "customer"]) => (RouteName::Linked, *entity, *id),
            _ => return None,
        };
        (!department.is_empty()).then(|| Self {
            name,
            department: (*department).to_owned(),
            subject: subject.to_owned(),
            entity: entity.to_owned(),
        })
    }
}

fn decode(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_operations() {
        for (method, path, expected) in [
            ("POST", "d1/customer", Some(("create", "d1", ""))),
            ("POST", "d1/customer/", Some(("create", "d1", ""))),
            ("PUT", "d1/customer/-abc", Some(("update", "d1", "-abc"))),
            ("POST", "d1/customer/-abc", Some(("update", "d1", "-abc"))),
            ("GET", "d1/customer/a%2Fb", Some(("read", "d1", "a/b"))),
            ("GET", "d%201/customer/list", Some(("search", "d 1", ""))),
            ("GET", "d1/customer/listMinimal", Some(("listMinimal", "d1", ""))),
            ("POST", "d1/customer/match", Some(("match", "d1", ""))),
            ("GET", "d1/customer/42/customer", Some(("linked", "d1", "42"))),
            ("GET", "d1/customerProfile/t", Some(("profile", "d1", "t"))),
            ("GET", "d1/customer", None),
            ("GET", "d1/customer/", None),
            ("GET", "d1/customer/x/", None),
            ("DELETE", "d1/customer/x", None),
            ("PUT", "d1/customer/", None),
            ("POST", "/customer", None),
            ("POST", "d1/customers", None),
            ("GET", "d1/customer/%ff", None),
        ] {
            let route = Route::of(&method.parse().unwrap(), &format!("{BASE}/department/{path}"));
            let found =
                route.as_ref().map(|route| (route.name.as_str(), &*route.department, &*route.subject));
            assert_eq!(found, expected, "{method} {path}");
        }
        assert_eq!(Route::of(&Method::GET, "/customer/v1/department/d1/customer/x"), None);
    }
}
