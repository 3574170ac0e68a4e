//! A body that grows old: what is written depends on what was read before, so it is read again before it is sent late
//! or sent again. When to send stays [`super::retry`]'s part.

use std::future::Future;
use std::time::Duration;

/// Where the body of a write comes from, once the first one is too old.
pub trait Renewal<B>: Send {
    /// How old the body may be when it leaves for the first time; it is never sent twice. `None`: it does not grow
    /// old, and goes out again as it is.
    fn max_age(&self) -> Option<Duration>;

    /// The body as it is to be by now, after so many attempts. `None`: nothing is to be sent any more, and the call
    /// ends with [`super::Failure::NotSent`].
    fn renew(&mut self, attempts: u32) -> impl Future<Output = Option<B>> + Send;
}

/// A body that does not grow old.
pub(super) struct Lasting;

impl<B> Renewal<B> for Lasting {
    fn max_age(&self) -> Option<Duration> {
        None
    }

    async fn renew(&mut self, _: u32) -> Option<B> {
        None
    }
}
