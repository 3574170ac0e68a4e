//! Writing: batches, customers and intents.

use super::*;
use crate::domain::{Departure, Scope};

#[test]
fn a_batch_is_written_whole_or_not_at_all() {
    let state = State::new();
    let mut checkpoint = state.open();
    let refused: Result<(), _> = checkpoint.batch(|batch| {
        batch.settle(&settled("1", 1))?;
        batch.intend(&intent("2", 1))?;
        Err(CheckpointError::Busy { path: state.file() })
    });
    assert!(refused.is_err());
    assert_eq!((checkpoint.customers().unwrap(), checkpoint.open_intents().unwrap().len()), (0, 0));
    let answer = checkpoint.batch(|batch| batch.settle(&settled("1", 1)).map(|()| 42)).unwrap();
    assert_eq!((answer, state.reader().customers().unwrap()), (42, 1));
}

#[test]
fn a_panic_in_a_batch_writes_nothing() {
    let state = State::new();
    let mut checkpoint = state.open();
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        checkpoint.batch(|batch| -> Result<(), CheckpointError> {
            batch.settle(&settled("1", 1)).unwrap();
            std::panic::resume_unwind(Box::new("as a bug would"));
        })
    }));
    assert!(outcome.is_err());
    assert_eq!(checkpoint.customers().unwrap(), 0);
    checkpoint.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
}

#[test]
fn a_customer_comes_back_as_it_was_settled() {
    let state = State::new();
    let mut checkpoint = state.open();
    for (text, source, recency) in [
        ("000176", Some(print("rows")), recency(5)),
        ("FI-WIP*1\u{e9}'\"", None, Recency::default()),
        ("a\0b", Some(print("")), Recency { updated_at: None, ..recency(6) }),
    ] {
        let settled = Settled { source, recency, ..settled(text, 3) };
        checkpoint.batch(|batch| batch.settle(&settled)).unwrap();
        let known = checkpoint.known(&key(text)).unwrap().unwrap();
        let expected = Known {
            uuid: uuid("-f1o2o"),
            source,
            canonical: print("canonical"),
            base: customer(text),
            recency,
            last_run: run(3),
        };
        assert_eq!(known, expected, "{text}");
        assert_eq!(state.reader().known(&key(text)).unwrap(), Some(expected), "{text}");
    }
    assert!(checkpoint.known(&key("176")).unwrap().is_none(), "leading zeros count");
}

#[test]
fn settling_keeps_what_its_own_run_has_left_over() {
    let state = State::new();
    let mut checkpoint = state.open();
    for (left, settled_in, stays) in [(1, 2, 0), (2, 2, 1)] {
        checkpoint.batch(|batch| batch.leave_over(&entry(key("1"), "name.missing", left))).unwrap();
        checkpoint.batch(|batch| batch.settle(&settled("1", settled_in))).unwrap();
        assert_eq!(checkpoint.leftovers().unwrap().len(), stays);
    }
}

#[test]
fn whose_record_it_is_is_known_of_others() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
    let uuid = settled("1", 1).uuid;
    assert_eq!(checkpoint.other_holder(&uuid, &key("2")).unwrap(), Some(key("1")));
    assert_eq!(checkpoint.other_holder(&uuid, &key("1")).unwrap(), None);
    assert_eq!(checkpoint.other_holder(&CustomerUuid::new("nobodys").unwrap(), &key("2")).unwrap(), None);
}

#[test]
fn settling_ends_the_intent_and_the_leftover_and_may_be_repeated() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint
        .batch(|batch| {
            for text in ["1", "2"] {
                batch.intend(&intent(text, 1))?;
                batch.leave_over(&entry(key(text), "http.500", 1))?;
            }
            Ok(())
        })
        .unwrap();
    for _ in 0..2 {
        checkpoint.batch(|batch| batch.settle(&settled("1", 2))).unwrap();
        assert_eq!(checkpoint.customers().unwrap(), 1);
        assert_eq!(checkpoint.known(&key("1")).unwrap().unwrap().last_run, run(2));
        assert_eq!(checkpoint.open_intent(&key("1"), Departure::Sent).unwrap(), None);
        assert_eq!(checkpoint.open_intent(&key("2"), Departure::Sent).unwrap(), Some(intent("2", 1)));
        assert_eq!(checkpoint.leftovers().unwrap().len(), 1);
    }
    let later = Settled { uuid: uuid("other"), source: None, recency: Recency::default(), ..settled("1", 3) };
    checkpoint.batch(|batch| batch.settle(&later)).unwrap();
    let known = checkpoint.known(&key("1")).unwrap().unwrap();
    assert_eq!((known.uuid, known.source), (uuid("other"), None));
    assert_eq!(known.recency, recency(1_788_200_000), "an export without times does not unlearn one");
}

#[test]
fn an_intent_survives_and_the_newest_of_a_customer_counts() {
    let state = State::new();
    let mut checkpoint = state.open();
    let create = intent("2", 1);
    let update = Intent { uuid: Some(uuid("u")), source: None, ..intent("2", 2) };
    checkpoint
        .batch(|batch| {
            batch.intend(&intent("3", 5))?;
            batch.intend(&create)?;
            batch.intend(&update)?;
            batch.intend(&intent("1", 2))
        })
        .unwrap();
    drop(checkpoint);
    let mut checkpoint = state.open();
    assert_eq!(checkpoint.open_intents().unwrap(), [intent("1", 2), update, intent("3", 5)], "oldest first");
    checkpoint.batch(|batch| batch.close_intent(&key("3"), Departure::Sent)).unwrap();
    assert_eq!(checkpoint.open_intents().unwrap().len(), 2);
}

