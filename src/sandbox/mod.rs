//! A local myKaarma on a real loopback socket: what the first run, the tests and `dms-sync sandbox` talk to.
//!
//! It imports nothing of the rest of the crate: the independent judge of our client must not share its mistakes.
//! Requests are held to the written contract, the model behaves as the API notes say, faults are data, and every
//! request is journaled. [`Desk`] is the same without a socket. Reading order: [`SandboxOptions`], `model/`, `contract.rs`, `answer.rs`, `handler.rs`,
//! `server.rs`.
//!
//! What the notes do not know is decided here, and said where it is decided: error codes from 20000 on, the status
//! of a key conflict (400), what omitted addresses, vehicles and scalars do (they stay), and the order in which the
//! gateway, the faults and the API itself get to refuse (`handler.rs`).

mod answer;
mod auth;
mod call;
mod clock;
mod contract;
mod desk;
mod envelope;
mod error;
mod faults;
mod handle;
mod handler;
mod journal;
mod limit;
mod line;
mod model;
mod options;
mod routes;
mod server;
mod shape;
mod site;
mod store;

pub use clock::Clock;
pub use desk::{Desk, Told};
pub use error::SandboxError;
pub use faults::{BodyKind, Effect, Fault, Faults, Moment};
pub use handle::{Dump, Model};
pub use journal::JournalEntry;
pub use model::customer::{Address, Customer, Email, Phone, TimeWindow, Vehicle};
pub use options::{Departments, RateLimit, SandboxOptions, Strictness};
pub use routes::RouteName;
pub use server::{Running, Sandbox};
pub use store::Recovery;

#[cfg(test)]
mod tests;
