//! Creates: answered, refused, in doubt.

use super::IntentFate;
use super::*;

#[tokio::test(start_paused = true)]
async fn a_new_customer_is_created_and_learned() {
    let world = World::new();
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!((ended.stop, ended.of("k1")), (None, (OutcomeKind::Created, "")));
    let key = "k1".to_owned();
    let created = Some(OutcomeKind::Created);
    assert_eq!(
        world.inner().log,
        [Entry::Intend(key.clone()), Entry::Call(Op::Create, key.clone()), Entry::Settle(key, created)]
    );
    let inner = world.inner();
    let learned = inner.settled[0].learned.as_ref().unwrap();
    assert!(learned.base == with_cell("k1", 1) && learned.source == Some(Fingerprint::of(b"rows")));
    assert!(inner.records.contains_key(learned.uuid.as_str()));
}

#[tokio::test(start_paused = true)]
async fn a_key_that_exists_is_adopted_if_it_agrees() {
    let other = with_cell("k1", 5);
    let world = World::new();
    world.has_pushed("theirs", &other);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
    let phones = world.record("theirs")["customer"]["phoneNumbers"].clone();
    assert_eq!(phones.as_array().unwrap().len(), 2, "theirs stays, ours is added");
    assert_eq!(world.count(Op::Create), 1);

    let same = World::new();
    same.has_pushed("theirs", &with_cell("k1", 1));
    let ended = Night::default().push(&same, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Unchanged, ""));
    assert_eq!(same.count(Op::Update), 0);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_somebody_elses_is_for_a_person() {
    let stranger = json!({"customer": {"customerKey": "k1", "firstName": "Zoe", "lastName": "Wu"}});
    let world = World::new();
    world.has("theirs", &stranger);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "adopt.mismatch"));
    assert_eq!((world.count(Op::Update), world.open()), (0, vec![]), "it was refused, so nothing is open");

    world.has("another", &stranger);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "adopt.several"));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_is_no_conflict_is_a_failure_not_to_be_repeated() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::Refused]);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Failed, "api.4711"));
    assert_eq!((world.count(Op::Create), world.count(Op::Find), world.open()), (1, 2, vec![]));
    assert_eq!(world.inner().settled[0].refused, Some(create("k1").canonical));
}

#[tokio::test(start_paused = true)]
async fn a_create_in_doubt_that_was_applied_is_found_and_not_sent_again() {
    for fault in [Fault::InDoubt { applied: true }, Fault::NoUuid] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[fault]).inner().lag = Duration::from_secs(2);
        let ended = Night::default().push(&world, vec![create("k1")]).await;
        assert_eq!(ended.of("k1"), (OutcomeKind::Created, ""), "{fault:?}");
        assert_eq!((world.count(Op::Create), world.count(Op::Find), world.count(Op::Update)), (1, 2, 0));
        assert_eq!((world.keys().len(), world.open()), (1, vec![]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_create_in_doubt_that_was_not_applied_is_sent_again_after_two_looks() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::InDoubt { applied: false }]);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Created, ""));
    let ops: Vec<_> = world.calls().into_iter().map(|(op, _)| op).collect();
    assert_eq!(ops, [Op::Create, Op::Find, Op::Find, Op::Create]);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_never_seen_stays_open() {
    let world = World::new();
    world.always(Op::Create, Fault::InDoubt { applied: false });
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "create.in_doubt"));
    assert_eq!((world.count(Op::Create), world.open()), (3, vec!["k1".to_owned()]));

    // Said to be done: never a second one, however long the search takes to show it.
    let world = World::new();
    world.always(Op::Create, Fault::NoUuid).inner().lag = Duration::from_secs(3600);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "create.in_doubt"));
    assert_eq!((world.count(Op::Create), world.open()), (1, vec!["k1".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_doubt_outlives_whatever_the_second_try_meets() {
    let doubt = Fault::InDoubt { applied: true };
    for second in [Fault::Exhausted { applied: false }, Fault::Refused] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[doubt, second]).inner().lag = Duration::from_secs(3600);
        let ended = Night::default().push(&world, vec![create("k1")]).await;
        assert_eq!(ended.of("k1").0, OutcomeKind::InDoubt, "{second:?}");
        assert_eq!(world.open(), ["k1"], "{second:?}: the first may have been applied");
    }
    // Seen at last by the refusal of the second: ours.
    let world = World::new();
    world.fails(Op::Create, "k1", &[doubt]).inner().lag = Duration::from_secs(7);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Created, ""));
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_fails_leaves_the_doubt_open() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::InDoubt { applied: true }]);
    world.always(Op::Find, Fault::Exhausted { applied: false });
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "http.503"));
    assert_eq!(world.open(), ["k1"]);
}

