//! Many lives at once, within bounds, until the plan or the patience ends.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::brake::{Brake, Stop};
use super::cause;
use super::journal::{Journal, Lost, Settlement, Tonight};
use super::life::Pusher;
use super::opt_out::{alone, told};
use super::remote::Remote;
use crate::domain::{Change, Consents, OutcomeKind};

/// What one customer's life may cost in requests: looked for twice, read and written, and as much again for what goes
/// wrong. Only a measure.
const REQUESTS_PER_LIFE: usize = 8;

/// Bounds of a crew.
pub struct Limits {
    /// Lives at once. More than requests in flight: a life that waits for a second look holds no request.
    pub lives: usize,
    /// How long what is in flight may take once the brake is pulled.
    pub drain: Duration,
    /// `[breaker] consecutive`: customers in a row that failed for the network's sake.
    pub consecutive: u64,
    /// Whether so many failed customers are too many.
    pub too_many_failed: Box<dyn Fn(u64) -> bool + Send + Sync>,
    /// How many requests may be sent in all; `None`: as many as it takes.
    pub requests: Option<u64>,
}

impl Limits {
    /// The same for a crew that may send no more than so many requests: no more lives at once than those bring to their
    /// end. Else each would spend its first request, and none would be left for the second.
    #[must_use]
    pub fn within(self, requests: u64) -> Self {
        let most = usize::try_from(requests).unwrap_or(usize::MAX) / REQUESTS_PER_LIFE;
        Self { lives: self.lives.min(most.max(1)), requests: Some(requests), ..self }
    }

    /// Whether the requests surely do for so many customers.
    pub fn afford(&self, customers: usize) -> bool {
        let needed = customers.saturating_mul(REQUESTS_PER_LIFE);
        self.requests.and_then(|requests| usize::try_from(requests).ok()).is_none_or(|most| needed <= most)
    }
}

/// A life's end, and what it blocked where that is all that it did.
type Ended = (Settlement, Option<Consents>);

/// Runs the lives of a plan.
pub struct Crew<R, J> {
    pusher: Arc<Pusher<R, J>>,
    brake: Brake,
    limits: Limits,
    in_a_row: u64,
    failed: u64,
    /// Whether a customer was left that this run was to push.
    left: bool,
}

impl<R: Remote, J: Journal> Crew<R, J> {
    /// A crew for `pusher`, stopped by its brake.
    pub fn new(pusher: Arc<Pusher<R, J>>, limits: Limits) -> Self {
        let brake = pusher.brake.clone();
        Self { pusher, brake, limits, in_a_row: 0, failed: 0, left: false }
    }

    /// Pushes `plan` to its end. Every change that comes in is settled: what the brake keeps from being sent, as not
    /// attempted. Returns why it stopped early, where something was left.
    pub async fn run(mut self, mut plan: mpsc::Receiver<io::Result<Change>>) -> Option<Stop> {
        let mut lives: JoinSet<Ended> = JoinSet::new();
        loop {
            // Without a life under way nothing would ever make room: what comes next is begun, or ends the run.
            let has_room = lives.is_empty() || lives.len() < self.room();
            tokio::select! {
                biased;
                () = self.brake.stopping() => break,
                Some(ended) = lives.join_next() => self.settled(ended).await,
                change = plan.recv(), if has_room => match change {
                    None => break,
                    Some(change) => self.begin(change, &mut lives),
                },
            }
        }
        self.drain(&mut lives).await;
        if self.brake.pulled().is_none() {
            self.finish_earlier(&mut lives).await;
        }
        self.leave_rest(plan).await
    }

    /// What earlier runs left open and the plan does not mention, within the same bounds.
    async fn finish_earlier(&mut self, lives: &mut JoinSet<Ended>) {
        loop {
            self.finish_settled(lives).await;
            // They have ended before the next are looked up.
            self.drain(lives).await;
            let is_over = self.brake.pulled().is_some();
            if is_over || !self.pusher.settle_postponed(self.room()).await {
                return;
            }
        }
    }

    async fn finish_settled(&mut self, lives: &mut JoinSet<Ended>) {
        let brake = self.brake.clone();
        for (change, tonight) in self.pusher.unplanned().await {
            while !lives.is_empty() && lives.len() >= self.room() && brake.pulled().is_none() {
                tokio::select! {
                    biased;
                    () = brake.stopping() => {}
                    Some(ended) = lives.join_next() => self.settled(ended).await,
                }
            }
            match brake.pulled() {
                None => {
                    let pusher = Arc::clone(&self.pusher);
                    let blocks = alone(&change);
                    lives.spawn(async move {
                        let settlement = pusher.live(change).await;
                        // Of a block that is done nobody need hear but by a warning: its customer may be counted as
                        // what its rows are tonight. One that failed is counted, so that somebody looks, unless it is
                        // counted already.
                        let is_told = settlement.learned.is_some() || tonight == Tonight::Refused;
                        (settlement, blocks.filter(|_| is_told))
                    });
                }
                Some(_) => self.leave(change).await,
            }
        }
    }

