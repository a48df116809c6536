//! The needs of a run of a profile.

use camino::{Utf8Path, Utf8PathBuf};
use smoke_agents::agent::CODEX;
use smoke_agents::recipes;
use smoke_core::environment::{Environment, Origin};
use smoke_core::stop::Stop;
use smoke_harness::python::interpreter;
use smoke_record::options::{Options, SupervisorKind};
use smoke_record::plan;
use smoke_record::profile::{self, Profile};

/// Programs that people ask about, whether a profile needs them or not.
const KNOWN: [&str; 7] = ["git", "cargo", "node", "npm", "pm2", "go", "python3"];

/// What a run would need.
pub struct Needs {
    /// What it would be asked to do.
    pub options: Options,
    /// The folder of what is tested.
    pub source: Utf8PathBuf,
    /// The profile.
    pub profile: Profile,
    /// The environment it would begin with.
    pub environment: Environment,
    /// The interpreter of the stack.
    pub python: String,
    /// The programs, and what needs each.
    pub programs: Vec<Wanted>,
    /// The wish to stop.
    pub stop: Stop,
}

/// A program, and what needs it; nothing for one that only is of interest.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// Its name or its path.
    pub name: String,
    /// Ids of steps, or words.
    pub needed_by: Vec<String>,
}

impl Needs {
    /// Of a run with these options.
    pub fn of(
        options: Options,
        profile: Profile,
        source: &Utf8Path,
        mut environment: Environment,
    ) -> Self {
        let python = interpreter(options.parts.python.as_deref(), source.as_str());
        environment.set("PYTHON", python.as_str(), Origin::Run);
        for (key, value) in &profile.env {
            if let Ok(value) = profile::expand(value, &environment) {
                environment.set(key, value, Origin::Profile);
            }
        }
        let programs = programs(&options, &profile, &python, &environment);
        let (source, stop) = (source.to_owned(), Stop::default());
        Self { options, source, profile, environment, python, programs, stop }
    }
}

fn programs(
    options: &Options,
    profile: &Profile,
    python: &str,
    environment: &Environment,
) -> Vec<Wanted> {
    let (roles, parts) = (options.roles, &options.parts);
    let mut all = Vec::new();
    let agents = recipes::ALL.iter().map(|recipe| recipe.program);
    for name in KNOWN.into_iter().chain(agents) {
        want(&mut all, name, None);
    }
    want(&mut all, "git", Some("clone"));
    for (step, command) in plan::commands(profile) {
        want_first(&mut all, &command[0], &step, environment);
    }
    for program in &profile.requires.programs {
        want_first(&mut all, program, "requires", environment);
    }
    if !profile.requires.python.is_empty() {
        want(&mut all, python, Some("requires"));
    }
    if roles.supervisor == SupervisorKind::Pm2 && !profile.pm2.is_made_by_the_run() {
        let own = profile.pm2.command.as_ref().and_then(|command| command.first());
        let named = parts.pm2.as_ref().map(|named| named.as_str());
        let own = named.or(own.map(String::as_str));
        let set = environment.get("PM2").filter(|set| !set.is_empty());
        want(&mut all, own.or(set).unwrap_or("pm2"), Some("supervisor"));
    }
    if let Some(program) = roles.agent.program.filter(|_| !profile.stages.is_empty()) {
        let of_codex = parts.codex_cli.as_ref().filter(|_| *roles.agent == CODEX);
        let named = of_codex.or(parts.agent_cli.as_ref()).map(|named| named.as_str());
        want(&mut all, named.unwrap_or(program), Some("agent"));
    }
    all
}

/// A program that the run makes has no place yet, and one with a relative path is of the clone.
fn want_first(all: &mut Vec<Wanted>, word: &str, step: &str, environment: &Environment) {
    let Ok(name) = profile::expand(word, environment) else { return };
    if !name.contains('/') || name.starts_with('/') {
        want(all, &name, Some(step));
    }
}

fn want(all: &mut Vec<Wanted>, name: &str, by: Option<&str>) {
    let by = by.map(str::to_owned);
    match all.iter_mut().find(|wanted| wanted.name == name) {
        Some(known) => known.needed_by.extend(by.filter(|by| !known.needed_by.contains(by))),
        None => all.push(Wanted { name: name.to_owned(), needed_by: by.into_iter().collect() }),
    }
}