#[test]
fn what_is_about_to_be_known_counts_as_known() {
    let state = State::new();
    let mut checkpoint = state.open();
    assert_eq!(checkpoint.recency(&key("1")).unwrap(), None);
    checkpoint.batch(|batch| batch.intend(&intent("1", 1))).unwrap();
    assert_eq!(checkpoint.recency(&key("1")).unwrap(), Some(recency(1_788_300_000)));
    // Settled by what is older: a person has released an older full export.
    checkpoint.batch(|batch| batch.settle(&Settled { recency: recency(4), ..settled("1", 1) })).unwrap();
    assert_eq!(checkpoint.recency(&key("1")).unwrap(), Some(recency(4)));
    checkpoint.batch(|batch| batch.intend(&Intent { recency: recency(3), ..intent("1", 1) })).unwrap();
    assert_eq!(checkpoint.recency(&key("1")).unwrap(), Some(recency(4)));
}

#[test]
fn the_scan_gives_everyone_in_the_order_of_the_bytes() {
    let state = State::new();
    let mut checkpoint = state.open();
    checkpoint
        .batch(|batch| {
            for text in ["b", "a", "10", "9", "B", "\u{e9}"] {
                batch.settle(&settled(text, 1))?;
            }
            batch.settle(&Settled { source: None, ..settled("c", 1) })
        })
        .unwrap();
    let expected: Vec<_> = ["10", "9", "B", "a", "b", "c", "\u{e9}"]
        .map(|text| (text.to_owned(), (text != "c").then(|| print(text))))
        .into();
    assert_eq!(scanned(&checkpoint), expected);
    assert_eq!(checkpoint.customers().unwrap(), 7);
    let plan: String = checkpoint
        .connection
        .query_row(
            "EXPLAIN QUERY PLAN SELECT key, source FROM customer INDEXED BY customer_scan ORDER BY key",
            [],
            |row| row.get(3),
        )
        .unwrap();
    assert!(plan.contains("COVERING INDEX"), "the fat rows are not touched: {plan}");
}

#[test]
fn changed_formatting_is_learned_and_ends_the_leftover() {
    let state = State::new();
    let mut checkpoint = state.open();
    let learned = checkpoint
        .batch(|batch| {
            batch.settle(&settled("1", 1))?;
            batch.leave_over(&entry(key("1"), "http.500", 1))?;
            let unknown = batch.learn_source(&key("2"), print("x"), recency(9), &run(2))?;
            Ok((batch.learn_source(&key("1"), print("new rows"), recency(9), &run(2))?, unknown))
        })
        .unwrap();
    assert_eq!(learned, (true, false));
    let known = checkpoint.known(&key("1")).unwrap().unwrap();
    assert_eq!((known.source, known.canonical), (Some(print("new rows")), print("canonical")));
    assert_eq!((known.last_run, known.recency), (run(2), recency(9)));
    assert!(checkpoint.leftovers().unwrap().is_empty());
    assert_eq!(scanned(&checkpoint), [("1".to_owned(), Some(print("new rows")))]);
}

#[test]
fn a_checkpoint_goes_to_another_thread() {
    let state = State::new();
    let mut checkpoint = state.open();
    let customers = std::thread::spawn(move || {
        checkpoint.batch(|batch| batch.settle(&settled("1", 1))).unwrap();
        checkpoint.customers().unwrap()
    });
    assert_eq!(customers.join().unwrap(), 1);
}

#[test]
fn what_is_owed_and_what_may_have_left_do_not_touch_each_other() {
    let state = State::new();
    let mut checkpoint = state.open();
    let doubt = intent("1", 1);
    let debt = |n: u16| {
        let canonical = print(&n.to_string());
        Intent { departure: Departure::Owed, scope: Scope::OptOuts, canonical, ..intent("1", n) }
    };
    let open = |checkpoint: &Checkpoint| {
        [Departure::Sent, Departure::Owed].map(|kind| checkpoint.open_intent(&key("1"), kind).unwrap())
    };
    for one in [doubt.clone(), debt(2), debt(3)] {
        checkpoint.batch(|batch| batch.intend(&one)).unwrap();
    }
    assert_eq!(open(&checkpoint), [Some(doubt), Some(debt(3))]);
    assert_eq!((checkpoint.open_customers().unwrap(), checkpoint.open_intents().unwrap().len()), (1, 2));
    // What is learned answers the request; whether it is all that is owed, is for push to say.
    checkpoint.batch(|batch| batch.settle(&settled("1", 4))).unwrap();
    assert_eq!(open(&checkpoint), [None, Some(debt(3))]);
    checkpoint.batch(|batch| batch.close_debt(&key("1"), debt(2).canonical)).unwrap();
    assert_eq!(open(&checkpoint)[1], Some(debt(3)), "it says more than that");
    checkpoint.batch(|batch| batch.close_debt(&key("1"), debt(3).canonical)).unwrap();
    assert_eq!(open(&checkpoint), [None, None]);
}