    /// How many lives may be under way.
    fn room(&self) -> usize {
        self.limits.lives.max(1)
    }

    fn begin(&mut self, change: io::Result<Change>, lives: &mut JoinSet<Ended>) {
        let change = match change {
            Ok(change) => change,
            Err(error) => {
                tracing::error!(%error, "the plan on disk cannot be read");
                return self.brake.stop(Stop::Lost);
            }
        };
        let pusher = Arc::clone(&self.pusher);
        let blocks = alone(&change);
        lives.spawn(async move { (pusher.live(change).await, blocks) });
    }

    /// Waits for what is in flight; past the bound, ends it.
    async fn drain(&mut self, lives: &mut JoinSet<Ended>) {
        let brake = self.brake.clone();
        let patience = self.limits.drain;
        let too_long = async {
            brake.stopping().await;
            tokio::time::sleep(patience).await;
            brake.halt(Stop::Interrupted);
            std::future::pending::<()>().await;
        };
        let all = async {
            while let Some(ended) = lives.join_next().await {
                self.settled(ended).await;
            }
        };
        tokio::select! {
            () = all => {}
            () = too_long => {}
        }
    }

    async fn settled(&mut self, ended: Result<Ended, tokio::task::JoinError>) {
        let Ok((settlement, blocks)) =
            // What a panic says may quote what it stumbled over.
            ended.inspect_err(|error| {
                tracing::error!(panicked = error.is_panic(), "a customer's push ended abnormally");
            })
        else {
            return self.brake.stop(Stop::Lost);
        };
        self.watch(&settlement);
        self.note(settlement, blocks).await;
    }

    /// Pulls the brake where failures show that going on does harm.
    fn watch(&mut self, settlement: &Settlement) {
        let Some(outcome) = &settlement.outcome else { return };
        let transient = outcome.cause.as_ref().is_some_and(|cause| is_transient(&cause.code));
        self.in_a_row = if transient { self.in_a_row + 1 } else { 0 };
        if transient && self.in_a_row >= self.limits.consecutive {
            self.brake.stop(Stop::Breaker);
        }
        match outcome.kind {
            OutcomeKind::Failed => {
                self.failed += 1;
                if (self.limits.too_many_failed)(self.failed) {
                    self.brake.stop(Stop::ErrorBudget);
                }
            }
            OutcomeKind::NotAttempted => self.left = true,
            _ => self.left |= outcome.cause.as_ref().is_some_and(|cause| cause.code == cause::CUT_OFF),
        }
    }

    async fn leave_rest(&mut self, mut plan: mpsc::Receiver<io::Result<Change>>) -> Option<Stop> {
        let why = self.brake.pulled()?;
        self.left |= matches!(why, Stop::Interrupted | Stop::Terminated | Stop::Lost | Stop::Unauthorized)
            || matches!(why, Stop::Forbidden | Stop::WrongHost)
            || self.pusher.leaves_open().await;
        while let Some(change) = plan.recv().await {
            let Ok(change) = change else { return Some(Stop::Lost) };
            self.leave(change).await;
        }
        self.left.then_some(why)
    }

    /// The brake is pulled: nothing is sent. An earlier run's open intent for this customer stays open, and a block
    /// becomes one.
    async fn leave(&mut self, change: Change) {
        self.left = true;
        let blocks = alone(&change);
        // A whole life's size for what ends at once: not within a run's.
        let settlement = Box::pin(self.pusher.live(change)).await;
        self.note(settlement, blocks).await;
    }

    async fn note(&self, settlement: Settlement, blocks: Option<Consents>) {
        let settlement = match blocks {
            Some(blocks) => told(settlement, blocks),
            None => settlement,
        };
        if self.pusher.journal.settle(settlement).await == Err(Lost) {
            self.brake.stop(Stop::Lost);
        }
    }
}

/// Whether a cause speaks of the network or the gateway, not of the customer.
fn is_transient(code: &str) -> bool {
    code.starts_with("net.")
        || code.starts_with("http.5")
        || matches!(code, "http.408" | "http.425" | "http.429" | "remote.unreadable" | "create.in_doubt")
}
