//! [`Settings`]: every setting as a type, with its key and its rule beside it.
//!
//! Defaults are not here: `config/default.toml` states them, and explains each key to its reader. Departments have
//! a file of their own, `department`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::domain::{DepartmentName, Limit};

use super::address::{Base, BaseUrl, Proxy, ProxyUrl, Template};
use super::department::Department;
use super::problem::Origin;
use super::reader::table;
use super::rule::{Bound, Choice, Flag, Maybe, Place, Span, Whole};

const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const TEN_YEARS: Duration = Duration::from_secs(86_400 * 3650);

/// All settings, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The file that they come from, absolute.
    pub file: PathBuf,
    /// How the API is reached.
    pub api: ApiSettings,
    /// How fast.
    pub rate: RateSettings,
    /// How often again.
    pub retry: RetrySettings,
    /// When to give up on the remote.
    pub breaker: BreakerSettings,
    /// How a run ends.
    pub run: RunSettings,
    /// Where the memory is.
    pub checkpoint: CheckpointSettings,
    /// Where reports go.
    pub report: ReportSettings,
    /// What holds a run.
    pub guard: GuardSettings,
    /// The departments, in the order of the file; at least one.
    pub departments: Vec<Department>,
    /// Where each value came from.
    pub origins: Origins,
}

/// Where each value came from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origins {
    /// By dotted key.
    pub(super) shared: BTreeMap<String, Origin>,
    /// By department, then by dotted key within it.
    pub(super) departments: BTreeMap<DepartmentName, BTreeMap<String, Origin>>,
}

/// Declares a choice of the configuration.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident => $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every choice.
            const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The choice as the configuration spells it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

choice! {
    /// The method of an update: the guide and the reference of the API contradict each other.
    UpdateMethod {
        /// As the guide has it.
        Put => "PUT",
        /// As the reference has it.
        Post => "POST",
    }
}

choice! {
    /// Which leftovers make a finished run exit 3.
    FailOn {
        /// All of them.
        Any => "any",
        /// Those that the last run did not have.
        New => "new",
    }
}

choice! {
    /// What `sync` does on a checkpoint without customers.
    EmptyCheckpoint {
        /// Nothing: a lost checkpoint must not become a second first load.
        Refuse => "refuse",
        /// Goes ahead.
        Allow => "allow",
    }
}

table! {
    /// `[api]`: how the API is reached.
    pub struct ApiSettings {
        /// Where it is.
        base_url: BaseUrl = "api.base_url", Base;
        /// File that holds the username.
        username_file: Option<PathBuf> = "api.username_file", Maybe(Place);
        /// File that holds the password.
        password_file: Option<PathBuf> = "api.password_file", Maybe(Place);
        /// For one attempt, from the first byte out to the last byte in.
        timeout: Duration = "api.timeout", Span(MILLISECOND..=HOUR);
        /// For a connection to stand, TLS included.
        connect_timeout: Duration = "api.connect_timeout", Span(MILLISECOND..=HOUR);
        /// Proxy; `None`: what the usual environment variables say.
        proxy: Option<ProxyUrl> = "api.proxy", Maybe(Proxy);
        /// PEM file of certificates that are trusted beside the system's.
        ca_file: Option<PathBuf> = "api.ca_file", Maybe(Place);
        /// `PUT` or `POST`.
        update_method: UpdateMethod = "api.update_method", Choice(UpdateMethod::ALL, UpdateMethod::as_str);
        /// Whether the remote is asked to reject bad VINs.
        validate_vin: bool = "api.validate_vin", Flag;
        /// Whether the remote is asked to look for a duplicate on create.
        search_for_duplicate: bool = "api.search_for_duplicate", Flag;
        + /// Paths that the API's documentation does not print.
        paths: ApiPaths;
    }
}

table! {
    /// `[api.paths]`: templates with placeholders in braces; each continues the base URL.
    pub struct ApiPaths {
        /// Of getMatchingCustomer.
        matching: String = "api.paths.match", Template { allowed: &["department"], required: &[] };
        /// Of getLinkedCustomer.
        linked: String = "api.paths.linked",
            Template { allowed: &["department", "entity", "entityId"], required: &["entity", "entityId"] };
        /// Of getCustomerProfileData.
        profile: String = "api.paths.profile",
            Template {
                allowed: &["department", "customerProfileViewRequestToken"],
                required: &["customerProfileViewRequestToken"],
            };
    }
}

