//! Servers with a limit of their own that nobody told us: how much of it is used, how much is answered with 429, and
//! that no call is lost. Gate, pace and retries together, in virtual time.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::leave::Leave;
use super::super::retry::{Again, Attempt, Driven, Load, drive};
use super::super::{Gate, GateConfig, RetryPolicy, Spread};

/// How long a simulated night is.
const NIGHT: Duration = Duration::from_secs(300);
/// Of the delays where a 429 names no time: a night is the same each time.
const SPREAD: Spread = Spread::Seeded(1);
/// From the gate to the server, and back.
const ONE_WAY: Duration = Duration::from_millis(20);

/// What the server allows.
#[derive(Clone, Copy, Debug)]
enum Limit {
    /// So many a second, and at most so many at once.
    Bucket { per_second: f64, burst: f64 },
    /// So many in each window of so many seconds, counted anew at its beginning.
    Window { seconds: f64, quota: f64 },
}

/// Whether a 429 says how long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RetryAfter {
    Absent,
    /// Until there is room, in whole seconds, rounded up.
    Named,
}

struct Server {
    limit: Limit,
    retry_after: RetryAfter,
    start: Instant,
    filled: f64,
    room: f64,
    accepted: u32,
    refused: u32,
}

impl Server {
    fn new(limit: Limit, retry_after: RetryAfter) -> Self {
        let room = match limit {
            Limit::Bucket { burst, .. } => burst,
            Limit::Window { quota, .. } => quota,
        };
        Self { limit, retry_after, start: Instant::now(), filled: 0.0, room, accepted: 0, refused: 0 }
    }

    /// The attempt's outcome is whether it was accepted.
    fn attempt(&mut self) -> Attempt<bool> {
        let now = self.start.elapsed().as_secs_f64();
        let next = match self.limit {
            Limit::Bucket { per_second, burst } => {
                self.room = (self.room + per_second * (now - self.filled)).min(burst);
                self.filled = now;
                now + (1.0 - self.room) / per_second
            }
            Limit::Window { seconds, quota } => {
                let begun = (now / seconds).floor() * seconds;
                if begun > self.filled {
                    (self.filled, self.room) = (begun, quota);
                }
                begun + seconds
            }
        };
        if self.room >= 1.0 {
            self.room -= 1.0;
            self.accepted += 1;
            return Attempt { outcome: true, again: Again::No, load: Load::Fine, retry_after: None };
        }
        self.refused += 1;
        let named = self.retry_after == RetryAfter::Named;
        let retry_after = named.then(|| Duration::from_secs_f64((next - now).ceil()));
        Attempt { outcome: false, again: Again::Yes, load: Load::Throttled, retry_after }
    }
}

/// What came of a night.
struct Night {
    /// Of the limit.
    used: f64,
    /// Of the answers.
    throttled: f64,
    /// Calls whose attempts were used up.
    lost: u32,
}

async fn night(ceiling: u32, max_in_flight: usize, limit: Limit, retry_after: RetryAfter) -> Night {
    let policy = RetryPolicy { spread: SPREAD, ..RetryPolicy::default() };
    let per_second = NonZeroU32::new(ceiling).unwrap();
    let gate = Gate::new(GateConfig { per_second, burst: per_second, max_in_flight });
    let server = Arc::new(Mutex::new(Server::new(limit, retry_after)));
    let start = Instant::now();
    let work = || {
        let (gate, server) = (gate.clone(), Arc::clone(&server));
        async move {
            let (leave, mut lost) = (Leave::default(), 0);
            while start.elapsed() < NIGHT {
                let call = drive(&policy, &gate, &leave, |_| async {
                    sleep(ONE_WAY).await;
                    let attempt = server.lock().unwrap().attempt();
                    sleep(ONE_WAY).await;
                    attempt
                });
                lost += u32::from(call.await != Driven::Done(true));
            }
            lost
        }
    };
    let workers: Vec<_> = (0..32).map(|_| tokio::spawn(work())).collect();
    let mut lost = 0;
    for worker in workers {
        lost += worker.await.unwrap();
    }
    let server = server.lock().unwrap();
    let capacity = match limit {
        Limit::Bucket { per_second, .. } => per_second,
        Limit::Window { seconds, quota } => quota / seconds,
    };
    let (accepted, refused) = (f64::from(server.accepted), f64::from(server.refused));
    let used = accepted / start.elapsed().as_secs_f64() / capacity;
    Night { used, throttled: refused / (accepted + refused), lost }
}

const fn bucket(per_second: f64, burst: f64) -> Limit {
    Limit::Bucket { per_second, burst }
}

const fn window(seconds: f64, quota: f64) -> Limit {
    Limit::Window { seconds, quota }
}

/// How much of a limit must be used, and how much may be throttled.
type Bounds = (f64, f64);

/// Ceiling, requests in flight, the server's limit; bounds where a 429 names no time, and where it does. The former
/// have room for other seeds.
#[rustfmt::skip]
const NIGHTS: [(u32, usize, Limit, [Bounds; 2]); 13] = [
    (10, 8, bucket(5.0, 5.0), [(0.93, 0.01), (0.95, 0.01)]),
    (20, 8, bucket(10.0, 10.0), [(0.93, 0.01), (0.95, 0.01)]),
    (20, 32, bucket(10.0, 10.0), [(0.93, 0.01), (0.95, 0.01)]),
    (100, 8, bucket(50.0, 50.0), [(0.93, 0.01), (0.95, 0.01)]),
    (100, 8, bucket(30.0, 5.0), [(0.88, 0.01), (0.94, 0.01)]),
    // One by one, to the millisecond: some is lost to keeping clear of it.
    (10, 8, bucket(5.0, 1.0), [(0.90, 0.015), (0.95, 0.01)]),
    (100, 8, bucket(50.0, 1.0), [(0.78, 0.01), (0.85, 0.01)]),
    (100, 8, bucket(50.0, 10.0), [(0.93, 0.01), (0.95, 0.01)]),
    (100, 8, bucket(50.0, 100.0), [(0.95, 0.01), (0.95, 0.01)]),
    (100, 8, window(1.0, 50.0), [(0.92, 0.01), (0.95, 0.01)]),
    (100, 8, window(10.0, 500.0), [(0.90, 0.01), (0.95, 0.01)]),
    (100, 8, window(60.0, 3_000.0), [(0.85, 0.02), (0.95, 0.01)]),
    (10, 8, window(60.0, 300.0), [(0.85, 0.02), (0.95, 0.01)]),
];

#[tokio::test(start_paused = true)]
async fn a_hidden_limit_is_used_seldom_hit_and_loses_no_call() {
    let mut complaints = Vec::new();
    for (ceiling, max_in_flight, limit, bounds) in NIGHTS {
        for (retry_after, (least, most)) in [RetryAfter::Absent, RetryAfter::Named].into_iter().zip(bounds) {
            let Night { used, throttled, lost } = night(ceiling, max_in_flight, limit, retry_after).await;
            let shown = format!(
                "{ceiling} {max_in_flight} {limit:?} {retry_after:?}: {used:.3} used, {throttled:.4} throttled, {lost} lost"
            );
            println!("{shown}");
            if used < least || throttled > most || lost > 0 {
                complaints.push(shown);
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
