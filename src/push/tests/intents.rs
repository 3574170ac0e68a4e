//! What an earlier run left open is settled before anything else.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::domain::policy::ExportKind;
use crate::plan::samples::{name, text};

/// A run that is cut off while `plan` is under way, and what it leaves open.
pub(super) async fn cut_off(world: &World, plan: Vec<Change>) -> Vec<Unsettled> {
    let base: BTreeMap<String, Option<Customer>> =
        plan.iter().map(|change| (change.ours.key.to_string(), change.base().cloned())).collect();
    let night = Night::default();
    let brake = night.brake.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(60)).await;
        brake.halt(Stop::Interrupted);
    });
    night.push(world, plan).await;
    let mut open = world.unsettled();
    for one in &mut open {
        one.base = base[one.intention.key.as_str()].clone();
    }
    world.inner().log.clear();
    world.inner().script.clear();
    open
}

#[tokio::test(start_paused = true)]
async fn an_applied_create_is_learned_and_not_sent_again() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::Hangs]);
    let unsettled = cut_off(&world, vec![create("k1")]).await;
    assert_eq!(unsettled.len(), 1);
    let ended = Night { unsettled, ..Night::default() }.push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Created, ""));
    assert_eq!((world.count(Op::Create), world.count(Op::Update)), (0, 0));
    assert_eq!((world.open(), world.keys().len()), (vec![], 1));
}

