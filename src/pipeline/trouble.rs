//! Why a department's run ends before its end, and the exit code that says so.

use super::build::BuildError;
use super::exit::Exit;
use super::intake::IntakeError;
use super::pushing::PushError;
use super::scan::ScanError;
use crate::checkpoint::CheckpointError;
use crate::push::Stop;
use crate::record::RecordError;
use crate::report::ReportError;

/// Why a run ended before its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error(transparent)]
    Intake(#[from] IntakeError),
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(transparent)]
    Push(#[from] PushError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Report(#[from] ReportError),
    #[error("{what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("--approve: this checkpoint knows no run {0}; a held run names itself in its summary")]
    NoSuchRun(crate::domain::RunId),
    #[error("no randomness for a run id: {0}")]
    Random(#[from] getrandom::Error),
}

impl RunError {
    /// The exit code that says so; `stop`: what pulled the brake, where something did.
    pub(super) fn exit(&self, stop: Option<Stop>) -> Exit {
        let intake = match self {
            Self::Intake(error)
            | Self::Scan(ScanError::Intake(error))
            | Self::Build(BuildError::Intake(error)) => error,
            Self::Build(BuildError::Changed) => return Exit::Held,
            Self::Checkpoint(CheckpointError::Held { .. }) => return Exit::Locked,
            Self::Push(PushError::Connect(_)) | Self::NoSuchRun(_) => return Exit::Usage,
            _ => return Exit::Unexpected,
        };
        match intake {
            IntakeError::Profile(_) => Exit::Usage,
            IntakeError::Stopped => stop.map_or(Exit::Interrupted, Exit::from),
            IntakeError::Header(_)
            | IntakeError::Read(_)
            | IntakeError::OtherSource { .. }
            | IntakeError::NoSource { .. }
            | IntakeError::Undated { .. }
            | IntakeError::Numbered { .. }
            | IntakeError::SameTime { .. } => Exit::Held,
        }
    }
}
