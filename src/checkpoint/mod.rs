//! The checkpoint: what we last pushed, per customer, in one `SQLite` file per department.
//!
//! It remembers and answers; it decides nothing and knows no API. One process writes at a time, which [`Lock`]
//! sees to; within it one [`Checkpoint`] writes, from one thread, in durable transactions ([`Batch`]). Readers
//! (`status`, `diff`, `explain`) open the same file beside it. A file that is damaged, newer than this program or
//! somebody else's is refused with its name and what to do: it is never rebuilt in silence, because an empty
//! checkpoint would make every customer look new. Its neighbours are `plan`, which reads, and `record`, which writes.
//!
//! Every SQL statement of the program is in this folder, beside the function that runs it. Reading order:
//! `schema` has the tables; `connection` opens the file and `batch` is its only way in; `customers`, `intents`,
//! `leftovers`, `runs`, `listed`, `before_images`, `suppressed`, `forgotten` and `token` are its subjects; `backup` copies the file, `sound` and
//! `digest` tell whether a copy is whole, and `memory` is what a restore carries over; `files` and `drafts` name what is on disk;
//! `lock` keeps a second run out, `held` sees to it that what is locked stays where it is, and `restored` says whether
//! the file came back from a backup.

mod backup;
mod batch;
mod before_images;
mod columns;
mod connection;
mod customers;
mod digest;
mod drafts;
mod error;
mod files;
mod forgotten;
mod held;
mod intents;
mod keyed_hash;
mod leftovers;
mod listed;
mod lock;
mod memory;
mod restored;
mod runs;
mod schema;
mod sound;
mod suppressed;
#[cfg(test)]
mod tests;
mod token;

pub use backup::Restored;
pub use batch::Batch;
pub use before_images::BeforeImage;
pub use connection::Checkpoint;
pub use customers::{Known, Settled};
pub use error::CheckpointError;
pub use intents::Intent;
pub use leftovers::{Leftover, LeftoverEntry, Seen, Subject};
pub use listed::ListedKeys;
pub use lock::{Holder, Lock, LockError};
pub use memory::{Carried, Unsent};
pub use runs::{Approval, NewRun, RunRow};
pub use suppressed::Suppressions;
pub use token::TokenMatch;