#[tokio::test(start_paused = true)]
async fn it_is_learned_also_where_the_plan_has_nothing_for_it() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::Hangs]);
    let unsettled = cut_off(&world, vec![create("k1")]).await;
    let ended = Night { unsettled, ..Night::default() }.push(&world, Vec::new()).await;
    assert!(ended.outcomes.is_empty(), "counted by nobody");
    let inner = world.inner();
    assert!(inner.settled.last().unwrap().learned.as_ref().unwrap().base == with_cell("k1", 1));
    assert!(inner.open.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_create_that_was_not_applied_is_sent() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::Hangs]);
    let unsettled = cut_off(&world, vec![create("k1")]).await;
    world.inner().records.clear();
    let ended = Night { unsettled, ..Night::default() }.push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Created, ""));
    assert_eq!((world.count(Op::Find), world.count(Op::Create), world.open()), (2, 1, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_there_but_was_edited_is_adopted_not_sent() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::Hangs]);
    let unsettled = cut_off(&world, vec![create("k1")]).await;
    world
        .has("new-k1-0", &json!({"customer": {"customerKey": "k1", "firstName": "Ana", "lastName": "Ruiz"}}));
    let ended = Night { unsettled, ..Night::default() }.push(&world, vec![create("k1")]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
    assert_eq!((world.count(Op::Create), world.open()), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_told_stays_open_and_keeps_its_customer_from_being_sent() {
    let stranger = json!({"customer": {"customerKey": "k1", "firstName": "Zoe", "lastName": "Wu"}});
    for (code, more, fault) in [
        ("adopt.mismatch", &[("u-1", &stranger)][..], None),
        ("adopt.several", &[("u-1", &stranger), ("u-2", &stranger)], None),
        ("http.503", &[], Some(Fault::Exhausted { applied: false })),
    ] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[Fault::Hangs]);
        let unsettled = cut_off(&world, vec![create("k1")]).await;
        world.inner().records.clear();
        for (uuid, record) in more {
            world.has(uuid, record);
        }
        if let Some(fault) = fault {
            world.always(Op::Find, fault);
        }
        let ended =
            Night { unsettled, ..Night::default() }.push(&world, vec![create("k1"), create("k2")]).await;
        assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, code));
        assert_eq!(ended.of("k2").0, OutcomeKind::Created, "{code}");
        assert_eq!((world.count(Op::Create), world.open()), (1, vec!["k1".to_owned()]), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_applied_update_is_learned_and_one_that_was_not_is_sent() {
    for applied in [true, false] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied }]);
        let unsettled = cut_off(&world, vec![update("k1")]).await;
        assert_eq!(unsettled.len(), 1);
        let ended = Night { unsettled, ..Night::default() }.push(&world, vec![update("k1")]).await;
        assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
        assert_eq!(world.count(Op::Update), usize::from(!applied));
        assert_eq!(world.open(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn an_applied_write_is_the_base_of_what_the_export_says_now() {
    let world = pushed(&["k1"]);
    world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied: true }]);
    let unsettled = cut_off(&world, vec![update("k1")]).await;
    // Planned against the old base: without the intent the number written meanwhile would stay for ever.
    let now = Change {
        canonical: with_cell("k1", 3).canonical().unwrap(),
        ours: with_cell("k1", 3),
        next_base: with_cell("k1", 3),
        ..update("k1")
    };
    let ended = Night { unsettled, ..Night::default() }.push(&world, vec![now]).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
    let phones = world.record("u-k1")["customer"]["phoneNumbers"].clone();
    assert_eq!(phones.as_array().unwrap().len(), 1);
    assert_eq!(phones[0]["phoneNumber"], "+12175550103");
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_refused_are_met_once_and_every_intent_stays() {
    let world = World::new();
    world.always(Op::Create, Fault::Hangs);
    let plan = || vec![create("k1"), create("k2")];
    let unsettled = cut_off(&world, plan()).await;
    world.always(Op::Find, Fault::Unauthorized).always(Op::Read, Fault::Unauthorized);
    let ended = Night { unsettled, ..Night::default() }.push(&world, plan()).await;
    assert_eq!((ended.stop, ended.count(OutcomeKind::NotAttempted)), (Some(Stop::Unauthorized), 2));
    assert_eq!(world.open(), ["k1", "k2"]);
    assert_eq!((world.count(Op::Create), world.count(Op::Read)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_settling_too_and_everything_stays_open() {
    let world = World::new();
    world.fails(Op::Create, "k1", &[Fault::Hangs]);
    let unsettled = cut_off(&world, vec![create("k1")]).await;
    world.always(Op::Find, Fault::Hangs);
    let night = Night { unsettled, ..Night::default() };
    let brake = night.brake.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(5)).await;
        brake.stop(Stop::Interrupted);
    });
    let begun = Instant::now();
    let ended = night.push(&world, vec![create("k1")]).await;
    assert_eq!((ended.stop, ended.of("k1").0), (Some(Stop::Interrupted), OutcomeKind::NotAttempted));
    assert_eq!((begun.elapsed().as_secs(), world.open()), (5, vec!["k1".to_owned()]));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_leaves_what_was_open_has_stopped_early_though_its_plan_is_empty() {
    for (answers, stop) in [(true, None), (false, Some(Stop::MaxDuration))] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[Fault::Hangs]);
        let unsettled = cut_off(&world, vec![create("k1")]).await;
        if !answers {
            world.always(Op::Find, Fault::Hangs);
        }
        let night = Night { unsettled, ..Night::default() };
        let brake = night.brake.clone();
        tokio::spawn(async move {
            sleep(Duration::from_secs(5)).await;
            brake.stop(Stop::MaxDuration);
        });
        let ended = night.push(&world, Vec::new()).await;
        assert_eq!((ended.stop, world.open().is_empty()), (stop, answers));
    }
}

// ------------------------------------------------------------- open, and nothing of it in today's plan

fn delta() -> Policies {
    Policies { export: ExportKind::Delta, ..Policies::default() }
}

/// A night whose plan has nothing.
fn quiet(policies: Policies, unsettled: Vec<Unsettled>) -> Night {
    Night { policies, unsettled, ..Night::default() }
}

