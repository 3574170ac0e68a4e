//! Invented runs, customers and changes for this room's tests.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use crate::domain::customer::NameClaims;
use crate::domain::outcome::{Cause, Stage};
use crate::domain::summary::{
    CauseCount, CustomerCounts, Exit, GuardSummary, InputSummary, RequestCounts, RowCounts, RunSummary,
    SCHEMA,
};
use crate::domain::{
    Action, Change, Claim, Consents, Customer, CustomerKey, CustomerUuid, DepartmentName, Field, FieldChange,
    Fingerprint, Name, Outcome, OutcomeKind, Position, RunId, Scope,
};

pub(super) const VIN: &str = "1HGCM82633A004352";

pub(super) fn department() -> DepartmentName {
    DepartmentName::parse("springfield").unwrap()
}

pub(super) fn run_id(n: u16) -> RunId {
    RunId::new("20260908T020000Z", n)
}

pub(super) fn key(key: &str) -> CustomerKey {
    CustomerKey::parse(key).unwrap()
}

pub(super) fn at(line: u64) -> Position {
    Position { file: "exports/crm.csv".into(), line, record: line - 1 }
}

pub(super) fn cause(code: &str) -> Cause {
    Cause {
        stage: Stage::Validate,
        code: code.to_owned(),
        message: "neither a first and last name nor a business with a company".to_owned(),
        tip: "give it both names, or mark it as a business and name the company".to_owned(),
    }
}

pub(super) fn outcome(kind: OutcomeKind) -> Outcome {
    let sent = matches!(kind, OutcomeKind::Created | OutcomeKind::Updated | OutcomeKind::Failed);
    Outcome {
        key: key(&format!("key-{}", kind.as_str())),
        kind,
        at: Some(at(2)),
        uuid: CustomerUuid::new("-x7Tq").filter(|_| sent),
        attempts: if sent { 2 } else { 0 },
        http_status: sent.then_some(200),
        cause: kind.needs_work().then(|| cause("name.missing")),
        request_id: sent.then(|| "req-1".to_owned()),
        correlation_id: sent.then(|| "+gateway".to_owned()),
    }
}

fn customer(raw: &str) -> Customer {
    let value = |text: &str| Claim::Value(text.to_owned());
    let claims = NameClaims { first: value("Ana"), last: value("Whitfield"), ..NameClaims::default() };
    Customer {
        key: key(raw),
        name: Name::new(claims).unwrap(),
        preferred_locale: Claim::Silent,
        preferred_communication: Claim::Silent,
        addresses: BTreeMap::new(),
        phones: BTreeMap::new(),
        emails: BTreeMap::new(),
        consents: Consents::default(),
        vehicles: Vec::new(),
    }
}

pub(super) fn field(field: Field, item: Option<&str>, old: Option<&str>, new: Option<&str>) -> FieldChange {
    let owned = |text: Option<&str>| text.map(str::to_owned);
    FieldChange { field, item: owned(item), old: owned(old), new: owned(new) }
}

fn change(raw: &str, action: Action, line: u64, fields: Vec<FieldChange>) -> Change {
    let ours = customer(raw);
    let (source, canonical) = (Fingerprint::default(), Fingerprint::default());
    let next_base = ours.clone();
    Change {
        action,
        scope: Scope::Whole,
        ours,
        next_base,
        fields,
        at: at(line),
        source: Some(source),
        recency: crate::domain::Recency::default(),
        canonical,
        warnings: Vec::new(),
    }
}

pub(super) fn create(raw: &str, fields: Vec<FieldChange>) -> Change {
    change(raw, Action::Create, 2, fields)
}

pub(super) fn update(raw: &str, fields: Vec<FieldChange>) -> Change {
    let action = Action::Update { uuid: CustomerUuid::new("u-1").unwrap(), base: Box::new(customer(raw)) };
    change(raw, action, 7, fields)
}

/// One of each: a new customer with hostile values, and an update that touches every kind of field.
pub(super) fn changes() -> [Change; 2] {
    let created = create(
        "000176",
        vec![
            field(Field::FirstName, None, None, Some("<script>alert(1)</script>")),
            field(Field::LastName, None, None, Some("O'Neil\u{1b}[2J & \"Söhne\"")),
            field(Field::Company, None, None, Some("=HYPERLINK(\"x\")")),
            field(Field::CellPhone, Some("cell"), None, Some("+12065550143")),
            field(Field::OkToText, None, None, Some("allowed")),
        ],
    );
    let updated = update(
        "000181",
        vec![
            field(Field::CellPhone, Some("cell"), Some("+12065550143"), Some("+12065550187")),
            field(Field::Email, Some("personal"), Some("ana@example.com"), None),
            field(Field::PreferredLocale, None, Some("en-us"), Some("fr-ca")),
            field(Field::LicensePlate, Some(VIN), None, Some("ABC1234")),
            field(Field::EstimatedMileage, Some(VIN), Some("48000"), Some("51200")),
        ],
    );
    [created, updated]
}

