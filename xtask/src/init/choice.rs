//! Which package of the repository is meant, and how it is started: what the documents say, weighed.

use std::cmp::Reverse;

use smoke_core::text::shown;

use super::arguments::{self, Cleaned};
use super::builds::{self, Read};
use super::command_line::Asked;
use super::hint::{Hint, Variable};
use super::package::{Package, Sureness};
use super::repository::{Repository, is_aside};
use super::sources;
use super::transport::{self, Spoken};

/// A server that was found, with all that is known of how it is started.
pub struct Choice {
    /// The package.
    pub package: Package,
    /// The command.
    pub command: Vec<String>,
    /// How it is spoken to.
    pub spoken: Spoken,
    /// The file that says how it is started, where one does.
    pub said_by: Option<String>,
    /// Other ways to start it that documents tell, each with the file.
    pub otherwise: Vec<(String, Vec<String>)>,
    /// The variables that it wants.
    pub variables: Vec<Variable>,
    /// What a person should know.
    pub notes: Vec<String>,
}

/// What was found in a repository.
#[derive(Default)]
pub struct Found {
    /// The servers, the likeliest first.
    pub choices: Vec<Choice>,
    /// What speaks of MCP and is no server, with the reason.
    pub refused: Vec<String>,
}

/// Looks at every package of the repository.
pub fn find(repository: &Repository) -> Found {
    let mut found = Found::default();
    for path in &repository.packages {
        match builds::read(repository, path) {
            Read::Package(package) => found.choices.push(choose(repository, *package)),
            Read::Refused(_) if is_aside(path) => {}
            Read::Refused(reason) => found.refused.push(reason),
            Read::Other => {}
        }
    }
    found.choices.sort_by_key(|choice| rank(repository, choice));
    found
}

/// What comes first, by what is false or least: what is no example, what depends on an SDK, what is called as
/// the repository, what is no library, what documents start, what is near the root, and what says by its
/// name that it serves.
fn rank(
    repository: &Repository,
    choice: &Choice,
) -> (bool, Reverse<Sureness>, bool, bool, bool, usize, bool) {
    let package = &choice.package;
    let path = &package.manifest;
    let root = repository.root.file_name().unwrap_or_default();
    let called = |name: &String| name == root || name.ends_with(&format!("/{root}"));
    let named = package.names.iter().any(|name| name.contains("server") || name.contains("mcp"));
    (
        is_aside(path),
        Reverse(package.sureness),
        !package.names.iter().any(called),
        package.is_library,
        choice.said_by.is_none(),
        path.components().count(),
        !named,
    )
}

fn choose(repository: &Repository, package: Package) -> Choice {
    let hints = sources::hints(repository, package.folder());
    let started: Vec<(&Hint, Vec<String>)> =
        hints.iter().filter_map(|hint| Some((hint, starts(repository, &package, hint)?))).collect();
    let taken = taken(&started, package.is_declared);
    let first = package.programs.first().map(|program| program.command.clone()).unwrap_or_default();
    let command = taken.map_or(&first, |(_, command)| command);
    let given =
        taken.and_then(|(hint, _)| hint.line.as_ref()).map_or(0, |line| line.arguments.len());
    let cleaned = arguments::clean(repository, &package, command, given);
    let address = taken.map(|(hint, _)| *hint).filter(|hint| hint.address.is_some());
    let address = address.or_else(|| hints.iter().find(|hint| hint.address.is_some()));
    let spoken = transport::spoken(repository, package.folder(), &cleaned.command, address);
    let variables = wanted(&hints, &cleaned, started.iter().map(|(hint, _)| *hint));
    let said_by = taken.map(|(hint, _)| hint.file.clone());
    let mut notes = package.notes.clone();
    notes.extend(cleaned.notes.iter().cloned());
    let otherwise = otherwise(repository, &package, &started, command);
    let first = otherwise.first();
    notes.extend(
        first.map(|(file, command)| format!("{file} starts it otherwise: {}", shown(command))),
    );
    Choice {
        command: transport::at_port(&cleaned.command),
        package,
        spoken,
        said_by,
        otherwise,
        variables,
        notes,
    }
}

