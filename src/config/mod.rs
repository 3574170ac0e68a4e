//! Settings: one TOML file, the environment and flags to typed, checked [`Settings`], or all that is wrong at once.
//!
//! The line of this room: text and variables become layers of raw values with their places (`layer`,
//! `environment`); a `reader` holds each value to the rule of its setting (`rule`, `address`, `naming`)
//! and the strongest layer wins; `check` holds settings against each other; `load` puts it together. Which
//! settings there are is said in `settings` and `department`, what they mean and their defaults in
//! `config/default.toml`, which is built in.
//!
//! No other room is needed but `domain`. Nothing here reads exports, profiles or the checkpoint; paths are made
//! absolute and not opened, but for the file itself and the files of the credentials.

mod address;
mod check;
mod credentials;
mod department;
mod duration;
mod environment;
mod input;
mod layer;
mod load;
mod naming;
mod nearest;
mod overrides;
mod place;
mod problem;
mod raw;
mod reader;
mod rule;
mod settings;
mod show;

pub use crate::domain::Limit;
pub use address::{BaseUrl, ProxyUrl};
pub use credentials::Credentials;
pub use department::{Department, FieldPolicies};
pub use duration::{format_duration, parse_duration};
pub use environment::as_text as environment_as_text;
pub use input::Input;
pub use load::{Source, load, parse};
pub use naming::Token;
pub use overrides::Overrides;
pub use place::user_config_dir;
pub use problem::{ConfigError, Origin, Problem};
pub use settings::{
    ApiPaths, ApiSettings, BreakerSettings, CheckpointSettings, EmptyCheckpoint, FailOn, GuardSettings,
    Origins, RateSettings, ReportSettings, RetrySettings, RunSettings, Settings, UpdateMethod,
};
pub use show::{ShowOrigin, show};

/// A first configuration with comments, for `init`. It lacks what only the operator knows, and says so when loaded.
pub fn template() -> &'static str {
    include_str!("template.toml")
}

/// Every setting with its default and what it means: the reference.
pub fn reference() -> &'static str {
    load::DEFAULTS
}

#[cfg(test)]
mod tests;
