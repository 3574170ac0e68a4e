//! The operations of the API, typed. Each is one call: address it, send it through the retry loop, and turn what was
//! seen into a reply or a failure. When to send is [`super::gate`]'s part, what a status means [`super::classify`]'s.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::allowance::Allowance;
use super::answer::judge;
use super::carrier::Carrier;
use super::classify::Effect;
use super::config::{BuildError, ClientConfig, UpdateMethod};
use super::fuse::Fuse;
use super::gate::Gate;
use super::leave::Leave;
use super::outcome::{CallError, CallResult, Failure, Trace};
use super::paths::{Paths, Route};
use super::pause::Pause;
use super::renewal::{Lasting, Parting, Renewal};
use super::retry::{Driven, RetryPolicy, drive_renewed};
use super::stats::{Counters, Stats};
use super::stopper::Stopper;
use super::transport::{Message, Seen, Transport};
use super::wire::{
    ApiProblem, CustomerProfileDataResponse, CustomerWithVehiclesResponse, MatchRequest, MinimalField,
    MinimalQuery, SaveCustomerRequest, SaveCustomerResponse, SearchMinimalResponse, SearchQuery,
    SearchResponse,
};

/// The client of one account. Cheap to clone; clones share connections, gate and counts.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    leave: Leave,
    fuses: Vec<Fuse>,
}

struct Inner {
    transport: Transport,
    gate: Gate,
    counters: Counters,
    base_url: url::Url,
    paths: Paths,
    update_method: UpdateMethod,
    retry: RetryPolicy,
}

/// Whether a read brings the vehicles along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vehicles {
    /// With vehicles.
    Include,
    /// The customer alone.
    Exclude,
}

/// One operation, before it is sent.
struct Call<'a> {
    effect: Effect,
    method: Method,
    route: Route<'a>,
    query: Vec<(&'static str, String)>,
    body: Option<serde_json::Result<Vec<u8>>>,
}

impl Client {
    /// Checks the settings and makes a client; nothing is sent.
    ///
    /// All clients of one account should share one gate.
    pub fn new(config: ClientConfig, gate: Gate) -> Result<Self, BuildError> {
        Ok(Self::with(Transport::new(&config)?, config, gate))
    }

    /// The same over a carrier in place of the network: address, certificates, proxy and timeouts are then its
    /// business.
    pub fn over(config: ClientConfig, gate: Gate, carrier: impl Carrier) -> Result<Self, BuildError> {
        Ok(Self::with(Transport::over(&config, Arc::new(carrier))?, config, gate))
    }

    fn with(transport: Transport, config: ClientConfig, gate: Gate) -> Self {
        let ClientConfig { base_url, paths, update_method, retry, .. } = config;
        let counters = Counters::default();
        let inner = Arc::new(Inner { transport, gate, counters, base_url, paths, update_method, retry });
        Self { inner, leave: Leave::default(), fuses: Vec::new() }
    }

    /// The same client, whose calls begin no further attempt once the switch is thrown: a wait for a slot, the rate, a
    /// closed gate or a backoff ends at once with [`Failure::NotSent`]. What is on the wire is awaited. Switches and
    /// allowances that the client had before hold as well.
    #[must_use]
    pub fn stopped_by(&self, stopper: &Stopper) -> Self {
        Self { leave: self.leave.clone().stopped_by(stopper), ..self.clone() }
    }

    /// The same client, whose attempts wait while the switch is on. What is on the wire is awaited, and who waits holds
    /// no slot of the gate.
    #[must_use]
    pub fn paused_by(&self, pause: &Pause) -> Self {
        Self { leave: self.leave.clone().paused_by(pause), ..self.clone() }
    }

    /// The same client, each of whose attempts takes one of the allowance before it is sent; with none left, a call
    /// ends with [`Failure::NotSent`]. Switches and allowances that the client had before hold as well.
    #[must_use]
    pub fn limited_by(&self, allowance: &Allowance) -> Self {
        Self { leave: self.leave.clone().limited_by(allowance), ..self.clone() }
    }

    /// The same client, each of whose attempts the fuse watches, beside those that watch it already.
    #[must_use]
    pub fn watched_by(&self, fuse: &Fuse) -> Self {
        let mut client = self.clone();
        client.fuses.push(fuse.clone());
        client
    }

