//! `smoke --init`: writes a first profile from what a repository has.

mod arguments;
mod builds;
mod choice;
mod command_line;
mod config;
mod draft;
mod hint;
mod lists;
mod manifest;
mod mend;
mod package;
mod pins;
mod repository;
mod script;
mod secret;
mod sources;
mod stage;
mod stand_in;
mod transport;
mod written;

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_record::screen;

use choice::Choice;
use draft::Draft;
use lists::Listed;
use repository::Repository;
pub use written::Written;

/// How many of the others are shown.
const SHOWN: usize = 4;

/// Writes `smoke.toml` into the repository at `root`, and says what it is made of: of what `from` says, or
/// of the likeliest.
///
/// # Errors
/// There is one already, nothing was found, or it cannot be written.
pub fn init(
    root: &Utf8Path,
    environment: &Environment,
    from: Option<&str>,
) -> Result<Written, Cause> {
    let path = root.join("smoke.toml");
    if path.symlink_metadata().is_ok() {
        let summary = format!("{path} is there already, and stays as it is");
        return Err(Cause::new(Code::Usage, summary, "remove it, or edit it"));
    }
    let repository = Repository::look(root, environment)?;
    let (mut drafts, refused) = drafts(&repository);
    let wanted = match from {
        Some(from) => drafts.iter().position(|draft| draft.from == from),
        None => (!drafts.is_empty()).then_some(0),
    };
    let Some(wanted) = wanted else { return Err(nothing(root, from, &refused)) };
    let draft = drafts.remove(wanted);
    let others: Vec<String> = drafts.iter().map(also).chain(refused).collect();
    screen::say(&format!("writing {path}, from {}", draft.found));
    let many = others.len().saturating_sub(SHOWN);
    let more = (many > 0).then(|| format!("{many} more were found, which {path} lists"));
    let shown = draft.notes.iter().chain(others.iter().take(SHOWN)).chain(&more);
    shown.for_each(|note| screen::say(&format!("  note        {note}")));
    Written::new(path, draft, others, repository.is_git)
}

fn also(draft: &Draft) -> String {
    format!("also found: {}; take it with --init --from {}", draft.found, draft.from)
}

/// What was looked for in vain, and what came nearest to it.
fn nothing(root: &Utf8Path, from: Option<&str>, refused: &[String]) -> Cause {
    let what = match from {
        Some(from) => {
            format!("{from} in {root} is no package and no client's list that starts a server")
        }
        None => format!(
            "nothing in {root} looks like an MCP server: no package that depends on an MCP SDK and has a program \
             (package.json, pyproject.toml, requirements.txt, setup.py, go.mod, Cargo.toml, pom.xml, build.gradle, \
             *.csproj, composer.json, Gemfile, deno.json), and no client's list of servers that starts one (.mcp.json \
             and its like)"
        ),
    };
    let next = "write smoke.toml by hand, as docs/profiles.md tells";
    Cause::new(Code::Usage, what, next).evidence(refused.iter().cloned())
}

/// What could be run, the likeliest first, and what cannot: a client's file that starts several servers of
/// the repository, then the packages that are servers, then the other files of clients.
fn drafts(repository: &Repository) -> (Vec<Draft>, Vec<String>) {
    let found = choice::find(repository);
    let lists = lists::find(repository);
    let packages: Vec<Draft> = found.choices.iter().map(Draft::of).collect();
    let is_stack = |listed: &Listed| listed.own > 1 || listed.own == 1 && found.choices.is_empty();
    let (stacks, others): (Vec<Listed>, Vec<Listed>) = lists.listed.into_iter().partition(is_stack);
    let mut drafts: Vec<Draft> = stacks
        .into_iter()
        .map(|listed| installed(listed.draft, &found.choices, packages.first()))
        .collect();
    drafts.extend(packages);
    drafts.extend(others.into_iter().map(|listed| listed.draft));
    (drafts, found.refused.into_iter().chain(lists.refused).collect())
}

/// What the servers of a client's file are made of must be installed first.
fn installed(draft: Draft, choices: &[Choice], package: Option<&Draft>) -> Draft {
    let Some(package) = package.filter(|_| !choices.is_empty()) else { return draft };
    if package.in_clone {
        return Draft { setup: package.setup.clone(), ..draft };
    }
    let note = "what its servers need must be installed in the clone first, by a [[setup]]";
    let notes = draft.notes.iter().cloned().chain([note.to_owned()]).collect();
    Draft { notes, ..draft }
}

/// Whether an error only says that there is no such file.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests;
