//! What a department decides about its data: who owns a field, what a blank means, how far removal goes.
//!
//! Read from the configuration, obeyed by `plan` and `push`; here so that neither needs the other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choice::Locale;
use super::field::Field;

/// Declares a closed choice with its spelling in the configuration.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),+ }

        impl $name {
            /// The choice as the configuration spells it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

choice! {
    /// Whose word counts for a field on update.
    Owner {
        /// The DMS's, where it has a value.
        #[default]
        Dms => "dms",
        /// The remote's: never overwritten by us.
        Remote => "remote",
        /// The DMS's only where the remote's is blank.
        Fill => "fill",
    }
}

choice! {
    /// What a blank in a mapped column means.
    BlankPolicy {
        /// Nothing: what was known stays.
        #[default]
        Keep => "keep",
        /// That the value is to be removed.
        Clear => "clear",
    }
}

choice! {
    /// What a set of files says about what it does not mention.
    ExportKind {
        /// Everyone and everything: what is absent is gone or missing.
        #[default]
        Full => "full",
        /// Only what moved: absence says nothing.
        Delta => "delta",
    }
}

choice! {
    /// How an update is made.
    MergeMode {
        /// Read theirs first and merge base, ours and theirs.
        #[default]
        ThreeWay => "three-way",
        /// Send ours; the DMS is the sole authority.
        Replace => "replace",
    }
}

choice! {
    /// What an invalid VIN costs.
    InvalidVin {
        /// The VIN, and the vehicle where nothing else describes it.
        #[default]
        Drop => "drop",
        /// The customer.
        Reject => "reject",
    }
}

choice! {
    /// What is sent on create where the export makes no claim on consent.
    UnknownConsent {
        /// No flag.
        #[default]
        Omit => "omit",
        /// `false`.
        Deny => "deny",
    }
}

choice! {
    /// What happens to a customer whose record is gone at the remote.
    Vanished {
        /// Reported; a person decides.
        #[default]
        Hold => "hold",
        /// Created again.
        Recreate => "recreate",
    }
}

choice! {
    /// What a vehicle that the export no longer lists is.
    AbsentVehicle {
        /// Left as it is.
        #[default]
        Keep => "keep",
        /// No longer owned: sent with `isValid: false`. Full exports only.
        Disown => "disown",
    }
}

choice! {
    /// Whether the DMS's consent may override a flag that is false at the remote.
    ConsentAuthority {
        /// Never: an opt-out sticks.
        #[default]
        OptOutSticks => "opt-out-sticks",
        /// The DMS holds newer express consent, as the department has said in so many words.
        DmsIsNewer => "dms-is-newer",
    }
}

/// Who owns one field, and what its blank means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldPolicy {
    /// Whose word counts.
    pub owner: Owner,
    /// What a blank means.
    pub blank: BlankPolicy,
}

/// All that a department decides about its data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policies {
    /// Per field; a field that is missing has the default.
    pub fields: BTreeMap<Field, FieldPolicy>,
    /// Full or delta.
    pub export: ExportKind,
    /// Three-way or replace.
    pub merge: MergeMode,
    /// Drop or reject.
    pub invalid_vin: InvalidVin,
    /// Omit or deny.
    pub unknown_consent: UnknownConsent,
    /// Hold or recreate.
    pub vanished: Vanished,
    /// Keep or disown.
    pub absent_vehicle: AbsentVehicle,
    /// Whether an opt-out sticks.
    pub consent: ConsentAuthority,
    /// Values that fill what is blank on create, or blank at the remote.
    pub defaults: Defaults,
}

/// Department-wide values that only fill.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Defaults {
    /// Language.
    pub locale: Option<Locale>,
    /// ISO 3166 alpha-2; also decides how a postal code without a country is read.
    pub country: Option<String>,
}

impl Policies {
    /// Whose word counts for `field`.
    pub fn owner(&self, field: Field) -> Owner {
        self.fields.get(&field).copied().unwrap_or_default().owner
    }

    /// The same, with every blank meaning nothing: a delta removes nothing.
    #[must_use]
    pub fn without_clears(&self) -> Self {
        let keep = |policy: &FieldPolicy| FieldPolicy { blank: BlankPolicy::Keep, ..*policy };
        let fields = self.fields.iter().map(|(field, policy)| (*field, keep(policy))).collect();
        Self { fields, ..self.clone() }
    }

    /// What a blank in `field` means.
    pub fn blank(&self, field: Field) -> BlankPolicy {
        self.fields.get(&field).copied().unwrap_or_default().blank
    }
}
