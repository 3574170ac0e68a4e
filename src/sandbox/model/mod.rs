//! The model of the remote: state, and the rules that change it. No sockets, no HTTP, no clock.
//!
//! `customer` says what is stored, `department` finds it, `save` (with `contacts` and `vehicles`) decides what a
//! write does, `search` and `matching` look, `views` show, `world` holds all of it and logs each write first.

mod contacts;
pub(crate) mod customer;
pub(crate) mod department;
pub(crate) mod ids;
pub(crate) mod matching;
pub(crate) mod save;
pub(crate) mod search;
mod vehicles;
pub(crate) mod views;
pub(crate) mod vin;
pub(crate) mod world;

#[cfg(test)]
mod tests;