    /// Creates a customer. Sent again only where it was surely not applied.
    pub async fn create(
        &self,
        department: &str,
        body: &SaveCustomerRequest,
    ) -> CallResult<SaveCustomerResponse> {
        let route = Route::Customers { department };
        self.call(Call::with_body(Effect::Create, Method::POST, route, body)).await
    }

    /// The same, where `renewal` has the last word on the body whenever it leaves.
    pub async fn create_renewed(
        &self,
        department: &str,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        let route = Route::Customers { department };
        self.save_renewed(Call::with_body(Effect::Create, Method::POST, route, body), renewal).await
    }

    /// Replaces a customer. Phones and e-mails that the body leaves out are deleted by the API.
    pub async fn update(
        &self,
        department: &str,
        customer_uuid: &str,
        body: &SaveCustomerRequest,
    ) -> CallResult<SaveCustomerResponse> {
        let route = Route::Customer { department, uuid: customer_uuid };
        self.call(Call::with_body(Effect::Replace, self.inner.update_method.method(), route, body)).await
    }

    /// The same with a body that holds what was read before: `renewal` is asked for another one before the write is
    /// sent again, and where it had to wait too long for its turn; and it has the last word whenever it leaves.
    pub async fn update_renewed(
        &self,
        department: &str,
        customer_uuid: &str,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        let route = Route::Customer { department, uuid: customer_uuid };
        let call = Call::with_body(Effect::Replace, self.inner.update_method.method(), route, body);
        self.save_renewed(call, renewal).await
    }

    async fn save_renewed(
        &self,
        call: Call<'_>,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        let mut renewal = Serialized { renewal, is_broken: false };
        let result = self.call_renewed(call, &mut renewal).await;
        if renewal.is_broken { Err(unsent("BODY_NOT_JSON")) } else { result }
    }

    /// Reads a customer by the API's identity. One that is gone is a reply without a customer, and warning 10001.
    pub async fn read(
        &self,
        department: &str,
        customer_uuid: &str,
        vehicles: Vehicles,
    ) -> CallResult<CustomerWithVehiclesResponse> {
        let exclude = (vehicles == Vehicles::Exclude).to_string();
        let route = Route::Customer { department, uuid: customer_uuid };
        self.call(Call::get(route, vec![("excludeVehicles", exclude)])).await
    }

    /// Searches. Fuzzy, at most 100 results, lags a write by a second or two.
    pub async fn search(&self, department: &str, query: &SearchQuery) -> CallResult<SearchResponse> {
        let SearchQuery { term, preference, max_results } = query;
        let mut pairs = vec![("searchTerm", term.clone())];
        pairs.extend(preference.map(|preference| ("searchPreference", preference.as_str().to_owned())));
        pairs.extend(max_results.map(|max| ("maxResults", max.to_string())));
        self.call(Call::get(Route::Search { department }, pairs)).await
    }

    /// Searches chosen fields and answers in short; the look-up by customer key. Limits as for [`Client::search`].
    pub async fn search_minimal(
        &self,
        department: &str,
        query: &MinimalQuery,
    ) -> CallResult<SearchMinimalResponse> {
        let MinimalQuery { term, fields, max_results } = query;
        let mut pairs = vec![("searchTerm", term.clone())];
        if !fields.is_empty() {
            let fields: Vec<_> = fields.iter().copied().map(MinimalField::as_str).collect();
            pairs.push(("fieldsToBeSearched", fields.join(",")));
        }
        pairs.extend(max_results.map(|max| ("maxResults", max.to_string())));
        self.call(Call::get(Route::SearchMinimal { department }, pairs)).await
    }

    /// The one customer that the API's matching logic would pick. A POST that changes nothing.
    pub async fn matching(
        &self,
        department: &str,
        request: &MatchRequest,
    ) -> CallResult<CustomerWithVehiclesResponse> {
        let route = Route::Matching { department };
        self.call(Call::with_body(Effect::Read, Method::POST, route, request)).await
    }

    /// The customer that is linked to another of the API's entities.
    pub async fn linked(
        &self,
        department: &str,
        entity: &str,
        entity_id: i64,
    ) -> CallResult<CustomerWithVehiclesResponse> {
        self.call(Call::get(Route::Linked { department, entity, entity_id }, Vec::new())).await
    }

    /// The documents that were asked of a customer, by the request's token.
    pub async fn profile(&self, department: &str, token: &str) -> CallResult<CustomerProfileDataResponse> {
        self.call(Call::get(Route::Profile { department, token }, Vec::new())).await
    }