#[tokio::test(start_paused = true)]
async fn a_create_that_no_delta_mentions_again_is_sent_after_all() {
    for (policies, sent) in [(delta(), true), (Policies::default(), false)] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[Fault::Hangs]);
        let unsettled = cut_off(&world, vec![create("k1")]).await;
        world.inner().records.clear();
        let ended = quiet(policies, unsettled).push(&world, vec![create("k2")]).await;
        assert_eq!((ended.stop, ended.of("k2").0), (None, OutcomeKind::Created));
        let outcome = ended.outcomes.get("k1").map(|(kind, _)| *kind);
        assert_eq!(outcome, sent.then_some(OutcomeKind::Created), "a full export says that there is none");
        assert_eq!(world.keys().contains(&"k1".to_owned()), sent);
        assert_eq!(world.open(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_was_edited_is_adopted_in_a_delta_and_let_go_in_a_full_export() {
    for (policies, adopted) in [(delta(), true), (Policies::default(), false)] {
        let world = World::new();
        world.inner().takes_duplicates = true;
        world.fails(Op::Create, "k1", &[Fault::Hangs]);
        let unsettled = cut_off(&world, vec![create("k1")]).await;
        let edited = json!({"customer": {"customerKey": "k1", "firstName": "Ana", "lastName": "Ruiz"}});
        world.has("new-k1-0", &edited);
        let ended = quiet(policies, unsettled).push(&world, Vec::new()).await;
        let outcome = ended.outcomes.get("k1").map(|(kind, _)| *kind);
        assert_eq!(outcome, adopted.then_some(OutcomeKind::Updated));
        assert_eq!((world.count(Op::Create), world.count(Op::Update)), (0, usize::from(adopted)));
        assert_eq!(world.open(), Vec::<String>::new());
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_told_and_nobody_plans_is_counted_in_doubt_and_stays_open() {
    for policies in [delta(), Policies::default()] {
        let world = World::new();
        world.fails(Op::Create, "k1", &[Fault::Hangs]);
        let unsettled = cut_off(&world, vec![create("k1")]).await;
        world.always(Op::Find, Fault::Exhausted { applied: false });
        let ended = quiet(policies, unsettled).push(&world, Vec::new()).await;
        assert_eq!(ended.of("k1"), (OutcomeKind::InDoubt, "http.503"));
        assert_eq!((world.count(Op::Create), world.open()), (0, vec!["k1".to_owned()]));
    }
}

/// From cell 1 to cell 2, of a customer with a company that tonight's export leaves blank.
fn quiet_update(key: &str) -> Change {
    let claims = |company: Claim<String>| name(text("Ana"), text("Ruiz"), company, Claim::Silent);
    let of = |company: Claim<String>, line| Customer { name: claims(company), ..with_cell(key, line) };
    let known = || text("Ruiz Ltd");
    let action = Action::Update { uuid: uuid(&format!("u-{key}")), base: Box::new(of(known(), 1)) };
    let next_base = of(known(), 2);
    let canonical = next_base.canonical().unwrap();
    Change { next_base, canonical, ..change(action, of(Claim::Blank, 2)) }
}

fn set_company(world: &World, company: &str) {
    let mut inner = world.inner();
    inner.records.get_mut("u-k1").unwrap().customer.as_mut().unwrap().company = Some(company.to_owned());
}

#[tokio::test(start_paused = true)]
async fn an_update_that_no_delta_mentions_again_writes_only_what_it_was_about() {
    let world = World::new();
    world.has_pushed("u-k1", quiet_update("k1").base().unwrap());
    world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied: false }]);
    let unsettled = cut_off(&world, vec![quiet_update("k1")]).await;
    set_company(&world, "Elm Corp");
    let ended = quiet(delta(), unsettled).push(&world, Vec::new()).await;
    assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
    let customer = world.record("u-k1")["customer"].clone();
    assert_eq!(customer["phoneNumbers"][0]["phoneNumber"], "+12175550102");
    assert_eq!(customer["company"], "Elm Corp", "nobody knows that the DMS still says otherwise");
    assert!(
        world.inner().settled.last().unwrap().learned.as_ref().unwrap().base == quiet_update("k1").next_base
    );
}

#[tokio::test(start_paused = true)]
async fn an_update_was_applied_whatever_an_advisor_has_made_of_the_rest() {
    // In a full export, with nothing planned: the DMS may have gone back to what it said before.
    let world = World::new();
    world.has_pushed("u-k1", quiet_update("k1").base().unwrap());
    world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied: true }]);
    let unsettled = cut_off(&world, vec![quiet_update("k1")]).await;
    set_company(&world, "Elm Corp");
    let ended = quiet(Policies::default(), unsettled).push(&world, Vec::new()).await;
    assert!(ended.outcomes.is_empty());
    let inner = world.inner();
    let learned = inner.settled.last().unwrap().learned.as_ref();
    assert!(learned.is_some_and(|learned| learned.base == quiet_update("k1").next_base));
    assert!(inner.open.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_adoption_whose_write_was_lost_is_adopted_again_and_never_created() {
    for policies in [delta(), Policies::default()] {
        let world = World::new();
        world.has_pushed("theirs", &with_cell("k1", 5));
        world.fails(Op::Update, "theirs", &[Fault::Exhausted { applied: false }]);
        let unsettled = cut_off(&world, vec![create("k1")]).await;
        assert_eq!(unsettled[0].intention.uuid, Some(uuid("theirs")));
        world.inner().takes_duplicates = true;
        let ended = quiet(policies, unsettled).push(&world, vec![create("k1")]).await;
        assert_eq!(ended.of("k1"), (OutcomeKind::Updated, ""));
        assert_eq!((world.count(Op::Create), world.keys().len(), world.open()), (0, 1, vec![]));
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_said_no_meanwhile_is_learned_while_settling() {
    for policies in [delta(), Policies::default()] {
        let world = pushed(&["k1"]);
        world.fails(Op::Update, "u-k1", &[Fault::Exhausted { applied: true }]);
        let unsettled = cut_off(&world, vec![update("k1")]).await;
        let mut record = world.record("u-k1");
        record["customer"]["phoneNumbers"][0]["okToText"] = json!(false);
        world.has("u-k1", &record);
        let before = world.inner().settled.len();
        quiet(policies, unsettled).push(&world, Vec::new()).await;
        let inner = world.inner();
        let learned: Vec<_> =
            inner.settled[before..].iter().flat_map(|settled| settled.opt_outs.clone()).collect();
        assert_eq!(learned, [(Channel::Text, "+12175550102".to_owned())]);
    }
}

/// A remote that has nobody, and so many creates that were about to be sent to it.
async fn not_applied(count: u32) -> World {
    let world = World::new();
    world.always(Op::Create, Fault::Hangs);
    let mut night = Night::default();
    night.limits.lives = count as usize;
    let brake = night.brake.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(60)).await;
        brake.halt(Stop::Interrupted);
    });
    night.push(&world, creates(0..count)).await;
    let next = World::new();
    next.inner().open = world.inner().open.clone();
    assert_eq!(next.open().len(), count as usize);
    next
}

