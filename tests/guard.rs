//! The guard on exports as they break in life: what is held, and on what grounds; which lively nights pass; and how a
//! person lets a plan through. Of what was held nothing may have been sent, and the checkpoint knows its customers as
//! before.
//!
//! `cargo test --test guard -- --nocapture` prints the table of all exports.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

#[path = "guard/approval.rs"]
mod approval;
#[path = "guard/broken.rs"]
mod broken;
#[path = "guard/first_load.rs"]
mod first_load;
#[path = "guard/held.rs"]
mod held;
#[path = "guard/limits.rs"]
mod limits;
#[path = "guard/lively.rs"]
mod lively;
#[path = "guard/shown.rs"]
mod shown;
#[path = "guard/stale.rs"]
mod stale;
#[path = "guard/store.rs"]
mod store;
#[path = "guard/token.rs"]
mod token;
