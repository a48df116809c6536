//! The place of a run: its workspace and its port.

use std::fs;

use camino::Utf8Path;
use smoke_core::bound::Bound;
use smoke_core::cause::{Cause, Code};
use smoke_core::{git, project};
use smoke_harness::context::{Context, Held, Outset};
use smoke_harness::pm2::home;
use smoke_harness::port::Lease;
use smoke_harness::roles::supervisor;
use smoke_harness::step::Step;
use smoke_harness::steps::clone;
use smoke_harness::{cleanup, port, system};
use smoke_record::event::Event;
use smoke_record::facts::Facts;
use smoke_record::folder::private_folder;
use smoke_record::options::{Extent, Options, SupervisorKind};
use smoke_record::plan::Kind;
use smoke_record::profile::Profile;
use smoke_record::run_record::Source;
use smoke_record::workspace::paths::Paths;
use smoke_record::workspace::{
    Existing, Marker, Workspace, all_in, is_marked, remove_abandoned, usual_place,
};

use super::Wanted;
use crate::smoke::decide::Decided;

/// The workspace of a run.
pub struct Place {
    /// The workspace.
    pub workspace: Workspace,
    /// Whether it was there before and is used as it is.
    pub reused: bool,
}

impl Place {
    /// Makes the workspace, or takes over the one that is named. The guard is told of it as soon as it
    /// may delete it.
    ///
    /// # Errors
    /// It cannot be had.
    pub fn make(run: &Wanted, options: &Options) -> Result<Self, Cause> {
        let wanted = &options.workspace;
        let run_folder = run.folder.path().to_owned();
        let marker = Marker { run: run.id.clone(), run_folder, ..Marker::default() };
        let tell_guard = |path: &Utf8Path| {
            if !wanted.keep {
                run.guard.workspace(path);
            }
        };
        let Some(path) = &wanted.path else {
            let workspace = Workspace::create_in(&usual_place(), &marker, &tell_guard)?;
            return Ok(Self { workspace, reused: false });
        };
        if options.extent == Extent::Boot && !is_marked(path) {
            let summary =
                format!("--skip-bootstrap needs a workspace that was kept, and {path} is none");
            return Err(Cause::new(Code::Usage, summary, "run it with --keep-workspace first"));
        }
        let existing = if wanted.replace { Existing::Replace } else { Existing::Reuse };
        let (workspace, reused) =
            Workspace::at(path, existing, &marker, &|found| take_over(found, existing))?;
        tell_guard(workspace.path());
        Ok(Self { workspace, reused })
    }

    /// Leases a port and puts together what the steps need to know.
    ///
    /// # Errors
    /// No port is free, a part of the stack is not there, or the profile is invalid.
    pub fn move_in(
        self,
        wanted: &Wanted,
        source: Source,
        decided: Decided,
    ) -> Result<Context, Cause> {
        let Decided { profile, options, plan, .. } = decided;
        let mut paths = Paths::of(self.workspace.path());
        let lease = self.lease(wanted, &options, &mut paths)?;
        look_for_python(&options)?;
        let run = Facts {
            id: wanted.id.clone(),
            source,
            gateway_commit: gateway_commit(wanted, &options, &profile),
            port: lease.port,
            reused: self.reused,
            cache: project::target(&wanted.root).join("smoke"),
        };
        let outset = Outset {
            run,
            options,
            profile,
            paths,
            folder: wanted.folder.clone(),
            environment: wanted.environment.clone(),
            held: Held::new(self.workspace, Some(lease), wanted.guard.pid()),
            turn: None,
            stop: wanted.stop.clone(),
        };
        let context = outset.context()?;
        make_folders(&context)?;
        if plan.of(Kind::Daemon).is_some() {
            supervisor::look_for_pm2(&context)?;
        }
        if context.options.capture.diag_logs {
            system::capture(&context, "before")?;
        }
        Ok(context)
    }

