//! The scene of a fault: what the run is asked to do, and the ways in which a fault changes it.

use std::time::Duration;

use camino::Utf8Path;
use serde_json::json;
use smoke_agents::agent::CODEX;
use smoke_record::options::{ModelKind, Options, Scope, SupervisorKind};
use smoke_record::plan::{Kind, Plan};
use smoke_record::profile::pm2::Pm2Spec;
use smoke_record::profile::{CheckAfter, CheckSpec, OverridesSpec, Profile};
use smoke_record::workspace::{Marker, Workspace, usual_place};

use super::misbehave::leftover;

/// Faults that show only when a deadline passes are not waited for as long as the real thing.
const RESTART: Duration = Duration::from_secs(8);
/// The same of those that show only when nothing moves.
const HEARTBEAT: Duration = Duration::from_secs(4);

/// What the run is asked to do.
pub struct Scene<'a> {
    /// The profile.
    pub profile: &'a mut Profile,
    /// The options.
    pub options: &'a mut Options,
    /// Puts a fault into the order of the steps.
    pub reorder: fn(&mut Plan),
    /// The run that uses the workspace already.
    pub other_run: Option<OtherRun>,
}

/// Another run, as far as its workspace shows it; the workspace goes with it.
#[derive(Debug)]
pub struct OtherRun(Option<Workspace>);

impl Drop for OtherRun {
    fn drop(&mut self) {
        // What cannot be removed is swept by the next start.
        let _ = self.0.take().map(Workspace::remove);
    }
}

impl<'a> Scene<'a> {
    /// The scene before the fault.
    pub fn new(profile: &'a mut Profile, options: &'a mut Options) -> Self {
        options.limits.restart.get_or_insert(RESTART);
        Self { profile, options, reorder: |_| (), other_run: None }
    }

    /// Another run uses the workspace that is asked for. Where it cannot be made, nobody does.
    pub fn use_workspace_twice(&mut self) {
        let made = Workspace::create_in(&usual_place(), &Marker::default(), &|_| ()).ok();
        self.options.workspace.path = made.as_ref().map(|other| other.path().to_owned());
        self.other_run = Some(OtherRun(made));
    }

    /// The build misbehaves in this way.
    pub fn build(&mut self, way: &str) {
        if let Some(build) = &mut self.profile.gateway.build {
            build.command = command(way);
        }
    }

    /// The build never ends.
    pub fn build_hangs(&mut self) {
        self.build("hang");
        self.limit("build", 8);
    }

    /// The build goes on without moving.
    pub fn build_repeats(&mut self) {
        self.build("repeat");
        let heartbeat = &mut self.options.limits.heartbeat;
        *heartbeat = Some(heartbeat.map_or(HEARTBEAT, |asked| asked.min(HEARTBEAT)));
    }

    /// A value of the environment is not set.
    pub fn forget(&mut self, key: &str) {
        self.profile.env.retain(|(known, _)| known != key);
    }

    /// The gateway misbehaves in this way.
    pub fn gateway(&mut self, way: &str) {
        self.profile.gateway.command = command(way);
        self.profile.gateway.command.push("{{PROXY_PORT}}".into());
        self.start_by_command();
    }

    /// A process that misbehaves, with these `words` behind its way, runs and then becomes the gateway.
    pub fn before_gateway(&mut self, way: &str, words: &[&str]) {
        let words = words.iter().chain(&["--"]).map(|word| (*word).to_owned());
        let wrapped: Vec<String> = command(way).into_iter().chain(words).collect();
        self.profile.gateway.command.splice(0..0, wrapped);
        self.start_by_command();
    }

    /// The gateway is started with this change of its environment, in the words of `env`.
    pub fn change_environment(&mut self, change: &str) {
        self.profile.gateway.command.splice(0..0, ["env".to_owned(), change.to_owned()]);
        self.start_by_command();
    }

    /// What befalls the gateway's command shows only if nothing else says how it is started.
    fn start_by_command(&mut self) {
        let command = self.profile.pm2.command.take();
        self.profile.pm2 = Pm2Spec { command, ..Pm2Spec::default() };
        self.profile.gateway.start = None;
    }

