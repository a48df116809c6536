//! The check of a catalog's aggregations: the stack's own tools give up on wrong ones.

use serde_json::{Map, Value};

use crate::catalog::Fault;
use crate::json_file::kind;
use crate::locate::Step;

/// Says what is wrong with a catalog's aggregations, if anything.
pub fn check(head: &Map<String, Value>) -> Result<(), Fault> {
    for (key, list) in [("aggregations", "toolAggregations"), ("hiddenTools", "toolAggregations")] {
        let place = vec![Step::Key(list.to_owned()), Step::Key(key.to_owned())];
        let value = head.get(list).and_then(|part| part.get(key)).filter(|value| !value.is_null());
        match value {
            None => {}
            Some(Value::Array(entries)) => {
                for (at, entry) in entries.iter().enumerate() {
                    let place = [place.clone(), vec![Step::Index(at)]].concat();
                    let wanted = if key == "aggregations" { TOOL } else { HIDDEN };
                    wanted.iter().try_for_each(|field| check_field(entry, field, &place))?;
                }
            }
            Some(other) => {
                return Err((place, format!("expected an array, found {}", kind(other))));
            }
        }
    }
    Ok(())
}

/// The fields that an aggregated tool and a hidden one need, with their kinds.
const TOOL: &[(&str, &str)] =
    &[("name", "a string"), ("description", "a string"), ("operations", "an array")];
const HIDDEN: &[(&str, &str)] = &[("server", "a string"), ("tool", "a string")];

fn check_field(entry: &Value, field: &(&str, &str), place: &[Step]) -> Result<(), Fault> {
    let (name, wanted) = *field;
    if !entry.is_object() {
        return Err((place.to_vec(), format!("expected an object, found {}", kind(entry))));
    }
    let Some(value) = entry.get(name).filter(|value| !is_empty(value)) else {
        return Err((place.to_vec(), format!("it has no {name}")));
    };
    if kind(value) == wanted {
        return Ok(());
    }
    let place = [place, &[Step::Key(name.to_owned())]].concat();
    Err((place, format!("expected {wanted}, found {}", kind(value))))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}
