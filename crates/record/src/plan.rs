//! The plan of a run: a graph of steps, each with a deadline.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;
use smoke_core::text::nearest;

use crate::options::{Roles, SmokeArgs, SupervisorKind};
use crate::profile::{CheckAfter, CheckSpec, OverridesSpec, Profile, Transport};

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

/// Makes the plan for `profile` as `args` ask for it.
///
/// # Errors
/// A stage that is to be done by a person, or a step that is given a deadline, does not exist.
pub fn plan(profile: &Profile, args: &SmokeArgs) -> anyhow::Result<Plan> {
    let mut plan = Plan { steps: Vec::new() };
    bootstrap(&mut plan, profile, args);
    if !args.workspace.bootstrap_only {
        boot(&mut plan, profile, args);
        stages(&mut plan, profile, args);
        plan.steps.push(teardown());
    }
    plan.set_deadlines(profile, args)?;
    check_manual_stages(profile, args)?;
    Ok(plan)
}

fn bootstrap(plan: &mut Plan, profile: &Profile, args: &SmokeArgs) {
    plan.add("prepare", Kind::Prepare, &[], 30);
    plan.add("clone", Kind::Clone, &["prepare"], 300);
    if args.workspace.skip_bootstrap {
        return;
    }
    if profile.gateway.clone.is_some() {
        plan.add("clone-gateway", Kind::CloneGateway, &["prepare"], 300);
    }
    if !profile.requires.programs.is_empty() || !profile.requires.python.is_empty() {
        plan.add("requires", Kind::Requires, &["prepare"], 30);
    }
    plan.add("env", Kind::Env, &["clone"], 30);
    let setup = setup(plan, profile);
    if !args.workspace.no_bootstrap_build {
        if profile.gateway.own {
            plan.add("build", Kind::Build, &["prepare"], 1200);
        } else if profile.gateway.build.is_some() {
            plan.add("build", Kind::Build, &["requires", "clone", "clone-gateway"], 1200);
        }
    }
    if let Some(bundle) = &profile.bundle {
        let after = if bundle.after_build { "build" } else { "env" };
        plan.add("bundle", Kind::Bundle, &["requires", "env", &setup, after], 120);
    }
    if profile.render.is_some() {
        plan.add("render", Kind::Render, &["env", &setup, "bundle"], 30);
    }
}

/// The commands of the setup follow each other: each finds what the one before it has made. Returns
/// the last one, which all that uses them needs.
fn setup(plan: &mut Plan, profile: &Profile) -> String {
    let mut last = "env".to_owned();
    for (index, setup) in profile.setup.iter().enumerate() {
        let id = format!("setup-{}", setup.name);
        plan.add(&id, Kind::Setup(index), &["requires", &last], 600);
        last = id;
    }
    last
}

fn boot(plan: &mut Plan, profile: &Profile, args: &SmokeArgs) {
    plan.add("codex-home", Kind::CodexHome, &["prepare"], 30);
    plan.add("client-repo", Kind::ClientRepo, &["prepare"], 30);
    let last_setup = profile.setup.last().map(|setup| format!("setup-{}", setup.name));
    let last_setup = last_setup.as_deref().unwrap_or("env");
    let needs = ["clone", "build", "bundle", "render", "env", last_setup, "daemon"];
    if profile.gateway.transport == Transport::Http {
        daemon(plan, profile, args, last_setup);
        // A script of the stack's own may wait until all that it has started serves.
        let deadline_s = if profile.gateway.start.is_some() { 180 } else { 30 };
        plan.add("start", Kind::Start, &needs, deadline_s);
        plan.add("ready", Kind::Ready, &["start"], 90);
    } else {
        plan.add("ready", Kind::Ready, &needs, 90);
    }
    if profile.overrides != OverridesSpec::None {
        plan.add("overrides", Kind::Overrides, &["ready"], 60);
    }
    checks(plan, profile, args, CheckAfter::Clone, &["requires", "clone", "env", last_setup]);
    checks(plan, profile, args, CheckAfter::Ready, &["ready", "overrides"]);
}

