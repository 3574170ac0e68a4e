//! The REST client of the customer API, a library of its own: it knows the wire and nothing of customers' files,
//! checkpoints or runs, and imports nothing of the crate around it.
//!
//! ```text
//!   client ──► retry ──► gate ──► transport ──► carrier ──► the wire
//!     ▲          ▲ └ leave └ adaptive, pace    │
//!     └ outcome ◄┴── classify ◄────────────────┘
//! ```
//!
//! * [`Client`] has one method per operation. Each returns a [`Reply`] or a [`CallError`] whose [`Failure`] says what may
//!   be done about it.
//! * [`classify`](mod@classify) is the one table of statuses: what an answer means for a request of a given effect.
//! * Repetition happens in one place, bounded by attempts and time; every attempt passes the one [`Gate`].
//! * A [`Stopper`] ends what still waits to be sent, an [`Allowance`] bounds how many requests are sent in all; either
//!   way the call says so ([`Failure::NotSent`]), and what is on the wire is awaited. A [`Pause`] holds what
//!   still waits; a [`Fuse`] tells that the remote is down.
//! * A [`Carrier`] is the network, or what stands in for it.
//! * [`wire`] holds the requests and answers, [`warning_codes`] the documented warnings.
//!
//! Never logged, at any level: URLs, bodies, credentials, the server's texts.

mod adaptive;
mod allowance;
mod answer;
mod carrier;
pub mod classify;
mod client;
mod clock;
mod config;
mod credentials;
mod fuse;
mod gate;
mod leave;
mod outcome;
mod pace;
mod paths;
mod pause;
mod renewal;
mod retry;
mod retry_after;
mod sockets;
mod stats;
mod stopper;
mod transport;
pub mod warning_codes;
pub mod wire;

pub use allowance::Allowance;
pub use answer::answered;
pub use carrier::{Carried, Carrier, Carrying, Lost, Parcel, Received};
pub use client::{Client, Vehicles};
pub use config::{BuildError, ClientConfig, UpdateMethod};
pub use credentials::Credentials;
pub use fuse::{Fuse, Patience};
pub use gate::{Feedback, Gate, GateConfig, Permit};
pub use outcome::{CallError, CallResult, Cause, Failure, Reply, Trace};
pub use paths::{PathError, Paths};
pub use pause::Pause;
pub use renewal::{Parting, Renewal};
pub use retry::{RetryPolicy, Spread};
pub use stats::Stats;
pub use stopper::Stopper;

#[cfg(test)]
mod tests;
