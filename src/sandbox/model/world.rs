//! All departments, and the writes that change them: decide, log, then apply.
//!
//! No sockets and no clock here: time is an argument, so that every rule can be tested as a function call.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::sandbox::contract::{SaveRequest, check_customer, check_vehicles};
use crate::sandbox::envelope::Code;
use crate::sandbox::error::SandboxError;
use crate::sandbox::options::Strictness;
use crate::sandbox::store::{FORMAT, Line, Recovery, Store};

use super::customer::Customer;
use super::department::Department;
use super::ids::Ids;
use super::save::{self, Draft, Refusal};

/// The whole state of the remote.
pub(crate) struct World {
    departments: BTreeMap<String, Department>,
    empty: Department,
    ids: Ids,
    log: Log,
    strictness: Strictness,
}

/// Where writes are noted before they count.
enum Log {
    Nowhere,
    File(Store),
    /// The sandbox is down: nothing more is written.
    Closed,
}

/// What a write answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Saved {
    /// Number and uuid of the customer written; `None` where there was none to write.
    pub(crate) customer: Option<(i64, String)>,
    pub(crate) warnings: Vec<Code>,
}

impl World {
    /// An empty world that lives in memory.
    pub(crate) fn new(strictness: Strictness) -> Self {
        Self {
            departments: BTreeMap::new(),
            empty: Department::default(),
            ids: Ids::default(),
            log: Log::Nowhere,
            strictness,
        }
    }

    /// The world that the state file holds; from now on every write goes there first.
    pub(crate) fn open(path: &Path, strictness: Strictness) -> Result<(Self, Recovery), SandboxError> {
        let mut world = Self::new(strictness);
        let recovery = Store::replay(path, |line| world.replay(line))?;
        world.log = Log::File(Store::compact(path, world.lines())?);
        Ok((world, recovery))
    }

    /// Lets go of the state file; later writes are refused.
    pub(crate) fn close(&mut self) {
        self.log = Log::Closed;
    }

    /// The department, empty where nothing was ever written.
    pub(crate) fn department(&self, name: &str) -> &Department {
        self.departments.get(name).unwrap_or(&self.empty)
    }

    /// All departments by name.
    pub(crate) fn departments(&self) -> impl Iterator<Item = (&String, &Department)> {
        self.departments.iter()
    }

    /// Creates a customer, or says why not.
    pub(crate) fn create(
        &mut self,
        name: &str,
        request: &SaveRequest,
        now: Duration,
    ) -> Result<Saved, Refusal> {
        let mut ids = self.ids;
        let draft = save::create(self.department(name), request, &mut ids, self.strictness)?;
        self.settle(name, draft, ids, now)
    }

    /// Updates a customer, or says why not.
    pub(crate) fn update(
        &mut self,
        name: &str,
        uuid: &str,
        request: &SaveRequest,
        now: Duration,
    ) -> Result<Saved, Refusal> {
        let mut ids = self.ids;
        let draft = save::update(self.department(name), uuid, request, &mut ids, self.strictness)?;
        self.settle(name, draft, ids, now)
    }

    /// Whether the contract allows the body, without doing anything about it.
    pub(crate) fn allows(&self, name: &str, uuid: &str, request: &SaveRequest) -> bool {
        let stored = self.department(name).by_uuid(uuid);
        check_customer(&request.customer, stored, self.strictness).is_empty()
            && check_vehicles(request.vehicles.as_deref(), stored, self.strictness).is_empty()
    }

    /// Puts a customer there as if it had always been, also under a key that another has; blank identities are filled
    /// in. Answers its uuid.
    pub(crate) fn seed(&mut self, name: &str, mut customer: Customer) -> Result<String, SandboxError> {
        let mut ids = self.ids;
        let (id, uuid) = ids.fresh();
        fill(&mut customer.id, id);
        fill(&mut customer.customer_uuid, uuid);
        for vehicle in &mut customer.vehicles {
            let (id, uuid) = ids.fresh();
            fill(&mut vehicle.id, id);
            fill(&mut vehicle.vehicle_uuid, uuid);
        }
        for address in &mut customer.addresses {
            address.uuid.get_or_insert_with(|| ids.fresh().1);
        }
        ids.skip_to(customer.id);
        let uuid = customer.customer_uuid.clone();
        if self.department(name).by_uuid(&uuid).is_some_and(|holder| holder.id != customer.id) {
            return Err(SandboxError::Taken(uuid));
        }
        self.commit(name, customer, ids, None).map_err(not_stored)?;
        Ok(uuid)
    }

