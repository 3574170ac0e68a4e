//! What is still to be said of a customer once it is known what became of its doubt: the debt, over base as it is by then.
//!
//! What is known of the doubt, `settle` finds out; what must be on disk before anything is asked, `opt_out` says.

use super::journal::{Intention, Tonight, Unsettled};
use super::settle::{Resolution, Resolved};
use super::since::{blocked_since, said_since};
use crate::domain::policy::ExportKind;
use crate::domain::{Action, Change, Consents, Customer, CustomerUuid, Position, Recency, Scope};

impl Resolved {
    /// Whose record it is by now and base, where that is known.
    fn standing(&self) -> Option<(&CustomerUuid, &Customer)> {
        match (&self.resolution, &self.unsettled.known) {
            (Resolution::Applied { uuid, base, .. }, _) => Some((uuid, base)),
            (_, known) => known.as_ref().map(|(uuid, base)| (uuid, base)),
        }
    }

    /// What is open still: the debt, which says all that was ever said, before a doubt that was not applied.
    pub(super) fn open(&self) -> impl Iterator<Item = &Intention> {
        let Unsettled { doubt, debt, .. } = &self.unsettled;
        let is_done = matches!(self.resolution, Resolution::Applied { .. });
        debt.iter().chain(doubt.iter().filter(move |_| !is_done))
    }

    /// What is still to be said, and `more` that tonight's rows block. Of a delta that is everything; a full export
    /// repeats what it has to say, but for what it blocks. `None` where nothing is known of whom it concerns.
    pub(super) fn rest(&self, more: Consents, export: ExportKind) -> Option<Change> {
        let is_whole = |open: &&Intention| open.scope == Scope::Whole && export == ExportKind::Delta;
        let whole = self.open().next().filter(is_whole);
        whole.map_or_else(|| self.blocks(more), |whole| self.whole(whole, more))
    }

    /// The same of a customer whose rows are `tonight`; `None` where that is known already.
    pub(super) fn left(&self, export: ExportKind) -> Option<Change> {
        let rest = match self.unsettled.tonight {
            Tonight::Skipped => self.blocks(Consents::default()),
            Tonight::Open | Tonight::Refused => self.rest(Consents::default(), export),
        };
        rest.filter(|change| change.base() != Some(&change.next_base))
    }

    /// What stays owed where `change`, which was laid over it and says more, is refused: that was not refused so far.
    /// What `change` blocks is in it.
    pub(super) fn without(&self, change: &Change, export: ExportKind) -> Option<Intention> {
        if matches!(self.resolution, Resolution::Adoptable { .. } | Resolution::Unresolved(_)) {
            return None;
        }
        let before = self.left(export).filter(|left| left.scope == Scope::Whole)?;
        if before.canonical == change.canonical {
            return None;
        }
        let consents = change.base().map(|base| base.consents);
        let rest = self.rest(blocked_since(consents, change.next_base.consents), export)?;
        Some(Intention::owing(&rest))
    }

    fn whole(&self, open: &Intention, more: Consents) -> Option<Change> {
        let next_base = Customer { consents: open.next_base.consents.and(more), ..open.next_base.clone() };
        let standing = self.standing();
        let ours = said_since(standing.map(|(_, base)| base), &next_base);
        let action = standing.map_or(Action::Create, updating);
        let change = again(action, Scope::Whole, ours, next_base)?;
        Some(Change { source: open.source, recency: open.recency, ..change })
    }

    fn blocks(&self, more: Consents) -> Option<Change> {
        let (uuid, base) = self.standing()?;
        let blocks = self.blocked(Some(base)).and(more);
        let ours = Customer { consents: blocks, ..Customer::named(base.key.clone(), base.name.clone()) };
        let next_base = Customer { consents: base.consents.and(blocks), ..base.clone() };
        again(updating((uuid, base)), Scope::OptOuts, ours, next_base)
    }

    /// What of all that is open blocks what `base` does not.
    pub(super) fn blocked(&self, base: Option<&Customer>) -> Consents {
        let base = base.map(|base| base.consents);
        let blocked = self.open().map(|open| blocked_since(base, open.next_base.consents));
        blocked.fold(Consents::default(), Consents::and)
    }
}

fn updating((uuid, base): (&CustomerUuid, &Customer)) -> Action {
    Action::Update { uuid: uuid.clone(), base: Box::new(base.clone()) }
}

/// A change that an earlier run was about to make.
fn again(action: Action, scope: Scope, ours: Customer, next_base: Customer) -> Option<Change> {
    let defect = |error| {
        tracing::error!(%error, "a customer cannot be stored; this is a defect: please report it");
    };
    let canonical = next_base.canonical().map_err(defect).ok()?;
    Some(Change {
        action,
        scope,
        ours,
        next_base,
        fields: Vec::new(),
        at: Position { file: "an earlier run's export".into(), line: 0, record: 0 },
        source: None,
        canonical,
        recency: Recency::default(),
        warnings: Vec::new(),
    })
}
