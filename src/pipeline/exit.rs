//! How a run ends: the public exit codes, and which of several departments' ends is the process's.

use crate::domain::summary;
use crate::push::Stop;

/// The end of a run. The numbers are public: schedulers branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Everything is done; nothing is left over.
    Complete,
    /// Disk, a corrupt or newer checkpoint, a defect of ours.
    Unexpected,
    /// Command line, configuration, profile.
    Usage,
    /// Finished, and some rows or customers are rejected, failed or in doubt.
    LeftOver,
    /// Nothing was sent: the guard held the plan, or an input was refused.
    Held,
    /// Stopped early: authentication, breaker, a budget.
    Stopped,
    /// Another run holds the lock.
    Locked,
    /// `--exit-code`: there are differences.
    Differences,
    /// SIGINT; drained, resumable.
    Interrupted,
    /// SIGTERM; drained, resumable.
    Terminated,
}

impl Exit {
    /// From the most to the least severe.
    const BY_SEVERITY: [Self; 10] = [
        Self::Terminated,
        Self::Interrupted,
        Self::Unexpected,
        Self::Usage,
        Self::Stopped,
        Self::Held,
        Self::Locked,
        Self::LeftOver,
        Self::Differences,
        Self::Complete,
    ];

    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Unexpected => 1,
            Self::Usage => 2,
            Self::LeftOver => 3,
            Self::Held => 4,
            Self::Stopped => 5,
            Self::Locked => 6,
            Self::Differences => 7,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// Its name in `summary.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Unexpected => "unexpected",
            Self::Usage => "usage",
            Self::LeftOver => "left_over",
            Self::Held => "held",
            Self::Stopped => "stopped",
            Self::Locked => "locked",
            Self::Differences => "differences",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    /// The more severe of both.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        Self::BY_SEVERITY.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(self)
    }

    /// As `summary.json` says it.
    pub fn summary(self) -> summary::Exit {
        summary::Exit { code: self.code(), name: self.name().to_owned() }
    }
}

/// The end of a run that stopped early.
impl From<Stop> for Exit {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Interrupted => Self::Interrupted,
            Stop::Terminated => Self::Terminated,
            Stop::Lost => Self::Unexpected,
            Stop::Unauthorized
            | Stop::Forbidden
            | Stop::WrongHost
            | Stop::Breaker
            | Stop::ErrorBudget
            | Stop::DailyBudget
            | Stop::MaxDuration => Self::Stopped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_severe_department_decides() {
        let codes = |exits: &[Exit]| exits.iter().copied().reduce(Exit::worse).map(Exit::code);
        assert_eq!(codes(&[Exit::Complete, Exit::Differences, Exit::LeftOver, Exit::Locked]), Some(6));
        assert_eq!(codes(&[Exit::Locked, Exit::Held, Exit::Stopped, Exit::Usage]), Some(2));
        assert_eq!(codes(&[Exit::Usage, Exit::Unexpected]), Some(1));
        assert_eq!(codes(&[Exit::Unexpected, Exit::Interrupted, Exit::Complete]), Some(130));
    }
}
