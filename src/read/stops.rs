//! [`Stops`]: finds a few bytes among many, eight at a time.
//!
//! Cells are short, so that a search that begins anew at each of them spends its time on starting and stopping. This
//! one looks at a whole block first and answers with one bit per byte.

/// Bytes per block.
pub(super) const BLOCK: usize = 64;

const WORD: usize = 8;
const LOW_BITS: u64 = 0x7F7F_7F7F_7F7F_7F7F;

/// Four bytes to find, each repeated in every byte of its word.
pub(super) struct Stops([u64; 4]);

impl Stops {
    pub(super) fn new(bytes: [u8; 4]) -> Self {
        Self(bytes.map(|byte| u64::from_le_bytes([byte; WORD])))
    }

    /// Bit *n* is set where byte *n* of `block`, which has [`BLOCK`] bytes at most, is one of them.
    pub(super) fn in_block(&self, block: &[u8]) -> u64 {
        let mut whole = [0; BLOCK];
        let length = block.len().min(BLOCK);
        let block = if let Some(block) = block.first_chunk() {
            block
        } else {
            whole[..length].copy_from_slice(block);
            &whole
        };
        let words = block.chunks_exact(WORD).zip((0..).step_by(WORD));
        let found = words.fold(0, |found, (word, at)| found | self.in_word(word) << at);
        // Zeros behind a short block might be what is looked for.
        if length == BLOCK { found } else { found & ((1 << length) - 1) }
    }

    /// The same for eight bytes.
    fn in_word(&self, word: &[u8]) -> u64 {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        let found = self.0.iter().fold(0, |found, stop| found | zero_bytes(word ^ stop));
        // One bit per byte, at its top: gathered into the top byte, first byte lowest.
        (found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    }
}

/// The top bit of every byte that is zero. No carry leaves a byte, so that the answer is exact.
fn zero_bytes(word: u64) -> u64 {
    !(((word & LOW_BITS) + LOW_BITS) | word | LOW_BITS)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_plain_search_finds(
            block in prop::collection::vec(prop_oneof![Just(b','), Just(0), Just(0x80), any::<u8>()], 0..=BLOCK),
            delimiter in prop_oneof![Just(b','), Just(0), any::<u8>()],
        ) {
            let stops = [delimiter, b'"', b'\n', b'\r'];
            let plain = block.iter().zip(0..).fold(0, |found, (b, n)| found | u64::from(stops.contains(b)) << n);
            prop_assert_eq!(Stops::new(stops).in_block(&block), plain);
        }
    }
}
