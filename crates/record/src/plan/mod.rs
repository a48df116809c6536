//! The plan of a run: a graph of steps, each with a deadline, between two that stand alone. `prepare`
//! finds out what is tested and makes a place for it, and `teardown` ends everything.

mod commands;
mod kind;
pub mod show;

use std::collections::BTreeSet;
use std::time::Duration;

use smoke_core::text::nearest;

use crate::options::{Extent, Manual, Options, SupervisorKind};
use crate::profile::{CheckAfter, OverridesSpec, Profile, Transport};

pub use commands::commands;
pub use kind::{Kind, stage_of};

/// A graph of steps. Every step stands after those that it needs.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its id, unique in the plan.
    pub id: String,
    /// What it does.
    pub kind: Kind,
    /// The ids of the steps that must have passed before.
    pub needs: Vec<String>,
    /// How long it may take.
    pub deadline: Duration,
}

impl Plan {
    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The step of this kind.
    pub fn of(&self, kind: Kind) -> Option<&Step> {
        self.steps.iter().find(|step| step.kind == kind)
    }
}

/// Makes the plan for `profile` as `options` ask for it.
///
/// # Errors
/// A stage that is to be done by a person, or a step that is given a deadline, does not exist.
pub fn plan(profile: &Profile, options: &Options) -> anyhow::Result<Plan> {
    let mut draft = Draft { profile, options, steps: vec![prepare()] };
    draft.bootstrap();
    if !matches!(options.extent, Extent::Bootstrap { .. }) {
        draft.boot();
        draft.stages();
        draft.steps.push(teardown());
    }
    draft.set_deadlines()?;
    check_manual_stages(profile, &options.manual)?;
    Ok(Plan { steps: draft.steps })
}

/// The step that every run begins with, before its plan is known.
pub fn prepare() -> Step {
    alone(Kind::Prepare, 30)
}

/// The step that ends every run which is not kept.
pub fn teardown() -> Step {
    alone(Kind::Teardown, 60)
}

fn alone(kind: Kind, deadline_s: u64) -> Step {
    let deadline = Duration::from_secs(deadline_s);
    Step { id: kind.word().to_owned(), kind, needs: Vec::new(), deadline }
}

/// A plan that is being made.
struct Draft<'a> {
    profile: &'a Profile,
    options: &'a Options,
    steps: Vec<Step>,
}

