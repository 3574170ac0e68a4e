//! The well-behaved remote: a call in, the model asked, an answer out.
//!
//! It translates and decides nothing: rules are `model/`'s and `contract.rs`'s, misbehaviour `handler.rs`'s.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::auth::forbidden;
use super::call::{Call, Payload};
use super::contract::{MatchRequest, SaveRequest, check_customer, check_vehicles};
use super::envelope::{
    Answer, CONTRACT, Code, INVALID_MAXRESULTS, INVALID_SEARCH_PREFERENCE, KEY_TAKEN, NAMELESS,
    NO_CUSTOMER_FOUND, NOT_STORED, OTHER_CUSTOMER, SEARCH_TERM_LIMIT,
};
use super::journal::JournalEntry;
use super::model::customer::Customer;
use super::model::matching::pick;
use super::model::save::Refusal;
use super::model::search::{Field, MOST_RESULTS, Search, TERM_LIMIT, run};
use super::model::views::{self, Vehicles};
use super::model::world::Saved;
use super::options::Strictness;
use super::routes::RouteName;
use super::site::Site;

/// Answers the call, and notes what it did. `lag` is how old a search's view is.
pub(crate) fn answer(site: &Site, call: &Call, lag: Duration, note: &mut JournalEntry) -> Answer {
    if !site.departments.grants(&call.route.department) {
        return forbidden();
    }
    if !matches!(call.payload, Payload::Nothing) && !call.json_body {
        note.body_valid = Some(false);
        return Answer::gateway(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported Media Type");
    }
    if let Some(stray) = stray_parameter(call) {
        return bad_request(format!("query parameter {stray} is not documented"));
    }
    match (&call.payload, call.route.name) {
        (Payload::Save(Err(problem)) | Payload::Match(Err(problem)), _) => {
            note.body_valid = Some(false);
            bad_request(problem.clone())
        }
        (Payload::Save(Ok(request)), _) => save(site, call, request, note),
        (Payload::Match(Ok(request)), _) => matching(site, call, request, note),
        (Payload::Nothing, RouteName::Read) => read(site, call),
        (Payload::Nothing, RouteName::Linked) => linked(site, call),
        (Payload::Nothing, RouteName::Profile) => profile(site, call),
        (Payload::Nothing, _) => search(site, call, lag),
    }
}

fn save(site: &Site, call: &Call, request: &SaveRequest, note: &mut JournalEntry) -> Answer {
    let route = &call.route;
    let now = site.clock.now();
    let outcome = match route.name {
        RouteName::Create => site.world().create(&route.department, request, now),
        _ => site.world().update(&route.department, &route.subject, request, now),
    };
    note.body_valid = Some(!matches!(outcome, Err(Refusal::Contract(_))));
    let Saved { customer, warnings } = match outcome {
        Ok(saved) => saved,
        Err(refusal) => return refused(refusal),
    };
    note.warnings = warnings.iter().map(|warning| warning.0).collect();
    let Some((id, uuid)) = customer else { return Answer::found(Value::Null, &warnings) };
    note.applied = true;
    note.customer_uuid = Some(uuid.clone());
    Answer::found(json!({ "customerUuid": uuid, "customerId": id.to_string() }), &warnings)
}

fn refused(refusal: Refusal) -> Answer {
    let bad = |code, message: &str| Answer::refused(StatusCode::BAD_REQUEST, code, &[message.to_owned()]);
    match refusal {
        Refusal::Contract(problems) => Answer::refused(StatusCode::BAD_REQUEST, CONTRACT, &problems),
        Refusal::KeyTaken => bad(KEY_TAKEN, "another customer of the department has this customerKey"),
        Refusal::Nameless => bad(NAMELESS, "firstName and lastName are required, or isBusiness with company"),
        Refusal::OtherCustomer => bad(OTHER_CUSTOMER, "customerUuid is not the one of the path"),
        Refusal::NotStored(error) => Answer::refused(StatusCode::INTERNAL_SERVER_ERROR, NOT_STORED, &[error]),
    }
}

fn matching(site: &Site, call: &Call, request: &MatchRequest, note: &mut JournalEntry) -> Answer {
    let mut problems = check_customer(&request.customer, None, Strictness::Contract);
    problems.extend(check_vehicles(request.vehicles.as_deref(), None, Strictness::Contract));
    note.body_valid = Some(problems.is_empty());
    if !problems.is_empty() {
        return refused(Refusal::Contract(problems));
    }
    let world = site.world();
    let found =
        pick(world.department(&call.route.department), &request.customer, request.vehicles.as_deref());
    shown(found, Vehicles::Shown)
}

fn read(site: &Site, call: &Call) -> Answer {
    let vehicles = match call.parameter("excludeVehicles") {
        None | Some("false") => Vehicles::Shown,
        Some("true") => Vehicles::Left,
        Some(_) => return bad_request("excludeVehicles is not a boolean".to_owned()),
    };
    let world = site.world();
    shown(world.department(&call.route.department).by_uuid(&call.route.subject), vehicles)
}

/// Of the entities only `customer` is known here, and its id is the customer's number.
fn linked(site: &Site, call: &Call) -> Answer {
    let Ok(id) = call.route.subject.parse::<i64>() else {
        return bad_request("entityId is not an int64".to_owned());
    };
    let world = site.world();
    let customer =
        (call.route.entity == "customer").then(|| world.department(&call.route.department).by_id(id));
    shown(customer.flatten(), Vehicles::Shown)
}

fn profile(site: &Site, call: &Call) -> Answer {
    let world = site.world();
    match world.department(&call.route.department).by_uuid(&call.route.subject) {
        Some(customer) => {
            let profile = views::profile(&call.route.department, customer);
            Answer::found(json!({ "customerProfileDataRequestDTO": profile }), &[])
        }
        None => Answer::found(Value::Null, &[NO_CUSTOMER_FOUND]),
    }
}

fn search(site: &Site, call: &Call, lag: Duration) -> Answer {
    let search = match searched(call) {
        Ok(Ok(search)) => search,
        Ok(Err(warning)) => {
            return Answer::found(json!({ "matchingCount": 0, "matchingCustomers": [] }), &[warning]);
        }
        Err(problem) => return bad_request(problem),
    };
    let world = site.world();
    let (count, found) = run(world.department(&call.route.department), &search, site.clock.now(), lag);
    let items: Vec<Value> = match call.route.name {
        RouteName::ListMinimal => found.into_iter().map(views::minimal).collect(),
        _ => found.into_iter().map(|customer| views::full(customer, Vehicles::Shown)).collect(),
    };
    Answer::found(json!({ "matchingCount": count, "matchingCustomers": items }), &[])
}

/// What to search for; a warning for what the real one documents as such, a refusal for the rest.
fn searched(call: &Call) -> Result<Result<Search, Code>, String> {
    let term = call.parameter("searchTerm").ok_or("searchTerm is required")?;
    let mut fields = Field::ALL.to_vec();
    match call.parameter("searchPreference") {
        None => {}
        Some("customer") => fields.retain(|field| *field != Field::Vin),
        Some("vehicle") => fields = vec![Field::Vin],
        Some(_) => return Ok(Err(INVALID_SEARCH_PREFERENCE)),
    }
    if let Some(names) = call.parameter("fieldsToBeSearched").filter(|names| !names.is_empty()) {
        let named = names.split(',').map(|name| Field::named(name.trim())).collect::<Option<Vec<Field>>>();
        fields = named.ok_or("fieldsToBeSearched names an unknown field")?;
    }
    let most = match call.parameter("maxResults").map(str::parse::<usize>) {
        None => MOST_RESULTS,
        Some(Ok(most)) if (1..=MOST_RESULTS).contains(&most) => most,
        Some(_) => return Ok(Err(INVALID_MAXRESULTS)),
    };
    if term.chars().count() > TERM_LIMIT {
        return Ok(Err(SEARCH_TERM_LIMIT));
    }
    Ok(Ok(Search { term: term.to_owned(), fields, most }))
}

fn shown(customer: Option<&Customer>, vehicles: Vehicles) -> Answer {
    match customer {
        Some(customer) => {
            Answer::found(json!({ "customerWithVehicles": views::full(customer, vehicles) }), &[])
        }
        None => Answer::found(Value::Null, &[NO_CUSTOMER_FOUND]),
    }
}

/// A query parameter that the operation does not document.
fn stray_parameter(call: &Call) -> Option<&str> {
    let legal: &[&str] = match call.route.name {
        RouteName::Read => &["excludeVehicles"],
        RouteName::Search => &["searchTerm", "searchPreference", "maxResults"],
        RouteName::ListMinimal => &["searchTerm", "fieldsToBeSearched", "maxResults"],
        _ => &[],
    };
    call.query.iter().map(|(name, _)| name.as_str()).find(|name| !legal.contains(name))
}

fn bad_request(problem: String) -> Answer {
    Answer::refused(StatusCode::BAD_REQUEST, CONTRACT, &[problem])
}