/// A supervisor that needs a daemon gets it beside the build.
fn daemon(plan: &mut Plan, profile: &Profile, args: &SmokeArgs, last_setup: &str) {
    if Roles::of(args, profile).supervisor != SupervisorKind::Pm2 {
        return;
    }
    // One that comes with the clone is there when that is complete.
    let made = ["prepare", "clone", "env", "build", last_setup];
    let after = if profile.pm2.is_made_by_the_run() { &made[..] } else { &["prepare"] };
    plan.add("daemon", Kind::Daemon, after, 30);
}

fn checks(plan: &mut Plan, profile: &Profile, args: &SmokeArgs, after: CheckAfter, needs: &[&str]) {
    let scope = args.parts.pytest_scope;
    for (index, check) in profile.checks.iter().enumerate() {
        if check.after == after && check.scope <= scope {
            plan.add(&format!("check-{}", check.name), Kind::Check(index), needs, 300);
        }
    }
}

/// Stages follow each other: each finds the stack as the one before left it.
fn stages(plan: &mut Plan, profile: &Profile, args: &SmokeArgs) {
    let of = |after| move |check: &&CheckSpec| check.after == after;
    let id = |check: &CheckSpec| format!("check-{}", check.name);
    let checks_before = profile.checks.iter().filter(of(CheckAfter::Ready)).map(id);
    let fixed = ["ready", "overrides", "codex-home", "client-repo"].map(str::to_owned);
    let mut needs: Vec<String> = fixed.into_iter().chain(checks_before).collect();
    for (index, stage) in profile.stages.iter().enumerate() {
        let id = format!("stage-{}", stage.name);
        let names: Vec<&str> = needs.iter().map(String::as_str).collect();
        plan.add(&id, Kind::Stage(index), &names, 300);
        needs = vec![id];
    }
    let names: Vec<&str> = needs.iter().map(String::as_str).collect();
    checks(plan, profile, args, CheckAfter::Stages, &names);
    needs.extend(profile.checks.iter().map(id));
    let names: Vec<&str> = needs.iter().map(String::as_str).collect();
    plan.add("verify", Kind::Verify, &names, 120);
}

/// The step that ends every run which is not kept.
pub fn teardown() -> Step {
    let deadline = Duration::from_secs(60);
    Step { id: "teardown".into(), kind: Kind::Teardown, needs: Vec::new(), deadline }
}

/// The step that every run begins with, before its plan is known.
pub fn prepare_only() -> Vec<Step> {
    let mut plan = Plan { steps: Vec::new() };
    plan.add("prepare", Kind::Prepare, &[], 30);
    plan.steps
}

