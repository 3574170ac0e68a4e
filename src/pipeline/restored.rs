//! A checkpoint that came back from a backup: whom it does not know may have been created since. Said on every run,
//! dry or not, and heeded by `push` until one has looked for everybody.

use super::department::Run;
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::domain::{Event, Observer};
use crate::push::Creates;
use crate::record::Recorded;

/// What is said of it.
const TOLD: &str = "the checkpoint was restored from a backup: until a full export has gone through with nobody left over, \
                    everyone whom it does not know is looked up at myKaarma by customer key before being created";

/// Says it, where it is so.
pub(super) fn tell(checkpoint: Option<&Checkpoint>, observer: &dyn Observer) -> Result<(), CheckpointError> {
    if checkpoint.map_or(Ok(false), Checkpoint::is_restored)? {
        observer.on(&Event::Notice { text: TOLD.to_owned() });
    }
    Ok(())
}

/// How creates are to be sent with this checkpoint.
pub(super) fn creates(checkpoint: &Checkpoint) -> Result<Creates, CheckpointError> {
    Ok(if checkpoint.is_restored()? { Creates::AfterLook } else { Creates::Straight })
}

impl Run<'_> {
    /// After a run that has seen a full export to its end: whether it has looked for everybody. Not who was rejected or
    /// is left over otherwise, also where the exit code passes over that; nor whoever is not in a file that was named for
    /// this one run.
    pub(super) fn end_restored(
        &self,
        checkpoint: &Checkpoint,
        recorded: &Recorded,
    ) -> Result<(), CheckpointError> {
        let has_all = self.context.settings.has_own_input(&self.department.name);
        if has_all && recorded.causes().is_empty() { checkpoint.unmark_restored() } else { Ok(()) }
    }
}
