//! The answers: the API's envelope of errors and warnings, and the gateway's own bare form.
//!
//! The table of the real errors is not known; codes from 20000 on are this sandbox's inventions, so that a client
//! that branches on an error's number alone finds nothing to hold on to. Warnings 10001 to 10016 are documented.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A warning's number and title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Code(pub(crate) u32, pub(crate) &'static str);

pub(crate) const NO_CUSTOMER_FOUND: Code = Code(10001, "NO_CUSTOMER_FOUND");
pub(crate) const INVALID_MAXRESULTS: Code = Code(10002, "INVALID_MAXRESULTS");
pub(crate) const SEARCH_TERM_LIMIT: Code = Code(10003, "SEARCH_TERM_LIMIT");
pub(crate) const INVALID_SEARCH_PREFERENCE: Code = Code(10004, "INVALID_SEARCH_PREFERENCE");
pub(crate) const DELETED_ALL_PHONE_NUMBERS: Code = Code(10005, "DELETED_ALL_PHONE_NUMBERS");
pub(crate) const DELETED_ALL_EMAILS: Code = Code(10006, "DELETED_ALL_EMAILS");
pub(crate) const EMPTY_PHONE_NUMBER: Code = Code(10011, "EMPTY_PHONE_NUMBER");
pub(crate) const EMPTY_EMAIL: Code = Code(10012, "EMPTY_EMAIL");
pub(crate) const NO_VALID_PHONE_FOUND: Code = Code(10013, "NO_VALID_PHONE_FOUND");
pub(crate) const NO_VALID_EMAIL_FOUND: Code = Code(10014, "NO_VALID_EMAIL_FOUND");
pub(crate) const INCORRECT_PHONE_FORMAT: Code = Code(10015, "INCORRECT_PHONE_FORMAT");
pub(crate) const INVALID_PHONE_FIELDS: Code = Code(10016, "INVALID_PHONE_FIELDS");

/// The body broke the contract.
pub(crate) const CONTRACT: Code = Code(20000, "INVALID_REQUEST");
/// Another customer of the department has the key.
pub(crate) const KEY_TAKEN: Code = Code(20001, "CUSTOMER_KEY_EXISTS");
/// Neither first and last name nor a business with a company.
pub(crate) const NAMELESS: Code = Code(20002, "NAME_REQUIRED");
/// The body names another customer than the path.
pub(crate) const OTHER_CUSTOMER: Code = Code(20003, "CUSTOMER_UUID_MISMATCH");
/// The state file could not be written.
pub(crate) const NOT_STORED: Code = Code(20005, "INTERNAL_ERROR");
/// A fault of the sandbox's own.
pub(crate) const INJECTED: Code = Code(20006, "INJECTED_FAULT");
/// A warning: the vehicle was refused, the customer saved.
pub(crate) const INVALID_VIN: Code = Code(20101, "INVALID_VIN");

/// An answer before it is HTTP.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) headers: Vec<(header::HeaderName, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A JSON answer.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, content_type: Some("application/json"), headers: Vec::new(), body }
    }

    /// A 200 with the given fields and warnings; without warnings the list is left out.
    pub(crate) fn found(fields: Value, warnings: &[Code]) -> Self {
        let mut body = match fields {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        if !warnings.is_empty() {
            body.insert("warnings".to_owned(), warnings.iter().copied().map(warning).collect());
        }
        Self::json(StatusCode::OK, &body)
    }

    /// A refusal in the API's envelope, one error per message.
    pub(crate) fn refused(status: StatusCode, code: Code, messages: &[String]) -> Self {
        let errors: Vec<Value> = messages.iter().map(|message| error(code, message)).collect();
        Self::json(status, &json!({ "errors": errors }))
    }

    /// A refusal in the gateway's form, without the envelope.
    pub(crate) fn gateway(status: StatusCode, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    /// The login page that a wrong route answers with.
    pub(crate) fn login_page() -> Self {
        let page = "<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form method=\"post\" \
                    action=\"/login\"><input name=\"username\"><input name=\"password\" type=\"password\">\
                    <button>Sign in</button></form></body></html>\n";
        Self::raw(StatusCode::OK, Some("text/html; charset=utf-8"), page.into())
    }

    pub(crate) fn raw(status: StatusCode, content_type: Option<&'static str>, body: Vec<u8>) -> Self {
        Self { status, content_type, headers: Vec::new(), body }
    }

    pub(crate) fn with(mut self, name: header::HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The HTTP response. A header value that HTTP cannot carry is left out.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        if let Some(kind) = self.content_type {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

pub(crate) fn error(code: Code, message: &str) -> Value {
    json!({ "errorCode": code.0, "errorTitle": code.1, "errorMessage": message })
}

fn warning(code: Code) -> Value {
    let message = code.1.to_lowercase().replace('_', " ");
    json!({ "warningCode": code.0, "warningTitle": code.1, "warningMessage": message })
}
