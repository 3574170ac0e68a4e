//! What ends a run early, and what is left in order.

use super::*;

#[tokio::test(start_paused = true)]
async fn lives_run_at_once_and_never_more_than_the_limit() {
    for lives in [1, 4, 16] {
        let world = World::new();
        let mut night = Night::default();
        night.limits.lives = lives;
        let ended = night.push(&world, creates(0..50)).await;
        assert_eq!((ended.stop, ended.count(OutcomeKind::Created)), (None, 50));
        assert_eq!(world.inner().most_under_way, lives);
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_plan_starves_nobody() {
    let world = World::new();
    let plan = creates(0..10).into_iter().map(Ok).collect();
    let ended = Night::default().push_all(&world, plan, Duration::from_secs(60)).await;
    assert_eq!(ended.count(OutcomeKind::Created), 10);
    // Each was settled before the next came.
    let log = world.inner().log.clone();
    assert!(log.chunks(3).all(|life| matches!(life[2], Entry::Settle(..))));
}

#[tokio::test(start_paused = true)]
async fn a_brake_pulled_while_the_plan_is_slow_ends_the_run_at_once() {
    let world = World::new();
    let night = Night::default();
    let brake = night.brake.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(90)).await;
        brake.stop(Stop::Terminated);
    });
    let plan = creates(0..10).into_iter().map(Ok).collect();
    let ended = night.push_all(&world, plan, Duration::from_secs(60)).await;
    assert_eq!(ended.stop, Some(Stop::Terminated));
    assert_eq!((ended.count(OutcomeKind::Created), ended.count(OutcomeKind::NotAttempted)), (1, 9));
}

