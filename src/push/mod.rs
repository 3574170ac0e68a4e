//! [`Change`](crate::domain::Change) -> [`Outcome`](crate::domain::Outcome): the one concurrent stage.
//!
//! One customer's life is in [`life`], with `trouble` for why it may fail and [`settle`] for what an earlier run
//! left unanswered; `save` writes an update, and reads again what is written late or twice; [`lookup`] finds a
//! customer by its key and [`agree`] says whether it is ours; [`merge`] is the pure three-way merge, `since` what an
//! intent had to say, [`opt_out`] what is owed, `rest` what of that is still to be said, `heard` who has said no since the
//! run began; [`crew`] runs many lives at once and [`brake`] stops them. Everything that leaves goes through
//! [`Remote`], everything that must survive a crash through [`Journal`]: both are traits of this room, so that it can
//! be tested without either.
//!
//! Retries and the rate are below, in `api`. Who writes to disk is above, in `record`.

pub mod agree;
mod answer;
pub mod brake;
pub mod cause;
mod claims;
mod creates;
pub mod crew;
mod heard;
pub mod journal;
pub mod life;
pub mod lookup;
pub mod merge;
pub mod opt_out;
pub mod remote;
pub mod request;
mod rest;
mod save;
pub mod settle;
pub mod since;
mod trail;
mod trouble;

pub use brake::{Brake, Stop};
pub use creates::Creates;
pub use crew::{Crew, Limits};
pub use journal::{Intention, Journal, Learned, Lost, Settlement, Tonight, Unsettled};
pub use life::Pusher;
pub use merge::OptOuts;
pub use remote::{DepartmentRemote, Remote};
pub use request::WireSettings;

#[cfg(test)]
mod tests;