#[tokio::test(start_paused = true)]
async fn a_long_key_or_a_full_page_proves_nothing() {
    let long = "k".repeat(31);
    let world = World::new();
    world.fails(Op::Create, &long, &[Fault::InDoubt { applied: false }]);
    let ended = Night::default().push(&world, vec![create(&long)]).await;
    assert_eq!(ended.of(&long), (OutcomeKind::InDoubt, "lookup.unproven"));
    assert_eq!((world.count(Op::Create), world.open()), (1, vec![long.clone()]));

    // Found by its phone instead.
    let world = World::new();
    world.fails(Op::Create, &long, &[Fault::InDoubt { applied: true }]);
    let ended = Night::default().push(&world, vec![create(&long)]).await;
    assert_eq!(ended.of(&long), (OutcomeKind::Created, ""));

    let world = World::new();
    for other in 0..100 {
        let record = json!({"customer": {"customerKey": format!("k1-{other}"), "firstName": "Zoe"}});
        world.has(&format!("o-{other:03}"), &record);
    }
    world.fails(Op::Create, "k1", &[Fault::InDoubt { applied: false }]);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "lookup.unproven"));
}

#[tokio::test(start_paused = true)]
async fn what_surely_was_not_applied_leaves_nothing_open() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::Exhausted { applied: false }]);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Failed, "http.503"));
    assert_eq!(world.open(), Vec::<String>::new());
    assert_eq!(world.inner().settled[0].intent, IntentFate::Dropped);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_say_how_many_there_are_is_no_proof_of_absence() {
    for answer in [
        Fault::Empty,
        Fault::NoCount,
        Fault::WrongCount,
        Fault::NoList,
        Fault::NullMatch,
        Fault::Nameless,
        Fault::Keyless,
    ] {
        for (create_ends, applied) in [
            (Fault::InDoubt { applied: true }, true),
            (Fault::InDoubt { applied: false }, false),
            (Fault::Refused, false),
        ] {
            let world = World::new();
            // A record that is there and not shown yet is what an empty answer may hide.
            world.inner().lag = Duration::from_secs(3600);
            world.fails(Op::Create, "k1", &[create_ends]).always(Op::Find, answer);
            let ended = Night::default().push(&world, vec![create("k1")]).await;
            assert_eq!(
                ended.of("k1"),
                (OutcomeKind::InDoubt, "lookup.unproven"),
                "{answer:?} {create_ends:?}"
            );
            assert_eq!(
                (world.count(Op::Create), world.keys().len()),
                (1, usize::from(applied)),
                "{answer:?}"
            );
            assert_eq!(world.open().len(), usize::from(create_ends != Fault::Refused));
        }
    }
    // What such an answer does show is taken.
    for answer in [Fault::NoCount, Fault::WrongCount, Fault::NullMatch, Fault::Nameless] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[Fault::InDoubt { applied: true }]).always(Op::Find, answer);
        let ended = Night::default().push(&world, vec![create("k1")]).await;
        assert_eq!(ended.of("k1"), (OutcomeKind::Created, ""));
    }
    // And where only the key's search is dumb, the phone finds the record.
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::InDoubt { applied: true }]).fails(Op::Find, "k1", &[Fault::Empty]);
    let ended = Night::default().push(&world, vec![create("k1")]).await;
    assert_eq!((ended.of("k1"), world.count(Op::Create)), ((OutcomeKind::Created, ""), 1));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_is_said_to_be_two_customers_is_for_a_person() {
    // Within one run, then of an earlier one; the first keeps it.
    let world = World::new();
    world.has_pushed("theirs", &with_cell("k0", 9));
    for key in ["k1", "k2", "k3"] {
        world.fails(Op::Create, key, &[Fault::SameAs("theirs")]);
    }
    let ended = Night::default().push(&world, vec![create("k1"), create("k2")]).await;
    assert_eq!((ended.count(OutcomeKind::Created), ended.count(OutcomeKind::InDoubt)), (1, 1));
    let second = ended.outcomes.iter().find(|(_, (kind, _))| *kind == OutcomeKind::InDoubt).unwrap();
    assert_eq!(second.1.1.as_str(), "remote.shared");
    let ended = Night::default().push(&world, vec![create("k3")]).await;
    assert_eq!(ended.of("k3"), (OutcomeKind::InDoubt, "remote.shared"));
    {
        let inner = world.inner();
        let shared = inner.settled.iter().filter(|settled| settled.refused.is_some());
        assert_eq!(shared.count(), 2, "not to be sent again unchanged");
        assert_eq!(inner.settled.last().unwrap().refused, Some(create("k3").canonical));
    }
    // Nothing is open: also where the next night's delta does not mention them, nothing is sent.
    assert_eq!(world.open(), Vec::<String>::new());
    let policies = Policies { export: crate::domain::policy::ExportKind::Delta, ..Policies::default() };
    let unsettled = world.unsettled();
    Night { policies, unsettled, ..Night::default() }.push(&world, Vec::new()).await;
    assert_eq!(world.count(Op::Create), 3);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_has_just_become_anothers_is_not_adopted() {
    // Joined by the remote while we push: the answer to the first create names a record that has the second's key.
    let world = World::new();
    world.has_pushed("theirs", &with_cell("k2", 1));
    world.fails(Op::Create, "k1", &[Fault::SameAs("theirs")]);
    let mut night = Night::default();
    night.limits.lives = 1;
    let ended = night.push(&world, vec![create("k1"), create("k2")]).await;
    assert_eq!(ended.of("k1").0, OutcomeKind::Created);
    assert_eq!(ended.of("k2"), (OutcomeKind::InDoubt, "remote.shared"));
}

#[tokio::test(start_paused = true)]
async fn a_record_that_an_earlier_run_has_left_open_is_its_customers() {
    // Killed before its first result: the journal knows nobody's record yet, and asks nobody.
    for edited in [false, true] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[Fault::Hangs]);
        let unsettled = intents::cut_off(&world, vec![create("k1")]).await;
        world.inner().nobody_is_known = true;
        if edited {
            let record = json!({"customer": {"customerKey": "k1", "firstName": "Ana", "lastName": "Ruiz"}});
            world.has("new-k1-0", &record);
        }
        world.fails(Op::Create, "k2", &[Fault::SameAs("new-k1-0")]);
        let night = Night { unsettled, ..Night::default() };
        let ended = night.push(&world, vec![create("k2"), create("k1")]).await;
        assert_eq!(ended.of("k2"), (OutcomeKind::InDoubt, "remote.shared"), "edited: {edited}");
        let own = if edited { OutcomeKind::Updated } else { OutcomeKind::Created };
        assert_eq!(ended.of("k1"), (own, ""));
    }
}

