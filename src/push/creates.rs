//! How a planned create begins: at once, or with a look for a record that has the customer's key already.
//!
//! Who is created straight relies on the remote to refuse a key that is taken. That will not do where the checkpoint is
//! known not to know everybody. What a look may conclude, `lookup` says.

use super::journal::Journal;
use super::life::{Pusher, Settled};
use super::lookup::Found;
use super::remote::Remote;
use super::trail::Trail;
use super::trouble::{Trouble, unclear_find};
use crate::domain::Change;

/// How a planned create begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Creates {
    /// It is sent. Whom the checkpoint does not know is new, or refused by the remote.
    #[default]
    Straight,
    /// The remote is searched for the customer key first. Who is there and agrees is adopted, and only who is surely not
    /// there is created; whoever else is reported, and looked for again by the next run.
    AfterLook,
}

impl<R: Remote, J: Journal> Pusher<R, J> {
    /// A create behind a look. Its intent comes before the look: what cannot be told tonight stays open, so that a later
    /// run, which may create straight, looks too.
    pub(super) async fn create_after_look(
        &self,
        change: &Change,
        trail: &mut Trail,
    ) -> Result<Settled, Trouble> {
        self.intend(change, None, None, trail).await?;
        let found = self.look_twice(&change.next_base, trail).await.map_err(Trouble::keeping_intent)?;
        match found {
            Found::None => self.create(change, trail).await,
            Found::One(uuid) => {
                self.adopt(change, &uuid, false, trail).await.map_err(Trouble::keeping_intent)
            }
            found => Err(Trouble::ambiguous(unclear_find(&found)).keeping_intent()),
        }
    }
}
