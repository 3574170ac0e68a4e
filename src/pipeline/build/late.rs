//! Customers of whom some rows, or all, are older than what is known: `older` says which, and what they come to.

use super::{BuildError, Site};
use crate::checkpoint::Known;
use crate::domain::{CustomerKey, Recency, SourceRecord};
use crate::pipeline::aside::Aside;
use crate::pipeline::older::{Beneath, Latest};
use crate::plan::decide::Built;
use crate::plan::{KeyHash, Reach, Work};

impl Site<'_> {
    /// All rows of one customer are older than what is known of it.
    pub(super) fn only_older(
        &mut self,
        hash: KeyHash,
        record: SourceRecord,
        recency: Recency,
        work: Work,
    ) -> Result<(), BuildError> {
        let (key, at) = (record.key.clone(), record.at.clone());
        let refused = self.unheard.remove(&hash);
        if self.is_forgotten(&key)? {
            self.built.settled.push(Aside::Forgotten.settlement(key, at));
            return Ok(());
        }
        let known = self.known(&key)?;
        let Some((mut beneath, latest)) = self.beneath(&key, Some(record), known.as_ref())? else {
            return Ok(());
        };
        beneath.blocks = beneath.blocks.and(refused.map(|said| said.blocks).unwrap_or_default());
        if beneath.is_nothing(&latest) && beneath.warning.is_some() {
            self.built.settled.push(Aside::Older.settlement(key, at));
            return Ok(());
        }
        let built = Built {
            source: self.builder.keeps_source(self.partial, hash).then_some(work.source),
            at,
            recency,
            warnings: beneath.warning.clone().into_iter().collect(),
            reach: Reach::Delta,
            customer: beneath.alone(latest, self.builder.policies),
        };
        self.decide(key, built, known)
    }

    /// What older rows come to, and beside what.
    pub(super) fn beneath(
        &self,
        key: &CustomerKey,
        older: Option<SourceRecord>,
        known: Option<&Known>,
    ) -> Result<Option<(Beneath, Latest)>, BuildError> {
        let Some(older) = older else { return Ok(None) };
        let Some(latest) = Latest::of(self.builder.checkpoint, key, known)? else { return Ok(None) };
        let draft = self.normalizer.draft(older);
        Ok(Some((Beneath::of(draft, &latest.customer, self.builder.policies)?, latest)))
    }
}
