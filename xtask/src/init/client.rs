//! A client's list of servers, whose secrets stay where they are.

use std::collections::BTreeSet;

use camino::Utf8Path;
use serde_json::{Value, json};
use smoke_core::environment::names_a_secret;
use smoke_mcp::listing::{self, is_secret_name};

use super::repository::Repository;
use super::text::Draft;

/// Where clients keep them.
const FILES: [&str; 6] = [
    ".mcp.json",
    "mcp.json",
    ".cursor/mcp.json",
    ".vscode/mcp.json",
    "claude_desktop_config.json",
    ".gemini/settings.json",
];

/// What a client's file is good for.
pub struct Listed {
    /// The draft.
    pub draft: Draft,
    /// Whether one of its servers is started from the files of the repository. Else the file only
    /// says how its readers get what the repository has published, or what others have.
    pub is_own: bool,
}

/// A draft for each file that lists servers that our own gateway can reach.
pub fn drafts(repository: &Repository) -> Vec<Listed> {
    FILES.iter().filter_map(|file| draft(repository, Utf8Path::new(file))).collect()
}

fn draft(repository: &Repository, path: &Utf8Path) -> Option<Listed> {
    let text = repository.read(path)?;
    let all = listing::servers(path, &text).ok()?;
    let (servers, far): (Vec<_>, Vec<_>) =
        all.iter().cloned().partition(|(_, entry)| listing::is_in_reach(entry));
    if servers.is_empty() {
        return None;
    }
    let mut needed = BTreeSet::new();
    let names: Vec<&str> = servers.iter().map(|(name, _)| name.as_str()).collect();
    let tables = if repository.has(path) {
        servers.iter().for_each(|(_, entry)| asked_for(entry, &mut needed));
        let only =
            if far.is_empty() { String::new() } else { format!("servers = {}\n", json!(names)) };
        format!("[mcp_config]\npath = {}\n{only}", json!(path))
    } else {
        // A clone does not have the file, so that its servers are written down without secrets.
        servers.iter().map(|(name, entry)| table(name, entry, &mut needed)).collect()
    };
    let variable = |name: &String| format!("set {name} in the environment that runs it");
    let far =
        far.iter().map(|(name, _)| format!("{name} is left out: our gateway speaks no https"));
    let found = format!("{path}, which lists {}", names.join(", "));
    let notes = needed.iter().map(variable).chain(far).collect();
    let is_own = servers.iter().any(|(_, entry)| is_of(repository, entry));
    Some(Listed { draft: Draft { found, tables, notes, ..Draft::default() }, is_own })
}

/// Whether the server's command names a file of the repository, its folder, or what is built there.
fn is_of(repository: &Repository, entry: &Value) -> bool {
    let Some(command) = entry["command"].as_str() else { return false };
    let arguments = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    arguments.chain([command]).any(|word| {
        let relative = word.trim_start_matches("./");
        let place = ["${workspaceFolder}", "${CLAUDE_PROJECT_DIR}", "./", "../"];
        let script = [".js", ".mjs", ".cjs", ".ts", ".py"].iter().any(|end| word.ends_with(end));
        word == "."
            || place.iter().any(|start| word.starts_with(start))
            || script && !Utf8Path::new(word).is_absolute()
            || repository.has(Utf8Path::new(relative))
    })
}

/// The variables that a client would fill in, and that have no value by themselves.
fn asked_for(value: &Value, needed: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            for piece in text.split("${").skip(1).filter_map(|piece| piece.split_once('}')) {
                let variable = listing::variable(piece.0);
                if !variable.contains(":-") && !["STELAE_DIR", "HOME"].contains(&variable.as_str())
                {
                    needed.insert(variable);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| asked_for(item, needed)),
        Value::Object(fields) => fields.values().for_each(|field| asked_for(field, needed)),
        _ => {}
    }
}

