//! What ends a push before its plan does.

use std::fmt;

use tokio::sync::watch;

use crate::api::{Fuse, Stopper};

/// Why a push stopped early.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stop {
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// The journal, the plan or the day's requests on disk failed.
    Lost,
    /// 401, confirmed: concerns every department of the credential.
    Unauthorized,
    /// 403, confirmed: concerns this department.
    Forbidden,
    /// What answers is not the API: HTML, a redirect, a wrong certificate.
    WrongHost,
    /// Too many transient failures in a row.
    Breaker,
    /// Too many customers failed.
    ErrorBudget,
    /// The day's requests are used up.
    DailyBudget,
    /// `--max-duration`.
    MaxDuration,
}

impl Stop {
    /// What to tell a person.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
            Self::Lost => "the checkpoint, the plan or the day's requests could not be written or read",
            Self::Unauthorized => "the credentials were refused (401)",
            Self::Forbidden => "the account has no right to this department (403)",
            Self::WrongHost => "what answers is not the API",
            Self::Breaker => "too many requests in a row failed",
            Self::ErrorBudget => "too many customers failed",
            Self::DailyBudget => "the day's requests are used up",
            Self::MaxDuration => "the time allowed is over",
        }
    }
}

impl Stop {
    /// What to do about it; blank where the next run is all it takes.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Interrupted | Self::Terminated | Self::MaxDuration => "",
            Self::Lost => "check the disk that holds checkpoint.dir",
            Self::Unauthorized => "check username and password with `dms-sync check`",
            Self::Forbidden => {
                "ask myKaarma to grant customer.update and customer.search for this department"
            }
            Self::WrongHost => "check api.base_url, the proxy and the certificate with `dms-sync check`",
            Self::Breaker => "myKaarma or the network is down: run again once `dms-sync check` passes",
            Self::ErrorBudget => "see errors.csv for the causes, and run.error_budget for the limit",
            Self::DailyBudget => "the rest goes tomorrow; rate.per_day is the limit",
        }
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Go,
    Stopping(Stop),
    Halted(Stop),
}

/// Stops a push: first no new work, then, if asked again, no work at all. Clones share one state.
#[derive(Debug, Clone)]
pub struct Brake {
    state: watch::Sender<State>,
}

impl Default for Brake {
    fn default() -> Self {
        Self { state: watch::Sender::new(State::Go) }
    }
}

impl Brake {
    /// Takes no new work; what is in flight goes on. The first reason stays.
    pub fn stop(&self, why: Stop) {
        self.state.send_if_modified(|state| {
            let first = *state == State::Go;
            if first {
                *state = State::Stopping(why);
            }
            first
        });
    }

    /// Ends what is in flight too.
    pub fn halt(&self, why: Stop) {
        self.state.send_modify(|state| {
            *state = match *state {
                State::Go => State::Halted(why),
                State::Stopping(first) | State::Halted(first) => State::Halted(first),
            }
        });
    }

    /// Why, where it is on.
    pub fn pulled(&self) -> Option<Stop> {
        match *self.state.borrow() {
            State::Go => None,
            State::Stopping(why) | State::Halted(why) => Some(why),
        }
    }

    /// Returns once no new work is to be taken.
    pub async fn stopping(&self) {
        self.wait(|state| *state != State::Go).await;
    }

    /// Returns once what is in flight is to end.
    pub async fn halted(&self) {
        self.wait(|state| matches!(state, State::Halted(_))).await;
    }

    /// Stands between a push and its client until the push is to stop: a fuse that blows pulls the brake, and a brake
    /// that is pulled throws the switch.
    pub async fn guards(&self, stopper: &Stopper, fuse: &Fuse) {
        tokio::select! {
            () = self.stopping() => {}
            () = fuse.blown() => self.stop(Stop::Breaker),
        }
        stopper.stop();
    }

    async fn wait(&self, until: impl FnMut(&State) -> bool) {
        // The sender lives as long as self, so waiting cannot fail.
        let _ = self.state.subscribe().wait_for(until).await;
    }
}
