//! `smithery.yaml`, whose function returns the command.

use camino::Utf8Path;

use crate::init::command_line;
use crate::init::hint::{Hint, Variable};
use crate::init::repository::Repository;

/// The hint of the file.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let files = ["smithery.yaml", "smithery.yml"].map(|name| folder.join(name));
    let Some(path) = files.iter().find(|path| repository.has(path)) else { return Vec::new() };
    let Some(text) = repository.read(path) else { return Vec::new() };
    let Some(command) = command(&text) else { return Vec::new() };
    let required = required(&text);
    let variables = env(&text).into_iter().map(|(name, option)| Variable {
        is_required: required.contains(&option),
        ..Variable::named(name)
    });
    vec![Hint {
        line: command_line::line(&command),
        variables: variables.collect(),
        ..Hint::of(path.as_str())
    }]
}

/// What follows `key:` in a function of JavaScript, from the first of `opens` on.
fn after<'a>(text: &'a str, key: &str, open: char) -> Option<&'a str> {
    let places = text.match_indices(key);
    places
        .filter_map(|(at, _)| {
            let rest = text[at + key.len()..].trim_start_matches(['"', '\'']).trim_start();
            rest.strip_prefix(':')?.trim_start().strip_prefix(open)
        })
        .next()
}

/// The command that the function returns: what is no text in it is a value of its config.
fn command(text: &str) -> Option<Vec<String>> {
    let program = ['\'', '"', '`'].iter().find_map(|quote| {
        after(text, "command", *quote)?.split_once(*quote).map(|(program, _)| program)
    })?;
    let list =
        after(text, "args", '[').and_then(|rest| rest.split_once(']')).map_or("", |(list, _)| list);
    let items = list.split(',').map(str::trim).filter(|item| !item.is_empty());
    let plain = |item: &str| item.trim_matches(['"', '\'', '`']).to_owned();
    Some(std::iter::once(program.to_owned()).chain(items.map(plain)).collect())
}

/// The variables that the function sets, each with the option that it takes the value from.
fn env(text: &str) -> Vec<(String, String)> {
    let block = after(text, "env", '{')
        .and_then(|rest| rest.split_once('}'))
        .map_or("", |(block, _)| block);
    let pairs = block.split([',', '\n']).filter_map(|pair| pair.split_once(':'));
    pairs
        .map(|(name, value)| {
            let option = value.split("config.").nth(1).unwrap_or_default();
            let option =
                option.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            (name.trim().trim_matches(['"', '\'']).to_owned(), option)
        })
        .filter(|(name, _)| super::is_variable(name))
        .collect()
}

/// The options of the schema that must be given.
fn required(text: &str) -> Vec<String> {
    let mut lines = text.lines().skip_while(|line| !line.trim_start().starts_with("required:"));
    let Some(first) = lines.next() else { return Vec::new() };
    let plain = |item: &str| item.trim().trim_matches(['"', '\'', '[', ']']).to_owned();
    let here = first.trim_start().trim_start_matches("required:").trim();
    if !here.is_empty() {
        return here.split(',').map(plain).collect();
    }
    lines.map_while(|line| line.trim_start().strip_prefix("- ")).map(plain).collect()
}
