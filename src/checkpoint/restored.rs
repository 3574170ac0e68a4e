//! Whether the checkpoint came back from a backup and no run has completed since. Until then, whom it does not know may
//! be at the remote all the same: `backup` marks the copy before it takes the checkpoint's name.

use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use super::runs::completed;
use crate::domain::RunId;

impl Checkpoint {
    /// Whether this is a backup that was put back, and no run has carried an export through since.
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

    /// Takes the mark away where `run` carried an export through.
    pub(super) fn unmark_restored(&self, run: &RunId) -> Result<(), Error> {
        self.write(|connection| {
            connection.execute(
                completed!(
                    "DELETE FROM meta WHERE name = 'restored'
                     AND EXISTS (SELECT 1 FROM run WHERE run_id = ?1 AND",
                    ")"
                ),
                [run.as_str()],
            )
        })
        .map(drop)
    }
}
