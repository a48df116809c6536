//! A client's own variables in a list: `${workspaceFolder}`, `${env:NAME}`, `${input:name}`.

use anyhow::{Result, anyhow};

/// `${NAME}`, `${NAME:-default}`, `${env:NAME}` and `${input:name}` by their values.
pub fn replaced(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once("${") {
        let Some((name, after)) = tail.split_once('}') else { break };
        replaced.push_str(before);
        replaced.push_str(&value(name, lookup)?);
        rest = after;
    }
    replaced.push_str(rest);
    Ok(replaced)
}

fn value(name: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String> {
    let variable = variable(name);
    let (variable, default) = match variable.split_once(":-") {
        Some((variable, default)) => (variable, Some(default.to_owned())),
        None => (variable.as_str(), None),
    };
    lookup(variable).or(default).ok_or_else(|| {
        anyhow!("`${{{name}}}` has no value; set {variable} in [env] of the profile")
    })
}

/// What clients call the folder that a list is about. For a run that is the clone.
const FOLDERS: [&str; 8] = [
    "workspaceFolder",
    "workspaceRoot",
    "workspacePath",
    "CLAUDE_PROJECT_DIR",
    "CLAUDE_PLUGIN_ROOT",
    "extensionPath",
    "__dirname",
    "PWD",
];

/// The variable that holds what a client's own variable means.
pub fn variable(name: &str) -> String {
    match name {
        _ if FOLDERS.contains(&name) => "STELAE_DIR".to_owned(),
        "userHome" => "HOME".to_owned(),
        "pathSeparator" | "/" => "/:-/".to_owned(),
        _ => match name.split_once(':') {
            Some(("env", variable)) => variable.to_owned(),
            Some(("input", asked)) => upper(asked),
            _ => name.to_owned(),
        },
    }
}

/// A name as variables have it.
pub fn upper(name: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    name.chars().map(fits).collect()
}
