//! What puts a package in place, as a table of a profile.

use serde_json::json;
use smoke_core::text::shown;

/// A setup.
pub fn setup(name: &str, command: &[String], inputs: &[String], cwd: &str) -> String {
    let mut text = format!("[[setup]]\nname = {}\ncommand = {}\n", json!(name), json!(command));
    if !inputs.is_empty() {
        text.push_str(&format!("inputs = {}\n", json!(inputs)));
    } else if !cwd.is_empty() {
        text.push_str(&format!("cwd = {}\n", json!(cwd)));
    }
    text + "\n"
}

/// Words of a shell, joined.
pub fn shell(script: &str) -> Vec<String> {
    ["sh", "-c", script].map(str::to_owned).to_vec()
}

/// A word as a shell reads it.
pub fn quoted(word: &str) -> String {
    shown(&[word.to_owned()])
}
