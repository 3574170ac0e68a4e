//! dms-sync
pub mod domain;