    /// The calls of pm2 go through a process that misbehaves in this way.
    pub fn pm2(&mut self, way: &str) {
        self.options.roles.supervisor = SupervisorKind::Pm2;
        let named = self.options.parts.pm2.take().map(|path| vec![path.into_string()]);
        let pm2 = named.or_else(|| self.profile.pm2.command.take()).map(from_clone);
        let pm2 = pm2.unwrap_or_else(|| vec!["pm2".into()]);
        self.profile.pm2.command = Some([command(way), vec!["--".into()], pm2].concat());
    }

    /// A server's program is gone. Without overrides, which would render the gateway's config again.
    pub fn break_a_server(&mut self) {
        self.before_gateway("break-a-server", &[]);
        self.profile.overrides = OverridesSpec::None;
    }

    /// The schemas are asked for at once, and the gateway is late.
    pub fn ask_too_early(&mut self) {
        self.before_gateway("late", &[]);
        self.limit("overrides", 2);
        self.reorder = |plan| {
            let mut steps = plan.steps.iter_mut();
            if let Some(overrides) = steps.find(|step| step.kind == Kind::Overrides) {
                overrides.needs = vec!["start".into()];
            }
        };
    }

    /// One of the profile's own commands misbehaves in this way.
    pub fn check(&mut self, way: &str) {
        self.add_check(CheckAfter::Ready, command(way));
    }

    /// One of them goes on when it is told to stop.
    pub fn start_again(&mut self) {
        self.check("start-again");
        self.limit("check-misbehaving", 2);
    }

    /// The first call is made of a file that is not there.
    pub fn fail_a_call(&mut self) {
        let first = self.profile.stages.first_mut().and_then(|stage| stage.calls.first_mut());
        if let Some(call) = first {
            call.arguments = json!({"operation": "read_file", "path": "no/such/file"});
            call.expectation.arguments = call.arguments.clone();
        }
    }

    /// The agent is a Codex CLI that misbehaves in this way.
    pub fn agent(&mut self, way: &str) {
        self.agent_is([command(way), vec!["--".into()]].concat());
    }

    /// The same, and its first stage does not wait for long.
    pub fn agent_hangs(&mut self, way: &str) {
        self.agent(way);
        if let Some(first) = self.profile.stages.first() {
            self.limit(&format!("stage-{}", first.name), 6);
        }
    }

    /// The same, and an older run has left its transcripts.
    pub fn agent_with_leftovers(&mut self, way: &str) {
        self.agent(way);
        let arguments = leftover::arguments(self.profile);
        let command = [command("leave-transcripts"), vec!["--".into()], arguments].concat();
        self.add_check(CheckAfter::Clone, command);
    }

    /// The agent is a Codex CLI with this command line. A stand-in reads the calls in a prompt that is made
    /// from them.
    pub fn agent_is(&mut self, command: Vec<String>) {
        self.options.roles.agent = &CODEX;
        self.options.roles.model = ModelKind::Scripted;
        self.options.parts.agent = Some(command);
        self.profile.stages.iter_mut().for_each(|stage| stage.prompt = None);
    }

    fn add_check(&mut self, after: CheckAfter, command: Vec<String>) {
        let (name, scope) = ("misbehaving".to_owned(), Scope::None);
        self.profile.checks.push(CheckSpec { name, scope, after, command });
    }

    fn limit(&mut self, step: &str, seconds: u64) {
        self.profile.deadlines.retain(|(id, _)| id != step);
        self.profile.deadlines.push((step.into(), Duration::from_secs(seconds)));
    }
}

/// The command line of a process that misbehaves in this way.
fn command(way: &str) -> Vec<String> {
    let program = std::env::current_exe().unwrap_or_else(|_| "xtask".into());
    [program.display().to_string(), "misbehave".into(), way.into()].to_vec()
}

/// A command line whose program is named from the clone, for whoever starts it from elsewhere.
fn from_clone(mut command: Vec<String>) -> Vec<String> {
    if let Some(program) = command.first_mut().filter(|name| name.contains('/'))
        && Utf8Path::new(program).is_relative()
        && !program.starts_with("{{")
    {
        program.insert_str(0, "{{STELAE_DIR}}/");
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_the_clone_is_named_for_whoever_is_elsewhere() {
        let named = |program: &str| from_clone(vec![program.to_owned()]).remove(0);
        assert_eq!(named("node_modules/.bin/pm2"), "{{STELAE_DIR}}/node_modules/.bin/pm2");
        for fixed in ["pm2", "/usr/bin/pm2", "{{APPS_DIR}}/pm2"] {
            assert_eq!(named(fixed), fixed);
        }
    }
}
