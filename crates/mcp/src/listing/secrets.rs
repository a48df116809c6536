//! What of a client's list is secret.

use serde_json::Value;
use smoke_core::environment::names_a_secret;

/// The values in the variables and headers of an entry that are secrets, by their names.
pub fn secrets(entry: &Value) -> impl Iterator<Item = &str> {
    let pairs = ["env", "headers"].into_iter().filter_map(|key| entry[key].as_object()).flatten();
    let secret = pairs.filter(|(name, _)| is_secret_name(name));
    let values = secret.filter_map(|(_, value)| value.as_str());
    values.filter(|value| !value.contains("${") && !value.contains("{{"))
}

/// Whether a variable, a header or a flag of this name holds a secret.
pub fn is_secret_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let words = ["auth", "cookie", "token", "secret", "password", "apikey", "credential"];
    names_a_secret(name) || words.iter().any(|word| lower.contains(word))
}
