//! `lookup`: the read operations of the API, as JSON. Values go to standard output, never to the log.

use serde::Serialize;

use super::args::{Common, Lookup, Prefer};
use super::{Failed, setup};
use crate::api::wire::{MatchRequest, MinimalField, MinimalQuery, SearchPreference, SearchQuery};
use crate::api::{CallResult, Client, Failure, Vehicles};
use crate::checkpoint::Checkpoint;
use crate::config::{Department, Settings};
use crate::domain::policy::{AbsentVehicle, ExportKind};
use crate::domain::{Channel, CustomerKey};
use crate::pipeline::Exit;
use crate::pipeline::connect::Connection;
use crate::push::OptOuts;
use crate::push::merge::{Ours, Rules, fresh};

const FIELDS: [MinimalField; 6] = [
    MinimalField::FirstName,
    MinimalField::LastName,
    MinimalField::Company,
    MinimalField::CustomerKey,
    MinimalField::Communication,
    MinimalField::Vin,
];

pub(super) fn run(common: &Common, lookup: &Lookup) -> Result<Exit, Failed> {
    let settings = setup::settings(common, None)?;
    let [department] = settings.departments.as_slice() else {
        let text = "which department? name one with --department";
        return Err(Failed::usage(anyhow::anyhow!(text)));
    };
    setup::telemetry(common)?;
    let question = Question::of(lookup, &settings, department)?;
    let (runtime, env) = (setup::runtime()?, setup::env()?);
    runtime.block_on(async {
        let connection = Connection::open(&settings, &env).await.map_err(Failed::usage)?;
        let answer = question.ask(&connection.client, department.token.expose()).await;
        connection.close().await;
        setup::print(&format!("{}\n", answer?))?;
        Ok(Exit::Complete)
    })
}

/// What to ask, checked before anything is connected.
enum Question<'a> {
    Customer(&'a str, Vehicles),
    Search(SearchQuery),
    Minimal(MinimalQuery),
    Match(Box<MatchRequest>),
    Linked(&'a str, i64),
    Profile(&'a str),
}

impl<'a> Question<'a> {
    fn of(lookup: &'a Lookup, settings: &Settings, department: &Department) -> Result<Self, Failed> {
        Ok(match lookup {
            Lookup::Customer { uuid, exclude_vehicles } => {
                Self::Customer(uuid, if *exclude_vehicles { Vehicles::Exclude } else { Vehicles::Include })
            }
            Lookup::Search { term, fields, prefer, max_results } if fields.is_empty() => {
                let preference = prefer.map(|prefer| match prefer {
                    Prefer::Customer => SearchPreference::Customer,
                    Prefer::Vehicle => SearchPreference::Vehicle,
                });
                Self::Search(SearchQuery { term: term.clone(), preference, max_results: *max_results })
            }
            Lookup::Search { term, fields, max_results, .. } => {
                let fields = fields.iter().map(|name| field(name)).collect::<Result<_, _>>()?;
                Self::Minimal(MinimalQuery { term: term.clone(), fields, max_results: *max_results })
            }
            Lookup::Match { key } => Self::Match(Box::new(match_request(key, settings, department)?)),
            Lookup::Linked { entity, id } => Self::Linked(entity, *id),
            Lookup::Profile { token } => Self::Profile(token),
        })
    }

    async fn ask(&self, client: &Client, department: &str) -> Result<String, Failed> {
        match self {
            Self::Customer(uuid, vehicles) => json(client.read(department, uuid, *vehicles).await),
            Self::Search(query) => json(client.search(department, query).await),
            Self::Minimal(query) => json(client.search_minimal(department, query).await),
            Self::Match(request) => json(client.matching(department, request).await),
            Self::Linked(entity, id) => json(client.linked(department, entity, *id).await),
            Self::Profile(token) => json(client.profile(department, token).await),
        }
    }
}

fn field(name: &str) -> Result<MinimalField, Failed> {
    FIELDS.into_iter().find(|field| field.as_str() == name).ok_or_else(|| {
        let known = FIELDS.map(MinimalField::as_str).join(", ");
        Failed::usage(anyhow::anyhow!("--fields: there is no `{name}`; there are: {known}"))
    })
}

/// The customer as the checkpoint knows it, as a request to match.
fn match_request(key: &str, settings: &Settings, department: &Department) -> Result<MatchRequest, Failed> {
    let unknown = || anyhow::anyhow!("the checkpoint of {} does not know customer {key:?}", department.name);
    let key = CustomerKey::in_use(key).ok_or_else(|| Failed::usage(unknown()))?;
    let found = Checkpoint::open_existing_read_only(&settings.checkpoint.dir, &department.name);
    let checkpoint = found.map_err(Failed::unexpected)?.ok_or_else(|| Failed::usage(unknown()))?;
    let known =
        checkpoint.known(&key).map_err(Failed::unexpected)?.ok_or_else(|| Failed::usage(unknown()))?;
    let policies = department.policies(ExportKind::default(), AbsentVehicle::default());
    let rules = Rules { policies: &policies, opt_outs: &NoOptOuts };
    let (payload, _) = fresh(Ours::again(&known.base), rules).map_err(Failed::unexpected)?;
    Ok(MatchRequest {
        customer: payload.customer,
        vehicles: Some(payload.vehicles).filter(|vehicles| !vehicles.is_empty()),
        validate_vin: None,
    })
}

/// Matching asks who somebody is; flags play no part in it.
struct NoOptOuts;

impl OptOuts for NoOptOuts {
    fn contains(&self, _channel: Channel, _contact: &str) -> bool {
        false
    }
}

fn json<T: Serialize>(answer: CallResult<T>) -> Result<String, Failed> {
    match answer {
        Ok(reply) => {
            for warning in &reply.warnings {
                // Its title may quote what was asked.
                tracing::warn!(code = warning.code, "myKaarma warns");
            }
            serde_json::to_string_pretty(&reply.body).map_err(Failed::unexpected)
        }
        Err(error) => {
            let exit = match error.failure {
                Failure::Unauthorized | Failure::Forbidden | Failure::WrongHost { .. } => Exit::Stopped,
                _ => Exit::Unexpected,
            };
            let code = error.failure.code();
            Err(Failed { exit, error: anyhow::Error::new(error).context(code) })
        }
    }
}