    /// Chooses the home of pm2 and leases a port, and notes both in the marker.
    fn lease(&self, wanted: &Wanted, options: &Options, paths: &mut Paths) -> Result<Lease, Cause> {
        let mut also = self.workspace.marker().also;
        if options.roles.supervisor == SupervisorKind::Pm2 {
            paths.pm2_home = home::choose(self.workspace.path(), &also)?;
            // It is noted before it is made, so that whoever is killed in between leaves nothing unknown.
            also.extend(Some(paths.pm2_home.clone()).filter(|home| home::is_outside(home)));
        }
        also.sort();
        also.dedup();
        let lease = port::lease(options.parts.port)?;
        let (run, run_folder) = (wanted.id.clone(), wanted.folder.path().to_owned());
        let marker = Marker { run, port: lease.port, run_folder, also, ..Marker::default() };
        self.workspace.write_marker(&marker).map_err(|error| {
            Cause::new(Code::PrerequisiteMissing, format!("{error:#}"), "free some space")
        })?;
        Ok(lease)
    }
}

/// Ends what the run has left that used the workspace before. Its stack ends also where it is deleted:
/// nobody could find it any more.
fn take_over(found: &Workspace, existing: Existing) -> Result<(), Cause> {
    if existing == Existing::Reuse {
        cleanup::refuse_waiting(found)?;
    }
    cleanup::end_stack(found)?;
    cleanup::mark_left(&found.marker());
    Ok(())
}

fn look_for_python(options: &Options) -> Result<(), Cause> {
    match options.parts.python.as_ref().filter(|path| !path.exists()) {
        None => Ok(()),
        Some(path) => {
            let summary = format!("--python-bin {path}: there is no such file");
            Err(Cause::new(Code::Usage, summary, "name another interpreter"))
        }
    }
}

/// The commit of a gateway that is cloned from a folder of this machine.
fn gateway_commit(wanted: &Wanted, options: &Options, profile: &Profile) -> Option<String> {
    let spec = profile.gateway.clone.as_ref()?;
    let source = clone::gateway_source(spec, options, &wanted.environment).ok()?;
    let path = Utf8Path::new(&source);
    let commit =
        path.is_dir().then(|| git::commit(path, "HEAD", &wanted.environment, &Bound::usual()))?;
    commit.ok().map(|commit| commit.id)
}

/// A workspace that was made for a run which cannot start is of no use to anyone.
pub fn discard(path: &Utf8Path, reused: bool) {
    if !reused && let Ok(workspace) = Workspace::open(path) {
        let _ = workspace.remove();
    }
}

/// A run that ended without its teardown, as by a power cut, left a workspace that nobody locks.
///
/// The record of such a run says so last: as long as it says that the run goes on, the next start
/// knows what to do.
pub fn sweep_dead_runs(step: &Step, run_folder: &Utf8Path) {
    let place = usual_place();
    for path in all_in(&place) {
        if let Some(text) = cleanup::remove_if_dead(&path) {
            step.emit(Event::Remark { text });
        }
    }
    remove_abandoned(&place);
    cleanup::mark_dead_records(run_folder);
}

fn make_folders(context: &Context) -> Result<(), Cause> {
    let next = "free some space, or set TMPDIR to another disk";
    let cannot = |folder: &Utf8Path, error: std::io::Error| {
        Cause::new(Code::PrerequisiteMissing, format!("cannot make {folder}: {error}"), next)
    };
    for folder in context.paths.folders() {
        private_folder(folder).map_err(|error| cannot(folder, error))?;
    }
    let pm2_home = &context.paths.pm2_home;
    home::make(pm2_home).map_err(|error| cannot(pm2_home, error))?;
    // A transcript of an earlier run would be taken for one of this run.
    for entry in context.paths.transcripts.read_dir_utf8().into_iter().flatten().flatten() {
        let _ = fs::remove_file(entry.path());
    }
    Ok(())
}
