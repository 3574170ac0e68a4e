//! A checkpoint that came back from a backup: whom it does not know may have been created since. Said on every run,
//! dry or not, and heeded by `push` until one has completed.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::domain::{Event, Observer};
use crate::push::Creates;

/// What is said of it.
const TOLD: &str = "the checkpoint was restored from a backup: until a run has completed, everyone whom it does not know \
                    is looked up at myKaarma by customer key before being created";

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
