//! `fastmcp.json`, from which the command `fastmcp run` starts a server.

use camino::Utf8Path;

use super::{json, of_env};
use crate::init::command_line;
use crate::init::hint::Hint;
use crate::init::repository::Repository;

/// The hint of the file.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let Some((file, config)) = json(repository, folder, "fastmcp.json") else { return Vec::new() };
    let Some(source) = config["source"]["path"].as_str() else { return Vec::new() };
    let entry = config["source"]["entrypoint"].as_str();
    let target = entry.map_or_else(|| source.to_owned(), |entry| format!("{source}:{entry}"));
    let command = ["fastmcp", "run", &target].map(str::to_owned);
    let variables = of_env(&config["deployment"]["env"]);
    vec![Hint { line: command_line::line(&command), variables, is_aside: true, ..Hint::of(file) }]
}
