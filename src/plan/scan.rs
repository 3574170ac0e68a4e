//! Pass 1: which customers' rows differ from what was last pushed, without decoding a single cell.
//!
//! One entry of 40 bytes per customer, no allocation per row. Keys are held as 128-bit hashes: two of five
//! million keys collide with a probability below 10^-25.

use hashbrown::HashMap;
use xxhash_rust::xxh3::xxh3_128;

use crate::domain::Fingerprint;

/// What a customer's rows fold into, by whether their order matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOrder {
    /// Every row has a date that decides: any order of a file's rows is the same. Between rows of one date the later
    /// file decides, so that the order of the files counts.
    Free,
    /// The last row wins: another order of rows is another customer.
    Matters,
}

/// A customer key, hashed. Two 64-bit halves, so that an entry needs no padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyHash([u64; 2]);

impl KeyHash {
    /// The hash of a key's bytes, trimmed as the key is.
    pub fn of(key: &[u8]) -> Self {
        let bits = xxh3_128(key);
        #[allow(clippy::cast_possible_truncation, reason = "the two halves of 128 bits")]
        Self([bits as u64, (bits >> 64) as u64])
    }
}

impl std::hash::Hash for KeyHash {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        state.write_u64(self.0[0]);
    }
}

/// Hands a hash through: the keys of the map are hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity(u64);

impl std::hash::Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Only `write_u64` is used by `KeyHash`; anything else is folded in so that the trait holds.
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

type ByIdentity = std::hash::BuildHasherDefault<Identity>;

/// What pass 1 knows of one customer.
#[derive(Debug, Clone, Copy)]
struct Seen {
    fold: [u64; 2],
    rows: u32,
    /// The file of the last row, by its place in the export.
    file: u16,
    standing: Compared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compared {
    New,
    Changed,
    Unchanged,
}

/// Pass 1 under way: rows in, then the checkpoint beside them.
#[derive(Debug)]
pub struct Scan {
    order: RowOrder,
    epoch: Fingerprint,
    /// The file that is read, by its place in the export.
    file: u16,
    seen: HashMap<KeyHash, Seen, ByIdentity>,
    missing: u64,
    known: u64,
    unchanged: u64,
}

impl Scan {
    /// A scan under `epoch`: the fingerprint of everything beside the rows that shapes a customer (profile,
    /// normalizer version, settings), so that a change of any of them re-examines everyone.
    pub fn new(order: RowOrder, epoch: Fingerprint) -> Self {
        Self { order, epoch, file: 0, seen: HashMap::default(), missing: 0, known: 0, unchanged: 0 }
    }

    /// From here on, rows are of the next file.
    pub fn next_file(&mut self) {
        self.file = self.file.saturating_add(1);
    }

    /// Takes note of one row.
    pub fn row(&mut self, key: KeyHash, row: Fingerprint) {
        let (epoch, file) = (self.epoch, self.file);
        let seen = self.seen.entry(key).or_insert_with(|| Seen {
            fold: halves(epoch),
            rows: 0,
            file,
            standing: Compared::New,
        });
        let fold = whole(seen.fold);
        seen.fold = halves(match self.order {
            RowOrder::Free if seen.file == file => fold.plus(row),
            // The rows of a file in any order, then those of the next.
            RowOrder::Free => fold.then(epoch).plus(row),
            RowOrder::Matters => fold.then(row),
        });
        seen.file = file;
        seen.rows = seen.rows.saturating_add(1);
    }

    /// Takes note of one customer of the checkpoint. `source` is what its rows folded into when it was last
    /// safely pushed; `None` re-examines it.
    pub fn known(&mut self, key: &[u8], source: Option<Fingerprint>) {
        self.known += 1;
        match self.seen.get_mut(&KeyHash::of(key)) {
            None => self.missing += 1,
            Some(seen) if source == Some(whole(seen.fold)) => {
                seen.standing = Compared::Unchanged;
                self.unchanged += 1;
            }
            Some(seen) => seen.standing = Compared::Changed,
        }
    }

    /// Has the customer looked at although its rows are what was last pushed: beside them stands one that is not
    /// counted here.
    pub fn reexamine(&mut self, key: KeyHash) {
        if let Some(seen) = self.seen.get_mut(&key)
            && seen.standing == Compared::Unchanged
        {
            seen.standing = Compared::Changed;
            self.unchanged -= 1;
        }
    }

    /// Customers of the export.
    pub fn customers(&self) -> u64 {
        self.seen.len() as u64
    }

    /// Customers whose rows are what was last pushed.
    pub fn unchanged(&self) -> u64 {
        self.unchanged
    }

    /// Customers of the checkpoint.
    pub fn known_customers(&self) -> u64 {
        self.known
    }

    /// Customers of the checkpoint that the export does not have.
    pub fn missing(&self) -> u64 {
        self.missing
    }

