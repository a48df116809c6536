//! `.env.example` and its like: the variables that people set.

use camino::Utf8Path;

use super::is_variable;
use crate::init::hint::{Hint, Variable};
use crate::init::repository::Repository;

/// A hint for each such file.
pub fn hints(repository: &Repository, folder: &Utf8Path) -> Vec<Hint> {
    let names =
        [".env.example", ".env.sample", ".env.template", "env.example", "example.env", ".env.dist"];
    let files = names.iter().map(|name| folder.join(name)).filter(|path| repository.has(path));
    files
        .filter_map(|path| {
            let text = repository.read(&path)?;
            let pairs = text
                .lines()
                .filter_map(|line| line.trim().trim_start_matches("export ").split_once('='));
            let names = pairs.map(|(name, _)| name.trim()).filter(|name| is_variable(name));
            Some(Hint { variables: names.map(Variable::named).collect(), ..Hint::of(path) })
        })
        .collect()
}
