//! A person lets a plan through: that one, once.

use super::harness::export::people;
use super::harness::nights::loaded;
use super::shown::texts;

#[test]
fn an_approved_plan_that_is_interrupted_goes_on() {
    let bench = loaded(120);
    let mut export = people(120);
    export.set_all("city", "Salem");
    bench.export(&export).sync(4);
    let held = bench.latest();
    bench.faults("[[fault]]\nafter = 100\nstatus = 401\nbody = \"gateway\"");
    bench.run(["sync", "--approve", held.run_id(), "--reason", "they all moved"]).expect(5);
    assert!(bench.latest().count("updated") > 10);
    bench.faults("");
    bench.sync(0);
    assert_eq!(bench.latest().summary["guard"]["verdict"], "resumed");
    assert!(bench.remote().iter().all(|customer| customer.addresses[0].city.as_deref() == Some("Salem")));
    // That was that: the next wave is held again.
    export.set_all("city", "Bend");
    bench.export(&export).sync(4);
}

#[test]
fn a_broken_export_is_held_and_can_be_approved_once() {
    let bench = loaded(120);
    let before = bench.remote();
    let mut export = people(120);
    export.set_all("email", "").set("c0001", "city", "Salem");
    bench.export(&export).sync(4);
    let held = bench.latest();
    assert_eq!(held.counts(), "held 1, unchanged 119");
    assert_eq!(held.summary["guard"]["verdict"], "held");
    assert!(
        held.summary["guard"]["breaches"].to_string().contains("max_blanked"),
        "{}",
        held.summary["guard"]
    );
    assert_eq!((bench.journal(), bench.remote()), (vec![], before.clone()));
    // Another plan than the one that was held is not released.
    let mut other = export.clone();
    other.set("c0002", "city", "Salem");
    let approve = ["sync", "--approve", held.run_id(), "--reason", "the DMS lost its e-mails, known"];
    bench.export(&other).run(approve).expect(4);
    assert_eq!(bench.journal(), []);
    // The very plan is, once.
    bench.export(&export).run(approve).expect(0);
    let approved = bench.latest();
    assert_eq!(approved.summary["guard"]["verdict"], "approved");
    assert_eq!(texts(&approved.summary["guard"]["breaches"]), texts(&held.summary["guard"]["breaches"]));
    assert_eq!(approved.keys("updated"), ["c0001"]);
    assert!(
        bench.remote().iter().all(|customer| customer.emails.len() == 1),
        "blank keeps: the e-mails stay"
    );
    // Who let it through, why and when, is on record.
    let checkpoint = rusqlite::Connection::open(bench.checkpoint()).unwrap();
    let record = checkpoint.query_row(
        "SELECT approval_reason, approval_spent_by, approved_at > 0 FROM run WHERE run_id = ?1",
        [held.run_id()],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, bool>(2)?)),
    );
    let reason = "the DMS lost its e-mails, known".to_owned();
    assert_eq!(record.unwrap(), (reason, approved.run_id().to_owned(), true));
    bench.export(&people(120));
    bench.sync(0);
    // The same plan once more, on another night, is another decision.
    bench.model().clear_journal();
    bench.export(&export).run(approve).expect(4);
    let breaches = texts(&bench.latest().summary["guard"]["breaches"]);
    assert!(breaches.iter().any(|breach| breach.starts_with("max_blanked")), "{breaches:?}");
    assert!(breaches.iter().any(|breach| breach.contains("released once already")), "{breaches:?}");
    assert_eq!(bench.journal(), []);
}
