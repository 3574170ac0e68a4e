//! Whose customers these are at the remote: the department's token, remembered as a keyed hash. Under another token the
//! same keys and uuids are other people, or nobody. The token itself is never written down.

use rusqlite::{OptionalExtension, params};

use super::connection::Checkpoint;
use super::error::CheckpointError as Error;
use crate::domain::Fingerprint;

/// A token beside the one under which this checkpoint's customers were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenMatch {
    /// None is remembered, or nobody was sent under it: any token is as good.
    Free,
    /// The same.
    Same,
    /// Another. The fingerprint stands for the new one, and tells nothing of it.
    Other(Fingerprint),
}

impl Checkpoint {
    /// Compares `token` with the one that is remembered. A token that brought no customer in, and left no request open,
    /// binds nobody: a mistyped one that was refused can be corrected.
    pub fn match_token(&self, token: &str) -> Result<TokenMatch, Error> {
        let hash = self.hash.token(token);
        let remembered: Option<[u8; 16]> = self.ask(|connection| {
            connection
                .query_row(
                    "SELECT value FROM meta WHERE name = 'token'
                     AND (EXISTS (SELECT 1 FROM customer) OR EXISTS (SELECT 1 FROM intent))",
                    [],
                    |row| row.get(0),
                )
                .optional()
        })?;
        Ok(match remembered {
            None => TokenMatch::Free,
            Some(remembered) if remembered == hash => TokenMatch::Same,
            Some(_) => TokenMatch::Other(Fingerprint::of_parts([hash.as_slice()])),
        })
    }

    /// Remembers `token` in the place of any other; durable at once.
    pub fn remember_token(&self, token: &str) -> Result<(), Error> {
        let hash = self.hash.token(token);
        self.ask(|connection| {
            connection.execute(
                "INSERT INTO meta (name, value) VALUES ('token', ?1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
                params![hash],
            )
        })
        .map(drop)
    }
}