table! {
    /// `[rate]`: shared by all departments that use one credential.
    pub struct RateSettings {
        /// Requests a second, a hard ceiling.
        per_second: u32 = "rate.per_second", Whole(1..=1_000_000);
        /// Requests that may go at once after a pause.
        burst: u32 = "rate.burst", Whole(1..=1_000_000);
        /// Requests that may be under way at one time, at most.
        max_in_flight: u32 = "rate.max_in_flight", Whole(1..=1024);
        /// Requests a UTC day; 0: no budget.
        per_day: u32 = "rate.per_day", Whole(0..=u32::MAX);
    }
}

table! {
    /// `[retry]`: what is tried again, and when.
    pub struct RetrySettings {
        /// Attempts for one request, the first included.
        max_attempts: u32 = "retry.max_attempts", Whole(1..=100);
        /// Wait before the second attempt.
        initial: Duration = "retry.initial", Span(MILLISECOND..=HOUR);
        /// The longest wait of our own.
        max: Duration = "retry.max", Span(MILLISECOND..=HOUR);
        /// For all attempts of one request together; waits that the server asks for do not count.
        max_elapsed: Duration = "retry.max_elapsed", Span(MILLISECOND..=DAY);
        /// The longest wait that the server can impose.
        retry_after_cap: Duration = "retry.retry_after_cap", Span(Duration::ZERO..=DAY);
        /// Wait before the second look at an in-doubt create.
        settle: Duration = "retry.settle", Span(Duration::ZERO..=HOUR);
        /// How long what was refused is not sent again unchanged.
        same_refusal: Duration = "retry.same_refusal", Span(Duration::ZERO..=TEN_YEARS);
    }
}

table! {
    /// `[breaker]`: when to give up on the remote.
    pub struct BreakerSettings {
        /// Transient failures in a row that stop the run.
        consecutive: u32 = "breaker.consecutive", Whole(1..=u32::MAX);
    }
}

table! {
    /// `[run]`: how a run ends.
    pub struct RunSettings {
        /// For what is in flight when the run is told to stop.
        drain: Duration = "run.drain", Span(Duration::ZERO..=HOUR);
        /// When to take no more work; `None`: never.
        max_duration: Option<Duration> = "run.max_duration", Maybe(Span(MILLISECOND..=TEN_YEARS));
        /// Failed customers of the plan that stop the run.
        error_budget: Limit = "run.error_budget", Bound;
        /// Which leftovers count for the exit code.
        fail_on: FailOn = "run.fail_on", Choice(FailOn::ALL, FailOn::as_str);
    }
}

table! {
    /// `[checkpoint]`: where the memory is.
    pub struct CheckpointSettings {
        /// Directory of the departments' databases, absolute.
        dir: PathBuf = "checkpoint.dir", Place;
    }
}

table! {
    /// `[report]`: where reports go.
    pub struct ReportSettings {
        /// Directory of the departments' reports, absolute.
        dir: PathBuf = "report.dir", Place;
        /// Runs that are kept for each department.
        keep: u32 = "report.keep", Whole(1..=u32::MAX);
    }
}

table! {
    /// `[guard]`: what holds a run before its first request. Shares are of the checkpoint's customers, unless said.
    pub struct GuardSettings {
        /// Customers from which the limits are armed; `max_rejected` always is.
        min_customers: u32 = "guard.min_customers", Whole(0..=u32::MAX);
        /// Customers to create.
        max_creates: Limit = "guard.max_creates", Bound;
        /// Customers to update.
        max_updates: Limit = "guard.max_updates", Bound;
        /// Customers of whom any one field changes.
        max_field_changes: Limit = "guard.max_field_changes", Bound;
        /// Customers of whom any one field becomes blank.
        max_blanked: Limit = "guard.max_blanked", Bound;
        /// Rejected ones; a share of the export.
        max_rejected: Limit = "guard.max_rejected", Bound;
        /// Customers that a full export no longer has.
        max_missing: Limit = "guard.max_missing", Bound;
        /// Age of the newest file; `None`: any.
        max_age: Option<Duration> = "guard.max_age", Maybe(Span(MILLISECOND..=TEN_YEARS));
        /// What `sync` does on a checkpoint without customers.
        empty_checkpoint: EmptyCheckpoint = "guard.empty_checkpoint",
            Choice(EmptyCheckpoint::ALL, EmptyCheckpoint::as_str);
    }
}

impl Settings {
    /// The checkpoint of a department. Names are unique and lower case, so no two departments share one, whatever
    /// the file system does to the case of names.
    pub fn checkpoint_file(&self, department: &DepartmentName) -> PathBuf {
        self.checkpoint.dir.join(format!("{department}.sqlite"))
    }

    /// The directory of a department's reports.
    pub fn report_dir(&self, department: &DepartmentName) -> PathBuf {
        self.report.dir.join(department.as_str())
    }
}
