//! Generators: what a record at the remote may hold, what a department may have set, and one night over it.
//!
//! Pools are small and shared with ours, so that numbers meet: in two entries, under two labels, on both sides.

use super::*;

fn flag() -> impl Strategy<Value = Value> {
    select(vec![Value::Null, json!(true), json!(false)])
}

pub(super) fn spelled(line: u8, how: u8) -> String {
    let national = format!("21755501{line:02}");
    match how {
        0 => format!("+1{national}"),
        1 => format!("({}) {}-{}", &national[..3], &national[3..6], &national[6..]),
        _ => national,
    }
}

fn their_phone() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        6 => (0u8..9, 0u8..3).prop_map(|(line, how)| spelled(line, how)),
        1 => Just("+44 20 7946 0123".to_owned()),
    ];
    let label = select(&["cell", "CELL", "home", "work"][..]);
    (number, label, flag(), flag(), flag(), select(vec![Value::Null, json!("note")])).prop_map(
        |(number, label, call, text, preferred, comments)| {
            json!({"phoneNumber": number, "label": label, "okToCall": call, "okToText": text,
                "isPreferred": preferred, "comments": comments})
        },
    )
}

fn their_email() -> impl Strategy<Value = Value> {
    (select(&["a", "B", "c", "x", "y"][..]), select(&["personal", "Work"][..]), flag()).prop_map(
        |(local, label, ok)| json!({"emailAddress": format!("{local}@example.com"), "label": label, "okToEmail": ok}),
    )
}

fn their_address() -> impl Strategy<Value = Value> {
    let kind = select(&["COMMON", "BILLING"][..]);
    let street = select(&["1 Main St", "9 oak ave", "5 Elm"][..]);
    (kind, street, select(&["62701", "62702", "62703"][..]), select(vec![Value::Null, json!("Apt 4")])).prop_map(
        |(kind, street, zip, line2)| json!({"type": kind, "line1": street, "zip": zip, "line2": line2, "uuid": "a"}),
    )
}

fn their_vehicle() -> impl Strategy<Value = Value> {
    let vin = select(vec![
        Value::Null,
        json!(samples::VINS[0]),
        json!("1m8gdm9axkp042788"),
        json!("WVWZZZ1JZXW000099"),
    ]);
    let key = select(vec![Value::Null, json!("K1"), json!("k2"), json!("K9")]);
    (vin, key, select(&["Civic", "golf"][..]), flag()).prop_map(|(vin, key, model, owned)| {
        json!({"vin": vin, "vehicleKey": key, "vehicleYear": "2019", "vehicleMake": "make", "vehicleModel": model,
            "isValid": owned})
    })
}

pub(super) fn any_theirs() -> impl Strategy<Value = CustomerWithVehicles> {
    let lists = (
        vec(their_phone(), 0..5),
        vec(their_email(), 0..3),
        vec(their_address(), 0..3),
        vec(their_vehicle(), 0..4),
    );
    let names = (
        (
            select(vec![Value::Null, json!("Ana "), json!("Zoe")]),
            select(vec![Value::Null, json!("Elm Corp")]),
        ),
        flag(),
        select(vec![Value::Null, json!("es"), json!("EN-US")]),
    );
    (lists, names).prop_map(
        |((phones, emails, addresses, mut vehicles), ((first, company), business, locale))| {
            for (at, vehicle) in vehicles.iter_mut().enumerate() {
                vehicle["vehicleUuid"] = json!(format!("v-{at}"));
            }
            record(json!({"customer": {"customerKey": "7", "firstName": first, "lastName": "Ruiz",
            "company": company, "isBusiness": business,
            "preferredLocale": locale, "phoneNumbers": phones, "emails": emails, "addresses": addresses},
            "vehicles": vehicles}))
        },
    )
}

pub(super) fn any_policies() -> impl Strategy<Value = Policies> {
    let owner = || select(&[Owner::Dms, Owner::Dms, Owner::Fill, Owner::Remote][..]);
    let fields = [
        Field::CellPhone,
        Field::HomePhone,
        Field::Email,
        Field::AddressLine1,
        Field::FirstName,
        Field::Vin,
        Field::Color,
    ];
    (vec(owner(), fields.len()), any::<bool>()).prop_map(move |(owners, country)| {
        let mut policies = Policies { merge: MergeMode::ThreeWay, ..Policies::default() };
        policies.defaults.country = country.then(|| "US".to_owned());
        let policy = |owner| FieldPolicy { owner, blank: BlankPolicy::Keep };
        policies.fields =
            fields.into_iter().zip(owners).map(|(field, owner)| (field, policy(owner))).collect();
        policies
    })
}

pub(super) fn any_night() -> impl Strategy<Value = Night> {
    (proptest::option::of(any_customer()), any_customer(), any::<bool>()).prop_map(|(base, now, full)| {
        let reach = if full { Reach::Full } else { Reach::Delta };
        let base = base.map(|base| over(base, None, &Policies::default(), reach));
        Night::of(base, now, &Policies::default(), reach)
    })
}

/// A night under policies that let some lists be cleared.
pub(super) fn any_clearing_night() -> impl Strategy<Value = (Night, Policies)> {
    let listed = [Field::CellPhone, Field::HomePhone, Field::WorkPhone, Field::Email, Field::Company];
    let cleared = vec(any::<bool>(), listed.len());
    (proptest::option::of(any_customer()), any_customer(), any::<bool>(), cleared).prop_map(
        move |(base, now, full, cleared)| {
            let clear = FieldPolicy { owner: Owner::Dms, blank: BlankPolicy::Clear };
            let fields = listed.into_iter().zip(cleared).filter(|(_, cleared)| *cleared);
            let fields = fields.map(|(field, _)| (field, clear)).collect();
            let (reach, export) =
                if full { (Reach::Full, ExportKind::Full) } else { (Reach::Delta, ExportKind::Delta) };
            let policies = Policies { fields, export, ..Policies::default() };
            let base = base.map(|base| over(base, None, &policies, reach));
            (Night::of(base, now, &policies, reach), policies)
        },
    )
}

/// Who has said no by now, on any channel.
pub(super) fn any_memory() -> impl Strategy<Value = Memory> {
    let channel = select(&[Channel::Call, Channel::Text][..]);
    let number = (channel, 0u8..9).prop_map(|(channel, line)| (channel, phone(line).e164()));
    let address = select(&["a", "b", "x"][..]).prop_map(|local| (Channel::Email, email(local).folded()));
    vec(prop_oneof![2 => number, 1 => address], 0..4).prop_map(|all| Memory(all.into_iter().collect()))
}

/// Theirs with entries that no write schema takes: a label or a type is missing, blank, or no text. `spoilt` says
/// which, by list and place.
pub(super) fn awkward(mut theirs: CustomerWithVehicles, spoilt: &[(u8, usize)]) -> CustomerWithVehicles {
    let record = theirs.customer.as_mut().unwrap();
    for (list, at) in spoilt {
        let (entries, name) = match list {
            0 => (&mut record.phone_numbers, "label"),
            1 => (&mut record.emails, "label"),
            _ => (&mut record.addresses, "type"),
        };
        let Some(entry) = entries.get_mut(*at) else { continue };
        match at % 3 {
            0 => drop(entry.remove(name)),
            1 => drop(entry.insert(name.to_owned(), json!(" "))),
            _ => drop(entry.insert(name.to_owned(), json!(7))),
        }
    }
    theirs
}
