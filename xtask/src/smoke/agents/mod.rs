//! Several agents: a run for each, side by side, and one table at the end. A stage changes the stack, so that
//! each agent needs one of its own; what is built and set up for one is there for all.

mod one;
mod table;

use std::sync::Mutex;
use std::thread;

use smoke_agents::agent::{self, Agent};
use smoke_core::cause::{Cause, Code};
use smoke_core::environment::Environment;
use smoke_core::program;
use smoke_core::stop::Stop;
use smoke_core::sync;
use smoke_record::across::Ended;
use smoke_record::options::Manual;
use smoke_record::{across, ci, report, screen};

use super::decide::Chosen;
use super::environment;
use super::session::{Beginning, artifacts, unwritable};
use crate::cli::output::Format;
use crate::cli::run::{RunArgs, Who};
use crate::cli::smoke::SmokeArgs;

/// The agents that a run is asked for, if they are several: by the arguments, or else by the profile, which the
/// beginning then keeps.
pub fn several(args: &RunArgs, beginning: &mut Beginning) -> Option<Vec<&'static Agent>> {
    let Beginning { root, environment, .. } = beginning;
    if args.agent.contains(&Who::All) {
        return Some(installed(environment));
    }
    let mut named: Vec<_> = args.agent.iter().filter_map(|who| who.agent()).collect();
    if named.is_empty() {
        // What is wrong with a profile the run itself says.
        beginning.chosen = Chosen::by(args, root, environment).ok();
        let chosen = beginning.chosen.iter();
        named.extend(chosen.flat_map(|chosen| chosen.profile.agents.iter().copied()));
    }
    named.dedup();
    (named.len() > 1).then_some(named)
}

/// Those that this machine has.
fn installed(environment: &Environment) -> Vec<&'static Agent> {
    let path = environment.get("PATH").unwrap_or_default();
    let is_there = |program: &str| program::find(program, path).is_some();
    agent::ALL.into_iter().filter(|agent| agent.program.is_none_or(is_there)).collect()
}

/// Runs with each of `agents`, as many at once as there are cores. Returns the exit code: that of the first of
/// them that did not pass.
pub fn run(args: &SmokeArgs, agents: &[&'static Agent], stop: &Stop) -> u8 {
    if let Some(cause) = conflict(args) {
        return super::refuse(&cause);
    }
    let (next, ended) = (Mutex::new(agents.iter()), Mutex::new(Vec::new()));
    // The lock must not be held while an agent is run, as it would be in the head of the loop.
    let take = || sync::lock(&next).next().filter(|_| !stop.is_set());
    let work = || {
        while let Some(agent) = take() {
            let one = one::run(args, agent, stop);
            screen::say(&one::line(&one));
            sync::lock(&ended).push(one);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 1..cores.min(agents.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut ended = sync::lock(&ended).drain(..).collect::<Vec<Ended>>();
    ended.sort_by_key(|one| agents.iter().position(|agent| *agent == one.agent));
    match args.run.output.format {
        Format::Human => screen::say(&format!("\n{}", table::text(&ended))),
        Format::Json => screen::print(&format!("{:#}\n", across::document(&ended))),
    }
    say_what_is_missing(&args.run);
    leave(&args.run, &ended);
    let code = across::first_failed(&ended).map_or(0, |one| one.exit_code);
    stop.signal().map_or(code, |signal| 128 + signal as u8)
}

/// Leaves the table where people and CI systems look for it.
fn leave(args: &RunArgs, ended: &[Ended]) {
    // Without a record there is no folder of a run either.
    if ended.iter().all(|one| one.record.is_none()) {
        return;
    }
    let written = artifacts(&args.output).and_then(|artifacts| {
        let folder = artifacts.join("agents");
        let written = report::write_across(&folder, ended);
        written.map_err(|error| unwritable(&error))?;
        screen::say(&format!("  reports     {folder}"));
        ci::finish_all(ended, &artifacts, &folder);
        Ok(())
    });
    if let Err(cause) = written {
        screen::say(&format!("warning: {}", cause.summary));
    }
}

/// What cannot be said to several runs at once.
fn conflict(args: &SmokeArgs) -> Option<Cause> {
    let SmokeArgs { run, instead } = args;
    let flag = match () {
        () if instead.repeat.is_some() || instead.until_fail => "--repeat",
        () if instead.resume => "--resume",
        () if run.manual.stages() != Manual::None => "a manual stage",
        () if run.workspace.workspace.is_some() => "--workspace",
        () if run.parts.port.is_some() => "--port",
        () if run.parts.agent_cli.is_some() => "--agent-cli",
        () => return None,
    };
    let summary = format!("{flag} is for a run with one agent, and several were asked for");
    Some(Cause::new(Code::Usage, summary, "name one agent with --agent"))
}

/// How those of all agents are got that this machine lacks.
fn say_what_is_missing(args: &RunArgs) {
    let Ok(environment) = environment() else { return };
    if !args.agent.contains(&Who::All) {
        return;
    }
    let there = installed(&environment);
    for recipe in smoke_agents::recipes::ALL {
        if !there.contains(&recipe.agent) {
            screen::say(&format!("  not here    {}: {}", recipe.agent.name, recipe.install));
        }
    }
}
