//! The flags of a run: those of `smoke`, `smoke-manual` and `doctor`.

use camino::Utf8PathBuf;
use clap::Args;
use smoke_agents::agent::{self, Agent};
use smoke_core::cause::Cause;
use smoke_record::options::{Cast, Choice, ModelKind, Options, Roles, SupervisorKind};

use super::limits::LimitArgs;
use super::manual::ManualArgs;
use super::output::OutputArgs;
use super::parts::PartArgs;
use super::value;
use super::workspace::WorkspaceArgs;

/// What to run, where and how.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "What to run")]
pub struct RunArgs {
    /// Do what this profile says [default: smoke.toml]
    ///
    /// A profile is built in (embedded, stelae) or a file. Without one it is the smoke.toml of the source,
    /// else embedded for this project.
    #[arg(long, value_name = "NAME|FILE")]
    pub profile: Option<String>,
    /// Clone this repository [default: the current one]
    #[arg(long, value_name = "DIR")]
    pub source: Option<Utf8PathBuf>,
    /// Test this commit
    #[arg(long, default_value = "HEAD")]
    pub rev: String,
    /// Let this keep the gateway running
    ///
    /// Without it, the profile says so, else it is embedded.
    #[arg(long, value_name = "NAME", value_parser = value::choice::<SupervisorKind>())]
    pub supervisor: Option<SupervisorKind>,
    /// Let this agent make the calls: scripted, codex, claude-code, …, or all
    ///
    /// They are scripted, codex, claude-code, gemini, qwen-code, opencode, copilot, cline, pi and mistral-vibe.
    /// Without it, the profile says so, else it is scripted. Several agents, or all that are installed,
    /// go through the stages of a stack each, and a table is at the end.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = value::choice::<Who>(), hide_possible_values = true)]
    pub agent: Vec<Who>,
    /// Let this model answer an agent that asks one
    ///
    /// Without it, the profile says so, else it is scripted; for codex it is live.
    #[arg(long, value_name = "NAME", value_parser = value::choice::<ModelKind>(), hide_short_help = true)]
    pub model: Option<ModelKind>,
    /// Build the gateway anew, and ignore kept setups
    #[arg(long)]
    pub cold: bool,
    /// Play a fault on the stack to see how it is told; `list` lists them
    #[arg(long, value_name = "FAULT", hide_short_help = true)]
    pub inject: Option<String>,
    /// Whether the profile is that of the tested commit, whatever the work tree has.
    #[arg(skip)]
    pub committed: bool,

    #[command(flatten)]
    /// Which stages a person does.
    pub manual: ManualArgs,
    #[command(flatten)]
    /// About the workspace.
    pub workspace: WorkspaceArgs,
    #[command(flatten)]
    /// About deadlines.
    pub limits: LimitArgs,
    #[command(flatten)]
    /// About the parts of the stack.
    pub parts: PartArgs,
    #[command(flatten)]
    /// What is kept and shown.
    pub output: OutputArgs,
}

impl RunArgs {
    /// What they ask for; who plays the roles is for the profile to say where they do not.
    ///
    /// # Errors
    /// A path cannot be used.
    pub fn options(&self, profile: Cast) -> Result<Options, Cause> {
        Ok(Options {
            roles: Roles::decide(self.cast(), profile),
            extent: self.workspace.extent(),
            scope: self.parts.pytest_scope,
            manual: self.manual.stages(),
            workspace: self.workspace.options()?,
            limits: self.limits.limits(),
            parts: self.parts.parts()?,
            capture: self.output.capture(),
            cold: self.cold,
            fault: self.inject.clone(),
        })
    }

    fn cast(&self) -> Cast {
        let agent = self.agent.iter().find_map(|who| who.agent());
        Cast { supervisor: self.supervisor, agent, model: self.model }
    }
}

/// Who is to make the calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// This agent.
    One(&'static Agent),
    /// Every one that is installed.
    All,
}

impl Who {
    const EVERY: [Self; agent::ALL.len() + 1] = {
        let mut every = [Self::All; agent::ALL.len() + 1];
        let mut at = 0;
        while at < agent::ALL.len() {
            every[at] = Self::One(agent::ALL[at]);
            at += 1;
        }
        every
    };

    /// The agent, if it is one.
    pub fn agent(self) -> Option<&'static Agent> {
        match self {
            Self::One(agent) => Some(agent),
            Self::All => None,
        }
    }
}

impl Choice for Who {
    const ALL: &'static [Self] = &Self::EVERY;

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::One(agent) => agent.words(),
            Self::All => ("all", "Every one that is installed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use smoke_record::options::{Extent, Manual, Scope};

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        run: RunArgs,
    }

    fn options(flags: &[&str], profile: Cast) -> Options {
        let words = [&["smoke"], flags].concat();
        Cli::parse_from(words).run.options(profile).unwrap()
    }

    #[test]
    fn without_flags_a_run_is_the_usual_one() {
        assert_eq!(options(&[], Cast::default()), Options::default());
    }

    #[test]
    fn the_profile_says_who_plays_what_the_flags_leave_open() {
        let supervisor = Some(SupervisorKind::Pm2);
        let profile = Cast { supervisor, agent: Some(&agent::CODEX), model: None };
        let roles = options(&["--agent", "scripted"], profile).roles;
        assert_eq!((roles.supervisor, roles.agent), (SupervisorKind::Pm2, &agent::SCRIPTED));
    }

    #[test]
    fn flags_become_options() {
        let of = |flags: &[&str]| options(flags, Cast::default());
        let bootstrap = of(&["--bootstrap-only", "--no-bootstrap-build"]);
        assert_eq!(bootstrap.extent, Extent::Bootstrap { build: false });
        let boot = of(&["--skip-bootstrap", "--workspace", "/w", "--force-workspace"]);
        assert_eq!((boot.extent, boot.workspace.replace), (Extent::Boot, true));
        assert_eq!(of(&["--manual"]).manual, Manual::All);
        let manual = of(&["--manual-stage", "a", "--manual-stage", "b"]).manual;
        assert_eq!(manual, Manual::Stages(vec!["a".into(), "b".into()]));
        assert_eq!(of(&["--heartbeat-timeout", "0"]).limits.heartbeat, None);
        assert_eq!(of(&["--pytest-scope", "full"]).scope, Scope::Full);
        let parts = of(&["--python-bin", "/p", "--go-flags", "-race", "--port", "9"]).parts;
        assert_eq!((parts.python, parts.go_flags), (Some("/p".into()), Some("-race".into())));
        assert_eq!(parts.port, Some(9));
        // These do nothing, and are accepted all the same.
        assert_eq!(of(&["--no-pm2-kill", "--no-port-kill"]), Options::default());
    }

    #[test]
    fn a_name_that_nobody_has_is_answered_with_all_there_are() {
        let error = Cli::try_parse_from(["smoke", "--agent", "codx"]).err().unwrap().to_string();
        assert!(error.contains("[possible values: scripted, codex, claude-code, "), "{error}");
    }
}
