//! The fit of one call to one expectation.

use serde_json::Value;
use smoke_mcp::excerpt;

use super::call::{Call, Status};
use super::expectation::{Expectation, Expected, Miss};
use super::name::{Likeness, likeness};

/// Compares in the order server and tool, arguments, status, result.
///
/// # Errors
/// The first thing that is wrong, and the end of a sentence that begins with "called once".
pub fn fit(expectation: &Expectation, call: &Call) -> Result<(), (Miss, String)> {
    fits_name(expectation, call)?;
    if let Some((place, found, expected)) =
        difference(&expectation.arguments, &call.arguments.value())
    {
        return Err((Miss::Arguments, format!("with {place}={found}, expected {expected}")));
    }
    fits_status(expectation.status, call)?;
    fits_result(expectation, call)
}

fn fits_name(expectation: &Expectation, call: &Call) -> Result<(), (Miss, String)> {
    let expected = expectation.server.as_deref();
    match likeness(call, expected, &expectation.tool) {
        Likeness::Same => Ok(()),
        Likeness::Other => Err((Miss::Tool, String::new())),
        Likeness::OtherServer => {
            let (found, expected) = (excerpt(&call.server), expected.unwrap_or_default());
            Err((Miss::Server, format!("on server {found}, expected {expected}")))
        }
    }
}

fn fits_status(expected: Expected, call: &Call) -> Result<(), (Miss, String)> {
    let fits = match expected {
        Expected::Completed => call.status == Status::Completed,
        Expected::Failed => call.status == Status::Failed,
        Expected::Any => call.status != Status::InProgress,
    };
    if fits {
        return Ok(());
    }
    let message = excerpt(&call.message());
    let colon = if message.is_empty() { "" } else { ": " };
    let status = excerpt(call.status.as_str());
    Err((Miss::Status, format!("but its status is {status}{colon}{message}")))
}

fn fits_result(expectation: &Expectation, call: &Call) -> Result<(), (Miss, String)> {
    let note = if call.truncated { " (only its beginning is kept)" } else { "" };
    if !expectation.result_contains.is_empty() {
        let text = call.result_text();
        if let Some(missing) = expectation.result_contains.iter().find(|part| !text.contains(*part))
        {
            let text = match text.is_empty() {
                true => format!("it has no text, and these blocks: {:?}", call.block_types()),
                false => excerpt(&text),
            };
            return Err((Miss::Result, format!("but its result{note} lacks {missing:?}: {text}")));
        }
    }
    let Some(expected) = &expectation.result else { return Ok(()) };
    let difference = structured_difference(expected, call);
    difference.map_or(Ok(()), |difference| {
        let what = match difference {
            Some((place, found, expected)) => format!("has {place}={found}, expected {expected}"),
            None => "is not JSON".to_owned(),
        };
        let text = excerpt(&call.result_text());
        let colon = if text.is_empty() { "" } else { ": " };
        Err((Miss::Result, format!("but its result{note} {what}{colon}{text}")))
    })
}

/// The difference to the structured content or to a text block that is JSON: none when one of
/// them fits, otherwise that of the first that has something in that place, or of nothing when there is
/// no JSON. A structured content often has the result one level deeper.
fn structured_difference(expected: &Value, call: &Call) -> Option<Option<Difference>> {
    let structured = Some(call.structured_content()).filter(|value| !value.is_null());
    let blocks = call.text_blocks();
    let blocks = blocks.iter().filter_map(|text| serde_json::from_str(text).ok());
    let mut first: Option<Difference> = None;
    for candidate in structured.into_iter().chain(blocks) {
        let difference = difference(expected, &candidate)?;
        if first.as_ref().is_none_or(|(_, found, _)| found == NOTHING) {
            first = Some(difference);
        }
    }
    Some(first)
}

/// Where two values differ, what is there and what was expected.
type Difference = (String, String, String);

/// What is where there is nothing.
const NOTHING: &str = "nothing";

/// The first place where `found` does not contain `expected`: objects by key, arrays of the same
/// length by element, numbers by value, null at the top for anything.
fn difference(expected: &Value, found: &Value) -> Option<Difference> {
    if expected.is_null() { None } else { differs_at(String::new(), expected, found) }
}

fn differs_at(place: String, expected: &Value, found: &Value) -> Option<Difference> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().find_map(|(key, expected)| {
                let dot = if place.is_empty() { "" } else { "." };
                let place = format!("{place}{dot}{key}");
                match found.get(key) {
                    Some(found) => differs_at(place, expected, found),
                    None => Some((place, NOTHING.to_owned(), shown(expected))),
                }
            })
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            let pairs = expected.iter().zip(found).enumerate();
            pairs.into_iter().find_map(|(at, (expected, found))| {
                differs_at(format!("{place}[{at}]"), expected, found)
            })
        }
        _ if same_scalar(expected, found) => None,
        _ => Some((or_value(place), shown(found), shown(expected))),
    }
}

fn same_scalar(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => expected == found,
    }
}

fn or_value(place: String) -> String {
    if place.is_empty() { "value".to_owned() } else { place }
}

fn shown(value: &Value) -> String {
    excerpt(&value.to_string())
}