    /// Changes a customer as an advisor does in the remote's own screens: no contract, but nobody takes another's key.
    pub(crate) fn edit(
        &mut self,
        name: &str,
        uuid: &str,
        change: impl FnOnce(&mut Customer),
        now: Duration,
    ) -> Result<(), SandboxError> {
        let stored = self.department(name).by_uuid(uuid);
        let stored = stored.ok_or_else(|| SandboxError::NoCustomer(uuid.to_owned()))?;
        let mut customer = stored.clone();
        change(&mut customer);
        customer.id = stored.id;
        uuid.clone_into(&mut customer.customer_uuid);
        if self.department(name).would_share_key(stored, customer.customer_key.as_deref()) {
            return Err(SandboxError::Taken(uuid.to_owned()));
        }
        let ids = self.ids;
        self.commit(name, customer, ids, Some(now)).map_err(not_stored)
    }

    /// Takes a customer away, as a merge at the remote does.
    pub(crate) fn remove(&mut self, name: &str, uuid: &str, now: Duration) -> Result<(), SandboxError> {
        let gone = || SandboxError::NoCustomer(uuid.to_owned());
        let id = self.department(name).by_uuid(uuid).ok_or_else(gone)?.id;
        self.log(&Line::Gone { department: name.to_owned(), id }).map_err(not_stored)?;
        if let Some(department) = self.departments.get_mut(name) {
            department.remove(id, Some(now));
        }
        Ok(())
    }

    fn settle(&mut self, name: &str, draft: Draft, ids: Ids, now: Duration) -> Result<Saved, Refusal> {
        let Draft { customer, warnings } = draft;
        let Some(customer) = customer else { return Ok(Saved { customer: None, warnings }) };
        let identity = (customer.id, customer.customer_uuid.clone());
        self.commit(name, customer, ids, Some(now))?;
        Ok(Saved { customer: Some(identity), warnings })
    }

    fn commit(
        &mut self,
        name: &str,
        customer: Customer,
        ids: Ids,
        written: Option<Duration>,
    ) -> Result<(), Refusal> {
        let line = Line::Put { department: name.to_owned(), last: ids.last(), customer: Box::new(customer) };
        self.log(&line)?;
        self.ids = ids;
        if let Line::Put { department, customer, .. } = line {
            self.departments.entry(department).or_default().put(*customer, written);
        }
        Ok(())
    }

    fn log(&mut self, line: &Line) -> Result<(), Refusal> {
        match &mut self.log {
            Log::Nowhere => Ok(()),
            Log::File(store) => store.append(line).map_err(|error| Refusal::NotStored(error.to_string())),
            Log::Closed => Err(Refusal::NotStored("the sandbox is stopped".to_owned())),
        }
    }

    /// Applies a line of the log; false where it makes no sense.
    fn replay(&mut self, line: Line) -> bool {
        match line {
            Line::Start { format, last } => {
                self.ids.skip_to(last);
                return format == FORMAT;
            }
            Line::Put { department, last, customer } => {
                self.ids.skip_to(last.max(customer.id));
                self.departments.entry(department).or_default().put(*customer, None);
            }
            Line::Gone { department, id } => self.departments.entry(department).or_default().remove(id, None),
        }
        true
    }

    fn lines(&self) -> impl Iterator<Item = Line> {
        let last = self.ids.last();
        let records = self.departments.iter().flat_map(move |(name, department)| {
            department.customers().map(move |customer| Line::Put {
                department: name.clone(),
                last,
                customer: Box::new(customer.clone()),
            })
        });
        std::iter::once(Line::Start { format: FORMAT, last }).chain(records)
    }
}

/// Outside of requests only the file can refuse a write.
fn not_stored(refusal: Refusal) -> SandboxError {
    SandboxError::NotStored(match refusal {
        Refusal::NotStored(error) => error,
        other => format!("{other:?}"),
    })
}

/// Sets what is still blank.
fn fill<T: Default + PartialEq>(slot: &mut T, value: T) {
    if *slot == T::default() {
        *slot = value;
    }
}
