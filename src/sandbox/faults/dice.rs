//! Which fault plays: filters, counts and probabilities.
//!
//! Every fault counts the requests that it is for by itself and has dice of its own, so that adding one fault
//! does not move another.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::super::routes::RouteName;
use super::{Fault, Faults};

/// What a fault is held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) route: RouteName,
    pub(crate) department: &'a str,
    pub(crate) key: Option<&'a str>,
    /// Whether this request opened its connection: then a fault that bars connections has been asked already.
    pub(crate) opened_connection: bool,
}

/// The faults and how often each was met and played.
pub(crate) struct Dice {
    faults: Faults,
    met: Vec<u64>,
    played: Vec<u64>,
}

impl Dice {
    pub(crate) fn new(faults: Faults) -> Self {
        let counts = vec![0; faults.list.len()];
        Self { faults, met: counts.clone(), played: counts }
    }

    /// The fault that this request meets.
    pub(crate) fn request(&mut self, subject: Subject<'_>) -> Option<Fault> {
        self.draw(|fault| {
            fault.route.is_none_or(|route| route == subject.route)
                && fault.department.as_deref().is_none_or(|department| department == subject.department)
                && fault.key.as_deref().is_none_or(|key| Some(key) == subject.key)
                && !(subject.opened_connection && fault.bars_connections())
        })
    }

    /// Whether a new connection is turned away.
    pub(crate) fn connection(&mut self) -> bool {
        self.draw(Fault::bars_connections).is_some()
    }

    /// How many were played, all together.
    pub(crate) fn played(&self) -> u64 {
        self.played.iter().sum()
    }

    fn draw(&mut self, concerns: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut drawn = None;
        for (index, fault) in self.faults.list.iter().enumerate() {
            if !concerns(fault) {
                continue;
            }
            let (met, played) = (&mut self.met[index], &mut self.played[index]);
            *met += 1;
            let due = *met > fault.after && fault.count.is_none_or(|count| *played < count);
            if drawn.is_none() && due && falls(self.faults.seed, index, *met, fault.probability) {
                *played += 1;
                drawn = Some(fault.clone());
            }
        }
        drawn
    }
}

/// One throw: the same seed, fault and count always fall the same way.
fn falls(seed: u64, index: usize, met: u64, probability: Option<f64>) -> bool {
    let Some(probability) = probability else { return true };
    let throw = xxh3_64_with_seed(format!("{index}/{met}").as_bytes(), seed);
    let throw = u32::try_from(throw >> 32).unwrap_or(u32::MAX);
    f64::from(throw) / (f64::from(u32::MAX) + 1.0) < probability
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::*;

    const READ: Subject<'_> =
        Subject { route: RouteName::Read, department: "d1", key: Some("k1"), opened_connection: false };

    fn pattern(fault: Fault, subject: Subject<'_>) -> String {
        let mut dice = Dice::new(Faults::none().seeded(7).with(fault));
        (0..6).map(|_| if dice.request(subject).is_some() { 'x' } else { '.' }).collect()
    }

    #[test]
    fn filters_and_counts_decide() {
        let always = || Fault::status(503);
        for (name, fault, expected) in [
            ("always", always(), "xxxxxx"),
            ("skip two, play three", Fault { after: 2, count: Some(3), ..always() }, "..xxx."),
            ("its route", always().on(RouteName::Read), "xxxxxx"),
            ("another route", always().on(RouteName::Create), "......"),
            ("its department", Fault { department: Some("d1".into()), ..always() }, "xxxxxx"),
            ("another department", Fault { department: Some("d2".into()), ..always() }, "......"),
            ("its key", always().for_key("k1"), "xxxxxx"),
            ("another key", always().for_key("k2"), "......"),
            ("never", Fault { probability: Some(0.0), ..always() }, "......"),
            ("certain", Fault { probability: Some(1.0), ..always() }, "xxxxxx"),
        ] {
            assert_eq!(pattern(fault, READ), expected, "{name}");
        }
    }

    #[test]
    fn probabilities_repeat_and_come_out_right() {
        let play = |seed| {
            let fault = Fault { probability: Some(0.25), ..Fault::status(500) };
            let mut dice = Dice::new(Faults::none().seeded(seed).with(fault));
            (0..4000).filter(|_| dice.request(READ).is_some()).count()
        };
        assert_eq!(play(42), play(42));
        assert!((850..1150).contains(&play(42)), "{}", play(42));
    }

    #[test]
    fn the_first_that_is_due_plays_and_the_others_still_count() {
        let faults =
            Faults::none().with(Fault::status(500).times(1)).with(Fault { after: 2, ..Fault::status(503) });
        let mut dice = Dice::new(faults);
        let drawn: Vec<_> = (0..4).map(|_| dice.request(READ).map(|fault| fault.effect)).collect();
        let status = |fault: Fault| Some(fault.effect);
        assert_eq!(
            drawn,
            [status(Fault::status(500)), None, status(Fault::status(503)), status(Fault::status(503))]
        );
    }

    #[test]
    fn a_connection_is_barred_once_per_attempt() {
        let mut dice = Dice::new(Faults::none().with(Fault::new(Effect::Refuse).times(2)));
        assert!(dice.connection());
        assert!(dice.request(Subject { opened_connection: true, ..READ }).is_none());
        assert!(dice.request(READ).is_some());
        assert!(!dice.connection());
        for filtered in [
            Fault::new(Effect::Refuse).on(RouteName::Read),
            Fault::new(Effect::Refuse).for_key("k1"),
            Fault { department: Some("d1".into()), ..Fault::new(Effect::Refuse) },
        ] {
            let mut dice = Dice::new(Faults::none().with(filtered));
            assert!(!dice.connection());
            assert!(dice.request(Subject { opened_connection: true, ..READ }).is_some());
        }
    }
}
