//! Who has said no, as soon as it is read: before the customer with whom it was read is settled, another one may be sent
//! the same number. A body that was made before and leaves after is made anew ([`super::save`]). What earlier nights have learned lies below, in the memory of opt-outs.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::Stop;
use super::journal::{Journal, Lost};
use super::life::Pusher;
use super::merge::OptOuts;
use super::remote::Remote;
use super::trail::Trail;
use crate::domain::Channel;

/// The memory of opt-outs, and what this run has read since.
pub(super) struct Heard {
    known: Arc<dyn OptOuts>,
    since: Mutex<HashSet<(Channel, String)>>,
}

impl Heard {
    pub(super) fn over(known: Arc<dyn OptOuts>) -> Self {
        Self { known, since: Mutex::default() }
    }

    /// How much was heard so far: as long as that stays, nobody has said no since.
    pub(super) fn so_far(&self) -> usize {
        self.since.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes note of contacts that are blocked; gives back those that nobody knew.
    pub(super) fn note(&self, contacts: &[(Channel, String)]) -> Vec<(Channel, String)> {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let is_new = |(channel, contact): &&(Channel, String)| !self.known.contains(*channel, contact);
        contacts.iter().filter(is_new).filter(|contact| since.insert((*contact).clone())).cloned().collect()
    }
}

impl OptOuts for Heard {
    fn contains(&self, channel: Channel, contact: &str) -> bool {
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        self.known.contains(channel, contact) || since.contains(&(channel, contact.to_owned()))
    }
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// Remembers at once what a merge has learned; on disk with the next commit, whatever becomes of this life.
    pub(super) async fn hear(&self, contacts: Vec<(Channel, String)>, trail: &mut Trail) {
        let new = self.opt_outs.note(&contacts);
        trail.opt_outs.extend(contacts);
        if !new.is_empty() && self.journal.opt_outs(new).await == Err(Lost) {
            self.brake.stop(Stop::Lost);
        }
    }
}
