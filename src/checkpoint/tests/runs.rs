//! Runs, approvals and before-images.

use serde_json::json;

use super::*;

#[test]
fn a_run_is_remembered_from_its_beginning_to_its_end() {
    let state = State::new();
    let checkpoint = state.open();
    let new = NewRun {
        run_id: run(1),
        mode: "sync".to_owned(),
        started_at: 10,
        inputs: json!([{ "path": "customers.csv", "rows": 2 }]),
    };
    checkpoint.begin_run(&new).unwrap();
    let begun = RunRow {
        run: new,
        guard: None,
        plan: None,
        approval: None,
        finished_at: None,
        exit_code: None,
        summary: None,
    };
    assert_eq!(checkpoint.run(&run(1)).unwrap().as_ref(), Some(&begun));
    assert!(checkpoint.begin_run(&begun.run).is_err(), "a run begins once");
    checkpoint.set_inputs(&run(1), &json!(["other"])).unwrap();
    checkpoint.set_guard(&run(1), "passed", Some(print("plan"))).unwrap();
    checkpoint.finish_run(&run(1), 20, 143, &json!({ "schema": 1 })).unwrap();
    let ended = RunRow {
        run: NewRun { inputs: json!(["other"]), ..begun.run },
        guard: Some("passed".to_owned()),
        plan: Some(print("plan")),
        finished_at: Some(20),
        exit_code: Some(143),
        summary: Some(json!({ "schema": 1 })),
        approval: None,
    };
    assert_eq!(state.reader().run(&run(1)).unwrap(), Some(ended));
    for unknown in [
        checkpoint.finish_run(&run(9), 20, 0, &json!({})),
        checkpoint.set_guard(&run(9), "held", None),
        checkpoint.approve(&run(9), "why", 1),
    ] {
        assert!(matches!(unknown, Err(CheckpointError::UnknownRun { .. })), "{unknown:?}");
    }
}

#[test]
fn the_first_load_is_finished_by_a_run_that_carried_an_export_through() {
    let state = State::new();
    let checkpoint = state.open();
    let finished = |n| checkpoint.last_completed_run().unwrap().map(|row| row.run.run_id) == Some(run(n));
    for (n, mode, exit_code) in [
        (1, "sync", 5),
        (2, "migrate", 130),
        (3, "sync", 4),
        (4, "retry", 0),
        (5, "revert", 0),
        (6, "sync", 1),
    ] {
        begin(&checkpoint, n, mode);
        assert!(!checkpoint.first_load_finished().unwrap(), "before {mode} {exit_code}");
        checkpoint.finish_run(&run(n), 1, exit_code, &json!({})).unwrap();
    }
    assert!(!checkpoint.first_load_finished().unwrap());
    assert!(checkpoint.last_completed_run().unwrap().is_none());
    for (n, exit_code) in [(7, 3), (8, 0)] {
        begin(&checkpoint, n, "sync");
        checkpoint.finish_run(&run(n), 1, exit_code, &json!({})).unwrap();
        assert!(checkpoint.first_load_finished().unwrap());
        assert!(finished(n));
    }
    begin(&checkpoint, 9, "sync");
    assert!(finished(8), "a run that was cut off has completed nothing");
    let newest: Vec<_> = checkpoint.runs(2).unwrap().into_iter().map(|row| row.run.run_id).collect();
    assert_eq!(newest, [run(9), run(8)]);
}

#[test]
fn newer_is_what_was_noted_later_whatever_the_clock_said() {
    let state = State::new();
    let mut checkpoint = state.open();
    for (n, started_at) in [(1, 3_000), (2, 2_000), (3, 1_000)] {
        let new = NewRun { run_id: run(n), mode: "sync".to_owned(), started_at, inputs: json!([]) };
        checkpoint.begin_run(&new).unwrap();
        checkpoint.set_guard(&run(n), "passed", None).unwrap();
        checkpoint.finish_run(&run(n), started_at, 0, &json!({})).unwrap();
    }
    let last = [
        checkpoint.last_completed_run().unwrap(),
        checkpoint.last_run_past_the_guard().unwrap(),
        checkpoint.last_run_not_held().unwrap(),
    ];
    assert!(last.iter().all(|row| row.as_ref().is_some_and(|row| row.run.run_id == run(3))), "{last:?}");
    assert_eq!(checkpoint.batch(|batch| batch.prune_runs(1)).unwrap(), 2);
    let left: Vec<_> = checkpoint.runs(9).unwrap().into_iter().map(|row| row.run.run_id).collect();
    assert_eq!(left, [run(3)]);
}

