//! Whether a call may begin another attempt: the switches and allowances that its client was given, as one question.
//! When to send is [`super::gate`]'s part, whether it is worth it [`super::retry`]'s.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use super::allowance::{Allowance, Taken};
use super::pause::Pause;
use super::stopper::Stopper;

/// All of them must agree; without any, every attempt may begin.
#[derive(Clone, Default)]
pub(super) struct Leave {
    stoppers: Vec<Stopper>,
    allowances: Vec<Allowance>,
    pauses: Vec<Pause>,
}

impl Leave {
    pub(super) fn stopped_by(mut self, stopper: &Stopper) -> Self {
        self.stoppers.push(stopper.clone());
        self
    }

    pub(super) fn limited_by(mut self, allowance: &Allowance) -> Self {
        self.allowances.push(allowance.clone());
        self
    }

    pub(super) fn paused_by(mut self, pause: &Pause) -> Self {
        self.pauses.push(pause.clone());
        self
    }

    /// Whether sending is held for a while.
    pub(super) fn is_paused(&self) -> bool {
        self.pauses.iter().any(Pause::is_on)
    }

    /// Waits until it is not and there is something to take, or until waiting has become pointless: then `None`.
    pub(super) async fn resumed(&self) -> Option<()> {
        for pause in &self.pauses {
            self.unless_ended(pause.over()).await?;
        }
        for allowance in &self.allowances {
            self.unless_ended(allowance.ready()).await?;
        }
        Some(())
    }

    /// Asked immediately before sending: whether the request may leave; it is then counted. Where one of several
    /// allowances refuses, what the others gave is lost.
    pub(super) fn take(&self) -> Taken {
        let Self { stoppers, allowances, pauses: _ } = self;
        if stoppers.iter().any(Stopper::is_stopped) {
            return Taken::Never;
        }
        allowances.iter().map(Allowance::take).find(|taken| *taken != Taken::One).unwrap_or(Taken::One)
    }

