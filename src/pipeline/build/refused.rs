//! What refused rows still say: whom they block. `plan` says what becomes of it, `opt_outs` what a row that cannot be read
//! says.

use hashbrown::HashMap;

use super::{BuildError, Site, standing};
use crate::checkpoint::Known;
use crate::domain::{Channel, Consents, Position};
use crate::pipeline::opt_outs::RefusedOptOut;
use crate::plan::{Decision, KeyHash, opt_outs};

impl Site<'_> {
    /// Customers of whom there is nothing but refused rows.
    pub(super) fn hear_rest(&mut self) -> Result<(), BuildError> {
        let mut rest: Vec<_> = std::mem::take(&mut self.unheard).into_values().collect();
        rest.sort_by(|one, other| one.key.cmp(&other.key));
        for RefusedOptOut { key, at, blocks, contacts: _ } in rest {
            if !self.is_forgotten(key)? {
                let known = self.known(key)?;
                self.block(known, *blocks, at)?;
            }
        }
        Ok(())
    }

    /// A customer whose rows are refused: what they block reaches it all the same, where it is known.
    pub(super) fn block(
        &mut self,
        known: Option<Known>,
        said: Consents,
        at: &Position,
    ) -> Result<(), BuildError> {
        let Some(known) = known else { return Ok(()) };
        let (decision, marks) = opt_outs(said, standing(known), at.clone())?;
        self.built.tally.mark(&marks);
        if let Decision::Change(change) = decision {
            self.built.tally.change(&change);
            (self.plan)(&change)?;
        }
        Ok(())
    }
}

/// What refused rows name and block.
pub(super) fn contacts(refused: &HashMap<KeyHash, RefusedOptOut>) -> Vec<(Channel, String)> {
    let mut contacts: Vec<_> = refused.values().flat_map(|said| said.contacts.clone()).collect();
    contacts.sort();
    contacts
}
