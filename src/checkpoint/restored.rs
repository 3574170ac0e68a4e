//! Whether the checkpoint came back from a backup, and whom it does not know may be at the remote all the same: `backup`
//! marks the copy before it takes the checkpoint's name. Which run takes the mark away is for the pipeline to say.

use super::connection::Checkpoint;
use super::error::CheckpointError as Error;

impl Checkpoint {
    /// Whether this is a backup that was put back, and [is still to be taken for one](Self::unmark_restored).
    pub fn is_restored(&self) -> Result<bool, Error> {
        self.ask(|connection| {
            connection
                .query_row("SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'restored')", [], |row| row.get(0))
        })
    }

    /// Marks a copy that is being put back.
    pub(super) fn mark_restored(&self) -> Result<(), Error> {
        self.write(|connection| {
            connection
                .execute("INSERT OR REPLACE INTO meta (name, value) VALUES ('restored', unixepoch())", [])
        })
        .map(drop)
    }

    /// Notes that everyone who may have been created since the backup was made has been looked for; durable at once.
    pub fn unmark_restored(&self) -> Result<(), Error> {
        self.write(|connection| connection.execute("DELETE FROM meta WHERE name = 'restored'", [])).map(drop)
    }
}
