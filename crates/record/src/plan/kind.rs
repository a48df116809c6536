//! The kinds of steps, and how each is called.

use crate::profile::Profile;

/// What a step does. The number is the index of the setup, check or stage in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Workspace, marker, lock and port.
    Prepare,
    /// The clone of the source.
    Clone,
    /// The clone of the gateway's source.
    CloneGateway,
    /// What this machine must have.
    Requires,
    /// The config home and .env.
    Env,
    /// One of the commands that put in place what the stack is made of.
    Setup(usize),
    /// The gateway's program.
    Build,
    /// The servers of the bundle.
    Bundle,
    /// The gateway's config.
    Render,
    /// What the supervisor needs before it can start anything.
    Daemon,
    /// The gateway under its supervisor.
    Start,
    /// The wait until it serves its tools.
    Ready,
    /// The tool schemas.
    Overrides,
    /// One of the profile's own commands.
    Check(usize),
    /// The home of codex.
    CodexHome,
    /// The empty repository that an agent works in.
    ClientRepo,
    /// A stage.
    Stage(usize),
    /// The last look at the clone.
    Verify,
    /// The end of everything.
    Teardown,
}

impl Kind {
    /// Those that a plan has at most once.
    pub const SINGLE: [Self; 16] = [
        Self::Prepare,
        Self::Clone,
        Self::CloneGateway,
        Self::Requires,
        Self::Env,
        Self::Build,
        Self::Bundle,
        Self::Render,
        Self::Daemon,
        Self::Start,
        Self::Ready,
        Self::Overrides,
        Self::CodexHome,
        Self::ClientRepo,
        Self::Verify,
        Self::Teardown,
    ];

    /// Whether it is run alone, before or after all others.
    pub const fn stands_alone(self) -> bool {
        matches!(self, Self::Prepare | Self::Teardown)
    }

    /// The word for it: the whole id of a step that a plan has at most once, else what its id begins with.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Clone => "clone",
            Self::CloneGateway => "clone-gateway",
            Self::Requires => "requires",
            Self::Env => "env",
            Self::Setup(_) => "setup",
            Self::Build => "build",
            Self::Bundle => "bundle",
            Self::Render => "render",
            Self::Daemon => "daemon",
            Self::Start => "start",
            Self::Ready => "ready",
            Self::Overrides => "overrides",
            Self::Check(_) => "check",
            Self::CodexHome => "codex-home",
            Self::ClientRepo => "client-repo",
            Self::Stage(_) => "stage",
            Self::Verify => "verify",
            Self::Teardown => "teardown",
        }
    }

    /// The id of the step in a plan for `profile`.
    pub fn id(self, profile: &Profile) -> String {
        let name = match self {
            Self::Setup(index) => &profile.setup[index].name,
            Self::Check(index) => &profile.checks[index].name,
            Self::Stage(index) => &profile.stages[index].name,
            _ => return self.word().to_owned(),
        };
        format!("{}-{name}", self.word())
    }
}

/// The name of the stage whose step has this id, if it is a stage's.
pub fn stage_of(id: &str) -> Option<&str> {
    id.strip_prefix(Kind::Stage(0).word())?.strip_prefix('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_stage_names_it() {
        let profile = crate::profile::find(Some("embedded"), "/".into(), &|_| None).unwrap();
        let id = Kind::Stage(1).id(&profile);
        assert_eq!(stage_of(&id), Some(profile.stages[1].name.as_str()));
        assert_eq!(stage_of("start"), None);
    }
}
