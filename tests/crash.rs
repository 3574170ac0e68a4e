//! Nothing is lost and nothing doubled, however often a run is killed and whatever becomes of an answer. The judge is
//! the sandbox: its final state and its journal, beside the checkpoint. What our own report says is held to both.
//!
//! `kills` kills the binary at seeded moments, `lost` has a tenth of the answers go astray. The sandbox runs in the
//! test's process, so it outlives every kill. How one customer's life is cut at every single step is in
//! `src/push/tests/steps/`.
//!
//! More kills than the usual twenty, or the same ones once more:
//!
//! ```text
//! DMS_SYNC_TEST_KILLS=200 cargo test --test crash -- --nocapture
//! DMS_SYNC_TEST_SEED=7 cargo test --test crash -- --nocapture
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod harness;

#[path = "crash/books.rs"]
mod books;
#[path = "crash/dice.rs"]
mod dice;
#[path = "crash/kills.rs"]
mod kills;
#[path = "crash/lost.rs"]
mod lost;
#[path = "crash/nights.rs"]
mod nights;
#[path = "crash/trap.rs"]
mod trap;