/// The command of a hint, if it is about the package and does nothing else than to serve.
fn starts(repository: &Repository, package: &Package, hint: &Hint) -> Option<Vec<String>> {
    let line = hint.line.as_ref()?;
    // What an image starts without arguments is in its Dockerfile.
    if matches!(line.asked, Asked::Image(_)) && line.arguments.is_empty()
        || is_an_errand(&line.arguments)
    {
        return None;
    }
    package.command(repository, line)
}

/// The first of the commands that is spoken to over its input and output, else the first. A shell's
/// example counts where nothing else says what is started.
fn taken<'a, 'b>(
    started: &'a [(&'b Hint, Vec<String>)],
    is_declared: bool,
) -> Option<&'a (&'b Hint, Vec<String>)> {
    let counts = |aside: bool| started.iter().filter(move |(hint, _)| hint.is_aside == aside);
    let local = |(_, command): &&(&Hint, Vec<String>)| transport::told(command) != Some(true);
    let first = counts(false).find(local);
    let shell = || counts(true).filter(|_| !is_declared).find(local);
    let any = || counts(false).next().or_else(|| counts(true).find(|_| !is_declared));
    first.or_else(shell).or_else(any)
}

/// Whether a command does something else than serve.
fn is_an_errand(arguments: &[String]) -> bool {
    const ERRANDS: [&str; 17] = [
        "install",
        "setup",
        "init",
        "login",
        "auth",
        "--help",
        "-h",
        "--version",
        "test",
        "status",
        "uninstall",
        "update",
        "doctor",
        "build",
        "dev",
        "inspect",
        "config",
    ];
    arguments.iter().any(|word| ERRANDS.contains(&word.as_str()))
}

/// The other ways, where documents do not agree, and the other programs of the package.
fn otherwise(
    repository: &Repository,
    package: &Package,
    started: &[(&Hint, Vec<String>)],
    taken: &[String],
) -> Vec<(String, Vec<String>)> {
    let clean = |hint: &Hint, command: &[String]| {
        let given = hint.line.as_ref().map_or(0, |line| line.arguments.len());
        (hint.file.clone(), arguments::clean(repository, package, command, given).command)
    };
    let counts = |hint: &Hint| !hint.is_aside || !package.is_declared;
    let told = started.iter().filter(|(hint, command)| command != taken && counts(hint));
    let told = told.map(|(hint, command)| clean(hint, command));
    // Of files that only look like servers, nobody knows what they do.
    let programs = package
        .programs
        .iter()
        .filter(|_| package.is_declared)
        .take(3)
        .map(|program| program.command.clone());
    let programs = programs.map(|command| (package.manifest.to_string(), command));
    let mut ways: Vec<(String, Vec<String>)> = Vec::new();
    for (file, command) in told.chain(programs) {
        if command != taken && !ways.iter().any(|(_, known)| *known == command) {
            ways.push((file, command));
        }
    }
    ways
}

/// All variables, each once, from what is about this package and from what is about the whole repository.
fn wanted<'a>(
    hints: &'a [Hint],
    cleaned: &Cleaned,
    about: impl Iterator<Item = &'a Hint>,
) -> Vec<Variable> {
    let of_all = hints.iter().filter(|hint| hint.line.is_none());
    let named = about.chain(of_all).flat_map(|hint| &hint.variables);
    let mut all: Vec<Variable> = Vec::new();
    for variable in
        named.filter(|one| !cleaned.variables.iter().any(|other| other.name == one.name))
    {
        match all.iter_mut().find(|known| known.name == variable.name) {
            Some(known) => {
                known.is_required |= variable.is_required;
                known.is_usual |= variable.is_usual;
                known.value = known.value.take().or(variable.value.clone());
            }
            None => all.push(variable.clone()),
        }
    }
    all
}
