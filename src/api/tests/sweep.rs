//! Every status with every content type and body, for every effect, through the whole client: what a call comes to
//! and how often it was sent. The table of [`super::super::classify`] as its users meet it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::super::wire::SaveCustomerRequest;
use super::super::{CallResult, Client, Vehicles};
use super::client;
use super::server::{Reaction, Request, Server, response};

const STATUSES: [u16; 27] = [
    200, 201, 204, 299, 300, 301, 302, 304, 307, 400, 401, 403, 404, 405, 407, 408, 409, 413, 421, 422, 425,
    429, 500, 501, 502, 503, 504,
];
const CONTENTS: [(&str, &str); 4] = [
    ("json", "Content-Type: application/json"),
    ("html", "Content-Type: text/html; charset=utf-8"),
    ("text", "Content-Type: text/plain"),
    ("none", ""),
];
const BODIES: [(&str, &str); 7] = [
    ("empty", " "),
    ("clean", r#"{"warnings": null}"#),
    ("errors", r#"{"errors": [{"errorCode": 1}]}"#),
    ("array", "[]"),
    ("html", "<html>log in</html>"),
    ("broken", r#"{"errors": ["#),
    ("cut", r#"{"errors": []"#),
];
const EFFECTS: [&str; 3] = ["create", "update", "read"];

/// A case travels as the department: `status-content-body`, the last two as indexes.
fn case(status: u16, content: usize, body: usize) -> String {
    format!("{status}-{content}-{body}")
}

fn react(request: &Request) -> Reaction {
    let case = request.line.split('/').nth(4).unwrap();
    let mut parts = case.split('-').map(|part| part.parse::<usize>().unwrap());
    let (status, content, body) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    let (name, text) = BODIES[body];
    // Announced, so that no repetition is sent on the connection that is about to go.
    let headers = format!("{}|Connection: close", CONTENTS[content].1);
    let mut bytes = response(u16::try_from(status).unwrap(), &headers, text);
    if name == "cut" {
        bytes.truncate(bytes.len() - 4);
    }
    Reaction::WriteAndClose(bytes)
}

fn outcome<T>(result: CallResult<T>) -> String {
    match result {
        Ok(reply) => format!("ok x{}", reply.trace.attempts),
        Err(error) => {
            let shown = format!("{:?}", error.failure);
            let kind = shown.split([' ', '{']).next().unwrap_or_default().to_owned();
            format!("{kind} {} x{}", error.failure.code(), error.trace.attempts)
        }
    }
}

async fn run(client: Client, effect: &str, department: &str) -> String {
    let body = SaveCustomerRequest::default();
    match effect {
        "create" => outcome(client.create(department, &body).await),
        "update" => outcome(client.update(department, "u", &body).await),
        _ => outcome(client.read(department, "u", Vehicles::Include).await),
    }
}

/// One status for one effect: outcome by content type and body. HTTP allows 204 and 304 no body.
async fn column(url: String, effect: &'static str, status: u16) -> Vec<(String, &'static str, &'static str)> {
    let bodies = if matches!(status, 204 | 304) { 1 } else { BODIES.len() };
    let mut seen = Vec::new();
    for (content, (content_name, _)) in CONTENTS.iter().enumerate() {
        for (body, (body_name, _)) in BODIES.iter().enumerate().take(bodies) {
            // A gate of its own: what one case teaches must not slow the next.
            let outcome = run(client(&url), effect, &case(status, content, body)).await;
            seen.push((outcome.replace(&status.to_string(), "<status>"), *content_name, *body_name));
        }
    }
    seen
}

/// One line where all cases agree, else one per outcome.
fn shown(column: &[(String, &'static str, &'static str)]) -> String {
    let mut by_outcome: BTreeMap<&str, BTreeMap<&str, Vec<&str>>> = BTreeMap::new();
    for (outcome, content, body) in column {
        by_outcome.entry(outcome).or_default().entry(content).or_default().push(body);
    }
    let all = column.len() / CONTENTS.len();
    let mut text = String::new();
    for (outcome, contents) in &by_outcome {
        write!(text, "    {outcome}:").unwrap();
        if by_outcome.len() > 1 {
            for (content, bodies) in contents {
                let bodies = if bodies.len() == all { "any".to_owned() } else { bodies.join(",") };
                write!(text, " {content}({bodies})").unwrap();
            }
        } else {
            text.push_str(" any");
        }
        text.push('\n');
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_has_its_outcome() {
    let server = Server::start(react).await;
    let mut table = String::new();
    for effect in EFFECTS {
        let columns: Vec<_> = STATUSES
            .into_iter()
            .map(|status| (status, tokio::spawn(column(server.url.clone(), effect, status))))
            .collect();
        let mut groups: Vec<(String, Vec<String>)> = Vec::new();
        for (status, column) in columns {
            let text = shown(&column.await.unwrap());
            match groups.iter_mut().find(|(known, _)| *known == text) {
                Some((_, statuses)) => statuses.push(status.to_string()),
                None => groups.push((text, vec![status.to_string()])),
            }
        }
        writeln!(table, "{effect}").unwrap();
        for (text, statuses) in groups {
            write!(table, "  {}\n{text}", statuses.join(" ")).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}
