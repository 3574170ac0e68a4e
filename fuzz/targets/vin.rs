//! See [`dms_sync_fuzz::vin`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| dms_sync_fuzz::vin(data));
