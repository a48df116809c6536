//! `Dockerfile`: what its last stage starts, at which port, and with which mode.

use camino::Utf8Path;
use smoke_mcp::listing;

use crate::init::command_line;
use crate::init::hint::{Hint, Variable};
use crate::init::repository::Repository;

/// The hint of the file.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let path = folder.join("Dockerfile");
    let Some(text) = repository.has(&path).then(|| repository.read(&path)).flatten() else {
        return Vec::new();
    };
    let text = text.replace("\\\n", " ");
    let mut command: [Vec<String>; 2] = Default::default();
    let mut variables = Vec::new();
    for line in text.lines().map(str::trim) {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match word.to_ascii_uppercase().as_str() {
            "FROM" => (command, variables) = Default::default(),
            "ENTRYPOINT" => command[0] = exec(rest),
            "CMD" => command[1] = exec(rest),
            "ENV" => variables.extend(modes(rest)),
            _ => {}
        }
    }
    let words = command.concat();
    let line = command_line::line(&words).filter(|_| !words.is_empty());
    vec![Hint { line, variables, ..Hint::of(path) }]
}

/// The words of a command, as a list of JSON or for a shell.
fn exec(text: &str) -> Vec<String> {
    serde_json::from_str(text).unwrap_or_else(|_| listing::words(text))
}

/// The variables that say how the server is spoken to.
fn modes(text: &str) -> Vec<Variable> {
    let pairs = listing::words(text);
    let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
    let mode = |(name, value): (&str, &str)| {
        let mode = super::mode(value)?;
        Some(Variable { value: Some(mode), ..Variable::named(name) })
    };
    pairs.filter_map(mode).collect()
}
