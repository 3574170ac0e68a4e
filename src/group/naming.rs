//! [`Naming`]: the names in one row, and whether two rows name one person.
//!
//! A last name alone is no person: married couples and neighbours share it. Two people with a first and a last name each
//! are one where both agree, in either order; middle names, initials, short forms and joined words do not count. Half a
//! name agrees with a whole one that has all its words, and so does a company's.

use super::compare::name_words;
use crate::domain::{Field, Slot, SourceRow};

/// Short forms that do not begin as the name does.
const SHORT_FORMS: [&[&str]; 20] = [
    &["bob", "rob", "bobby", "robert"],
    &["bill", "billy", "will", "william"],
    &["mike", "mick", "michael"],
    &["jim", "jimmy", "james"],
    &["jack", "john", "jon", "johnny", "jonathan"],
    &["dick", "rick", "richard"],
    &["ted", "ed", "eddie", "edward", "theodore"],
    &["tom", "tommy", "thomas"],
    &["tony", "anthony"],
    &["chuck", "charlie", "charles"],
    &["hank", "henry"],
    &["larry", "lawrence"],
    &["steve", "steven", "stephen"],
    &["joe", "joseph"],
    &["liz", "beth", "betty", "elizabeth"],
    &["peggy", "meg", "maggie", "margaret"],
    &["kate", "kathy", "katie", "katherine", "catherine", "kathleen"],
    &["sue", "susan", "suzanne"],
    &["debbie", "deborah", "debra"],
    &["jeff", "geoff", "jeffrey", "geoffrey"],
];

/// As many letters make a short form, or a word that was cut off.
const SHORTEST: usize = 3;

/// The words of a row's names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Naming {
    given: Vec<String>,
    family: Vec<String>,
    company: Vec<String>,
}

impl Naming {
    /// `None` where the row names nobody.
    pub(super) fn of(row: &SourceRow) -> Option<Self> {
        let value = |field| {
            let slot = Slot::first(field);
            row.values.iter().find(|(other, _)| *other == slot).map_or("", |(_, raw)| raw.as_str())
        };
        Self::new([Field::FirstName, Field::LastName, Field::Company].map(value))
    }

    /// Of first name, last name and company; `None` where all are blank.
    pub(super) fn new([first, last, company]: [&str; 3]) -> Option<Self> {
        let (last, first) = match last.split_once(',') {
            Some((last, behind)) if first.trim().is_empty() => (last, behind),
            _ => (last, first),
        };
        let [given, family, company] = [first, last, company].map(name_words);
        let naming = Self { given, family, company };
        let names = naming.words().next().is_some();
        names.then_some(naming)
    }

    /// Whether it is somebody's: first and last name, or a company. Half a name may be that of several people.
    pub(super) fn is_whole(&self) -> bool {
        self.is_person() || !self.company.is_empty()
    }

    fn is_person(&self) -> bool {
        !self.given.is_empty() && !self.family.is_empty()
    }

    fn words(&self) -> impl Iterator<Item = &String> {
        let Self { given, family, company } = self;
        given.iter().chain(family).chain(company)
    }

    fn person(&self) -> Vec<&String> {
        self.given.iter().chain(&self.family).collect()
    }

    /// What names that agree have in common, at least one of them.
    pub(super) fn marks(&self) -> Vec<String> {
        let mark = |word: &str| word.chars().take(SHORTEST).collect::<String>();
        let joined = [&self.given, &self.family].map(|words| mark(&words.concat()));
        let mut marks: Vec<_> = self.words().map(|word| mark(word)).chain(joined).collect();
        marks.sort();
        marks.dedup();
        marks.retain(|mark| !mark.is_empty());
        marks
    }

    /// Whether the first names agree, whatever the last ones are.
    pub(super) fn has_first_name_of(&self, other: &Self) -> bool {
        self.is_person() && other.is_person() && agree_first(&self.given, &other.given)
    }

