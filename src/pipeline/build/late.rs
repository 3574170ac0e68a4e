//! Customers of whom some rows, or all, are older than what is known: `older` says which, and what they come to.

use super::{BuildError, Site};
use crate::checkpoint::Known;
use crate::domain::{CustomerKey, Draft, Recency, SourceRecord};
use crate::pipeline::aside::Aside;
use crate::pipeline::older::{Beneath, Latest};
use crate::pipeline::opt_outs::blocked_in;
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
        let draft = self.normalizer.draft(record);
        self.built.opt_outs.extend(blocked_in(&draft));
        if self.is_another(hash, &draft, known.as_ref()) {
            self.refuse_another(key, at);
            return Ok(());
        }
        let Some((mut beneath, latest)) = self.beneath(&key, Some(draft), known.as_ref())? else {
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
            customer: beneath.alone(),
        };
        self.decide(key, hash, built, known)
    }

    /// What older rows come to, and beside what.
    pub(super) fn beneath(
        &self,
        key: &CustomerKey,
        older: Option<Draft>,
        known: Option<&Known>,
    ) -> Result<Option<(Beneath, Latest)>, BuildError> {
        let Some(older) = older else { return Ok(None) };
        let Some(latest) = Latest::of(self.builder.checkpoint, key, known)? else { return Ok(None) };
        Ok(Some((Beneath::of(older, &latest.customer, self.builder.policies)?, latest)))
    }
}
