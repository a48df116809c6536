//! Messages, told from what else a server may print.

use serde_json::Value;

/// Whether a line of JSON is a message of JSON-RPC, or a list of them.
pub fn is_message(value: &Value) -> bool {
    match value {
        Value::Array(all) => !all.is_empty() && all.iter().all(is_message),
        Value::Object(fields) => {
            ["method", "result", "error"].iter().any(|key| fields.contains_key(*key))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_log_in_json_is_no_message() {
        for line in [json!(3), json!("text"), json!([]), json!({"level": "info", "msg": "up"})] {
            assert!(!is_message(&line), "{line}");
        }
        assert!(is_message(&json!({"jsonrpc": "2.0", "id": 1, "result": {}})));
        assert!(is_message(&json!([{"jsonrpc": "2.0", "method": "ping"}])));
    }
}
