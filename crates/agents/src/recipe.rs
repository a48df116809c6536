//! The recipe of an agent: how its program is found and asked, how it is told of the stack and of a model in
//! a home of its own, how it is started, and where else it says what went wrong. Each agent's folder has one.

use std::collections::BTreeSet;

use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use smoke_core::cause::Cause;
use smoke_core::environment::{Environment, Origin};
use smoke_mcp::endpoint::Endpoint;

use crate::agent::Agent;
use crate::model::Detour;
use crate::stream::Form;

/// How an agent is driven.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Whose it is.
    pub agent: &'static Agent,
    /// The form of what it prints.
    pub form: Form,
    /// Its program, as it is found on PATH.
    pub program: &'static str,
    /// How one is got that a run can use.
    pub install: &'static str,
    /// The words that make it list its options.
    pub help: &'static [&'static str],
    /// An option that lets it print its events as JSON: without one of these it is of no use.
    pub needs: &'static [&'static str],
    /// The words that make it list its features, if it has any.
    pub features: Option<&'static [&'static str]>,
    /// The cause when a version is one that a run cannot use.
    pub too_old: fn(&str) -> Option<Cause>,
    /// What one session needs.
    pub prepare: fn(&Installation, &Wanted) -> Prepared,
    /// What the names of its own variables begin with. None of the developer's get to it.
    pub own_variables: &'static [&'static str],
    /// Folders in its home in which it says what became of servers, where its output does not.
    pub logs: &'static [&'static str],
    /// The tool that it offers for all others.
    pub detour: Option<Detour>,
    /// How long the scripted model takes for its last word. A real one is never there at once.
    pub pause: Duration,
    /// Whether it may ask its model before it knows the tools of its servers.
    pub is_hasty: bool,
}

/// A program that was asked what it can do.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The command line that it is called with, before its own arguments.
    pub argv: Vec<String>,
    /// Its version.
    pub version: String,
    /// The long options that its help lists, with their dashes.
    pub options: BTreeSet<String>,
    /// The features that it lists; none for a version that lists none.
    pub features: BTreeSet<String>,
}

/// What one session of an agent is to do.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The home of the agent in this run.
    pub home: &'a Utf8Path,
    /// The folder to work in.
    pub folder: &'a Utf8Path,
    /// What it is told.
    pub prompt: &'a str,
    /// The name of the stack as an MCP server.
    pub server: &'a str,
    /// How the stack is reached.
    pub endpoint: &'a Endpoint,
    /// Whether it must be spoken to in the stateless version of MCP.
    pub stateless: bool,
    /// How long a call of a tool may take, in seconds.
    pub tool_timeout_s: u64,
    /// Who it gets its answers from.
    pub model: Model<'a>,
}

/// Who answers an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model<'a> {
    /// The scripted model.
    Scripted(Access<'a>),
    /// The one of the developer's login.
    Live,
    /// The one that the developer's own config names, which the run has taken into the agent's home.
    LiveAsConfigured,
}

/// How the scripted model is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access<'a> {
    /// Its address.
    pub address: &'a str,
    /// The key. It is long and random, because an agent may hide it wherever it stands in its output.
    pub key: &'a str,
}

/// What is to be put in place for a session, and how it is started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Files in the home, by their paths there.
    pub files: Vec<(Utf8PathBuf, String)>,
    /// Variables.
    pub variables: Vec<(String, String)>,
    /// The command line.
    pub argv: Vec<String>,
}

impl Installation {
    /// Whether this version takes `option`.
    pub fn takes(&self, option: &str) -> bool {
        self.options.contains(option)
    }
}

impl Prepared {
    /// One that is started with the program of `installation`.
    pub fn of(installation: &Installation) -> Self {
        Self { argv: installation.argv.clone(), ..Self::default() }
    }

    /// Adds arguments.
    pub fn arguments<'a>(&mut self, arguments: impl IntoIterator<Item = &'a str>) {
        self.argv.extend(arguments.into_iter().map(str::to_owned));
    }

    /// Adds arguments, of which the first is an option, if the installed version takes it.
    pub fn if_taken(&mut self, installation: &Installation, arguments: &[&str]) {
        if arguments.first().is_some_and(|option| installation.takes(option)) {
            self.arguments(arguments.iter().copied());
        }
    }

    /// Sets variables.
    pub fn set(&mut self, variables: &[(&str, &str)]) {
        let owned = variables.iter().map(|(key, value)| ((*key).into(), (*value).into()));
        self.variables.extend(owned);
    }
}

impl Recipe {
    /// `environment` as the agent gets it: with nothing of the developer's own that is about it, and
    /// with the run's folder for all that it keeps.
    pub fn environment(&self, environment: &Environment, home: &Utf8Path) -> Environment {
        let mut own = environment.clone();
        let theirs = |key: &&str| self.own_variables.iter().any(|start| key.starts_with(start));
        let keys = environment.iter().map(|(key, _)| key).filter(theirs);
        keys.for_each(|key| own.remove(key));
        if self.agent != &crate::agent::CODEX {
            own.set("HOME", home.as_str(), Origin::Run);
            for (key, folder) in FOLDERS {
                own.set(key, home.join(folder).as_str(), Origin::Run);
            }
        }
        own
    }
}

/// Where programs keep what is theirs, by the variables that say so.
const FOLDERS: [(&str, &str); 4] = [
    ("XDG_CONFIG_HOME", ".config"),
    ("XDG_DATA_HOME", ".local/share"),
    ("XDG_STATE_HOME", ".local/state"),
    ("XDG_CACHE_HOME", ".cache"),
];