    /// What has been sent so far, by this client and its clones.
    pub fn stats(&self) -> Stats {
        self.inner.counters.read()
    }

    async fn call<T: DeserializeOwned + Default>(&self, call: Call<'_>) -> CallResult<T> {
        self.call_renewed(call, &mut Lasting).await
    }

    async fn call_renewed<T: DeserializeOwned + Default>(
        &self,
        call: Call<'_>,
        renewal: &mut impl Renewal<Vec<u8>>,
    ) -> CallResult<T> {
        let inner = &*self.inner;
        let effect = call.effect;
        let mut message = Arc::new(call.message(&inner.base_url, &inner.paths)?);
        let driven = drive_renewed(&inner.retry, &inner.gate, &self.leave, renewal, |number, body| {
            if body.is_some() {
                message = Arc::new(Message { body, ..Message::clone(&message) });
            }
            let message = Arc::clone(&message);
            async move {
                let sent = Instant::now();
                let seen = inner.transport.send(&message).await;
                inner.counters.count(number, &seen.ended());
                let attempt = judge(effect, number, seen);
                self.fuses.iter().for_each(|fuse| fuse.note(attempt.load, sent));
                attempt
            }
        })
        .await;
        match driven {
            Driven::Done(result) => result,
            Driven::NotSent(earlier) => Err(not_sent(earlier.and_then(Result::err))),
        }
    }
}

/// Renewed bodies as they are sent.
struct Serialized<'a, N> {
    renewal: &'a mut N,
    /// One of them could not be written as JSON.
    is_broken: bool,
}

impl<N> Serialized<'_, N> {
    fn written(&mut self, body: &SaveCustomerRequest) -> Option<Vec<u8>> {
        let body = serde_json::to_vec(body);
        self.is_broken = body.is_err();
        body.ok()
    }
}

impl<N: Renewal<SaveCustomerRequest>> Renewal<Vec<u8>> for Serialized<'_, N> {
    fn may_wait(&self) -> Option<Duration> {
        self.renewal.may_wait()
    }

    async fn renew(&mut self, attempts: u32) -> Option<Vec<u8>> {
        let body = self.renewal.renew(attempts).await?;
        self.written(&body)
    }

    fn parting(&mut self, attempts: u32) -> Parting<Vec<u8>> {
        match self.renewal.parting(attempts) {
            Parting::AsItIs => Parting::AsItIs,
            Parting::Instead(body) => self.written(&body).map_or(Parting::Withdrawn, Parting::Instead),
            Parting::Withdrawn => Parting::Withdrawn,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

impl<'a> Call<'a> {
    fn get(route: Route<'a>, query: Vec<(&'static str, String)>) -> Self {
        Self { effect: Effect::Read, method: Method::GET, route, query, body: None }
    }

    fn with_body(effect: Effect, method: Method, route: Route<'a>, body: &impl Serialize) -> Self {
        Self { effect, method, route, query: Vec::new(), body: Some(serde_json::to_vec(body)) }
    }

    /// What is sent, or a refusal of our own: nothing was sent, and sending again cannot help.
    fn message<'m>(self, base: &url::Url, paths: &'m Paths) -> Result<Message<'m>, CallError>
    where
        'a: 'm,
    {
        let mut url = self.route.url(base, paths).ok_or_else(|| unsent("ID_NOT_A_PATH_SEGMENT"))?;
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let body = self.body.transpose().map_err(|_| unsent("BODY_NOT_JSON"))?;
        Ok(Message { method: self.method, url, body, route: self.route.template(paths) })
    }
}

fn unsent(title: &str) -> CallError {
    let problem = ApiProblem { title: Some(title.to_owned()), ..ApiProblem::default() };
    CallError {
        failure: Failure::Refused { errors: vec![problem] },
        warnings: Vec::new(),
        trace: Trace::default(),
    }
}

/// No attempt was begun, or none after an earlier one, whose trace and warnings stay.
fn not_sent(earlier: Option<CallError>) -> CallError {
    let Some(CallError { failure, warnings, trace }) = earlier else {
        let failure = Failure::NotSent { cause: None };
        return CallError { failure, warnings: Vec::new(), trace: Trace::default() };
    };
    CallError { failure: Failure::NotSent { cause: failure.cause() }, warnings, trace }
}

impl Seen {
    fn ended(&self) -> String {
        match &self.answer {
            Ok(answer) => answer.status.to_string(),
            Err(lost) => lost.code().to_owned(),
        }
    }
}
