//! What is found while a draft is judged. Messages come from the table of codes, their holes filled with places
//! and counts.

use std::fmt::Display;

use super::codes::Rule;
use crate::domain::{Field, Finding, Position, Violation, Warning};

/// Violations and warnings in the order in which they are found.
pub(super) struct Findings {
    pub(super) violations: Vec<Violation>,
    pub(super) warnings: Vec<Warning>,
}

impl Findings {
    /// Begins with the draft's warnings.
    pub(super) fn new(warnings: Vec<Warning>) -> Self {
        Self { violations: Vec::new(), warnings }
    }

    /// Adds a violation; `holes` fill the `{}` of its message.
    pub(super) fn violate(&mut self, rule: Rule, field: Option<Field>, holes: &[&dyn Display]) {
        let message = fill(rule.message, holes);
        let finding = Finding { code: rule.code.into(), field, message };
        self.violations.push(Violation { finding, tip: rule.tip.into() });
    }

    /// Adds a warning about a value of the row at `at`.
    pub(super) fn warn(&mut self, rule: Rule, field: Field, at: &Position, holes: &[&dyn Display]) {
        let finding = Finding::on(field, rule.code, fill(rule.message, holes));
        self.warnings.push(Warning { finding, at: Some(at.clone()) });
    }
}

fn fill(template: &str, holes: &[&dyn Display]) -> String {
    let mut message = String::with_capacity(template.len());
    let mut holes = holes.iter();
    for (at, part) in template.split("{}").enumerate() {
        if at > 0
            && let Some(hole) = holes.next()
        {
            message += &hole.to_string();
        }
        message += part;
    }
    message
}