#[test]
fn a_run_can_turn_out_to_be_a_retry() {
    let state = State::new();
    let checkpoint = state.open();
    begin(&checkpoint, 1, "sync");
    checkpoint.set_mode(&run(1), "retry").unwrap();
    checkpoint.finish_run(&run(1), 1, 0, &json!({})).unwrap();
    assert_eq!(checkpoint.run(&run(1)).unwrap().unwrap().run.mode, "retry");
    assert!(!checkpoint.first_load_finished().unwrap());
    assert!(checkpoint.set_mode(&run(9), "retry").is_err());
}

#[test]
fn runs_that_were_held_are_looked_past_however_many() {
    let state = State::new();
    let checkpoint = state.open();
    let last = |checkpoint: &Checkpoint| {
        let name = |row: Option<RunRow>| row.map(|row| row.run.run_id);
        (name(checkpoint.last_run_past_the_guard().unwrap()), name(checkpoint.last_run_not_held().unwrap()))
    };
    assert_eq!(last(&checkpoint), (None, None));
    begin(&checkpoint, 1, "sync");
    checkpoint.set_guard(&run(1), "approved", None).unwrap();
    assert_eq!(last(&checkpoint), (Some(run(1)), Some(run(1))), "cut off, and still the last");
    for n in 2..90 {
        begin(&checkpoint, n, "sync");
        if n % 2 == 0 {
            checkpoint.set_guard(&run(n), "held", None).unwrap();
        } else {
            // Its input was refused before there was anything to judge.
            checkpoint.finish_run(&run(n), 1, 4, &json!({})).unwrap();
        }
    }
    assert_eq!(last(&checkpoint), (Some(run(1)), Some(run(1))));
    begin(&checkpoint, 90, "sync");
    checkpoint.finish_run(&run(90), 1, 1, &json!({})).unwrap();
    assert_eq!(last(&checkpoint), (Some(run(1)), Some(run(90))));
}

#[test]
fn an_approval_releases_once() {
    let state = State::new();
    let checkpoint = state.open();
    begin(&checkpoint, 1, "sync");
    assert!(!checkpoint.spend_approval(&run(1), &run(2)).unwrap(), "nobody approved");
    checkpoint.approve(&run(1), "a new owner", 100).unwrap();
    checkpoint.approve(&run(1), "a new owner, indeed", 101).unwrap();
    assert!(checkpoint.spend_approval(&run(1), &run(2)).unwrap());
    assert!(checkpoint.spend_approval(&run(1), &run(2)).unwrap(), "the same run goes on");
    assert!(!checkpoint.spend_approval(&run(1), &run(3)).unwrap());
    checkpoint.approve(&run(1), "once more", 102).unwrap();
    let approval = checkpoint.run(&run(1)).unwrap().unwrap().approval.unwrap();
    let expected = Approval { reason: "a new owner, indeed".to_owned(), at: 101, spent_by: Some(run(2)) };
    assert_eq!(approval, expected);
}

#[test]
fn the_first_image_before_a_run_stays() {
    let state = State::new();
    let mut checkpoint = state.open();
    begin(&checkpoint, 1, "sync");
    let remember = |checkpoint: &mut Checkpoint, n, text: &str, theirs: &str| {
        checkpoint.batch(|batch| batch.remember_before(&run(n), &key(text), &uuid("u"), theirs, 7))
    };
    remember(&mut checkpoint, 1, "2", "before").unwrap();
    remember(&mut checkpoint, 1, "2", "what we wrote").unwrap();
    remember(&mut checkpoint, 1, "1", "{}").unwrap();
    let image = |text: &str, theirs: &str| BeforeImage {
        key: key(text),
        uuid: uuid("u"),
        theirs: theirs.to_owned(),
        at: 7,
    };
    assert_eq!(checkpoint.before_images(&run(1)).unwrap(), [image("1", "{}"), image("2", "before")]);
    let refused = remember(&mut checkpoint, 9, "1", "{}");
    assert!(matches!(refused, Err(CheckpointError::UnknownRun { .. })), "{refused:?}");
}

