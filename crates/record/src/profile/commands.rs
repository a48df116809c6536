//! All command lines of a profile, with the step that runs each.

use super::{OverridesSpec, Profile, Render};

impl Profile {
    /// The step's id and the command line, in the order of the steps. Command lines may have
    /// placeholders.
    pub fn commands(&self) -> Vec<(String, &[String])> {
        let mut all: Vec<(String, &[String])> = Vec::new();
        let setup = self.setup.iter();
        all.extend(setup.map(|setup| (format!("setup-{}", setup.name), setup.command.as_slice())));
        if let Some(build) = &self.gateway.build {
            all.push(("build".into(), &build.command));
        }
        if let Some(Render::Command(command)) = self.render.as_ref().map(|render| &render.how) {
            all.push(("render".into(), command));
        }
        let gateway = &self.gateway;
        all.push(("start".into(), gateway.start.as_ref().unwrap_or(&gateway.command)));
        if let OverridesSpec::Command(command) = &self.overrides {
            all.push(("overrides".into(), command));
        }
        let checks = self.checks.iter();
        all.extend(checks.map(|check| (format!("check-{}", check.name), check.command.as_slice())));
        // An ecosystem file may be all that knows the gateway.
        all.retain(|(_, command)| !command.is_empty());
        all
    }
}