/// What most summaries share: a sync of one file.
fn run(code: u8, name: &str, customers: &[(OutcomeKind, u64)]) -> RunSummary {
    let mut counts = CustomerCounts::default();
    for (kind, n) in customers {
        counts.add(*kind, *n);
    }
    let rows = counts.total + counts.total / 3;
    RunSummary {
        schema: SCHEMA,
        run_id: run_id(0xa1b2),
        department: department(),
        mode: "sync".to_owned(),
        started_at: "2026-09-08T02:00:00Z".to_owned(),
        finished_at: "2026-09-08T02:00:41Z".to_owned(),
        exit: Exit { code, name: name.to_owned() },
        inputs: vec![InputSummary {
            consent_not_there: Vec::new(),
            path: "exports/crm.csv".to_owned(),
            sha256: "9f2c".repeat(16),
            rows,
            encoding: "utf-8".to_owned(),
        }],
        rows: RowCounts { total: rows, used: rows, rejected: 0 },
        customers: counts,
        warnings: 0,
        requests: RequestCounts::default(),
        phases_ms: [("build", 210), ("scan", 640), ("report", 12)].map(|(p, ms)| (p.to_owned(), ms)).into(),
        guard: GuardSummary { verdict: "passed".to_owned(), breaches: Vec::new(), likely: Vec::new() },
        causes: Vec::new(),
    }
}

fn requests(total: u64, answers: &[(&str, u64)], per_second: f64) -> RequestCounts {
    let by_status: BTreeMap<_, _> = answers.iter().map(|(status, n)| ((*status).to_owned(), *n)).collect();
    let throttled = by_status.get("429").copied().unwrap_or_default();
    RequestCounts { total, by_status, retries: throttled, throttled, per_second }
}

fn counted(code: &str, customers: u64, new: u64) -> CauseCount {
    CauseCount { code: code.to_owned(), customers, new }
}

/// Everybody is new, nothing goes wrong.
pub(super) fn first_run() -> RunSummary {
    let mut run = run(0, "complete", &[(OutcomeKind::Created, 298)]);
    run.requests = requests(301, &[("201", 298), ("429", 3)], 9.93);
    run.phases_ms.insert("push".to_owned(), 30_310);
    run.warnings = 11;
    run.guard.verdict = "not_judged".to_owned();
    run
}

/// Nothing to do.
pub(super) fn quiet_night() -> RunSummary {
    run(0, "complete", &[(OutcomeKind::Unchanged, 17_298)])
}

/// The plan looks like a broken export.
pub(super) fn held() -> RunSummary {
    let mut run = run(4, "held", &[(OutcomeKind::Unchanged, 1_204), (OutcomeKind::Held, 16_090)]);
    run.customers.missing = 4;
    run.guard = GuardSummary {
        verdict: "held".to_owned(),
        breaches: vec![
            "max_updates: 16090 of 17298 customers, allowed 30%".to_owned(),
            "max_field_changes (email): 16002 of 17298 customers, allowed 25%".to_owned(),
            "max_blanked (email): 16002 of 17298 customers, allowed 5%".to_owned(),
        ],
        likely: vec![
            "the DMS no longer fills the column, or fills another".to_owned(),
            "the export's user may not see the column any more, so it is blank or masked".to_owned(),
            "columns are shifted: one more, one less, two swapped, or a delimiter that is not quoted"
                .to_owned(),
        ],
    };
    run
}

/// Most went well; three kinds of leftovers.
pub(super) fn partial_failure() -> RunSummary {
    let customers = [
        (OutcomeKind::Unchanged, 16_588),
        (OutcomeKind::Created, 112),
        (OutcomeKind::Updated, 86),
        (OutcomeKind::Skipped, 2),
        (OutcomeKind::Rejected, 409),
        (OutcomeKind::Failed, 3),
        (OutcomeKind::InDoubt, 1),
    ];
    let mut run = run(3, "leftovers", &customers);
    run.customers.missing = 3;
    run.rows.total += 2;
    run.rows.rejected = 2;
    run.warnings = 1_207;
    run.requests = requests(318, &[("200", 298), ("422", 3), ("429", 14), ("timeout", 3)], 8.4);
    run.phases_ms.insert("push".to_owned(), 247_900);
    run.causes = vec![
        counted("name.missing", 405, 12),
        counted("name.missing;vin.required", 4, 0),
        counted("http.422", 3, 3),
        counted("row.no_key", 2, 0),
        counted("adopt.mismatch", 1, 0),
    ];
    run
}

/// A signal came.
pub(super) fn interrupted() -> RunSummary {
    let customers =
        [(OutcomeKind::Created, 120), (OutcomeKind::Failed, 1), (OutcomeKind::NotAttempted, 16_977)];
    let mut run = run(130, "interrupted", &customers);
    run.mode = "migrate".to_owned();
    run.requests = requests(125, &[("201", 120), ("500", 5)], 10.0);
    run.phases_ms.insert("push".to_owned(), 12_500);
    run.causes = vec![counted("http.500", 1, 1)];
    run
}

/// A dry run with differences.
pub(super) fn dry_run() -> RunSummary {
    let customers = [
        (OutcomeKind::Unchanged, 17_295),
        (OutcomeKind::Created, 1),
        (OutcomeKind::Updated, 1),
        (OutcomeKind::Rejected, 1),
    ];
    let mut run = run(3, "leftovers", &customers);
    run.mode = "diff".to_owned();
    run.rows.total += 1;
    run.rows.rejected = 1;
    run.causes = vec![counted("name.missing", 1, 0), counted("row.no_key", 1, 0)];
    run
}