#[tokio::test(start_paused = true)]
async fn a_401_is_confirmed_once_and_nothing_is_sent_after_it() {
    let world = World::new();
    let mut plan = creates(0..40);
    plan[10] = create("late");
    world.always(Op::Find, Fault::Unauthorized);
    let from: Vec<_> = plan[8..].iter().map(|change| change.ours.key.to_string()).collect();
    for key in from {
        world.fails(Op::Create, &key, &[Fault::Unauthorized]);
    }
    let ended = Night::default().push(&world, plan).await;
    assert_eq!(ended.stop, Some(Stop::Unauthorized));
    assert_eq!((ended.count(OutcomeKind::Created), ended.count(OutcomeKind::NotAttempted)), (8, 32));
    let calls = world.calls();
    let confirmed = calls.iter().position(|(op, _)| *op == Op::Find).unwrap();
    assert_eq!(calls.len(), confirmed + 1, "the confirming read is the last call, and the only one");
    assert_eq!(world.open(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn who_has_been_turned_away_sends_nothing_from_lives_under_way_either() {
    // k1's read is answered after k0 has met the 401 and confirmed it.
    let world = pushed(&["k0", "k1"]);
    world.fails(Op::Update, "u-k0", &[Fault::Unauthorized]).always(Op::Find, Fault::Unauthorized);
    world.fails(Op::Create, "k2", &[Fault::InDoubt { applied: true }]);
    world.inner().lag = Duration::from_secs(3);
    let ended = Night::default().push(&world, vec![update("k0"), create("k2")]).await;
    assert_eq!(ended.stop, Some(Stop::Unauthorized));
    assert_eq!(ended.of("k0"), (OutcomeKind::NotAttempted, "run.stopped"));
    assert_eq!(ended.of("k2"), (OutcomeKind::InDoubt, "run.cut_off"), "sent, so not merely left");
    assert_eq!(world.open(), ["k2"]);
}

#[tokio::test(start_paused = true)]
async fn a_403_of_one_customer_is_that_customers() {
    let world = World::new();
    world.fails(Op::Create, "k003", &[Fault::Forbidden]);
    let ended = Night::default().push(&world, creates(0..10)).await;
    assert_eq!((ended.stop, ended.of("k003")), (None, (OutcomeKind::Failed, "http.403")));
    assert_eq!((ended.count(OutcomeKind::Created), world.count(Op::Find)), (9, 1));

    // One whose key is too long to be searched whole is confirmed all the same.
    let world = World::new();
    let long = "k".repeat(40);
    world.always(Op::Create, Fault::Forbidden).always(Op::Find, Fault::Forbidden);
    let bare = change(Action::Create, customer(&long));
    let ended = Night::default().push(&world, vec![bare]).await;
    assert_eq!((ended.stop, ended.of(&long).0), (Some(Stop::Forbidden), OutcomeKind::NotAttempted));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_closed_to_us_stops_nobody_else() {
    // Every question about one customer is refused, the look-up by its key and its phone included.
    for first in [Fault::Forbidden, Fault::Refused, Fault::InDoubt { applied: false }] {
        for closed in [Fault::Forbidden, Fault::Unauthorized] {
            let world = World::new();
            world.fails(Op::Create, "k003", &[first]).fails(Op::Find, "k003", &[closed; 9]);
            let ended = Night::default().push(&world, creates(0..10)).await;
            assert_eq!((ended.stop, ended.count(OutcomeKind::Created)), (None, 9), "{first:?} {closed:?}");
            assert!(matches!(ended.of("k003").0, OutcomeKind::Failed | OutcomeKind::InDoubt));
        }
    }
    let world = pushed(&["k1", "k2"]);
    world.fails(Op::Read, "u-k1", &[Fault::Forbidden]).fails(Op::Find, "k1", &[Fault::Forbidden; 9]);
    let ended = Night::default().push(&world, vec![update("k1"), update("k2")]).await;
    assert_eq!((ended.stop, ended.of("k1")), (None, (OutcomeKind::Failed, "http.403")));
    assert_eq!(ended.of("k2"), (OutcomeKind::Updated, ""));
    // The confirming search asks about nobody.
    let asked = world.calls().into_iter().filter(|(op, _)| *op == Op::Find);
    assert_eq!(asked.map(|(_, term)| term).collect::<Vec<_>>(), [trouble::NOBODY]);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_host_keeps_the_intent() {
    let world = World::new();
    world.always(Op::Create, Fault::WrongHost { applied: true });
    world.always(Op::Find, Fault::WrongHost { applied: false });
    let ended = Night::default().push(&world, creates(0..10)).await;
    assert_eq!(ended.stop, Some(Stop::WrongHost));
    assert_eq!(ended.count(OutcomeKind::NotAttempted), 10);
    assert_eq!(world.open().len(), world.count(Op::Create), "anybody's guess what became of them");
}

#[tokio::test(start_paused = true)]
async fn the_breaker_counts_transient_failures_in_a_row() {
    for (fault, stop) in [(Fault::Exhausted { applied: false }, Some(Stop::Breaker)), (Fault::Refused, None)]
    {
        let world = World::new();
        world.always(Op::Create, fault);
        let mut night = Night::default();
        (night.limits.consecutive, night.limits.lives) = (5, 1);
        let ended = night.push(&world, creates(0..20)).await;
        assert_eq!(ended.stop, stop, "{fault:?}");
        let failed = if stop.is_some() { 5 } else { 20 };
        assert_eq!(ended.count(OutcomeKind::Failed), failed);
        assert_eq!(ended.count(OutcomeKind::NotAttempted), 20 - failed);
    }
    // Not in a row.
    let world = World::new();
    for key in 0..20 {
        if key % 3 != 0 {
            world.fails(Op::Create, &format!("k{key:03}"), &[Fault::Exhausted { applied: false }]);
        }
    }
    let mut night = Night::default();
    (night.limits.consecutive, night.limits.lives) = (3, 1);
    assert_eq!(night.push(&world, creates(0..20)).await.stop, None);
}

#[tokio::test(start_paused = true)]
async fn the_error_budget_stops_only_where_something_is_left() {
    let run = async |budget: u64, planned: u32| {
        let world = World::new();
        world.always(Op::Create, Fault::Refused);
        let mut night = Night::default();
        night.limits.lives = 1;
        night.limits.too_many_failed = Box::new(move |failed| failed > budget);
        night.push(&world, creates(0..planned)).await
    };
    let ended = run(3, 10).await;
    assert_eq!(ended.stop, Some(Stop::ErrorBudget));
    assert_eq!((ended.count(OutcomeKind::Failed), ended.count(OutcomeKind::NotAttempted)), (4, 6));
    assert_eq!(run(3, 4).await.stop, None, "all were tried: it did not stop early");
}

#[tokio::test(start_paused = true)]
async fn a_budget_that_ends_before_the_last_customer_is_told() {
    let world = World::new();
    world.inner().allowance = Some(9);
    let night = Night::default();
    let plan = creates(0..10).into_iter().map(Ok).collect();
    let ended = night.push_all(&world, plan, Duration::from_secs(1)).await;
    assert_eq!(ended.stop, Some(Stop::DailyBudget));
    assert_eq!((ended.count(OutcomeKind::Created), ended.of("k009").0), (9, OutcomeKind::NotAttempted));
}

#[tokio::test(start_paused = true)]
async fn a_budget_is_used_up_and_never_exceeded() {
    let world = World::new();
    world.inner().latency = Duration::from_secs(1);
    world.inner().allowance = Some(10);
    let ended = Night::default().push(&world, creates(0..100)).await;
    assert_eq!(ended.stop, Some(Stop::DailyBudget));
    assert_eq!((world.calls().len(), ended.count(OutcomeKind::Created)), (10, 10));
}

fn after(seconds: u64, act: impl FnOnce() + Send + 'static) {
    tokio::spawn(async move {
        sleep(Duration::from_secs(seconds)).await;
        act();
    });
}

#[tokio::test(start_paused = true)]
async fn a_stop_drains_what_is_under_way() {
    let world = World::new();
    world.inner().latency = Duration::from_secs(10);
    let night = Night::default();
    let brake = night.brake.clone();
    after(5, move || brake.stop(Stop::Interrupted));
    let ended = night.push(&world, creates(0..10)).await;
    assert_eq!(ended.stop, Some(Stop::Interrupted));
    assert_eq!((ended.count(OutcomeKind::Created), ended.count(OutcomeKind::NotAttempted)), (4, 6));
    assert_eq!(world.open(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn draining_has_a_bound_also_where_the_plan_ended_first() {
    for planned in [3, 10] {
        let world = World::new();
        world.fails(Op::Create, "k001", &[Fault::Hangs]);
        let night = Night::default();
        let brake = night.brake.clone();
        after(100, move || brake.stop(Stop::MaxDuration));
        let begun = Instant::now();
        let ended = night.push(&world, creates(0..planned)).await;
        assert_eq!(ended.stop, Some(Stop::MaxDuration), "one was left");
        assert_eq!(begun.elapsed().as_secs(), 120);
        assert_eq!(ended.of("k001"), (OutcomeKind::InDoubt, "run.cut_off"));
        assert_eq!(ended.count(OutcomeKind::Created) + 1, planned as usize);
        assert_eq!(world.open(), ["k001"], "the next run looks");
    }
}

#[tokio::test(start_paused = true)]
async fn a_halt_ends_everything_and_loses_nothing() {
    let world = World::new();
    world.inner().latency = Duration::from_secs(10);
    let night = Night::default();
    let brake = night.brake.clone();
    after(5, move || {
        brake.stop(Stop::Terminated);
        brake.halt(Stop::Interrupted);
    });
    let begun = Instant::now();
    let ended = night.push(&world, creates(0..10)).await;
    assert_eq!((ended.stop, begun.elapsed().as_secs()), (Some(Stop::Terminated), 5));
    assert_eq!((ended.count(OutcomeKind::InDoubt), ended.count(OutcomeKind::NotAttempted)), (4, 6));
    assert_eq!(world.open().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_halt_during_a_read_leaves_no_doubt() {
    let world = pushed(&["k1"]);
    world.fails(Op::Read, "u-k1", &[Fault::Hangs]);
    let night = Night::default();
    let brake = night.brake.clone();
    after(5, move || brake.halt(Stop::Interrupted));
    let ended = night.push(&world, vec![update("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::NotAttempted, "run.stopped"));
}

#[tokio::test(start_paused = true)]
async fn a_brake_that_is_on_lets_nothing_begin() {
    let world = World::new();
    let night = Night::default();
    night.brake.stop(Stop::Unauthorized);
    let ended = night.push(&world, creates(0..5)).await;
    assert_eq!((ended.stop, ended.count(OutcomeKind::NotAttempted)), (Some(Stop::Unauthorized), 5));
    assert_eq!(world.calls(), []);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_cannot_be_read_stops_the_run() {
    let world = World::new();
    let mut plan: Vec<_> = creates(0..6).into_iter().map(Ok).collect();
    plan[3] = Err(io::Error::other("disk"));
    let ended = Night::default().push_all(&world, plan, Duration::from_secs(1)).await;
    assert_eq!((ended.stop, ended.count(OutcomeKind::Created)), (Some(Stop::Lost), 3));
    assert_eq!(ended.count(OutcomeKind::NotAttempted), 2);
}

#[tokio::test(start_paused = true)]
async fn without_a_journal_nothing_is_sent() {
    let world = World::new();
    world.inner().journal_is_lost = true;
    let ended = Night::default().push(&world, creates(0..10)).await;
    assert_eq!(ended.stop, Some(Stop::Lost));
    assert_eq!(world.calls(), []);
}
