//! The cut of a large JSON value to a size.

use serde_json::Value;

/// What a value costs beside the text in it, in bytes; about the size of one in memory.
pub const NODE: usize = 32;

/// Cuts `value` down until its text and nodes take at most `budget` bytes, from the front, and
/// takes what is kept off the budget. True if something was cut.
pub fn trim(value: &mut Value, budget: &mut usize) -> bool {
    if *budget < NODE {
        *value = Value::Null;
        return true;
    }
    *budget -= NODE;
    match value {
        Value::String(text) => trim_text(text, budget),
        Value::Array(values) => {
            let cut = values.iter_mut().fold(false, |cut, value| trim(value, budget) | cut);
            if *budget < NODE {
                values.truncate(
                    values.iter().rposition(|value| !value.is_null()).map_or(0, |at| at + 1),
                );
            }
            cut
        }
        Value::Object(fields) => {
            let mut cut = false;
            fields.retain(|name, value| {
                let kept = name.len() <= *budget;
                *budget -= if kept { name.len() } else { 0 };
                cut |= !kept || trim(value, budget);
                kept
            });
            cut
        }
        _ => false,
    }
}

fn trim_text(text: &mut String, budget: &mut usize) -> bool {
    let cut = text.len() > *budget;
    if cut {
        text.truncate(text.floor_char_boundary(*budget));
        text.shrink_to_fit();
    }
    *budget -= text.len();
    cut
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn small_values_stay_whole() {
        let mut value = json!({"content": [{"type": "text", "text": "x"}], "n": null});
        let copy = value.clone();
        assert!(!trim(&mut value, &mut 1000));
        assert_eq!(value, copy);
    }

    #[test]
    fn large_text_is_cut_between_characters() {
        let mut value = json!({"text": "ü".repeat(1000), "later": 1});
        assert!(trim(&mut value, &mut 1001));
        let kept = value["text"].as_str().unwrap().len();
        assert!((900..=1001).contains(&kept), "{kept}");
        assert_eq!(value["later"], Value::Null);
    }

    #[test]
    fn a_large_name_is_dropped_with_its_value() {
        let mut value = json!({"n".repeat(2000): 1, "small": 2});
        assert!(trim(&mut value, &mut 1000));
        assert_eq!(value, json!({"small": 2}));
    }

    #[test]
    fn many_values_are_cut() {
        let mut value = json!(vec![1; 100_000]);
        assert!(trim(&mut value, &mut 1024));
        assert_eq!(value.as_array().unwrap().len(), 31);
    }
}
