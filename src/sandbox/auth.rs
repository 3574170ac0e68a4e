//! Basic authentication, as the gateway does it.

use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::envelope::Answer;

/// Whether the request carries exactly this account.
pub(crate) fn authentic(headers: &HeaderMap, credentials: &(String, String)) -> bool {
    let Some(value) = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let Some((scheme, encoded)) = value.split_once(' ') else { return false };
    let given = STANDARD.decode(encoded.trim()).unwrap_or_default();
    let (user, password) = credentials;
    scheme.eq_ignore_ascii_case("basic") && given == format!("{user}:{password}").into_bytes()
}

/// The gateway's 401, without the API's envelope.
pub(crate) fn unauthorized() -> Answer {
    Answer::gateway(StatusCode::UNAUTHORIZED, "Unauthorized")
        .with(header::WWW_AUTHENTICATE, "Basic realm=\"service\"")
}

/// The 403 of an account without a scope for the department.
pub(crate) fn forbidden() -> Answer {
    Answer::gateway(StatusCode::FORBIDDEN, "ApiScope does not exist")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_the_exact_account_passes() {
        let account = ("user".to_owned(), "p:ss".to_owned());
        for (value, expected) in [
            (Some("Basic dXNlcjpwOnNz"), true),
            (Some("basic dXNlcjpwOnNz"), true),
            (Some("Basic dXNlcjpwOnN6"), false),
            (Some("Bearer dXNlcjpwOnNz"), false),
            (Some("Basic"), false),
            (Some("Basic ***"), false),
            (None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            assert_eq!(authentic(&headers, &account), expected, "{value:?}");
        }
    }
}
