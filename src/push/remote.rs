//! What push needs of a remote: four operations of one department.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::trouble::NOBODY;
use crate::api::wire::{
    CustomerWithVehiclesResponse, MinimalField, MinimalQuery, SaveCustomerRequest, SaveCustomerResponse,
    SearchMinimalResponse,
};
use crate::api::{CallResult, Client, Failure, Pause, Renewal, Vehicles};

/// One department at myKaarma. Every call is retried, rated and classified below.
pub trait Remote: Send + Sync + 'static {
    /// Creates a customer. May be in doubt. `renewal` has the last word whenever the body leaves.
    fn create(
        &self,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> impl Future<Output = CallResult<SaveCustomerResponse>> + Send;

    /// Replaces a customer's record. What is sent late or again, `renewal` gives; it has the last word, too.
    fn update(
        &self,
        uuid: &str,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> impl Future<Output = CallResult<SaveCustomerResponse>> + Send;

    /// Reads a customer with its vehicles.
    fn read(&self, uuid: &str) -> impl Future<Output = CallResult<CustomerWithVehiclesResponse>> + Send;

    /// Searches one field; fuzzy, lagging, at most [`PAGE`] results.
    fn find(
        &self,
        term: &str,
        field: MinimalField,
    ) -> impl Future<Output = CallResult<SearchMinimalResponse>> + Send;

    /// Keeps every call but [`Remote::probe`] from being sent, until [`Remote::go_on`].
    fn hold(&self) {}

    /// Ends [`Remote::hold`].
    fn go_on(&self) {}

    /// A question that every account with access may ask. It asks about nobody: a record that is closed to us must not
    /// pass for a department that is.
    fn probe(&self) -> impl Future<Output = CallResult<SearchMinimalResponse>> + Send {
        async { self.find(NOBODY, MinimalField::CustomerKey).await }
    }
}

/// The most results that a search answers; as many prove nothing about what is not among them.
pub const PAGE: u8 = 100;

/// The real one: a client and the department's token.
#[derive(Debug, Clone)]
pub struct DepartmentRemote {
    client: Client,
    /// The same client, which is never held.
    probing: Client,
    pause: Pause,
    token: String,
    /// Calls that were not turned away as a whole: answered, refused in so many words, or lost.
    met: Arc<AtomicUsize>,
}

impl DepartmentRemote {
    /// The department with this token.
    pub fn new(client: Client, token: String) -> Self {
        let pause = Pause::new();
        Self { client: client.paused_by(&pause), probing: client, pause, token, met: Arc::default() }
    }

    /// Whether every call so far was turned away as a whole, or not sent: nothing was done for this department.
    pub fn met_nobody(&self) -> bool {
        self.met.load(Ordering::Relaxed) == 0
    }

    /// What `call` comes to. One that is given up before its answer counts as done.
    async fn counted<T>(&self, call: impl Future<Output = CallResult<T>>) -> CallResult<T> {
        self.met.fetch_add(1, Ordering::Relaxed);
        let result = call.await;
        let failure = result.as_ref().err().map(|error| &error.failure);
        if failure.is_some_and(|failure| failure.systemic() || *failure == Failure::NotSent { cause: None }) {
            self.met.fetch_sub(1, Ordering::Relaxed);
        }
        result
    }
}

/// A search of one field, for a whole page.
fn query(term: &str, field: MinimalField) -> MinimalQuery {
    MinimalQuery { term: term.to_owned(), fields: vec![field], max_results: Some(PAGE) }
}

impl Remote for DepartmentRemote {
    async fn create(
        &self,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        self.counted(self.client.create_renewed(&self.token, body, renewal)).await
    }

    async fn update(
        &self,
        uuid: &str,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        self.counted(self.client.update_renewed(&self.token, uuid, body, renewal)).await
    }

    async fn read(&self, uuid: &str) -> CallResult<CustomerWithVehiclesResponse> {
        self.counted(self.client.read(&self.token, uuid, Vehicles::Include)).await
    }

    async fn find(&self, term: &str, field: MinimalField) -> CallResult<SearchMinimalResponse> {
        self.counted(self.client.search_minimal(&self.token, &query(term, field))).await
    }

    fn hold(&self) {
        self.pause.begin();
    }

    fn go_on(&self) {
        self.pause.end();
    }

    async fn probe(&self) -> CallResult<SearchMinimalResponse> {
        self.counted(self.probing.search_minimal(&self.token, &query(NOBODY, MinimalField::CustomerKey)))
            .await
    }
}
