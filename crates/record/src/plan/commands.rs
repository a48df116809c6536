//! The command lines of a profile, with the step that runs each.

use super::Kind;
use crate::profile::{OverridesSpec, Profile, Render};

/// The step's id and the command line, in the order of the steps. Command lines may have placeholders.
pub fn commands(profile: &Profile) -> Vec<(String, &[String])> {
    let gateway = &profile.gateway;
    let mut all: Vec<(Kind, &[String])> = Vec::new();
    let setups = profile.setup.iter().enumerate();
    all.extend(setups.map(|(index, setup)| (Kind::Setup(index), setup.command.as_slice())));
    all.extend(gateway.build.iter().map(|build| (Kind::Build, build.command.as_slice())));
    if let Some(Render::Command(command)) = profile.render.as_ref().map(|render| &render.how) {
        all.push((Kind::Render, command));
    }
    all.push((Kind::Start, gateway.start.as_ref().unwrap_or(&gateway.command)));
    if let OverridesSpec::Command(command) = &profile.overrides {
        all.push((Kind::Overrides, command));
    }
    let checks = profile.checks.iter().enumerate();
    all.extend(checks.map(|(index, check)| (Kind::Check(index), check.command.as_slice())));
    // An ecosystem file may be all that knows the gateway.
    all.retain(|(_, command)| !command.is_empty());
    all.into_iter().map(|(kind, command)| (kind.id(profile), command)).collect()
}
