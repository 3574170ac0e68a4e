//! How long something will take, for the eye. The configuration spells durations in its own, exact way.

use std::fmt::Write as _;
use std::time::Duration;

/// `duration` for a person who waits: the two largest units, e.g. `1h02m`, `4m10s`, `9s`.
pub(super) fn rough_duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let mut text = String::new();
    let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let first = parts.iter().position(|(count, _)| *count > 0).unwrap_or(2);
    for (place, (count, unit)) in parts.iter().skip(first).take(2).enumerate() {
        let _ = if place == 0 { write!(text, "{count}{unit}") } else { write!(text, "{count:02}{unit}") };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_times_show_two_units() {
        for (seconds, text) in
            [(0, "0s"), (9, "9s"), (250, "4m10s"), (3720, "1h02m"), (3601, "1h00m"), (360_000, "100h00m")]
        {
            assert_eq!(rough_duration(Duration::from_secs(seconds)), text);
        }
    }
}
