//! The sandbox over its socket, with a client that knows nothing: one file per concern.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod breakage;
mod gateway;
mod operations;
mod persistence;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Running, Sandbox, SandboxOptions};

/// A sandbox and a client that speaks to it.
struct Bench {
    sandbox: Running,
    client: reqwest::Client,
}

/// An answer, read to its end.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn warnings(&self) -> Vec<u64> {
        let body = self.json();
        let warnings = body["warnings"].as_array().cloned().unwrap_or_default();
        warnings.iter().map(|warning| warning["warningCode"].as_u64().unwrap()).collect()
    }

    fn errors(&self) -> Vec<u64> {
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| error["errorCode"].as_u64().unwrap()).collect()
    }
}

impl Bench {
    async fn start(options: SandboxOptions) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(5))
            .build()
            .unwrap();
        Self { sandbox: Sandbox::start(options).await.unwrap(), client }
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/department/{path}", self.sandbox.base_url());
        self.client.request(method, url).basic_auth("sandbox", Some("sandbox"))
    }

    async fn send(request: reqwest::RequestBuilder) -> Result<Got, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Got { status, headers, body: response.text().await? })
    }

    async fn get(&self, path: &str) -> Got {
        Self::send(self.request(Method::GET, path)).await.unwrap()
    }

    async fn try_create(&self, key: &str) -> Result<Got, reqwest::Error> {
        Self::send(self.request(Method::POST, "d1/customer").json(&person(key))).await
    }

    async fn create(&self, key: &str) -> String {
        let got = self.try_create(key).await.unwrap();
        got.json()["customerUuid"].as_str().unwrap_or_else(|| panic!("{}", got.body)).to_owned()
    }

    fn exists(&self, key: &str) -> bool {
        self.sandbox.model().customer_by_key("d1", key).is_some()
    }
}

/// A body that the contract allows.
fn person(key: &str) -> Value {
    json!({
        "customer": {
            "customerKey": key,
            "firstName": "Ada",
            "lastName": "Example",
            "phoneNumbers": [{ "phoneNumber": "+12125550123", "label": "cell", "okToText": true }],
            "emails": [{ "emailAddress": "ada@example.com", "label": "personal" }],
        },
        "vehicles": [{ "vin": "1M8GDM9AXKP042788", "vehicleKey": "v1" }],
        "validateVin": true,
        "searchForDuplicate": false,
    })
}
