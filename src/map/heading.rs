//! [`names_columns`]: whether a row names columns rather than somebody.
//!
//! Names of columns are made of few words, whatever the DMS; what people are called is not. Where this cannot tell, a row
//! is taken for data, so that no message quotes it.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::fold::fold;
use super::propose::known_names;

/// So many names that are known make a header, whatever else there is.
const ENOUGH: usize = 3;
/// One cell may be named like a column by chance.
const FEWEST: usize = 2;

/// What names of columns are made of.
const WORDS: &str = "account acct active addr address advisor allow amount appointment area balance beeper birth birthdate birthday \
    block body business buyer call car cell cellular changed city client close closed code color colour comment \
    comments communication company consent contact contacted country county created cust customer date day deal \
    dealer dealership deleted department dept desc description district do dob driver e email engine ext extension \
    exterior family fax field first flag fname full gender given group home id identifier in inactive individual \
    initial int interior invoice is key lang language last lic licence license line lname loc locale location mail \
    mailing make mi middle mileage miles mobile model modified name no not note notes notification nr num number \
    odometer of office ok on open operation opt order out owner pager person personal phone plate postal postcode \
    pref preference preferred prefix primary profile prov province purchase record ref region registration remark \
    remarks repair residence ro sale sales salesperson salutation screen secondary service sms solicitation source \
    state status stock store street suffix surname tag tel telephone text time title to town trim type updated \
    user valid veh vehicle vin work year yr zip";

static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(known_names);
static PARTS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| WORDS.split_whitespace().collect());

/// Whether a row names columns rather than somebody: most of its cells are made of the words of such names, or several
/// are names that built-in profiles know.
pub fn names_columns(cells: impl Iterator<Item = impl AsRef<str>>) -> bool {
    let (mut filled, mut named, mut known) = (0, 0, 0);
    for cell in cells {
        let cell = cell.as_ref();
        if cell.trim().is_empty() {
            continue;
        }
        let is_known = KNOWN.contains(&fold(cell));
        filled += 1;
        known += usize::from(is_known);
        named += usize::from(is_known || is_made_of_parts(cell));
    }
    known >= ENOUGH || (named >= FEWEST && 2 * named >= filled)
}

/// Whether every word of a cell is one of those that columns are called by; numbers may follow (`Addr 1`, `User4`).
fn is_made_of_parts(cell: &str) -> bool {
    let words = words(cell.trim());
    let is_number = |word: &String| word.chars().all(|c| c.is_ascii_digit());
    let mut words = words.iter().rev().skip_while(|word| is_number(word)).peekable();
    words.peek().is_some() && words.all(|word| PARTS.contains(word.as_str()))
}

/// The words of a name, in lower case: `FirstName`, `first_name` and `First Name` have two.
fn words(cell: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in cell.chars() {
        let begins = |c: char| {
            !before.is_alphanumeric()
                || (before.is_lowercase() && c.is_uppercase())
                || before.is_numeric() != c.is_numeric()
        };
        if c.is_alphanumeric() {
            if begins(c) {
                words.push(String::new());
            }
            words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase()));
        }
        before = c;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_names_is_told_from_a_row_of_somebody() {
        for header in [
            "Customer ID,FirstName,LastName,Address1,City",
            "Cust #,First,Last,Addr 1,Addr 2,City,ST,Zip,Home,Work,Cell,Beeper,E-mail",
            "RO Number,Open Date",
            "CUSTOMER NUMBER,LAST NAME,FIRST NAME,,,",
            "customerKey,Foo,Bar,firstName,lastName,Baz,Qux,Quux,Corge",
        ] {
            assert!(names_columns(header.split(',')), "{header}");
        }
        for row in [
            "000176,Ann,Smith,1 State St,City,ST",
            "A12,JOHN,SMITHERS,12 OAK ST,DURHAM,NC",
            "00731,YASMIN,DE SOUZA,6757 SORREL WAY,,PORTLAND,OR,97202,(503) 555-0170",
            "0,,CUSTOMER,,,,",
            "Customer Listing,Smith Ford,Durham,,,",
            "7,Email,Notes,JOHN,DURHAM,NC",
            "7,State,Price,1 Home Street,Durham,NC,27701,,,,,,",
            "1,2,3,4",
            "customerKey",
            "",
        ] {
            assert!(!names_columns(row.split(',')), "{row}");
        }
    }
}
