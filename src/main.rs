//! dms-sync
fn main() {}