impl Draft<'_> {
    fn bootstrap(&mut self) {
        let (profile, extent) = (self.profile, self.options.extent);
        self.add(Kind::Clone, &[Kind::Prepare], 300);
        if extent == Extent::Boot {
            return;
        }
        if profile.gateway.clone.is_some() {
            self.add(Kind::CloneGateway, &[Kind::Prepare], 300);
        }
        if !profile.requires.programs.is_empty() || !profile.requires.python.is_empty() {
            self.add(Kind::Requires, &[Kind::Prepare], 30);
        }
        self.add(Kind::Env, &[Kind::Clone], 30);
        self.setups();
        if extent != (Extent::Bootstrap { build: false }) {
            self.build();
        }
        if let Some(bundle) = &profile.bundle {
            let after = if bundle.after_build { Kind::Build } else { Kind::Env };
            self.add(Kind::Bundle, &[Kind::Requires, Kind::Env, self.last_setup(), after], 120);
        }
        if profile.render.is_some() {
            self.add(Kind::Render, &[Kind::Env, self.last_setup(), Kind::Bundle], 30);
        }
    }

    /// The commands of the setup follow each other: each finds what the one before it has made.
    fn setups(&mut self) {
        for index in 0..self.profile.setup.len() {
            let before = index.checked_sub(1).map_or(Kind::Env, Kind::Setup);
            self.add(Kind::Setup(index), &[Kind::Requires, before], 600);
        }
    }

    /// The last of these commands, which all that uses what they have made needs.
    fn last_setup(&self) -> Kind {
        self.profile.setup.len().checked_sub(1).map_or(Kind::Env, Kind::Setup)
    }

    fn build(&mut self) {
        if self.profile.gateway.own {
            self.add(Kind::Build, &[Kind::Prepare], 1200);
        } else if self.profile.gateway.build.is_some() {
            self.add(Kind::Build, &[Kind::Requires, Kind::Clone, Kind::CloneGateway], 1200);
        }
    }

    fn boot(&mut self) {
        let (profile, setup) = (self.profile, self.last_setup());
        self.add(Kind::CodexHome, &[Kind::Prepare], 30);
        self.add(Kind::ClientRepo, &[Kind::Prepare], 30);
        let made = [Kind::Clone, Kind::Build, Kind::Bundle, Kind::Render, Kind::Env, setup];
        if profile.gateway.transport == Transport::Http {
            self.daemon();
            // A script of the stack's own may wait until all that it has started serves.
            let deadline_s = if profile.gateway.start.is_some() { 180 } else { 30 };
            self.add(Kind::Start, &[&made[..], &[Kind::Daemon]].concat(), deadline_s);
            self.add(Kind::Ready, &[Kind::Start], 90);
        } else {
            self.add(Kind::Ready, &made, 90);
        }
        if profile.overrides != OverridesSpec::None {
            self.add(Kind::Overrides, &[Kind::Ready], 60);
        }
        self.checks(CheckAfter::Clone, &[Kind::Requires, Kind::Clone, Kind::Env, setup]);
        self.checks(CheckAfter::Ready, &[Kind::Ready, Kind::Overrides]);
    }

    /// A supervisor that needs a daemon gets it beside the build.
    fn daemon(&mut self) {
        if self.options.roles.supervisor != SupervisorKind::Pm2 {
            return;
        }
        // One that comes with the clone is there when that is complete.
        let made = [Kind::Prepare, Kind::Clone, Kind::Env, Kind::Build, self.last_setup()];
        let from_clone = self.profile.pm2.is_made_by_the_run();
        self.add(Kind::Daemon, if from_clone { &made } else { &made[..1] }, 30);
    }

    fn checks(&mut self, after: CheckAfter, needs: &[Kind]) {
        for (index, check) in self.profile.checks.iter().enumerate() {
            if check.after == after && check.scope <= self.options.scope {
                self.add(Kind::Check(index), needs, 300);
            }
        }
    }

    /// Stages follow each other: each finds the stack as the one before left it.
    fn stages(&mut self) {
        let checks = self.profile.checks.iter().enumerate();
        let checks: Vec<_> =
            checks.map(|(index, check)| (Kind::Check(index), check.after)).collect();
        let before = checks.iter().filter(|(_, after)| *after == CheckAfter::Ready);
        let fixed = [Kind::Ready, Kind::Overrides, Kind::CodexHome, Kind::ClientRepo];
        let mut needs: Vec<Kind> = fixed.into_iter().chain(before.map(|(kind, _)| *kind)).collect();
        for index in 0..self.profile.stages.len() {
            self.add(Kind::Stage(index), &needs, 300);
            needs = vec![Kind::Stage(index)];
        }
        self.checks(CheckAfter::Stages, &needs);
        needs.extend(checks.iter().map(|(kind, _)| *kind));
        self.add(Kind::Verify, &needs, 120);
    }

    /// Adds a step; of `needs` only those count that are in the plan.
    fn add(&mut self, kind: Kind, needs: &[Kind], deadline_s: u64) {
        let mut named = BTreeSet::new();
        let known = |need: &&Kind| self.steps.iter().any(|step| step.kind == **need);
        let needs = needs.iter().filter(known).map(|need| need.id(self.profile));
        let needs = needs.filter(|id| named.insert(id.clone())).collect();
        let deadline = Duration::from_secs(deadline_s);
        self.steps.push(Step { id: kind.id(self.profile), kind, needs, deadline });
    }

    fn set_deadlines(&mut self) -> anyhow::Result<()> {
        for (id, deadline) in &self.profile.deadlines {
            match self.steps.iter_mut().find(|step| step.id == *id) {
                Some(step) => step.deadline = *deadline,
                // A profile may give a deadline to a step that this run does not need.
                None if Kind::SINGLE.iter().any(|kind| kind.word() == id) => {}
                None => {
                    let hint = nearest::hint(id, self.steps.iter().map(|step| step.id.as_str()));
                    anyhow::bail!("{}: [deadlines] has no step `{id}`; {hint}", self.profile.path)
                }
            }
        }
        let limits = &self.options.limits;
        if let Some(ready) = self.steps.iter_mut().find(|step| step.kind == Kind::Ready) {
            ready.deadline =
                limits.restart.unwrap_or(ready.deadline) * limits.retries.saturating_add(1);
        }
        Ok(())
    }
}

