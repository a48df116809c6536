//! `[ci]`: what a CI system runs the profile with.

use anyhow::Result;
use smoke_agents::agent::Agent;

use super::table::Table;
use crate::options::{Choice, SupervisorKind};

/// The axes of the matrix: a job for each combination. An empty axis is what the profile says
/// elsewhere.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CiSpec {
    /// Labels of runners.
    pub os: Vec<String>,
    /// Where the gateway is cloned from.
    pub gateway: Vec<String>,
    /// What keeps the gateway running.
    pub supervisor: Vec<SupervisorKind>,
    /// Who makes the stages' calls.
    pub agent: Vec<&'static Agent>,
    /// Versions of the Codex CLI, for jobs with it.
    pub codex: Vec<String>,
}

/// Reads it.
///
/// # Errors
/// A key is unknown, of the wrong type, or has a value that nothing stands for.
pub fn read(table: Table) -> Result<CiSpec> {
    let spec = CiSpec {
        os: plain(&table, "os")?,
        gateway: plain(&table, "gateway")?,
        supervisor: choices(&table, "supervisor")?,
        agent: choices(&table, "agent")?,
        codex: plain(&table, "codex")?,
    };
    table.finish()?;
    Ok(spec)
}

/// Values become words of commands in a workflow.
fn plain(table: &Table, key: &str) -> Result<Vec<String>> {
    let words = table.strings(key)?;
    let fine = |c: char| c.is_ascii_alphanumeric() || "._-:/@+~".contains(c);
    let wrong = words
        .iter()
        .find(|word| word.is_empty() || word.starts_with('-') || !word.chars().all(fine));
    match wrong {
        Some(wrong) => Err(table.error(key, &format!("`{wrong}` cannot be a word of a command"))),
        None => Ok(words),
    }
}

fn choices<T: Choice>(table: &Table, key: &str) -> Result<Vec<T>> {
    let unknown = || table.error(key, &format!("`{key}` is a list of {}", T::quoted(" and ")));
    let words = table.strings(key)?;
    words.iter().map(|word| T::named(word).ok_or_else(unknown)).collect()
}
