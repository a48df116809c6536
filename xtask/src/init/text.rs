//! The text of a first profile.

use serde_json::json;
use smoke_core::text::shown;

/// What a profile is made of.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// What was found, in words.
    pub found: String,
    /// What puts in place what is run, as a table of TOML, if that is known.
    pub setup: String,
    /// Whether that is done in the clone, and not in a copy.
    pub in_clone: bool,
    /// What is run, as tables of TOML.
    pub tables: String,
    /// What a person should know or do.
    pub notes: Vec<String>,
}

impl Draft {
    /// The whole profile, for a repository of this name.
    pub fn text(&self, name: &str, others: &[String]) -> String {
        let mut text = format!("# A first profile, from {}.\n", one_line(&self.found));
        let also = others.iter().map(|other| format!("also found: {other}"));
        for line in self.notes.iter().cloned().chain(also) {
            text.push_str(&format!("# - {}\n", one_line(&line)));
        }
        text.push_str(&format!("name = {}\n\n{}{}{LATER}", json!(name), self.setup, self.tables));
        text
    }
}

/// What only a person knows.
const LATER: &str = "
# To do: name the tools that must be there as `tools` in [gateway], and what an agent does with them:
#
# [[stage]]
# name = \"first\"
#
# [[stage.call]]
# tool = \"NAME\"
# arguments = { KEY = \"VALUE\" }
# result_contains = [\"TEXT\"]
";

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

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
