//! `dms-sync` keeps a dealership's customers at myKaarma in step with its dealer management system (DMS).
//!
//! Nothing but a CSV export leaves the DMS, and nothing but one-customer-at-a-time REST calls enters myKaarma. This is
//! the batch job between them. Data flows one way, and each stage is a room of its own:
//!
//! ```text
//!                 cli ── config
//!                  │
//!               pipeline ─────────────────────────────► telemetry
//!                  │
//!  read → map → group → normalize → validate → plan → push → record → report
//!   │                                           │      │        │
//!  csv                                     checkpoint  api   checkpoint, report files
//! ───────────────────────────────────── domain ─────────────────────────────────────
//! ```
//!
//! In reading order:
//!
//! 1. [`domain`]: the nouns. Everything else speaks in them.
//! 2. [`read`], [`map`], [`group`]: files to rows, rows to named fields, rows to one source record per customer.
//! 3. [`normalize`], [`validate`]: one spelling per value; valid customers, or every reason why not.
//! 4. [`plan`]: what would be done, field by field, and whether that looks like a broken export.
//! 5. [`push`]: one customer's life at the remote; the three-way merge.
//! 6. [`record`]: the single writer. [`checkpoint`]: what was last pushed. [`report`]: what a run leaves behind.
//! 7. [`api`]: the REST client, a library of its own. `sandbox`: a local myKaarma to hold it to.
//! 8. [`pipeline`]: the order of it all. [`config`], [`cli`], [`telemetry`]: its settings, its commands, its voice.
//!
//! A room imports only what the table in `ARCHITECTURE.md` lets it import; `tests/tidy.rs` holds the arrows.

pub mod api;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod domain;
pub mod group;
pub mod map;
pub mod normalize;
pub mod pipeline;
pub mod plan;
pub mod push;
pub mod read;
pub mod record;
pub mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod telemetry;
pub mod validate;