/// Creates of a restored checkpoint, at a remote that takes a key twice.
fn after_look(world: &World) -> Night {
    world.inner().takes_duplicates = true;
    Night { creates: Creates::AfterLook, ..Night::default() }
}

#[tokio::test(start_paused = true)]
async fn behind_a_look_who_is_there_is_adopted_and_only_who_is_not_is_created() {
    let world = World::new();
    world.has_pushed("same", &with_cell("k1", 1)).has_pushed("other", &with_cell("k2", 5));
    world.inner().lag = Duration::from_secs(2);
    let ended = after_look(&world).push(&world, vec![create("k1"), create("k2"), create("k3")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Unchanged, ""));
    assert_eq!(ended.of("k2"), (OutcomeKind::Updated, ""));
    assert_eq!(ended.of("k3"), (OutcomeKind::Created, ""));
    let calls = world.calls();
    let of_the_new: Vec<_> = calls.iter().filter(|(_, whom)| whom == "k3").map(|(op, _)| *op).collect();
    assert_eq!(of_the_new, [Op::Find, Op::Find, Op::Create], "looked for twice: the search lags a write");
    assert_eq!((world.count(Op::Create), world.open()), (1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn behind_a_look_who_cannot_be_told_is_not_created_not_even_by_the_next_run() {
    let stranger = json!({"customer": {"customerKey": "k1", "firstName": "Zoe", "lastName": "Wu"}});
    for (case, code) in
        ["lookup.unproven", "adopt.mismatch", "adopt.several", "http.503", "http.503"].into_iter().enumerate()
    {
        let world = World::new();
        match case {
            0 => world.always(Op::Find, Fault::Empty),
            1 => world.has("theirs", &stranger),
            2 => world.has("theirs", &stranger).has("another", &stranger),
            3 => world.always(Op::Find, Fault::Exhausted { applied: false }),
            _ => world
                .has_pushed("theirs", &with_cell("k1", 5))
                .always(Op::Update, Fault::Exhausted { applied: false }),
        };
        let ended = after_look(&world).push(&world, vec![create("k1")]).await;
        assert_eq!(ended.of("k1").1, code);
        assert_eq!((world.count(Op::Create), world.open()), (0, vec!["k1".to_owned()]), "{code}");
        // The mark is gone by then; what was left open is not.
        let night = Night { unsettled: world.unsettled(), ..Night::default() };
        night.push(&world, vec![create("k1")]).await;
        assert_eq!(world.count(Op::Create), 0, "{code}");
    }
}
