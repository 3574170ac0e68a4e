//! [`Mortal`]: a remote and a journal whose every step may be the last.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::api::wire::{
    CustomerWithVehiclesResponse, MinimalField, SaveCustomerRequest, SaveCustomerResponse,
    SearchMinimalResponse,
};
use crate::api::{CallError, CallResult, Cause, Failure, Renewal, Trace};
use crate::domain::{Channel, CustomerKey, CustomerUuid};
use crate::push::{Intention, Journal, Lost, Remote, Settlement};

/// The steps of one run, and which of them is its last.
#[derive(Clone)]
pub(super) struct Fate(Arc<Inner>);

struct Inner {
    steps: Mutex<Vec<String>>,
    die_at: Option<usize>,
    dead: Notify,
}

impl Fate {
    pub(super) fn new(die_at: Option<usize>) -> Self {
        Self(Arc::new(Inner { steps: Mutex::default(), die_at, dead: Notify::new() }))
    }

    /// Takes a step, from which nobody returns where it is the last.
    pub(super) async fn step(&self, name: &str) {
        let number = {
            let mut steps = self.0.steps.lock().unwrap();
            steps.push(name.to_owned());
            steps.len() - 1
        };
        if self.0.die_at.is_some_and(|last| last <= number) {
            self.0.dead.notify_one();
            std::future::pending::<()>().await;
        }
    }

    pub(super) async fn death(&self) {
        self.0.dead.notified().await;
    }

    pub(super) fn steps(&self) -> Vec<String> {
        self.0.steps.lock().unwrap().clone()
    }
}

/// The one create of a life whose answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    Applied,
    NotApplied,
}

/// Stands before a remote or a journal.
#[derive(Clone)]
pub(super) struct Mortal<T> {
    pub(super) inner: T,
    pub(super) fate: Fate,
    /// Of a remote: what is to be lost, once in all runs together.
    pub(super) loss: Arc<Mutex<Option<Loss>>>,
}

impl<R: Remote> Remote for Mortal<R> {
    async fn create(
        &self,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        self.fate.step("create not sent").await;
        let loss = self.loss.lock().unwrap().take();
        let answer = match loss {
            Some(Loss::NotApplied) => Err(lost()),
            Some(Loss::Applied) => self.inner.create(body, renewal).await.and(Err(lost())),
            None => self.inner.create(body, renewal).await,
        };
        self.fate.step("create answered").await;
        answer
    }

    async fn update(
        &self,
        uuid: &str,
        body: &SaveCustomerRequest,
        renewal: &mut impl Renewal<SaveCustomerRequest>,
    ) -> CallResult<SaveCustomerResponse> {
        self.fate.step("update not sent").await;
        let answer = self.inner.update(uuid, body, renewal).await;
        self.fate.step("update answered").await;
        answer
    }

    async fn read(&self, uuid: &str) -> CallResult<CustomerWithVehiclesResponse> {
        self.fate.step("read not sent").await;
        let answer = self.inner.read(uuid).await;
        self.fate.step("read answered").await;
        answer
    }

    async fn find(&self, term: &str, field: MinimalField) -> CallResult<SearchMinimalResponse> {
        self.fate.step("look-up not sent").await;
        let answer = self.inner.find(term, field).await;
        self.fate.step("look-up answered").await;
        answer
    }
}

fn lost() -> CallError {
    let trace = Trace { attempts: 1, ..Trace::default() };
    CallError { failure: Failure::InDoubt { cause: Cause::Timeout }, warnings: Vec::new(), trace }
}

impl<J: Journal> Journal for Mortal<J> {
    async fn intend(&self, intention: Intention) -> Result<(), Lost> {
        self.fate.step("intent not committed").await;
        self.inner.intend(intention).await?;
        self.fate.step("intent committed").await;
        Ok(())
    }

    async fn other_holder(&self, uuid: CustomerUuid, key: CustomerKey) -> Result<Option<CustomerKey>, Lost> {
        self.inner.other_holder(uuid, key).await
    }

    async fn opt_outs(&self, contacts: Vec<(Channel, String)>) -> Result<(), Lost> {
        self.inner.opt_outs(contacts).await
    }

    async fn settle(&self, settlement: Settlement) -> Result<(), Lost> {
        self.fate.step("result not committed").await;
        self.inner.settle(settlement).await?;
        // The writer is on its own thread and takes what it was given before it ends.
        self.fate.step("result committed").await;
        Ok(())
    }
}
