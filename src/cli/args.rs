//! The grammar of the command line. Separate from the settings: what a flag says of a setting goes through
//! [`Overrides`](crate::config::Overrides).

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report::diff::DiffKind;

/// Keeps a dealership's customers at myKaarma in step with its DMS, from CSV exports.
#[derive(Debug, Parser)]
#[command(name = "dms-sync", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// The configuration; else `DMS_SYNC_CONFIG`, ./dms-sync.toml, or the user's own
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Only this department; may be given several times
    #[arg(long, global = true, value_name = "NAME")]
    pub department: Vec<String>,
    /// Read this instead of the department's input: a file, a directory, a pattern, `-` for standard input
    #[arg(long, global = true, value_name = "PATH")]
    pub input: Vec<PathBuf>,
    /// Share I of N of the departments, for several machines
    #[arg(long, global = true, value_name = "I/N", value_parser = Shard::parse)]
    pub shard: Option<Shard>,
    /// How log lines look
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub log_format: LogFormat,
    /// More log; again for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Errors alone, and no progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Log lines instead of a progress bar
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,
}

/// `--log-format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Yes.
    Always,
    /// No.
    Never,
}

/// `--shard I/N`: every N-th department, beginning with the I-th.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: usize,
    /// How many shares there are.
    pub of: usize,
}

impl Shard {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not I/N with 1 <= I <= N, e.g. 2/4");
        let (index, of) = text.split_once('/').ok_or_else(wrong)?;
        let (index, of) = (index.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if index >= 1 && index <= of { Ok(Self { index, of }) } else { Err(wrong()) }
    }

    /// Whether the department at this place of the file, from 0, is in the share.
    pub fn has(self, place: usize) -> bool {
        place % self.of == self.index - 1
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Plan, judge, push, report: the nightly run
    Sync(Sync),
    /// Show what `sync` would do; sends nothing, writes nothing
    Diff(Diff),
    /// Re-drive what the last run left over, or an edited errors.csv
    Retry(Retry),
    /// The last runs, what is left over, the size of the checkpoint
    Status(Status),
    /// Check configuration, access and headers; with --input the data; sends no customer
    Check(Check),
    /// Read from myKaarma, as JSON. Shows personal data: you asked for it
    #[command(subcommand)]
    Lookup(Lookup),
    /// Copy a checkpoint, or put a copy back
    #[command(subcommand)]
    Checkpoint(CheckpointCommand),
    /// The profiles that are built in
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// The settings
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Write a first configuration
    Init(Init),
    /// A local myKaarma to try things on
    #[cfg(feature = "sandbox")]
    Sandbox(Sandbox),
    /// Completions for a shell, to standard output
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// The manual page, to standard output
    Man,
}

/// `sync`.
#[derive(Debug, Args)]
pub struct Sync {
    /// Release exactly the plan that this run was held with, once
    #[arg(long, value_name = "RUN", requires = "reason")]
    pub approve: Option<String>,
    /// Why it is right; kept with the run
    #[arg(long, value_name = "TEXT", requires = "approve")]
    pub reason: Option<String>,
    /// Stop softly after this long, e.g. 2h; the next run goes on
    #[arg(long, value_name = "D")]
    pub max_duration: Option<String>,
    /// The same as `diff`
    #[arg(long, conflicts_with_all = ["approve", "reason", "max_duration"])]
    pub dry_run: bool,
}

/// `retry`.
#[derive(Debug, Args)]
pub struct Retry {
    /// This errors.csv, edited or not; else that of the last run
    #[arg(long, value_name = "FILE")]
    pub errors: Option<PathBuf>,
}

/// `diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: Format,
    /// Write it here instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Exit with 7 where anything would be sent
    #[arg(long)]
    pub exit_code: bool,
    /// Show names, phones, e-mails, addresses and VINs instead of masks
    #[arg(long)]
    pub show_values: bool,
    /// Totals alone
    #[arg(long)]
    pub summary_only: bool,
}

impl Diff {
    /// `sync --dry-run` as the command that it means.
    pub(super) fn of_dry_run() -> Self {
        Self { format: Format::Text, output: None, exit_code: false, show_values: false, summary_only: false }
    }
}

