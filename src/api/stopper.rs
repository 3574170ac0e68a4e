//! The switch that ends a run's sending. It stops nothing that is on the wire, and decides nothing: who throws it is
//! the caller's business, what a call does about it [`super::leave`]'s.

use tokio::sync::watch;

/// A switch that is thrown once and for all. A clone is the same switch.
#[derive(Clone, Debug)]
pub struct Stopper {
    thrown: watch::Sender<bool>,
}

impl Stopper {
    /// A switch that is not thrown.
    pub fn new() -> Self {
        Self { thrown: watch::Sender::new(false) }
    }

    /// Throws the switch; again does nothing.
    pub fn stop(&self) {
        self.thrown.send_replace(true);
    }

    /// Whether it has been thrown.
    pub fn is_stopped(&self) -> bool {
        *self.thrown.borrow()
    }

    /// Waits until it is thrown; at once where it has been. Safe to cancel.
    pub async fn stopped(&self) {
        // Cannot fail: the sender lives as long as `self`.
        let _ = self.thrown.subscribe().wait_for(|thrown| *thrown).await;
    }
}

impl Default for Stopper {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn everyone_who_waits_is_told_and_so_is_who_comes_later() {
        let stopper = Stopper::new();
        let waiting = stopper.clone();
        let early = tokio::spawn(async move { waiting.stopped().await });
        assert!(tokio::time::timeout(Duration::from_secs(9), stopper.stopped()).await.is_err());
        assert!(!early.is_finished() && !stopper.is_stopped());
        stopper.clone().stop();
        stopper.stop();
        assert!(early.await.is_ok() && stopper.is_stopped());
        stopper.stopped().await;
    }
}
