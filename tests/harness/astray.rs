//! Answers that go astray: what becomes of a write, what is counted of it, and the table that a test prints. It plays
//! nothing: `crash/lost.rs` does, over real sockets, and `scenarios/astray.rs`, in paused time.

use std::collections::BTreeMap;
use std::fmt;

use dms_sync::sandbox::{Customer, JournalEntry};
use serde_json::Value;

/// Everybody at the remote by key, without what the remote numbers by itself.
pub(crate) type State = BTreeMap<String, Value>;

/// What becomes of a request: the words of a fault file.
pub(crate) const FAULTS: [(&str, &str); 11] = [
    ("reset, not applied", "effect = \"reset\""),
    ("reset, applied", "effect = \"reset\"\nwhen = \"after\""),
    ("no answer, not applied", "effect = \"hang\""),
    ("no answer, applied", "effect = \"hang\"\nwhen = \"after\""),
    ("503, not applied", "status = 503"),
    ("504, applied", "status = 504\nwhen = \"after\""),
    ("500 in HTML, applied", "status = 500\nbody = \"html\"\nwhen = \"after\""),
    ("cut body", "effect = \"cut\""),
    ("200, broken JSON, applied", "status = 200\nbody = \"invalid_json\"\nwhen = \"after\""),
    ("200, nothing in it, applied", "status = 200\nbody = \"empty\"\nwhen = \"after\""),
    ("200, a login page, applied", "effect = \"html\"\nwhen = \"after\""),
];

/// The operation that a night is full of: everybody is new, then everybody has moved.
pub(crate) const ROUTES: [&str; 2] = ["create", "update"];

/// A tenth of the night's writes meets this effect.
pub(crate) fn a_tenth_of_writes(effect: &str, night: usize) -> String {
    let route = ROUTES[night];
    format!("seed = {night}\n[[fault]]\nname = \"here\"\nroute = \"{route}\"\nprobability = 0.1\n{effect}")
}

/// A tenth of all requests, look-ups and reads too, meets one of [`FAULTS`].
pub(crate) fn a_tenth_of_everything(night: usize) -> String {
    let share = 0.1 / f64::from(u8::try_from(FAULTS.len()).unwrap());
    let one = |(name, effect)| format!("[[fault]]\nname = \"{name}\"\nprobability = {share}\n{effect}\n");
    FAULTS.into_iter().map(one).fold(format!("seed = {night}\n"), |text, fault| text + &fault)
}

/// Every ninth of the night's first hundred writes meets the next of [`FAULTS`], each of them once.
pub(crate) fn each_once(night: usize) -> String {
    let route = ROUTES[night];
    let one = |(at, (name, effect)): (usize, (&str, &str))| {
        format!(
            "[[fault]]\nname = \"{name}\"\nroute = \"{route}\"\nafter = {}\ncount = 1\n{effect}\n",
            9 * at
        )
    };
    FAULTS.into_iter().enumerate().map(one).collect()
}

/// What faults did in two nights.
pub(crate) struct Line {
    /// Their name.
    pub(crate) fault: &'static str,
    /// How many were played, each night.
    pub(crate) injected: [usize; 2],
    /// Runs until nothing was left over.
    pub(crate) runs: [usize; 2],
    /// Writes of one customer that were applied twice, and customers too many.
    pub(crate) duplicates: usize,
    /// Customers that are not at the remote as they should be.
    pub(crate) losses: usize,
}

/// The table's head.
pub(crate) const HEAD: &str = "fault                         creates  updates   runs duplicates  losses";

impl Line {
    pub(crate) fn new(fault: &'static str) -> Self {
        Self { fault, injected: [0; 2], runs: [0; 2], duplicates: 0, losses: 0 }
    }

    /// Counts what a night has come to; `undisturbed` is the state after it where nothing goes wrong.
    pub(crate) fn count(&mut self, night: usize, journal: &[JournalEntry], now: &State, undisturbed: &State) {
        self.injected[night] = journal.iter().filter(|entry| entry.fault.is_some()).count();
        for route in ROUTES {
            self.duplicates += applied(journal, route).values().filter(|times| **times > 1).count();
        }
        self.duplicates += now.len().saturating_sub(undisturbed.len());
        self.losses += undisturbed.iter().filter(|(key, record)| now.get(*key) != Some(record)).count();
    }

    /// Nobody was lost or doubled, and the faults did happen.
    #[track_caller]
    pub(crate) fn judge(&self) {
        assert_eq!((self.duplicates, self.losses), (0, 0), "{self}");
        assert!(self.injected.iter().all(|times| *times > 0), "it never happened: {self}");
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, injected: [creates, updates], runs: [first, second], duplicates, losses } = self;
        write!(f, "{fault:28} {creates:>8} {updates:>8}  {first} + {second} {duplicates:>10} {losses:>7}")
    }
}

/// Prints the table and judges each line of it.
#[track_caller]
pub(crate) fn judge_all(lines: &[Line]) {
    println!("{HEAD}");
    for line in lines {
        println!("{line}");
    }
    for line in lines {
        line.judge();
    }
}

/// Customers by key. A key that two of them have is an error.
#[track_caller]
pub(crate) fn by_key(customers: Vec<Customer>) -> State {
    let mut state = State::new();
    for customer in customers {
        let key = customer.customer_key.clone().unwrap_or_default();
        let mut record = serde_json::to_value(&customer).unwrap();
        anonymous(&mut record);
        assert!(state.insert(key.clone(), record).is_none(), "{key} is at the remote twice");
    }
    state
}

/// Takes identities away that depend on the order of writes.
fn anonymous(record: &mut Value) {
    match record {
        Value::Object(members) => {
            members.retain(|name, _| !["id", "customerUuid", "vehicleUuid", "uuid"].contains(&name.as_str()));
            members.values_mut().for_each(anonymous);
        }
        Value::Array(entries) => entries.iter_mut().for_each(anonymous),
        _ => {}
    }
}

/// Writes that the remote was asked for, refused ones too.
pub(crate) fn writes(journal: &[JournalEntry]) -> impl Iterator<Item = &JournalEntry> {
    journal.iter().filter(|entry| ROUTES.contains(&entry.route.as_str()))
}

/// How often a write of `route` was applied, by key.
pub(crate) fn applied(journal: &[JournalEntry], route: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in writes(journal).filter(|entry| entry.applied && entry.route == route) {
        *counts.entry(entry.customer_key.clone().unwrap_or_default()).or_default() += 1;
    }
    counts
}

/// A customer that was created once more after it was there: the remote has refused it. A look-up that waits longer
/// than the search lags never lets that happen.
pub(crate) fn sent_again(journal: &[JournalEntry]) -> Option<&JournalEntry> {
    journal.iter().find(|entry| entry.status == Some(400) && entry.fault.is_none())
}