/// A server as a profile has it.
fn table(name: &str, entry: &Value, needed: &mut BTreeSet<String>) -> String {
    let mut hide = |key: &str, value: &str| hidden(&format!("{name} {key}"), key, value, needed);
    let mut text = format!("[[server]]\nname = {}\n", json!(listing::upper(name).to_lowercase()));
    if let Some(url) = listing::address(entry) {
        text.push_str(&format!("url = {}\n", json!(hidden_url(url, &mut hide))));
        text.push_str(&pairs("headers", &entry["headers"], &mut hide));
        return text + "\n";
    }
    let arguments = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mut command = vec![entry["command"].as_str().unwrap_or_default().to_owned()];
    let mut flag = "";
    for argument in arguments {
        let (key, value) = argument.split_once('=').unwrap_or((flag, argument));
        let shown =
            hide(if key.is_empty() { "argument" } else { key.trim_start_matches('-') }, value);
        let whole = if key == flag { shown } else { format!("{key}={shown}") };
        command.push(whole);
        flag = if argument.starts_with('-') { argument } else { "" };
    }
    text.push_str(&format!("command = {}\n", json!(command)));
    text.push_str(&pairs("env", &entry["env"], &mut hide));
    text + "\n"
}

fn pairs(key: &str, table: &Value, hide: &mut dyn FnMut(&str, &str) -> String) -> String {
    let pairs = table.as_object().into_iter().flatten();
    let pair = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{} = {}", json!(name), json!(hide(name, &value)))
    };
    let pairs: Vec<String> = pairs.map(pair).collect();
    if pairs.is_empty() { String::new() } else { format!("{key} = {{ {} }}\n", pairs.join(", ")) }
}

/// The values of all parameters are hidden: an address is where tokens are seldom called so.
fn hidden_url(url: &str, hide: &mut dyn FnMut(&str, &str) -> String) -> String {
    let Some((address, query)) = url.split_once('?') else { return hide("url", url) };
    let parameter = |text: &str| match text.split_once('=') {
        Some((key, _)) => format!("{key}={}", hide("token", key)),
        None => text.to_owned(),
    };
    let parameters: Vec<String> = query.split('&').map(parameter).collect();
    format!("{address}?{}", parameters.join("&"))
}

/// `value`, or a placeholder where it is a secret, or is filled in by the client.
fn hidden(place: &str, key: &str, value: &str, needed: &mut BTreeSet<String>) -> String {
    let place = if names_a_secret(key) && key == key.to_ascii_uppercase() { key } else { place };
    let mut placeholder = |name: String| {
        let shown = format!("{{{{{name}}}}}");
        needed.insert(name);
        shown
    };
    if let Some(client) = value.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) {
        let variable = listing::variable(client);
        return placeholder(variable.split(":-").next().unwrap_or_default().to_owned());
    }
    if value.contains("${workspaceFolder}") {
        return value.replace("${workspaceFolder}", "{{STELAE_DIR}}");
    }
    if let Some((scheme, _)) = value.split_once(' ').filter(|_| is_secret_name(key)) {
        return format!("{scheme} {}", placeholder(listing::upper(place)));
    }
    let secret = !value.starts_with('-') && (is_secret_name(key) || looks_secret(value));
    if secret { placeholder(listing::upper(place)) } else { value.to_owned() }
}

/// Long, of letters and digits, and nothing that a person would type: a token, or an address with a
/// password in it.
fn looks_secret(value: &str) -> bool {
    const SHORTEST: usize = 16;
    let known = ["sk-", "ghp_", "gho_", "github_pat_", "xoxb-", "xoxp-", "AKIA", "eyJ", "glpat-"];
    let password = value.split_once("://").is_some_and(|(_, rest)| {
        rest.split('/').next().is_some_and(|authority| authority.contains('@'))
    });
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+=".contains(c);
    let token = value.len() >= SHORTEST
        && value.chars().all(plain)
        && value.chars().any(|c| c.is_ascii_digit())
        && value.chars().any(|c| c.is_ascii_alphabetic());
    password || token || known.iter().any(|prefix| value.starts_with(prefix))
}
