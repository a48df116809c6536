//! `smoke --init`: writes a first profile from what a repository has.

mod client;
mod compiled;
mod manager;
mod node;
mod python;
mod repository;
mod text;
mod transport;

use std::fs::File;
use std::io::{ErrorKind, Write};

use camino::Utf8Path;
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_record::{profile, screen};

use client::Listed;
use repository::Repository;
use text::Draft;

/// What is looked for, in words.
const LOOKED_FOR: &str = "a client's list of servers (.mcp.json, mcp.json, .cursor/mcp.json, \
    .vscode/mcp.json, claude_desktop_config.json, .gemini/settings.json) nor a package.json, \
    pyproject.toml, requirements.txt, go.mod or Cargo.toml that depends on an MCP SDK. A list of servers at https addresses \
    does not count, because our gateway speaks no https";

/// Writes `smoke.toml` into the repository at `root`, and says what it is made of.
///
/// # Errors
/// There is one already, nothing was found, or it cannot be written.
pub fn init(root: &Utf8Path, environment: &Environment) -> Result<(), Cause> {
    let path = root.join("smoke.toml");
    if path.symlink_metadata().is_ok() {
        let summary = format!("{path} is there already, and stays as it is");
        return Err(Cause::new(Code::Usage, summary, "remove it, or edit it"));
    }
    let repository = Repository::look(root, environment)?;
    let mut drafts = drafts(&repository);
    if drafts.is_empty() {
        let summary =
            format!("nothing in {root} looks like an MCP server: there is neither {LOOKED_FOR}");
        let next = "write smoke.toml by hand, as docs/profiles.md tells";
        return Err(Cause::new(Code::Usage, summary, next));
    }
    let draft = drafts.remove(0);
    let others: Vec<String> = drafts.into_iter().map(|draft| draft.found).collect();
    let text = draft.text(root.file_name().unwrap_or("stack"), &others);
    let valid = profile::read(&path, &text);
    valid.map_err(|error| Cause::new(Code::Internal, format!("{error:#}"), "write it by hand"))?;
    write(&path, &text).map_err(|error| {
        Cause::new(Code::Usage, format!("cannot write {path}: {error}"), "look at its folder")
    })?;
    screen::say(&format!("wrote {path}, from {}", draft.found));
    others.iter().for_each(|other| screen::say(&format!("  also found  {other}")));
    draft.notes.iter().for_each(|note| screen::say(&format!("  note        {note}")));
    if !repository.is_git {
        screen::say("  note        this is no git repository yet; what is committed is tested");
    }
    let words = ["cargo", "xtask", "smoke", "--source", root.as_str()].map(str::to_owned);
    screen::say(&format!("  try next    {}", smoke_core::text::shown(&words)));
    Ok(())
}

/// What could be run, the likeliest first: a client's file that starts servers of the repository, then
/// the packages that are servers, then a client's file that names what was published.
fn drafts(repository: &Repository) -> Vec<Draft> {
    let mut packages: Vec<Draft> = repository
        .packages
        .iter()
        .filter_map(|path| match path.file_name()? {
            "package.json" => node::draft(repository, path),
            "go.mod" => compiled::go(repository, path),
            "Cargo.toml" => compiled::rust(repository, path),
            _ => python::draft(repository, path),
        })
        .collect();
    let (own, others): (Vec<Listed>, Vec<Listed>) =
        client::drafts(repository).into_iter().partition(|listed| listed.is_own);
    let mut drafts: Vec<Draft> =
        own.into_iter().map(|listed| installed(listed.draft, packages.first())).collect();
    drafts.append(&mut packages);
    drafts.extend(others.into_iter().map(|listed| listed.draft));
    drafts
}

/// What the servers of a client's file are made of must be installed first.
fn installed(draft: Draft, package: Option<&Draft>) -> Draft {
    let Some(package) = package else { return draft };
    if package.in_clone {
        return Draft { setup: package.setup.clone(), ..draft };
    }
    let note = "what its servers need must be installed in the clone first, by a [[setup]]";
    let notes = draft.notes.iter().cloned().chain([note.to_owned()]).collect();
    Draft { notes, ..draft }
}

/// Never over another file, also not over one that has come to be meanwhile.
fn write(path: &Utf8Path, text: &str) -> std::io::Result<()> {
    let mut file = File::options().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes()).or_else(|error| {
        std::fs::remove_file(path)?;
        Err(error)
    })
}

/// Whether an error only says that there is no such file.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests;