/// `diff --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// One line per field, for a spreadsheet
    Csv,
    /// One page
    Html,
}

impl From<Format> for DiffKind {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
            Format::Csv => Self::Csv,
            Format::Html => Self::Html,
        }
    }
}

/// `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// How many runs to show
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub runs: usize,
    /// As JSON
    #[arg(long)]
    pub json: bool,
}

/// `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Ask nobody: configuration, profile and files alone
    #[arg(long)]
    pub offline: bool,
    /// How to show it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub format: CheckFormat,
}

/// `check --format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
}

/// `lookup`.
#[derive(Debug, Subcommand)]
pub enum Lookup {
    /// One customer, by uuid
    Customer {
        /// As myKaarma writes it; may begin with `-`
        #[arg(allow_hyphen_values = true)]
        uuid: String,
        /// Without vehicles
        #[arg(long)]
        exclude_vehicles: bool,
    },
    /// Customers that match a term: fuzzy, at most 100
    Search {
        /// At most 30 characters
        term: String,
        /// Fewer columns, and only these fields: fname, lname, company, customerKey, communications.commValue,
        /// vehicles.vin
        #[arg(long, value_name = "FIELD", value_delimiter = ',')]
        fields: Vec<String>,
        /// What to prefer: customer or vehicle
        #[arg(long, value_name = "WHAT", conflicts_with = "fields")]
        prefer: Option<Prefer>,
        /// 1 to 100
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
        max_results: Option<u8>,
    },
    /// The one customer that myKaarma's matching picks for a customer of the checkpoint
    Match {
        /// The customer key
        key: String,
    },
    /// The customer linked to an entity
    Linked {
        /// The kind of entity; its legal values are not documented
        entity: String,
        /// Its number
        id: i64,
    },
    /// A customer's document requests, by view token
    Profile {
        /// The customerProfileViewRequestToken
        #[arg(allow_hyphen_values = true)]
        token: String,
    },
}

/// `lookup search --prefer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Prefer {
    /// Customers' own fields.
    Customer,
    /// Vehicles.
    Vehicle,
}

/// `checkpoint`.
#[derive(Debug, Subcommand)]
pub enum CheckpointCommand {
    /// A consistent copy, also while a run is on; holds personal data
    Backup {
        /// Where to
        file: PathBuf,
    },
    /// Puts a copy back, after checking it; what it replaces is kept beside it
    Restore {
        /// Where from
        file: PathBuf,
    },
}

/// `profile`.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// Their names
    List,
    /// Propose one from a file's header and first rows, as TOML to standard output
    Init {
        /// The file
        file: PathBuf,
        /// What to call the profile
        #[arg(long, value_name = "NAME", default_value = "mine")]
        name: String,
    },
    /// One, as TOML: to read, or to begin one's own with; of one's own, every mistake
    Show {
        /// Its name, or a file
        name: String,
    },
}

/// `config`.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// The effective settings, secrets masked
    Show {
        /// And where each comes from
        #[arg(long)]
        origin: bool,
    },
}

/// `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// The file to write; never one that exists
    #[arg(default_value = "dms-sync.toml")]
    pub file: PathBuf,
}

/// `sandbox`.
#[derive(Debug, Args)]
pub struct Sandbox {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub port: u16,
    /// Keep the state here, from one start to the next
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// What goes wrong, and when
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Note every request here
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

impl Sandbox {
    /// Where to listen.
    pub fn listen(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_grammar_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn shares_cover_every_department_once() {
        for place in 0..10 {
            let shares = (1..=3).filter(|index| Shard { index: *index, of: 3 }.has(place)).count();
            assert_eq!(shares, 1);
        }
        for bad in ["", "1", "0/3", "4/3", "a/b", "1/0"] {
            assert!(Shard::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_uuid_may_begin_with_a_hyphen() {
        let cli = Cli::try_parse_from(["dms-sync", "lookup", "customer", "-abc"]).unwrap();
        assert!(matches!(cli.command, Command::Lookup(Lookup::Customer { uuid, .. }) if uuid == "-abc"));
    }
}
