//! The ceiling over random loads in virtual time: whatever several departments of one credential ask, and whatever is
//! answered, no window of one second sees more than rate and burst arrive. Measured where requests arrive.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use tokio::time::{Instant, sleep};

use super::super::wire::{MinimalQuery, SaveCustomerRequest};
use super::super::{
    Carried, Carrier, Carrying, Client, ClientConfig, Gate, GateConfig, Lost, Parcel, Received, RetryPolicy,
    Vehicles,
};
use super::quick;

/// What a request meets.
#[derive(Clone, Debug)]
enum Answer {
    Fine,
    Status(u16),
    Throttled(Option<u16>),
    Lost(Lost),
}

/// A server with a list of answers that it gives in turn, each after so many milliseconds.
struct Storm {
    answers: Vec<(Answer, u16)>,
    arrivals: Arc<Mutex<Vec<Instant>>>,
}

impl Carrier for Storm {
    fn carry(&self, _: Parcel) -> Carrying<'_> {
        Box::pin(async move {
            let number = {
                let mut arrivals = self.arrivals.lock().unwrap();
                arrivals.push(Instant::now());
                arrivals.len()
            };
            let (answer, millis) = self.answers[number % self.answers.len()].clone();
            sleep(Duration::from_millis(millis.into())).await;
            let (status, retry_after) = match answer {
                Answer::Fine => (200, None),
                Answer::Status(status) => (status, None),
                Answer::Throttled(seconds) => (429, seconds),
                Answer::Lost(lost) => return Err(lost),
            };
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.extend(retry_after.map(|seconds| (RETRY_AFTER, HeaderValue::from(seconds))));
            Ok(Carried { status, headers, body: Received::Whole(b"{}".to_vec()) })
        })
    }
}

fn answer() -> impl Strategy<Value = (Answer, u16)> {
    let answer = prop_oneof![
        4 => Just(Answer::Fine),
        2 => prop_oneof![Just(500), Just(503), Just(400)].prop_map(Answer::Status),
        2 => proptest::option::of(0..4_u16).prop_map(Answer::Throttled),
        1 => prop_oneof![Just(Lost::TimedOut), Just(Lost::Broken), Just(Lost::NoConnection)]
            .prop_map(Answer::Lost),
    ];
    (answer, prop_oneof![Just(0), 0..100_u16, 0..3_000_u16])
}

/// One life of a department: begins after so many milliseconds and makes so many calls of each kind.
type Life = (u8, u16, u8);

async fn live(client: Client, (department, begins, calls): Life) {
    sleep(Duration::from_millis(begins.into())).await;
    let (department, body) = (format!("d{department}"), SaveCustomerRequest::default());
    for _ in 0..calls {
        // Whatever comes of it.
        let _ = client.create(&department, &body).await;
        let _ = client.search_minimal(&department, &MinimalQuery::default()).await;
        let _ = client.read(&department, "u", Vehicles::Include).await;
        let _ = client.update(&department, "u", &body).await;
    }
}

/// When requests arrived.
async fn arrivals(
    config: GateConfig,
    retry: RetryPolicy,
    answers: Vec<(Answer, u16)>,
    lives: Vec<Life>,
) -> Vec<Instant> {
    let (gate, arrivals) = (Gate::new(config), Arc::default());
    // A client of its own for each department, and one gate for the credential.
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let storm = Storm { answers: answers.clone(), arrivals: Arc::clone(&arrivals) };
            let config = ClientConfig { retry, ..quick("https://api.example.com") };
            Client::over(config, gate.clone(), storm).unwrap()
        })
        .collect();
    let lives: Vec<_> = lives
        .into_iter()
        .map(|life| tokio::spawn(live(clients[usize::from(life.0) % clients.len()].clone(), life)))
        .collect();
    for life in lives {
        life.await.unwrap();
    }
    let mut arrivals = std::mem::take(&mut *arrivals.lock().unwrap());
    arrivals.sort();
    arrivals
}

fn fullest_second(arrivals: &[Instant]) -> usize {
    let within = |from: usize| {
        let second = Duration::from_secs(1);
        arrivals[from..].iter().take_while(|at| at.duration_since(arrivals[from]) <= second).count()
    };
    (0..arrivals.len()).map(within).max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_second_sees_more_than_rate_and_burst_whatever_is_asked_and_answered(
        per_second in 1..60_u32,
        burst in 1..40_u32,
        max_in_flight in 1..20_usize,
        initial in prop_oneof![Just(1_u64), 1..2_000_u64],
        answers in proptest::collection::vec(answer(), 1..20),
        lives in proptest::collection::vec((0..4_u8, 0..3_000_u16, 1..4_u8), 1..20),
    ) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        let nonzero = |number| NonZeroU32::new(number).unwrap();
        let config = GateConfig { per_second: nonzero(per_second), burst: nonzero(burst), max_in_flight };
        let initial = Duration::from_millis(initial);
        let retry = RetryPolicy { max_attempts: 5, initial, max: 4 * initial, ..RetryPolicy::default() };
        let arrivals = runtime.block_on(arrivals(config, retry, answers, lives));
        let most = fullest_second(&arrivals);
        prop_assert!(most <= (per_second + burst) as usize, "{most} of {} in a second", arrivals.len());
    }
}
