//! [`Aside`]: customers that never reach the rules, and what to tell a person of them.

use crate::domain::outcome::{Cause, Stage};
use crate::domain::{CustomerKey, Outcome, OutcomeKind, Position, Presence};
use crate::push::journal::Settlement;

/// Why a customer is not built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aside {
    /// Forgotten on request.
    Forgotten,
    /// The DMS says so.
    Deleted,
    /// The DMS says so.
    Inactive,
    /// Nothing but vehicles, whose customer is in none of the files.
    NoCustomer,
    /// Its rows are older than what is known, and add nothing.
    Older,
}

impl Aside {
    /// What the rows make of it; `None` where the customer goes on.
    pub(super) fn of(presence: Presence) -> Option<Self> {
        match presence {
            Presence::Active => None,
            Presence::Deleted => Some(Self::Deleted),
            Presence::Inactive => Some(Self::Inactive),
            Presence::VehicleOnly => Some(Self::NoCustomer),
        }
    }

    /// The outcome: nothing is sent, and nothing is learned.
    pub(super) fn settlement(self, key: CustomerKey, at: Position) -> Settlement {
        let kind = match self {
            Self::NoCustomer => OutcomeKind::Rejected,
            Self::Forgotten | Self::Deleted | Self::Inactive | Self::Older => OutcomeKind::Skipped,
        };
        Settlement::unsent(Outcome::unsent(key, at, kind, Some(self.cause())), Vec::new())
    }

    fn cause(self) -> Cause {
        let (code, message, tip) = match self {
            Self::Forgotten => (
                "customer.forgotten",
                "forgotten on request",
                "nothing to do; the DMS still has the customer",
            ),
            Self::Deleted => (
                "customer.deleted",
                "the DMS has flagged the customer as deleted",
                "nothing is updated any more; take out at myKaarma by hand what must not stay there",
            ),
            Self::Inactive => (
                "customer.inactive",
                "the DMS has flagged the customer as inactive",
                "nothing to do; updates go on when the DMS makes the customer active",
            ),
            Self::Older => (
                "row.older",
                "older than what is known of the customer",
                "nothing to do where a file came late; else correct the date of change in the DMS, or in the file's name",
            ),
            Self::NoCustomer => (
                "join.no_customer",
                "a vehicle's customer is in none of the files",
                "check that the files are of one export, and that the customer number is in the file of customers",
            ),
        };
        Cause { stage: Stage::Group, code: code.to_owned(), message: message.to_owned(), tip: tip.to_owned() }
    }
}
