//! Profiles: what a run does with a stack, as plain data read from a TOML file.

mod ci;
mod env;
mod expand;
mod find;
mod gateway;
pub mod pm2;
mod read;
mod server;
mod setup;
mod stage;
mod table;
mod value;

use std::time::Duration;

use camino::Utf8PathBuf;
use serde_json::Value;
use smoke_agents::agent::Agent;
use smoke_agents::transcript::Expectation;
use smoke_core::finding;

use crate::options::{Cast, Choice, Scope};

pub use ci::CiSpec;
pub use expand::{Unset, expand, expand_all};
pub use find::{NoProfile, OF_THIS_PROJECT, OWN, find, find_in_commit};
pub use read::read;
pub use server::{McpConfigSpec, ServerSpec};
pub use setup::SetupSpec;

/// All that a profile says.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its name: the built-in's, else what the file says, else the file's stem.
    pub name: String,
    /// The TOML text, kept so that a later resume reads the same profile.
    pub text: String,
    /// Where the text came from.
    pub path: Utf8PathBuf,
    /// Variables for .env and for every child, with placeholders.
    pub env: Vec<(String, String)>,
    /// Names of variables whose values are masked, besides those whose names say so.
    pub secrets: Vec<String>,
    /// Who plays the roles of a run, unless the command line says so.
    pub roles: Cast,
    /// The agents that go through the stages, the one of the roles first.
    pub agents: Vec<&'static Agent>,
    /// The commands that are run before the stack is started, in their order.
    pub setup: Vec<SetupSpec>,
    /// The bundle to install, if there is one.
    pub bundle: Option<BundleSpec>,
    /// The servers that our own gateway serves.
    pub servers: Vec<ServerSpec>,
    /// The file of the clone that lists more of them.
    pub mcp_config: Option<McpConfigSpec>,
    /// The gateway config to render, if there is one.
    pub render: Option<RenderSpec>,
    /// The gateway: how it is built, started and judged.
    pub gateway: GatewaySpec,
    /// How it is started where pm2 is the supervisor.
    pub pm2: pm2::Pm2Spec,
    /// What this machine must have.
    pub requires: RequiresSpec,
    /// How tool schemas are filled in from the live list.
    pub overrides: OverridesSpec,
    /// The profile's own commands, run once the gateway is ready.
    pub checks: Vec<CheckSpec>,
    /// The stages an agent goes through.
    pub stages: Vec<StageSpec>,
    /// Whether a finding fails the run.
    pub strict: bool,
    /// The names of findings that are accepted all the same.
    pub accept: Vec<finding::Name>,
    /// What a CI system runs it with.
    pub ci: CiSpec,
    /// Deadlines of steps, by step id.
    pub deadlines: Vec<(String, Duration)>,
}

impl Profile {
    /// What `stage` expects; every call is expected of the gateway, unless the stage says another.
    pub fn expectations(&self, stage: &StageSpec) -> Vec<Expectation> {
        let expected = |call: &CallSpec| {
            let mut expected = call.expectation.clone();
            expected.server.get_or_insert_with(|| self.gateway.server.clone());
            expected
        };
        stage.calls.iter().map(expected).collect()
    }
}

/// The bundle to install.
#[derive(Clone, Debug)]
pub struct BundleSpec {
    /// Its folder in the clone.
    pub path: String,
    /// Whether its servers' commands are made by the build, so that it must wait for it.
    pub after_build: bool,
}

/// What this machine must have.
#[derive(Clone, Debug, Default)]
pub struct RequiresSpec {
    /// Programs, by name or by path.
    pub programs: Vec<String>,
    /// Modules that the Python interpreter of the run must find.
    pub python: Vec<String>,
}

/// How tool schemas are filled in.
#[derive(Clone, Debug, PartialEq)]
pub enum OverridesSpec {
    /// Not at all.
    None,
    /// By us.
    Own,
    /// By a command of the stack.
    Command(Vec<String>),
}

