//! [`Sheet`]: one scenario as its file says it: what the server does, and within which bounds a run must end.
//!
//! ```toml
//! about = "one sentence"
//! drivers = ["virtual", "real"]   # in paused time, without a socket; the program itself, at a sandbox
//! creates = 40                    # customers that are new
//! updates = 10                    # customers that a healthy run has sent before, and that have changed since
//!
//! [settings.retry]                # over the built-in defaults (virtual) or the workbench's quick ones (real)
//! max_attempts = 3
//!
//! [server]                        # `seed` and `fault` as in a fault file; or one of tests/data/faults by its name
//! faults = "lost-answers.toml"
//!
//! [expect]                        # N or [least, most]; an outcome that is not named must not occur
//! exit = 0
//! codes = []                      # of all customers that are not done, but for those that were not attempted
//! created = 40
//! updated = 10
//! requests = [60, 70]
//! retries = [0, 5]
//! seconds = [4, 8]                # virtual time only
//! says = ["rate.per_day"]         # real only: on standard error
//!
//! [next]                          # the next run, at a healthy server: by default it ends with 0, and all are there
//! exit = 3
//! missing = 1
//!
//! [real.expect]                   # a driver's own words go over the common ones
//! retries = 3
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use dms_sync::sandbox::Faults;
use serde::Deserialize;
use toml::{Table, Value};

/// Who plays a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Driver {
    /// The layers from push down to the sandbox's desk, in paused time.
    Virtual,
    /// The program, over real sockets.
    Real,
}

/// A scenario, as one driver plays it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sheet {
    #[serde(skip)]
    pub(crate) name: String,
    #[serde(rename = "about")]
    _about: String,
    pub(crate) drivers: Vec<Driver>,
    #[serde(default)]
    pub(crate) creates: usize,
    #[serde(default)]
    pub(crate) updates: usize,
    #[serde(default)]
    pub(crate) settings: Table,
    #[serde(default)]
    pub(crate) server: Server,
    pub(crate) expect: Expect,
    #[serde(default)]
    pub(crate) next: Next,
}

/// What the server does.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Server {
    faults: Option<String>,
    seed: Option<i64>,
    fault: Option<Value>,
    pub(crate) door: Door,
    pub(crate) account: Account,
}

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Door {
    /// It stands.
    #[default]
    Open,
    /// Nobody listens.
    Closed,
    /// TLS by a certificate that nobody has signed.
    SelfSigned,
    /// TLS by a trusted certificate of another host.
    WrongHost,
    /// TLS by a trusted certificate of the past.
    Expired,
}

/// Whose credentials the run has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Account {
    /// The server's own.
    #[default]
    Known,
    /// Another's.
    Unknown,
}

/// Bounds of a run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    pub(crate) exit: u8,
    #[serde(default)]
    pub(crate) codes: Vec<String>,
    #[serde(default)]
    created: Range,
    #[serde(default)]
    updated: Range,
    #[serde(default)]
    unchanged: Range,
    #[serde(default)]
    failed: Range,
    #[serde(default)]
    in_doubt: Range,
    #[serde(default)]
    not_attempted: Range,
    requests: Range,
    retries: Range,
    seconds: Option<Range>,
    /// What the program says on standard error; real only.
    #[serde(default)]
    says: Vec<String>,
}

/// Bounds of the next run.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Next {
    pub(crate) exit: u8,
    /// Customers that are not at the remote in the end.
    pub(crate) missing: Range,
}

/// A number, or from one to another.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(crate) enum Range {
    Exactly(u64),
    Within([u64; 2]),
}

impl Default for Range {
    fn default() -> Self {
        Self::Exactly(0)
    }
}

impl Range {
    pub(crate) fn holds(self, value: u64) -> bool {
        match self {
            Self::Exactly(number) => value == number,
            Self::Within([least, most]) => (least..=most).contains(&value),
        }
    }
}

/// What came of a run.
#[derive(Debug, Default, Clone)]
pub(crate) struct Ran {
    pub(crate) exit: u8,
    pub(crate) codes: Vec<String>,
    pub(crate) created: u64,
    pub(crate) updated: u64,
    pub(crate) unchanged: u64,
    pub(crate) failed: u64,
    pub(crate) in_doubt: u64,
    pub(crate) not_attempted: u64,
    pub(crate) requests: u64,
    pub(crate) retries: u64,
    /// Virtual time, rounded down.
    pub(crate) seconds: u64,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Expect {
    /// Every bound that does not hold.
    pub(crate) fn complaints(&self, driver: Driver, ran: &Ran) -> Vec<String> {
        let ranges = [
            ("created", Some(self.created), ran.created),
            ("updated", Some(self.updated), ran.updated),
            ("unchanged", Some(self.unchanged), ran.unchanged),
            ("failed", Some(self.failed), ran.failed),
            ("in_doubt", Some(self.in_doubt), ran.in_doubt),
            ("not_attempted", Some(self.not_attempted), ran.not_attempted),
            ("requests", Some(self.requests), ran.requests),
            ("retries", Some(self.retries), ran.retries),
            ("seconds", self.seconds.filter(|_| driver == Driver::Virtual), ran.seconds),
        ];
        let out = ranges.iter().filter(|(_, range, value)| range.is_some_and(|range| !range.holds(*value)));
        let mut complaints: Vec<_> =
            out.map(|(what, range, value)| format!("{what} is {value}, expected {range:?}")).collect();
        if self.exit != ran.exit {
            complaints.push(format!("exit is {}, expected {}", ran.exit, self.exit));
        }
        if self.codes != ran.codes {
            complaints.push(format!("codes are {:?}, expected {:?}", ran.codes, self.codes));
        }
        let unsaid = self.says.iter().filter(|text| driver == Driver::Real && !ran.stderr.contains(*text));
        complaints.extend(unsaid.map(|text| format!("it does not say {text:?}")));
        if driver == Driver::Virtual && self.seconds.is_none() {
            complaints.push(format!("`seconds` is missing; it took {}", ran.seconds));
        }
        complaints
    }
}

impl Sheet {
    /// The files of all scenarios, in the order of their names.
    pub(crate) fn files() -> Vec<PathBuf> {
        let entries = fs::read_dir(data("scenarios")).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// A scenario as `driver` plays it.
    pub(crate) fn read(path: &Path, driver: Driver) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let mut table: Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let own = [("virtual", Driver::Virtual), ("real", Driver::Real)];
        for (name, whose) in own {
            if let Some(Value::Table(over)) = table.remove(name)
                && whose == driver
            {
                lay_over(&mut table, over);
            }
        }
        let sheet = table.try_into::<Self>().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { name: path.file_stem().unwrap().to_string_lossy().into_owned(), ..sheet }
    }

    /// Everyone whom the export has.
    pub(crate) fn customers(&self) -> usize {
        self.creates + self.updates
    }
}

impl Server {
    /// What goes wrong.
    pub(crate) fn faults(&self) -> Faults {
        if let Some(name) = &self.faults {
            return Faults::load(&data("faults").join(name)).unwrap();
        }
        let mut table = Table::new();
        table.extend(self.seed.map(|seed| ("seed".to_owned(), seed.into())));
        table.extend(self.fault.clone().map(|fault| ("fault".to_owned(), fault)));
        Faults::parse(&toml::to_string(&table).unwrap()).unwrap()
    }
}

/// A folder of `tests/data`.
pub(crate) fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(folder)
}

/// Lays `over` over `table`: tables key by key, everything else whole.
pub(crate) fn lay_over(table: &mut Table, over: Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(value)) => lay_over(under, value),
            (_, value) => drop(table.insert(key, value)),
        }
    }
}
