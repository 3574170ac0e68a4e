//! The switch that holds a run's sending for a while: until a suspicion that concerns every request is confirmed or
//! allayed. It stops nothing that is on the wire; ending for good is [`super::stopper`]'s part.

use tokio::sync::watch;

/// A switch that goes on and off. A clone is the same switch.
#[derive(Clone, Debug)]
pub struct Pause {
    on: watch::Sender<bool>,
}

impl Pause {
    /// A switch that is off.
    pub fn new() -> Self {
        Self { on: watch::Sender::new(false) }
    }

    /// From now on no attempt begins.
    pub fn begin(&self) {
        self.on.send_replace(true);
    }

    /// What waits goes on.
    pub fn end(&self) {
        self.on.send_replace(false);
    }

    /// Whether it is on.
    pub fn is_on(&self) -> bool {
        *self.on.borrow()
    }

    /// Waits until it is off; at once where it is. Safe to cancel.
    pub(super) async fn over(&self) {
        // Cannot fail: the sender lives as long as `self`.
        let _ = self.on.subscribe().wait_for(|on| !on).await;
    }
}

impl Default for Pause {
    fn default() -> Self {
        Self::new()
    }
}