/// How the gateway config is rendered.
#[derive(Clone, Debug)]
pub enum Render {
    /// By us, from this template in the clone.
    Template(String),
    /// By a command of the stack.
    Command(Vec<String>),
}

/// The gateway config to render.
#[derive(Clone, Debug)]
pub struct RenderSpec {
    /// How.
    pub how: Render,
    /// Where the result goes.
    pub output: String,
}

/// The gateway.
#[derive(Clone, Debug)]
pub struct GatewaySpec {
    /// The name under which an agent knows it.
    pub server: String,
    /// Its own repository, if it is not part of the clone.
    pub clone: Option<GatewayCloneSpec>,
    /// How it is built, if it must be.
    pub build: Option<BuildSpec>,
    /// The command that serves; empty when only an ecosystem file of pm2 knows it.
    pub command: Vec<String>,
    /// The command of the stack that starts all of it and returns, in place of our step.
    pub start: Option<Vec<String>>,
    /// The folder to run it in; the clone when not said.
    pub cwd: Option<String>,
    /// The variables that it has besides those of the run.
    pub env: Vec<(String, String)>,
    /// Whether it is our own, which the stack does not bring.
    pub own: bool,
    /// How it is spoken to.
    pub transport: Transport,
    /// Where it serves.
    pub url: String,
    /// What each request to it carries.
    pub headers: Vec<(String, String)>,
    /// The tools it must list to be ready.
    pub tools: Vec<String>,
    /// Its own record of calls, if it writes one.
    pub call_log: Option<String>,
}

/// How a gateway is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// It listens at an address.
    Http,
    /// There is none: whoever uses the one server starts it, and speaks to it over its input and
    /// output.
    Stdio,
}

impl Choice for Transport {
    const ALL: &'static [Self] = &[Self::Http, Self::Stdio];

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Http => ("http", "It listens at an address"),
            Self::Stdio => ("stdio", "Whoever uses it starts it"),
        }
    }
}

/// A gateway's own repository.
#[derive(Clone, Debug)]
pub struct GatewayCloneSpec {
    /// Where to clone it from, unless `--proxy-source` says so: the first of these that is there.
    pub sources: Vec<String>,
    /// Where to clone it to.
    pub into: String,
}

/// How a gateway is built.
#[derive(Clone, Debug)]
pub struct BuildSpec {
    /// The command, run in the clone of what is built.
    pub command: Vec<String>,
    /// The file it makes.
    pub output: String,
    /// A command that takes away what the build leaves behind for this clone only.
    pub tidy: Option<Vec<String>>,
}

/// One of the profile's own commands.
#[derive(Clone, Debug)]
pub struct CheckSpec {
    /// Its name; the step is `check-NAME`.
    pub name: String,
    /// With which scope to run it.
    pub scope: Scope,
    /// After what to run it.
    pub after: CheckAfter,
    /// The command, run in the clone.
    pub command: Vec<String>,
}

/// After what a check is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckAfter {
    /// The clone, beside the build: it needs no stack.
    Clone,
    /// The wait for the gateway.
    Ready,
    /// The last stage.
    Stages,
}

/// A stage: written once, it is the agent's script and the expectation at the same time.
#[derive(Clone, Debug)]
pub struct StageSpec {
    /// Its name; the step is `stage-NAME`.
    pub name: String,
    /// What a person or a model is told, instead of the prompt that is made from the calls.
    pub prompt: Option<String>,
    /// The calls, in order.
    pub calls: Vec<CallSpec>,
    /// Tools that must be listed after the stage.
    pub tools_present: Vec<String>,
    /// Tools that must not be listed after the stage.
    pub tools_absent: Vec<String>,
}

/// A call of a stage.
#[derive(Clone, Debug)]
pub struct CallSpec {
    /// The tool.
    pub tool: String,
    /// What it is called with.
    pub arguments: Value,
    /// What is expected of it.
    pub expectation: Expectation,
}
