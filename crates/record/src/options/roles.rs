//! The roles of a run, and who plays them. It is decided here, once.

use smoke_agents::agent::{self, Agent};

use super::Choice;

/// Who plays the roles of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// What keeps the gateway running.
    pub supervisor: SupervisorKind,
    /// Who makes the stages' calls.
    pub agent: &'static Agent,
    /// Who answers the agent, if it is one that asks a model.
    pub model: ModelKind,
}

/// Who is to play them, as far as the command line or a profile says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cast {
    /// What is to keep the gateway running.
    pub supervisor: Option<SupervisorKind>,
    /// Who is to make the stages' calls.
    pub agent: Option<&'static Agent>,
    /// Who is to answer an agent that asks a model.
    pub model: Option<ModelKind>,
}

impl Roles {
    /// What the command line asks for, else the profile, else what every machine has.
    pub fn decide(command_line: Cast, profile: Cast) -> Self {
        let usual = Self::default();
        let agent = command_line.agent.or(profile.agent).unwrap_or(usual.agent);
        Self {
            supervisor: command_line.supervisor.or(profile.supervisor).unwrap_or(usual.supervisor),
            agent,
            model: command_line.model.or(profile.model).unwrap_or_else(|| usual_model(agent)),
        }
    }
}

/// Codex has always been asked with its own model. For the others no login is needed unless one is asked for.
fn usual_model(agent: &Agent) -> ModelKind {
    if *agent == agent::SCRIPTED || *agent == agent::CODEX {
        ModelKind::Live
    } else {
        ModelKind::Scripted
    }
}

impl Default for Roles {
    fn default() -> Self {
        Self {
            supervisor: SupervisorKind::Embedded,
            agent: &agent::SCRIPTED,
            model: ModelKind::Live,
        }
    }
}

/// What keeps the gateway running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupervisorKind {
    /// Our own.
    Embedded,
    /// pm2.
    Pm2,
}

/// Who answers an agent that asks a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelKind {
    /// The model of the user's login or key.
    Live,
    /// An endpoint of the run itself.
    Scripted,
}

impl Choice for SupervisorKind {
    const ALL: &'static [Self] = &[Self::Embedded, Self::Pm2];

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Embedded => ("embedded", "Our own: a small detached process"),
            Self::Pm2 => ("pm2", "pm2, with a daemon of the run's own"),
        }
    }
}

impl Choice for ModelKind {
    const ALL: &'static [Self] = &[Self::Live, Self::Scripted];

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Live => ("live", "The model of the user's login or key"),
            Self::Scripted => {
                ("scripted", "An endpoint of the run itself, which plays the stage's calls")
            }
        }
    }
}

impl Choice for &'static Agent {
    const ALL: &'static [Self] = &agent::ALL;

    fn words(self) -> (&'static str, &'static str) {
        (self.name, self.about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_comes_before_the_profile_and_that_before_what_is_usual() {
        let (none, pm2) = (Cast::default(), Some(SupervisorKind::Pm2));
        let profile =
            Cast { supervisor: Some(SupervisorKind::Embedded), agent: Some(&agent::CODEX), ..none };
        let asked = Cast { supervisor: pm2, ..none };
        let expected =
            Roles { supervisor: SupervisorKind::Pm2, agent: &agent::CODEX, model: ModelKind::Live };
        assert_eq!(Roles::decide(asked, profile), expected);
        assert_eq!(Roles::decide(none, none), Roles::default());
        let gemini = Cast { agent: Some(&agent::GEMINI), ..none };
        assert_eq!(Roles::decide(gemini, profile).model, ModelKind::Scripted);
    }

    #[test]
    fn whoever_can_be_chosen_is_found_by_name() {
        for agent in agent::ALL {
            assert_eq!(<&Agent>::named(agent.name), Some(agent));
        }
        assert_eq!(SupervisorKind::named("pm3"), None);
        assert_eq!(ModelKind::quoted(" or "), "\"live\" or \"scripted\"");
    }
}