#[test]
fn pruning_keeps_what_is_still_needed() {
    let state = State::new();
    let mut checkpoint = state.open();
    for n in 1..=8 {
        begin(&checkpoint, n, "sync");
        checkpoint.batch(|batch| batch.remember_before(&run(n), &key("1"), &uuid("u"), "{}", 7)).unwrap();
        let exit_code = if n <= 2 { 0 } else { 5 };
        checkpoint.finish_run(&run(n), 1, exit_code, &json!({})).unwrap();
    }
    checkpoint.approve(&run(3), "spent", 1).unwrap();
    checkpoint.spend_approval(&run(3), &run(4)).unwrap();
    checkpoint.approve(&run(5), "not spent", 1).unwrap();
    checkpoint.batch(|batch| batch.intend(&intent("9", 6))).unwrap();
    assert_eq!(checkpoint.batch(|batch| batch.prune_runs_before(4)).unwrap(), 2, "1 and 3, not 2");
    assert_eq!(checkpoint.batch(|batch| batch.prune_runs(1)).unwrap(), 2, "4 and 7");
    let left: Vec<_> = checkpoint.runs(99).unwrap().into_iter().map(|row| row.run.run_id).collect();
    assert_eq!(left, [8, 6, 5, 2].map(run), "newest, with an intent, approved, last completed");
    assert!(checkpoint.first_load_finished().unwrap());
    assert!(checkpoint.before_images(&run(1)).unwrap().is_empty());
    assert_eq!(checkpoint.before_images(&run(2)).unwrap().len(), 1);
}

#[test]
fn of_runs_within_one_second_the_last_noted_is_the_newest() {
    let state = State::new();
    let checkpoint = state.open();
    for n in [3, 9, 1] {
        let (inputs, mode) = (json!({}), "sync".to_owned());
        checkpoint.begin_run(&NewRun { run_id: run(n), mode, started_at: 7, inputs }).unwrap();
        checkpoint.finish_run(&run(n), 7, 0, &json!({})).unwrap();
    }
    let newest: Vec<_> = checkpoint.runs(3).unwrap().into_iter().map(|row| row.run.run_id).collect();
    assert_eq!(newest, [run(1), run(9), run(3)]);
    assert_eq!(checkpoint.last_completed_run().unwrap().unwrap().run.run_id, run(1));
}

#[test]
fn whom_a_held_run_lists_is_known_as_long_as_the_run_is_kept() {
    let state = State::new();
    let mut checkpoint = state.open();
    let is_listed = |text: &str| state.reader().listed_by_held_runs().unwrap().contains(&key(text));
    begin(&checkpoint, 1, "sync");
    begin(&checkpoint, 2, "sync");
    checkpoint.set_inputs(&run(1), &json!({ "newest": 7 })).unwrap();
    checkpoint.note_listed(&run(1), [&key("0101"), &key("0102")]).unwrap();
    assert_eq!(["0101", "0102", "101", "0103"].map(is_listed), [true, true, false, false]);
    let inputs = checkpoint.run(&run(1)).unwrap().unwrap().run.inputs;
    assert_eq!(inputs["newest"], 7);
    assert!(!inputs.to_string().contains("0101"), "{inputs}");
    assert!(checkpoint.leftovers().unwrap().is_empty());
    let unknown = checkpoint.note_listed(&run(9), [&key("0101")]);
    assert!(matches!(unknown, Err(CheckpointError::UnknownRun { .. })), "{unknown:?}");
    assert_eq!(checkpoint.batch(|batch| batch.prune_runs(1)).unwrap(), 1);
    assert!(!is_listed("0101"));
}