    /// Whether both may be names of one person, or one company.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let (one, two) = (self.person(), other.person());
        let [ours, theirs] = [self, other].map(|naming| naming.company.iter().collect::<Vec<_>>());
        let companies = || [(&ours, &theirs), (&ours, &two), (&theirs, &one)];
        let people = if self.is_person() && other.is_person() {
            is_person(&self.given, &self.family, &other.given, &other.family)
                || is_person(&self.given, &self.family, &other.family, &other.given)
        } else {
            either_has(&one, &two)
        };
        people || companies().into_iter().any(|(a, b)| either_has(a, b))
    }
}

/// Whether first and last name agree.
fn is_person(given: &[String], family: &[String], other_given: &[String], other_family: &[String]) -> bool {
    let families =
        family.concat() == other_family.concat() || family.iter().any(|w| other_family.contains(w));
    families && agree_first(given, other_given)
}

fn agree_first(given: &[String], other: &[String]) -> bool {
    let first = given.first().zip(other.first()).is_some_and(|(one, two)| is_short_for(one, two));
    first || given.iter().any(|word| other.contains(word))
}

/// Whether one first name may stand for the other: an initial, a beginning, a short form.
fn is_short_for(one: &str, two: &str) -> bool {
    let is_initial = |short: &str, long: &str| short.chars().nth(1).is_none() && long.starts_with(short);
    is_initial(one, two)
        || is_initial(two, one)
        || is_cut(one, two)
        || SHORT_FORMS.iter().any(|forms| forms.contains(&one) && forms.contains(&two))
}

/// Whether the words are one, or one of them is the beginning of the other.
fn is_cut(one: &str, two: &str) -> bool {
    let (short, long) = if one.len() <= two.len() { (one, two) } else { (two, one) };
    short == long || (short.chars().count() >= SHORTEST && long.starts_with(short))
}

/// Whether one side has all the words of the other.
fn either_has(one: &[&String], two: &[&String]) -> bool {
    let has = |few: &[&String], many: &[&String]| {
        !few.is_empty() && few.iter().all(|word| many.iter().any(|other| is_cut(word, other)))
    };
    has(one, two) || has(two, one)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `first|last|company`.
    fn naming(names: &str) -> Naming {
        let mut parts = names.split('|').map(name_words);
        let mut next = || parts.next().unwrap_or_default();
        Naming { given: next(), family: next(), company: next() }
    }

    #[test]
    fn names_agree_by_first_and_last() {
        for (one, other, agree) in [
            ("Ann|Smith", "ANN|SMITH", true),
            ("Ann|Smith", "Zoe|Smith", false),
            ("Ann|Smith", "Ann|Jones", false),
            ("Mark|Smith", "Mary|Smith", false),
            ("Rob|Smith", "Robert|Smith", true),
            ("Bob|Smith", "Robert|Smith", true),
            ("Bob|Smith", "William|Smith", false),
            ("A|Smith", "Ann|Smith", true),
            ("B|Smith", "Ann|Smith", false),
            ("Ann M|Smith", "Ann Louise|Smith", true),
            ("Louise|Smith", "Ann Louise|Smith", true),
            ("John and Mary|Smith", "Mary|Smith", true),
            ("Smith|Ann", "Ann|Smith", true),
            ("Ann|Mc Donald", "Ann|McDonald", true),
            ("Ann|Smith-Jones", "Ann|Jones", true),
            ("Ann|Smith", "Ann|Smithers", false),
            ("|Smith", "Ann|Smith", true),
            ("Ann|", "Ann|Smith", true),
            ("|Jones", "Ann|Smith", false),
            ("|Smith Ann M", "Ann|Smith", true),
            ("||Acme Inc", "||ACME", true),
            ("||Acme Plumbing", "||Acme Plumb", true),
            ("||Acme North", "||Acme South", false),
            ("Ann|Smith|Acme", "Bob|Jones|Acme", true),
            ("Ann|Smith", "||Ann Smith Plumbing LLC", true),
            ("Ann|Smith", "||Smith Ford", false),
            ("Ann|Smith", "||Acme", false),
        ] {
            let (one_, other_) = (naming(one), naming(other));
            assert_eq!(one_.agrees(&other_), agree, "{one} and {other}");
            assert_eq!(other_.agrees(&one_), agree, "{other} and {one}");
            let marks = one_.marks();
            assert!(!agree || other_.marks().iter().any(|mark| marks.contains(mark)), "{one} and {other}");
        }
    }
}
