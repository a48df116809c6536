//! The files that say how a server is started: each of these modules reads one kind of them, and says
//! what it found there as hints.

mod clients;
mod docker;
mod dotenv;
mod fastmcp;
mod mcpb;
mod readme;
mod registry;
mod smithery;

use camino::Utf8Path;
use serde_json::Value;

use super::command_line;
use super::config;
use super::hint::{Hint, Variable};
use super::repository::Repository;

/// All that the files of a folder say, in the order in which they count.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let readers: [fn(&Repository, &Utf8Path) -> Vec<Hint>; 8] = [
        readme::hints,
        registry::hints,
        mcpb::hints,
        smithery::hints,
        fastmcp::hints,
        docker::hints,
        clients::hints,
        dotenv::hints,
    ];
    let above = folder.ancestors().skip(1).filter(|_| folder != "");
    let folders = std::iter::once(folder).chain(above);
    let all: Vec<Hint> = folders
        .flat_map(|folder| readers.iter().flat_map(move |read| read(repository, folder)))
        .collect();
    let (aside, first): (Vec<Hint>, Vec<Hint>) = all.into_iter().partition(|hint| hint.is_aside);
    first.into_iter().chain(aside).collect()
}

/// The JSON of a file in `folder`, and its path.
fn json(repository: &Repository, folder: &Utf8Path, name: &str) -> Option<(String, Value)> {
    let path = folder.join(name);
    if !repository.has(&path) {
        return None;
    }
    let value = serde_json::from_str(&repository.read(&path)?).ok()?;
    Some((path.into_string(), value))
}

/// What an entry of a client's list says.
fn of_entry(file: &str, entry: &Value) -> Hint {
    let arguments = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let command: Vec<String> =
        entry["command"].as_str().into_iter().chain(arguments).map(str::to_owned).collect();
    let local = smoke_mcp::listing::address(entry).filter(|address| {
        ["localhost", "127.0.0.1", "0.0.0.0"].iter().any(|host| address.contains(host))
    });
    let mut hint = Hint::of(file);
    hint.line = command_line::line(&command);
    if let (Some(line), Some(cwd)) = (&mut hint.line, entry["cwd"].as_str()) {
        line.folder.get_or_insert(cwd.to_owned());
    }
    hint.address = local.map(str::to_owned);
    hint.variables = of_env(&entry["env"]);
    hint.variables.iter_mut().for_each(|variable| variable.is_usual = true);
    hint
}

/// The variables of an `env` table. A mode is kept with its value, any other by its name.
fn of_env(env: &Value) -> Vec<Variable> {
    let pairs = env.as_object().into_iter().flatten();
    pairs
        .filter(|(name, _)| is_variable(name))
        .map(|(name, value)| {
            let value = value.as_str();
            let config = value.filter(|value| name.contains("CONFIG") && value.ends_with(".json"));
            let config = config.map(|_| config::FILE.to_owned());
            Variable { value: config.or_else(|| value.and_then(mode)), ..Variable::named(name) }
        })
        .collect()
}

/// A value that says how a server is spoken to.
fn mode(value: &str) -> Option<String> {
    let modes = ["stdio", "http", "sse", "streamable-http"];
    modes.contains(&value).then(|| value.to_owned())
}

/// Whether a name is one of a variable that a server reads, and not of the machine.
fn is_variable(name: &str) -> bool {
    const OF_THE_MACHINE: [&str; 14] = [
        "PATH",
        "HOME",
        "PYTHONPATH",
        "NODE_ENV",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
        "VIRTUAL_ENV",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "UV_COMPILE_BYTECODE",
        "UV_LINK_MODE",
        "PORT",
        "HOST",
    ];
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    !name.is_empty()
        && name.chars().all(plain)
        && !OF_THE_MACHINE.contains(&name)
        && !name.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests;
