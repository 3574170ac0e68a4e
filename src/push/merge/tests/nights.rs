//! Many nights, with an advisor's days between them: what was done by hand outlives them all.

use super::laws::{contact, kept};
use super::theirs::{any_policies, spelled};
use super::*;

/// What an advisor, or the customer, does by day.
#[derive(Debug, Clone, Copy)]
enum Deed {
    AddPhone,
    AddEmail,
    AddAddress,
    AddVehicle,
    /// A word to one of the numbers, whoever it is from.
    Note(usize),
    /// STOP, texted from one of the numbers.
    Stop(usize),
}

fn any_deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        Just(Deed::AddPhone),
        Just(Deed::AddEmail),
        Just(Deed::AddAddress),
        Just(Deed::AddVehicle),
        (0usize..4).prop_map(Deed::Note),
        (0usize..4).prop_map(Deed::Stop),
    ]
}

/// What was done so far, and must be found.
#[derive(Default)]
struct Diary {
    phones: Vec<Map<String, Value>>,
    emails: Vec<Map<String, Value>>,
    addresses: Vec<Map<String, Value>>,
    /// By uuid.
    vehicles: Vec<String>,
    /// By number.
    notes: BTreeMap<String, Value>,
    stops: BTreeSet<String>,
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

impl Diary {
    fn day(&mut self, deed: Deed, number: usize, server: &mut CustomerWithVehicles) {
        let record = server.customer.as_mut().unwrap();
        match deed {
            Deed::AddPhone => {
                let number = spelled(90 + u8::try_from(number).unwrap(), 1);
                let entry = object(&json!({"phoneNumber": number, "label": "work", "comments": "by hand"}));
                record.phone_numbers.push(entry.clone());
                self.phones.push(entry);
            }
            Deed::AddEmail => {
                let address = format!("By.Hand.{number}@example.org");
                let entry = object(&json!({"emailAddress": address, "label": "Office", "isPreferred": true}));
                record.emails.push(entry.clone());
                self.emails.push(entry);
            }
            Deed::AddAddress => {
                let line1 = format!("{number} Cabin Rd");
                let entry = object(&json!({"type": "OTHER", "line1": line1, "zip": "62799"}));
                record.addresses.push(entry.clone());
                self.addresses.push(entry);
            }
            Deed::AddVehicle => {
                let uuid = format!("by-hand-{number}");
                let vehicle = json!({"vehicleUuid": uuid, "vehicleYear": "1999", "vehicleMake": "Bayliner",
                    "vehicleModel": "Capri"});
                server.vehicles.push(serde_json::from_value(vehicle).unwrap());
                self.vehicles.push(uuid);
            }
            Deed::Note(at) => {
                let Some(entry) = record.phone_numbers.get_mut(at) else { return };
                let note = json!(format!("note of day {number}"));
                entry.insert("comments".to_owned(), note.clone());
                self.notes.insert(contact(entry["phoneNumber"].as_str().unwrap()), note);
            }
            Deed::Stop(at) => {
                let Some(entry) = record.phone_numbers.get_mut(at) else { return };
                entry.insert("okToText".to_owned(), json!(false));
                self.stops.insert(contact(entry["phoneNumber"].as_str().unwrap()));
            }
        }
    }

    /// Everything is there. A note goes with its number, where that is ours and the DMS takes it away.
    fn holds(&mut self, server: &CustomerWithVehicles) -> Result<(), TestCaseError> {
        let record = server.customer.as_ref().unwrap();
        let by_number: BTreeMap<String, &Map<String, Value>> = record
            .phone_numbers
            .iter()
            .map(|entry| (contact(entry["phoneNumber"].as_str().unwrap()), entry))
            .collect();
        self.notes.retain(|number, _| by_number.contains_key(number));
        for (number, note) in &self.notes {
            prop_assert_eq!(&by_number[number]["comments"], note, "the note on {}", number);
        }
        for entry in &self.phones {
            let number = contact(entry["phoneNumber"].as_str().unwrap());
            prop_assert!(
                by_number.get(&number).is_some_and(|found| found["phoneNumber"] == entry["phoneNumber"])
            );
        }
        for entry in &self.emails {
            let found =
                record.emails.iter().any(|found| kept(found, "emailAddress") == kept(entry, "emailAddress"));
            prop_assert!(found, "an e-mail is gone");
        }
        for entry in &self.addresses {
            let found = record.addresses.iter().any(|found| found["line1"] == entry["line1"]);
            prop_assert!(found, "an address is gone");
        }
        let body = serde_json::to_value(&server.vehicles).unwrap();
        for uuid in &self.vehicles {
            let mut found =
                body.as_array().unwrap().iter().filter(|vehicle| vehicle["vehicleUuid"] == **uuid);
            prop_assert!(found.next().is_some_and(|car| car["vehicleModel"] == "Capri"), "a vehicle is gone");
        }
        for entry in &record.phone_numbers {
            let number = contact(entry["phoneNumber"].as_str().unwrap());
            let may = entry.get("okToText") == Some(&json!(true));
            prop_assert!(!may || !self.stops.contains(&number), "{} may be texted again", number);
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn an_advisors_edits_outlive_the_nights(
        nights in vec((any_customer(), any_deed(), any::<bool>()), 2..7), policies in any_policies(),
    ) {
        let (mut memory, mut diary) = (Memory::default(), Diary::default());
        let mut base: Option<Customer> = None;
        let mut server = CustomerWithVehicles::default();
        for (number, (said, deed, full)) in nights.into_iter().enumerate() {
            let reach = if full { Reach::Full } else { Reach::Delta };
            let tonight = Night::of(base, said, &policies, reach);
            let rules = Rules { policies: &policies, opt_outs: &memory };
            let found = merge(tonight.base.as_ref(), tonight.ours(), &server, rules).unwrap();
            server = found.write.as_ref().map_or(server, apply);
            memory.0.extend(found.opt_outs);
            base = Some(tonight.next);
            diary.holds(&server)?;
            diary.day(deed, number, &mut server);
        }
    }
}
