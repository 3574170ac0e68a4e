//! A tenth of all writes goes astray, in paused time: hundreds of customers, the built-in settings, a search that lags
//! as the API's does. `crash/lost.rs` plays the same over real sockets, with the program itself.

use std::time::Duration;

use dms_sync::domain::Customer;
use dms_sync::sandbox::Faults;
use tokio::time::sleep;
use toml::Table;

use super::harness::astray::{
    FAULTS, Line, State, a_tenth_of_everything, a_tenth_of_writes, by_key, judge_all, sent_again,
};
use super::sheet::{Account, Door};
use super::virtual_time::{BETWEEN, World, paused, people};

const PEOPLE: usize = 300;
/// The most that the API's search is known to lag. The built-in wait before the second look is 5 s.
const LAG: Duration = Duration::from_secs(2);
/// Longer than that wait, shorter than two.
const LONG_LAG: Duration = Duration::from_secs(7);
/// Runs of a night until everybody is settled.
const PATIENCE: usize = 4;

fn exports() -> [Vec<Customer>; 2] {
    ['a', 'b'].map(|variant| people(PEOPLE, variant))
}

fn undisturbed() -> [State; 2] {
    paused().block_on(async {
        let world = World::new(&Table::new(), Duration::ZERO);
        let mut states = Vec::new();
        for export in exports() {
            assert_eq!(world.night(&export, Door::Open, Account::Known).await.exit, 0);
            states.push(by_key(world.remote()));
        }
        states.try_into().unwrap()
    })
}

/// Two nights under faults, and whether a create was sent once more after it was applied.
fn endure(
    fault: &'static str,
    lag: Duration,
    faults: impl Fn(usize) -> String,
    expected: &[State; 2],
) -> (Line, bool) {
    paused().block_on(async {
        let (world, mut line, mut again) = (World::new(&Table::new(), lag), Line::new(fault), false);
        for (night, export) in exports().iter().enumerate() {
            world.model().set_faults(Faults::parse(&faults(night)).unwrap());
            world.model().clear_journal();
            loop {
                sleep(BETWEEN).await;
                line.runs[night] += 1;
                let ran = world.night(export, Door::Open, Account::Known).await;
                if ran.exit == 0 {
                    break;
                }
                assert!(line.runs[night] < PATIENCE, "{fault}: {ran:?}");
            }
            let journal = world.model().journal();
            line.count(night, &journal, &by_key(world.remote()), &expected[night]);
            again |= sent_again(&journal).is_some();
            world.agrees(fault);
            world.model().set_faults(Faults::none());
            let quiet = world.night(export, Door::Open, Account::Known).await;
            assert_eq!((quiet.exit, quiet.requests), (0, 0), "{fault}: one more night sends nothing");
        }
        world.keeps_its_rate(fault);
        (line, again)
    })
}

#[test]
fn a_tenth_that_goes_astray_loses_and_doubles_nobody() {
    let expected = undisturbed();
    let mut lines: Vec<_> = FAULTS
        .iter()
        .map(|(fault, effect)| endure(fault, LAG, |night| a_tenth_of_writes(effect, night), &expected))
        .collect();
    lines.push(endure("all of them, any request", LAG, a_tenth_of_everything, &expected));
    for (line, sent_again) in &lines {
        assert!(!sent_again, "the second look missed what was applied: {line}");
    }
    judge_all(&lines.into_iter().map(|(line, _)| line).collect::<Vec<_>>());
}

#[test]
fn a_search_that_lags_longer_than_the_wait_doubles_nobody_either() {
    // The second look still sees nothing; what is sent then is refused, and by then the first is seen.
    let effect = FAULTS[1].1;
    let (line, sent_again) =
        endure("reset, applied, lag 7 s", LONG_LAG, |night| a_tenth_of_writes(effect, night), &undisturbed());
    assert!(sent_again, "it did not lag longer");
    judge_all(&[line]);
}
