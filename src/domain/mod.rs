//! The nouns of dms-sync: what every room speaks of, and nothing that does anything.
//!
//! No I/O, no async, no clock, no import of another room. Types here make wrong states impossible to
//! write: a [`Customer`] has a usable name, a [`Phone`] is dialable in the North American plan, a
//! [`Vin`] has seventeen legal characters. How raw text becomes one of them is the business of
//! `normalize` and `validate`.
//!
//! Reading order: [`ids`] and [`field`] name things; [`source`] is what an export says; [`customer`] with
//! [`claim`], [`phone`], [`email`], [`address`], [`consent`], [`vehicle`] is what we make of it;
//! [`finding`] is what was wrong; [`text`] and [`flag`] tell which texts are alike, and which say nothing; [`change`] is what a plan holds; [`outcome`], [`event`] and [`summary`]
//! are what a run says.

pub mod address;
pub mod change;
pub mod choice;
pub mod claim;
pub mod consent;
pub mod customer;
pub mod draft;
pub mod email;
pub mod event;
pub mod field;
pub mod finding;
pub mod fingerprint;
pub mod flag;
pub mod ids;
mod key;
pub mod limit;
pub mod outcome;
pub mod phone;
pub mod policy;
pub mod recency;
pub mod source;
pub mod summary;
pub mod text;
pub mod vehicle;
pub mod vin;

pub use address::{Address, AddressKind};
pub use change::{Action, Change, Departure, FieldChange, Scope};
pub use choice::{Locale, PreferredCommunication};
pub use claim::Claim;
pub use consent::{Channel, Consent, Consents};
pub use customer::{Customer, Name};
pub use draft::{Draft, VehicleDraft};
pub use email::{Email, EmailLabel, EmailSlot};
pub use event::{Event, Observer, Phase};
pub use field::{Field, Slot};
pub use finding::{Finding, Position, Violation, Warning};
pub use fingerprint::Fingerprint;
pub use flag::Flag;
pub use ids::{CustomerKey, CustomerUuid, DepartmentName, RunId};
pub use limit::Limit;
pub use outcome::{Outcome, OutcomeKind};
pub use phone::{Phone, PhoneLabel, PhoneSlot};
pub use recency::Recency;
pub use source::{Conflict, Presence, SourceRecord, SourceRow, SourceVehicle, Sourced};
pub use summary::RunSummary;
pub use vehicle::{Vehicle, VehicleList};
pub use vin::{Vin, VinFault};