    /// What `wait` comes to, or `None` as soon as waiting has become pointless; that is looked at first.
    pub(super) async fn unless_ended<T>(&self, wait: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.ended() => None,
            done = wait => Some(done),
        }
    }

    async fn ended(&self) {
        let Self { stoppers, allowances, pauses: _ } = self;
        let mut ends: Vec<Pin<Box<dyn Future<Output = ()> + Send + '_>>> = Vec::new();
        ends.extend(stoppers.iter().map(|stopper| Box::pin(stopper.stopped()) as _));
        ends.extend(allowances.iter().map(|allowance| Box::pin(allowance.spent()) as _));
        poll_fn(|context| {
            let ended = ends.iter_mut().any(|end| end.as_mut().poll(context).is_ready());
            if ended { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::{Cell, RefCell};
    use std::num::NonZeroU32;
    use std::time::Duration;

    use tokio::time::Instant;

    use super::super::gate::{Gate, GateConfig};
    use super::super::retry::{Again, Attempt, Driven, Load, RetryPolicy, Spread, drive};
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    const POLICY: RetryPolicy = RetryPolicy {
        max_attempts: 5,
        initial: secs(10),
        max: secs(30),
        max_elapsed: secs(600),
        retry_after_cap: secs(600),
        spread: Spread::Random,
    };

    fn gate_of(max_in_flight: usize) -> Gate {
        let fast = NonZeroU32::new(10_000).unwrap();
        Gate::new(GateConfig { per_second: fast, burst: fast, max_in_flight })
    }

    fn failing(number: u32, retry_after: Option<Duration>) -> Attempt<u32> {
        Attempt { outcome: number, again: Again::Yes, load: Load::Unwell, retry_after }
    }

    /// A call that takes a second to answer each attempt, and what becomes of it when the switch is thrown at `stop`
    /// seconds: the seconds at which attempts started, when it ended, and how.
    async fn stopped_at(
        stop: u64,
        gate: &Gate,
        answer: impl Fn(u32) -> Attempt<u32>,
    ) -> (Vec<u64>, u64, Driven<u32>) {
        let (start, times, stopper) = (Instant::now(), RefCell::new(Vec::new()), Stopper::new());
        let leave = Leave::default().stopped_by(&stopper);
        let call = drive(&POLICY, gate, &leave, |number| {
            times.borrow_mut().push(start.elapsed().as_secs());
            let attempt = answer(number);
            async move {
                tokio::time::sleep(secs(1)).await;
                attempt
            }
        });
        let (driven, ()) = tokio::join!(async { (call.await, start.elapsed().as_secs()) }, async {
            tokio::time::sleep(secs(stop)).await;
            stopper.stop();
        });
        (times.into_inner(), driven.1, driven.0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait_for_a_closed_gate_and_for_a_slot() {
        let gate = gate_of(4);
        gate.close_for(secs(60));
        let stopped = stopped_at(7, &gate, |number| failing(number, None)).await;
        assert_eq!(stopped, (vec![], 7, Driven::NotSent(None)));
        let (full, start) = (gate_of(1), Instant::now());
        let held = full.permit().await;
        let stopped = stopped_at(7, &full, |number| failing(number, None)).await;
        assert_eq!(stopped, (vec![], 7, Driven::NotSent(None)));
        drop(held);
        // The waits that were given up left nothing behind.
        drop(full.permit().await);
        assert!(start.elapsed() < secs(8));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait_for_the_rate() {
        let slow = NonZeroU32::MIN;
        let gate = Gate::new(GateConfig { per_second: slow, burst: slow, max_in_flight: 100 });
        for _ in 0..2 {
            drop(gate.permit().await);
        }
        let (stopper, sent) = (Stopper::new(), Cell::new(0));
        let leave = Leave::default().stopped_by(&stopper);
        let call = || {
            drive(&POLICY, &gate, &leave, |number| {
                sent.set(sent.get() + 1);
                std::future::ready(Attempt { again: Again::No, load: Load::Fine, ..failing(number, None) })
            })
        };
        let (first, second, third, ()) = tokio::join!(call(), call(), call(), async {
            tokio::time::sleep(Duration::from_millis(1_500)).await;
            stopper.stop();
        });
        assert_eq!((first, second, third), (Driven::Done(1), Driven::NotSent(None), Driven::NotSent(None)));
        assert_eq!(sent.get(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_a_backoff_and_tells_of_the_attempt_before() {
        // The backoff is between 5 and 15 s.
        let stopped = stopped_at(3, &gate_of(4), |number| failing(number, None)).await;
        assert_eq!(stopped, (vec![0], 3, Driven::NotSent(Some(1))));
        let stopped = stopped_at(3, &gate_of(4), |number| failing(number, Some(secs(60)))).await;
        assert_eq!(stopped, (vec![0], 3, Driven::NotSent(Some(1))));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_on_the_wire_is_awaited_and_not_followed() {
        let within = gate_of(1);
        let answered = |number| Attempt { again: Again::No, load: Load::Fine, ..failing(number, None) };
        let (start, stopper) = (Instant::now(), Stopper::new());
        let leave = Leave::default().stopped_by(&stopper);
        for (answer, expected) in
            [(answered(1), Driven::Done(1)), (failing(1, None), Driven::NotSent(Some(1)))]
        {
            let stopper = Stopper::new();
            let leave = Leave::default().stopped_by(&stopper);
            let call = drive(&POLICY, &within, &leave, |_| {
                let attempt = Attempt { ..answer };
                stopper.stop();
                async move {
                    tokio::time::sleep(secs(20)).await;
                    attempt
                }
            });
            let before = start.elapsed();
            assert_eq!(call.await, expected);
            assert!(start.elapsed().checked_sub(before).unwrap() < secs(21));
        }
        // Stopped before it began.
        stopper.stop();
        let call = drive(&POLICY, &within, &leave, |number| std::future::ready(answered(number)));
        assert_eq!(call.await, Driven::NotSent(None));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_sent_than_allowed_repetitions_included() {
        for allowed in [0, 1, 3, 12, 100] {
            let (gate, allowance) = (gate_of(4), Allowance::new(allowed));
            let leave = Leave::default().limited_by(&allowance);
            let sent = Cell::new(0);
            let call = || {
                drive(&POLICY, &gate, &leave, |number| {
                    sent.set(sent.get() + 1);
                    async move {
                        tokio::time::sleep(secs(1)).await;
                        failing(number, None)
                    }
                })
            };
            let ends: [Driven<u32>; 6] =
                <[_; 6]>::from(tokio::join!(call(), call(), call(), call(), call(), call()));
            assert_eq!(sent.get(), allowed.min(30));
            assert_eq!(allowance.left(), allowed.saturating_sub(30));
            let told: u32 = ends
                .iter()
                .map(|end| match end {
                    Driven::Done(number) | Driven::NotSent(Some(number)) => *number,
                    Driven::NotSent(None) => 0,
                })
                .sum();
            assert_eq!(u64::from(told), sent.get());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_who_already_waits_and_ends_with_a_stop() {
        for (stopped, expected) in [(false, Driven::Done(1)), (true, Driven::NotSent(None))] {
            let (gate, start) = (gate_of(1), Instant::now());
            let (pause, stopper) = (Pause::new(), Stopper::new());
            let leave = Leave::default().paused_by(&pause).stopped_by(&stopper);
            let slot = gate.permit().await;
            let call = drive(&POLICY, &gate, &leave, |number| {
                std::future::ready(Attempt { again: Again::No, ..failing(number, None) })
            });
            let (driven, ()) = tokio::join!(async { (call.await, start.elapsed().as_secs()) }, async {
                tokio::time::sleep(secs(1)).await;
                pause.begin();
                drop(slot);
                // The slot is not held while it waits: who asks whether to go on needs one.
                tokio::time::sleep(secs(1)).await;
                drop(tokio::time::timeout(secs(1), gate.permit()).await.unwrap());
                tokio::time::sleep(secs(3)).await;
                if stopped { stopper.stop() } else { pause.end() }
            });
            assert_eq!(driven, (expected, 5));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_a_gate_that_has_nothing_left_to_let_through() {
        let (gate, allowance, start) = (gate_of(4), Allowance::new(1), Instant::now());
        let leave = Leave::default().limited_by(&allowance);
        let answer = |number| std::future::ready(failing(number, Some(secs(600))));
        let (first, second) =
            tokio::join!(drive(&POLICY, &gate, &leave, answer), drive(&POLICY, &gate, &leave, answer));
        assert_eq!((first, second), (Driven::NotSent(Some(1)), Driven::NotSent(None)));
        assert!(start.elapsed() < secs(1) && allowance.is_spent());
    }
}