#[tokio::test(start_paused = true)]
async fn what_was_open_is_sent_within_the_same_bounds() {
    let next = not_applied(50).await;
    let mut night = quiet(delta(), next.unsettled());
    night.limits.lives = 4;
    // Two looks each, and no more than thirty creates after that.
    next.inner().allowance = Some(130);
    let ended = night.push(&next, Vec::new()).await;
    assert_eq!(ended.stop, Some(Stop::DailyBudget));
    assert!(next.calls().len() <= 130, "{}", next.calls().len());
    assert_eq!(ended.count(OutcomeKind::Created), next.count(Op::Create));
    assert_eq!(ended.count(OutcomeKind::NotAttempted), 50 - next.count(Op::Create));
    assert_eq!(next.open().len(), ended.count(OutcomeKind::NotAttempted), "the next run goes on");
    assert_eq!(next.inner().most_under_way, 4, "looked up so many at once, too");
}

#[tokio::test(start_paused = true)]
async fn a_small_allowance_a_day_brings_everybody_to_an_end() {
    for (policies, is_planned) in [(Policies::default(), true), (delta(), false)] {
        // Two looks and a create each.
        for (per_day, days) in [(3, 20), (6, 10), (20, 4)] {
            let world = not_applied(20).await;
            world.inner().takes_duplicates = true;
            for day in 1..=days {
                let known = world.keys();
                let mut plan = creates(0..20);
                plan.retain(|change| is_planned && !known.contains(&change.ours.key.to_string()));
                let mut night = quiet(policies.clone(), world.unsettled());
                night.limits = night.limits.within(per_day);
                world.inner().allowance = Some(usize::try_from(per_day).unwrap());
                let ended = night.push(&world, plan).await;
                let what = format!("planned: {is_planned}, {per_day} a day, day {day}");
                assert!(ended.count(OutcomeKind::Created) > 0, "{what}");
                assert_eq!(world.open().len() + world.keys().len(), 20, "{what}");
            }
            let keys: BTreeSet<_> = world.keys().into_iter().collect();
            let counts = (keys.len(), world.count(Op::Create), world.open().len());
            assert_eq!(counts, (20, 20, 0), "planned: {is_planned}, {per_day} a day");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_became_anothers_before_it_could_be_looked_up_is_told_apart() {
    // The one whose turn comes first is answered with it: in the same run, or in an earlier one.
    for at_once in [true, false] {
        let world = World::new();
        world.fails(Op::Create, "k2", &[Fault::Hangs]);
        let unsettled = cut_off(&world, vec![create("k2")]).await;
        world.fails(Op::Create, "k1", &[Fault::SameAs("new-k2-0")]);
        let mut night = Night::default();
        let (first, second) = if at_once {
            night.limits = night.limits.within(1);
            let ended = Night { unsettled, ..night }.push(&world, vec![create("k1"), create("k2")]).await;
            (ended.of("k1").0, ended.outcomes["k2"].clone())
        } else {
            let ended = night.push(&world, vec![create("k1")]).await;
            let next = Night { unsettled, ..Night::default() }.push(&world, vec![create("k2")]).await;
            (ended.of("k1").0, next.outcomes["k2"].clone())
        };
        assert_eq!(first, OutcomeKind::Created, "at once: {at_once}");
        assert_eq!(second, (OutcomeKind::InDoubt, "remote.shared".to_owned()), "at once: {at_once}");
        assert_eq!((world.open(), world.count(Op::Update)), (vec!["k2".to_owned()], 0));
        assert_eq!(world.count(Op::Create), 1, "at once: {at_once}");
    }
}

const KEYS: [&str; 4] = ["k0", "k1", "k2", "k3"];

fn any_creates() -> impl Strategy<Value = Creates> {
    select(vec![Creates::Straight, Creates::AfterLook])
}

/// What may happen to calls for one customer in one night, by operation.
fn any_faults() -> impl Strategy<Value = Vec<(Op, usize, Fault)>> {
    let faults = [
        Fault::Refused,
        Fault::InDoubt { applied: true },
        Fault::InDoubt { applied: false },
        Fault::Exhausted { applied: false },
        Fault::Forbidden,
        Fault::Unauthorized,
        Fault::WrongHost { applied: true },
        Fault::WrongHost { applied: false },
        Fault::NoUuid,
        Fault::Hangs,
    ];
    let reads = [Fault::Exhausted { applied: false }, Fault::Unauthorized, Fault::Hangs];
    let write = (Just(Op::Create), 0..KEYS.len(), select(faults.to_vec()));
    let find = (Just(Op::Find), 0..KEYS.len(), select(reads.to_vec()));
    vec(prop_oneof![3 => write, 1 => find], 0..8)
}

/// One night with these faults: everybody who is not learned yet is planned, and after a minute it is halted.
async fn night(
    world: &World,
    creates: Creates,
    faults: Vec<(Op, usize, Fault)>,
    lag: u64,
    requests: Option<u64>,
) {
    world.inner().script.clear();
    world.inner().lag = Duration::from_secs(lag);
    for (op, whom, fault) in faults {
        world.inner().script.entry((op, KEYS[whom].to_owned())).or_default().push(fault);
    }
    let learned: BTreeSet<_> = {
        let inner = world.inner();
        let learned = inner.settled.iter().filter(|settlement| settlement.learned.is_some());
        learned.map(|settlement| settlement.key.to_string()).collect()
    };
    let plan = KEYS.iter().filter(|key| !learned.contains(**key)).map(|key| create(key)).collect();
    let mut night = Night { creates, unsettled: world.unsettled(), ..Night::default() };
    night.limits.requests = requests;
    let brake = night.brake.clone();
    let halt = tokio::spawn(async move {
        sleep(Duration::from_secs(60)).await;
        brake.halt(Stop::Interrupted);
    });
    night.push(world, plan).await;
    halt.abort();
    sleep(Duration::from_secs(3600)).await;
}

proptest! {
    #[test]
    fn nobody_is_created_twice_or_lost(
        nights in vec((any_creates(), any_faults(), 0u64..4, select(vec![None, Some(1)])), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let world = World::new();
        runtime.unwrap().block_on(async {
            world.inner().takes_duplicates = true;
            for (creates, faults, lag, requests) in nights {
                night(&world, creates, faults, lag, requests).await;
            }
            night(&world, Creates::Straight, Vec::new(), 1, None).await;
        });
        prop_assert_eq!(world.open(), Vec::<String>::new());
        let mut keys = world.keys();
        keys.sort();
        prop_assert_eq!(keys, KEYS);
    }
}
