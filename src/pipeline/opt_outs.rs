//! [`RefusedOptOut`]: what a row that cannot be read still says, where it says no.
//!
//! Only of a row whose cells are surely those of the header: one of them has bytes that are no text, a NUL, or the row
//! stands below the totals. A row that is cut off, too long, or broken by a quote makes no claim: its cells may be
//! anybody's. Whom it concerns, and what is done about it, is `build`'s business.

use std::borrow::Cow;

use csv::ByteRecord;

use super::intake::Source;
use crate::domain::{Channel, Claim, Consents, CustomerKey, Draft, Email, Phone, Position, Presence};
use crate::group::{Order, group};
use crate::normalize::Normalizer;
use crate::read::{Decoder, Malformed};

/// A no in a row that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedOptOut {
    /// Whose.
    pub key: CustomerKey,
    /// The first such row.
    pub at: Position,
    /// What it blocks; it never allows.
    pub blocks: Consents,
    /// The numbers and addresses that it names, by the channel that it blocks.
    pub contacts: Vec<(Channel, String)>,
}

/// The contacts that `draft` blocks and names: they are remembered whoever they belong to, though nothing else of a row
/// that is refused, older or left aside may count.
pub(super) fn blocked_in(draft: &Draft) -> Vec<(Channel, String)> {
    let blocked: Vec<_> = draft.consents.blocks().blocked().collect();
    let of = |channel: &Channel| -> Vec<String> {
        match channel {
            Channel::Call | Channel::Text => {
                draft.phones.values().filter_map(Claim::value).flatten().map(Phone::e164).collect()
            }
            Channel::Email => {
                draft.emails.values().filter_map(Claim::value).flatten().map(Email::folded).collect()
            }
        }
    };
    blocked.iter().flat_map(|channel| of(channel).into_iter().map(|contact| (*channel, contact))).collect()
}

/// The cell's text; blank where it is none.
fn readable(decoder: Decoder, cell: &[u8]) -> Cow<'_, str> {
    decoder.decode(cell).ok().filter(|text| !text.contains('\0')).unwrap_or_default()
}

impl RefusedOptOut {
    /// What `row` blocks; `None` where it blocks nothing, where its cells cannot be told apart, where its key cannot be
    /// read, and where it says that its customer is not to be synced at all.
    pub fn read(source: &Source, row: &ByteRecord, malformed: &Malformed) -> Option<Self> {
        if !malformed.is_cut() || row.len() != source.header().len() {
            return None;
        }
        let decoder = source.decoder();
        let at = source.at(malformed.at);
        // A cell that is not text says nothing; without its key the row is nobody's.
        let row = source.binding.source_row(row, at, &|cell| Ok(readable(decoder, cell))).ok()?;
        if matches!(row.presence, Presence::Deleted | Presence::Inactive) {
            return None;
        }
        let record = group(vec![row], Order::Last)?;
        let draft = Normalizer::new(&crate::domain::policy::Defaults::default()).draft(record);
        let blocks = draft.consents.blocks();
        let contacts = blocked_in(&draft);
        (blocks != Consents::default()).then_some(Self { key: draft.key, at: draft.at, blocks, contacts })
    }

    /// Adds what another row of the customer blocks.
    pub fn add(&mut self, other: &Self) {
        self.blocks = self.blocks.and(other.blocks);
        self.contacts.extend_from_slice(&other.contacts);
    }
}
