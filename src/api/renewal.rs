//! A body that grows old: what is written depends on what was read before, so it is read again before it is sent late
//! or sent again; and on what is known, so it is looked at once more when it leaves. When to send stays
//! [`super::retry`]'s part.

use std::future::Future;
use std::time::Duration;

/// Where the body of a write comes from, once the first one is too old.
pub trait Renewal<B>: Send {
    /// How much longer the body may wait for its first leave; it is never sent twice. `None`: it does not grow old, and
    /// goes out again as it is.
    fn may_wait(&self) -> Option<Duration>;

    /// The body as it is to be by now, after so many attempts. `None`: nothing is to be sent any more, and the call
    /// ends with [`super::Failure::NotSent`].
    fn renew(&mut self, attempts: u32) -> impl Future<Output = Option<B>> + Send;

    /// The last word on the body, after so many attempts, before each of them: the permit is granted, and nothing else
    /// happens before it leaves. Takes no time and asks nobody.
    fn parting(&mut self, attempts: u32) -> Parting<B>;
}

/// What leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parting<B> {
    /// The last body.
    AsItIs,
    /// Another one in its place.
    Instead(B),
    /// Nothing any more: the call ends with [`super::Failure::NotSent`]. The permit is lost.
    Withdrawn,
}

/// A body that does not grow old.
pub(super) struct Lasting;

impl<B> Renewal<B> for Lasting {
    fn may_wait(&self) -> Option<Duration> {
        None
    }

    async fn renew(&mut self, _: u32) -> Option<B> {
        None
    }

    fn parting(&mut self, _: u32) -> Parting<B> {
        Parting::AsItIs
    }
}
