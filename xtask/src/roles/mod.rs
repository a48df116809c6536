//! The three parts of a run that can be swapped: gateway, supervisor and agent.

pub mod agent;
pub mod call_log;
pub mod connection;
pub mod gateway;
pub mod supervisor;

use crate::cli::{AgentKind, ModelKind, SmokeArgs, SupervisorKind};
use crate::profile::Profile;

/// Who plays the roles of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// What keeps the gateway running.
    pub supervisor: SupervisorKind,
    /// Who makes the stages' calls.
    pub agent: AgentKind,
    /// Who answers the agent, if it is one that asks a model.
    pub model: ModelKind,
}

impl Roles {
    /// What the arguments ask for, else the profile, else what every machine has.
    pub fn of(args: &SmokeArgs, profile: &Profile) -> Self {
        Self {
            supervisor: args.supervisor.or(profile.supervisor).unwrap_or(SupervisorKind::Embedded),
            agent: args.agent.or(profile.agent).unwrap_or(AgentKind::Scripted),
            model: args.model.or(profile.model).unwrap_or(ModelKind::Live),
        }
    }
}