    /// Whether the export has no sound row of this key.
    pub fn lacks(&self, key: &[u8]) -> bool {
        !self.seen.contains_key(&KeyHash::of(key))
    }

    /// What pass 2 has to do for the customer with this key; `None` where there is nothing to do.
    pub fn work(&self, key: KeyHash) -> Option<Work> {
        let seen = self.seen.get(&key)?;
        (seen.standing != Compared::Unchanged).then(|| Work { rows: seen.rows, source: whole(seen.fold) })
    }

    /// Whether pass 2 has anything to do at all.
    pub fn has_work(&self) -> bool {
        self.unchanged < self.customers()
    }
}

/// One customer to build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// How many rows it has: when all are there, it can be built.
    pub rows: u32,
    /// Its source fingerprint.
    pub source: Fingerprint,
}

fn halves(fingerprint: Fingerprint) -> [u64; 2] {
    let bits = fingerprint.to_u128();
    #[allow(clippy::cast_possible_truncation, reason = "the two halves of 128 bits")]
    [bits as u64, (bits >> 64) as u64]
}

fn whole([low, high]: [u64; 2]) -> Fingerprint {
    Fingerprint::from_u128(u128::from(low) | (u128::from(high) << 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: &[u8] = b"epoch";

    fn fold(order: RowOrder, epoch: &[u8], rows: &[&str]) -> Fingerprint {
        let mut scan = Scan::new(order, Fingerprint::of(epoch));
        for row in rows {
            scan.row(KeyHash::of(b"1"), Fingerprint::of(row.as_bytes()));
        }
        scan.work(KeyHash::of(b"1")).map(|work| work.source).unwrap_or_default()
    }

    #[test]
    fn order_counts_only_where_it_matters_and_the_epoch_always() {
        let free = |rows: &[&str]| fold(RowOrder::Free, EPOCH, rows);
        let ordered = |rows: &[&str]| fold(RowOrder::Matters, EPOCH, rows);
        assert_eq!(free(&["a", "b"]), free(&["b", "a"]));
        assert_ne!(free(&["a", "b"]), free(&["a", "b", "b"]), "a repeated row counts");
        assert_ne!(ordered(&["a", "b"]), ordered(&["b", "a"]));
        assert_ne!(free(&["a"]), fold(RowOrder::Free, b"other", &["a"]));
    }

    #[test]
    fn the_order_of_files_counts_and_that_of_their_rows_does_not() {
        let fold = |files: &[&[&str]]| {
            let mut scan = Scan::new(RowOrder::Free, Fingerprint::of(EPOCH));
            for rows in files {
                scan.next_file();
                rows.iter().for_each(|row| scan.row(KeyHash::of(b"1"), Fingerprint::of(row.as_bytes())));
            }
            scan.work(KeyHash::of(b"1")).map(|work| work.source).unwrap_or_default()
        };
        assert_eq!(fold(&[&["a", "b"], &["c", "d"]]), fold(&[&["b", "a"], &["d", "c"]]));
        assert_ne!(fold(&[&["a"], &["b"]]), fold(&[&["b"], &["a"]]));
        assert_ne!(fold(&[&["a"], &["b"]]), fold(&[&["a", "b"]]));
        assert_eq!(fold(&[&[], &["a"], &[]]), fold(&[&["a"]]), "which of the files it is in does not count");
    }

    #[test]
    fn only_what_differs_is_work() {
        let epoch = Fingerprint::of(EPOCH);
        let mut scan = Scan::new(RowOrder::Free, epoch);
        for (key, row) in [("same", "s"), ("changed", "c2"), ("new", "n"), ("never pushed", "p")] {
            scan.row(KeyHash::of(key.as_bytes()), Fingerprint::of(row.as_bytes()));
        }
        scan.known(b"same", Some(epoch.plus(Fingerprint::of(b"s"))));
        scan.known(b"changed", Some(epoch.plus(Fingerprint::of(b"c1"))));
        scan.known(b"never pushed", None);
        scan.known(b"gone", Some(epoch));
        let work = |scan: &Scan, key: &str| scan.work(KeyHash::of(key.as_bytes())).is_some();
        assert_eq!(
            ["same", "changed", "new", "never pushed", "gone"].map(|key| work(&scan, key)),
            [false, true, true, true, false]
        );
        assert_eq!(
            (scan.customers(), scan.unchanged(), scan.missing(), scan.known_customers()),
            (4, 1, 1, 4)
        );
        assert!(scan.has_work());
        for key in ["same", "same", "new", "gone"] {
            scan.reexamine(KeyHash::of(key.as_bytes()));
        }
        assert!(work(&scan, "same"));
        assert_eq!((scan.customers(), scan.unchanged()), (4, 0), "once");
    }

    #[test]
    fn an_entry_stays_small() {
        assert!(size_of::<(KeyHash, Seen)>() <= 40);
    }
}