fn check_manual_stages(profile: &Profile, manual: &Manual) -> anyhow::Result<()> {
    let names = || profile.stages.iter().map(|stage| stage.name.as_str());
    let Manual::Stages(wanted) = manual else { return Ok(()) };
    match wanted.iter().find(|wanted| !names().any(|name| name == *wanted)) {
        Some(wanted) => anyhow::bail!(
            "--manual-stage {wanted}: profile {} has no such stage; {}",
            profile.name,
            nearest::hint(wanted, names())
        ),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::{Limits, Roles};

    fn planned(options: &Options) -> anyhow::Result<Plan> {
        let profile = crate::profile::find(Some("embedded"), "/".into(), &|_| None)?;
        plan(&profile, options)
    }

    fn ids(plan: &Plan) -> Vec<&str> {
        plan.steps.iter().map(|step| step.id.as_str()).collect()
    }

    #[test]
    fn every_step_stands_after_those_it_needs() {
        let plan = planned(&Options::default()).unwrap();
        for (index, step) in plan.steps.iter().enumerate() {
            for need in &step.needs {
                assert!(plan.steps[..index].iter().any(|before| before.id == *need), "{step:?}");
            }
        }
        assert_eq!(ids(&plan).last(), Some(&"teardown"));
    }

    #[test]
    fn the_clone_the_codex_home_and_the_client_repository_stand_side_by_side() {
        let plan = planned(&Options::default()).unwrap();
        for id in ["clone", "codex-home", "client-repo"] {
            assert_eq!(plan.step(id).unwrap().needs, ["prepare"]);
        }
    }

    #[test]
    fn a_daemon_is_started_beside_the_build() {
        let roles = Roles { supervisor: SupervisorKind::Pm2, ..Roles::default() };
        let plan = planned(&Options { roles, ..Options::default() }).unwrap();
        assert_eq!(plan.of(Kind::Daemon).unwrap().needs, ["prepare"]);
        assert!(plan.of(Kind::Start).unwrap().needs.contains(&"daemon".to_owned()));
        assert!(planned(&Options::default()).unwrap().of(Kind::Daemon).is_none());
    }

    #[test]
    fn a_part_of_a_run_leaves_steps_out() {
        let part = |extent| planned(&Options { extent, ..Options::default() }).unwrap();
        let only = part(Extent::Bootstrap { build: false });
        assert_eq!(ids(&only), ["prepare", "clone", "env", "bundle", "render"]);
        assert!(part(Extent::Bootstrap { build: true }).of(Kind::Build).is_some());
        let boot = part(Extent::Boot);
        assert_eq!(ids(&boot)[..5], ["prepare", "clone", "codex-home", "client-repo", "start"]);
    }

    #[test]
    fn a_stage_that_does_not_exist_is_named() {
        let manual = Manual::Stages(vec!["instal".into()]);
        let error = planned(&Options { manual, ..Options::default() }).unwrap_err().to_string();
        assert!(error.contains("--manual-stage instal: "), "{error}");
        assert!(error.contains("did you mean `install`?"), "{error}");
    }

    #[test]
    fn the_restart_timeout_bounds_the_wait_for_readiness() {
        let limits =
            Limits { restart: Some(Duration::from_secs(7)), retries: 2, ..Limits::default() };
        let plan = planned(&Options { limits, ..Options::default() }).unwrap();
        assert_eq!(plan.of(Kind::Ready).unwrap().deadline, Duration::from_secs(21));
    }
}
