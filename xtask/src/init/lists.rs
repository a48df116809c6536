//! Clients' lists of servers, whose secrets stay where they are.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use smoke_mcp::listing::{self, Listed as List};

use super::draft::{Draft, Run};
use super::repository::Repository;
use super::secret::{Hide, hidden, hidden_url};

/// What a client's file is good for.
pub struct Listed {
    /// The draft.
    pub draft: Draft,
    /// How many of its servers are started from the files of the repository. Where none is, the file only
    /// says how its readers get what the repository has published, or what others have.
    pub own: usize,
}

/// What the lists of a repository are.
#[derive(Default)]
pub struct Lists {
    /// Those that list servers that our own gateway can reach.
    pub listed: Vec<Listed>,
    /// What is there and cannot be used, with the reason.
    pub refused: Vec<String>,
}

/// Looks at every file in which a client lists servers.
pub fn find(repository: &Repository) -> Lists {
    let mut lists = Lists::default();
    for file in listing::FILES {
        let path = Utf8Path::new(file);
        let Some(text) = repository.read(path) else { continue };
        match listing::read(path, &text) {
            Ok(List::Servers(servers)) => match draft(repository, path, &servers) {
                Ok(listed) => lists.listed.push(listed),
                Err(reason) => lists.refused.push(reason),
            },
            Ok(List::Empty) => lists.refused.push(format!("{path} is there and lists no server")),
            Ok(List::None) => {}
            Err(error) => lists.refused.push(format!("{error:#}")),
        }
    }
    lists
}

fn draft(
    repository: &Repository,
    path: &Utf8Path,
    all: &[(String, Value)],
) -> Result<Listed, String> {
    let (servers, far): (Vec<_>, Vec<_>) =
        all.iter().cloned().partition(|(_, entry)| listing::is_in_reach(entry));
    if servers.is_empty() {
        return Err(format!(
            "{path} lists servers at https addresses only, and our gateway speaks no https"
        ));
    }
    let lost: Vec<&str> = servers.iter().filter_map(|(_, entry)| lost(repository, entry)).collect();
    if lost.len() == servers.len() {
        return Err(format!("{path} starts {}, which no clone has", lost.join(", ")));
    }
    let mut needed = BTreeSet::new();
    let mut moved = Vec::new();
    let names: Vec<&str> = servers.iter().map(|(name, _)| name.as_str()).collect();
    let at_home: Vec<(String, Value)> = servers
        .iter()
        .map(|(name, entry)| (name.clone(), at_home(repository, entry, &mut moved)))
        .collect();
    let tables = if repository.has(path) && moved.is_empty() {
        servers.iter().for_each(|(_, entry)| asked_for(entry, &mut needed));
        let only =
            if far.is_empty() { String::new() } else { format!("servers = {}\n", json!(names)) };
        format!("[mcp_config]\npath = {}\n{only}", json!(path))
    } else {
        // A clone does not have the file, or not what it names, so that its servers are written down
        // without secrets.
        at_home.iter().map(|(name, entry)| table(name, entry, &mut needed)).collect()
    };
    let variable = |name: &String| format!("set {name} in the environment that runs it");
    let far =
        far.iter().map(|(name, _)| format!("{name} is left out: our gateway speaks no https"));
    let lost =
        lost.iter().map(|program| format!("{program} is in no clone, and nothing here makes it"));
    let notes =
        needed.iter().map(variable).chain(far).chain(moved.iter().cloned()).chain(lost).collect();
    let own = servers.iter().filter(|(_, entry)| is_of(repository, entry)).count();
    let found = format!("{path}, which lists {}", names.join(", "));
    let draft = Draft {
        found,
        from: path.to_string(),
        run: Run::Listed(tables),
        notes,
        ..Draft::default()
    };
    Ok(Listed { draft, own })
}

/// The program of an entry that is a file of the repository by its name, and that no clone has.
fn lost<'a>(repository: &Repository, entry: &'a Value) -> Option<&'a str> {
    let program = entry["command"].as_str()?;
    let relative = program.trim_start_matches("./");
    let inside = program.contains('/') && !program.starts_with(['/', '$', '~', '.'])
        || program.starts_with("./");
    let built = relative.starts_with("target/")
        || relative.contains("node_modules/")
        || relative.contains("venv/");
    let foreign = program.ends_with(".exe") && !program.contains('\\');
    ((inside && !built || foreign) && !repository.has(Utf8Path::new(relative))).then_some(program)
}

/// An entry whose paths are the clone's, where they were those of its author's machine.
fn at_home(repository: &Repository, entry: &Value, moved: &mut Vec<String>) -> Value {
    let mut made = entry.clone();
    let mut own = |value: &mut Value| {
        let Some(path) = value.as_str().filter(|path| is_of_another(path)) else { return };
        let found = repository.own_path(path);
        let is_clone = || Utf8Path::new(path).file_name() == repository.root.file_name();
        let own = match found {
            Some(own) => format!("{{{{STELAE_DIR}}}}/{own}"),
            None if is_clone() => "{{STELAE_DIR}}".to_owned(),
            None => return,
        };
        moved.push(format!("{path} is of its author's machine: it is {own} here"));
        *value = json!(own);
    };
    for key in
        ["command", "cwd"].into_iter().filter(|key| made[*key].is_string()).collect::<Vec<_>>()
    {
        own(&mut made[key]);
    }
    made["args"].as_array_mut().into_iter().flatten().for_each(own);
    made
}

/// Whether a path is absolute, and nothing that this machine has.
fn is_of_another(path: &str) -> bool {
    let windows = path.get(1..3).is_some_and(|at| at == ":\\" || at == ":/");
    windows || path.starts_with('/') && !Utf8PathBuf::from(path).exists()
}

/// Whether the server's command names a file of the repository, its folder, or what is built there.
fn is_of(repository: &Repository, entry: &Value) -> bool {
    let Some(command) = entry["command"].as_str() else { return false };
    let arguments = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    arguments.chain([command]).any(|word| {
        let relative = word.trim_start_matches("./");
        let place = [
            "${workspaceFolder}",
            "${CLAUDE_PROJECT_DIR}",
            "${CLAUDE_PLUGIN_ROOT}",
            "${extensionPath}",
            "./",
            "../",
        ];
        let script = [".js", ".mjs", ".cjs", ".ts", ".py"].iter().any(|end| word.ends_with(end));
        word == "."
            || place.iter().any(|start| word.starts_with(start))
            || script && !Utf8Path::new(word).is_absolute()
            || repository.has(Utf8Path::new(relative))
            || is_of_another(word) && repository.own_path(word).is_some()
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
    if let Some(cwd) = entry["cwd"].as_str().filter(|cwd| !["", "."].contains(cwd)) {
        text.push_str(&format!("cwd = {}\n", json!(hide("cwd", cwd))));
    }
    text.push_str(&pairs("env", &entry["env"], &mut hide));
    text + "\n"
}

fn pairs(key: &str, table: &Value, hide: Hide) -> String {
    let pairs = table.as_object().into_iter().flatten();
    let pair = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{} = {}", json!(name), json!(hide(name, &value)))
    };
    let pairs: Vec<String> = pairs.map(pair).collect();
    if pairs.is_empty() { String::new() } else { format!("{key} = {{ {} }}\n", pairs.join(", ")) }
}
