//! One record, one customer: a record that is said to be a second customer's is nobody's to decide but a person's.
//!
//! A remote that takes two of our customers for one answers the second create with the record of the first. What this
//! run has learned is kept here, what earlier ones have is asked of the journal.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::Stop;
use super::cause;
use super::journal::{Journal, Lost};
use super::life::{Pusher, Settled};
use super::remote::Remote;
use super::trouble::Trouble;
use crate::domain::{CustomerKey, CustomerUuid, Fingerprint, OutcomeKind};

/// Whose records this run has created or adopted. Hashes: a first load has very many.
#[derive(Debug, Default)]
pub(super) struct Claims(Mutex<HashMap<u64, u64>>);

impl Claims {
    /// Notes that the record is the customer's; `false` where it is another's already.
    pub(super) fn claim(&self, uuid: &CustomerUuid, key: &CustomerKey) -> bool {
        let (uuid, key) = (short(uuid.as_str()), short(key.as_str()));
        let mut claims = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *claims.entry(uuid).or_insert(key) == key
    }
}

/// Half a fingerprint: of a million records, two share one with a chance of one in ten million.
fn short(text: &str) -> u64 {
    let whole = u128::from_le_bytes(Fingerprint::of(text.as_bytes()).to_bytes());
    u64::try_from(whole >> 64).unwrap_or_default()
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// A create was answered with this record. It is ours, unless it is another customer's already.
    pub(super) async fn created(&self, key: &CustomerKey, uuid: CustomerUuid) -> Result<Settled, Trouble> {
        self.claim_new(key, &uuid).await?;
        Ok(Settled { kind: OutcomeKind::Created, uuid })
    }

    /// A create has made this record, or been answered with it: it is the customer's, unless it is another's by what this
    /// run or an earlier one has learned.
    pub(super) async fn claim_new(&self, key: &CustomerKey, uuid: &CustomerUuid) -> Result<(), Trouble> {
        self.claim(key, uuid)?;
        match self.journal.other_holder(uuid.clone(), key.clone()).await {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(shared()),
            Err(Lost) => {
                self.brake.stop(Stop::Lost);
                Err(self.cut_off(true))
            }
        }
    }

    /// The record carries this customer's key; it is ours, unless this run has made it another's.
    pub(super) fn claim(&self, key: &CustomerKey, uuid: &CustomerUuid) -> Result<(), Trouble> {
        if self.claims.claim(uuid, key) { Ok(()) } else { Err(shared()) }
    }
}

/// Until a person has acted a second create would be answered likewise, and would write this customer over the other
/// once more: it is remembered as a refusal is, and no intent asks for it again.
fn shared() -> Trouble {
    Trouble { is_refusal: true, ..Trouble::ambiguous(cause::shared()) }
}
