//! [`Change`]: one customer's part of a plan.

use serde::{Deserialize, Serialize};

use super::{Customer, CustomerUuid, Field, Fingerprint, Position, Recency, Warning};

/// What push is to do for one customer, and all it needs to do it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Create or update.
    pub action: Action,
    /// How much of the customer is touched.
    #[serde(default, skip_serializing_if = "Scope::is_whole")]
    pub scope: Scope,
    /// What the export says now: silence and blanks claim nothing, but for blanks that a policy lets clear.
    pub ours: Customer,
    /// Ours over what earlier exports said: base, once this is settled.
    pub next_base: Customer,
    /// Difference field by field, of the next base against base; on create, every field that has a value.
    pub fields: Vec<FieldChange>,
    /// The customer's first row.
    pub at: Position,
    /// Of the customer's rows; `None` where they are to be looked at again however this ends.
    pub source: Option<Fingerprint>,
    /// How new the rows are.
    #[serde(default)]
    pub recency: Recency,
    /// Of `next_base`.
    pub canonical: Fingerprint,
    /// What was repaired or dropped.
    pub warnings: Vec<Warning>,
}

/// How much of a customer a change may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// All that the export says.
    #[default]
    Whole,
    /// Nothing but flags that say no. The rows are refused, and their customer is counted where that is reported.
    OptOuts,
}

impl Scope {
    /// No limit. Tells serde what to leave out.
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// What is noted of a customer, and is not done yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Departure {
    /// A debt: it must still be said, and nobody says it again.
    Owed,
    /// A doubt: its request was about to leave; whether it did, and was applied, the remote tells.
    Sent,
}

/// Create, or update what is known.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "lowercase")]
pub enum Action {
    /// New to the checkpoint.
    Create,
    /// Known under this uuid, last settled as `base`.
    Update {
        /// myKaarma's identity of the customer.
        uuid: CustomerUuid,
        /// Ours as of the last settled push.
        base: Box<Customer>,
    },
}

impl Action {
    /// `create` or `update`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update { .. } => "update",
        }
    }
}

impl Change {
    /// What is done, as reports call it: `create`, `update`, or `block` where nothing but opt-outs is sent.
    pub fn verb(&self) -> &'static str {
        match self.scope {
            Scope::Whole => self.action.name(),
            Scope::OptOuts => "block",
        }
    }

    /// The last settled state, where there is one.
    pub fn base(&self) -> Option<&Customer> {
        match &self.action {
            Action::Create => None,
            Action::Update { base, .. } => Some(base),
        }
    }
}

/// One field that differs, old and new as text. Personal: masked on every output unless a person asks.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// Which of several, where there are: a label, a VIN, an ordinal. Personal, like the values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Before; `None` where there was nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub old: Option<String>,
    /// After; `None` where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new: Option<String>,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Change({} {} at {})", self.action.name(), self.ours.key, self.at)
    }
}

impl std::fmt::Debug for FieldChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FieldChange({})", self.field)
    }
}
