//! The identities that the remote hands out: the same seed and the same order of writes give the same ones.
//!
//! Like the real ones they are opaque text of 43 base64url characters, and every eighth begins with `-`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The first number handed out.
const FIRST: i64 = 1_000_001;

/// One counter for all departments, so that no two records share an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ids {
    next: i64,
}

impl Default for Ids {
    fn default() -> Self {
        Self { next: FIRST }
    }
}

impl Ids {
    /// A fresh number and its uuid.
    pub(crate) fn fresh(&mut self) -> (i64, String) {
        let id = self.next;
        self.next = self.next.saturating_add(1);
        (id, uuid(id))
    }

    /// Never hand out `id` or anything below it again.
    pub(crate) fn skip_to(&mut self, id: i64) {
        self.next = self.next.max(id.saturating_add(1));
    }

    /// The highest number that is gone.
    pub(crate) fn last(self) -> i64 {
        self.next.saturating_sub(1)
    }
}

fn uuid(id: i64) -> String {
    let hash = Sha256::digest(format!("sandbox uuid {id}"));
    let mut text = URL_SAFE_NO_PAD.encode(hash);
    if id % 8 == 0 {
        text.replace_range(..1, "-");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_repeat_and_look_like_the_real_ones() {
        let (mut one, mut two) = (Ids::default(), Ids::default());
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..64 {
            let (id, uuid) = one.fresh();
            assert_eq!((id, uuid.clone()), two.fresh());
            assert_eq!(uuid.len(), 43);
            assert!(uuid.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
            seen.insert(uuid);
        }
        assert_eq!(seen.len(), 64);
        assert!(seen.iter().filter(|uuid| uuid.starts_with('-')).count() >= 8);
    }

    #[test]
    fn skipped_numbers_never_come_back() {
        let mut ids = Ids::default();
        ids.skip_to(FIRST + 10);
        ids.skip_to(FIRST);
        assert_eq!(ids.fresh().0, FIRST + 11);
        assert_eq!(ids.last(), FIRST + 11);
    }
}
