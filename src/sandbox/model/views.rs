//! Stored customers as the read operations show them.
//!
//! Four shapes: the full one, its list, the minimal one with names of its own, and the profile.

use serde_json::{Value, json};

use super::customer::{Customer, Vehicle};

/// What becomes of the vehicles of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vehicles {
    Shown,
    Left,
}

/// `{customer, vehicles}`.
pub(crate) fn full(customer: &Customer, vehicles: Vehicles) -> Value {
    let mut person = serde_json::to_value(customer).unwrap_or_default();
    let owned = person.as_object_mut().and_then(|fields| fields.remove("vehicles"));
    if let Some(fields) = person.as_object_mut() {
        fields.insert("customerId".to_owned(), Value::String(customer.id.to_string()));
    }
    let owned = match vehicles {
        Vehicles::Shown => owned.unwrap_or(Value::Null),
        Vehicles::Left => Value::Null,
    };
    json!({ "customer": person, "vehicles": owned })
}

/// One item of `listMinimal`.
pub(crate) fn minimal(customer: &Customer) -> Value {
    let vehicles: Vec<Value> = customer
        .vehicles
        .iter()
        .map(|vehicle| {
            json!({
                "uuid": vehicle.vehicle_uuid,
                "vin": vehicle.vin,
                "year": vehicle.vehicle_year,
                "make": vehicle.vehicle_make,
                "model": vehicle.vehicle_model,
            })
        })
        .collect();
    json!({
        "id": customer.id,
        "uuid": customer.customer_uuid,
        "fname": customer.first_name,
        "lname": customer.last_name,
        "company": customer.company,
        "customerKey": customer.customer_key,
        "communications": communications(customer),
        "vehicles": vehicles,
    })
}

/// An invented profile request: one document asked for, already reviewed. The same customer, the same answer.
pub(crate) fn profile(department: &str, customer: &Customer) -> Value {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let mut info = json!({
        "id": customer.id,
        "fname": text(&customer.first_name),
        "lname": text(&customer.last_name),
        "customerKey": text(&customer.customer_key),
        "uuid": customer.customer_uuid,
        "company": text(&customer.company),
        "dealerId": 1,
        "communications": communications(customer),
        "secondaryCustomerData": [],
    });
    // This shape, unlike the minimal one, knows no `null` label.
    for entry in info["communications"].as_array_mut().into_iter().flatten() {
        if entry["commLabel"].is_null() {
            entry["commLabel"] = json!("");
        }
    }
    info["vehicles"] = customer.vehicles.iter().map(profile_vehicle).collect();
    json!({
        "customerInfo": info,
        "dealerInfo": { "name": "Sandbox Motors", "dealerUUID": "sandbox-dealer" },
        "vehicleInfo": customer.vehicles.first().map_or_else(|| json!({}), profile_vehicle),
        "vaultDataRequestUUID": format!("vault-{}", customer.id),
        "items": [{
            "uuid": format!("item-{}", customer.id),
            "type": "DOCUMENT",
            "name": "Proof of insurance",
            "action": "UPLOAD",
            "description": "Insurance card",
            "required": true,
            "approvalNeeded": true,
            "maintainHistory": false,
            "vaultSupportedDataUuid": "insurance",
            "dealerAssociatesWithApprovalAuthority": [],
            "dealerSupportedItemMetaData": {},
            "status": "COMPLETED",
            "vaultPiiDataUuid": format!("pii-{}", customer.id),
            "reviews": [{
                "reviewStatus": "APPROVED",
                "reviewerUserUuid": "sandbox-reviewer",
                "reviewerName": "Sandbox Reviewer",
                "reason": "",
                "reviewedAtDateTime": "2026-01-01T00:00:00Z",
            }],
            "isBackPageSupported": false,
        }],
        "departmentUuid": department,
        "attributes": {},
    })
}

fn communications(customer: &Customer) -> Vec<Value> {
    let phones = customer.phone_numbers.iter().map(
        |phone| json!({ "commType": "phone", "commValue": phone.phone_number.as_deref().unwrap_or_default(), "commLabel": phone.label }),
    );
    let emails = customer.emails.iter().map(
        |email| json!({ "commType": "email", "commValue": email.email_address.as_deref().unwrap_or_default(), "commLabel": email.label }),
    );
    phones.chain(emails).collect()
}

fn profile_vehicle(vehicle: &Vehicle) -> Value {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    json!({
        "id": vehicle.id,
        "uuid": vehicle.vehicle_uuid,
        "vin": text(&vehicle.vin),
        "year": text(&vehicle.vehicle_year),
        "make": text(&vehicle.vehicle_make),
        "model": text(&vehicle.vehicle_model),
        "trim": text(&vehicle.vehicle_trim),
        "engine": text(&vehicle.vehicle_engine),
        "vehicleKey": text(&vehicle.vehicle_key),
        "isValid": vehicle.is_valid.unwrap_or(true),
    })
}
