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

/// What is known of the remembered token, in `meta` as `token_met`: nothing was sent under any before it, and it is not
/// known yet whether anything was done under it.
const NOT_YET: &str = "not yet";
/// Nothing was done under it.
const NEVER: &str = "never";
/// Something may have been done. So it is, too, where nothing stands there.
const MAYBE: &str = "maybe";

impl Checkpoint {
    /// Compares `token` with the one that is remembered. A token that brought no customer in binds nobody where it has
    /// left no request open, or [has met nobody](Self::token_met_nobody): a mistyped one can be corrected.
    pub fn match_token(&self, token: &str) -> Result<TokenMatch, Error> {
        let hash = self.hash.token(token);
        let remembered: Option<[u8; 16]> = self.ask(|connection| {
            connection
                .query_row(
                    "SELECT value FROM meta WHERE name = 'token'
                     AND (EXISTS (SELECT 1 FROM customer) OR (EXISTS (SELECT 1 FROM intent)
                          AND NOT EXISTS (SELECT 1 FROM meta WHERE name = 'token_met' AND value = ?1)))",
                    [NEVER],
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

    /// Remembers `token` in the place of any other, before anything is sent under it; durable at once.
    pub fn remember_token(&self, token: &str) -> Result<(), Error> {
        let met = if self.match_token(token)? == TokenMatch::Free { NOT_YET } else { MAYBE };
        let hash = self.hash.token(token);
        self.write(|connection| {
            connection.execute(
                "INSERT INTO meta (name, value) VALUES ('token', ?1), ('token_met', ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
                params![hash, met],
            )
        })
        .map(drop)
    }

    /// Notes that whatever was sent since the token was remembered was turned away as a whole: by who is not the API, or
    /// does not know the account or the department. Then the requests that are open bind nobody to it, but for a token
    /// under which an earlier run may have had something done.
    pub fn token_met_nobody(&self) -> Result<(), Error> {
        self.write(|connection| {
            connection.execute(
                "UPDATE meta SET value = ?1 WHERE name = 'token_met' AND value = ?2",
                [NEVER, NOT_YET],
            )
        })
        .map(drop)
    }
}
