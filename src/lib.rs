//! dms-sync
pub mod api;
pub mod checkpoint;
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
