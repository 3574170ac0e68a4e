//! The lives that are cut: what came before, what the DMS says tonight, and what is to be written for it.

use super::mortal::Loss;
use super::site::{Case, Site};
use crate::domain::policy::{ExportKind, Policies, Vanished};
use crate::domain::{Consent, Consents, Customer};
use crate::push::tests::with_cell;
use crate::sandbox;

/// One life.
pub(super) struct Life {
    pub(super) name: &'static str,
    /// Steps that it must have, by name, to be about what it says.
    pub(super) steps: &'static [&'static str],
    /// Writes that the remote applies, first nights included, in the order of their keys.
    pub(super) writes: Vec<(String, String)>,
    /// How many writes the remote may refuse at the most.
    pub(super) refusals: usize,
    policies: Policies,
    /// What the DMS said the night before.
    before: Vec<Customer>,
    /// What happens by day.
    by_day: fn(&Case),
    tonight: Vec<Customer>,
    /// What it says from the next night on, and from the run on that follows a death; `None`: the same.
    pub(super) tomorrow: Option<Vec<Customer>>,
    /// The first step to die at: what is not on disk before it is nobody's.
    pub(super) from: Option<&'static str>,
    loss: Option<Loss>,
}

impl Life {
    fn of(name: &'static str, tonight: Vec<Customer>, writes: &[(&str, &str)]) -> Self {
        let owned = |(route, key): &(&str, &str)| ((*route).to_owned(), (*key).to_owned());
        Self {
            name,
            steps: &["intent committed", "result not committed"],
            writes: writes.iter().map(owned).collect(),
            refusals: 0,
            policies: Policies::default(),
            before: Vec::new(),
            by_day: |_| {},
            tonight,
            tomorrow: None,
            from: None,
            loss: None,
        }
    }

    /// A department on the evening before it happens.
    pub(super) async fn prepare(&self, site: &Site) -> Case {
        let mut case = site.case(self.policies.clone());
        if !self.before.is_empty() {
            case.said.clone_from(&self.before);
            case.night(None).await.unwrap();
        }
        (self.by_day)(&case);
        case.said.clone_from(&self.tonight);
        *case.loss.lock().unwrap() = self.loss;
        case
    }
}

const CREATE: (&str, &str) = ("create", "k1");
const UPDATE: (&str, &str) = ("update", "k1");

pub(super) fn create() -> Life {
    Life {
        steps: &["create not sent", "create answered"],
        ..Life::of("create", vec![with_cell("k1", 1)], &[CREATE])
    }
}

/// An update of a record to which an advisor has added a number.
pub(super) fn update() -> Life {
    Life {
        steps: &["read not sent", "read answered", "update not sent", "update answered"],
        before: vec![with_cell("k1", 1)],
        by_day: |case| {
            let uuid = case.model.customer_by_key(&case.token, "k1").unwrap().customer_uuid;
            case.model
                .edit(&case.token, &uuid, |record| record.phone_numbers.push(number("+12175550177")))
                .unwrap();
        },
        ..Life::of("update", vec![with_cell("k1", 2)], &[CREATE, UPDATE])
    }
}

/// A record that is there already under our key.
pub(super) fn adoption() -> Life {
    Life {
        steps: &["create answered", "look-up answered", "read answered", "update answered"],
        by_day: seed,
        refusals: 1,
        ..Life::of("adoption", vec![with_cell("k1", 1)], &[UPDATE])
    }
}

pub(super) fn creates_in_doubt() -> [Life; 2] {
    let of = |name, loss| Life {
        steps: &["create answered", "look-up not sent", "look-up answered"],
        loss: Some(loss),
        ..Life::of(name, vec![with_cell("k1", 1)], &[CREATE])
    };
    [of("in doubt, applied", Loss::Applied), of("in doubt, not applied", Loss::NotApplied)]
}

/// A record that somebody has removed: created again, left to a person, or found under another identity.
pub(super) fn vanished() -> [Life; 3] {
    let recreate = Policies { vanished: Vanished::Recreate, ..Policies::default() };
    let of = |name, writes: &[(&str, &str)]| Life {
        steps: &["read answered", "look-up answered"],
        before: vec![with_cell("k1", 1)],
        by_day: remove,
        ..Life::of(name, vec![with_cell("k1", 2)], writes)
    };
    [
        Life { policies: recreate, ..of("vanished, created again", &[CREATE, CREATE]) },
        of("vanished, held", &[CREATE]),
        Life {
            by_day: |case| {
                remove(case);
                seed(case);
            },
            ..of("vanished, adopted again", &[CREATE, UPDATE])
        },
    ]
}

/// Somebody says no to texts; the number is somebody else's too, who is new and says yes.
pub(super) fn block() -> Life {
    let says = |key: &str, text| Customer {
        consents: Consents { text, ..Consents::default() },
        ..with_cell(key, 1)
    };
    Life {
        steps: &["blocks remembered", "update answered", "create answered"],
        before: vec![says("k1", Consent::Allowed)],
        ..Life::of(
            "block",
            vec![says("k0", Consent::Allowed), says("k1", Consent::Blocked)],
            &[("create", "k0"), CREATE, UPDATE],
        )
    }
}

/// An update after which the DMS says a third thing: nothing of the second may stay for ever. And a create that no later
/// delta names.
pub(super) fn overtaken() -> [Life; 2] {
    let delta = Policies { export: ExportKind::Delta, ..Policies::default() };
    [
        Life {
            name: "overtaken update",
            tomorrow: Some(vec![with_cell("k1", 3)]),
            writes: [CREATE, UPDATE, UPDATE].map(|(route, key)| (route.to_owned(), key.to_owned())).to_vec(),
            ..update()
        },
        Life {
            name: "create that no later delta names",
            policies: delta,
            tomorrow: Some(Vec::new()),
            from: Some("intent committed"),
            ..create()
        },
    ]
}

fn remove(case: &Case) {
    let uuid = case.model.customer_by_key(&case.token, "k1").unwrap().customer_uuid;
    case.model.remove(&case.token, &uuid).unwrap();
}

fn seed(case: &Case) {
    let record = sandbox::Customer {
        customer_key: Some("k1".into()),
        first_name: Some("Ana".into()),
        last_name: Some("Ruiz".into()),
        phone_numbers: vec![number("+12175550188")],
        ..sandbox::Customer::default()
    };
    case.model.seed(&case.token, record).unwrap();
}

fn number(number: &str) -> sandbox::Phone {
    sandbox::Phone {
        phone_number: Some(number.into()),
        label: Some("work".into()),
        ..sandbox::Phone::default()
    }
}
