//! A first profile that was written, and what a run of it adds.

use std::fs::{self, File};
use std::io::Write;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use smoke_core::cause::{Cause, Code};
use smoke_core::files;
use smoke_record::profile;

use super::draft::{Draft, Run};
use super::mend::{self, Mended};
use super::pins;
use super::stage::{self, Stage};

/// A first profile.
pub struct Written {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// Whether there is a repository of git around it.
    pub is_git: bool,
    draft: Draft,
    /// The draft as it was before other ways to start it were tried.
    first: Option<Draft>,
    others: Vec<String>,
    tools: Vec<String>,
    stage: Stage,
}

impl Written {
    /// Writes the draft, never over another file, also not over one that has come to be meanwhile.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(
        path: Utf8PathBuf,
        draft: Draft,
        others: Vec<String>,
        is_git: bool,
    ) -> Result<Self, Cause> {
        let written = Self {
            path,
            is_git,
            draft,
            first: None,
            others,
            tools: Vec::new(),
            stage: Stage::Unknown,
        };
        let text = written.text()?;
        let write = || {
            let mut file = File::options().write(true).create_new(true).open(&written.path)?;
            file.write_all(text.as_bytes()).or_else(|error| {
                fs::remove_file(&written.path)?;
                Err(error)
            })
        };
        write().map_err(|error| unwritable(&written.path, &error))?;
        Ok(written)
    }

    /// Puts down the tools that were listed, and a first stage of one of them. Says their names, and whether
    /// there is a stage that has not been tried yet.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn listed(&mut self, tools: &[Value]) -> Result<(Vec<String>, bool), Cause> {
        let names = tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned));
        self.tools = names.collect();
        self.stage = stage::of(tools, self.stands_in());
        self.replace()?;
        Ok((self.tools.clone(), matches!(self.stage, Stage::Sure(_))))
    }

    /// Keeps the stage as a proposal only: it did not pass.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn doubt(&mut self) -> Result<(), Cause> {
        self.stage = self.stage.clone().doubted();
        self.replace()
    }

    /// Changes what the run says about itself: a variable that it asks for, or a port that it listens at.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn mend(&mut self, run_folder: &Utf8Path) -> Result<Option<String>, Cause> {
        let Run::Server(server) = &mut self.draft.run else { return Ok(None) };
        let root = self.path.parent().unwrap_or(Utf8Path::new(""));
        let mended = mend::mend(server, run_folder);
        let what = if let Some((setup, what)) = pins::setup(&self.draft.setup, run_folder, root) {
            self.draft.setup = setup;
            what
        } else if let Some(mended) = mended.or_else(|| mend::usual(server, run_folder)) {
            **server = mended.server;
            mended.what
        } else if let Some(Mended { server: other, what }) = mend::otherwise(server, run_folder) {
            let before = self.draft.clone();
            self.first.get_or_insert(before);
            self.draft.run = Run::Server(Box::new(other));
            what
        } else {
            return Ok(None);
        };
        self.draft.notes.push(what.clone());
        self.replace()?;
        Ok(Some(what))
    }

    /// Goes back to the first way to start it: no other one was better.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn go_back(&mut self) -> Result<(), Cause> {
        let Some(first) = self.first.take() else { return Ok(()) };
        self.draft = first;
        self.replace()
    }

    /// What of the draft could be changed, where it does not pass.
    pub fn remedies(&self) -> Vec<String> {
        let unset = match &self.draft.run {
            Run::Server(server) => server
                .variables
                .iter()
                .filter(|one| !one.is_required && one.value.is_none())
                .map(|one| one.name.clone())
                .collect(),
            Run::Listed(_) => Vec::new(),
        };
        let unset = (!unset.is_empty()).then(|| {
            format!("these variables are not set, which it may want: {}", unset.join(", "))
        });
        let others =
            self.others.iter().filter(|other| other.starts_with("also found")).take(3).cloned();
        unset.into_iter().chain(others).collect()
    }

    /// Whether a value that only a person has is made up.
    fn stands_in(&self) -> bool {
        matches!(&self.draft.run, Run::Server(server) if server.variables.iter().any(|one| one.is_required)
            || server.command.iter().any(|word| word.contains(":-stand-in")))
    }

    fn text(&self) -> Result<String, Cause> {
        let name = self.path.parent().and_then(Utf8Path::file_name).unwrap_or("stack");
        let text = self.draft.text(name, &self.others, &self.tools) + &self.stage.text();
        let invalid = |error: anyhow::Error| {
            Cause::new(Code::Internal, format!("{error:#}"), "write it by hand")
        };
        profile::read(&self.path, &text).map_err(invalid)?;
        Ok(text)
    }

    fn replace(&self) -> Result<(), Cause> {
        /// As a file of a work tree is.
        const OPEN: u32 = 0o644;
        let text = self.text()?;
        files::replace(&self.path, text.as_bytes(), OPEN)
            .map_err(|error| unwritable(&self.path, &error))
    }
}

fn unwritable(path: &Utf8Path, error: &std::io::Error) -> Cause {
    Cause::new(Code::Usage, format!("cannot write {path}: {error}"), "look at its folder")
}
