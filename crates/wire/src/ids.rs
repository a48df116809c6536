//! The ids by which answers belong to requests.

use serde_json::Value;

/// How the id of an answer relates to that of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// It belongs to another request.
    Other,
    /// It is the same.
    Same,
    /// It is the same number in another form, as text or with a fraction.
    Changed,
}

/// How the id of an answer relates to the request `asked`.
pub fn answers(id: &Value, asked: u64) -> Answers {
    let changed = match id {
        Value::String(text) => text.parse() == Ok(asked),
        Value::Number(number) => number.as_f64() == Some(asked as f64),
        _ => false,
    };
    match id.as_u64() == Some(asked) {
        true => Answers::Same,
        false if changed => Answers::Changed,
        false => Answers::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_in_another_form_is_told_from_another_number() {
        let of = |id| answers(&id, 7);
        assert_eq!([of(json!(7)), of(json!(8))], [Answers::Same, Answers::Other]);
        assert_eq!([of(json!("7")), of(json!(7.0))], [Answers::Changed; 2]);
        assert_eq!([of(json!("x")), of(json!(null)), of(json!(7.5))], [Answers::Other; 3]);
    }
}