/// The plan in words, or as JSON.
pub fn show(profile: &Profile, plan: &Plan, source: &str, commit: &str, as_json: bool) -> String {
    if as_json {
        let step = |step: &Step| json!({"id": step.id, "needs": step.needs, "deadline_ms": step.deadline.as_millis() as u64});
        let steps: Vec<_> = plan.steps.iter().map(step).collect();
        let shown = json!({
            "profile": profile.name, "source": {"path": source, "commit": commit}, "steps": steps,
        });
        return format!("{shown:#}\n");
    }
    let mut text = format!("profile {}, source {source} at {commit:.12}\n\n", profile.name);
    for step in &plan.steps {
        let after = if step.needs.is_empty() {
            String::new()
        } else {
            format!("after {}", step.needs.join(", "))
        };
        text.push_str(&format!(
            "{:<20} within {:<8} {after}",
            step.id,
            humantime::format_duration(step.deadline)
        ));
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text.push_str("\nnothing was done\n");
    text
}

impl Plan {
    /// Adds a step; of `needs` only those count that are in the plan.
    fn add(&mut self, id: &str, kind: Kind, needs: &[&str], deadline_s: u64) {
        let known = |need: &&&str| self.steps.iter().any(|step| step.id == **need);
        let mut needs: Vec<String> =
            needs.iter().filter(known).map(|need| (*need).to_owned()).collect();
        let mut seen = BTreeSet::new();
        needs.retain(|need| seen.insert(need.clone()));
        let deadline = Duration::from_secs(deadline_s);
        self.steps.push(Step { id: id.to_owned(), kind, needs, deadline });
    }

    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    fn set_deadlines(&mut self, profile: &Profile, args: &SmokeArgs) -> anyhow::Result<()> {
        for (id, deadline) in &profile.deadlines {
            let names: Vec<String> = self.steps.iter().map(|step| step.id.clone()).collect();
            match self.steps.iter_mut().find(|step| step.id == *id) {
                Some(step) => step.deadline = *deadline,
                None if ALL.contains(&id.as_str()) => {}
                None => {
                    let hint = nearest::hint(id, names.iter().map(String::as_str));
                    anyhow::bail!("{}: [deadlines] has no step `{id}`; {hint}", profile.path)
                }
            }
        }
        if let Some(ready) = self.steps.iter_mut().find(|step| step.kind == Kind::Ready) {
            let tries = args.limits.restart_retries as u32 + 1;
            let wanted = args.limits.restart_timeout.map(Duration::from_secs);
            ready.deadline = wanted.unwrap_or(ready.deadline) * tries;
        }
        Ok(())
    }
}

/// The steps that a profile may give a deadline even when this run does not need them.
const ALL: [&str; 16] = [
    "prepare",
    "clone",
    "clone-gateway",
    "requires",
    "env",
    "build",
    "bundle",
    "render",
    "daemon",
    "start",
    "ready",
    "overrides",
    "codex-home",
    "client-repo",
    "verify",
    "teardown",
];

fn check_manual_stages(profile: &Profile, args: &SmokeArgs) -> anyhow::Result<()> {
    let names = || profile.stages.iter().map(|stage| stage.name.as_str());
    match args.manual_stage.iter().find(|wanted| !names().any(|name| name == *wanted)) {
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
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: SmokeArgs,
    }

    fn planned(arguments: &[&str]) -> anyhow::Result<Plan> {
        let args = Cli::parse_from([&["smoke"], arguments].concat()).args;
        let profile = crate::profile::find(Some("embedded"), "/".into(), &|_| None)?;
        plan(&profile, &args)
    }

    fn ids(plan: &Plan) -> Vec<&str> {
        plan.steps.iter().map(|step| step.id.as_str()).collect()
    }

    #[test]
    fn every_step_stands_after_those_it_needs() {
        let plan = planned(&[]).unwrap();
        for (index, step) in plan.steps.iter().enumerate() {
            for need in &step.needs {
                assert!(plan.steps[..index].iter().any(|before| before.id == *need), "{step:?}");
            }
        }
        assert_eq!(ids(&plan).last(), Some(&"teardown"));
    }

    #[test]
    fn the_clone_the_codex_home_and_the_client_repository_stand_side_by_side() {
        let plan = planned(&[]).unwrap();
        for id in ["clone", "codex-home", "client-repo"] {
            assert_eq!(plan.step(id).unwrap().needs, ["prepare"]);
        }
    }

    #[test]
    fn a_daemon_is_started_beside_the_build() {
        let plan = planned(&["--supervisor", "pm2"]).unwrap();
        assert_eq!(plan.step("daemon").unwrap().needs, ["prepare"]);
        assert!(plan.step("start").unwrap().needs.contains(&"daemon".to_owned()));
        assert!(planned(&[]).unwrap().step("daemon").is_none());
    }

    #[test]
    fn flags_leave_steps_out() {
        let only = planned(&["--bootstrap-only", "--no-bootstrap-build"]).unwrap();
        assert_eq!(ids(&only), ["prepare", "clone", "env", "bundle", "render"]);
        let skip = planned(&["--skip-bootstrap", "--workspace", "/w"]).unwrap();
        assert_eq!(ids(&skip)[..5], ["prepare", "clone", "codex-home", "client-repo", "start"]);
    }

    #[test]
    fn a_stage_that_does_not_exist_is_named() {
        let error = planned(&["--manual-stage", "instal"]).unwrap_err().to_string();
        assert!(error.contains("--manual-stage instal: "), "{error}");
        assert!(error.contains("did you mean `install`?"), "{error}");
    }

    #[test]
    fn the_restart_timeout_bounds_the_wait_for_readiness() {
        let plan = planned(&["--restart-timeout", "7", "--restart-retries", "2"]).unwrap();
        assert_eq!(plan.step("ready").unwrap().deadline, Duration::from_secs(21));
    }
}
