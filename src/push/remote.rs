//! What push needs of a remote: four operations of one department.

use std::future::Future;

use crate::api::wire::{
    CustomerWithVehiclesResponse, MinimalField, MinimalQuery, SaveCustomerRequest, SaveCustomerResponse,
    SearchMinimalResponse,
};
use crate::api::{CallResult, Client, Vehicles};

/// One department at myKaarma. Every call is retried, rated and classified below.
pub trait Remote: Send + Sync + 'static {
    /// Creates a customer. May be in doubt.
    fn create(
        &self,
        body: &SaveCustomerRequest,
    ) -> impl Future<Output = CallResult<SaveCustomerResponse>> + Send;

    /// Replaces a customer's record.
    fn update(
        &self,
        uuid: &str,
        body: &SaveCustomerRequest,
    ) -> impl Future<Output = CallResult<SaveCustomerResponse>> + Send;

    /// Reads a customer with its vehicles.
    fn read(&self, uuid: &str) -> impl Future<Output = CallResult<CustomerWithVehiclesResponse>> + Send;

    /// Searches one field; fuzzy, lagging, at most [`PAGE`] results.
    fn find(
        &self,
        term: &str,
        field: MinimalField,
    ) -> impl Future<Output = CallResult<SearchMinimalResponse>> + Send;
}

/// The most results that a search answers; as many prove nothing about what is not among them.
pub const PAGE: u8 = 100;

/// The real one: a client and the department's token.
#[derive(Debug, Clone)]
pub struct DepartmentRemote {
    client: Client,
    token: String,
}

impl DepartmentRemote {
    /// The department with this token.
    pub fn new(client: Client, token: String) -> Self {
        Self { client, token }
    }
}

impl Remote for DepartmentRemote {
    async fn create(&self, body: &SaveCustomerRequest) -> CallResult<SaveCustomerResponse> {
        self.client.create(&self.token, body).await
    }

    async fn update(&self, uuid: &str, body: &SaveCustomerRequest) -> CallResult<SaveCustomerResponse> {
        self.client.update(&self.token, uuid, body).await
    }

    async fn read(&self, uuid: &str) -> CallResult<CustomerWithVehiclesResponse> {
        self.client.read(&self.token, uuid, Vehicles::Include).await
    }

    async fn find(&self, term: &str, field: MinimalField) -> CallResult<SearchMinimalResponse> {
        let query = MinimalQuery { term: term.to_owned(), fields: vec![field], max_results: Some(PAGE) };
        self.client.search_minimal(&self.token, &query).await
    }
}
